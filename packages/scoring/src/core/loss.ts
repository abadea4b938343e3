import { PAD } from './sequences.js';

/** What the regulariser counts in the loss, as f32. */
export const SIG_REG_FACTOR = /* @__PURE__ */ Math.fround(0.02);

/** The sum of -log p(target) over the places whose target is no PAD. `nll` is that value for each place. */
export const crossEntropySum = (nll: Float32Array, targets: Int32Array): number => {
  let sum = 0;
  for (let i = 0; i < targets.length; i++) if (targets[i] !== PAD) sum += nll[i]!;
  return sum;
};

/** Sums over the sequences of one batch. */
export interface BatchSums {
  readonly crossEntropy: number;
  readonly sigReg: number;
  /** Sequences times S: PAD places count. */
  readonly places: number;
}

/** The loss of a batch in f32: mean cross entropy over all places and 0.02 of the mean regulariser. */
export const batchLoss = ({ crossEntropy, sigReg, places }: BatchSums): number => {
  const regularised = Math.fround(SIG_REG_FACTOR * Math.fround(sigReg / places));
  return Math.fround(Math.fround(crossEntropy / places) + regularised);
};

/**
 * The running mean of the reference, in f32: every batch weighs the same, a short last one too.
 *
 * Source: models/src/running_mean.rs.
 */
export const createRunningMean = (length: number): { add(values: ArrayLike<number>): void; mean: Float32Array } => {
  const mean = new Float32Array(length);
  let count = 0;
  return {
    mean,
    add(values) {
      count += 1;
      for (let i = 0; i < length; i++) {
        const value = values[i]!;
        mean[i] = count === 1 ? value : mean[i]! + Math.fround(Math.fround(value - mean[i]!) / count);
      }
    },
  };
};
