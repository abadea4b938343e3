import { type Digest, parseObjectId, toBase58 } from '@somakit/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { causalOrder, type Dependent } from '../src/checkpoints/order.js';
import { digestPrefix, idPrefix, sortByPrefix } from '../src/checkpoints/sort.js';
import { compareDigests } from '../src/encode/known.js';

const bytes32 = fc
  .tuple(fc.nat({ max: 33 }), fc.uint8Array({ minLength: 32, maxLength: 32 }))
  .map(([zeros, bytes]) => Uint8Array.from(bytes, (byte, i) => (i < zeros ? 0 : byte)));
const textOf = (bytes: Uint8Array) => toBase58(bytes) as Digest;
const compare = (a: Uint8Array, b: Uint8Array) => {
  const at = a.findIndex((byte, i) => byte !== b[i]);
  return at < 0 ? 0 : a[at]! - b[at]!;
};

/** The rule as the sheet words it. */
const asWritten = (transactions: readonly Dependent[]): Dependent[] => {
  const byDigest = new Map(transactions.map((each) => [each.outcome.digest, each]));
  const placed = new Set<Dependent>();
  const place = (transaction: Dependent): void => {
    if (placed.has(transaction)) return;
    for (const digest of [...transaction.outcome.dependencies].sort(compareDigests)) {
      const needed = byDigest.get(digest);
      if (needed !== undefined) place(needed);
    }
    placed.add(transaction);
  };
  for (const digest of [...byDigest.keys()].sort(compareDigests)) place(byDigest.get(digest)!);
  return [...placed];
};

describe('the order of digests', () => {
  it('is that of their bytes', () => {
    fc.assert(
      fc.property(bytes32, bytes32, (a, b) => {
        expect(Math.sign(compareDigests(textOf(a), textOf(b)))).toBe(Math.sign(compare(a, b)));
      }),
      { numRuns: 1000 },
    );
  });
});

describe('sorting by first digits', () => {
  const ids = bytes32.map((bytes) => parseObjectId(bytes));
  const byText = (a: string, b: string) => (a === b ? 0 : a < b ? -1 : 1);
  it('is sorting, of ids and of digests, whether their first digits differ or not', () => {
    fc.assert(
      fc.property(
        fc.array(bytes32, { maxLength: 60 }),
        fc.array(ids, { maxLength: 60 }),
        fc.nat(3),
        (list, more, n) => {
          const digests = list.map(textOf);
          expect(sortByPrefix(digests, digestPrefix, compareDigests)).toEqual([...digests].sort(compareDigests));
          const close = Array.from({ length: n }, (_, i) => parseObjectId(`0x${'7'.repeat(63)}${i}`));
          const all = [...more, ...close];
          expect(sortByPrefix(all, idPrefix, byText)).toEqual([...all].sort(byText));
        },
      ),
      { numRuns: 300 },
    );
  });

  it('takes more than a number has room for', () => {
    const many = Array.from({ length: 140_000 }, (_, i) => (i * 7919) % 140_000);
    const sorted = sortByPrefix(
      many,
      (each) => each,
      (a, b) => a - b,
    );
    expect(sorted.every((each, i) => each === i)).toBe(true);
  });
});

describe('the order in a checkpoint', () => {
  it('is the smallest digest first, and before it what it depends on', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(bytes32, { minLength: 12, maxLength: 42, selector: textOf }),
        fc.array(fc.array(fc.nat(40), { maxLength: 4 }), { minLength: 30, maxLength: 30 }),
        (all, picks) => {
          const elsewhere = all.slice(0, 12);
          const digests = all.slice(12);
          // Each may depend on those before it in the order of execution, and on transactions of other commits.
          const transactions = digests.map((bytes, i) => ({
            outcome: {
              digest: textOf(bytes),
              dependencies: picks[i]!.map((pick) => textOf(pick < i ? digests[pick]! : elsewhere[pick % 12]!)),
            },
          }));
          expect(causalOrder(transactions)).toEqual(asWritten(transactions));
        },
      ),
      { numRuns: 300 },
    );
  });

  it('takes chains as long as a commit', () => {
    const digests = Array.from({ length: 20_000 }, (_, i) =>
      textOf(new Uint8Array(new BigUint64Array([BigInt(i * 7919), 1n, 2n, 3n]).buffer)),
    );
    const transactions = digests.map((digest, i) => ({
      outcome: { digest, dependencies: i === 0 ? [] : [digests[i - 1]!] },
    }));
    expect(causalOrder([...transactions].reverse())).toEqual(transactions);
  });
});
