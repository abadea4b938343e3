import { normalArray } from '@somakit/protocol/random';

/** K: random directions of the regulariser. */
export const SLICES = 256;

/** The seed of a batch's noise: `seed + index`, modulo 2^64. */
export const noiseSeed = (seed: bigint, batchIndex: number): bigint => BigInt.asUintN(64, seed + BigInt(batchIndex));

/** The directions of a batch, [D, K] row by row: the network's normals with columns of length one. */
export const unitDirections = (seed: bigint, embeddingDim: number): Float32Array => {
  const noise = normalArray({ seed, length: embeddingDim * SLICES });
  const norms = new Float64Array(SLICES);
  for (let d = 0, at = 0; d < embeddingDim; d++) {
    for (let k = 0; k < SLICES; k++, at++) {
      const value = noise[at]!;
      norms[k] = norms[k]! + value * value;
    }
  }
  for (let k = 0; k < SLICES; k++) norms[k] = 1 / Math.sqrt(norms[k]!);
  for (let d = 0, at = 0; d < embeddingDim; d++) {
    for (let k = 0; k < SLICES; k++, at++) noise[at] = noise[at]! * norms[k]!;
  }
  return noise;
};
