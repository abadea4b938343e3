import { base58, base64, hex } from '@scure/base';
import {
  equalBytes,
  expectLength,
  fromBase58,
  fromBase64,
  fromBech32,
  fromHex,
  isError,
  toBase58,
  toBase64,
  toBech32,
  toHex,
} from '@somakit/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { thrown } from './support/thrown.js';

const bytes = (maxLength: number) => fc.uint8Array({ maxLength });
const bytes32 = fc.uint8Array({ minLength: 32, maxLength: 32 });

const expectSameAs = (ours: (text: string) => Uint8Array, theirs: (text: string) => Uint8Array, text: string) => {
  let expected: Uint8Array | undefined;
  try {
    expected = theirs(text);
  } catch {
    expect(
      isError(
        thrown(() => ours(text)),
        'INVALID_ENCODING',
      ),
    ).toBe(true);
    return;
  }
  expect(ours(text)).toEqual(expected);
};

describe('bad text', () => {
  it.each([
    ['hex', fromHex, ['0', 'zz', '0X00', '00 ', '0x0', 'ﬀ00', '0\u0130', '\u0100\u0100']],
    ['base58', fromBase58, ['0', 'O', 'I', 'l', ' ', 'é', '1'.repeat(1025)]],
    [
      'base64',
      fromBase64,
      ['A', 'AA', 'AAA', 'AA=', 'A===', '====', 'AB==', 'AAB=', 'AA==AAAA', '-_==', 'AA A', 'AAA\n', 'AAAé'],
    ],
  ] as const)('is refused as %s without being quoted', (encoding, read, texts) => {
    for (const text of texts) {
      const error = thrown(() => read(text));
      expect(isError(error, 'INVALID_ENCODING') && error.context.encoding).toBe(encoding);
    }
    const error = thrown(() => read('Secret-Words!')) as Error;
    expect(JSON.stringify(error) + String(error.cause)).not.toContain('Secret');
  });

  it.each([fromHex, fromBase58, fromBase64])('is refused when it is no text at all', (read) => {
    for (const value of [undefined, null, 5, new Uint8Array(2)]) {
      expect(
        isError(
          thrown(() => read(value as unknown as string)),
          'INVALID_ENCODING',
        ),
      ).toBe(true);
    }
  });

  it('is refused as Bech32 for another prefix, a wrong character and mixed case', () => {
    const text = toBech32('soma', new Uint8Array([1, 2, 3]));
    for (const bad of [
      text.toUpperCase().slice(0, 5) + text.slice(5),
      `${text.slice(0, -1)}q`,
      text.slice(1),
      '',
      'soma1',
    ]) {
      expect(
        isError(
          thrown(() => fromBech32('soma', bad)),
          'INVALID_ENCODING',
        ),
      ).toBe(true);
    }
    expect(
      isError(
        thrown(() => fromBech32('sui', text)),
        'INVALID_ENCODING',
      ),
    ).toBe(true);
  });

  it('is refused or read exactly as the reference library does', () => {
    const alphabet = fc.constantFrom(...'ABCDabcd0189+/=_- 1lO');
    fc.assert(
      fc.property(fc.string({ unit: alphabet, maxLength: 12 }), (text) => {
        expectSameAs(fromBase64, base64.decode, text);
        expectSameAs(fromBase58, base58.decode, text);
        expectSameAs(fromHex, hex.decode, text);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('every encoding', () => {
  it('writes what the reference library writes and reads it back', () => {
    fc.assert(
      fc.property(bytes(80), (value) => {
        expect(toHex(value)).toBe(hex.encode(value));
        expect(toBase64(value)).toBe(base64.encode(value));
        expect(toBase58(value)).toBe(base58.encode(value));
        expect(fromHex(toHex(value))).toEqual(value);
        expect(fromBase64(toBase64(value))).toEqual(value);
        expect(fromBase58(toBase58(value))).toEqual(value);
        expect(fromBech32('soma', toBech32('soma', value.subarray(0, 40)))).toEqual(value.slice(0, 40));
      }),
    );
  });

  it('writes Base58 of 32 bytes as the reference library does, zeros in front and extremes included', () => {
    const check = (value: Uint8Array) => {
      expect(toBase58(value)).toBe(base58.encode(value));
    };
    fc.assert(fc.property(bytes32, check), { numRuns: 3000 });
    for (let zeros = 0; zeros <= 32; zeros++) {
      check(new Uint8Array(32).fill(255, zeros));
      check(new Uint8Array(32).fill(1, zeros, zeros + 1));
    }
    // Powers of 58 and their neighbours sit where a quotient is off by one.
    for (let power = 1n; power < 2n ** 256n; power *= 58n) {
      for (const value of [power - 1n, power, power + 1n]) check(hex.decode(value.toString(16).padStart(64, '0')));
    }
  });

  it('reads hex of any case and with 0x', () => {
    expect(fromHex('0xAbCd')).toEqual(new Uint8Array([0xab, 0xcd]));
    expect(fromHex('0x')).toEqual(new Uint8Array());
  });
});

describe('byte arrays', () => {
  it('are equal only when every byte is', () => {
    expect(equalBytes(new Uint8Array([1, 2]), new Uint8Array([1, 2]))).toBe(true);
    expect(equalBytes(new Uint8Array([1, 2]), new Uint8Array([1, 3]))).toBe(false);
    expect(equalBytes(new Uint8Array([1, 2]), new Uint8Array([1]))).toBe(false);
  });

  it('of a wrong length are refused', () => {
    expect(
      isError(
        thrown(() => expectLength('hex', new Uint8Array(31), 32)),
        'INVALID_ENCODING',
      ),
    ).toBe(true);
    expect(expectLength('hex', new Uint8Array(32), 32)).toHaveLength(32);
  });
});
