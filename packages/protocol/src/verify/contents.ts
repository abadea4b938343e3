import type { CheckpointContents, CheckpointInclusionProof } from '@somakit/bcs';
import { ExecutionDigests, Object as ObjectCodec, TransactionData, TransactionEffects } from '@somakit/bcs';
import type { Digest } from '@somakit/core';
import { digestBytes, equalBytes, isError } from '@somakit/core';
import { blake2b256, checkpointContentsDigest, effectsDigest, objectDigest, transactionDigest } from '@somakit/crypto';
import type { VerifiedCheckpoint } from './checkpoint.js';
import type { VerificationSubject } from './errors.js';
import { verificationFailed } from './errors.js';

/** Bytes or value of a chain type, with both at hand. @throws VERIFICATION_FAILED when the bytes are none. */
const readBoth = <T>(
  subject: VerificationSubject,
  codec: { readonly name: string; encode(value: T): Uint8Array; decode(bytes: Uint8Array): T },
  given: T | Uint8Array,
): { readonly value: T; readonly bytes: Uint8Array } => {
  try {
    return given instanceof Uint8Array
      ? { value: codec.decode(given), bytes: given }
      : { value: given, bytes: codec.encode(given) };
  } catch (cause) {
    if (!isError(cause)) throw cause;
    throw verificationFailed(subject, 'malformed', `The bytes are no ${codec.name}.`, { cause });
  }
};

/**
 * Proves that contents are those of a proven checkpoint. The user signatures in them are not part of any digest: do not
 * trust them, check them with `verifyTransactionSignature`.
 *
 * Source: types/src/checkpoints.rs `CheckpointSummary::verify_with_contents`.
 * @throws VERIFICATION_FAILED
 */
export const verifyCheckpointContents = <C extends Pick<CheckpointContents, 'transactions'>>(
  { summary }: VerifiedCheckpoint,
  contents: C,
): C => {
  const digest = checkpointContentsDigest(contents.transactions);
  if (digest !== summary.contentDigest) {
    throw verificationFailed(
      'contents',
      'digest',
      `The contents are not those of checkpoint ${summary.sequenceNumber}.`,
      {
        expected: summary.contentDigest,
        received: digest,
        sequenceNumber: summary.sequenceNumber,
      },
    );
  }
  return contents;
};

/** A transaction whose outcome is proven. */
export interface VerifiedEffects {
  readonly effects: TransactionEffects;
  readonly transactionDigest: Digest;
  readonly effectsDigest: Digest;
  /** Its place in the checkpoint. */
  readonly index: number;
}

/**
 * Proves the outcome of a transaction: the contents are those of the proven checkpoint, and hold the transaction with
 * just these effects.
 *
 * With `transaction` (TransactionData or its bytes) also that the effects are of that transaction.
 *
 * @throws VERIFICATION_FAILED
 * @example
 * import type { CheckpointContents, TransactionEffects } from '@somakit/bcs';
 * import { type VerifiedCheckpoint, verifyEffects } from '@somakit/protocol/verify';
 * declare const checkpoint: VerifiedCheckpoint;
 * declare const contents: CheckpointContents;
 * declare const effects: TransactionEffects;
 * verifyEffects({ checkpoint, contents, effects }).effects.status.kind; // 'Success', and proven
 */
export const verifyEffects = (of: {
  readonly checkpoint: VerifiedCheckpoint;
  readonly contents: Pick<CheckpointContents, 'transactions'>;
  readonly effects: TransactionEffects | Uint8Array;
  readonly transaction?: TransactionData | Uint8Array | undefined;
}): VerifiedEffects => {
  const { transactions } = verifyCheckpointContents(of.checkpoint, of.contents);
  const { value: effects, bytes } = readBoth('effects', TransactionEffects, of.effects);
  const digest = effectsDigest(bytes);
  const { sequenceNumber } = of.checkpoint.summary;
  if (of.transaction !== undefined) {
    const given = transactionDigest(readBoth('effects', TransactionData, of.transaction).bytes);
    if (given !== effects.transactionDigest) {
      throw verificationFailed('effects', 'digest', 'The effects are of another transaction.', {
        expected: given,
        received: effects.transactionDigest,
        sequenceNumber,
      });
    }
  }
  const index = transactions.findIndex(
    (pair) => pair.transaction === effects.transactionDigest && pair.effects === digest,
  );
  if (index < 0) {
    throw verificationFailed(
      'effects',
      'notContained',
      `Checkpoint ${sequenceNumber} holds no transaction with these effects.`,
      { received: digest, sequenceNumber },
    );
  }
  return { effects, transactionDigest: effects.transactionDigest, effectsDigest: digest, index };
};

/**
 * Proves an object, by proven effects that wrote just this version of it.
 *
 * @throws VERIFICATION_FAILED when the effects wrote no such object.
 */
export const verifyObject = (
  { effects }: Pick<VerifiedEffects, 'effects'>,
  object: ObjectCodec | Uint8Array,
): ObjectCodec => {
  const { value, bytes } = readBoth('object', ObjectCodec, object);
  const change = effects.changedObjects.find(({ objectId }) => objectId === value.objectId);
  const written = change?.outputState.kind === 'ObjectWrite' ? change.outputState.digest : undefined;
  const digest = objectDigest(bytes);
  if (written !== digest) {
    throw verificationFailed(
      'object',
      written === undefined ? 'notContained' : 'digest',
      `The transaction did not write this version of object ${value.objectId}.`,
      {
        expected: written,
        received: digest,
      },
    );
  }
  return value;
};

const EMPTY_NODE = new Uint8Array(32);

const hashNode = (prefix: number, ...parts: Uint8Array[]): Uint8Array => {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 1));
  bytes[0] = prefix;
  let offset = 1;
  for (const part of parts) {
    bytes.set(part, offset);
    offset += part.length;
  }
  return blake2b256(bytes);
};

/**
 * Proves by a path of hashes that a proven checkpoint holds a transaction with certain effects; no other contents are
 * needed.
 *
 * Source: types/src/checkpoints.rs `CheckpointInclusionProof::verify`, fastcrypto merkle.rs.
 * @throws VERIFICATION_FAILED
 */
export const verifyInclusion = ({ summary }: VerifiedCheckpoint, proof: CheckpointInclusionProof): ExecutionDigests => {
  const fail = () =>
    verificationFailed('contents', 'notContained', `The path does not lead to checkpoint ${summary.sequenceNumber}.`, {
      sequenceNumber: summary.sequenceNumber,
    });
  let place = proof.leafIndex;
  if (place >> BigInt(proof.path.length) !== 0n) throw fail();
  let hash = hashNode(0, ExecutionDigests.encode(proof.leaf));
  for (const node of proof.path) {
    const sibling = node.kind === 'Empty' ? EMPTY_NODE : node.hash;
    hash = place % 2n === 0n ? hashNode(1, hash, sibling) : hashNode(1, sibling, hash);
    place /= 2n;
  }
  if (!equalBytes(hash, digestBytes(summary.contentDigest))) throw fail();
  return proof.leaf;
};
