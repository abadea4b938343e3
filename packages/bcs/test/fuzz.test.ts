import { describe, expect, it } from 'vitest';
import { makeCorpus } from '../fuzz/corpus.js';
import { FuzzFailure, fuzz } from '../fuzz/fuzz.js';
import { type Codec, Coin } from '../src/index.js';

describe('fuzzing', () => {
  it('finds no crash and no second encoding in a short run', () => {
    const report = fuzz({ cases: 20_000, seconds: 10, seed: 7, corpus: makeCorpus(5, 7) });
    expect(report.cases).toBeGreaterThan(1000);
    expect(report.decoded).toBeGreaterThan(0);
    expect(report.decoded).toBeLessThan(report.cases);
  });

  it('would notice a codec that is not strict', () => {
    const lenient: Codec<unknown> = { ...Coin, decode: () => ({ balance: 1n }) } as never;
    const corpus = [[lenient, Coin.encode({ balance: 1n })]] as const;
    expect(() => fuzz({ cases: 1000, seconds: 5, seed: 1, corpus })).toThrow(FuzzFailure);
  });

  it('would notice a codec that crashes', () => {
    const decode = () => {
      throw new RangeError('crash');
    };
    const corpus = [[{ ...Coin, decode } as never, Coin.encode({ balance: 1n })]] as const;
    expect(() => fuzz({ cases: 1000, seconds: 5, seed: 1, corpus })).toThrow(FuzzFailure);
  });
});
