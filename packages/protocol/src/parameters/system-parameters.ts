import type { SystemParameters } from '@somakit/bcs';
import { tensor } from '@somakit/bcs';
import { MAX_PROTOCOL_VERSION, protocolParameters } from './protocol-parameters.js';

/**
 * The SystemParameters that a protocol version starts with: in genesis, and when an epoch change brings a new version.
 * `overrides` are a chain's own values, such as a shorter epoch or a smaller embedding dimension.
 *
 * An epoch change to a new version keeps nothing but the current value fee: pass `{ valueFeeBps }`, and know that a
 * chain's own epoch duration and embedding dimension are lost then.
 *
 * Source: protocol-config/src/lib.rs `build_system_parameters`.
 * @throws INVALID_ARGUMENT for a version that is not known.
 * @example
 * import { systemParameters } from '@somakit/protocol';
 * systemParameters(5n, { epochDurationMs: 60_000n }).epochDurationMs; // 60_000n
 */
export const systemParameters = (
  version: bigint = MAX_PROTOCOL_VERSION,
  overrides: Partial<SystemParameters> = {},
): SystemParameters => {
  const of = protocolParameters(version);
  return {
    epochDurationMs: of.epochDurationMs,
    validatorRewardAllocationBps: of.validatorRewardAllocationBps,
    modelMinStake: of.modelMinStake,
    modelArchitectureVersion: of.modelArchitectureVersion,
    modelRevealSlashRateBps: of.modelRevealSlashRateBps,
    modelTallySlashRateBps: of.modelTallySlashRateBps,
    targetEpochFeeCollection: of.targetEpochFeeCollection,
    baseFee: of.baseFee,
    writeObjectFee: of.writeObjectFee,
    valueFeeBps: of.initialValueFeeBps,
    minValueFeeBps: of.minValueFeeBps,
    maxValueFeeBps: of.maxValueFeeBps,
    feeAdjustmentRateBps: of.feeAdjustmentRateBps,
    targetModelsPerTarget: of.targetModelsPerTarget,
    targetEmbeddingDim: of.targetEmbeddingDim,
    targetInitialDistanceThreshold: tensor([of.targetInitialDistanceThreshold]),
    targetRewardAllocationBps: of.targetRewardAllocationBps,
    targetHitsPerEpoch: of.targetHitsPerEpoch,
    targetHitsEmaDecayBps: of.targetHitsEmaDecayBps,
    targetDifficultyAdjustmentRateBps: of.targetDifficultyAdjustmentRateBps,
    targetMaxDistanceThreshold: tensor([of.targetMaxDistanceThreshold]),
    targetMinDistanceThreshold: tensor([of.targetMinDistanceThreshold]),
    targetInitialTargetsPerEpoch: of.targetInitialTargetsPerEpoch,
    targetSubmitterRewardShareBps: of.targetSubmitterRewardShareBps,
    targetModelRewardShareBps: of.targetModelRewardShareBps,
    targetClaimerIncentiveBps: of.targetClaimerIncentiveBps,
    submissionBondPerByte: of.submissionBondPerByte,
    maxSubmissionDataSize: of.maxSubmissionDataSize,
    ...overrides,
  };
};
