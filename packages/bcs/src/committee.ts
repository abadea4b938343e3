import type { Infer } from './codec/codec.js';
import { map, vector } from './codec/containers.js';
import { string, u64 } from './codec/primitives.js';
import { struct } from './codec/struct.js';
import { AuthorityName, AuthorityPublicKey, NetworkPublicKey, ProtocolPublicKey } from './keys.js';
import { EpochId, Multiaddr } from './leaves.js';

/** A validator as committees know it. Source: types/src/committee.rs, Authority. */
export const Authority = /* @__PURE__ */ struct('Authority', {
  stake: u64,
  address: Multiaddr,
  hostname: string,
  protocolKey: ProtocolPublicKey,
  networkKey: NetworkPublicKey,
  authorityKey: AuthorityPublicKey,
});
export type Authority = Infer<typeof Authority>;

/** An entry of voting_rights, a tuple on the chain. Source: types/src/committee.rs, (AuthorityName, VotingPower). */
export const VotingRight = /* @__PURE__ */ struct(
  'VotingRight',
  {
    authority: AuthorityName,
    votingPower: u64,
  },
  { onChain: 'tuple' },
);
export type VotingRight = Infer<typeof VotingRight>;

/** The validators of an epoch; the look-up tables are written too. Source: types/src/committee.rs, Committee. */
export const Committee = /* @__PURE__ */ struct('Committee', {
  epoch: EpochId,
  votingRights: /* @__PURE__ */ vector(VotingRight),
  expandedKeys: /* @__PURE__ */ map(AuthorityName, AuthorityPublicKey),
  indexMap: /* @__PURE__ */ map(AuthorityName, u64),
  authorities: /* @__PURE__ */ map(AuthorityName, Authority),
});
export type Committee = Infer<typeof Committee>;
