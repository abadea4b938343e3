import { SenderSignedData, signedTransaction, TransactionData } from '@somakit/bcs';
import { bytes, vector } from '@somakit/bcs/codec';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CheckpointItem } from '../src/checkpoints/build.js';
import { checkpointSize, splitCheckpoint } from '../src/checkpoints/split.js';
import { key, manifest, market, SOMA, statusOf, submission } from './support/cases.js';

const items = (sizes: readonly number[]) => sizes.map((size) => ({ size }) as CheckpointItem);
const limits = (transactions: bigint, size: bigint) => ({
  maxTransactionsPerCheckpoint: transactions,
  maxCheckpointSizeBytes: size,
});
const sizesOf = (chunks: readonly (readonly CheckpointItem[])[]) =>
  chunks.map((chunk) => chunk.map(({ size }) => size));

describe('the contents of checkpoints', () => {
  it('are one, empty, where there is nothing', () => {
    expect(splitCheckpoint([], limits(1n, 1n))).toEqual([[]]);
  });

  it('begin anew after the largest number of transactions', () => {
    expect(sizesOf(splitCheckpoint(items([1, 1, 1, 1, 1]), limits(2n, 100n)))).toEqual([[1, 1], [1, 1], [1]]);
    expect(sizesOf(splitCheckpoint(items([1, 1]), limits(2n, 100n)))).toEqual([[1, 1]]);
  });

  it('begin anew before a transaction that would make them too large, but not when just full', () => {
    expect(sizesOf(splitCheckpoint(items([6, 4, 1, 9, 1]), limits(9n, 10n)))).toEqual([[6, 4], [1, 9], [1]]);
  });

  it('take a transaction that is too large by itself, alone', () => {
    expect(sizesOf(splitCheckpoint(items([1, 50, 1, 60]), limits(9n, 10n)))).toEqual([[1], [50], [1], [60]]);
  });

  it('keep the order, and leave no checkpoint that the next transaction would have fitted into', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(30)),
        fc.integer({ min: 1, max: 6 }),
        fc.integer({ min: 1, max: 40 }),
        (all, n, most) => {
          const chunks = sizesOf(splitCheckpoint(items(all), limits(BigInt(n), BigInt(most))));
          expect(chunks.flat()).toEqual(all);
          chunks.forEach((chunk, i) => {
            const sum = chunk.reduce((total, size) => total + size, 0);
            expect(chunk.length <= n && (sum <= most || chunk.length === 1)).toBe(true);
            const next = chunks[i + 1]?.[0];
            if (next !== undefined) expect(chunk.length === n || sum + next > most).toBe(true);
          });
        },
      ),
    );
  });

  it('count the transaction as it is sent, the effects, and the signatures once more', () => {
    const world = market();
    const miner = world.actors[1]!;
    const sent = world.sign(miner, submission(world));
    const { effects } = world.ledger.getTransaction(world.ledger.execute(sent).digest)!;
    const whole = SenderSignedData.encode(signedTransaction(TransactionData.decode(sent.bytes), sent.signatures));
    const again = vector(bytes).encode(sent.signatures);
    expect(checkpointSize({ transaction: sent.bytes, effects, signatures: sent.signatures })).toBe(
      whole.length + effects.length + again.length,
    );
  });
});

describe('more bytes than a checkpoint takes', () => {
  it('come into several with one time, fees that add up, one prologue, and are taken back together', () => {
    const world = market({ ledger: { checkSignatures: false } });
    const [owner] = world.actors as [(typeof world.actors)[0]];
    const before = world.ledger.stateDigest();
    const id = world.ledger.snapshot();
    const url = (i: number): string => `https://host/${String(i).padStart(500_000, 'a')}`;
    const COUNT = 65;
    for (let i = 0; i < COUNT; i++) {
      const result = world.send(owner, {
        kind: 'CommitModel',
        modelId: world.genesis.modelIds[0]!,
        manifest: { ...manifest, url: url(i) },
        weightsCommitment: key,
        embeddingCommitment: key,
        decryptionKeyCommitment: key,
      });
      expect(statusOf(result)).toBe('Success');
    }
    const last = world.ledger.createCheckpoint({ timestampMs: world.genesis.timestampMs + 500n });
    const [first] = last.preceding!;
    expect(last.preceding).toHaveLength(1);
    const sizeOf = ({ transactions }: typeof last): number =>
      transactions.reduce((sum, { digest }) => sum + checkpointSize(world.ledger.getTransaction(digest)!), 0);
    const size = checkpointSize(world.ledger.getTransaction(last.transactions[0]!.digest)!);
    expect(sizeOf(first!)).toBeLessThanOrEqual(31_457_280);
    expect(sizeOf(first!) + size).toBeGreaterThan(31_457_280);
    // The prologue, the first of all, is one more than was sent.
    const inFirst = first!.transactions.length - 1;
    expect(inFirst + last.transactions.length).toBe(COUNT);
    expect(last.summary).toMatchObject({
      sequenceNumber: 2n,
      previousDigest: first!.digest,
      timestampMs: first!.summary.timestampMs,
      networkTotalTransactions: 1n + BigInt(COUNT) + 1n,
    });
    expect(first!.summary.epochRollingTransactionFees.totalFee).toBe(BigInt(inFirst) * 1_600n);
    expect(last.summary.epochRollingTransactionFees.totalFee).toBe(BigInt(COUNT) * 1_600n);
    expect(world.ledger.pendingTransactions()).toEqual([]);
    expect(world.ledger.supply().total).toBe(10_000_000n * SOMA);
    world.ledger.revert(id);
    expect(world.ledger.stateDigest()).toBe(before);
    expect(world.ledger.latestCheckpoint().sequenceNumber).toBe(0n);
  }, 60_000);
});
