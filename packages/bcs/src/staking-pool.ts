import type { Infer } from './codec/codec.js';
import { map, option } from './codec/containers.js';
import { ObjectID } from './codec/ids.js';
import { u64 } from './codec/primitives.js';
import { struct } from './codec/struct.js';
import { EpochId } from './leaves.js';

/** Source: types/src/system_state/staking.rs, PoolTokenExchangeRate. */
export const PoolTokenExchangeRate = /* @__PURE__ */ struct('PoolTokenExchangeRate', {
  somaAmount: u64,
  poolTokenAmount: u64,
});
export type PoolTokenExchangeRate = Infer<typeof PoolTokenExchangeRate>;

/**
 * The stake of a validator or a model. The exchange rates are by epoch; on the wire they are in the order of the epochs'
 * little-endian bytes (256 before 1), and so are they in a decoded Map. Source: types/src/system_state/staking.rs, StakingPool.
 */
export const StakingPool = /* @__PURE__ */ struct('StakingPool', {
  id: ObjectID,
  activationEpoch: /* @__PURE__ */ option(EpochId),
  deactivationEpoch: /* @__PURE__ */ option(EpochId),
  somaBalance: u64,
  rewardsPool: u64,
  poolTokenBalance: u64,
  exchangeRates: /* @__PURE__ */ map(EpochId, PoolTokenExchangeRate),
  pendingStake: u64,
  pendingTotalSomaWithdraw: u64,
  pendingPoolTokenWithdraw: u64,
});
export type StakingPool = Infer<typeof StakingPool>;
