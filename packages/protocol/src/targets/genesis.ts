import type { ObjectId } from '@somakit/core';
import { idBytes, parseObjectId } from '@somakit/core';
import { blake2b256 } from '@somakit/crypto';
import { checkCount } from '../random/normal.js';

const MULTIPLIER = 2_654_435_761n;
const DOMAIN = 'soma-genesis-model-embedding';

/**
 * The embedding of a model that exists since genesis, from its id: no randomness, values from -0.5 to 0.499.
 *
 * Source: types/src/genesis_builder.rs.
 * @throws INVALID_OBJECT_ID, INVALID_ARGUMENT
 */
export const genesisModelEmbedding = (modelId: ObjectId | string, dim: number): Float32Array => {
  const domain = new TextEncoder().encode(DOMAIN);
  const seed = new Uint8Array(domain.length + 32);
  seed.set(domain);
  seed.set(idBytes(parseObjectId(modelId)), domain.length);
  const hash = blake2b256(seed);
  const start = new DataView(hash.buffer, hash.byteOffset).getBigUint64(0, true);
  const out = new Float32Array(checkCount('dim', dim));
  for (let i = 0; i < dim; i++) {
    const value = BigInt.asUintN(64, BigInt.asUintN(64, start + BigInt(i)) * MULTIPLIER) % 1000n;
    out[i] = Math.fround(Math.fround(Number(value)) / 1000) - 0.5;
  }
  return out;
};
