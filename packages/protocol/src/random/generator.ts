import { chacha12 } from '@noble/ciphers/chacha.js';
import { swap32IfBE } from '@noble/ciphers/utils.js';
import { invalidArgument } from '@somakit/core';
import { expandSeed } from './seed.js';

/** A deterministic stream of random words. The same key or seed gives the same words on every machine. */
export interface RandomGenerator {
  /** The next 32-bit word. */
  readonly nextU32: () => number;
  /** The next two words as one number, the low word first. */
  readonly nextU64: () => bigint;
  /** The next `length` bytes. Uses up whole words: what is left of the last one is dropped. */
  readonly nextBytes: (length: number) => Uint8Array;
}

const FIRST_CHUNK = 4;
const LARGEST_CHUNK = 256;
const ZEROS = /* @__PURE__ */ new Uint8Array(LARGEST_CHUNK * 64);

/**
 * The word stream of ChaCha with 12 rounds under a 32-byte key: 64-bit block counter from 0, stream 0. A 64-bit read
 * may straddle two blocks, as in the reference.
 *
 * Source: rand_chacha `ChaCha12Rng`, rand_core `BlockRng`. Committee shuffles use a transaction digest as the key.
 * @throws INVALID_ARGUMENT when the key has not 32 bytes.
 */
export const createChaCha12 = (key: Uint8Array): RandomGenerator => {
  if (!(key instanceof Uint8Array) || key.length !== 32) throw invalidArgument('key', '32 bytes', key);
  // Not slice(): that of a Buffer shares its memory.
  const ownKey = Uint8Array.from(key);
  // noble counts blocks in 32 bits; the high half of the reference's counter is where noble has the nonce's first word.
  const nonce = new Uint8Array(12);
  const nonceWords = new DataView(nonce.buffer);
  let words = new Uint32Array(0);
  let next = 0;
  let block = 0;

  const refill = () => {
    // 4, 28, 224, then 256 blocks each: small draws stay cheap, and no chunk crosses the border of the low counter word.
    const blocks = block === 0 ? FIRST_CHUNK : Math.min(block * 7, LARGEST_CHUNK);
    nonceWords.setUint32(0, Math.floor(block / 2 ** 32), true);
    const bytes = new Uint8Array(blocks * 64);
    chacha12(ownKey, nonce, ZEROS.subarray(0, bytes.length), bytes, block % 2 ** 32);
    words = swap32IfBE(new Uint32Array(bytes.buffer));
    block += blocks;
    next = 0;
  };
  const nextU32 = (): number => {
    if (next === words.length) refill();
    return words[next++]!;
  };
  return {
    nextU32,
    nextU64: () => {
      const low = nextU32();
      return (BigInt(nextU32()) << 32n) | BigInt(low);
    },
    nextBytes: (length) => {
      const padded = new Uint8Array(Math.ceil(length / 4) * 4);
      const view = new DataView(padded.buffer);
      for (let i = 0; i < padded.length; i += 4) view.setUint32(i, nextU32(), true);
      return padded.subarray(0, length);
    },
  };
};

/**
 * The network's generator for a 64-bit seed: ChaCha12 under the expanded seed. Target embeddings, scoring noise and
 * the reference's test models all come from it.
 *
 * Source: rand `StdRng::seed_from_u64` (rand 0.9), soma-org/soma arrgen.
 * @throws INVALID_ARGUMENT when the seed is not a bigint of 64 bits.
 * @example
 * import { createStdRng } from '@somakit/protocol/random';
 * createStdRng(0n).nextU32(); // 3442241407
 */
export const createStdRng = (seed: bigint): RandomGenerator => createChaCha12(expandSeed(seed));
