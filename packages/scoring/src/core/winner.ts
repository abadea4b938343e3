/**
 * The index of the model that wins: the smallest loss, the first of equal ones. A NaN wins only in the first place.
 *
 * Source: models/src/select_best.rs.
 *
 * @example
 * import { pickWinner } from '@somakit/scoring/core';
 * pickWinner([0.5, 0.1, 0.1]); // 1
 */
export const pickWinner = (losses: ArrayLike<number>): number => {
  let winner = 0;
  for (let i = 1; i < losses.length; i++) if (losses[i]! < losses[winner]!) winner = i;
  return winner;
};

/**
 * The cosine distance of two embeddings in f32, without epsilon and clamp: NaN for a zero vector, equal vectors may be
 * some 1e-7 off zero.
 *
 * Source: models/src/cosine_distance.rs.
 */
export const cosineDistance = (a: Float32Array, b: Float32Array): number => {
  // Squares in f32 as there: beyond about 1.8e19 they are infinite, and the distance is 1.
  const norm = (vector: Float32Array): number => {
    let sum = 0;
    for (let i = 0; i < vector.length; i++) sum += Math.fround(vector[i]! * vector[i]!);
    return Math.fround(Math.sqrt(Math.fround(sum)));
  };
  const normA = norm(a);
  const normB = norm(b);
  let dot = 0;
  for (let i = 0; i < a.length; i++) dot += Math.fround(Math.fround(a[i]! / normA) * Math.fround(b[i]! / normB));
  return Math.fround(1 - Math.fround(dot));
};

const TOLERANCE = 0.01;

/**
 * Whether an audit accepts a claimed value: equal, within 0.01, or within 1 %. Two NaN count as equal, as do two
 * infinities of one sign.
 *
 * Source: authority/src/audit_service.rs.
 */
export const withinTolerance = (computed: number, claimed: number): boolean => {
  if (computed === claimed || (Number.isNaN(computed) && Number.isNaN(claimed))) return true;
  const most = Math.max(Math.abs(computed), Math.abs(claimed));
  if (!Number.isFinite(most)) return false;
  const bound = Math.max(Math.fround(TOLERANCE), Math.fround(Math.fround(TOLERANCE) * Math.fround(most)));
  return Math.fround(Math.abs(Math.fround(computed) - Math.fround(claimed))) < bound;
};
