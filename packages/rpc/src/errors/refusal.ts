import type { ObjectRef, SomaError } from '@somakit/bcs';
import { isError, parseDigest, parseObjectId } from '@somakit/core';

/** The text around a reason, by which a node says how it came to refuse. */
export type RefusalFrame = 'node' | 'validators' | 'finality';

/** What a node's refusal of a transaction says. */
export interface ParsedRefusal {
  /** The reason; `Unknown` with the text where this version does not know the words. */
  readonly reason: SomaError;
  /** The reason's own words, without what is around them. */
  readonly text: string;
  /** `finality`: the node gave up after trying for its time-out. */
  readonly frame: RefusalFrame;
}

const FINALITY = /^Transaction timed out before finality could be reached\./;
const VALIDATORS = /^Transaction is rejected as invalid by more than 1\/3 of validators by stake/;
/** `errors: [TEXT { k#8c66dc2c.. } with 10000 stake].`; of several groups the first. */
const INNER = /errors: \[(.*?) \{ k#[0-9a-f]+\.\.[^}]*\} with \d+ stake/s;

const REF = '\\((0x[0-9a-f]+), Version\\((\\d+)\\), o#(\\w+)\\)';

const ref = ([, id, version, digest]: readonly (string | undefined)[]): ObjectRef => ({
  objectId: parseObjectId(id!),
  version: BigInt(version!),
  digest: parseDigest(digest!),
});

type Rule = readonly [pattern: RegExp, read: (match: RegExpExecArray) => SomaError];

/** The display texts of the chain's errors, read back. Source: types/src/error.rs. */
const RULES: readonly Rule[] = /* @__PURE__ */ [
  [/^Signature is not valid: (.*)$/s, (m) => ({ kind: 'InvalidSignature', error: m[1]! })],
  [/^Value was not signed by the correct sender: (.*)$/s, (m) => ({ kind: 'IncorrectSigner', error: m[1]! })],
  [
    /^Expect (\d+) signer signatures but got (\d+)$/,
    (m) => ({ kind: 'SignerSignatureNumberMismatch', expected: BigInt(m[1]!), actual: BigInt(m[2]!) }),
  ],
  [
    /^Required Signature from (\S+) is absent \[(.*)\]$/s,
    (m) => ({
      kind: 'SignerSignatureAbsent',
      expected: m[1]!,
      actual: [...m[2]!.matchAll(/"([^"]*)"/g)].map(([, each]) => each!),
    }),
  ],
  [
    /^Validator temporarily stopped processing transactions due to epoch change/,
    () => ({ kind: 'ValidatorHaltedAtEpochEnd' }),
  ],
  [/^The transaction inputs contain duplicated ObjectRef's$/, () => ({ kind: 'DuplicateObjectRefInput' })],
  [/^Transaction is denied: (.*)$/s, (m) => ({ kind: 'TransactionDenied', error: m[1]! })],
  [
    /^Could not find the referenced object (0x[0-9a-f]+) at version (?:None|Some\(Version\((\d+)\)\))$/,
    (m) => ({
      kind: 'ObjectNotFound',
      objectId: parseObjectId(m[1]!),
      version: m[2] === undefined ? undefined : BigInt(m[2]),
    }),
  ],
  [
    /* @__PURE__ */ new RegExp(
      `^Object ${REF} is not available for consumption, its current version: Version\\((\\d+)\\)`,
    ),
    (m) => ({ kind: 'ObjectVersionUnavailableForConsumption', providedObjRef: ref(m), currentVersion: BigInt(m[4]!) }),
  ],
  [
    /^Invalid Object digest for object (0x[0-9a-f]+)\. Expected digest : o#(\w+)$/,
    (m) => ({ kind: 'InvalidObjectDigest', objectId: parseObjectId(m[1]!), expectedDigest: parseDigest(m[2]!) }),
  ],
  [
    /* @__PURE__ */ new RegExp(
      `^Object ${REF} already locked by a different transaction: TransactionDigest\\((\\w+)\\)`,
    ),
    (m) => ({ kind: 'ObjectLockConflict', objRef: ref(m), pendingTransaction: parseDigest(m[4]!) }),
  ],
  [/^Gas payment error (.*)$/s, (m) => ({ kind: 'GasPaymentError', message: m[1]! })],
  [
    /^Mutable object (0x[0-9a-f]+) cannot appear more than one in one transaction$/,
    (m) => ({ kind: 'MutableObjectUsedMoreThanOnce', objectId: parseObjectId(m[1]!) }),
  ],
  [/^Versions above the maximal value are not usable for transfers$/, () => ({ kind: 'InvalidSequenceNumber' })],
  [
    /^Transaction was not signed by the correct sender: (.*)$/s,
    (m) => ({ kind: 'IncorrectUserSignature', error: m[1]! }),
  ],
  [/^Object used as owned is not owned/, () => ({ kind: 'NotOwnedObjectError' })],
  [/^Object used as shared is not shared/, () => ({ kind: 'NotSharedObjectError' })],
  [/^Wrong initial version given for shared object$/, () => ({ kind: 'SharedObjectStartingVersionMismatch' })],
  [
    /^Total transactions size \((\d+)\) bytes exceeds the maximum allowed \((\d+)\) bytes/,
    (m) => ({ kind: 'TotalTransactionSizeTooLargeInBatch', size: BigInt(m[1]!), limit: BigInt(m[2]!) }),
  ],
  [/^Use of disabled feature: (.*)$/s, (m) => ({ kind: 'UnsupportedFeatureError', error: m[1]! })],
  [/^Invalid request: (.*)$/s, (m) => ({ kind: 'InvalidRequest', message: m[1]! })],
];

const reasonOf = (text: string): SomaError | undefined => {
  for (const [pattern, read] of RULES) {
    const match = pattern.exec(text);
    if (match === null) continue;
    try {
      return read(match);
    } catch (error) {
      if (!isError(error)) throw error;
    }
  }
  return undefined;
};

/**
 * The reason in a node's words about a transaction; undefined for words that are no refusal.
 *
 * @example
 * import { parseRefusal } from '@somakit/rpc';
 * parseRefusal('Invalid user signature: Expect 1 signer signatures but got 0')?.reason.kind; // 'SignerSignatureNumberMismatch'
 */
export const parseRefusal = (message: string): ParsedRefusal | undefined => {
  const frame: RefusalFrame = FINALITY.test(message) ? 'finality' : VALIDATORS.test(message) ? 'validators' : 'node';
  const text =
    (frame === 'node' ? undefined : INNER.exec(message)?.[1]) ?? message.replace(/^Invalid user signature: /, '');
  const reason = reasonOf(text);
  if (reason !== undefined) return { reason, text, frame };
  if (frame === 'node' && !message.startsWith('Invalid user signature: ')) return undefined;
  return { reason: { kind: 'Unknown', message: text }, text, frame };
};
