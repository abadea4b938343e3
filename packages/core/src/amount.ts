import { SomaKitError } from './errors.js';
import { shown, U64_MAX } from './invalid.js';

declare module './errors.js' {
  interface ErrorContexts {
    /** A text is not an amount of SOMA, or a value is not an amount of shannons. */
    INVALID_AMOUNT: { readonly received: unknown; readonly expected: string };
  }
}

/** Shannons in one SOMA: 10^9. */
export const SHANNONS_PER_SOMA = 1_000_000_000n;

/** The largest amount that the chain can hold: 2^64 - 1 shannons. */
export const MAX_SHANNONS = U64_MAX;

// The longest valid text has 21 characters.
const invalid = (value: unknown, expected: string, hint?: string) => {
  const { received, text } = shown(value, 24);
  return new SomaKitError('INVALID_AMOUNT', `An amount must be ${expected}, not ${text}.`, {
    context: { received, expected },
    hint,
  });
};

/**
 * Reads a decimal amount of SOMA, such as `"1.5"`, as shannons. Exact: nothing is rounded, nothing passes through a
 * `number`.
 *
 * @throws INVALID_AMOUNT for anything but digits with at most one point and nine decimals: signs, exponents,
 * separators, blanks, NaN, and amounts over 2^64 - 1 shannons.
 * @example
 * import { parseSoma } from '@somakit/core';
 * parseSoma('1.5'); // 1_500_000_000n
 */
export const parseSoma = (text: string): bigint => {
  if (typeof text !== 'string')
    throw invalid(text, 'a decimal text of SOMA', 'Write the amount as text: parseSoma("1.5").');
  const match = /^(?:([0-9]+)(?:\.([0-9]+))?|\.([0-9]+))$/.exec(text);
  if (match === null)
    throw invalid(
      text,
      'a decimal text of SOMA, such as "1.5"',
      'Digits and one point only: no sign, exponent, blank or separator.',
    );
  const fraction = match[2] ?? match[3] ?? '';
  if (fraction.length > 9) {
    throw invalid(text, 'a text with at most 9 decimals', 'One shannon, 0.000000001 SOMA, is the smallest amount.');
  }
  // The length is checked before BigInt so that a text of a million digits costs nothing.
  const whole = (match[1] ?? '0').replace(/^0+(?=.)/, '');
  const shannons =
    whole.length > 11 ? MAX_SHANNONS + 1n : BigInt(whole) * SHANNONS_PER_SOMA + BigInt(fraction.padEnd(9, '0'));
  if (shannons > MAX_SHANNONS) throw invalid(text, 'at most 18446744073.709551615 SOMA');
  return shannons;
};

/**
 * Writes shannons as decimal SOMA without trailing zeros. Also takes negative values, because differences are
 * printed too.
 *
 * @throws INVALID_AMOUNT when `shannons` is not a bigint.
 * @example
 * import { formatSoma } from '@somakit/core';
 * formatSoma(1_500_000_000n); // '1.5'
 */
export const formatSoma = (shannons: bigint): string => {
  if (typeof shannons !== 'bigint') throw invalid(shannons, 'a bigint of shannons', 'parseSoma("1.5") gives shannons.');
  const sign = shannons < 0n ? '-' : '';
  const digits = (shannons < 0n ? -shannons : shannons).toString().padStart(10, '0');
  const fraction = digits.slice(-9).replace(/0+$/, '');
  return `${sign}${digits.slice(0, -9)}${fraction === '' ? '' : `.${fraction}`}`;
};

/**
 * The amount itself, when it is a bigint of 0 to 2^64 - 1 shannons.
 *
 * @throws INVALID_AMOUNT for numbers and texts (hint: `parseSoma`), negative amounts and those over 2^64 - 1.
 */
export const checkShannons = (amount: bigint): bigint => {
  if (typeof amount !== 'bigint') throw invalid(amount, 'a bigint of shannons', 'parseSoma("1.5") gives shannons.');
  if (amount < 0n || amount > MAX_SHANNONS) throw invalid(amount, '0 to 2^64 - 1 shannons');
  return amount;
};
