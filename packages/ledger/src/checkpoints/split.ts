import type { CheckpointItem } from './build.js';

/** What a checkpoint may hold. */
export interface CheckpointLimits {
  readonly maxTransactionsPerCheckpoint: bigint;
  readonly maxCheckpointSizeBytes: bigint;
}

const ulebSize = (value: number): number => (value < 0x80 ? 1 : 1 + ulebSize(Math.floor(value / 0x80)));

/**
 * What a transaction counts for a checkpoint's size: itself as it was sent, its effects, and its signatures once more.
 */
export const checkpointSize = (of: {
  readonly transaction: Uint8Array;
  readonly effects: Uint8Array;
  readonly signatures: readonly Uint8Array[];
}): number => {
  let signatures = ulebSize(of.signatures.length);
  for (const { length } of of.signatures) signatures += ulebSize(length) + length;
  // A vector of one transaction, and the three bytes of its intent.
  return 4 + of.transaction.length + 2 * signatures + of.effects.length;
};

/**
 * The contents of one or more checkpoints: a new one begins where the next transaction would be one too many, or make
 * it too large. One that is too large by itself is taken all the same. Without transactions there is one, empty.
 *
 * Source: authority/src/checkpoints/mod.rs `split_checkpoint_chunks`.
 */
export const splitCheckpoint = <T extends CheckpointItem>(items: readonly T[], limits: CheckpointLimits): T[][] => {
  const most = Number(limits.maxTransactionsPerCheckpoint);
  const largest = Number(limits.maxCheckpointSizeBytes);
  const chunks: T[][] = [];
  let chunk: T[] = [];
  let size = 0;
  for (const item of items) {
    if (chunk.length > 0 && (chunk.length === most || size + item.size > largest)) {
      chunks.push(chunk);
      chunk = [];
      size = 0;
    }
    chunk.push(item);
    size += item.size;
  }
  if (chunk.length > 0 || chunks.length === 0) chunks.push(chunk);
  return chunks;
};
