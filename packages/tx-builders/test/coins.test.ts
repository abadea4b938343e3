import { Coin, type SomaObject, type TransactionEffects } from '@somakit/bcs';
import type { Address, Digest, ObjectId } from '@somakit/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type CoinNeed,
  type CoinObject,
  chooseCoins,
  createCoinPool,
  createReservations,
  estimateCost,
  maxSpendable,
  mergeCoins,
  mergeIntoOne,
  refFromObject,
  splitCoins,
  totalBalance,
  transferCoin,
} from '../src/index.js';
import { feeParameters, wallets } from './support/arbitrary.js';

const PARAMETERS = { baseFee: 1000n, writeObjectFee: 300n, valueFeeBps: 10n };
const OWNER = `0x${'a'.repeat(64)}` as Address;
const DIGEST = '1'.repeat(32) as Digest;
const id = (n: number) => `0x${n.toString(16).padStart(64, '0')}` as ObjectId;
const coin = (n: number, balance: bigint, version = 1n): CoinObject => ({
  objectId: id(n),
  version,
  digest: DIGEST,
  balance,
});
const numbers = (coins: readonly { objectId: string }[]) => coins.map(({ objectId }) => Number(objectId));

const needs: fc.Arbitrary<CoinNeed> = fc.oneof(
  fc.record({
    kind: fc.constantFrom('TransferCoin', 'AddStake', 'AddStakeToModel'),
    amount: fc.bigInt({ min: 0n, max: 10n ** 13n }),
  }),
  fc.record({ kind: fc.constant('CreateModel'), stakeAmount: fc.bigInt({ min: 0n, max: 10n ** 13n }) }),
  fc.record({
    kind: fc.constant('PayCoins'),
    amounts: fc.array(fc.bigInt({ min: 0n, max: 10n ** 12n }), { minLength: 1, maxLength: 5 }),
  }),
  fc.record({ kind: fc.constant('SubmitData'), bond: fc.bigInt({ min: 0n, max: 10n ** 10n }) }),
  fc.record({ kind: fc.constantFrom('ReportModel', 'CommitModel', 'WithdrawStake', 'ClaimRewards') }),
) as fc.Arbitrary<CoinNeed>;

const tryTo = <T>(run: () => T): T | undefined => {
  try {
    return run();
  } catch (error) {
    expect(error).toMatchObject({ code: 'INSUFFICIENT_COINS' });
    return undefined;
  }
};

describe('choosing coins', () => {
  it('takes the smallest coin that holds amount and fees, of equals the lower id', () => {
    const coins = [coin(9, 5_000_000n), coin(4, 2_000_000n), coin(3, 2_000_000n), coin(1, 900_000n)];
    const need = { kind: 'TransferCoin', amount: 1_000_000n } as const;
    const choice = chooseCoins({ need, coins, parameters: PARAMETERS });
    expect(numbers(choice.gasPayment)).toEqual([3]);
    expect(choice.coin).toBe(choice.gasPayment[0]);
  });

  it('looks at the fees too: a coin of exactly the amount is not enough', () => {
    const need = { kind: 'TransferCoin', amount: 1_000_000n } as const;
    const fees = 1000n + 600n + 1000n;
    expect(
      numbers(
        chooseCoins({
          need,
          coins: [coin(1, 1_000_000n + fees - 1n), coin(2, 1_000_000n + fees)],
          parameters: PARAMETERS,
        }).used,
      ),
    ).toEqual([2]);
  });

  it('merges the fewest coins, richest first, when no single one will do', () => {
    const coins = [coin(1, 400_000n), coin(2, 700_000n), coin(3, 600_000n), coin(4, 10n)];
    const need = { kind: 'TransferCoin', amount: 1_000_000n } as const;
    const choice = chooseCoins({ need, coins, parameters: PARAMETERS });
    expect(numbers(choice.gasPayment)).toEqual([2, 3]);
    expect(numbers([choice.coin])).toEqual([2]);
  });

  it('never merges more than 256 coins, and says so', () => {
    const coins = Array.from({ length: 300 }, (_, i) => coin(i + 1, 10_000n));
    const need = { kind: 'TransferCoin', amount: 2_900_000n } as const;
    expect(() => chooseCoins({ need, coins, parameters: PARAMETERS })).toThrow(
      expect.objectContaining({ code: 'INSUFFICIENT_COINS', hint: expect.stringContaining('Merge') }),
    );
    const possible = chooseCoins({ need: { kind: 'TransferCoin', amount: 2_500_000n }, coins, parameters: PARAMETERS });
    expect(possible.used).toHaveLength(251);
  });

  it('takes the bond from a coin of its own, and from the gas coin when there is no other', () => {
    const need = { kind: 'SubmitData', bond: 65_000n } as const;
    const two = chooseCoins({
      need,
      coins: [coin(1, 70_000n), coin(2, 3_000n), coin(3, 9_000_000n)],
      parameters: PARAMETERS,
    });
    expect(numbers([two.coin])).toEqual([1]);
    expect(numbers(two.gasPayment)).toEqual([2]);
    const one = chooseCoins({ need, coins: [coin(3, 9_000_000n)], parameters: PARAMETERS });
    expect(numbers([one.coin, ...one.gasPayment])).toEqual([3, 3]);
    expect(numbers(one.used)).toEqual([3]);
    const asked = chooseCoins({
      need,
      coins: [coin(1, 70_000n), coin(2, 3_000n)],
      parameters: PARAMETERS,
      bondFromGas: true,
    });
    expect(numbers(asked.used)).toEqual([1]);
    const poor = chooseCoins({ need, coins: [coin(1, 40_000n), coin(2, 40_000n)], parameters: PARAMETERS });
    expect(numbers([poor.coin])).toEqual([2]);
    expect(poor.gasPayment).toHaveLength(2);
  });

  it('keeps the bond apart even when fewer coins would do together', () => {
    const coins = [coin(1, 3586n), coin(2, 3581n), coin(3, 1345n), coin(4, 4n)];
    const parameters = { ...PARAMETERS, baseFee: 0n, writeObjectFee: 986n };
    const choice = chooseCoins({ need: { kind: 'SubmitData', bond: 3582n }, coins, parameters });
    expect(numbers([choice.coin])).toEqual([1]);
    expect(numbers(choice.gasPayment)).toEqual([2, 3, 4]);
  });

  it('sweeps the smallest other coins into the gas coin when asked to', () => {
    const coins = [coin(1, 5_000_000n), coin(2, 7n), coin(3, 5n), coin(4, 6n)];
    const choice = chooseCoins({ need: { kind: 'ReportModel' }, coins, parameters: PARAMETERS, sweep: 2 });
    expect(numbers(choice.gasPayment)).toEqual([1, 3, 4]);
    expect(() => chooseCoins({ need: { kind: 'ReportModel' }, coins, parameters: PARAMETERS, sweep: -1 })).toThrow(
      /sweep/,
    );
  });

  it('says how much is needed and how much is there', () => {
    expect(() =>
      chooseCoins({ need: { kind: 'ReportModel' }, coins: [coin(1, 1_500n)], parameters: PARAMETERS }),
    ).toThrow(
      expect.objectContaining({ context: { required: 1600n, available: 1500n, reserved: 0n, purpose: 'gas' } }),
    );
    expect(() =>
      chooseCoins({ need: { kind: 'TransferCoin', amount: 1 as never }, coins: [], parameters: PARAMETERS }),
    ).toThrow(expect.objectContaining({ code: 'INVALID_AMOUNT' }));
  });

  it('is the same for every order of the coins, takes each once, holds enough, and never more than it must', () => {
    fc.assert(
      fc.property(
        wallets({ maxLength: 40 }),
        needs,
        feeParameters,
        fc.nat(5),
        fc.infiniteStream(fc.nat()),
        (coins, need, parameters, sweep, order) => {
          const choice = tryTo(() => chooseCoins({ need, coins, parameters, sweep }));
          const shuffled = [...coins].sort(() => ((order.next().value ?? 0) % 3) - 1);
          expect(tryTo(() => chooseCoins({ need, coins: shuffled, parameters, sweep }))).toEqual(choice);
          if (choice === undefined) return;
          const ids = choice.used.map(({ objectId }) => objectId);
          expect(new Set(ids).size).toBe(ids.length);
          for (const used of choice.used) expect(coins).toContain(used);
          expect(choice.used).toContain(choice.coin);
          if (sweep > 0 || choice.gasPayment.length < 2) return;
          // Without its last coin the payment would not do: nothing is merged for nothing. Only a bond out of the gas
          // coin may do with fewer, and is not wanted while a coin of its own is there.
          const fewer = choice.used.filter((each) => each !== choice.gasPayment.at(-1));
          const other = tryTo(() => chooseCoins({ need, coins: fewer, parameters }));
          if (other === undefined) return;
          expect(need.kind).toBe('SubmitData');
          expect(choice.gasPayment).not.toContain(choice.coin);
          expect(other.gasPayment).toContain(other.coin);
        },
      ),
    );
  });

  it('gives coins that the estimate calls sufficient for a transfer', () => {
    fc.assert(
      fc.property(
        wallets({ maxLength: 20 }),
        fc.bigInt({ min: 0n, max: 10n ** 12n }),
        feeParameters,
        (coins, amount, parameters) => {
          const choice = tryTo(() => chooseCoins({ need: { kind: 'TransferCoin', amount }, coins, parameters }));
          if (choice === undefined) return;
          const kind = transferCoin({ coin: choice.coin, amount, recipient: '0x1' });
          expect(estimateCost({ kind, gasPayment: choice.gasPayment, coins, parameters })).toMatchObject({
            exact: true,
            sufficient: true,
          });
        },
      ),
    );
  });
});

describe('merging and splitting', () => {
  it('refuses to merge fewer than two coins', () => {
    expect(() => mergeCoins({ owner: OWNER, coins: [coin(1, 5n)] })).toThrow(/at least two/);
    expect(() => mergeIntoOne({ owner: OWNER, coins: [] })).toThrow(/at least two/);
  });

  it('merges into one coin, which is the richest, for one written object', () => {
    const coins = [coin(1, 5n), coin(2, 2_000_000n), coin(3, 7_000n)];
    const plan = mergeIntoOne({ owner: OWNER, coins });
    expect(numbers(plan.kind.objects)).toEqual([2]);
    expect(numbers(plan.gasPayment)).toEqual([2, 1, 3]);
    const { min } = estimateCost({ ...plan, coins, parameters: PARAMETERS });
    expect(min).toMatchObject({ totalFee: 1300n, remaining: 2_007_005n - 1300n });
    const many = Array.from({ length: 300 }, (_, i) => coin(i + 1, BigInt(i + 1) * 1000n));
    const largest = mergeIntoOne({ owner: OWNER, coins: many });
    expect(numbers(largest.used)).toEqual([300, ...Array.from({ length: 255 }, (_, i) => i + 1)]);
    expect(numbers(mergeCoins({ owner: OWNER, coins: many }).gasPayment).length).toBe(255);
  });

  it('splits into coins of exactly the same amount, and the rest stays', () => {
    const plan = splitCoins({
      owner: OWNER,
      coins: [coin(1, 10_000_000n)],
      count: 3,
      each: 1_000_000n,
      parameters: PARAMETERS,
    });
    expect(plan.kind).toMatchObject({
      amounts: [1_000_000n, 1_000_000n, 1_000_000n],
      recipients: [OWNER, OWNER, OWNER],
    });
    expect(plan).toMatchObject({ created: 3, each: 1_000_000n });
  });

  it.each([0, 1, 513, 1.5])('refuses to split into %d coins', (count) => {
    expect(() => splitCoins({ owner: OWNER, coins: [coin(1, 10_000_000n)], count, parameters: PARAMETERS })).toThrow(
      /count/,
    );
  });

  it('says what is missing for a split', () => {
    const few = { owner: OWNER, coins: [coin(1, 1_500n)], parameters: PARAMETERS };
    for (const run of [
      () => splitCoins({ ...few, count: 2 }),
      () => splitCoins({ ...few, coins: [], count: 2 }),
      () => splitCoins({ ...few, count: 1, each: 1n }),
    ]) {
      expect(run).toThrow(
        expect.objectContaining({ code: 'INSUFFICIENT_COINS', context: expect.objectContaining({ purpose: 'split' }) }),
      );
    }
    expect(() =>
      chooseCoins({ need: { kind: 'TransferObjects', objects: 2 }, coins: few.coins, parameters: PARAMETERS }),
    ).toThrow(expect.objectContaining({ context: expect.objectContaining({ required: 1900n }) }));
  });

  it('splits all into equal coins, the last of which is the gas coin', () => {
    fc.assert(
      fc.property(
        wallets({ minLength: 1, maxLength: 20 }),
        fc.integer({ min: 2, max: 64 }),
        feeParameters,
        (coins, count, parameters) => {
          const plan = tryTo(() => splitCoins({ owner: OWNER, coins, count, parameters }));
          if (plan === undefined) return;
          const estimate = estimateCost({ ...plan, coins, parameters });
          expect(estimate).toMatchObject({ exact: true, sufficient: true });
          const rest = estimate.min.remaining ?? -1n;
          expect(rest).toBeGreaterThanOrEqual(plan.each);
          // One shannon more in each new coin would leave less than that in the gas coin.
          expect(rest - plan.each).toBeLessThan(BigInt(count) * 2n + parameters.valueFeeBps + 2n);
          expect(plan.created).toBe(count - 1);
        },
      ),
    );
  });
});

const object = (n: number, balance: bigint, version: bigint, owner: Address = OWNER): SomaObject => ({
  objectId: id(n),
  objectType: { kind: 'Coin' },
  version,
  contents: Coin.encode({ balance }),
  owner: { kind: 'AddressOwner', address: owner },
  previousTransaction: DIGEST,
});

/** Effects that write the given objects and delete the given coins. */
const effectsOf = (
  version: bigint,
  written: readonly SomaObject[],
  deleted: readonly { n: number; operation: 'Deleted' | 'None' }[] = [],
): TransactionEffects => ({
  status: { kind: 'Success' },
  executedEpoch: 1n,
  transactionFee: { baseFee: 0n, operationFee: 0n, valueFee: 0n, totalFee: 0n },
  transactionDigest: DIGEST,
  dependencies: [],
  version,
  changedObjects: [
    ...written.map((each) => ({
      objectId: each.objectId,
      inputState: { kind: 'NotExist' } as const,
      outputState: { kind: 'ObjectWrite', digest: refFromObject(each).digest, owner: each.owner } as const,
      idOperation: { kind: 'None' } as const,
    })),
    ...deleted.map(({ n, operation }) => ({
      objectId: id(n),
      inputState: {
        kind: 'Exist',
        version: 1n,
        digest: DIGEST,
        owner: { kind: 'AddressOwner', address: OWNER },
      } as const,
      outputState: { kind: 'NotExist' } as const,
      idOperation: { kind: operation } as const,
    })),
  ],
  unchangedSharedObjects: [],
});

const readerOf = (state: { coins: readonly CoinObject[]; listed?: number }) => ({
  listCoins: async () => {
    state.listed = (state.listed ?? 0) + 1;
    return state.coins;
  },
});
const report = (coins: readonly CoinObject[]) =>
  chooseCoins({ need: { kind: 'ReportModel' }, coins, parameters: PARAMETERS });

describe('a book of reservations', () => {
  it('holds all coins or none, and frees them once', () => {
    const book = createReservations();
    const first = book.reserve([id(1), id(2)]);
    expect(() => book.reserve([id(3), id(2)])).toThrow(
      expect.objectContaining({ code: 'COIN_RESERVED', retryable: true }),
    );
    expect(book.isReserved(id(3))).toBe(false);
    first.release();
    const second = book.reserve([id(2)]);
    first.release();
    expect(book.isReserved(id(2))).toBe(true);
    expect(book.size).toBe(1);
    second.release();
    expect(book.size).toBe(0);
  });
});

describe('a pool of coins', () => {
  it('never gives one coin to two that build at the same time', async () => {
    const state = { coins: Array.from({ length: 50 }, (_, i) => coin(i + 1, 10_000n)), listed: 0 };
    const pool = createCoinPool({ owner: OWNER, reader: readerOf(state) });
    const leases = await Promise.all(Array.from({ length: 50 }, () => pool.take({ choose: report })));
    expect(new Set(leases.map(({ choice }) => choice.coin.objectId)).size).toBe(50);
    await expect(pool.take({ choose: report })).rejects.toMatchObject({
      code: 'INSUFFICIENT_COINS',
      retryable: true,
      context: { available: 0n, reserved: 500_000n },
    });
    expect(pool.available()).toEqual([]);
  });

  it('lists coins only when the known ones do not do, once for all who ask', async () => {
    const state = { coins: [coin(1, 10_000n), coin(2, 10_000n)], listed: 0 };
    const pool = createCoinPool({ owner: OWNER, reader: readerOf(state) });
    const [a, b] = await Promise.all([pool.take({ choose: report }), pool.take({ choose: report })]);
    expect(state.listed).toBe(1);
    a?.release();
    await pool.take({ choose: report });
    expect(state.listed).toBe(1);
    b?.release();
  });

  it('reads a stream of coins too', async () => {
    const pool = createCoinPool({
      owner: OWNER,
      reader: {
        async *listCoins() {
          yield coin(1, 10_000n);
        },
      },
    });
    await pool.refresh();
    expect(numbers(pool.available())).toEqual([1]);
  });

  it('waits for a coin that is in use, in turn, and stops waiting at once when told to', async () => {
    const state = { coins: [coin(1, 10_000n)] };
    const pool = createCoinPool({ owner: OWNER, reader: readerOf(state) });
    const first = await pool.take({ choose: report });
    const waiting = pool.take({ choose: report, wait: true });
    const abort = new AbortController();
    const stopped = pool.take({ choose: report, wait: true, signal: abort.signal });
    abort.abort();
    await expect(stopped).rejects.toMatchObject({ code: 'ABORTED' });
    await expect(pool.take({ choose: report, wait: true, timeoutMs: 1 })).rejects.toMatchObject({ code: 'TIMEOUT' });
    first.release();
    expect(numbers((await waiting).choice.used)).toEqual([1]);
  });

  it('lets many wait for one coin, choosing and listing once or twice for each of them', async () => {
    let listings = 0;
    let choices = 0;
    const reader = {
      listCoins: async () => {
        listings++;
        return [coin(1, 1_000_000n)];
      },
    };
    const pool = createCoinPool({ owner: OWNER, reader });
    const choose = (coins: readonly CoinObject[]) => {
      choices++;
      return report(coins);
    };
    let done = 0;
    const work = Array.from({ length: 50 }, async () => {
      const held = await pool.take({ choose, wait: true });
      await Promise.resolve();
      done++;
      held.release();
    });
    await Promise.all(work);
    expect(done).toBe(50);
    expect(choices).toBeLessThanOrEqual(150);
    expect(listings).toBeLessThanOrEqual(50);
  });

  it('ends a listing with the last who waits for it, and takes nothing of it then', async () => {
    const signals: AbortSignal[] = [];
    let finish = (_: readonly CoinObject[]): void => {};
    const pool = createCoinPool({
      owner: OWNER,
      reader: {
        listCoins: ({ signal }) => {
          if (signal !== undefined) signals.push(signal);
          return new Promise((resolve) => {
            finish = resolve;
          });
        },
      },
    });
    const [one, two] = [new AbortController(), new AbortController()];
    const first = pool.take({ choose: report, signal: one.signal });
    const second = pool.refresh({ signal: two.signal });
    one.abort();
    await expect(first).rejects.toMatchObject({ code: 'ABORTED' });
    expect(signals.map(({ aborted }) => aborted)).toEqual([false]);
    const late = finish;
    two.abort();
    await expect(second).rejects.toMatchObject({ code: 'ABORTED' });
    expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
    const third = pool.refresh();
    expect(signals).toHaveLength(2);
    late([coin(1, 10_000n)]);
    finish([coin(2, 10_000n)]);
    await third;
    expect(numbers(pool.available())).toEqual([2]);
  });

  it('goes on with the versions that effects show, without a listing', async () => {
    const state = { coins: [coin(1, 10_000n)], listed: 0 };
    const pool = createCoinPool({ owner: OWNER, reader: readerOf(state) });
    const lease = await pool.take({ choose: report });
    const after = object(1, 8_400n, 9n);
    const made = object(7, 3_000n, 9n);
    const given = object(8, 3_000n, 9n, id(5) as unknown as Address);
    lease.settle({ effects: effectsOf(9n, [after, made, given]), objects: [after, made, given] });
    expect(pool.available()).toEqual([
      { ...refFromObject(after), balance: 8_400n },
      { ...refFromObject(made), balance: 3_000n },
    ]);
    expect(state.listed).toBe(1);
    // A slow node still lists the old version: it is not taken back, and gone coins do not come back.
    await pool.refresh();
    expect(pool.available().map(({ version }) => version)).toEqual([9n]);
    const last = await pool.take({ choose: report });
    last.settle({ effects: effectsOf(10n, [], [{ n: 1, operation: 'Deleted' }]) });
    await pool.refresh();
    expect(pool.available()).toEqual([]);
  });

  it('leaves a coin out whose new balance is unknown until it is listed', async () => {
    const state = { coins: [coin(1, 10_000n)] as readonly CoinObject[] };
    const pool = createCoinPool({ owner: OWNER, reader: readerOf(state) });
    const lease = await pool.take({ choose: report });
    const after = object(1, 8_400n, 9n);
    lease.settle({ effects: effectsOf(9n, [after]) });
    expect(pool.available()).toEqual([]);
    await expect(pool.take({ choose: report })).rejects.toMatchObject({ code: 'INSUFFICIENT_COINS', retryable: false });
    state.coins = [{ ...refFromObject(after), balance: 8_400n }];
    expect((await pool.take({ choose: report })).choice.coin.version).toBe(9n);
  });

  it('leaves coins that a failure locked out until the next epoch', async () => {
    const state = { coins: [coin(1, 10_000n), coin(2, 10_000n)] };
    const pool = createCoinPool({ owner: OWNER, reader: readerOf(state) });
    const lease = await pool.take({ choose: report });
    lease.settle({ effects: effectsOf(9n, [], [{ n: 1, operation: 'None' }]) });
    await pool.refresh();
    expect(numbers(pool.available())).toEqual([2]);
    pool.reset();
    await pool.refresh();
    expect(numbers(pool.available())).toEqual([1, 2]);
  });

  it('lists again after a node called the versions stale', async () => {
    const state = { coins: [coin(1, 10_000n)] as readonly CoinObject[], listed: 0 };
    const pool = createCoinPool({ owner: OWNER, reader: readerOf(state) });
    const lease = await pool.take({ choose: report });
    state.coins = [coin(1, 9_000n, 4n)];
    lease.release({ stale: true });
    lease.release();
    expect((await pool.take({ choose: report })).choice.coin.version).toBe(4n);
    expect(state.listed).toBe(2);
  });

  it('passes on what the reader and the choice throw, and holds nothing then', async () => {
    const failing = createCoinPool({
      owner: OWNER,
      reader: { listCoins: () => Promise.reject(new TypeError('no network')) },
    });
    await expect(failing.take({ choose: report })).rejects.toThrow('no network');
    const pool = createCoinPool({ owner: OWNER, reader: readerOf({ coins: [coin(1, 10_000n)] }) });
    await expect(
      pool.take({
        choose: () => {
          throw new RangeError('odd');
        },
      }),
    ).rejects.toThrow('odd');
    await pool.refresh();
    expect(pool.available()).toHaveLength(1);
  });

  it('never gives out what is held, whatever comes and goes', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.constantFrom('take', 'release', 'settle', 'refresh'), fc.nat(9)), { maxLength: 60 }),
        async (steps) => {
          const versions = new Map<number, bigint>([1, 2, 3, 4].map((n) => [n, 1n]));
          const listing = () => [...versions].map(([n, version]) => coin(n, 100_000n, version));
          const pool = createCoinPool({ owner: OWNER, reader: { listCoins: async () => listing() } });
          const open: Awaited<ReturnType<typeof pool.take<ReturnType<typeof report>>>>[] = [];
          let lamport = 1n;
          for (const [step, pick] of steps) {
            if (step === 'refresh') await pool.refresh();
            else if (step === 'take') {
              const lease = await pool.take({ choose: report }).catch(() => undefined);
              if (lease === undefined) {
                expect(open.length).toBe(4);
                continue;
              }
              const [n] = numbers(lease.choice.used) as [number];
              expect(open.flatMap(({ choice }) => numbers(choice.used))).not.toContain(n);
              expect(lease.choice.coin.version).toBe(versions.get(n));
              open.push(lease);
            } else {
              const [lease] = open.splice(pick % Math.max(open.length, 1), 1);
              if (lease === undefined) continue;
              if (step === 'release') lease.release();
              else {
                const [n] = numbers(lease.choice.used) as [number];
                lamport += 1n;
                versions.set(n, lamport);
                const after = object(n, 100_000n, lamport);
                lease.settle({ effects: effectsOf(lamport, [after]), objects: [after] });
              }
            }
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  it('knows what a wallet holds and can spend', () => {
    expect(totalBalance([coin(1, 5n), coin(2, 6n)])).toBe(11n);
    expect(maxSpendable({ kind: 'TransferCoin', balance: 1599n, parameters: PARAMETERS })).toBeUndefined();
    expect(maxSpendable({ kind: 'TransferCoin', balance: 1600n, parameters: PARAMETERS })).toBe(0n);
  });
});
