import type { CheckpointSummary } from '@somakit/bcs';
import { MAX_PROTOCOL_VERSION } from '../parameters/protocol-parameters.js';
import type { QuorumSignature, ReadSummary, VerifiedCheckpoint } from './checkpoint.js';
import { readSummary, verifyRead } from './checkpoint.js';
import type { TrustedCommittee } from './committee.js';
import { committeeFromBcs } from './committee.js';
import { verificationFailed } from './errors.js';

/** What a reader knows for sure: the committee of an epoch and, once it verified some, the newest checkpoint. */
export interface TrustedState {
  readonly committee: TrustedCommittee;
  readonly checkpoint?: VerifiedCheckpoint | undefined;
}

/** A checkpoint of a chain. All but those that must carry it may come without their certificate. */
export interface ChainCheckpoint {
  readonly data: CheckpointSummary | Uint8Array;
  readonly authSignature?: QuorumSignature | undefined;
}

/** A {@link TrustedState} that has moved on. */
export interface VerifiedChain {
  /** To go on from. After the end of an epoch its committee is the next one. */
  readonly state: TrustedState;
  /** Every checkpoint given, all proven. */
  readonly verified: readonly VerifiedCheckpoint[];
  /** How many signatures that took. */
  readonly signatures: number;
}

/** That `next` is the direct successor of `previous`. @throws VERIFICATION_FAILED */
const checkLink = (previous: VerifiedCheckpoint, next: VerifiedCheckpoint): void => {
  const { summary } = next;
  const { sequenceNumber } = summary;
  const fail = (
    reason: 'previousDigest' | 'transactionCount' | 'timestamp' | 'epoch',
    message: string,
    expected: unknown,
    received: unknown,
  ) => verificationFailed('checkpoint', reason, message, { expected, received, sequenceNumber });
  if (summary.previousDigest !== previous.digest) {
    throw fail(
      'previousDigest',
      `Checkpoint ${sequenceNumber} does not name its predecessor.`,
      previous.digest,
      summary.previousDigest,
    );
  }
  const epoch = previous.summary.epoch + (previous.summary.endOfEpochData === undefined ? 0n : 1n);
  if (summary.epoch !== epoch)
    throw fail('epoch', `Checkpoint ${sequenceNumber} is not of epoch ${epoch}.`, epoch, summary.epoch);
  if (summary.networkTotalTransactions < previous.summary.networkTotalTransactions) {
    throw fail(
      'transactionCount',
      `Checkpoint ${sequenceNumber} counts fewer transactions than its predecessor.`,
      previous.summary.networkTotalTransactions,
      summary.networkTotalTransactions,
    );
  }
  if (summary.timestampMs < previous.summary.timestampMs) {
    throw fail(
      'timestamp',
      `Checkpoint ${sequenceNumber} is older than its predecessor.`,
      previous.summary.timestampMs,
      summary.timestampMs,
    );
  }
};

const follows = (previous: VerifiedCheckpoint, next: VerifiedCheckpoint): boolean =>
  next.summary.sequenceNumber === previous.summary.sequenceNumber + 1n;

/**
 * The committee that a proven last checkpoint of an epoch hands over to.
 *
 * @throws VERIFICATION_FAILED when it is not the last of its epoch, or names a committee of another epoch.
 */
export const nextCommittee = ({ summary }: VerifiedCheckpoint): TrustedCommittee => {
  const { sequenceNumber } = summary;
  const end = summary.endOfEpochData;
  if (end === undefined) {
    throw verificationFailed('committee', 'malformed', `Checkpoint ${sequenceNumber} is not the last of its epoch.`, {
      sequenceNumber,
    });
  }
  const committee = committeeFromBcs(end.nextEpochValidatorCommittee);
  if (committee.epoch !== summary.epoch + 1n) {
    throw verificationFailed(
      'committee',
      'epoch',
      `The committee handed over is of epoch ${committee.epoch}, not ${summary.epoch + 1n}.`,
      {
        expected: summary.epoch + 1n,
        received: committee.epoch,
        sequenceNumber,
      },
    );
  }
  return committee;
};

/**
 * Proves a run of checkpoints from a trusted start, with as few signatures as can be: one for the end of each epoch,
 * one for the last checkpoint of each unbroken run; all others by the chain of digests.
 *
 * The checkpoints ascend. Numbers may be left out: to follow the committees alone, give the last checkpoint of each
 * epoch and nothing else. What must carry a certificate and does not is refused.
 *
 * @throws VERIFICATION_FAILED; `context.sequenceNumber` says at which checkpoint.
 * @example
 * import { verifyCheckpointChain, type ChainCheckpoint, type TrustedState } from '@somakit/protocol/verify';
 * declare const start: TrustedState;
 * declare const epochEnds: ChainCheckpoint[];
 * const { state } = verifyCheckpointChain(start, epochEnds);
 * state.committee.epoch; // the epoch after the last one given
 */
export const verifyCheckpointChain = (start: TrustedState, checkpoints: Iterable<ChainCheckpoint>): VerifiedChain => {
  const items = Array.from(checkpoints, ({ data, authSignature }) => ({ read: readSummary(data), authSignature }));
  let { committee } = start;
  let previous = start.checkpoint;
  let signatures = 0;
  const verified: VerifiedCheckpoint[] = [];
  items.forEach(({ read, authSignature }, i) => {
    const { summary, digest } = read;
    const { sequenceNumber } = summary;
    if (previous !== undefined) {
      if (sequenceNumber <= previous.summary.sequenceNumber) {
        throw verificationFailed(
          'checkpoint',
          'sequence',
          `Checkpoint ${sequenceNumber} comes after checkpoint ${previous.summary.sequenceNumber}.`,
          { sequenceNumber },
        );
      }
      if (follows(previous, read)) checkLink(previous, read);
    }
    const next: ReadSummary | undefined = items[i + 1]?.read;
    // A successor that is proven later proves its predecessor, unless an epoch ends between them.
    if (summary.endOfEpochData !== undefined || next === undefined || !follows(read, next)) {
      if (authSignature === undefined) {
        throw verificationFailed('checkpoint', 'unsigned', `Checkpoint ${sequenceNumber} needs its certificate.`, {
          sequenceNumber,
          hint: 'The last checkpoint of an epoch and the last of a run must come with their signatures.',
        });
      }
      verifyRead(read, authSignature, committee);
      signatures++;
    } else if (summary.epoch !== committee.epoch) {
      throw verificationFailed(
        'checkpoint',
        'epoch',
        `Checkpoint ${sequenceNumber} is of epoch ${summary.epoch}, the committee of epoch ${committee.epoch}.`,
        {
          expected: committee.epoch,
          received: summary.epoch,
          sequenceNumber,
        },
      );
    }
    previous = { summary, digest };
    verified.push(previous);
    if (summary.endOfEpochData !== undefined) committee = nextCommittee(previous);
  });
  return { state: { committee, checkpoint: previous }, verified, signatures };
};

/** Whether this package knows the rules of the protocol version that a proven end of epoch announces. */
export const knowsNextProtocol = ({ summary }: VerifiedCheckpoint): boolean =>
  summary.endOfEpochData === undefined || summary.endOfEpochData.nextEpochProtocolVersion <= MAX_PROTOCOL_VERSION;
