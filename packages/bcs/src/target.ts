import { type Infer, named } from './codec/codec.js';
import { option, set, vector } from './codec/containers.js';
import { enumeration } from './codec/enum.js';
import { SomaTensor } from './codec/floats.js';
import { SomaAddress } from './codec/ids.js';
import { u64 } from './codec/primitives.js';
import { newtype, struct } from './codec/struct.js';
import { ModelId } from './leaves.js';
import { SubmissionManifest } from './manifest.js';

/** Source: types/src/target.rs, TargetStatus. */
export const TargetStatus = /* @__PURE__ */ enumeration('TargetStatus', {
  Open: null,
  Filled: /* @__PURE__ */ newtype('fillEpoch', u64),
  Claimed: null,
});
export type TargetStatus = Infer<typeof TargetStatus>;

/** The contents of a Target object, without its id and without a version byte. Source: types/src/target.rs, TargetV1. */
export const Target = /* @__PURE__ */ struct('Target', {
  embedding: SomaTensor,
  modelIds: /* @__PURE__ */ vector(ModelId),
  distanceThreshold: SomaTensor,
  rewardPool: u64,
  generationEpoch: u64,
  status: TargetStatus,
  submitter: /* @__PURE__ */ option(SomaAddress),
  winningModelId: /* @__PURE__ */ option(ModelId),
  winningModelOwner: /* @__PURE__ */ option(SomaAddress),
  bondAmount: u64,
  winningDataManifest: /* @__PURE__ */ option(SubmissionManifest),
  winningEmbedding: /* @__PURE__ */ option(SomaTensor),
  winningDistanceScore: /* @__PURE__ */ option(SomaTensor),
  winningLossScore: /* @__PURE__ */ option(SomaTensor),
  submissionReports: /* @__PURE__ */ set(SomaAddress),
});
export type Target = Infer<typeof Target>;

/** {@link Target} under its version's name. */
export const TargetV1 = /* @__PURE__ */ named('TargetV1', Target);
export type TargetV1 = Target;
