import { invalidArgument } from '@somakit/core';

/** What one protocol version sets. Amounts and counts are bigint as in the chain's own values; thresholds are binary32. */
export interface ProtocolParameters {
  readonly minCheckpointIntervalMs: bigint;
  readonly consensusMaxTransactionSizeBytes: bigint;
  readonly consensusMaxTransactionsInBlockBytes: bigint;
  readonly consensusMaxNumTransactionsInBlock: bigint;
  readonly consensusGcDepth: bigint;
  readonly consensusCommitRateEstimationWindowSize: bigint;
  readonly consensusBadNodesStakeThreshold: bigint;
  readonly mysticetiNumLeadersPerRound: bigint;
  readonly maxTransactionsPerCheckpoint: bigint;
  readonly maxCheckpointSizeBytes: bigint;
  readonly bufferStakeForProtocolUpgradeBps: bigint;
  readonly epochDurationMs: bigint;
  readonly validatorRewardAllocationBps: bigint;
  /** Not part of the SystemParameters: it always comes from the version that the next epoch runs. */
  readonly rewardSlashingRateBps: bigint;
  readonly modelMinStake: bigint;
  readonly modelArchitectureVersion: bigint;
  readonly modelRevealSlashRateBps: bigint;
  readonly modelTallySlashRateBps: bigint;
  readonly targetEpochFeeCollection: bigint;
  readonly baseFee: bigint;
  readonly writeObjectFee: bigint;
  readonly initialValueFeeBps: bigint;
  readonly minValueFeeBps: bigint;
  readonly maxValueFeeBps: bigint;
  readonly feeAdjustmentRateBps: bigint;
  readonly targetModelsPerTarget: bigint;
  readonly targetEmbeddingDim: bigint;
  readonly targetInitialDistanceThreshold: number;
  readonly targetRewardAllocationBps: bigint;
  readonly targetHitsPerEpoch: bigint;
  readonly targetHitsEmaDecayBps: bigint;
  readonly targetDifficultyAdjustmentRateBps: bigint;
  readonly targetMaxDistanceThreshold: number;
  readonly targetMinDistanceThreshold: number;
  readonly targetInitialTargetsPerEpoch: bigint;
  readonly targetSubmitterRewardShareBps: bigint;
  readonly targetModelRewardShareBps: bigint;
  readonly targetClaimerIncentiveBps: bigint;
  readonly submissionBondPerByte: bigint;
  readonly maxSubmissionDataSize: bigint;
  /** 1 and up: every mutable input gets a new version, whatever the outcome. */
  readonly executionVersion: bigint;
}

/** The oldest protocol version that has parameters. */
export const MIN_PROTOCOL_VERSION = 1n;
/** The newest protocol version that has parameters. */
export const MAX_PROTOCOL_VERSION = 5n;

const VERSION_1: ProtocolParameters = {
  minCheckpointIntervalMs: 200n,
  consensusMaxTransactionSizeBytes: 262_144n,
  consensusMaxTransactionsInBlockBytes: 524_288n,
  consensusMaxNumTransactionsInBlock: 512n,
  consensusGcDepth: 60n,
  consensusCommitRateEstimationWindowSize: 10n,
  consensusBadNodesStakeThreshold: 30n,
  mysticetiNumLeadersPerRound: 1n,
  maxTransactionsPerCheckpoint: 20_000n,
  maxCheckpointSizeBytes: 31_457_280n,
  bufferStakeForProtocolUpgradeBps: 5_000n,
  epochDurationMs: 86_400_000n,
  validatorRewardAllocationBps: 7_000n,
  rewardSlashingRateBps: 5_000n,
  modelMinStake: 1_000_000_000n,
  modelArchitectureVersion: 1n,
  modelRevealSlashRateBps: 5_000n,
  modelTallySlashRateBps: 9_500n,
  targetEpochFeeCollection: 1_000_000_000n,
  baseFee: 1_000n,
  writeObjectFee: 300n,
  initialValueFeeBps: 10n,
  minValueFeeBps: 1n,
  maxValueFeeBps: 50n,
  feeAdjustmentRateBps: 1_250n,
  targetModelsPerTarget: 3n,
  targetEmbeddingDim: 2_048n,
  targetInitialDistanceThreshold: 2,
  targetRewardAllocationBps: 8_000n,
  targetHitsPerEpoch: 16n,
  targetHitsEmaDecayBps: 7_000n,
  targetDifficultyAdjustmentRateBps: 1_000n,
  targetMaxDistanceThreshold: 2,
  targetMinDistanceThreshold: Math.fround(0.1),
  targetInitialTargetsPerEpoch: 20n,
  targetSubmitterRewardShareBps: 4_975n,
  targetModelRewardShareBps: 4_975n,
  targetClaimerIncentiveBps: 50n,
  submissionBondPerByte: 10n,
  maxSubmissionDataSize: 1_048_576n,
  executionVersion: 0n,
};

const VERSION_2: ProtocolParameters = { ...VERSION_1, executionVersion: 1n };

const VERSION_3: ProtocolParameters = {
  ...VERSION_2,
  targetInitialDistanceThreshold: Math.fround(0.978),
  targetHitsPerEpoch: 86_400n,
  targetHitsEmaDecayBps: 9_000n,
  targetDifficultyAdjustmentRateBps: 200n,
  targetMinDistanceThreshold: Math.fround(0.95),
  submissionBondPerByte: 65n,
  executionVersion: 2n,
};

const VERSION_4: ProtocolParameters = { ...VERSION_3, targetDifficultyAdjustmentRateBps: 10_000n };

const VERSION_5: ProtocolParameters = {
  ...VERSION_4,
  targetInitialDistanceThreshold: Math.fround(1.05),
  targetInitialTargetsPerEpoch: 100n,
};

const VERSIONS: readonly ProtocolParameters[] = [VERSION_1, VERSION_2, VERSION_3, VERSION_4, VERSION_5];

/**
 * The parameters of a protocol version; the newest when none is given. The same on every chain.
 *
 * Source: protocol-config/src/lib.rs and its snapshots.
 * @throws INVALID_ARGUMENT for versions other than 1 to 5: guessing parameters would fork the chain.
 * @example
 * import { protocolParameters } from '@somakit/protocol';
 * protocolParameters().submissionBondPerByte; // 65n
 */
export const protocolParameters = (version: bigint = MAX_PROTOCOL_VERSION): ProtocolParameters => {
  const parameters = typeof version === 'bigint' ? VERSIONS[Number(version) - 1] : undefined;
  if (parameters === undefined) {
    throw invalidArgument(
      'version',
      `a bigint from ${MIN_PROTOCOL_VERSION} to ${MAX_PROTOCOL_VERSION}`,
      version,
      'A newer network needs a newer version of this package.',
    );
  }
  return parameters;
};
