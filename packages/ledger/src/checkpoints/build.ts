import { type CheckpointContents, CheckpointSummary, type EndOfEpochData, type TransactionFee } from '@somakit/bcs';
import { type Digest, type ObjectId, parseDigest } from '@somakit/core';
import { artifactsDigest, checkpointContentsDigest, checkpointDigest, DELETED_OBJECT_DIGEST } from '@somakit/crypto';
import { artifactItems, executionItems } from '../encode/checkpoint.js';
import type { Outcome } from '../execution/outcome.js';
import type { LedgerObject } from '../object.js';
import { idPrefix, sortByPrefix } from './sort.js';

/** The digest that stands for a wrapped object: 32 times 0x58. Only the reference's defects make one. */
const WRAPPED_OBJECT_DIGEST: Digest = /* @__PURE__ */ parseDigest(/* @__PURE__ */ new Uint8Array(32).fill(0x58));

/** A transaction in a checkpoint. */
export interface CheckpointItem {
  readonly outcome: Outcome;
  readonly signatures: readonly Uint8Array[];
  /** What it counts for the size of a checkpoint, in bytes. */
  readonly size: number;
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

/** What became of an object in a checkpoint: from its state before the first change to that after the last one. */
export interface NetChange {
  readonly objectId: ObjectId;
  before: LedgerObject | undefined;
  after: LedgerObject | undefined;
  /** The version of the last change. */
  version: bigint;
  /** What stands for an object that is no more. */
  gone: Digest;
}

/** The changes of a checkpoint, by object; what does not follow on from the change before it comes apart, first. */
export const netChanges = (
  items: readonly CheckpointItem[],
): { readonly objects: ReadonlyMap<ObjectId, NetChange>; readonly apart: readonly NetChange[] } => {
  const objects = new Map<ObjectId, NetChange>();
  const apart: NetChange[] = [];
  for (const { outcome } of items) {
    const { changes, version } = outcome;
    for (const { objectId, before, after, mark } of changes) {
      if (after === undefined && mark === 'Created') continue;
      const gone = mark === 'None' ? WRAPPED_OBJECT_DIGEST : DELETED_OBJECT_DIGEST;
      const known = objects.get(objectId);
      if (known === undefined) {
        objects.set(objectId, { objectId, before, after, version, gone });
      } else {
        if (known.after?.digest !== before?.digest) {
          apart.push({ ...known });
          known.before = before;
        }
        known.after = after;
        known.version = version;
        known.gone = gone;
      }
    }
  }
  return { objects, apart };
};

/** The leaves for what became of the objects. */
const artifacts = (objects: ReadonlyMap<ObjectId, NetChange>) =>
  artifactItems(
    sortByPrefix(
      [...objects.values()],
      ({ objectId }) => idPrefix(objectId),
      (a, b) => (a.objectId < b.objectId ? -1 : 1),
    ),
  );

/** A checkpoint of transactions in their order. Source: authority/src/checkpoints/mod.rs, types/src/checkpoints.rs. */
export const buildCheckpoint = (
  items: readonly CheckpointItem[],
  objects: ReadonlyMap<ObjectId, NetChange>,
  parameters: SummaryParameters,
): BuiltCheckpoint => {
  const transactions = items.map(({ outcome }) => ({ transaction: outcome.digest, effects: outcome.effectsDigest }));
  const contents: CheckpointContents = { transactions, userSignatures: items.map(({ signatures }) => signatures) };
  const genesis = parameters.previousDigest === undefined;
  const summary: CheckpointSummary = {
    epoch: parameters.epoch,
    sequenceNumber: parameters.sequenceNumber,
    networkTotalTransactions: parameters.networkTotalTransactions,
    contentDigest: checkpointContentsDigest(executionItems(items)),
    previousDigest: parameters.previousDigest,
    epochRollingTransactionFees: parameters.fees,
    timestampMs: parameters.timestampMs,
    // The commitment to every object that the transactions wrote or deleted. Genesis has none.
    checkpointCommitments: genesis
      ? []
      : [{ kind: 'CheckpointArtifactsDigest', digest: artifactsDigest(artifacts(objects)) }],
    endOfEpochData: parameters.endOfEpochData,
    versionSpecificData: new Uint8Array(0),
  };
  const summaryBytes = CheckpointSummary.encode(summary);
  return { summary, summaryBytes, digest: checkpointDigest(summaryBytes), contents };
};
