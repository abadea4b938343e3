export type { ExchangeRate, PoolFigures, RatedPool, StakeReceipt, Withdrawal } from './pool.js';
export {
  addStake,
  advancePool,
  depositRewards,
  fromPoolTokens,
  isInactive,
  isPreactive,
  processPendingStake,
  rateAt,
  recordRate,
  settleWithdrawals,
  slashPool,
  stakeValue,
  toPoolTokens,
  withdrawStake,
} from './pool.js';
export type { RewardShare } from './rewards.js';
export { splitCommission, validatorRewards } from './rewards.js';
export type { Staker } from './voting-power.js';
export { maySitInCommittee, rawVotingPower, stakeStanding, votingPowers } from './voting-power.js';
