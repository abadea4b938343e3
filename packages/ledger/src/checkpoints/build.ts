import {
  type CheckpointCommitment,
  type CheckpointContents,
  CheckpointSummary,
  type EndOfEpochData,
  type TransactionFee,
} from '@somakit/bcs';
import { type Digest, type ObjectId, parseDigest } from '@somakit/core';
import {
  checkpointArtifactsDigest,
  checkpointContentsDigest,
  checkpointDigest,
  DELETED_OBJECT_DIGEST,
} from '@somakit/crypto';
import type { ObjectChange } from '../execution/effects.js';

/** The digest that stands for a wrapped object: 32 times 0x58. Only the reference's defects make one. */
const WRAPPED_OBJECT_DIGEST: Digest = /* @__PURE__ */ parseDigest(/* @__PURE__ */ new Uint8Array(32).fill(0x58));

/** A transaction in a checkpoint. */
export interface CheckpointItem {
  readonly digest: Digest;
  readonly effectsDigest: Digest;
  readonly signatures: readonly Uint8Array[];
  readonly changes: readonly ObjectChange[];
  /** The version of what it wrote and deleted. */
  readonly version: bigint;
}

/** What a summary says beside its transactions. */
export interface SummaryParameters {
  readonly epoch: bigint;
  readonly sequenceNumber: bigint;
  readonly networkTotalTransactions: bigint;
  readonly previousDigest: Digest | undefined;
  readonly fees: TransactionFee;
  readonly timestampMs: bigint;
  readonly endOfEpochData?: EndOfEpochData | undefined;
}

/** A checkpoint's parts. */
export interface BuiltCheckpoint {
  readonly summary: CheckpointSummary;
  readonly summaryBytes: Uint8Array;
  readonly digest: Digest;
  readonly contents: CheckpointContents;
}

/** The commitment to every object that the transactions wrote or deleted. Genesis has none. */
const artifacts = (items: readonly CheckpointItem[]): CheckpointCommitment => {
  const objects = new Map<ObjectId, { objectId: ObjectId; version: bigint; digest: Digest }>();
  for (const { changes, version } of items) {
    for (const { objectId, after, mark } of changes) {
      if (after === undefined && mark === 'Created') continue;
      const gone = mark === 'None' ? WRAPPED_OBJECT_DIGEST : DELETED_OBJECT_DIGEST;
      objects.set(objectId, { objectId, version, digest: after?.digest ?? gone });
    }
  }
  return { kind: 'CheckpointArtifactsDigest', digest: checkpointArtifactsDigest(objects.values()) };
};

/** A checkpoint of transactions in their order. Source: authority/src/checkpoints/mod.rs, types/src/checkpoints.rs. */
export const buildCheckpoint = (items: readonly CheckpointItem[], parameters: SummaryParameters): BuiltCheckpoint => {
  const transactions = items.map(({ digest, effectsDigest }) => ({ transaction: digest, effects: effectsDigest }));
  const contents: CheckpointContents = { transactions, userSignatures: items.map(({ signatures }) => signatures) };
  const genesis = parameters.previousDigest === undefined;
  const summary: CheckpointSummary = {
    epoch: parameters.epoch,
    sequenceNumber: parameters.sequenceNumber,
    networkTotalTransactions: parameters.networkTotalTransactions,
    contentDigest: checkpointContentsDigest(transactions),
    previousDigest: parameters.previousDigest,
    epochRollingTransactionFees: parameters.fees,
    timestampMs: parameters.timestampMs,
    checkpointCommitments: genesis ? [] : [artifacts(items)],
    endOfEpochData: parameters.endOfEpochData,
    versionSpecificData: new Uint8Array(0),
  };
  const summaryBytes = CheckpointSummary.encode(summary);
  return { summary, summaryBytes, digest: checkpointDigest(summaryBytes), contents };
};
