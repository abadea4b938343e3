import { checkU64 } from '@somakit/core';
import { bpsMul, minimum, saturateU64, wrapU64 } from '../arithmetic.js';

/** What a pool was worth at an epoch. Either side 0 means one to one. */
export interface ExchangeRate {
  readonly somaAmount: bigint;
  readonly poolTokenAmount: bigint;
}

/** The part of a pool that a rate is looked up in. */
export interface RatedPool {
  readonly activationEpoch?: bigint | null | undefined;
  readonly deactivationEpoch?: bigint | null | undefined;
  readonly exchangeRates: ReadonlyMap<bigint, ExchangeRate>;
}

/** A staking pool's figures. The BCS value of a StakingPool is one; other fields ride along unchanged. */
export interface PoolFigures extends RatedPool {
  readonly somaBalance: bigint;
  readonly rewardsPool: bigint;
  readonly poolTokenBalance: bigint;
  readonly pendingStake: bigint;
  readonly pendingTotalSomaWithdraw: bigint;
  readonly pendingPoolTokenWithdraw: bigint;
}

/** A stake's receipt, without the pool's id. The BCS value of a StakedSoma is one. */
export interface StakeReceipt {
  readonly stakeActivationEpoch: bigint;
  readonly principal: bigint;
}

const ONE_TO_ONE: ExchangeRate = { somaAmount: 0n, poolTokenAmount: 0n };

/** Pool tokens for an amount of shannons. Source: types/src/system_state/staking.rs `get_token_amount`. */
export const toPoolTokens = (rate: ExchangeRate, soma: bigint): bigint =>
  rate.somaAmount === 0n || rate.poolTokenAmount === 0n
    ? soma
    : wrapU64((rate.poolTokenAmount * soma) / rate.somaAmount);

/** Shannons for an amount of pool tokens. Source: types/src/system_state/staking.rs `get_soma_amount`. */
export const fromPoolTokens = (rate: ExchangeRate, tokens: bigint): bigint =>
  rate.somaAmount === 0n || rate.poolTokenAmount === 0n
    ? tokens
    : wrapU64((rate.somaAmount * tokens) / rate.poolTokenAmount);

/** Whether the pool never was active: stakes then count at once. */
export const isPreactive = (pool: Pick<RatedPool, 'activationEpoch'>): boolean => pool.activationEpoch == null;
/** Whether the pool was closed. */
export const isInactive = (pool: Pick<RatedPool, 'deactivationEpoch'>): boolean => pool.deactivationEpoch != null;

/**
 * The rate that holds at an epoch: the latest recorded one, not older than the activation and not younger than the
 * deactivation; one to one when there is none.
 *
 * Source: types/src/system_state/staking.rs `pool_token_exchange_rate_at_epoch`.
 */
export const rateAt = (pool: RatedPool, epoch: bigint): ExchangeRate => {
  const from = pool.activationEpoch;
  if (from == null || epoch < from) return ONE_TO_ONE;
  const until = pool.deactivationEpoch == null ? epoch : minimum(epoch, pool.deactivationEpoch);
  const exact = until >= from ? pool.exchangeRates.get(until) : undefined;
  if (exact !== undefined) return exact;
  let latest: bigint | undefined;
  for (const recorded of pool.exchangeRates.keys()) {
    if (recorded <= until && recorded >= from && (latest === undefined || recorded > latest)) latest = recorded;
  }
  return latest === undefined ? ONE_TO_ONE : pool.exchangeRates.get(latest)!;
};

/** Moves the pending stake into the balance. Source: types/src/system_state/staking.rs `process_pending_stake`. */
export const processPendingStake = <P extends PoolFigures>(pool: P): P => {
  const rate = { somaAmount: pool.somaBalance, poolTokenAmount: pool.poolTokenBalance };
  const somaBalance = wrapU64(pool.somaBalance + pool.pendingStake);
  const first = somaBalance === pool.pendingStake && pool.poolTokenBalance === 0n;
  return {
    ...pool,
    somaBalance,
    poolTokenBalance: first ? pool.pendingStake : toPoolTokens(rate, somaBalance),
    pendingStake: 0n,
  };
};

/** Takes the pending withdrawals out of the balances. Source: staking.rs `process_pending_stake_withdraw`. */
export const settleWithdrawals = <P extends PoolFigures>(pool: P): P => ({
  ...pool,
  somaBalance: wrapU64(pool.somaBalance - pool.pendingTotalSomaWithdraw),
  poolTokenBalance: wrapU64(pool.poolTokenBalance - pool.pendingPoolTokenWithdraw),
  pendingTotalSomaWithdraw: 0n,
  pendingPoolTokenWithdraw: 0n,
});

/** Records what the pool is worth now as the rate of `epoch`. Source: staking.rs `update_exchange_rate`. */
export const recordRate = <P extends PoolFigures>(pool: P, epoch: bigint): P => ({
  ...pool,
  exchangeRates: new Map(pool.exchangeRates).set(epoch, {
    somaAmount: pool.somaBalance,
    poolTokenAmount: pool.poolTokenBalance,
  }),
});

/**
 * An active pool's part of an epoch change: withdrawals settled, stake processed, rate recorded.
 *
 * Source: types/src/system_state/staking.rs `process_pending_stakes_and_withdraws`.
 */
export const advancePool = <P extends PoolFigures>(pool: P, newEpoch: bigint): P =>
  recordRate(processPendingStake(settleWithdrawals(pool)), newEpoch);

/**
 * Adds a stake. It counts from the next epoch on; in a pool that never was active it is processed at once. The caller
 * has refused an amount of 0 and an inactive pool, on which the reference panics.
 *
 * Source: types/src/system_state/staking.rs `request_add_stake`.
 * @throws INVALID_ARGUMENT when `amount` is not a bigint of 64 bits.
 */
export const addStake = <P extends PoolFigures>(
  pool: P,
  amount: bigint,
  currentEpoch: bigint,
): { readonly pool: P; readonly receipt: StakeReceipt } => {
  const grown = { ...pool, pendingStake: wrapU64(pool.pendingStake + checkU64('amount', amount)) };
  return {
    pool: isPreactive(pool) ? processPendingStake(grown) : grown,
    receipt: { stakeActivationEpoch: currentEpoch + 1n, principal: amount },
  };
};

/** What a withdrawal pays, in shannons. */
export interface Withdrawal<P> {
  readonly pool: P;
  /** Principal and reward together: the new coin. */
  readonly paid: bigint;
  readonly reward: bigint;
  /** Pool tokens given up; 0 when the stake had not counted yet. */
  readonly poolTokens: bigint;
}

/**
 * Withdraws a stake at an epoch. The principal is always paid in full, also by a slashed pool, and the reward as far as
 * the rewards pool reaches. The pool's balances drop at the next epoch change, those of an inactive pool at once.
 *
 * Balances wrap below zero as the reference's do: taking a stake out of a pool before it ever was active leaves a
 * wrapped `pendingStake` that the next processing wraps back.
 *
 * Source: types/src/system_state/staking.rs `request_withdraw_stake`.
 */
export const withdrawStake = <P extends PoolFigures>(
  pool: P,
  receipt: StakeReceipt,
  currentEpoch: bigint,
): Withdrawal<P> => {
  const { principal } = receipt;
  if (receipt.stakeActivationEpoch > currentEpoch) {
    return {
      pool: { ...pool, pendingStake: wrapU64(pool.pendingStake - principal) },
      paid: principal,
      reward: 0n,
      poolTokens: 0n,
    };
  }
  const poolTokens = toPoolTokens(rateAt(pool, receipt.stakeActivationEpoch), principal);
  const value = fromPoolTokens(rateAt(pool, currentEpoch), poolTokens);
  const reward = minimum(saturateU64(value - principal), pool.rewardsPool);
  const paid = wrapU64(principal + reward);
  const after = {
    ...pool,
    rewardsPool: pool.rewardsPool - reward,
    pendingTotalSomaWithdraw: wrapU64(pool.pendingTotalSomaWithdraw + paid),
    pendingPoolTokenWithdraw: wrapU64(pool.pendingPoolTokenWithdraw + poolTokens),
  };
  return { pool: isInactive(pool) ? settleWithdrawals(after) : after, paid, reward, poolTokens };
};

/** What withdrawing a stake now would pay, in shannons. */
export const stakeValue = (pool: PoolFigures, receipt: StakeReceipt, currentEpoch: bigint): bigint =>
  withdrawStake(pool, receipt, currentEpoch).paid;

/** Adds rewards for all stakers. Source: types/src/system_state/staking.rs `deposit_rewards`. */
export const depositRewards = <P extends PoolFigures>(pool: P, amount: bigint): P => ({
  ...pool,
  somaBalance: wrapU64(pool.somaBalance + amount),
  rewardsPool: wrapU64(pool.rewardsPool + amount),
});

/**
 * Burns a share of a model's pool. The slashed amount goes nowhere.
 *
 * Source: types/src/system_state/mod.rs `advance_epoch_models`.
 */
export const slashPool = <P extends PoolFigures>(
  pool: P,
  rateBps: bigint,
): { readonly pool: P; readonly slashed: bigint } => {
  const slashed = bpsMul(pool.somaBalance, rateBps);
  return { pool: { ...pool, somaBalance: saturateU64(pool.somaBalance - slashed) }, slashed };
};
