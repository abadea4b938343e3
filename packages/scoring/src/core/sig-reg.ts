import { SLICES } from './noise.js';

const KNOTS = 17;
const STEP = 3 / 16;

/** The regulariser's knots, the Gaussian at them, and the weights of the quadrature on [-3, 3]. f32, as in the reference. */
export const sigRegTables = (): {
  readonly t: Float32Array;
  readonly phi: Float32Array;
  readonly weights: Float32Array;
} => {
  const t = Float32Array.from({ length: KNOTS }, (_, j) => j * STEP);
  const phi = Float32Array.from(t, (value) => Math.exp((-value * value) / 2));
  const weights = phi.map((value, j) => value * STEP * (j === 0 || j === KNOTS - 1 ? 1 : 2));
  return { t, phi, weights };
};

const { phi: PHI, weights: WEIGHTS } = /* @__PURE__ */ sigRegTables();

/**
 * Sums over the slices of one place of the multiples v(j) of an angle a: the knots are multiples of one step, so that one
 * cosine and one sine give all of them by v(j+1) = 2 cos(a) v(j) - v(j-1). From v(0) = 1 and v(1) = cos(a) come the
 * cosines, from 0 and sin(a) the sines.
 */
const sumMultiples = (cosines: Float64Array, zeroth: 0 | 1, firsts: Float64Array, sums: Float64Array): void => {
  // Written out, because sums in variables are twice as fast as sums in an array.
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  let s4 = 0;
  let s5 = 0;
  let s6 = 0;
  let s7 = 0;
  let s8 = 0;
  let s9 = 0;
  let s10 = 0;
  let s11 = 0;
  let s12 = 0;
  let s13 = 0;
  let s14 = 0;
  let s15 = 0;
  let s16 = 0;
  for (let k = 0; k < SLICES; k++) {
    const v1 = firsts[k]!;
    const twice = 2 * cosines[k]!;
    const v2 = twice * v1 - zeroth;
    const v3 = twice * v2 - v1;
    const v4 = twice * v3 - v2;
    const v5 = twice * v4 - v3;
    const v6 = twice * v5 - v4;
    const v7 = twice * v6 - v5;
    const v8 = twice * v7 - v6;
    const v9 = twice * v8 - v7;
    const v10 = twice * v9 - v8;
    const v11 = twice * v10 - v9;
    const v12 = twice * v11 - v10;
    const v13 = twice * v12 - v11;
    const v14 = twice * v13 - v12;
    const v15 = twice * v14 - v13;
    const v16 = twice * v15 - v14;
    s1 += v1;
    s2 += v2;
    s3 += v3;
    s4 += v4;
    s5 += v5;
    s6 += v6;
    s7 += v7;
    s8 += v8;
    s9 += v9;
    s10 += v10;
    s11 += v11;
    s12 += v12;
    s13 += v13;
    s14 += v14;
    s15 += v15;
    s16 += v16;
  }
  sums[1] = s1;
  sums[2] = s2;
  sums[3] = s3;
  sums[4] = s4;
  sums[5] = s5;
  sums[6] = s6;
  sums[7] = s7;
  sums[8] = s8;
  sums[9] = s9;
  sums[10] = s10;
  sums[11] = s11;
  sums[12] = s12;
  sums[13] = s13;
  sums[14] = s14;
  sums[15] = s15;
  sums[16] = s16;
};

/**
 * The sum of the regulariser over the places of one sequence, before the factor 0.02: divide by the places of the batch.
 * The mean of cosines and sines runs over the slices of one place.
 *
 * @param projected r A, [places, K]; the result does not depend on the order of the slices.
 * @param counts How often each place counts; once when left out.
 *
 * Source: models/src/v1/modules/sig_reg.rs.
 */
export const sigRegSum = (projected: Float32Array, counts?: ArrayLike<number>): number => {
  const cosines = new Float64Array(SLICES);
  const sines = new Float64Array(SLICES);
  const even = new Float64Array(KNOTS);
  const odd = new Float64Array(KNOTS);
  let total = 0;
  for (let place = 0; place * SLICES < projected.length; place++) {
    for (let k = 0; k < SLICES; k++) {
      const angle = projected[place * SLICES + k]! * STEP;
      cosines[k] = Math.cos(angle);
      sines[k] = Math.sin(angle);
    }
    sumMultiples(cosines, 1, cosines, even);
    sumMultiples(cosines, 0, sines, odd);
    let sum = 0;
    for (let j = 1; j < KNOTS; j++) {
      const c = even[j]! / SLICES - PHI[j]!;
      const s = odd[j]! / SLICES;
      sum += WEIGHTS[j]! * (c * c + s * s);
    }
    total += (counts?.[place] ?? 1) * sum * SLICES;
  }
  return total;
};
