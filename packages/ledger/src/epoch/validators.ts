import type { StakedSoma, SystemState, Validator } from '@somakit/bcs';
import type { Address } from '@somakit/core';
import { QUORUM_THRESHOLD, VALIDATOR_LOW_STAKE_GRACE_PERIOD, wrapU64 } from '@somakit/protocol';
import { duplicateMetadataField } from '@somakit/protocol/checks';
import {
  advancePool,
  depositRewards,
  maySitInCommittee,
  processPendingStake,
  rawVotingPower,
  recordRate,
  settleWithdrawals,
  splitCommission,
  stakeStanding,
  validatorRewards,
  votingPowers,
} from '@somakit/protocol/staking';
import { stakeWith } from '../execution/staking.js';
import { effectiveMetadata } from '../execution/validators.js';

/** The receipt of a commission that was staked for a validator. */
export interface Commission {
  readonly address: Address;
  readonly receipt: StakedSoma;
}

const addressOf = (validator: Validator): Address => validator.metadata.somaAddress;

/** The voting power of those addresses that are active validators. Source: validator.rs `sum_voting_power_by_addresses`. */
export const powerOf = (validators: readonly Validator[], addresses: readonly Address[]): bigint => {
  const set = new Set(addresses);
  return validators.reduce((sum, validator) => (set.has(addressOf(validator)) ? sum + validator.votingPower : sum), 0n);
};

/** Validators that a quorum reported. */
const slashedAddresses = (state: SystemState): Set<Address> => {
  const slashed = new Set<Address>();
  const active = new Set(state.validators.map(addressOf));
  for (const [address, reporters] of state.validatorReportRecords) {
    if (active.has(address) && powerOf(state.validators, reporters) >= QUORUM_THRESHOLD) slashed.add(address);
  }
  return slashed;
};

/** Steps 1 to 3: rewards by voting power, commissions staked, the rest deposited. */
const payRewards = (
  state: SystemState,
  rewards: bigint,
  slashingRateBps: bigint,
  newEpoch: bigint,
): { readonly validators: Validator[]; readonly commissions: Commission[]; readonly paid: bigint } => {
  const slashed = slashedAddresses(state);
  const shares = validatorRewards({
    validators: state.validators.map((validator) => ({
      votingPower: validator.votingPower,
      slashed: slashed.has(addressOf(validator)),
    })),
    rewards,
    slashingRateBps,
  });
  const commissions: Commission[] = [];
  let paid = 0n;
  const validators = state.validators.map((validator, i) => {
    const reward = shares[i]!;
    paid += reward;
    const { commission, stakers } = splitCommission(reward, validator.commissionRate);
    let next = validator;
    if (commission > 0n) {
      const staked = stakeWith(validator, commission, newEpoch - 1n);
      next = staked.validator;
      commissions.push({ address: addressOf(validator), receipt: staked.receipt });
    }
    if (stakers === 0n) return next;
    return {
      ...next,
      stakingPool: depositRewards(next.stakingPool, stakers),
      nextEpochStake: wrapU64(next.nextEpochStake + stakers),
    };
  });
  commissions.sort((a, b) => (a.address < b.address ? -1 : 1));
  return { validators, commissions, paid };
};

/** The lists of a validator set while validators come and go. */
interface Seats {
  validators: Validator[];
  pending: Validator[];
  inactive: Map<Validator['stakingPool']['id'], Validator>;
  atRisk: Map<Address, bigint>;
  reports: Map<Address, readonly Address[]>;
}

/** Source: validator.rs `process_validator_departure`, `clean_report_records`. */
const depart = (seats: Seats, validator: Validator, newEpoch: bigint): void => {
  const address = addressOf(validator);
  seats.atRisk.delete(address);
  seats.reports.delete(address);
  for (const [reportee, reporters] of seats.reports) {
    if (!reporters.includes(address)) continue;
    const left = reporters.filter((each) => each !== address);
    if (left.length === 0) seats.reports.delete(reportee);
    else seats.reports.set(reportee, left);
  }
  const { stakingPool } = validator;
  seats.inactive.set(stakingPool.id, { ...validator, stakingPool: { ...stakingPool, deactivationEpoch: newEpoch } });
};

/** Step 7. The last validator stays: without one no epoch could ever follow. */
const removeQueued = (seats: Seats, removals: readonly bigint[], newEpoch: bigint): void => {
  const indices = [...removals].sort((a, b) => (a < b ? 1 : a > b ? -1 : 0));
  for (const index of indices) {
    if (index >= BigInt(seats.validators.length) || seats.validators.length === 1) continue;
    const [validator] = seats.validators.splice(Number(index), 1);
    depart(seats, validator!, newEpoch);
  }
};

const swapRemove = (seats: Seats, index: number): Validator => {
  const removed = seats.validators[index]!;
  const last = seats.validators.pop()!;
  if (index < seats.validators.length) seats.validators[index] = last;
  return removed;
};

/** Steps 8 and 9. Source: validator.rs `process_validator_transitions`. */
const applyThresholds = (seats: Seats, newEpoch: bigint): void => {
  const stakeOf = (validators: readonly Validator[]) =>
    validators.reduce((sum, { stakingPool }) => sum + stakingPool.somaBalance, 0n);
  const total = wrapU64(stakeOf(seats.validators) + stakeOf(seats.pending));
  for (let i = seats.validators.length - 1; i >= 0; i--) {
    const validator = seats.validators[i]!;
    const address = addressOf(validator);
    const standing = stakeStanding(rawVotingPower(validator.stakingPool.somaBalance, total));
    if (standing === 'safe') {
      seats.atRisk.delete(address);
      continue;
    }
    if (standing === 'atRisk') {
      const epochs = (seats.atRisk.get(address) ?? 0n) + 1n;
      seats.atRisk.set(address, epochs);
      if (epochs <= VALIDATOR_LOW_STAKE_GRACE_PERIOD) continue;
    }
    if (seats.validators.length === 1) continue;
    depart(seats, swapRemove(seats, i), newEpoch);
  }
  const stay: Validator[] = [];
  for (const validator of seats.pending) {
    const { stakingPool } = validator;
    if (!maySitInCommittee(rawVotingPower(stakingPool.somaBalance, total))) {
      stay.push(validator);
      continue;
    }
    seats.validators.push({
      ...validator,
      stakingPool: { ...recordRate(stakingPool, newEpoch), activationEpoch: newEpoch },
    });
  }
  seats.pending = stay;
};

const hasStaged = ({ metadata }: Validator): boolean =>
  metadata.nextEpochProtocolPubkey !== undefined ||
  metadata.nextEpochNetworkPubkey !== undefined ||
  metadata.nextEpochWorkerPubkey !== undefined ||
  metadata.nextEpochNetAddress !== undefined ||
  metadata.nextEpochP2pAddress !== undefined ||
  metadata.nextEpochPrimaryAddress !== undefined ||
  metadata.nextEpochProxyAddress !== undefined;

const withoutStaged = (metadata: Validator['metadata']): Validator['metadata'] => ({
  somaAddress: metadata.somaAddress,
  protocolPubkey: metadata.protocolPubkey,
  networkPubkey: metadata.networkPubkey,
  workerPubkey: metadata.workerPubkey,
  netAddress: metadata.netAddress,
  p2pAddress: metadata.p2pAddress,
  primaryAddress: metadata.primaryAddress,
  proxyAddress: metadata.proxyAddress,
  proofOfPossession: metadata.proofOfPossession,
});

/** Staged metadata takes effect; of two that would clash the later one loses it. Source: `effectuate_staged_metadata`. */
const applyStaged = (validators: Validator[]): Validator[] => {
  if (!validators.some(hasStaged)) return validators;
  const effective = validators.map(({ metadata }) => effectiveMetadata(metadata));
  const skipped = new Set<number>();
  for (let i = 0; i < validators.length; i++) {
    for (let j = i + 1; j < validators.length; j++) {
      if (duplicateMetadataField(effective[i]!, effective[j]!) === undefined) continue;
      if (hasStaged(validators[j]!)) skipped.add(j);
      else if (hasStaged(validators[i]!)) skipped.add(i);
    }
  }
  return validators.map((validator, i) => {
    if (!hasStaged(validator)) return validator;
    return { ...validator, metadata: skipped.has(i) ? withoutStaged(validator.metadata) : effective[i]! };
  });
};

const applyPowers = (validators: Validator[]): Validator[] => {
  const powers = votingPowers(
    validators.map((validator) => ({ address: addressOf(validator), stake: validator.stakingPool.somaBalance })),
  );
  if (powers === undefined) return validators;
  return validators.map((validator, i) =>
    validator.votingPower === powers[i] ? validator : { ...validator, votingPower: powers[i]! },
  );
};

/**
 * The validators' part of an epoch change. What rounding leaves of the rewards is given back in `left`.
 *
 * Source: types/src/system_state/validator.rs `advance_epoch`.
 */
export const advanceValidators = (
  state: SystemState,
  of: { readonly newEpoch: bigint; readonly rewards: bigint; readonly slashingRateBps: bigint },
): { readonly state: SystemState; readonly commissions: readonly Commission[]; readonly left: bigint } => {
  const { newEpoch, rewards } = of;
  const { validators, commissions, paid } = payRewards(state, rewards, of.slashingRateBps, newEpoch);
  const seats: Seats = {
    validators: validators.map((validator) => ({
      ...validator,
      commissionRate: validator.nextEpochCommissionRate,
      stakingPool: advancePool(validator.stakingPool, newEpoch),
    })),
    pending: state.pendingValidators.map((validator) => ({
      ...validator,
      stakingPool: processPendingStake(settleWithdrawals(validator.stakingPool)),
    })),
    inactive: new Map(state.inactiveValidators),
    atRisk: new Map(state.atRiskValidators),
    reports: new Map(state.validatorReportRecords),
  };
  removeQueued(seats, state.pendingRemovals, newEpoch);
  applyThresholds(seats, newEpoch);
  const totalStake = wrapU64(seats.validators.reduce((sum, { stakingPool }) => sum + stakingPool.somaBalance, 0n));
  return {
    state: {
      ...state,
      totalStake,
      validators: applyPowers(applyStaged(seats.validators)),
      pendingValidators: seats.pending,
      pendingRemovals: [],
      inactiveValidators: seats.inactive,
      atRiskValidators: seats.atRisk,
      validatorReportRecords: seats.reports,
    },
    commissions,
    left: rewards > paid ? rewards - paid : 0n,
  };
};
