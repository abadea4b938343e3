import type { StakingPool, SystemState } from '@somakit/bcs';
import { wrapU64 } from '@somakit/protocol';
import { coinBalance, type LedgerObject, systemStateOf, targetOf } from './object.js';

/** What a pool owes its stakers; below zero, wrapped, where a slashed pool paid full principals. */
const poolValue = (pool: StakingPool): bigint =>
  wrapU64(pool.somaBalance + pool.pendingStake - pool.pendingTotalSomaWithdraw);

/** Where all SOMA are, in shannons. Sums modulo 2^64, as the chain's own. */
export interface Supply {
  readonly coins: bigint;
  readonly stake: bigint;
  readonly emissionPool: bigint;
  /** Rewards of targets that nobody claimed, and bonds. */
  readonly targets: bigint;
  /** Fees and emissions that safe mode keeps. */
  readonly safeMode: bigint;
}

const stakeOf = (state: SystemState): bigint => {
  let sum = 0n;
  const { validators, pendingValidators, inactiveValidators, modelRegistry } = state;
  for (const { stakingPool } of validators) sum += poolValue(stakingPool);
  for (const { stakingPool } of pendingValidators) sum += poolValue(stakingPool);
  for (const { stakingPool } of inactiveValidators.values()) sum += poolValue(stakingPool);
  for (const { stakingPool } of modelRegistry.models.values()) sum += poolValue(stakingPool);
  return wrapU64(sum);
};

const stakes = /* @__PURE__ */ new WeakMap<SystemState, Pick<Supply, 'stake' | 'emissionPool' | 'safeMode'>>();

const stateSupply = (state: SystemState): Pick<Supply, 'stake' | 'emissionPool' | 'safeMode'> => {
  const known = stakes.get(state);
  if (known !== undefined) return known;
  const value = {
    stake: stakeOf(state),
    emissionPool: state.emissionPool.balance,
    safeMode: wrapU64(state.safeModeAccumulatedFees + state.safeModeAccumulatedEmissions),
  };
  stakes.set(state, value);
  return value;
};

const NOTHING: Supply = { coins: 0n, stake: 0n, emissionPool: 0n, targets: 0n, safeMode: 0n };

/** The SOMA in one object. A stake's receipt holds none: they are in its pool. */
const objectSupply = (object: LedgerObject): Partial<Supply> => {
  switch (object.objectType.kind) {
    case 'Coin':
      return { coins: coinBalance(object) };
    case 'Target': {
      const { rewardPool, bondAmount, status } = targetOf(object);
      return status.kind === 'Claimed' ? {} : { targets: wrapU64(rewardPool + bondAmount) };
    }
    case 'SystemState':
      return stateSupply(systemStateOf(object));
    default:
      return {};
  }
};

/** The SOMA in objects, by place. */
export const supplyOf = (objects: Iterable<LedgerObject>): Supply => {
  let sum = NOTHING;
  for (const object of objects) {
    const part = objectSupply(object);
    sum = {
      coins: sum.coins + (part.coins ?? 0n),
      stake: wrapU64(sum.stake + (part.stake ?? 0n)),
      emissionPool: sum.emissionPool + (part.emissionPool ?? 0n),
      targets: sum.targets + (part.targets ?? 0n),
      safeMode: sum.safeMode + (part.safeMode ?? 0n),
    };
  }
  return sum;
};

/** All the SOMA in one object, modulo 2^64. */
export const somaIn = (object: LedgerObject | undefined): bigint => {
  if (object === undefined) return 0n;
  const { coins = 0n, stake = 0n, emissionPool = 0n, targets = 0n, safeMode = 0n } = objectSupply(object);
  return wrapU64(coins + stake + emissionPool + targets + safeMode);
};
