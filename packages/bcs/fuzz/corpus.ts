import fc from 'fast-check';
import type { Codec } from '../src/index.js';
import { allCodecs } from '../test/all.js';
import { valuesOf } from '../test/arbitrary.js';

/** Valid encodings of every codec, the same for the same seed. */
export const makeCorpus = (each: number, seed: number): (readonly [Codec<unknown>, Uint8Array])[] =>
  allCodecs.flatMap(([, codec]) =>
    fc.sample(valuesOf(codec), { numRuns: each, seed }).map((value) => [codec, codec.encode(value)] as const),
  );
