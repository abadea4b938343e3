import { type Codec, define, type Infer, type Json } from './codec/codec.js';
import { map, set, vector } from './codec/containers.js';
import { wrongValue } from './codec/errors.js';
import { SomaTensor } from './codec/floats.js';
import { SomaAddress } from './codec/ids.js';
import { bool, string, u64 } from './codec/primitives.js';
import { isObject, struct, versioned } from './codec/struct.js';
import { AuthorityPublicKey, NetworkPublicKey, ProtocolPublicKey } from './keys.js';
import { EpochId, Multiaddr, ProtocolVersion } from './leaves.js';
import { ModelRegistry } from './model.js';
import { ValidatorSet } from './validator.js';

/** Source: types/src/system_state/mod.rs, SystemParameters. */
export const SystemParameters = /* @__PURE__ */ struct('SystemParameters', {
  epochDurationMs: u64,
  validatorRewardAllocationBps: u64,
  modelMinStake: u64,
  modelArchitectureVersion: u64,
  modelRevealSlashRateBps: u64,
  modelTallySlashRateBps: u64,
  targetEpochFeeCollection: u64,
  baseFee: u64,
  writeObjectFee: u64,
  valueFeeBps: u64,
  minValueFeeBps: u64,
  maxValueFeeBps: u64,
  feeAdjustmentRateBps: u64,
  targetModelsPerTarget: u64,
  targetEmbeddingDim: u64,
  targetInitialDistanceThreshold: SomaTensor,
  targetRewardAllocationBps: u64,
  targetHitsPerEpoch: u64,
  targetHitsEmaDecayBps: u64,
  targetDifficultyAdjustmentRateBps: u64,
  targetMaxDistanceThreshold: SomaTensor,
  targetMinDistanceThreshold: SomaTensor,
  targetInitialTargetsPerEpoch: u64,
  targetSubmitterRewardShareBps: u64,
  targetModelRewardShareBps: u64,
  targetClaimerIncentiveBps: u64,
  submissionBondPerByte: u64,
  maxSubmissionDataSize: u64,
});
export type SystemParameters = Infer<typeof SystemParameters>;

/** Source: types/src/system_state/emission.rs, EmissionPool. */
export const EmissionPool = /* @__PURE__ */ struct('EmissionPool', {
  balance: u64,
  emissionPerEpoch: u64,
});
export type EmissionPool = Infer<typeof EmissionPool>;

/** Source: types/src/system_state/target_state.rs, TargetState. */
export const TargetState = /* @__PURE__ */ struct('TargetState', {
  distanceThreshold: SomaTensor,
  targetsGeneratedThisEpoch: u64,
  hitsThisEpoch: u64,
  hitsEma: u64,
  rewardPerTarget: u64,
});
export type TargetState = Infer<typeof TargetState>;

const flat = /* @__PURE__ */ struct('SystemStateV1', {
  epoch: EpochId,
  protocolVersion: ProtocolVersion,
  // The chain's field `validators`: its fields are spread, so that `validators` is the list.
  ...ValidatorSet.fields,
  parameters: SystemParameters,
  epochStartTimestampMs: u64,
  validatorReportRecords: /* @__PURE__ */ map(SomaAddress, /* @__PURE__ */ set(SomaAddress)),
  modelRegistry: ModelRegistry,
  emissionPool: EmissionPool,
  targetState: TargetState,
  safeMode: bool,
  safeModeAccumulatedFees: u64,
  safeModeAccumulatedEmissions: u64,
});

/**
 * The state of the network. The fields of its validator set are spread: `state.validators[0]`, `state.totalStake`. JSON
 * keeps the set apart under `validators`, as the chain does. Source: types/src/system_state/mod.rs, SystemStateV1.
 */
export const SystemStateV1: Codec<Infer<typeof flat>> = /* @__PURE__ */ define<Infer<typeof flat>>({
  ...flat,
  writeJson: (value) => {
    const json = flat.writeJson(value) as Record<string, Json>;
    const set = ValidatorSet.writeJson(value) as Record<string, Json>;
    const own = Object.entries(json).filter(([name]) => name === 'validators' || !(name in set));
    return { ...Object.fromEntries(own), validators: set };
  },
  readJson: (json) => {
    if (!isObject(json)) throw wrongValue('an object (SystemState)', json);
    const { validators } = json;
    return flat.readJson(isObject(validators) ? { ...json, ...validators } : json);
  },
});
export type SystemStateV1 = Infer<typeof flat>;

/**
 * The contents of the system state object 0x5, without its id. Source: types/src/system_state/mod.rs, SystemState.
 *
 * @example
 * import { SystemState } from '@somakit/bcs';
 * declare const contents: Uint8Array;
 * const { epoch, validators, modelRegistry } = SystemState.decode(contents);
 */
export const SystemState = /* @__PURE__ */ versioned('SystemState', SystemStateV1);
export type SystemState = SystemStateV1;

/** Not stored on the chain. Source: types/src/tx_fee.rs, FeeParameters. */
export const FeeParameters = /* @__PURE__ */ struct('FeeParameters', {
  baseFee: u64,
  writeObjectFee: u64,
  valueFeeBps: u64,
});
export type FeeParameters = Infer<typeof FeeParameters>;

/** Source: types/src/system_state/epoch_start.rs, EpochStartValidatorInfo. */
export const EpochStartValidatorInfo = /* @__PURE__ */ struct('EpochStartValidatorInfo', {
  somaAddress: SomaAddress,
  protocolPubkey: AuthorityPublicKey,
  workerPubkey: ProtocolPublicKey,
  networkPubkey: NetworkPublicKey,
  netAddress: Multiaddr,
  p2pAddress: Multiaddr,
  primaryAddress: Multiaddr,
  votingPower: u64,
  hostname: string,
});
export type EpochStartValidatorInfo = Infer<typeof EpochStartValidatorInfo>;

/** Source: types/src/system_state/epoch_start.rs, EpochStartSystemStateV1. */
export const EpochStartSystemStateV1 = /* @__PURE__ */ struct('EpochStartSystemStateV1', {
  epoch: EpochId,
  epochStartTimestampMs: u64,
  epochDurationMs: u64,
  activeValidators: /* @__PURE__ */ vector(EpochStartValidatorInfo),
  protocolVersion: ProtocolVersion,
  feeParameters: FeeParameters,
});
export type EpochStartSystemStateV1 = Infer<typeof EpochStartSystemStateV1>;

/** What a node keeps of an epoch's start. Source: types/src/system_state/epoch_start.rs, EpochStartSystemState. */
export const EpochStartSystemState = /* @__PURE__ */ versioned('EpochStartSystemState', EpochStartSystemStateV1);
export type EpochStartSystemState = EpochStartSystemStateV1;
