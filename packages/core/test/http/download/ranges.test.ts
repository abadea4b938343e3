import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  addRange,
  type ByteRange,
  bytesIn,
  missingRanges,
  parseContentRange,
  splitRanges,
} from '../../../src/http/download/ranges.js';

const range = fc.tuple(fc.nat(60), fc.nat(20)).map(([start, length]): ByteRange => [start, start + length]);

describe('ranges', () => {
  it('hold exactly the bytes that were added, sorted and joined', () => {
    fc.assert(
      fc.property(fc.array(range, { maxLength: 12 }), (added) => {
        const bytes = new Set<number>();
        let ranges: ByteRange[] = [];
        for (const [start, end] of added) {
          ranges = addRange(ranges, [start, end]);
          for (let i = start; i < end; i++) bytes.add(i);
        }
        expect(bytesIn(ranges)).toBe(bytes.size);
        ranges.forEach(([start, end], i) => {
          expect(start).toBeLessThan(end);
          if (i > 0) expect(start).toBeGreaterThan(ranges[i - 1]![1]);
          for (let at = start; at < end; at++) expect(bytes.has(at)).toBe(true);
        });
        const missing = missingRanges(ranges, 80);
        expect(bytesIn(missing)).toBe(80 - bytes.size);
        const whole = missing.reduce(addRange, ranges);
        expect(whole).toEqual([[0, 80]]);
      }),
    );
  });

  it('are split without losing a byte, never under the least size', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1000 }),
        fc.integer({ min: 1, max: 8 }),
        fc.integer({ min: 1, max: 300 }),
        (size, count, least) => {
          const pieces = splitRanges([[0, size]], count, least);
          expect(pieces.length).toBeLessThanOrEqual(count);
          expect([...pieces].sort((a, b) => a[0] - b[0]).reduce<ByteRange[]>(addRange, [])).toEqual([[0, size]]);
          expect(bytesIn(pieces)).toBe(size);
          if (pieces.length > 1) for (const [start, end] of pieces) expect(end - start).toBeGreaterThanOrEqual(least);
        },
      ),
    );
    expect(splitRanges([], 4, 1)).toEqual([]);
  });

  it.each([
    '',
    'bytes',
    'bytes 5-4/10',
    'bytes 0-10/10',
    'bytes */10',
    'items 0-1/2',
    'bytes 0-1',
    'bytes a-b/c',
    'bytes -1/2',
    `bytes 0-${'9'.repeat(20)}/*`,
  ])('refuse the Content-Range %j', (text) => {
    expect(parseContentRange(text)).toBeUndefined();
  });

  it('read a Content-Range with and without the size', () => {
    expect(parseContentRange('bytes 5-9/10')).toEqual({ start: 5, end: 10, size: 10 });
    expect(parseContentRange('bytes 0-0/*')).toEqual({ start: 0, end: 1, size: undefined });
    expect(parseContentRange(null)).toBeUndefined();
  });
});
