import { invalidArgument } from '@somakit/core';

const MULTIPLIER = 6364136223846793005n;
const INCREMENT = 11634580027462260723n;
const MASK = 0xffff_ffff_ffff_ffffn;

/** The seed itself when it is a bigint of 64 bits. @throws INVALID_ARGUMENT */
const checkSeed = (seed: bigint): bigint => {
  if (typeof seed !== 'bigint')
    throw invalidArgument('seed', 'a bigint from 0 to 2^64 - 1', seed, 'Write 42n, not 42: seeds have 64 bits.');
  if (seed < 0n || seed > MASK) throw invalidArgument('seed', 'a bigint from 0 to 2^64 - 1', seed);
  return seed;
};

/**
 * Expands a 64-bit seed to the 32-byte key of the generator, with eight steps of PCG32.
 *
 * Source: rand_core `SeedableRng::seed_from_u64`, as soma-org/soma arrgen uses it.
 * @throws INVALID_ARGUMENT when the seed is not a bigint of 64 bits.
 */
export const expandSeed = (seed: bigint): Uint8Array => {
  let state = checkSeed(seed);
  const key = new Uint8Array(32);
  const view = new DataView(key.buffer);
  for (let i = 0; i < 32; i += 4) {
    state = (state * MULTIPLIER + INCREMENT) & MASK;
    const word = Number((((state >> 18n) ^ state) >> 27n) & 0xffff_ffffn);
    const turn = Number(state >> 59n);
    // A shift by 32 is a shift by 0 in JavaScript, so turn 0 gives word | word.
    view.setUint32(i, (word >>> turn) | (word << (32 - turn)), true);
  }
  return key;
};
