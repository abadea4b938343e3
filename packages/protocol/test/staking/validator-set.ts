import type { PoolFigures, StakeReceipt } from '../../src/staking/index.js';
import {
  addStake,
  advancePool,
  depositRewards,
  processPendingStake,
  settleWithdrawals,
  splitCommission,
  validatorRewards,
  votingPowers,
  withdrawStake,
} from '../../src/staking/index.js';

/** A validator as the recorded cases need it. */
interface TestValidator {
  address: string;
  pool: PoolFigures;
  power: bigint;
  commission: bigint;
  nextCommission: bigint;
}

/** A pool that nobody has staked with. */
export const emptyPool = (): PoolFigures => ({
  activationEpoch: undefined,
  deactivationEpoch: undefined,
  somaBalance: 0n,
  rewardsPool: 0n,
  poolTokenBalance: 0n,
  exchangeRates: new Map(),
  pendingStake: 0n,
  pendingTotalSomaWithdraw: 0n,
  pendingPoolTokenWithdraw: 0n,
});

/** The pool of a set-up: active since epoch 0, with a rate equal to its stake on both sides. */
const startingPool = (stake: bigint): PoolFigures => ({
  ...emptyPool(),
  activationEpoch: 0n,
  somaBalance: stake,
  poolTokenBalance: stake,
  exchangeRates: new Map([[0n, { somaAmount: stake, poolTokenAmount: stake }]]),
});

/** A validator set that goes through the steps of the recorded cases with nothing but the package's functions. */
export const createValidatorSet = (inputs: {
  validatorStakes: number[];
  validatorRewardAllocationBps?: number;
  rewardSlashingRateBps?: number;
}) => {
  let epoch = 0n;
  const active: TestValidator[] = inputs.validatorStakes.map((stake, i) => ({
    address: `0x${i + 1}`,
    pool: startingPool(BigInt(stake)),
    power: 0n,
    commission: 0n,
    nextCommission: 0n,
  }));
  const pending: TestValidator[] = [];
  const gone: TestValidator[] = [];
  const reports = new Map<string, Set<string>>();
  const receipts = new Map<string, { owner: TestValidator; receipt: StakeReceipt }>();
  const removals = new Set<string>();
  const paid: Record<string, bigint> = {};
  const rewardLog: bigint[][] = [];
  const addressOf = (name: string) => `0x${name.slice(1)}`;
  const find = (name: string) => [...active, ...pending].find(({ address }) => address === addressOf(name))!;
  const setPowers = () =>
    votingPowers(active.map(({ address, pool }) => ({ address, stake: pool.somaBalance })))?.forEach((power, i) => {
      active[i]!.power = power;
    });

  const advance = (rewards: bigint) => {
    epoch += 1n;
    const powerOf = (address: string) => active.find((validator) => validator.address === address)?.power ?? 0n;
    const amounts = validatorRewards({
      validators: active.map(({ address, power }) => ({
        votingPower: power,
        slashed: [...(reports.get(address) ?? [])].reduce((sum, reporter) => sum + powerOf(reporter), 0n) >= 6667n,
      })),
      rewards,
      slashingRateBps: BigInt(inputs.rewardSlashingRateBps ?? 5000),
    });
    rewardLog.push(amounts);
    active.forEach((validator, i) => {
      const { commission, stakers } = splitCommission(amounts[i]!, validator.commission);
      if (commission > 0n) validator.pool = addStake(validator.pool, commission, epoch - 1n).pool;
      validator.pool = depositRewards(validator.pool, stakers);
      validator.commission = validator.nextCommission;
      validator.pool = advancePool(validator.pool, epoch);
    });
    for (const validator of pending) validator.pool = processPendingStake(settleWithdrawals(validator.pool));
    for (const name of removals) {
      const at = active.findIndex(({ address }) => address === name);
      const [validator] = active.splice(at, 1);
      validator!.pool = { ...validator!.pool, deactivationEpoch: epoch };
      gone.push(validator!);
    }
    removals.clear();
    for (const validator of pending.splice(0)) {
      validator.pool = {
        ...validator.pool,
        activationEpoch: epoch,
        exchangeRates: new Map([
          [epoch, { somaAmount: validator.pool.somaBalance, poolTokenAmount: validator.pool.poolTokenBalance }],
        ]),
      };
      active.push(validator);
    }
    setPowers();
  };

  setPowers();
  return {
    validators: active,
    gone,
    paid,
    rewardLog,
    step: ([kind, a, b, c]: [string, unknown?, unknown?, string?]): void => {
      switch (kind) {
        case 'epoch':
          advance(BigInt(a as number));
          return;
        case 'stake': {
          const owner = find(a as string);
          const { pool, receipt } = addStake(owner.pool, BigInt(b as number), epoch);
          owner.pool = pool;
          if (c !== undefined) receipts.set(c, { owner, receipt });
          return;
        }
        case 'withdraw': {
          const { owner, receipt } = receipts.get(a as string)!;
          const withdrawal = withdrawStake(owner.pool, receipt, epoch);
          owner.pool = withdrawal.pool;
          paid[a as string] = withdrawal.paid;
          return;
        }
        case 'commission':
          find(a as string).nextCommission = BigInt(b as number);
          return;
        case 'report': {
          const reported = addressOf(b as string);
          reports.set(reported, (reports.get(reported) ?? new Set()).add(addressOf(a as string)));
          return;
        }
        case 'removeValidator':
          removals.add(addressOf(a as string));
          return;
        case 'addValidator':
          pending.push({
            address: addressOf(a as string),
            pool: emptyPool(),
            power: 0n,
            commission: 0n,
            nextCommission: 0n,
          });
          return;
        default:
          throw new TypeError(`step ${kind}`);
      }
    },
  };
};
