import {
  type Address,
  type Digest,
  fromBase64,
  type ObjectId,
  parseAddress,
  parseDigest,
  parseObjectId,
  SomaKitError,
  toBase64,
} from '@somakit/core';
import type { SealedBox, Sealer } from './seal.js';
import './errors.js';

// What a journal file holds, version 1. JSON of exactly these fields:
//   format   "somakit-publish"
//   version  1
//   record   what may be shown (PublishRecord); u64 as decimal text
//   secrets  { key, embedding, transaction? }: key in Base58, embedding as Base64 of little-endian f32, transaction as
//            Base64 of the signed bytes; or, where the keystore is encrypted,
//   sealed   the same JSON as a SealedBox, with the JSON of `record` as authenticated data

/** How far a publication is. Each state is on disk before the next thing happens. */
export type PublishState =
  /** The key is chosen; the encrypted file may not be there yet. */
  | 'encrypting'
  /** All is known, nothing was sent. */
  | 'prepared'
  /** CreateModel is signed; whether it was sent is not known. */
  | 'creating'
  | 'created'
  /** CommitModel is signed. */
  | 'committing'
  /** The chain has the commit: the reveal is due in the next epoch. */
  | 'committed'
  /** RevealModel is signed. */
  | 'revealing'
  | 'done'
  /** The epoch of the reveal is over. */
  | 'missed';

export const OPEN_STATES: readonly PublishState[] = [
  'encrypting',
  'prepared',
  'creating',
  'created',
  'committing',
  'committed',
  'revealing',
];

export type PublishStep = 'create' | 'commit' | 'reveal';

/** A transaction of a publication that came to an end. */
export interface PublishTransaction {
  readonly step: PublishStep;
  readonly digest: Digest;
  /** `refused`: it can never be executed, and another one takes its place. */
  readonly outcome: 'success' | 'failed' | 'refused';
  /** Where it was executed. */
  readonly epoch?: bigint | undefined;
  /** Shannons. */
  readonly fee?: bigint | undefined;
}

/** What may be shown of a publication. */
export interface PublishRecord {
  readonly id: string;
  readonly kind: 'create' | 'update';
  readonly state: PublishState;
  /** RFC 3339. */
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly chainId: Digest;
  readonly environment: string;
  readonly rpc: string;
  readonly address: Address;
  readonly modelId?: ObjectId | undefined;
  /** The weights before encryption, where this publication encrypts them. */
  readonly plainFile?: string | undefined;
  /** The encrypted weights. */
  readonly file: string;
  /** Unknown until the weights are encrypted. */
  readonly checksum?: Digest | undefined;
  readonly size?: bigint | undefined;
  readonly url?: string | undefined;
  /** `HOST:PORT` where this program serves the file. */
  readonly serve?: string | undefined;
  /** Under which origin others reach what is served. */
  readonly publicUrl?: string | undefined;
  /** Whether the bytes behind the URL are compared before the commit. */
  readonly check: boolean;
  /** Shannons. */
  readonly stakeAmount?: bigint | undefined;
  /** Basis points. */
  readonly commissionRate?: number | undefined;
  readonly createEpoch?: bigint | undefined;
  readonly commitEpoch?: bigint | undefined;
  /** A signed transaction whose outcome is not known yet. */
  readonly pending?: { readonly step: PublishStep; readonly digest: Digest } | undefined;
  readonly transactions: readonly PublishTransaction[];
}

/** What nobody else may see before the reveal. */
export interface PublishSecrets {
  /** Base58. */
  readonly key: Digest;
  /** Bit for bit what is committed to. */
  readonly embedding: Float32Array;
  /** The signed bytes of `pending`. */
  readonly transaction?: Uint8Array | undefined;
}

const STATES: ReadonlySet<string> = new Set<PublishState>([...OPEN_STATES, 'done', 'missed']);
const STEPS: ReadonlySet<string> = new Set<PublishStep>(['create', 'commit', 'reveal']);
const OUTCOMES: ReadonlySet<string> = new Set<PublishTransaction['outcome']>(['success', 'failed', 'refused']);

export const damagedJournal = (file: string, problem: string): SomaKitError<'PUBLISH_JOURNAL_DAMAGED'> =>
  new SomaKitError('PUBLISH_JOURNAL_DAMAGED', `${file} cannot be used: ${problem}.`, {
    context: { file, problem },
    hint: 'Do not delete it while its model waits for a reveal: it holds the only copy of the key.',
  });

type Fields = Readonly<Record<string, unknown>>;

const objectOf = (value: unknown): Fields => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new TypeError('not an object');
  return value as Fields;
};
const text = (value: unknown): string => {
  if (typeof value !== 'string' || value === '') throw new TypeError('not a text');
  return value;
};
const among = <T extends string>(names: ReadonlySet<string>, value: unknown): T => {
  if (typeof value !== 'string' || !names.has(value)) throw new TypeError('not a known name');
  return value as T;
};
const u64 = (value: unknown): bigint => {
  if (typeof value !== 'string' || !/^\d{1,20}$/.test(value)) throw new TypeError('not a number as text');
  return BigInt(value);
};
const optional = <T>(value: unknown, read: (value: unknown) => T): T | undefined =>
  value === undefined ? undefined : read(value);
const digest = (value: unknown): Digest => parseDigest(text(value));

const readTransaction = (value: unknown): PublishTransaction => {
  const fields = objectOf(value);
  return {
    step: among(STEPS, fields.step),
    digest: digest(fields.digest),
    outcome: among(OUTCOMES, fields.outcome),
    epoch: optional(fields.epoch, u64),
    fee: optional(fields.fee, u64),
  };
};

const readRecord = (value: unknown): PublishRecord => {
  const fields = objectOf(value);
  const { kind, check, commissionRate, transactions } = fields;
  if (kind !== 'create' && kind !== 'update') throw new TypeError('kind');
  if (typeof check !== 'boolean' || !Array.isArray(transactions)) throw new TypeError('check');
  if (commissionRate !== undefined && !Number.isInteger(commissionRate)) throw new TypeError('commissionRate');
  return {
    id: text(fields.id),
    kind,
    state: among(STATES, fields.state),
    createdAt: text(fields.createdAt),
    updatedAt: text(fields.updatedAt),
    chainId: digest(fields.chainId),
    environment: text(fields.environment),
    rpc: text(fields.rpc),
    address: parseAddress(text(fields.address)),
    modelId: optional(fields.modelId, (id) => parseObjectId(text(id))),
    plainFile: optional(fields.plainFile, text),
    file: text(fields.file),
    checksum: optional(fields.checksum, digest),
    size: optional(fields.size, u64),
    url: optional(fields.url, text),
    serve: optional(fields.serve, text),
    publicUrl: optional(fields.publicUrl, text),
    check,
    stakeAmount: optional(fields.stakeAmount, u64),
    commissionRate: commissionRate as number | undefined,
    createEpoch: optional(fields.createEpoch, u64),
    commitEpoch: optional(fields.commitEpoch, u64),
    pending: optional(fields.pending, (pending) => {
      const each = objectOf(pending);
      return { step: among<PublishStep>(STEPS, each.step), digest: digest(each.digest) };
    }),
    transactions: transactions.map(readTransaction),
  };
};

const floatsToText = (values: Float32Array): string => {
  const view = new DataView(new ArrayBuffer(values.length * 4));
  values.forEach((value, i) => {
    view.setFloat32(i * 4, value, true);
  });
  return toBase64(new Uint8Array(view.buffer));
};

const floatsFromText = (value: unknown): Float32Array => {
  const bytes = fromBase64(text(value));
  if (bytes.length === 0 || bytes.length % 4 !== 0) throw new TypeError('embedding');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return Float32Array.from({ length: bytes.length / 4 }, (_, i) => view.getFloat32(i * 4, true));
};

const readSecrets = (value: unknown): PublishSecrets => {
  const fields = objectOf(value);
  return {
    key: digest(fields.key),
    embedding: floatsFromText(fields.embedding),
    transaction: optional(fields.transaction, (each) => fromBase64(text(each))),
  };
};

const printSecrets = ({ key, embedding, transaction }: PublishSecrets): Fields => ({
  key,
  embedding: floatsToText(embedding),
  ...(transaction === undefined ? {} : { transaction: toBase64(transaction) }),
});

const jsonOf = (value: unknown): string =>
  JSON.stringify(value, (_, each) => (typeof each === 'bigint' ? each.toString() : each));

/** The text of a journal file. */
export const printJournal = (record: PublishRecord, secrets: PublishSecrets, sealer: Sealer | undefined): string => {
  const header = jsonOf(record);
  const inner = printSecrets(secrets);
  const rest =
    sealer === undefined
      ? { secrets: inner }
      : { sealed: sealer.seal(new TextEncoder().encode(jsonOf(inner)), header) };
  const whole = { format: 'somakit-publish', version: 1, record: JSON.parse(header) as unknown, ...rest };
  return `${JSON.stringify(whole, null, 2)}\n`;
};

/** A journal file as it stands: what may be shown of it, and the way to the rest. */
export interface ReadJournal {
  readonly record: PublishRecord;
  readonly sealed: boolean;
  /** @throws PUBLISH_JOURNAL_DAMAGED without the right key */
  secrets(sealer: Sealer | undefined): PublishSecrets;
}

/** @throws PUBLISH_JOURNAL_DAMAGED */
export const parseJournal = (content: string, file: string): ReadJournal => {
  let fields: Fields;
  let record: PublishRecord;
  try {
    fields = objectOf(JSON.parse(content));
  } catch {
    throw damagedJournal(file, 'it is no JSON');
  }
  if (fields.format !== 'somakit-publish') throw damagedJournal(file, 'it is no journal of a publication');
  if (fields.version !== 1) throw damagedJournal(file, 'its version is not 1; a newer SomaKit may read it');
  try {
    record = readRecord(fields.record);
  } catch {
    // The reason may hold what the file holds.
    throw damagedJournal(file, 'a field of its record is missing or wrong');
  }
  const { sealed, secrets } = fields;
  return {
    record,
    sealed: sealed !== undefined,
    secrets: (sealer) => {
      let inner: unknown = secrets;
      if (sealed !== undefined) {
        if (sealer === undefined) throw damagedJournal(file, 'it is sealed, and the key of its account is not at hand');
        const bytes = sealer.open(sealed as SealedBox, JSON.stringify(fields.record));
        if (bytes === undefined) throw damagedJournal(file, 'it is sealed with the key of another account, or changed');
        inner = JSON.parse(new TextDecoder().decode(bytes));
      }
      try {
        return readSecrets(inner);
      } catch {
        throw damagedJournal(file, 'its secrets are missing or wrong');
      }
    },
  };
};
