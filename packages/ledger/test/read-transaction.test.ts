import { TransactionData } from '@somakit/bcs';
import { parseAddress, parseDigest, parseObjectId } from '@somakit/core';
import { transactionDigest } from '@somakit/crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readTransaction } from '../src/encode/transaction.js';

// Few different ones, so that most are known already, and ones that share the places of others.
const bytes32 = fc
  .tuple(fc.nat({ max: 40 }), fc.constantFrom(0, 1, 31), fc.nat({ max: 255 }))
  .map(([seed, place, byte]) =>
    Uint8Array.from({ length: 32 }, (_, i) => (i === place ? byte : seed === 0 ? 0 : (seed * (i + 7)) & 255)),
  );
const u64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
const address = bytes32.map(parseAddress);
const ref = fc.record({ objectId: bytes32.map(parseObjectId), version: u64, digest: bytes32.map(parseDigest) });
const refs = fc.array(ref, { maxLength: 5 });
const some = <T>(of: fc.Arbitrary<T>) => fc.option(of, { nil: undefined });
const transaction: fc.Arbitrary<TransactionData> = fc.record({
  kind: fc.oneof(
    fc.record({ kind: fc.constant('TransferCoin' as const), coin: ref, amount: some(u64), recipient: address }),
    fc.record({
      kind: fc.constant('PayCoins' as const),
      coins: refs,
      amounts: some(fc.array(u64, { maxLength: 5 })),
      recipients: fc.array(address, { maxLength: 5 }),
    }),
    fc.record({ kind: fc.constant('TransferObjects' as const), objects: refs, recipient: address }),
    fc.record({ kind: fc.constant('WithdrawStake' as const), stakedSoma: ref }),
  ),
  sender: address,
  gasPayment: refs,
});

const byCodec = (bytes: Uint8Array): TransactionData | undefined => {
  try {
    return TransactionData.decode(bytes);
  } catch {
    return undefined;
  }
};
/** The text of a value with the order of its keys. */
const ordered = (value: unknown) =>
  JSON.stringify(value, (_, each) => (typeof each === 'bigint' ? `${each}n` : each === undefined ? 'none' : each));

/** What is read by hand is what the codec reads. */
const compare = (bytes: Uint8Array) => {
  const read = readTransaction(bytes);
  if (read === undefined) return false;
  const decoded = byCodec(bytes);
  expect(ordered(read.data)).toBe(ordered(decoded));
  expect(read.digest).toBe(transactionDigest(bytes));
  return true;
};

describe('the reader of transactions that move coins', () => {
  it('reads what the codec reads, and leaves other kinds to it', () => {
    fc.assert(
      fc.property(transaction, fc.nat({ max: 9 }), (data, offset) => {
        const bytes = TransactionData.encode(data);
        const padded = new Uint8Array(bytes.length + offset);
        padded.set(bytes, offset);
        expect(compare(padded.subarray(offset))).toBe(data.kind.kind !== 'WithdrawStake');
      }),
      { numRuns: 1000 },
    );
  });

  it('leaves every other encoding to the codec', () => {
    fc.assert(
      fc.property(
        transaction,
        fc.array(fc.record({ at: fc.nat({ max: 400 }), byte: fc.nat({ max: 255 }) }), { maxLength: 2 }),
        fc.integer({ min: -40, max: 3 }),
        (data, changes, longer) => {
          const bytes = TransactionData.encode(data);
          const mutated = new Uint8Array(Math.max(0, bytes.length + longer));
          mutated.set(bytes.subarray(0, mutated.length));
          for (const { at, byte } of changes) if (mutated.length > 0) mutated[at % mutated.length] = byte;
          compare(mutated);
        },
      ),
      { numRuns: 3000 },
    );
  });

  it('refuses every truncation, and every other byte where only one is right', () => {
    const id = parseObjectId('0x7');
    const coin = { objectId: id, version: 3n, digest: parseDigest(new Uint8Array(32).fill(9)) };
    const recipient = parseAddress('0x8');
    const kinds: readonly TransactionData['kind'][] = [
      { kind: 'TransferCoin', coin, amount: 5n, recipient },
      { kind: 'TransferCoin', coin, recipient },
      { kind: 'PayCoins', coins: [coin], amounts: [1n, 2n], recipients: [recipient, recipient] },
      { kind: 'PayCoins', coins: [coin, coin], recipients: [recipient] },
      { kind: 'TransferObjects', objects: [coin], recipient },
    ];
    for (const kind of kinds) {
      const bytes = TransactionData.encode({ kind, sender: recipient, gasPayment: [coin] });
      expect(compare(bytes)).toBe(true);
      for (let length = 0; length < bytes.length; length++) expect(compare(bytes.subarray(0, length))).toBe(false);
      for (let at = 0; at < bytes.length; at++) {
        for (const byte of [0, 1, 2, 33, 128]) {
          const other = bytes.slice();
          other[at] = byte;
          compare(other);
        }
      }
    }
  });
});
