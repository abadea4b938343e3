import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  add,
  type Element,
  isNegative,
  isZero,
  multiply,
  negate,
  read,
  small,
  square,
  subtract,
  write,
} from '../../src/ristretto/field.js';
import { bytesOf, hexOf } from '../support.js';

const P = 2n ** 255n - 19n;
const modulo = (value: bigint): bigint => ((value % P) + P) % P;
const bytesOfNumber = (value: bigint): Uint8Array => bytesOf(value.toString(16).padStart(64, '0')).reverse();
const numberOfBytes = (bytes: Uint8Array): bigint => BigInt(`0x${hexOf(bytes.slice().reverse())}`);
const elementOf = (value: bigint): Element => read(bytesOfNumber(value));
const numberOf = (a: Element): bigint => numberOfBytes(write(a));
/** What the limbs add up to, whatever they are. */
const sumOf = (a: Element): bigint => modulo(a.reduce((sum, limb) => sum + BigInt(limb), 0n));

const edges = [0n, 1n, 2n, 18n, 19n, 20n, P - 1n, P, P + 1n, P + 18n, 2n ** 254n, 2n ** 128n - 1n];
const number = fc.oneof(fc.bigInt({ min: 0n, max: 2n ** 255n - 1n }), fc.constantFrom(...edges));

/** The most that a reduced number may have in each limb, with signs of its own. */
const BEGIN = Array.from({ length: 13 }, (_, k) => Math.ceil(21.25 * k));
const extreme = fc
  .array(fc.constantFrom(-1, 1), { minLength: 12, maxLength: 12 })
  .map((signs): Element => signs.map((sign, k) => sign * 2 ** (BEGIN[k + 1]! - 1)));
const fourTimes = (a: Element): Element => add(add(a, a), add(a, a));

describe('numbers modulo 2^255 - 19', () => {
  it('are read whatever their highest bit is, and written as the one below the modulus', () => {
    fc.assert(
      fc.property(number, fc.boolean(), (value, high) => {
        expect(numberOf(elementOf(high ? value + 2n ** 255n : value))).toBe(modulo(value));
      }),
    );
  });

  it.each(edges)('have %s among them', (value) => {
    expect(numberOf(elementOf(value))).toBe(modulo(value));
    expect(isZero(elementOf(value))).toBe(modulo(value) === 0n);
    expect(isNegative(elementOf(value))).toBe(modulo(value) % 2n === 1n);
    expect(numberOf(negate(elementOf(value)))).toBe(modulo(-value));
  });

  it('add, subtract, multiply and square as BigInt does', () => {
    fc.assert(
      fc.property(number, number, fc.integer({ min: 1, max: 20 }), (x, y, times) => {
        const [a, b] = [elementOf(x), elementOf(y)];
        expect(numberOf(add(a, b))).toBe(modulo(x + y));
        expect(numberOf(subtract(a, b))).toBe(modulo(x - y));
        expect(numberOf(multiply(a, b))).toBe(modulo(x * y));
        expect(numberOf(multiply(subtract(a, b), add(a, b)))).toBe(modulo(x * x - y * y));
        let power = x;
        for (let i = 0; i < times; i++) power = modulo(power * power);
        expect(numberOf(square(a, times))).toBe(power);
        expect(isZero(subtract(a, b))).toBe(modulo(x - y) === 0n);
      }),
    );
  });

  it('stay exact for the largest factors that are allowed, and come back reduced', () => {
    fc.assert(
      fc.property(extreme, extreme, (a, b) => {
        const [x, y] = [fourTimes(a), fourTimes(b)];
        for (const [product, expected] of [
          [multiply(x, y), sumOf(x) * sumOf(y)],
          [square(x), sumOf(x) ** 2n],
        ] as const) {
          expect(sumOf(product)).toBe(modulo(expected));
          expect(numberOf(product)).toBe(modulo(expected));
          product.forEach((limb, k) => {
            expect(Math.abs(limb) / 2 ** (BEGIN[k + 1]! - 1)).toBeLessThan(1.003);
          });
        }
        expect(numberOf(x)).toBe(sumOf(x));
      }),
    );
  });

  it('leave what they are made of alone', () => {
    const a = elementOf(5n);
    const before = [...a];
    multiply(a, a);
    square(a, 3);
    write(a);
    expect(a).toEqual(before);
    expect(numberOf(small(7))).toBe(7n);
  });
});
