import { maximum, minimum, wrapU64 } from '../arithmetic.js';
import {
  MAX_VOTING_POWER,
  TOTAL_VOTING_POWER,
  VALIDATOR_LOW_POWER,
  VALIDATOR_MIN_POWER,
  VALIDATOR_VERY_LOW_POWER,
} from '../parameters/constants.js';

/** A validator's stake and address, for the division of voting power. */
export interface Staker {
  /** Canonical address: it decides between equal stakes. */
  readonly address: string;
  /** The pool's balance, in shannons. */
  readonly stake: bigint;
}

/**
 * Voting powers of a validator set, in its own order. They sum to 10,000; nobody has more than 10 % in a set of ten or
 * more. Undefined when there is no stake at all: powers then stay as they are.
 *
 * Source: types/src/system_state/validator.rs `set_voting_power`.
 * @example
 * import { votingPowers } from '@somakit/protocol/staking';
 * votingPowers([{ address: '0xa', stake: 1n }, { address: '0xb', stake: 3n }]); // [2500n, 7500n]
 */
export const votingPowers = (validators: readonly Staker[]): bigint[] | undefined => {
  const total = wrapU64(validators.reduce((sum, { stake }) => sum + stake, 0n));
  if (total === 0n) return undefined;
  const count = BigInt(validators.length);
  const cap = minimum(maximum((TOTAL_VOTING_POWER + count - 1n) / count, MAX_VOTING_POWER), TOTAL_VOTING_POWER);
  const order = validators
    .map((validator, index) => ({ ...validator, index }))
    .sort((a, b) =>
      a.stake > b.stake ? -1 : a.stake < b.stake ? 1 : a.address < b.address ? -1 : a.address > b.address ? 1 : 0,
    );
  const powers = new Array<bigint>(validators.length);
  let given = 0n;
  for (const { stake, index } of order) {
    powers[index] = minimum((stake * TOTAL_VOTING_POWER) / total, cap);
    given += powers[index]!;
  }
  const rest = maximum(TOTAL_VOTING_POWER - given, 0n);
  const each = rest / count;
  const leftover = Number(rest % count);
  order.forEach(({ index }, place) => {
    powers[index] = powers[index]! + each + (place < leftover ? 1n : 0n);
  });
  return powers;
};

/** Uncapped voting power that decides on joining and leaving. Source: validator.rs `derive_raw_voting_power`. */
export const rawVotingPower = (stake: bigint, totalStake: bigint): bigint =>
  totalStake === 0n ? 0n : wrapU64((stake * TOTAL_VOTING_POWER) / totalStake);

/**
 * What an active validator's raw power means at an epoch change: it stays, it is at risk (out after 7 epochs of grace),
 * or it leaves at once.
 */
export const stakeStanding = (rawPower: bigint): 'safe' | 'atRisk' | 'removed' =>
  rawPower >= VALIDATOR_LOW_POWER ? 'safe' : rawPower >= VALIDATOR_VERY_LOW_POWER ? 'atRisk' : 'removed';

/** Whether a pending validator's raw power lets it join. */
export const maySitInCommittee = (rawPower: bigint): boolean => rawPower >= VALIDATOR_MIN_POWER;
