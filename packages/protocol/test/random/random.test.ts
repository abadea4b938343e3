import { toHex } from '@somakit/core';
import embedding from '@somakit/vectors/embedding.json';
import rngVectors from '@somakit/vectors/rng.json';
import zigguratNormal from '@somakit/vectors/ziggurat_normal.json';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  createChaCha12,
  createStdRng,
  expandSeed,
  fillStandardNormal,
  normalArray,
  standardNormal,
  uniformArray,
  ZIGGURAT_R,
  zigguratTables,
} from '../../src/random/index.js';

const f32Bits = (values: Float32Array): string[] =>
  Array.from(new Uint32Array(values.buffer, values.byteOffset, values.length), (bits) =>
    bits.toString(16).padStart(8, '0'),
  );
const f64Bits = (value: number): string => {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  return view.getBigUint64(0).toString(16).padStart(16, '0');
};
const take = <T>(count: number, draw: () => T): T[] => Array.from({ length: count }, draw);

describe('seeds', () => {
  it('refuses numbers, negative seeds and seeds over 64 bits', () => {
    for (const seed of [42, -1n, 2n ** 64n, '42', undefined, null]) {
      expect(() => createStdRng(seed as bigint)).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
    }
  });

  it('refuses ChaCha12 keys of another length', () => {
    expect(() => createChaCha12(new Uint8Array(31))).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
  });

  it('refuses lengths that are no array length, before taking memory', () => {
    for (const length of [-1, 1.5, Number.NaN, 2 ** 40]) {
      expect(() => normalArray({ seed: 1n, length })).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
      expect(() => uniformArray({ seed: 1n, length })).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
    }
  });

  it('refuses uniform bounds out of order', () => {
    for (const [min, max] of [
      [1, 1],
      [2, 1],
      [Number.NaN, 1],
      [0, Number.POSITIVE_INFINITY],
      [-3e38, 3e38],
    ] as const) {
      expect(() => uniformArray({ seed: 1n, length: 1, min, max })).toThrow(
        expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
      );
    }
  });
});

describe('the ziggurat tables', () => {
  it('hold the golden bits', () => {
    expect(Array.from(zigguratTables.x, f64Bits)).toEqual(embedding.ziggurat.x_f64_bits);
    expect(Array.from(zigguratTables.f, f64Bits)).toEqual(embedding.ziggurat.f_f64_bits);
    expect(Array.from(zigguratTables.x)).toEqual(zigguratNormal.x);
    expect(Array.from(zigguratTables.f)).toEqual(zigguratNormal.f);
    expect(ZIGGURAT_R).toBe(zigguratNormal.r);
    expect(ZIGGURAT_R).toBe(embedding.ziggurat.r);
  });
});

for (const entry of rngVectors.stdrng) {
  describe(`the generator of seed ${entry.seed}`, () => {
    const seed = BigInt(entry.seed);

    it('expands the seed to the key', () => {
      expect(toHex(expandSeed(seed))).toBe(entry.key_hex);
    });

    it('draws the words, also across blocks', () => {
      const rng = createStdRng(seed);
      const words = take(68, rng.nextU32);
      expect(words.slice(0, 8)).toEqual(entry.u32_first_8);
      expect(words.slice(60)).toEqual(entry.block_words_60_to_67);
      expect(take(4, createStdRng(seed).nextU64).map(String)).toEqual(entry.u64_first_4);
    });

    it('gives the same words as bytes and after the chunk borders', () => {
      const words = take(9000, createStdRng(seed).nextU32);
      const bytes = createStdRng(seed).nextBytes(36_000);
      expect(Array.from(new Uint32Array(bytes.buffer))).toEqual(words);
      const odd = createStdRng(seed);
      odd.nextBytes(5);
      expect(odd.nextU32()).toBe(words[2]);
    });

    it('draws the normal samples bit for bit', () => {
      const rng = createStdRng(seed);
      expect(take(4, () => standardNormal(rng))).toEqual(entry.normal_f64_first_4);
      const samples = fillStandardNormal(createStdRng(seed), new Float32Array(4096));
      expect(Array.from(new Uint32Array(samples.buffer).subarray(0, 16))).toEqual(entry.normal_f32_first_16_bits);
      expect(Array.from(samples.subarray(0, 16))).toEqual(entry.normal_f32_first_16);
      expect(samples[4095]).toBe(entry.normal_f32_last_of_4096);
      expect(samples.reduce((sum, value) => sum + value, 0)).toBe(entry.normal_f32_sum_4096);
      expect(Array.from(normalArray({ seed, length: 12 }))).toEqual(entry.matrix_3x4.flat());
      const long = normalArray({ seed, length: 65_536 });
      for (const [index, value] of [entry.first_wedge_sample, entry.first_tail_sample])
        expect(long[index]).toBe(Math.fround(value));
    });

    it('draws the uniform samples', () => {
      expect(Array.from(uniformArray({ seed, length: 8 }))).toEqual(entry.uniform_f32_0_1_first_8);
    });
  });
}

describe('arrays of samples', () => {
  it('equal the golden normal arrays bit for bit', () => {
    for (const { seed, dim, mean, std_dev, f32_bits } of [...embedding.normal, ...embedding.normal_scaled]) {
      expect(f32Bits(normalArray({ seed: BigInt(seed), length: dim, mean, standardDeviation: std_dev }))).toEqual(
        f32_bits,
      );
    }
  });

  it('equal the golden uniform arrays bit for bit', () => {
    for (const { seed, shape, min, max, f32_bits } of embedding.uniform) {
      expect(f32Bits(uniformArray({ seed: BigInt(seed), length: shape[0] * shape[1], min, max }))).toEqual(f32_bits);
    }
  });

  it('begin alike for any two lengths', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), fc.nat(300), fc.nat(300), (seed, a, b) => {
        const shared = Math.min(a, b);
        expect(normalArray({ seed, length: a }).subarray(0, shared)).toEqual(
          normalArray({ seed, length: b }).subarray(0, shared),
        );
      }),
      { numRuns: 50 },
    );
  });

  it('stay within the uniform bounds, narrow ones too', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
        fc.float({ noNaN: true, noDefaultInfinity: true, min: -1000, max: 1000 }),
        fc.integer({ min: 1, max: 3 }),
        (seed, min, ulps) => {
          const max = Math.fround(min + ulps * Math.max(Math.abs(min) * 2 ** -22, 2 ** -60));
          fc.pre(max > min);
          for (const value of uniformArray({ seed, length: 64, min, max }))
            expect(value >= Math.fround(min) && value < max).toBe(true);
        },
      ),
      { numRuns: 50 },
    );
  });
});

describe('a key that is given as a Buffer', () => {
  it('may be wiped afterwards', () => {
    if (typeof Buffer === 'undefined') return;
    const key = Buffer.alloc(32, 7);
    const generator = createChaCha12(key);
    const first = createChaCha12(Uint8Array.from(key)).nextU32();
    key.fill(0);
    expect(generator.nextU32()).toBe(first);
  });
});
