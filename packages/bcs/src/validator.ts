import type { Infer } from './codec/codec.js';
import { map, option, vector } from './codec/containers.js';
import { ObjectID, SomaAddress } from './codec/ids.js';
import { u64 } from './codec/primitives.js';
import { struct } from './codec/struct.js';
import { AuthorityPublicKey, AuthoritySignature, NetworkPublicKey, ProtocolPublicKey } from './keys.js';
import { Multiaddr } from './leaves.js';
import { StakingPool } from './staking-pool.js';

/** Source: types/src/system_state/validator.rs, ValidatorMetadata. */
export const ValidatorMetadata = /* @__PURE__ */ struct('ValidatorMetadata', {
  somaAddress: SomaAddress,
  protocolPubkey: AuthorityPublicKey,
  networkPubkey: NetworkPublicKey,
  workerPubkey: ProtocolPublicKey,
  netAddress: Multiaddr,
  p2pAddress: Multiaddr,
  primaryAddress: Multiaddr,
  proxyAddress: Multiaddr,
  proofOfPossession: AuthoritySignature,
  nextEpochProtocolPubkey: /* @__PURE__ */ option(AuthorityPublicKey),
  nextEpochNetworkPubkey: /* @__PURE__ */ option(NetworkPublicKey),
  nextEpochNetAddress: /* @__PURE__ */ option(Multiaddr),
  nextEpochP2pAddress: /* @__PURE__ */ option(Multiaddr),
  nextEpochPrimaryAddress: /* @__PURE__ */ option(Multiaddr),
  nextEpochWorkerPubkey: /* @__PURE__ */ option(ProtocolPublicKey),
  nextEpochProofOfPossession: /* @__PURE__ */ option(AuthoritySignature),
  nextEpochProxyAddress: /* @__PURE__ */ option(Multiaddr),
});
export type ValidatorMetadata = Infer<typeof ValidatorMetadata>;

/** Source: types/src/system_state/validator.rs, Validator. */
export const Validator = /* @__PURE__ */ struct('Validator', {
  metadata: ValidatorMetadata,
  votingPower: u64,
  stakingPool: StakingPool,
  commissionRate: u64,
  nextEpochStake: u64,
  nextEpochCommissionRate: u64,
});
export type Validator = Infer<typeof Validator>;

/** Source: types/src/system_state/validator.rs, ValidatorSet. */
export const ValidatorSet = /* @__PURE__ */ struct('ValidatorSet', {
  totalStake: u64,
  validators: /* @__PURE__ */ vector(Validator),
  pendingValidators: /* @__PURE__ */ vector(Validator),
  pendingRemovals: /* @__PURE__ */ vector(u64),
  stakingPoolMappings: /* @__PURE__ */ map(ObjectID, SomaAddress),
  inactiveValidators: /* @__PURE__ */ map(ObjectID, Validator),
  atRiskValidators: /* @__PURE__ */ map(SomaAddress, u64),
});
export type ValidatorSet = Infer<typeof ValidatorSet>;
