import { type SystemParameters, type SystemState, tensor } from '@somakit/bcs';
import { protocolParameters, saturateU64, systemParameters } from '@somakit/protocol';
import { adjustValueFee, divideEpochRewards, enterSafeMode } from '@somakit/protocol/epochs';
import { adjustDifficulty, rewardPerTarget } from '@somakit/protocol/targets';
import { advanceModels } from './models.js';
import { advanceValidators, type Commission } from './validators.js';

/** What an epoch change is made of; the fields of a `ChangeEpoch`. */
export interface EpochChange {
  readonly epoch: bigint;
  readonly epochStartTimestampMs: bigint;
  readonly protocolVersion: bigint;
  readonly fees: bigint;
}

/** A value of the state's scalar tensors. */
const scalarOf = ({ data }: { readonly data: Float32Array }): number => data[0] ?? Number.NaN;

/** The difficulty figures as numbers. */
const difficultyOf = (parameters: SystemParameters) => ({
  targetHitsPerEpoch: parameters.targetHitsPerEpoch,
  targetHitsEmaDecayBps: parameters.targetHitsEmaDecayBps,
  targetDifficultyAdjustmentRateBps: parameters.targetDifficultyAdjustmentRateBps,
  targetMinDistanceThreshold: scalarOf(parameters.targetMinDistanceThreshold),
  targetMaxDistanceThreshold: scalarOf(parameters.targetMaxDistanceThreshold),
});

/** Step 4: new parameters with a new protocol version, and fresh difficulty when the versions 3 and 5 come in. */
const upgrade = (state: SystemState, version: bigint): SystemState => {
  if (version === state.protocolVersion) return state;
  const parameters = systemParameters(version, { valueFeeBps: state.parameters.valueFeeBps });
  const crosses = [3n, 5n].some((at) => state.protocolVersion < at && version >= at);
  const { targetState } = state;
  return {
    ...state,
    parameters,
    targetState: crosses
      ? { ...targetState, distanceThreshold: parameters.targetInitialDistanceThreshold, hitsEma: 0n }
      : targetState,
  };
};

/** Step 10. Source: types/src/system_state/mod.rs `advance_epoch_targets`. */
const advanceTargets = (state: SystemState): SystemState => {
  const { targetState, parameters, protocolVersion, emissionPool } = state;
  const { distanceThreshold, hitsEma } = adjustDifficulty({
    distanceThreshold: scalarOf(targetState.distanceThreshold),
    hitsThisEpoch: targetState.hitsThisEpoch,
    hitsEma: targetState.hitsEma,
    parameters: difficultyOf(parameters),
    protocolVersion,
  });
  return {
    ...state,
    targetState: {
      distanceThreshold: tensor([distanceThreshold]),
      targetsGeneratedThisEpoch: 0n,
      hitsThisEpoch: 0n,
      hitsEma,
      rewardPerTarget: rewardPerTarget(parameters, emissionPool.emissionPerEpoch, protocolVersion),
    },
  };
};

/**
 * The SystemState of the next epoch, without its targets. A change to another epoch than the next leads to safe mode.
 *
 * Source: types/src/system_state/mod.rs `advance_epoch`, `advance_epoch_safe_mode`.
 */
export const advanceState = (
  state: SystemState,
  change: EpochChange,
): {
  readonly state: SystemState;
  readonly commissions: readonly Commission[];
  readonly safeMode: boolean;
  readonly burned: bigint;
} => {
  if (change.epoch !== state.epoch + 1n) {
    const safe = enterSafeMode(state, change.fees);
    return {
      state: { ...safe, epoch: change.epoch, epochStartTimestampMs: change.epochStartTimestampMs },
      commissions: [],
      safeMode: true,
      burned: 0n,
    };
  }
  const upgraded = upgrade(state, change.protocolVersion);
  const { parameters } = upgraded;
  const rewards = divideEpochRewards({
    safeMode: state.safeMode,
    safeModeAccumulatedFees: state.safeModeAccumulatedFees,
    safeModeAccumulatedEmissions: state.safeModeAccumulatedEmissions,
    emissionPool: state.emissionPool,
    fees: change.fees,
    previousStartTimestampMs: state.epochStartTimestampMs,
    startTimestampMs: change.epochStartTimestampMs,
    epochDurationMs: parameters.epochDurationMs,
    validatorRewardAllocationBps: parameters.validatorRewardAllocationBps,
  });
  const begun = advanceTargets({
    ...upgraded,
    ...(state.safeMode ? { safeMode: false, safeModeAccumulatedFees: 0n, safeModeAccumulatedEmissions: 0n } : {}),
    epoch: change.epoch,
    epochStartTimestampMs: change.epochStartTimestampMs,
    protocolVersion: change.protocolVersion,
    parameters: { ...parameters, valueFeeBps: adjustValueFee(change.fees, parameters) },
    emissionPool: rewards.emissionPool,
  });
  const paid = advanceValidators(begun, {
    newEpoch: change.epoch,
    rewards: rewards.validatorRewards,
    slashingRateBps: protocolParameters(change.protocolVersion).rewardSlashingRateBps,
  });
  const { state: advanced, burned } = advanceModels(paid.state, change.epoch);
  const { emissionPool } = advanced;
  return {
    state: { ...advanced, emissionPool: { ...emissionPool, balance: saturateU64(emissionPool.balance + paid.left) } },
    commissions: paid.commissions,
    safeMode: false,
    burned,
  };
};
