import nodeDigests from '@somakit/vectors/node-digests.json';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  adjustValueFee,
  auditWindow,
  claimWindow,
  commitWindow,
  divideEpochRewards,
  drawEmission,
  enterSafeMode,
  epochClock,
  expiredClaimWindow,
  positionIn,
  revealWindow,
  stakeWindow,
  submissionWindow,
  windowTimes,
} from '../../src/epochs/index.js';
import { EMISSION_PER_EPOCH, protocolParameters } from '../../src/parameters/index.js';
import type { PoolFigures } from '../../src/staking/index.js';
import {
  addStake,
  advancePool,
  depositRewards,
  splitCommission,
  validatorRewards,
  votingPowers,
} from '../../src/staking/index.js';
import { mayCreateTarget, rewardPerTarget } from '../../src/targets/index.js';

const parameters = protocolParameters();
const fee = (fees: bigint, valueFeeBps: bigint, over = {}) =>
  adjustValueFee(fees, { ...parameters, valueFeeBps, ...over });

describe('the value fee', () => {
  it('sinks from 10 over 9 and 8 to 7 and stays there', () => {
    const seen: bigint[] = [];
    for (let rate = 10n; seen.length < 5; seen.push(rate)) rate = fee(0n, rate);
    expect(seen).toEqual([9n, 8n, 7n, 7n, 7n]);
  });

  it('rises with high fees, by an eighth at most, up to the maximum', () => {
    expect(fee(2_000_000_000n, 16n)).toBe(18n);
    expect(fee(2n ** 64n - 1n, 48n)).toBe(50n);
    expect(fee(1_010_000_000n, 50n)).toBe(50n);
    expect(fee(1_000_000_000n, 16n)).toBe(16n);
  });

  it('stays without a target and within its bounds', () => {
    expect(fee(0n, 10n, { targetEpochFeeCollection: 0n })).toBe(10n);
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), fc.bigInt({ min: 1n, max: 50n }), (fees, rate) => {
        const next = fee(fees, rate);
        expect(next >= 1n && next <= 50n).toBe(true);
        expect(fees > 1_000_000_000n ? next >= rate : next <= rate).toBe(true);
      }),
    );
  });
});

describe('emission', () => {
  const inputs = {
    emissionPool: { balance: 10_000n, emissionPerEpoch: 1_000n },
    fees: 77n,
    previousStartTimestampMs: 1_000n,
    startTimestampMs: 2_000n,
    epochDurationMs: 1_000n,
    validatorRewardAllocationBps: 7_000n,
    safeMode: false,
    safeModeAccumulatedFees: 5n,
    safeModeAccumulatedEmissions: 6n,
  };

  it('is capped by the pool', () => {
    expect(drawEmission({ balance: 10n, emissionPerEpoch: 1_000n })).toEqual({
      pool: { balance: 0n, emissionPerEpoch: 1_000n },
      emission: 10n,
    });
  });

  it('is drawn when the epoch had its full length', () => {
    expect(divideEpochRewards(inputs)).toMatchObject({
      emission: 1_000n,
      total: 1_077n,
      validatorRewards: 753n,
      emissionPool: { balance: 9_324n },
    });
  });

  it('is not drawn when the epoch was cut short', () => {
    expect(divideEpochRewards({ ...inputs, startTimestampMs: 1_999n })).toMatchObject({
      emission: 0n,
      total: 77n,
      validatorRewards: 53n,
      emissionPool: { balance: 10_024n },
    });
  });

  it('is joined by what safe mode kept, only when it was on', () => {
    expect(divideEpochRewards({ ...inputs, safeMode: true }).total).toBe(1_088n);
  });

  it('is put aside in safe mode, whatever the time', () => {
    expect(enterSafeMode({ ...inputs, epoch: 3n }, 9n)).toMatchObject({
      epoch: 3n,
      safeMode: true,
      safeModeAccumulatedFees: 14n,
      safeModeAccumulatedEmissions: 1_006n,
      emissionPool: { balance: 9_000n },
    });
  });

  it('conserves value', () => {
    const amount = fc.bigInt({ min: 0n, max: 10n ** 16n });
    fc.assert(
      fc.property(amount, amount, fc.boolean(), amount, (balance, fees, safeMode, kept) => {
        const result = divideEpochRewards({
          ...inputs,
          emissionPool: { balance, emissionPerEpoch: EMISSION_PER_EPOCH },
          fees,
          safeMode,
          safeModeAccumulatedFees: kept,
        });
        expect(result.emissionPool.balance + result.validatorRewards).toBe(
          balance + fees + (safeMode ? kept + 6n : 0n),
        );
      }),
    );
  });
});

interface RecordedPool {
  activation_epoch: number | null;
  soma_balance: string;
  rewards_pool: string;
  pool_token_balance: string;
  exchange_rates: Record<string, [string, string]>;
  pending_stake: string;
  pending_total_soma_withdraw: string;
  pending_pool_token_withdraw: string;
}

const poolOf = (recorded: RecordedPool): PoolFigures => ({
  activationEpoch: recorded.activation_epoch === null ? undefined : BigInt(recorded.activation_epoch),
  deactivationEpoch: undefined,
  somaBalance: BigInt(recorded.soma_balance),
  rewardsPool: BigInt(recorded.rewards_pool),
  poolTokenBalance: BigInt(recorded.pool_token_balance),
  exchangeRates: new Map(
    Object.entries(recorded.exchange_rates).map(([epoch, [soma, tokens]]) => [
      BigInt(epoch),
      { somaAmount: BigInt(soma), poolTokenAmount: BigInt(tokens) },
    ]),
  ),
  pendingStake: BigInt(recorded.pending_stake),
  pendingTotalSomaWithdraw: BigInt(recorded.pending_total_soma_withdraw),
  pendingPoolTokenWithdraw: BigInt(recorded.pending_pool_token_withdraw),
});

describe('the recorded epoch changes', () => {
  it('follow from fees, pools and the rules, figure by figure', () => {
    const states = nodeDigests.states.filter(({ unchanged }: { unchanged: boolean }) => !unchanged);
    let pool = poolOf(states[0].validator.pool);
    let balance = BigInt(states[0].emission_balance);
    let checked = 0;
    states.forEach((after: (typeof states)[0], i: number) => {
      if (after.kind !== 'change_epoch') {
        balance = BigInt(after.emission_balance);
        return;
      }
      const before = states[i - 1];
      const fees = BigInt(nodeDigests.epoch_ends.find((end: { case: string }) => end.case === after.case).fees);
      const epoch = BigInt(after.epoch);
      const divided = divideEpochRewards({
        emissionPool: { balance, emissionPerEpoch: EMISSION_PER_EPOCH },
        fees,
        previousStartTimestampMs: BigInt(before.epoch_start_timestamp_ms),
        startTimestampMs: BigInt(after.epoch_start_timestamp_ms),
        epochDurationMs: parameters.epochDurationMs,
        validatorRewardAllocationBps: parameters.validatorRewardAllocationBps,
        safeMode: false,
        safeModeAccumulatedFees: 0n,
        safeModeAccumulatedEmissions: 0n,
      });
      expect(adjustValueFee(fees, { ...parameters, valueFeeBps: BigInt(before.value_fee_bps) })).toBe(
        BigInt(after.value_fee_bps),
      );

      const [reward] = validatorRewards({
        validators: [{ votingPower: 10_000n, slashed: false }],
        rewards: divided.validatorRewards,
        slashingRateBps: parameters.rewardSlashingRateBps,
      });
      const { commission, stakers } = splitCommission(reward!, 200n);
      if (commission > 0n) pool = addStake(pool, commission, epoch - 1n).pool;
      pool = advancePool(depositRewards(pool, stakers), epoch);
      expect(pool).toEqual(poolOf(after.validator.pool));
      expect(votingPowers([{ address: after.validator.address, stake: pool.somaBalance }])).toEqual([
        BigInt(after.validator.voting_power),
      ]);

      balance = divided.emissionPool.balance + divided.validatorRewards - reward!;
      let targets = 0n;
      const active = after.models.some(({ state }: { state: string }) => state === 'active');
      while (active && targets < parameters.targetInitialTargetsPerEpoch) {
        const figures = {
          poolBalance: balance,
          rewardPerTarget: rewardPerTarget(parameters),
          targetsGenerated: targets,
          parameters,
          emissionPerEpoch: EMISSION_PER_EPOCH,
          protocolVersion: 5n,
        };
        if (!mayCreateTarget(figures)) break;
        balance -= figures.rewardPerTarget;
        targets += 1n;
      }
      expect(targets).toBe(BigInt(after.targets_generated));
      expect(balance).toBe(BigInt(after.emission_balance));
      checked++;
    });
    expect(checked).toBe(7);
  });
});

describe('the epoch clock', () => {
  it('refuses times that are no bigint', () => {
    expect(() => epochClock({ epoch: 1n, startTimestampMs: 0n, durationMs: 1n }, 5 as never)).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
    );
    expect(() => epochClock({ epoch: 1n, startTimestampMs: -1n, durationMs: 1n }, 5n)).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
    );
  });

  it('says when the next epoch can begin and how far it is', () => {
    const at = (now: bigint) => epochClock({ epoch: 3n, startTimestampMs: 1_000n, durationMs: 500n }, now);
    expect(at(900n)).toMatchObject({ elapsedMs: 0n, remainingMs: 600n, nextEpochAtMs: 1_500n, due: false });
    expect(at(1_200n)).toMatchObject({ elapsedMs: 200n, remainingMs: 300n, due: false });
    expect(at(1_500n)).toMatchObject({ remainingMs: 0n, due: true });
    expect(at(1_200n).startOfEpoch(5n)).toBe(2_000n);
    expect(at(1_200n).startOfEpoch(3n)).toBe(1_000n);
    expect(at(1_200n).startOfEpoch(2n)).toBeUndefined();
  });

  it('knows the windows of the life of models, targets and stakes', () => {
    expect(revealWindow(4n)).toEqual({ first: 5n, last: 5n });
    expect(commitWindow(4n)).toEqual({ first: 4n, last: 5n });
    expect(submissionWindow(4n)).toEqual({ first: 4n, last: 4n });
    expect(auditWindow(4n)).toEqual({ first: 5n, last: 5n });
    expect(claimWindow(4n)).toEqual({ first: 6n });
    expect(expiredClaimWindow(4n)).toEqual({ first: 5n });
    expect([3n, 5n, 6n].map((epoch) => positionIn(auditWindow(4n), epoch))).toEqual(['before', 'open', 'over']);
    expect(positionIn(stakeWindow(4n), 400n)).toBe('open');
  });

  it('tells when a window opens and closes', () => {
    const clock = epochClock({ epoch: 5n, startTimestampMs: 1_000n, durationMs: 500n }, 1_200n);
    expect(windowTimes(clock, auditWindow(4n))).toEqual({ position: 'open', opensAtMs: 1_000n, closesAtMs: 1_500n });
    expect(windowTimes(clock, claimWindow(4n))).toEqual({
      position: 'before',
      opensAtMs: 1_500n,
      closesAtMs: undefined,
    });
    expect(windowTimes(clock, submissionWindow(3n))).toEqual({
      position: 'over',
      opensAtMs: undefined,
      closesAtMs: undefined,
    });
  });
});

describe('windows of epochs', () => {
  const windows = [
    revealWindow,
    commitWindow,
    submissionWindow,
    auditWindow,
    claimWindow,
    expiredClaimWindow,
    stakeWindow,
  ];
  it.each(windows.map((window) => [window.name, window] as const))('refuse a number: %s', (_, window) => {
    expect(() => window(5 as never)).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT', hint: expect.stringContaining('5n') }),
    );
    expect(() => positionIn(window(5n), 5 as never)).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
  });
});
