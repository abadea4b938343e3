import type { Random } from '../random.js';

/** Randomness that is the same for the same seed. For tests only: anyone can predict it. */
export const seededRandom = (seed = 1): Random => {
  let state = seed >>> 0;
  // Mulberry32: one addition and two multiplications, good enough for jitter.
  const word = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
  return {
    float: () => word() / 2 ** 32,
    bytes: (length) => Uint8Array.from({ length }, () => word() & 0xff),
  };
};
