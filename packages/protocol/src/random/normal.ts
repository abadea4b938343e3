import { invalidArgument } from '@somakit/core';
import type { RandomGenerator } from './generator.js';
import { createStdRng } from './generator.js';
import { ZIGGURAT_F_BITS, ZIGGURAT_X_BITS } from './ziggurat-table.js';

/** Where the tail of the ziggurat begins. */
export const ZIGGURAT_R = 3.654152885361009;

const fromBits = (text: string): Float64Array => {
  const bits = text.trim().split(/\s+/);
  const view = new DataView(new ArrayBuffer(bits.length * 8));
  bits.forEach((digits, i) => {
    view.setBigUint64(i * 8, BigInt(`0x${digits}`));
  });
  return Float64Array.from(bits, (_, i) => view.getFloat64(i * 8));
};

/** The ziggurat's 257 abscissae X and densities F. */
export const zigguratTables: { readonly x: Float64Array; readonly f: Float64Array } = /* @__PURE__ */ (() => ({
  x: /* @__PURE__ */ fromBits(ZIGGURAT_X_BITS),
  f: /* @__PURE__ */ fromBits(ZIGGURAT_F_BITS),
}))();

/** A double in (0, 1): 52 random bits and a half step. */
const open01 = (rng: RandomGenerator): number => {
  const low = rng.nextU32();
  return (rng.nextU32() * 2 ** 20 + (low >>> 12)) * 2 ** -52 + 2 ** -53;
};

const tail = (rng: RandomGenerator, negative: boolean): number => {
  let a: number;
  let b: number;
  do {
    a = Math.log(open01(rng)) / ZIGGURAT_R;
    b = Math.log(open01(rng));
  } while (-2 * b < a * a);
  return negative ? a - ZIGGURAT_R : ZIGGURAT_R - a;
};

/**
 * One sample of the standard normal distribution, in binary64.
 *
 * 98.5 % of the draws need only exact arithmetic. The wedge and the tail call `Math.exp` and `Math.log`, whose last
 * bit may differ between JavaScript engines: after rounding to binary32 such a bit shows once in some 10^12 draws.
 *
 * Source: rand_distr 0.5 `StandardNormal` (ziggurat of 256 layers).
 */
export const standardNormal = (rng: RandomGenerator): number => {
  const { x: X, f: F } = zigguratTables;
  for (;;) {
    const low = rng.nextU32();
    const layer = low & 0xff;
    const u = (rng.nextU32() * 2 ** 20 + (low >>> 12)) * 2 ** -51 - 1;
    const x = u * X[layer]!;
    if (Math.abs(x) < X[layer + 1]!) return x;
    if (layer === 0) return tail(rng, u < 0);
    const lowV = rng.nextU32();
    const v = (rng.nextU32() * 2 ** 21 + (lowV >>> 11)) * 2 ** -53;
    if (F[layer + 1]! + (F[layer]! - F[layer + 1]!) * v < Math.exp((-x * x) / 2)) return x;
  }
};

/** Fills `out` with standard normal samples, each rounded to binary32, in order. Returns `out`. */
export const fillStandardNormal = (rng: RandomGenerator, out: Float32Array): Float32Array => {
  for (let i = 0; i < out.length; i++) out[i] = standardNormal(rng);
  return out;
};

/** The number of values of an array, checked before memory is taken. @throws INVALID_ARGUMENT */
export const checkCount = (argument: string, count: number): number => {
  if (!Number.isSafeInteger(count) || count < 0 || count > 2 ** 31 - 1) {
    throw invalidArgument(argument, 'a whole number from 0 to 2^31 - 1', count);
  }
  return count;
};

/** What {@link normalArray} draws. */
export interface NormalArrayParameters {
  readonly seed: bigint;
  /** How many values. A matrix is filled row by row. */
  readonly length: number;
  /** Defaults to 0. */
  readonly mean?: number | undefined;
  /** Defaults to 1. */
  readonly standardDeviation?: number | undefined;
}

/**
 * Normal samples for a seed as binary32: `mean + standardDeviation * sample`, every step rounded to binary32.
 *
 * Source: soma-org/soma arrgen `normal_array`.
 * @throws INVALID_ARGUMENT
 * @example
 * import { normalArray } from '@somakit/protocol/random';
 * normalArray({ seed: 42n, length: 2 }); // Float32Array [0.06942791, 0.13293812]
 */
export const normalArray = ({ seed, length, mean = 0, standardDeviation = 1 }: NormalArrayParameters): Float32Array => {
  const out = fillStandardNormal(createStdRng(seed), new Float32Array(checkCount('length', length)));
  if (mean === 0 && standardDeviation === 1) return out;
  const m = Math.fround(mean);
  const s = Math.fround(standardDeviation);
  for (let i = 0; i < out.length; i++) out[i] = m + Math.fround(s * out[i]!);
  return out;
};
