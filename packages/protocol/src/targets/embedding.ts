import { invalidArgument } from '@somakit/core';
import { normalArray } from '../random/normal.js';

/**
 * The embedding of the target with a seed: `dim` standard normal samples in binary32.
 *
 * The seed is {@link targetSeed} of the transaction that created the target and a creation number. That number is the
 * target's own in an epoch change, and 1 for the target that follows a submission; genesis targets take the all-zero
 * digest and their index.
 *
 * Source: types/src/target.rs `deterministic_embedding`, arrgen/src/lib.rs.
 * @throws INVALID_ARGUMENT when the seed is not a bigint of 64 bits or `dim` not a length.
 * @example
 * import { targetEmbedding } from '@somakit/protocol';
 * targetEmbedding(42n, 4); // Float32Array [0.06942791, 0.13293812, 0.26257637, -0.22530088]
 */
export const targetEmbedding = (seed: bigint, dim: number | bigint): Float32Array => {
  if (typeof dim === 'bigint' && dim > 2n ** 31n) throw invalidArgument('dim', 'at most 2^31 - 1', dim);
  return normalArray({ seed, length: Number(dim) });
};
