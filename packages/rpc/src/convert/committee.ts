import type { MessageInitShape } from '@bufbuild/protobuf';
import type { AuthorityName, Committee } from '@somakit/bcs';
import { fromBase64, toBase64 } from '@somakit/core';
import type { ValidatorCommittee, ValidatorCommitteeSchema } from '../gen/soma/rpc/signature_pb.js';
import { eachOf, need } from './scalar.js';

/** A validator of an epoch. `publicKey` and `votingPower` are what `createCommittee` of `@somakit/protocol` takes. */
export interface CommitteeMember {
  /** BLS12-381, 96 bytes. */
  readonly publicKey: Uint8Array;
  readonly votingPower: bigint;
  readonly address?: string | undefined;
  readonly hostname?: string | undefined;
  readonly protocolKey?: Uint8Array | undefined;
  readonly networkKey?: Uint8Array | undefined;
}

/** Who may sign in an epoch, in the order that signatures refer to. */
export interface EpochCommittee {
  readonly epoch: bigint;
  readonly members: readonly CommitteeMember[];
}

export const committeeFromProto = ({ epoch, members }: ValidatorCommittee): EpochCommittee => ({
  epoch: need(epoch, 'epoch'),
  members: eachOf('members', members, ({ authorityKey, weight, networkMetadata }) => ({
    publicKey: need(authorityKey, 'authorityKey'),
    votingPower: need(weight, 'weight'),
    address: networkMetadata?.consensusAddress,
    hostname: networkMetadata?.hostname,
    protocolKey: networkMetadata?.protocolKey,
    networkKey: networkMetadata?.networkKey,
  })),
});

export const committeeToProto = ({
  epoch,
  members,
}: EpochCommittee): MessageInitShape<typeof ValidatorCommitteeSchema> => ({
  epoch,
  members: members.map(({ publicKey, votingPower, address, hostname, protocolKey, networkKey }) => ({
    authorityKey: publicKey,
    weight: votingPower,
    networkMetadata:
      address === undefined ? undefined : { consensusAddress: address, hostname, protocolKey, networkKey },
  })),
});

/** The chain's form, with its look-up tables. @throws RPC_INVALID_REPLY without the network metadata. */
export const committeeToBcs = ({ epoch, members }: EpochCommittee): Committee => {
  const all = members.map((member, index) => ({ ...member, index, name: toBase64(member.publicKey) as AuthorityName }));
  return {
    epoch,
    votingRights: all.map(({ name, votingPower }) => ({ authority: name, votingPower })),
    expandedKeys: new Map(all.map(({ name, publicKey }) => [name, publicKey])),
    indexMap: new Map(all.map(({ name, index }) => [name, BigInt(index)])),
    authorities: new Map(
      all.map(({ name, publicKey, votingPower, address, hostname, protocolKey, networkKey }) => [
        name,
        {
          stake: votingPower,
          address: need(address, 'networkMetadata.consensusAddress'),
          hostname: need(hostname, 'networkMetadata.hostname'),
          protocolKey: need(protocolKey, 'networkMetadata.protocolKey'),
          networkKey: need(networkKey, 'networkMetadata.networkKey'),
          authorityKey: publicKey,
        },
      ]),
    ),
  };
};

export const committeeFromBcs = ({ epoch, votingRights, authorities }: Committee): EpochCommittee => ({
  epoch,
  members: votingRights.map(({ authority, votingPower }) => {
    const found = authorities.get(authority);
    return {
      publicKey: fromBase64(authority),
      votingPower,
      address: found?.address,
      hostname: found?.hostname,
      protocolKey: found?.protocolKey,
      networkKey: found?.networkKey,
    };
  }),
});
