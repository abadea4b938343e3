import { ristretto255, ristretto255_hasher } from '@noble/curves/ed25519.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decode, encode, fromUniform, opposite, type Point, sum, zero } from '../../src/ristretto/ristretto.js';
import { bytesOf, flip, hexOf } from '../support.js';

const { Point: Noble } = ristretto255;
type NoblePoint = ReturnType<typeof Noble.fromBytes>;
const uniform = fc.uint8Array({ minLength: 64, maxLength: 64 });
const noble = (bytes: Uint8Array): NoblePoint => ristretto255_hasher.deriveToCurve!(bytes);
const show = (point: Point): string => hexOf(encode(point));
const nobleDecodes = (bytes: Uint8Array): boolean => {
  try {
    Noble.fromBytes(bytes);
    return true;
  } catch {
    return false;
  }
};

// RFC 9496, appendix A.1: the multiples of the generator from 0 on.
const MULTIPLES = [
  '0000000000000000000000000000000000000000000000000000000000000000',
  'e2f2ae0a6abc4e71a884a961c500515f58e30b6aa582dd8db6a65945e08d2d76',
  '6a493210f7499cd17fecb510ae0cea23a110e8d5b901f8acadd3095c73a3b919',
  '94741f5d5d52755ece4f23f044ee27d5d1ea1e2bd196b462166b16152a9d0259',
];

describe('Ristretto255', () => {
  it('finds the points of uniform bytes that noble finds', () => {
    fc.assert(
      fc.property(uniform, (bytes) => {
        expect(show(fromUniform(bytes))).toBe(hexOf(noble(bytes).toBytes()));
      }),
    );
  });

  it.each([0, 1, 2, 19, 127, 128, 255])('finds the point of 64 bytes that are all %s', (byte) => {
    const bytes = new Uint8Array(64).fill(byte);
    expect(show(fromUniform(bytes))).toBe(hexOf(noble(bytes).toBytes()));
  });

  it('finds the points of halves that are 0, 1, the modulus and its neighbours', () => {
    const edges = ['00', '01', 'ec', 'ed', 'ee', 'ff'].map((low) =>
      bytesOf(low > '01' ? `${low}${'ff'.repeat(30)}7f` : `${low}${'00'.repeat(31)}`),
    );
    for (const low of edges) {
      for (const high of edges) {
        const bytes = Uint8Array.from([...low, ...high]);
        expect(show(fromUniform(bytes))).toBe(hexOf(noble(bytes).toBytes()));
      }
    }
  });

  it('adds the generator as the RFC does', () => {
    const generator = decode(bytesOf(MULTIPLES[1]!))!;
    let point = zero;
    for (const multiple of MULTIPLES) {
      expect(show(point)).toBe(multiple);
      expect(show(decode(bytesOf(multiple))!)).toBe(multiple);
      point = sum(point, generator);
    }
  });

  it('adds and takes away as noble does', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(uniform, fc.boolean()), { maxLength: 8 }), (steps) => {
        let ours: Point = zero;
        let theirs = Noble.ZERO;
        for (const [bytes, away] of steps) {
          ours = sum(ours, away ? opposite(fromUniform(bytes)) : fromUniform(bytes));
          theirs = away ? theirs.subtract(noble(bytes)) : theirs.add(noble(bytes));
        }
        expect(show(ours)).toBe(hexOf(theirs.toBytes()));
        expect(show(sum(ours, ours))).toBe(hexOf(theirs.double().toBytes()));
        expect(show(sum(ours, opposite(ours)))).toBe(MULTIPLES[0]);
        expect(show(decode(encode(ours))!)).toBe(show(ours));
      }),
      { numRuns: 40 },
    );
  });

  it('writes one form of every point of a coset', () => {
    const point = noble(new Uint8Array(64).fill(3));
    const bytes = point.toBytes();
    // Through sums that end where they began, with other coordinates.
    const [p, q] = [decode(bytes)!, fromUniform(new Uint8Array(64).fill(9))];
    expect(show(sum(sum(p, q), opposite(q)))).toBe(hexOf(bytes));
    expect(show(fromUniform(new Uint8Array(64).fill(3)))).toBe(hexOf(bytes));
  });

  it('reads the bytes that noble reads and no others', () => {
    const any = fc.uint8Array({ minLength: 32, maxLength: 32 });
    const near = fc.tuple(uniform, fc.nat(255)).map(([bytes, bit]) => flip(noble(bytes).toBytes(), bit));
    fc.assert(
      fc.property(fc.oneof(any, near), (bytes) => {
        expect(decode(bytes) !== undefined).toBe(nobleDecodes(bytes));
      }),
      { numRuns: 200 },
    );
  });

  // RFC 9496, appendix A.2: unreduced, negative, without a square root, with a negative product, with y = 0.
  it.each([
    '00ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff',
    'ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
    'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
    '0100000000000000000000000000000000000000000000000000000000000000',
    '01ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
    'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
    '26948d35ca62e643e26a83177332e6b6afeb9d08e4268b650f1f5bbd8d81d371',
  ])('refuses %s', (bytes) => {
    expect(decode(bytesOf(bytes))).toBeUndefined();
    expect(nobleDecodes(bytesOf(bytes))).toBe(false);
  });
});
