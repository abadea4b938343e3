import type { Infer } from './codec/codec.js';
import { map, option, set } from './codec/containers.js';
import { enumeration } from './codec/enum.js';
import { SomaTensor } from './codec/floats.js';
import { ObjectID, SomaAddress } from './codec/ids.js';
import { u64 } from './codec/primitives.js';
import { struct, versioned } from './codec/struct.js';
import {
  DecryptionKey,
  DecryptionKeyCommitment,
  EmbeddingCommitment,
  EpochId,
  ModelId,
  ModelWeightsCommitment,
} from './leaves.js';
import { Manifest } from './manifest.js';
import { StakingPool } from './staking-pool.js';

/** New weights of an active model, until they are revealed. Source: types/src/model.rs, PendingModelUpdate. */
export const PendingModelUpdate = /* @__PURE__ */ struct('PendingModelUpdate', {
  manifest: Manifest,
  weightsCommitment: ModelWeightsCommitment,
  embeddingCommitment: EmbeddingCommitment,
  decryptionKeyCommitment: DecryptionKeyCommitment,
  commitEpoch: EpochId,
});
export type PendingModelUpdate = Infer<typeof PendingModelUpdate>;

const created = {
  owner: SomaAddress,
  architectureVersion: u64,
  stakingPool: StakingPool,
  commissionRate: u64,
  nextEpochCommissionRate: u64,
} as const;

const committed = {
  ...created,
  manifest: Manifest,
  weightsCommitment: ModelWeightsCommitment,
  embeddingCommitment: EmbeddingCommitment,
  decryptionKeyCommitment: DecryptionKeyCommitment,
} as const;

const revealed = {
  ...committed,
  decryptionKey: DecryptionKey,
  embedding: SomaTensor,
} as const;

/** Source: types/src/model.rs, ModelStateV1. */
export const ModelStateV1 = /* @__PURE__ */ enumeration('ModelStateV1', {
  Created: { ...created, createEpoch: EpochId },
  Pending: { ...committed, commitEpoch: EpochId },
  Active: { ...revealed, pendingUpdate: /* @__PURE__ */ option(PendingModelUpdate) },
  Inactive: revealed,
});
export type ModelStateV1 = Infer<typeof ModelStateV1>;

/** A model in one of its four states. Source: types/src/model.rs, Model. */
export const Model = /* @__PURE__ */ versioned('Model', ModelStateV1);
export type Model = Infer<typeof Model>;

/** Source: types/src/system_state/model_registry.rs, ModelRegistry. */
export const ModelRegistry = /* @__PURE__ */ struct('ModelRegistry', {
  models: /* @__PURE__ */ map(ModelId, Model),
  stakingPoolMappings: /* @__PURE__ */ map(ObjectID, ModelId),
  totalModelStake: u64,
  modelReportRecords: /* @__PURE__ */ map(ModelId, /* @__PURE__ */ set(SomaAddress)),
});
export type ModelRegistry = Infer<typeof ModelRegistry>;
