import { SomaObject } from '@somakit/bcs';
import { fromBase64, isError, parseJson, SomaKitError, toBase64 } from '@somakit/core';
import { commitment, createMultiSig, formatPublicKey, type MultiSig } from '@somakit/crypto';
import { describeTransaction } from '../describe/parse.js';
import '../errors.js';
import { type BuiltTransaction, readTransaction } from '../transaction.js';
import { addSignature, createEnvelope, type Envelope, type FeeBounds, invalidEnvelope } from './envelope.js';

const FORMAT = 'somakit.transaction';
const VERSION = 1;
const FIELDS: ReadonlySet<string> = /* @__PURE__ */ new Set([
  'format',
  'version',
  'summary',
  'sender',
  'digest',
  'chainId',
  'note',
  'fee',
  'transaction',
  'objects',
  'multiSig',
  'signatures',
]);
/** A transaction has at most 256 KiB; its inputs are small. */
const MAX_TEXT = 8 * 1024 * 1024;

/** The fields of the text in their order, the checksum left out. Names and order never change within a version. */
const toFields = (envelope: Envelope): Record<string, unknown> => {
  const { transaction, signatures, multiSig, objects, fee, chainId, note } = envelope;
  return {
    format: FORMAT,
    version: VERSION,
    summary: describeTransaction(transaction).summary,
    sender: transaction.sender,
    digest: transaction.digest,
    ...(chainId === undefined ? {} : { chainId }),
    ...(note === undefined ? {} : { note }),
    ...(fee === undefined ? {} : { fee: { min: fee.min.toString(), max: fee.max.toString() } }),
    transaction: toBase64(transaction.bytes),
    ...(objects.length === 0 ? {} : { objects: objects.map((object) => toBase64(SomaObject.encode(object))) }),
    ...(multiSig === undefined
      ? {}
      : {
          multiSig: {
            threshold: multiSig.threshold,
            members: multiSig.members.map(({ publicKey, weight }) => ({
              publicKey: formatPublicKey(publicKey),
              weight,
            })),
          },
        }),
    signatures: signatures.map(toBase64),
  };
};

const checksum = (fields: Record<string, unknown>): string =>
  commitment(new TextEncoder().encode(JSON.stringify(fields)));

/**
 * An envelope as JSON text for a file, a mail or a QR code. The same envelope always gives the same text.
 *
 * @example
 * import { buildTransaction, createEnvelope, reportModel, writeEnvelope } from '@somakit/tx-builders';
 * const transaction = buildTransaction({
 *   sender: '0xa11ce',
 *   kind: reportModel({ modelId: '0x30de1' }),
 *   gasPayment: [{ objectId: '0x5ca1e', version: 7n, digest: '11111111111111111111111111111111' }],
 * });
 * const text = writeEnvelope(createEnvelope({ transaction, fee: { min: 1600n, max: 1600n } }));
 */
export const writeEnvelope = (envelope: Envelope): string => {
  const fields = toFields(envelope);
  return `${JSON.stringify({ ...fields, checksum: checksum(fields) }, undefined, 2)}\n`;
};

const isRecord = (value: unknown): value is Record<string, unknown> =>
  value !== null && typeof value === 'object' && !Array.isArray(value);

/** Runs a reader of a part and says which part it was. */
const part = <T>(path: string, expected: string, read: () => T): T => {
  try {
    return read();
  } catch (error) {
    if (!isError(error) || isError(error, 'INVALID_ENVELOPE')) throw error;
    throw invalidEnvelope(path, expected, undefined, error);
  }
};

const readBytes = (path: string, value: unknown): Uint8Array =>
  part(path, 'Base64', () => {
    if (typeof value !== 'string') throw invalidEnvelope(path, 'Base64');
    return fromBase64(value);
  });

const readFee = (value: unknown): FeeBounds | undefined => {
  if (value === undefined) return undefined;
  if (!isRecord(value)) throw invalidEnvelope('fee', 'an object with min and max');
  const amount = (key: 'min' | 'max'): bigint => {
    const text = value[key];
    if (typeof text !== 'string' || !/^(?:0|[1-9][0-9]{0,19})$/.test(text))
      throw invalidEnvelope(`fee.${key}`, 'shannons as decimal text', text);
    return BigInt(text);
  };
  return { min: amount('min'), max: amount('max') };
};

const readMultiSig = (value: unknown): MultiSig | undefined => {
  if (value === undefined) return undefined;
  const expected = 'an object with threshold and members';
  if (!isRecord(value) || !Array.isArray(value.members)) throw invalidEnvelope('multiSig', expected);
  const members = value.members.map((member: unknown, i) => {
    if (!isRecord(member) || typeof member.publicKey !== 'string' || typeof member.weight !== 'number') {
      throw invalidEnvelope(`multiSig.members[${i}]`, 'an object with publicKey and weight');
    }
    return { publicKey: member.publicKey, weight: member.weight };
  });
  return part('multiSig', 'a multisig account', () =>
    createMultiSig({ members, threshold: value.threshold as number }),
  );
};

const readText = (path: string, value: unknown): string | undefined => {
  if (value === undefined || typeof value === 'string') return value;
  throw invalidEnvelope(path, 'a text', value);
};

/**
 * Reads the text of an envelope and checks all of it: the checksum over every field, digest and sender against the
 * transaction, the objects against its inputs, and every signature. Show what {@link describeEnvelope} makes of the
 * bytes, never the text's own summary.
 *
 * @throws INVALID_ENVELOPE for damaged or changed texts. @throws UNKNOWN_ENVELOPE_VERSION
 * @throws WRONG_SIGNER INVALID_SIGNATURE for signatures that do not belong to it.
 * @example
 * import { describeEnvelope, readEnvelope } from '@somakit/tx-builders';
 * declare const text: string;
 * const { summary, warnings, complete } = describeEnvelope(readEnvelope(text));
 */
export const readEnvelope = (text: string): Envelope => {
  const json: unknown = part('text', 'JSON', () => parseJson(text, { maxLength: MAX_TEXT, maxDepth: 8 }));
  if (!isRecord(json) || json.format !== FORMAT) {
    throw invalidEnvelope('format', `"${FORMAT}"`, isRecord(json) ? json.format : undefined);
  }
  if (json.version !== VERSION) {
    throw new SomaKitError('UNKNOWN_ENVELOPE_VERSION', `This envelope has the version ${String(json.version)}.`, {
      context: { expected: [VERSION], received: json.version },
      hint: 'A newer version of this package may read it.',
    });
  }
  const transaction = part(
    'transaction',
    'the BCS bytes of a TransactionData in Base64',
    (): BuiltTransaction => readTransaction(readBytes('transaction', json.transaction)),
  );
  if (json.digest !== transaction.digest)
    throw invalidEnvelope('digest', `that of the transaction, ${transaction.digest}`, json.digest);
  if (json.sender !== transaction.sender)
    throw invalidEnvelope('sender', `that of the transaction, ${transaction.sender}`, json.sender);
  const { signatures, objects = [] } = json;
  if (!Array.isArray(signatures)) throw invalidEnvelope('signatures', 'an array of Base64 texts');
  if (!Array.isArray(objects)) throw invalidEnvelope('objects', 'an array of Base64 texts');
  const unsigned = part('fields', 'those of an envelope', () =>
    createEnvelope({
      transaction,
      multiSig: readMultiSig(json.multiSig),
      objects: objects.map((object, i) =>
        part(`objects[${i}]`, 'the BCS bytes of an object in Base64', () =>
          SomaObject.decode(readBytes(`objects[${i}]`, object)),
        ),
      ),
      fee: readFee(json.fee),
      chainId: readText('chainId', json.chainId),
      note: readText('note', json.note),
    }),
  );
  const envelope = signatures
    .map((signature, i) => readBytes(`signatures[${i}]`, signature))
    .reduce(addSignature, unsigned);
  // The summary is for eyes alone: other versions of this package may word it differently, and none reads it.
  const { checksum: sum, ...fields } = json;
  readText('summary', json.summary);
  const extra = Object.keys(fields).find((key) => !FIELDS.has(key));
  if (extra !== undefined) throw invalidEnvelope(extra, 'left out: there is no such field');
  if (sum !== checksum(fields)) throw invalidEnvelope('checksum', 'that of its fields', sum);
  return envelope;
};
