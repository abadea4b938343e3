import { invalidArgument } from '@somakit/core';
import type { RandomGenerator } from './generator.js';
import { createStdRng } from './generator.js';
import { checkCount } from './normal.js';

const { fround } = Math;
const LARGEST = 1 - 2 ** -23;

/**
 * The largest binary32 scale, no larger than `scale`, whose largest draw, rounded, stays below `hi`. The reference goes
 * down bit by bit; the draw grows with the scale, so halving finds the same one.
 */
const fittingScale = (scale: number, lo: number, hi: number): number => {
  const bits = new Int32Array(1);
  const float = new Float32Array(bits.buffer);
  const fits = () => fround(fround(float[0]! * LARGEST) + lo) < hi;
  float[0] = scale;
  if (fits()) return scale;
  let bad = bits[0]!;
  let good = 0;
  while (bad - good > 1) {
    bits[0] = Math.floor((good + bad) / 2);
    if (fits()) good = bits[0]!;
    else bad = bits[0]!;
  }
  bits[0] = good;
  return float[0]!;
};

/** What {@link uniformArray} draws. */
export interface UniformArrayParameters {
  readonly seed: bigint;
  /** How many values. A matrix is filled row by row. */
  readonly length: number;
  /** Least value. Defaults to 0. */
  readonly min?: number | undefined;
  /** The bound that no value reaches. Defaults to 1. */
  readonly max?: number | undefined;
}

/** One binary32 in [0, 1): the upper 23 bits of the next word. */
export const uniform01 = (rng: RandomGenerator): number => (rng.nextU32() >>> 9) * 2 ** -23;

/**
 * Uniform samples in [min, max) for a seed, as binary32 with every step rounded.
 *
 * Source: rand 0.9 `UniformFloat<f32>`, soma-org/soma arrgen `uniform_array`.
 * @throws INVALID_ARGUMENT when the bounds are not finite or not in order.
 */
export const uniformArray = ({ seed, length, min = 0, max = 1 }: UniformArrayParameters): Float32Array => {
  const lo = fround(min);
  const hi = fround(max);
  const width = fround(hi - lo);
  if (!(lo < hi) || !Number.isFinite(width)) throw invalidArgument('min', 'a finite binary32 below max', min);
  const scale = fittingScale(width, lo, hi);
  const rng = createStdRng(seed);
  const out = new Float32Array(checkCount('length', length));
  for (let i = 0; i < out.length; i++) out[i] = fround(uniform01(rng) * scale) + lo;
  return out;
};
