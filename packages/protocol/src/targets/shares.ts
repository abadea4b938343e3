import { checkU64, U64_MAX } from '@somakit/core';
import { bpsMul, saturateU64 } from '../arithmetic.js';
import { EMISSION_PER_EPOCH } from '../parameters/constants.js';

/** The shares that SystemParameters sets for a target's reward. */
export interface RewardShares {
  readonly targetSubmitterRewardShareBps: bigint;
  readonly targetModelRewardShareBps: bigint;
  readonly targetClaimerIncentiveBps: bigint;
}

/**
 * The bond of a submission: its size in bytes times the bond per byte. Undefined when that is over 64 bits, which the
 * chain fails with `ArithmeticOverflow`.
 *
 * Source: authority/src/execution/submission.rs.
 * @throws INVALID_ARGUMENT when the size is not a bigint of 64 bits.
 * @example
 * import { submissionBond } from '@somakit/protocol';
 * submissionBond(1024n, { submissionBondPerByte: 65n }); // 66_560n
 */
export const submissionBond = (
  sizeBytes: bigint,
  parameters: { readonly submissionBondPerByte: bigint },
): bigint | undefined => {
  const bond = checkU64('sizeBytes', sizeBytes) * parameters.submissionBondPerByte;
  return bond > U64_MAX ? undefined : bond;
};

/**
 * How a filled target's reward is split when no quorum reported the submission. The rounding rest goes to the
 * submitter. Undefined when the shares are over 100 %, which the chain fails with `ArithmeticOverflow`.
 *
 * Source: authority/src/execution/submission.rs, claim without quorum.
 */
export const claimShares = (
  rewardPool: bigint,
  shares: RewardShares,
): { readonly submitter: bigint; readonly modelOwner: bigint; readonly claimer: bigint } | undefined => {
  const submitter = bpsMul(checkU64('rewardPool', rewardPool), shares.targetSubmitterRewardShareBps);
  const modelOwner = bpsMul(rewardPool, shares.targetModelRewardShareBps);
  const claimer = bpsMul(rewardPool, shares.targetClaimerIncentiveBps);
  const rest = rewardPool - submitter - modelOwner - claimer;
  return rest < 0n ? undefined : { submitter: submitter + rest, modelOwner, claimer };
};

/**
 * How an expired, never filled target's reward is split: the claimer's incentive, the rest back to the emission pool.
 *
 * Source: authority/src/execution/submission.rs, claim of an open target.
 */
export const expiredShares = (
  rewardPool: bigint,
  shares: Pick<RewardShares, 'targetClaimerIncentiveBps'>,
): { readonly claimer: bigint; readonly returned: bigint } => {
  const claimer = bpsMul(checkU64('rewardPool', rewardPool), shares.targetClaimerIncentiveBps);
  return { claimer, returned: rewardPool - claimer };
};

/**
 * A forfeited bond divided among the reporters, in ascending address order: the first also gets the rest.
 *
 * Source: authority/src/execution/submission.rs, claim with quorum.
 */
export const splitBond = (bond: bigint, reporters: number): bigint[] => {
  if (reporters <= 0) return [];
  const each = checkU64('bond', bond) / BigInt(reporters);
  const rest = bond % BigInt(reporters);
  return Array.from({ length: reporters }, (_, i) => (i === 0 ? each + rest : each));
};

/** The figures that the reward of new targets follows from. */
export interface TargetRewardParameters {
  readonly targetRewardAllocationBps: bigint;
  readonly targetHitsPerEpoch: bigint;
  readonly targetInitialTargetsPerEpoch: bigint;
}

const atLeastOne = (value: bigint): bigint => (value > 1n ? value : 1n);

/** What an epoch may spend on targets: the allocated part of the nominal emission, whatever the pool holds. */
export const targetBudget = (
  parameters: Pick<TargetRewardParameters, 'targetRewardAllocationBps'>,
  emissionPerEpoch = EMISSION_PER_EPOCH,
): bigint => bpsMul(emissionPerEpoch, parameters.targetRewardAllocationBps);

/**
 * The reward of every target that the coming epoch creates.
 *
 * Source: types/src/system_state/mod.rs `calculate_reward_per_target`. Before protocol version 3 the number of initial
 * targets was the divisor.
 */
export const rewardPerTarget = (
  parameters: TargetRewardParameters,
  emissionPerEpoch = EMISSION_PER_EPOCH,
  protocolVersion = 5n,
): bigint =>
  targetBudget(parameters, emissionPerEpoch) /
  atLeastOne(protocolVersion >= 3n ? parameters.targetHitsPerEpoch : parameters.targetInitialTargetsPerEpoch);

/** The reward of genesis targets: twice the initial targets are the divisor. Source: types/src/genesis_builder.rs. */
export const genesisRewardPerTarget = (
  parameters: TargetRewardParameters,
  emissionPerEpoch = EMISSION_PER_EPOCH,
): bigint => targetBudget(parameters, emissionPerEpoch) / atLeastOne(parameters.targetInitialTargetsPerEpoch * 2n);

/**
 * Whether one more target may be created: the emission pool holds its reward and, since protocol version 3, the epoch's
 * budget does too.
 *
 * Source: authority/src/execution/{submission,change_epoch}.rs.
 */
export const mayCreateTarget = (of: {
  readonly poolBalance: bigint;
  readonly rewardPerTarget: bigint;
  readonly targetsGenerated: bigint;
  readonly emissionPerEpoch: bigint;
  readonly protocolVersion: bigint;
  readonly parameters: Pick<TargetRewardParameters, 'targetRewardAllocationBps'>;
}): boolean => {
  if (of.poolBalance < of.rewardPerTarget) return false;
  if (of.protocolVersion < 3n) return true;
  const spent = saturateU64(saturateU64(of.targetsGenerated * of.rewardPerTarget) + of.rewardPerTarget);
  return spent <= targetBudget(of.parameters, of.emissionPerEpoch);
};
