import type { Committee } from '@somakit/bcs';
import { CheckpointSummary, RoaringBitmap } from '@somakit/bcs';
import type { Digest } from '@somakit/core';
import { invalidArgument, isError } from '@somakit/core';
import { checkpointDigest } from '@somakit/crypto';
import { authorityMessage, verifyBlsAggregate } from '@somakit/crypto/bls';
import type { TrustedCommittee } from './committee.js';
import { committeeFromBcs, quorumKeys } from './committee.js';
import { verificationFailed } from './errors.js';

/** The signature of a quorum. The BCS value of an AuthorityQuorumSignInfo is one. */
export interface QuorumSignature {
  readonly epoch: bigint;
  /** The sum of the signatures, 48 bytes. */
  readonly signature: Uint8Array;
  /** Who signed, by place in the committee: numbers, or the BCS bytes of their Roaring bitmap. */
  readonly signersMap: readonly number[] | Uint8Array;
}

/** A checkpoint and its certificate. The BCS value of a CertifiedCheckpointSummary is one. */
export interface CertifiedCheckpoint {
  /** The summary, or its BCS bytes. */
  readonly data: CheckpointSummary | Uint8Array;
  readonly authSignature: QuorumSignature;
}

/** A checkpoint whose summary is proven: pass on what these functions returned, and nothing made by hand. */
export interface VerifiedCheckpoint {
  readonly summary: CheckpointSummary;
  readonly digest: Digest;
}

/** A summary read, with its bytes and digest. Nothing is proven yet. */
export interface ReadSummary extends VerifiedCheckpoint {
  readonly bytes: Uint8Array;
}

/** Reads a summary from a value or from bytes. @throws VERIFICATION_FAILED when it is not one. */
export const readSummary = (data: CheckpointSummary | Uint8Array): ReadSummary => {
  try {
    const summary = data instanceof Uint8Array ? CheckpointSummary.decode(data) : data;
    const bytes = data instanceof Uint8Array ? data : CheckpointSummary.encode(data);
    return { summary, bytes, digest: checkpointDigest(bytes) };
  } catch (cause) {
    if (!isError(cause)) throw cause;
    throw verificationFailed('checkpoint', 'malformed', 'The bytes are no checkpoint summary.', { cause });
  }
};

const readSigners = (signers: QuorumSignature['signersMap']): readonly number[] => {
  if (Array.isArray(signers)) return signers;
  try {
    return RoaringBitmap.decode(signers as Uint8Array);
  } catch (cause) {
    if (!isError(cause)) throw cause;
    throw verificationFailed('checkpoint', 'malformed', 'The signers are no Roaring bitmap.', { cause });
  }
};

const signatureHolds = (message: Uint8Array, signature: Uint8Array, keys: readonly Uint8Array[]): boolean => {
  try {
    return verifyBlsAggregate(message, signature, keys);
  } catch (error) {
    // Bytes that are no curve point prove as little as a wrong point.
    if (isError(error)) return false;
    throw error;
  }
};

/** Whether a committee is one already or still the chain's value. */
const trusted = (committee: TrustedCommittee | Committee): TrustedCommittee => {
  if (committee === null || typeof committee !== 'object') throw invalidArgument('committee', 'a committee', committee);
  return 'members' in committee ? committee : committeeFromBcs(committee);
};

/** Proves a summary that was read already. @throws VERIFICATION_FAILED */
export const verifyRead = (
  read: ReadSummary,
  signature: QuorumSignature,
  committee: TrustedCommittee,
): VerifiedCheckpoint => {
  const { summary, bytes, digest } = read;
  const { sequenceNumber } = summary;
  if (signature === undefined || signature === null) {
    throw verificationFailed('checkpoint', 'unsigned', `Checkpoint ${sequenceNumber} comes without its certificate.`, {
      sequenceNumber,
    });
  }
  if (summary.epoch !== committee.epoch || signature.epoch !== committee.epoch) {
    throw verificationFailed(
      'checkpoint',
      'epoch',
      `The checkpoint is of epoch ${summary.epoch}, signed in epoch ${signature.epoch}; the committee is that of epoch ${committee.epoch}.`,
      {
        expected: committee.epoch,
        received: summary.epoch === committee.epoch ? signature.epoch : summary.epoch,
        sequenceNumber,
      },
    );
  }
  const keys = quorumKeys(committee, readSigners(signature.signersMap), sequenceNumber);
  if (!signatureHolds(authorityMessage('CheckpointSummary', bytes, signature.epoch), signature.signature, keys)) {
    throw verificationFailed(
      'checkpoint',
      'signature',
      `The signature of checkpoint ${sequenceNumber} is not by its signers.`,
      { sequenceNumber },
    );
  }
  return { summary, digest };
};

/**
 * Proves that a quorum of a committee signed a checkpoint: epochs agree, the signers weigh 6,667 of 10,000 or more, and
 * the aggregate BLS signature holds.
 *
 * Pure, some tens of milliseconds of pairings. The committee is a {@link TrustedCommittee} or the chain's own value; it
 * must be trusted, or come from a verified end of epoch.
 *
 * Source: types/src/checkpoints.rs `CertifiedCheckpointSummary::verify_authority_signatures`.
 * @throws VERIFICATION_FAILED; `context.reason` says why.
 * @example
 * import { CertifiedCheckpointSummary } from '@somakit/bcs';
 * import { createCommittee, verifyCheckpoint } from '@somakit/protocol/verify';
 * declare const bytes: Uint8Array;
 * declare const publicKey: Uint8Array;
 * const committee = createCommittee(0n, [{ publicKey, votingPower: 10_000n }]);
 * const { summary, digest } = verifyCheckpoint(CertifiedCheckpointSummary.decode(bytes), committee);
 */
export const verifyCheckpoint = (
  checkpoint: CertifiedCheckpoint,
  committee: TrustedCommittee | Committee,
): VerifiedCheckpoint => verifyRead(readSummary(checkpoint.data), checkpoint.authSignature, trusted(committee));
