import { base58 } from '@scure/base';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decode32, encode32 } from '../src/base58.js';

const bytes32 = fc.uint8Array({ minLength: 32, maxLength: 32 });
// Digests with zeros in front are where lengths go wrong.
const leadingZeros = fc
  .tuple(fc.nat(32), bytes32)
  .map(([zeros, bytes]) => Uint8Array.from(bytes, (byte, i) => (i < zeros ? 0 : byte)));
const digest = fc.oneof(bytes32, leadingZeros);

describe('Base58 of 32 bytes', () => {
  it('refuses every text of another number of bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        const decoded = decode32(base58.encode(bytes));
        expect(decoded).toEqual(bytes.length === 32 ? bytes : undefined);
      }),
    );
  });

  it.each(['0', 'O', 'I', 'l', ' ', 'é', '\u{1f600}', '\u0000'])('refuses a text with %j in it', (character) => {
    const text = base58.encode(new Uint8Array(32).fill(200));
    for (const at of [0, 1, 20, text.length - 1]) {
      expect(decode32(text.slice(0, at) + character + text.slice(at + 1))).toBeUndefined();
    }
  });

  it('refuses a number of 2^256 and more', () => {
    expect(decode32('z'.repeat(44))).toBeUndefined();
    expect(decode32(base58.encode(new Uint8Array(33).fill(1, 0, 1)))).toBeUndefined();
    expect(decode32(base58.encode(new Uint8Array(32).fill(255)))).toEqual(new Uint8Array(32).fill(255));
  });

  it('refuses one zero too many or too few in front', () => {
    const text = base58.encode(new Uint8Array(32).fill(7, 3));
    expect(decode32(`1${text}`)).toBeUndefined();
    expect(decode32(text.slice(1))).toBeUndefined();
  });

  it('writes and reads what the library writes and reads', () => {
    fc.assert(
      fc.property(digest, (bytes) => {
        const text = encode32(bytes);
        expect(text).toBe(base58.encode(bytes));
        expect(decode32(text)).toEqual(bytes);
      }),
      { numRuns: 2000 },
    );
  });

  it('reads any text as the library does', () => {
    fc.assert(
      fc.property(
        fc.string({
          unit: fc.constantFrom(...'123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz'),
          minLength: 30,
          maxLength: 46,
        }),
        (text) => {
          const expected = base58.decode(text);
          expect(decode32(text)).toEqual(expected.length === 32 ? expected : undefined);
        },
      ),
      { numRuns: 2000 },
    );
  });
});
