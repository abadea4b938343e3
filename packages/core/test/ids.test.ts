import {
  digestBytes,
  digestText,
  idBytes,
  idText,
  isAddress,
  isDigest,
  isError,
  parseAddress,
  parseDigest,
  parseObjectId,
  shortId,
  toBase58,
} from '@somakit/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { thrown } from './support/thrown.js';

const bytes32 = fc.uint8Array({ minLength: 32, maxLength: 32 });
const BAD_IDS = [
  '',
  '0X5',
  '5',
  'ab',
  `0x${'0'.repeat(65)}`,
  '0'.repeat(63),
  '0'.repeat(65),
  '0xg',
  ' 0x5',
  '0x5 ',
  `0x${'0'.repeat(63)}z`,
];

describe('an address or object id', () => {
  it.each(BAD_IDS)('is refused when spelled %j', (text) => {
    expect(
      isError(
        thrown(() => parseAddress(text)),
        'INVALID_ADDRESS',
      ),
    ).toBe(true);
    expect(
      isError(
        thrown(() => parseObjectId(text)),
        'INVALID_OBJECT_ID',
      ),
    ).toBe(true);
  });

  it.each([[5], [5n], [null], [undefined], [new Uint8Array(31)], [new Uint8Array(33)], [[]]])(
    'is refused when it is %s',
    (value) => {
      expect(
        isError(
          thrown(() => parseAddress(value as unknown as string)),
          'INVALID_ADDRESS',
        ),
      ).toBe(true);
    },
  );

  it('is canonical from every spelling', () => {
    fc.assert(
      fc.property(bytes32, (bytes) => {
        const canonical = parseAddress(bytes);
        const digits = canonical.slice(2);
        for (const spelling of [
          canonical,
          digits,
          digits.toUpperCase(),
          `0x${digits.toUpperCase()}`,
          `0x${digits.replace(/^0+(?=.)/, '')}`,
        ]) {
          expect(parseAddress(spelling)).toBe(canonical);
          expect(parseObjectId(spelling)).toBe(canonical);
        }
        expect(idBytes(canonical)).toEqual(bytes);
        expect(isAddress(canonical)).toBe(true);
      }),
    );
    expect(parseAddress('0x5')).toBe(`0x${'0'.repeat(63)}5`);
    expect(parseAddress('0x')).toBe(`0x${'0'.repeat(64)}`);
  });
});

describe('a digest', () => {
  it.each([
    '',
    '1'.repeat(31),
    '1'.repeat(33),
    '0'.repeat(44),
    'z'.repeat(44),
    'z'.repeat(45),
    toBase58(new Uint8Array(33).fill(1)),
  ])('is refused when it is %j, and not quoted', (text) => {
    const error = thrown(() => parseDigest(text));
    expect(isError(error, 'INVALID_DIGEST')).toBe(true);
    if (text !== '') expect(JSON.stringify(error)).not.toContain(text);
  });

  it('is read back from what is written', () => {
    fc.assert(
      fc.property(bytes32, (bytes) => {
        const digest = parseDigest(bytes);
        expect(digestBytes(digest)).toEqual(bytes);
        expect(parseDigest(digest)).toBe(digest);
        expect(isDigest(digest)).toBe(true);
        expect(isDigest(`1${digest}`)).toBe(false);
      }),
    );
  });
});

describe('shortId', () => {
  it('keeps both ends', () => {
    expect(shortId(parseAddress('0x12'))).toBe('0x0000...0012');
    expect(shortId('0x12')).toBe('0x12');
  });
});

describe('the texts of bytes in a larger array', () => {
  it('are those of the bytes alone, wherever they start', () => {
    fc.assert(
      fc.property(bytes32, fc.nat(5), (bytes, start) => {
        const larger = new Uint8Array(40).fill(0xee);
        larger.set(bytes, start);
        expect(idText(larger, start)).toBe(parseObjectId(bytes));
        expect(idBytes(parseObjectId(idText(larger, start)))).toEqual(bytes);
        expect(digestText(larger, start)).toBe(toBase58(bytes));
      }),
    );
  });
});
