// Writes a weight file of the published model's size with random weights: true speed, but no trained model's errors.
import { open } from 'node:fs/promises';
import { V1_CONFIG, weightTable } from '@somakit/scoring/core';

const PIECE = 4 * 2 ** 20;

/** Pieces of one random array from ever other places, so that no two rows are the same. */
export const writeRandomWeights = async (path) => {
  const header = {};
  let at = 0;
  for (const [key, shape] of weightTable(V1_CONFIG)) {
    const length = shape.reduce((product, size) => product * size, 4);
    header[key] = { dtype: 'F32', shape, data_offsets: [at, at + length] };
    at += length;
  }
  const text = new TextEncoder().encode(JSON.stringify(header));
  const start = new Uint8Array(8);
  new DataView(start.buffer).setBigUint64(0, BigInt(text.length), true);
  const random = new Float32Array(2 * PIECE);
  let state = 1;
  for (let i = 0; i < random.length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    random[i] = state / 2 ** 31;
  }
  const scaled = (scale) => random.map((value) => value * scale);
  // Uniform values: times the root of three for the deviation. Matrices 0.02, the embedding 1.
  const [matrix, embedding] = [scaled(0.02 * Math.sqrt(3)), scaled(Math.sqrt(3))];
  const ones = new Float32Array(PIECE).fill(1);
  const file = await open(path, 'wx');
  try {
    await file.write(start);
    await file.write(text);
    for (const [key, shape] of weightTable(V1_CONFIG)) {
      const source = key.endsWith('gamma') ? ones : key.startsWith('embedding') ? embedding : matrix;
      for (let left = shape.reduce((product, size) => product * size, 1); left > 0; ) {
        const length = Math.min(left, PIECE);
        state = (Math.imul(state, 1664525) + 1013904223) | 0;
        const from = source === ones ? 0 : (state >>> 8) % PIECE;
        await file.write(new Uint8Array(source.buffer, from * 4, length * 4));
        left -= length;
      }
    }
  } finally {
    await file.close();
  }
};
