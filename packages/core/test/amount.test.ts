import { checkShannons, formatSoma, MAX_SHANNONS, parseSoma } from '@somakit/core';
import vectors from '@somakit/vectors/crypto.json';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

// The shortest decimal text of a double that has no exponent, as a person would write the amount.
const decimalText = (value: number): string =>
  Math.abs(value) < 1e-6 && value !== 0 ? value.toFixed(20).replace(/0+$/, '') : String(value);

describe('parseSoma', () => {
  it.each([
    '',
    '.',
    '-1',
    '+1',
    '1e9',
    '1_000',
    '1,5',
    ' 1',
    '1 ',
    '1.',
    'NaN',
    'Infinity',
    '0x10',
    '1.5.5',
    '١',
    '1\n',
  ])('refuses %j', (text) => {
    expect(() => parseSoma(text)).toThrowError(expect.objectContaining({ code: 'INVALID_AMOUNT' }));
  });

  it.each([[1.5], [1n], [null], [undefined], [{}], [Number.NaN]])(
    'refuses %s, which is no text, and names itself',
    (value) => {
      expect(() => parseSoma(value as unknown as string)).toThrowError(
        expect.objectContaining({ code: 'INVALID_AMOUNT', hint: expect.stringContaining('parseSoma') }),
      );
    },
  );

  it('refuses more than nine decimals, even zeros', () => {
    expect(() => parseSoma('0.0000000001')).toThrowError(/at most 9 decimals/);
    expect(() => parseSoma('1.0000000000')).toThrowError(/at most 9 decimals/);
  });

  it('refuses what is over 2^64 - 1 shannons, at any length, in no time', () => {
    expect(parseSoma('18446744073.709551615')).toBe(MAX_SHANNONS);
    expect(() => parseSoma('18446744073.709551616')).toThrowError(/at most 18446744073.709551615 SOMA/);
    expect(() => parseSoma('9'.repeat(1_000_000))).toThrowError(expect.objectContaining({ code: 'INVALID_AMOUNT' }));
  });

  it('reads leading zeros and a missing whole part', () => {
    expect(parseSoma('000000000000000000001.5')).toBe(1_500_000_000n);
    expect(parseSoma('.5')).toBe(500_000_000n);
  });

  // The reference goes through a double and truncates, so its last digit is one short at times: ours never is.
  it.each(
    vectors.units.to_shannons.filter(({ soma }: { soma: number }) => soma >= 0 && soma < 1.8e10) as {
      soma: number;
      shannons: string;
    }[],
  )('reads $soma SOMA as $shannons shannons, or the one that truncation lost', ({ soma, shannons }) => {
    const text = decimalText(soma);
    const exact = text.replace(
      /^(\d*)\.?(\d{0,9})\d*$/,
      (_, whole: string, fraction: string) => whole + fraction.padEnd(9, '0'),
    );
    const cut = text.replace(/^(\d+\.\d{9})\d+$/, '$1');
    expect(parseSoma(cut)).toBe(BigInt(exact));
    expect(parseSoma(cut) - BigInt(shannons)).toBeLessThanOrEqual(1n);
    expect(parseSoma(cut) - BigInt(shannons)).toBeGreaterThanOrEqual(0n);
  });
});

describe('formatSoma', () => {
  it('is read back as the same amount', () => {
    fc.assert(fc.property(fc.bigInt(0n, MAX_SHANNONS), (shannons) => parseSoma(formatSoma(shannons)) === shannons));
  });

  it.each(vectors.units.to_soma as { shannons: string; soma: number }[])(
    'writes $shannons shannons as $soma',
    ({ shannons, soma }) => {
      // The reference divides doubles, so its last bit may be another one; ours is exact.
      expect(Math.abs(Number(formatSoma(BigInt(shannons))) - soma)).toBeLessThanOrEqual(soma * 2 ** -51);
    },
  );

  it('writes negative differences and no needless zeros', () => {
    expect(formatSoma(-1n)).toBe('-0.000000001');
    expect(formatSoma(-2_500_000_000n)).toBe('-2.5');
    expect(formatSoma(0n)).toBe('0');
    expect(formatSoma(10_000_000_000n)).toBe('10');
  });

  it.each([1, 1.5, '1', null])('refuses %j', (value) => {
    expect(() => formatSoma(value as unknown as bigint)).toThrowError(
      expect.objectContaining({ code: 'INVALID_AMOUNT' }),
    );
  });
});

describe('checkShannons', () => {
  it.each([-1n, MAX_SHANNONS + 1n, 5, '5', Number.NaN])('refuses %s', (value) => {
    expect(() => checkShannons(value as bigint)).toThrowError(expect.objectContaining({ code: 'INVALID_AMOUNT' }));
  });

  it('gives the amount back', () => {
    expect(checkShannons(0n)).toBe(0n);
    expect(checkShannons(MAX_SHANNONS)).toBe(MAX_SHANNONS);
  });
});
