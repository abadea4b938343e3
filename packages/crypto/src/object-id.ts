import { idBytes, type ObjectId, parseObjectId } from '@somakit/core';
import { blake2b256 } from './hash/index.js';
import { ascii, bytesOf, concat, u64Bytes } from './internal/bytes.js';

const derive = (digest: string | Uint8Array, n: bigint): Uint8Array =>
  blake2b256(concat(bytesOf(digest), u64Bytes('n', n)));

/**
 * The id of the n-th thing that a transaction creates, from the transaction's digest. `n` counts from 0. The id of a
 * new model is number 0 of its `CreateModel`.
 *
 * Source: `types/src/object.rs`, `ObjectID::derive_id`.
 * @throws INVALID_DIGEST; INVALID_ARGUMENT unless `n` is a u64.
 * @example
 * import { deriveObjectId } from '@somakit/crypto';
 * deriveObjectId('11111111111111111111111111111111', 0n); // '0x4a1931803561f431...'
 */
export const deriveObjectId = (digest: string | Uint8Array, n: bigint): ObjectId => parseObjectId(derive(digest, n));

/**
 * The seed of the n-th target of a transaction: the first 8 bytes, little-endian, of the hash that is also an object
 * id. Only in a `ChangeEpoch` a target's seed and id share one number.
 *
 * Source: `types/src/target.rs`, `deterministic_embedding`'s caller.
 * @throws INVALID_DIGEST; INVALID_ARGUMENT unless `n` is a u64.
 */
export const deriveSeed = (digest: string | Uint8Array, n: bigint): bigint => {
  const hash = derive(digest, n);
  return new DataView(hash.buffer, hash.byteOffset).getBigUint64(0, true);
};

/**
 * The id of the object with a given number of the genesis: one counter, from 0, runs through all of it.
 *
 * Source: `types/src/genesis_builder.rs`.
 * @throws INVALID_ARGUMENT unless `counter` is a u64.
 */
export const deriveGenesisObjectId = (counter: bigint): ObjectId =>
  parseObjectId(blake2b256(concat(ascii('soma-genesis-object-id'), u64Bytes('counter', counter))));

/**
 * The id of the staking pool of a model that the genesis holds.
 *
 * Source: `types/src/genesis_builder.rs`.
 * @throws INVALID_OBJECT_ID
 */
export const deriveGenesisModelPoolId = (modelId: string | Uint8Array): ObjectId =>
  parseObjectId(blake2b256(concat(ascii('soma-genesis-model-staking-pool'), idBytes(parseObjectId(modelId)))));
