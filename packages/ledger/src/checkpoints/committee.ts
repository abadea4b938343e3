import type { Authority, AuthorityName, Committee, SystemState } from '@somakit/bcs';
import { toBase64 } from '@somakit/core';

const compareBytes = (a: Uint8Array, b: Uint8Array): number => {
  for (let i = 0; i < a.length; i++) {
    const difference = a[i]! - b[i]!;
    if (difference !== 0) return difference;
  }
  return 0;
};

/**
 * The committee of a state's epoch, its members ordered by the bytes of their keys.
 *
 * Source: types/src/system_state/mod.rs `get_current_epoch_committee`, types/src/committee.rs.
 */
export const committeeOf = (state: SystemState): Committee => {
  const members = [...state.validators]
    .sort((a, b) => compareBytes(a.metadata.protocolPubkey, b.metadata.protocolPubkey))
    .map(({ metadata, votingPower }) => ({
      name: toBase64(metadata.protocolPubkey) as AuthorityName,
      metadata,
      votingPower,
    }));
  const authority = ({ metadata, votingPower }: (typeof members)[number]): Authority => ({
    stake: votingPower,
    address: metadata.primaryAddress,
    hostname: metadata.netAddress,
    protocolKey: metadata.workerPubkey,
    networkKey: metadata.networkPubkey,
    authorityKey: metadata.protocolPubkey,
  });
  return {
    epoch: state.epoch,
    votingRights: members.map(({ name, votingPower }) => ({ authority: name, votingPower })),
    expandedKeys: new Map(members.map(({ name, metadata }) => [name, metadata.protocolPubkey])),
    indexMap: new Map(members.map(({ name }, i) => [name, BigInt(i)])),
    authorities: new Map(members.map((member) => [member.name, authority(member)])),
  };
};
