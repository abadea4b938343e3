import cases from '@somakit/vectors/execution-cases.json';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PoolFigures } from '../../src/staking/index.js';
import {
  addStake,
  advancePool,
  depositRewards,
  fromPoolTokens,
  rateAt,
  rawVotingPower,
  slashPool,
  splitCommission,
  stakeStanding,
  stakeValue,
  toPoolTokens,
  validatorRewards,
  votingPowers,
  withdrawStake,
} from '../../src/staking/index.js';
import { createValidatorSet, emptyPool } from './validator-set.js';

const big = (values: number[]) => values.map(BigInt);

/** Runs a recorded case, the last step apart when asked for. */
const play = (id: string, until = Number.POSITIVE_INFINITY) => {
  const found = cases.find((entry: { id: string }) => entry.id === id);
  const set = createValidatorSet(found.inputs);
  found.inputs.steps.slice(0, until).forEach((step: [string]) => {
    set.step(step);
  });
  return { set, expected: found.expected, steps: found.inputs.steps };
};
const balances = (set: ReturnType<typeof createValidatorSet>) => set.validators.map(({ pool }) => pool.somaBalance);
const powers = (set: ReturnType<typeof createValidatorSet>) => set.validators.map(({ power }) => power);

describe('the recorded staking cases', () => {
  it('divide rewards by capped voting power', () => {
    const { set, expected } = play('rewards-power-cap-1');
    expect(powers(play('rewards-power-cap-1', 1).set)).toEqual(big(expected.votingPowers));
    expect(balances(set)).toEqual(big(expected.poolBalances));
  });

  it('follow a stake that changes powers', () => {
    const { expected, steps } = play('rewards-power-cap-2');
    expect(powers(play('rewards-power-cap-2', steps.length - 1).set)).toEqual(big(expected.votingPowersBeforeLast));
    expect(balances(play('rewards-power-cap-2').set)).toEqual(big(expected.poolBalances));
  });

  it('pay delegators through the exchange rate', () => {
    const { set, expected, steps } = play('stake-rewards-withdraw');
    const first = steps.findIndex(([kind]: [string]) => kind === 'epoch');
    expect(powers(play('stake-rewards-withdraw', first + 1).set)).toEqual(big(expected.votingPowersAfterFirstEpoch));
    for (const [name, amount] of Object.entries(expected.paid)) expect(set.paid[name]).toBe(BigInt(amount as number));
  });

  it('stake the commission for the validator', () => {
    const { set, expected } = play('commission');
    expect(balances(set)).toEqual(big(expected.poolBalances));
  });

  it('slash the reward of reported validators and share it out', () => {
    const { set, expected, steps } = play('reward-slashing-10pct');
    const rewardsAt = steps.findIndex(([kind, amount]: [string, number]) => kind === 'epoch' && amount > 0);
    expect(powers(play('reward-slashing-10pct', rewardsAt).set)).toEqual(big(expected.votingPowersAtRewards));
    expect(set.rewardLog.at(-1)).toEqual(big(expected.rewards));
    for (const [name, amount] of Object.entries(expected.paid)) expect(set.paid[name]).toBe(BigInt(amount as number));
  });

  it('keep many stakes in one pool apart', () => {
    const { set, expected, steps } = play('many-stakes-one-pool');
    const firstWithdrawal = steps.findIndex(([kind]: [string]) => kind === 'withdraw');
    expect(balances(play('many-stakes-one-pool', firstWithdrawal).set)[0]).toBe(
      BigInt(expected.poolBalanceBeforeWithdrawals),
    );
    for (const [names, amount] of Object.entries(expected.paid)) {
      expect(names.split('+').reduce((sum, name) => sum + set.paid[name]!, 0n)).toBe(BigInt(amount as number));
    }
    expect(balances(set)[0]).toBe(BigInt(expected.poolBalanceAtEnd));
  });

  it('pay from the pool of a removed validator', () => {
    const { set, expected } = play('removed-validator-withdraw');
    expect(set.paid.a).toBe(BigInt(expected.paid.a));
    expect(set.gone[0]!.pool.somaBalance).toBe(BigInt(expected.inactivePoolBalance));
  });

  it('process stakes made before a validator joins', () => {
    const { set, expected } = play('preactive-delegation');
    for (const [name, amount] of Object.entries(expected.paid)) expect(set.paid[name]).toBe(BigInt(amount as number));
  });

  it('record the rates of a pool', () => {
    const { set, expected } = play('exchange-rate-getter');
    for (const [epoch, [somaAmount, poolTokenAmount]] of Object.entries<number[]>(expected.ratesOfV2)) {
      expect(rateAt(set.validators[1]!.pool, BigInt(epoch))).toEqual({
        somaAmount: BigInt(somaAmount!),
        poolTokenAmount: BigInt(poolTokenAmount!),
      });
    }
  });

  it('double the stakes of 20 validators of rising stake when the rewards equal the total', () => {
    const stakes = Array.from({ length: 20 }, (_, i) => (481 + 2 * i) * 1e9);
    const set = createValidatorSet({ validatorStakes: stakes });
    set.step(['epoch', 10_000e9]);
    expect(balances(set)).toEqual(stakes.map((stake) => BigInt(stake) * 2n));
  });
});

const pool = (figures: Partial<PoolFigures> = {}): PoolFigures => ({
  ...emptyPool(),
  activationEpoch: 0n,
  ...figures,
});

describe('exchange rates', () => {
  const rates = new Map([
    [2n, { somaAmount: 20n, poolTokenAmount: 10n }],
    [5n, { somaAmount: 50n, poolTokenAmount: 10n }],
  ]);
  const none = { somaAmount: 0n, poolTokenAmount: 0n };

  it('are one to one before the activation and in a pool that never was active', () => {
    expect(rateAt(pool({ activationEpoch: undefined, exchangeRates: rates }), 5n)).toEqual(none);
    expect(rateAt(pool({ activationEpoch: 3n, exchangeRates: rates }), 2n)).toEqual(none);
    expect(rateAt(pool({ activationEpoch: 3n, exchangeRates: rates }), 4n)).toEqual(none);
  });

  it('are the latest recorded ones, at most that of the deactivation', () => {
    expect(rateAt(pool({ exchangeRates: rates }), 4n).somaAmount).toBe(20n);
    expect(rateAt(pool({ exchangeRates: rates }), 900n).somaAmount).toBe(50n);
    expect(rateAt(pool({ exchangeRates: rates, deactivationEpoch: 4n }), 900n).somaAmount).toBe(20n);
  });

  it('convert one to one when a side is 0, else by 128-bit products rounded down', () => {
    expect(toPoolTokens({ somaAmount: 0n, poolTokenAmount: 9n }, 7n)).toBe(7n);
    expect(fromPoolTokens({ somaAmount: 9n, poolTokenAmount: 0n }, 7n)).toBe(7n);
    expect(toPoolTokens({ somaAmount: 3n, poolTokenAmount: 2n }, 10n)).toBe(6n);
    const most = 2n ** 64n - 1n;
    expect(fromPoolTokens({ somaAmount: most, poolTokenAmount: most }, most)).toBe(most);
  });
});

describe('a pool', () => {
  it('pays the full principal of a slashed pool and wraps below zero', () => {
    const slashed = slashPool(pool({ somaBalance: 10n, poolTokenBalance: 10n, deactivationEpoch: 3n }), 5_000n);
    expect(slashed).toMatchObject({ slashed: 5n, pool: { somaBalance: 5n } });
    const { paid, pool: after } = withdrawStake(slashed.pool, { stakeActivationEpoch: 0n, principal: 10n }, 4n);
    expect(paid).toBe(10n);
    expect(after.somaBalance).toBe(2n ** 64n - 5n);
    expect(after.poolTokenBalance).toBe(0n);
  });

  it('wraps pending stake that was processed early and wraps it back', () => {
    const start = pool({ activationEpoch: undefined });
    const { pool: staked, receipt } = addStake(start, 40n, 6n);
    expect(staked).toMatchObject({ somaBalance: 40n, poolTokenBalance: 40n, pendingStake: 0n });
    const { pool: wrapped, paid } = withdrawStake(staked, receipt, 6n);
    expect(paid).toBe(40n);
    expect(wrapped.pendingStake).toBe(2n ** 64n - 40n);
    expect(advancePool(wrapped, 7n)).toMatchObject({ somaBalance: 0n, poolTokenBalance: 0n, pendingStake: 0n });
  });

  it('caps the reward by the rewards pool', () => {
    const rich = pool({
      somaBalance: 200n,
      poolTokenBalance: 100n,
      rewardsPool: 30n,
      exchangeRates: new Map([
        [1n, { somaAmount: 100n, poolTokenAmount: 100n }],
        [2n, { somaAmount: 200n, poolTokenAmount: 100n }],
      ]),
    });
    expect(withdrawStake(rich, { stakeActivationEpoch: 1n, principal: 100n }, 2n)).toMatchObject({
      paid: 130n,
      reward: 30n,
      poolTokens: 100n,
      pool: { rewardsPool: 0n, pendingTotalSomaWithdraw: 130n },
    });
  });

  it('keeps fields that are not its figures', () => {
    expect(advancePool({ ...pool(), id: '0x1' }, 1n).id).toBe('0x1');
  });

  it('never pays out more than came in, over any run of stakes, rewards and withdrawals', () => {
    const action = fc.oneof(
      fc.record({ kind: fc.constant('stake' as const), amount: fc.bigInt({ min: 1n, max: 10n ** 15n }) }),
      fc.record({ kind: fc.constant('epoch' as const), amount: fc.bigInt({ min: 0n, max: 10n ** 13n }) }),
      fc.record({ kind: fc.constant('withdraw' as const), amount: fc.nat(20).map(BigInt) }),
    );
    fc.assert(
      fc.property(fc.array(action, { maxLength: 60 }), (actions) => {
        let epoch = 0n;
        let current = pool({
          somaBalance: 10n ** 13n,
          poolTokenBalance: 10n ** 13n,
          exchangeRates: new Map([[0n, { somaAmount: 0n, poolTokenAmount: 0n }]]),
        });
        let held = 10n ** 13n;
        let lastRate = 0;
        const receipts: { stakeActivationEpoch: bigint; principal: bigint }[] = [];
        for (const { kind, amount } of actions) {
          if (kind === 'stake') {
            const added = addStake(current, amount, epoch);
            current = added.pool;
            receipts.push(added.receipt);
            held += amount;
          } else if (kind === 'epoch') {
            epoch += 1n;
            current = advancePool(depositRewards(current, amount), epoch);
            held += amount;
            const { somaAmount, poolTokenAmount } = rateAt(current, epoch);
            const rate = poolTokenAmount === 0n ? 1 : Number(somaAmount) / Number(poolTokenAmount);
            expect(rate).toBeGreaterThanOrEqual(lastRate * (1 - 1e-9));
            lastRate = rate;
          } else if (receipts.length > 0) {
            const [receipt] = receipts.splice(Number(amount) % receipts.length, 1);
            const worth = stakeValue(current, receipt!, epoch);
            const taken = withdrawStake(current, receipt!, epoch);
            expect(taken.paid).toBe(worth);
            expect(taken.paid).toBeGreaterThanOrEqual(receipt!.principal);
            current = taken.pool;
            held -= taken.paid;
          }
          // What the pool says it holds, now and pending, is exactly what came in and was not paid out.
          expect(current.somaBalance + current.pendingStake - current.pendingTotalSomaWithdraw).toBe(held);
          expect(held).toBeGreaterThanOrEqual(0n);
        }
      }),
      { numRuns: 200 },
    );
  });
});

describe('voting power', () => {
  it('is left alone without stake and without validators', () => {
    expect(votingPowers([])).toBeUndefined();
    expect(votingPowers([{ address: '0x1', stake: 0n }])).toBeUndefined();
    expect(rawVotingPower(1n, 0n)).toBe(0n);
  });

  it('sums to 10000, respects the cap for large sets and the order of stakes', () => {
    fc.assert(
      fc.property(fc.array(fc.bigInt({ min: 0n, max: 10n ** 16n }), { minLength: 1, maxLength: 40 }), (stakes) => {
        const powersOf = votingPowers(
          stakes.map((stake, i) => ({ address: `0x${String(i).padStart(2, '0')}`, stake })),
        );
        if (powersOf === undefined) return expect(stakes.every((stake) => stake === 0n)).toBe(true);
        expect(powersOf.reduce((sum, power) => sum + power, 0n)).toBe(10_000n);
        stakes.forEach((stake, i) => {
          stakes.forEach((other, j) => {
            if (stake > other) expect(powersOf[i]!).toBeGreaterThanOrEqual(powersOf[j]!);
          });
        });
      }),
      { numRuns: 100 },
    );
  });

  it('tells who stays, who is at risk and who leaves', () => {
    expect([12n, 8n, 7n, 4n, 3n, 0n].map(stakeStanding)).toEqual([
      'safe',
      'safe',
      'atRisk',
      'atRisk',
      'removed',
      'removed',
    ]);
  });
});

describe('validator rewards', () => {
  it('are nothing without voting power', () => {
    expect(
      validatorRewards({ validators: [{ votingPower: 0n, slashed: false }], rewards: 9n, slashingRateBps: 5_000n }),
    ).toEqual([0n]);
  });

  it('never exceed what there is to divide', () => {
    const validator = fc.record({ votingPower: fc.bigInt({ min: 0n, max: 1_000n }), slashed: fc.boolean() });
    fc.assert(
      fc.property(
        fc.array(validator, { minLength: 1, maxLength: 20 }),
        fc.bigInt({ min: 0n, max: 10n ** 16n }),
        fc.bigInt({ min: 0n, max: 10_000n }),
        (validators, rewards, slashingRateBps) => {
          const parts = validatorRewards({ validators, rewards, slashingRateBps });
          expect(parts.reduce((sum, part) => sum + part, 0n)).toBeLessThanOrEqual(rewards);
        },
      ),
    );
  });

  it('split into commission and the stakers part without a rest', () => {
    expect(splitCommission(9_999n, 200n)).toEqual({ commission: 199n, stakers: 9_800n });
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), fc.bigInt({ min: 0n, max: 10_000n }), (reward, rate) => {
        const { commission, stakers } = splitCommission(reward, rate);
        expect(commission + stakers).toBe(reward);
      }),
    );
  });
});
