import { bpsMul, saturateU64, wrapU64 } from '../arithmetic.js';

/** A validator's place in the division of rewards. */
export interface RewardShare {
  readonly votingPower: bigint;
  /** Whether reporters with a quorum of voting power reported it: it loses a part of this reward. */
  readonly slashed: boolean;
}

/**
 * Divides an epoch's validator rewards by voting power. Slashed validators lose `slashingRateBps` of their part, which
 * the others share by voting power. What rounding leaves over is in no part.
 *
 * Source: types/src/system_state/validator.rs `calculate_and_distribute_rewards`.
 */
export const validatorRewards = (of: {
  readonly validators: readonly RewardShare[];
  /** The rewards to divide, in shannons. */
  readonly rewards: bigint;
  readonly slashingRateBps: bigint;
}): bigint[] => {
  const { validators, rewards, slashingRateBps } = of;
  const total = validators.reduce((sum, { votingPower }) => sum + votingPower, 0n);
  if (total === 0n) return validators.map(() => 0n);
  const plain = validators.map(({ votingPower }) => wrapU64((votingPower * rewards) / total));
  const cuts = validators.map(({ slashed }, i) => (slashed ? bpsMul(plain[i]!, slashingRateBps) : 0n));
  const cut = wrapU64(cuts.reduce((sum, amount) => sum + amount, 0n));
  const honest = validators.reduce((sum, { votingPower, slashed }) => (slashed ? sum : sum + votingPower), 0n);
  return validators.map(({ votingPower, slashed }, i) => {
    if (slashed) return saturateU64(plain[i]! - cuts[i]!);
    // All honest power 0 is a panic in the reference; nobody of power 0 has a claim on the cut.
    return honest === 0n ? plain[i]! : wrapU64(plain[i]! + wrapU64((cut * votingPower) / honest));
  });
};

/** A reward's two parts: the commission, which is staked for the validator, and what its pool gets. */
export const splitCommission = (
  reward: bigint,
  commissionRateBps: bigint,
): { readonly commission: bigint; readonly stakers: bigint } => {
  const commission = bpsMul(reward, commissionRateBps);
  return { commission, stakers: wrapU64(reward - commission) };
};
