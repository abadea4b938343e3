import type { ResolvedConfig } from './config.js';

/** Fills what a sequence has left behind its end mark. */
export const PAD = 256;
/** Follows the last byte, when the last sequence has room for it. */
export const EOS = 257;

/** One sequence as the model reads it. */
export interface Sequence {
  /** S tokens: bytes, then EOS once, then PAD. */
  readonly tokens: Int32Array;
  /** Offsets in the whole data; all places behind the data share one. */
  readonly positions: Uint32Array;
  /** The tokens moved left by one, PAD last. */
  readonly targets: Int32Array;
  /** Bytes of data in it. */
  readonly dataLength: number;
}

/** How many sequences `length` bytes are: none for empty data. */
export const sequenceCount = (length: number, { seqLen }: Pick<ResolvedConfig, 'seqLen'>): number =>
  Math.ceil(length / seqLen);

/**
 * Sequence `index` of the data. Positions go on from sequence to sequence, and data of whole sequences has no EOS.
 *
 * Source: models/src/v1/data/dataset.rs.
 */
export const sequenceAt = (data: Uint8Array, index: number, { seqLen }: Pick<ResolvedConfig, 'seqLen'>): Sequence => {
  const start = index * seqLen;
  const bytes = data.subarray(start, start + seqLen);
  const dataLength = bytes.length;
  const tokens = new Int32Array(seqLen).fill(PAD);
  tokens.set(bytes);
  if (dataLength < seqLen) tokens[dataLength] = EOS;
  const positions = new Uint32Array(seqLen);
  for (let i = 0; i < seqLen; i++) positions[i] = start + Math.min(i, dataLength);
  const targets = new Int32Array(seqLen).fill(PAD);
  targets.set(tokens.subarray(1));
  return { tokens, positions, targets, dataLength };
};

/** Sequences of one batch: consecutive, the last batch may be smaller. */
export interface BatchRange {
  /** Its index, which selects the noise. */
  readonly index: number;
  /** Its first sequence. */
  readonly first: number;
  readonly count: number;
}

/** The batches of `length` bytes, in order. */
export const batchesOf = (
  length: number,
  config: Pick<ResolvedConfig, 'seqLen' | 'batchSize'>,
): readonly BatchRange[] => {
  const sequences = sequenceCount(length, config);
  return Array.from({ length: Math.ceil(sequences / config.batchSize) }, (_, index) => {
    const first = index * config.batchSize;
    return { index, first, count: Math.min(config.batchSize, sequences - first) };
  });
};
