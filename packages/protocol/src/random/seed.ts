import { checkU64, U64_MAX } from '@somakit/core';

const MULTIPLIER = 6364136223846793005n;
const INCREMENT = 11634580027462260723n;

/**
 * Expands a 64-bit seed to the 32-byte key of the generator, with eight steps of PCG32.
 *
 * Source: rand_core `SeedableRng::seed_from_u64`, as soma-org/soma arrgen uses it.
 * @throws INVALID_ARGUMENT when the seed is not a bigint of 64 bits.
 */
export const expandSeed = (seed: bigint): Uint8Array => {
  let state = checkU64('seed', seed);
  const key = new Uint8Array(32);
  const view = new DataView(key.buffer);
  for (let i = 0; i < 32; i += 4) {
    state = (state * MULTIPLIER + INCREMENT) & U64_MAX;
    const word = Number((((state >> 18n) ^ state) >> 27n) & 0xffff_ffffn);
    const turn = Number(state >> 59n);
    // A shift by 32 is a shift by 0 in JavaScript, so turn 0 gives word | word.
    view.setUint32(i, (word >>> turn) | (word << (32 - turn)), true);
  }
  return key;
};
