import { isError, toHex } from '@somakit/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Codec, SomaError } from '../src/index.js';
import { allCodecs } from './all.js';
import { valuesOf } from './arbitrary.js';

/** The keys that are there with nothing in them are as good as absent; `toEqual` sees it so too. */
const jsonCopy = (codec: Codec<unknown>, value: unknown): unknown =>
  codec.fromJson(JSON.parse(JSON.stringify(codec.toJson(value))));

describe.each(allCodecs)('%s', (name, codec) => {
  const values = valuesOf(codec);
  const numRuns = 60;

  it('carries its chain name', () => {
    expect(codec.name).toBe(name === 'SomaObject' ? 'Object' : name);
  });

  it('gives back every value that it encodes, and the same bytes again', () => {
    fc.assert(
      fc.property(values, (value) => {
        const bytes = codec.encode(value);
        expect(bytes.length).toBeGreaterThanOrEqual(codec.minSize);
        const decoded = codec.decode(bytes);
        expect(toHex(codec.encode(decoded))).toBe(toHex(bytes));
      }),
      { numRuns },
    );
  });

  it('goes through JSON without loss', () => {
    fc.assert(
      fc.property(values, (value) => {
        expect(toHex(codec.encode(jsonCopy(codec, value)))).toBe(toHex(codec.encode(value)));
      }),
      { numRuns: 30 },
    );
  });

  it('refuses every shortened encoding and one with a byte too many', () => {
    fc.assert(
      fc.property(values, fc.nat(), (value, cut) => {
        const bytes = codec.encode(value);
        const longer = new Uint8Array(bytes.length + 1);
        longer.set(bytes);
        expect(() => codec.decode(longer)).toThrow(expect.objectContaining({ name: 'SomaKitError' }));
        if (bytes.length === 0) return;
        const shorter = bytes.subarray(0, cut % bytes.length);
        expect(() => codec.decode(shorter)).toThrow(expect.objectContaining({ name: 'SomaKitError' }));
      }),
      { numRuns },
    );
  });

  it('decodes a changed encoding to nothing else than those bytes', () => {
    fc.assert(
      fc.property(values, fc.nat(), fc.integer({ min: 1, max: 255 }), (value, position, change) => {
        const bytes = codec.encode(value);
        if (bytes.length === 0) return;
        const at = position % bytes.length;
        bytes[at] = (bytes[at] as number) ^ change;
        let decoded: unknown;
        try {
          decoded = codec.decode(bytes);
        } catch (error) {
          expect(isError(error)).toBe(true);
          return;
        }
        expect(toHex(codec.encode(decoded))).toBe(toHex(bytes));
      }),
      { numRuns: 3 * numRuns },
    );
  });
});

describe('value equality', () => {
  it.each(allCodecs)('%s decodes to a value equal to the one encoded', (_, codec) => {
    fc.assert(
      fc.property(valuesOf(codec), (value) => {
        expect(sorted(codec.decode(codec.encode(value)))).toEqual(sorted(value));
      }),
      { numRuns: 20 },
    );
  });

  it('knows a type inside itself', () => {
    const inner: SomaError = { kind: 'InvalidAddress' };
    const authority = 'A'.repeat(128) as never;
    const value: SomaError = {
      kind: 'TooManyIncorrectAuthorities',
      errors: [{ authority, error: inner }],
      action: 'sign',
    };
    expect(SomaError.decode(SomaError.encode(value))).toEqual(value);
  });
});

/** Sets and maps come back in the order of their bytes: both sides are compared without it. */
const sorted = (value: unknown): unknown => {
  if (value instanceof Map) return new Map([...value].map(([key, item]) => [key, sorted(item)]));
  if (Array.isArray(value)) {
    const items = value.map(sorted);
    return items.every((item) => typeof item === 'string')
      ? items.sort()
      : items.every((item) => Array.isArray(item) && item.length === 2)
        ? items.sort((a, b) =>
            JSON.stringify((a as unknown[])[0], text) < JSON.stringify((b as unknown[])[0], text) ? -1 : 1,
          )
        : items;
  }
  if (value instanceof Uint8Array || value instanceof Float32Array) return value;
  if (value !== null && typeof value === 'object') {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, sorted(item)]));
  }
  return value;
};

const text = (_: string, value: unknown): unknown => (typeof value === 'bigint' ? `${value}` : value);
