import type { Committee, SystemState } from '@somakit/bcs';
import { equalBytes, fromBase64, toBase64 } from '@somakit/core';
import { QUORUM_THRESHOLD, TOTAL_VOTING_POWER } from '../parameters/constants.js';
import { verificationFailed } from './errors.js';

/** A validator's place in a committee. */
export interface CommitteeMember {
  /** BLS public key, 96 bytes. */
  readonly publicKey: Uint8Array;
  readonly votingPower: bigint;
}

/**
 * The validators that may certify an epoch, in the order of their key bytes: a signer's number is its place. The one
 * that verification starts from must come from a source that you trust; the later ones are handed over by signature.
 */
export interface TrustedCommittee {
  readonly epoch: bigint;
  readonly members: readonly CommitteeMember[];
}

const compareBytes = (a: Uint8Array, b: Uint8Array): number => {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return a[i]! - b[i]!;
  return 0;
};

/**
 * A committee from its members in any order.
 *
 * Source: types/src/committee.rs `Committee::new`.
 * @throws VERIFICATION_FAILED when a key has not 96 bytes or comes twice, or the voting powers do not sum to 10,000.
 */
export const createCommittee = (epoch: bigint, members: readonly CommitteeMember[]): TrustedCommittee => {
  const sorted = [...members].sort((a, b) => compareBytes(a.publicKey, b.publicKey));
  let total = 0n;
  sorted.forEach(({ publicKey, votingPower }, i) => {
    if (publicKey.length !== 96)
      throw verificationFailed('committee', 'malformed', `A committee key has 96 bytes, not ${publicKey.length}.`);
    if (i > 0 && equalBytes(sorted[i - 1]!.publicKey, publicKey)) {
      throw verificationFailed('committee', 'repeatedSigner', 'A key is in the committee twice.', {
        received: toBase64(publicKey),
      });
    }
    if (votingPower < 0n)
      throw verificationFailed('committee', 'votingPower', 'A voting power is below 0.', { received: votingPower });
    total += votingPower;
  });
  if (total !== TOTAL_VOTING_POWER) {
    throw verificationFailed(
      'committee',
      'votingPower',
      `The voting powers of a committee sum to ${TOTAL_VOTING_POWER}, not ${total}.`,
      {
        expected: TOTAL_VOTING_POWER,
        received: total,
      },
    );
  }
  return { epoch, members: sorted };
};

/**
 * A committee as the chain writes it (in end-of-epoch data, and as GetEpoch answers), checked for consistency: members
 * in order, look-up tables that agree.
 *
 * @throws VERIFICATION_FAILED
 */
export const committeeFromBcs = (committee: Committee): TrustedCommittee => {
  const result = createCommittee(
    committee.epoch,
    committee.votingRights.map(({ authority, votingPower }) => ({ publicKey: fromBase64(authority), votingPower })),
  );
  committee.votingRights.forEach(({ authority }, i) => {
    const key = result.members[i]!.publicKey;
    if (toBase64(key) !== authority)
      throw verificationFailed(
        'committee',
        'order',
        'The members of the committee are not in the order of their keys.',
      );
    const expanded = committee.expandedKeys.get(authority);
    const tablesAgree =
      expanded !== undefined && equalBytes(expanded, key) && committee.indexMap.get(authority) === BigInt(i);
    if (!tablesAgree)
      throw verificationFailed('committee', 'malformed', 'The look-up tables of the committee do not fit its members.');
  });
  if (committee.expandedKeys.size !== result.members.length || committee.indexMap.size !== result.members.length) {
    throw verificationFailed('committee', 'malformed', 'The look-up tables of the committee have other members.');
  }
  return result;
};

/**
 * The committee of the epoch that a SystemState is in: its active validators.
 *
 * Source: types/src/system_state/mod.rs `get_current_epoch_committee`.
 * @throws VERIFICATION_FAILED
 */
export const committeeOfState = (state: Pick<SystemState, 'epoch' | 'validators'>): TrustedCommittee =>
  createCommittee(
    state.epoch,
    state.validators.map(({ metadata, votingPower }) => ({ publicKey: metadata.protocolPubkey, votingPower })),
  );

/**
 * The keys of a certificate's signers, when they are members, each named once, and together a quorum.
 *
 * Source: types/src/crypto.rs `AuthorityQuorumSignInfo::add_to_verification_obligation`.
 * @throws VERIFICATION_FAILED
 */
export const quorumKeys = (
  committee: TrustedCommittee,
  signers: readonly number[],
  sequenceNumber: bigint,
): Uint8Array[] => {
  let power = 0n;
  const seen = new Set<number>();
  const keys = signers.map((index) => {
    const member = committee.members[index];
    if (member === undefined || member.votingPower === 0n) {
      throw verificationFailed(
        'checkpoint',
        'unknownSigner',
        `Signer ${index} is not in the committee of epoch ${committee.epoch}.`,
        { received: index, sequenceNumber },
      );
    }
    if (seen.has(index))
      throw verificationFailed('checkpoint', 'repeatedSigner', `Signer ${index} is named twice.`, {
        received: index,
        sequenceNumber,
      });
    seen.add(index);
    power += member.votingPower;
    return member.publicKey;
  });
  if (power < QUORUM_THRESHOLD) {
    throw verificationFailed(
      'checkpoint',
      'quorum',
      `The signers have ${power} of the ${QUORUM_THRESHOLD} voting power that certify.`,
      {
        expected: QUORUM_THRESHOLD,
        received: power,
        sequenceNumber,
      },
    );
  }
  return keys;
};
