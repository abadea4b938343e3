import { bpsMul, minimum, saturateU64, wrapU64 } from '../arithmetic.js';

/** The emission pool. The BCS value is one. */
export interface EmissionPool {
  readonly balance: bigint;
  readonly emissionPerEpoch: bigint;
}

/** The safe-mode fields of the SystemState. */
export interface SafeModeFigures {
  readonly safeMode: boolean;
  readonly safeModeAccumulatedFees: bigint;
  readonly safeModeAccumulatedEmissions: bigint;
}

/** What an epoch change starts from. */
export interface EpochRewardInputs extends SafeModeFigures {
  readonly emissionPool: EmissionPool;
  /** All fees of the ending epoch, those of failed transactions included. */
  readonly fees: bigint;
  /** When the ending epoch began, in ms. */
  readonly previousStartTimestampMs: bigint;
  /** When the new epoch begins, in ms. */
  readonly startTimestampMs: bigint;
  /** The epoch duration of the new parameters, in ms. */
  readonly epochDurationMs: bigint;
  readonly validatorRewardAllocationBps: bigint;
}

/** An epoch's emission: the nominal amount, as far as the pool has it. Source: types/src/system_state/emission.rs. */
export const drawEmission = <P extends EmissionPool>(pool: P): { readonly pool: P; readonly emission: bigint } => {
  const emission = minimum(pool.emissionPerEpoch, pool.balance);
  return { pool: { ...pool, balance: pool.balance - emission }, emission };
};

/**
 * Steps 2, 5 and 8 of an epoch change: what safe mode kept is added, the emission is drawn when the epoch was of full
 * length (an early, forced change draws none), and the total is divided between the validators and the pool.
 *
 * Source: types/src/system_state/mod.rs `advance_epoch`.
 */
export const divideEpochRewards = (
  of: EpochRewardInputs,
): {
  readonly emissionPool: EmissionPool;
  readonly emission: bigint;
  readonly validatorRewards: bigint;
  readonly total: bigint;
} => {
  const kept = of.safeMode ? saturateU64(of.safeModeAccumulatedFees + of.safeModeAccumulatedEmissions) : 0n;
  const full = of.startTimestampMs >= wrapU64(of.previousStartTimestampMs + of.epochDurationMs);
  const { pool, emission } = full ? drawEmission(of.emissionPool) : { pool: of.emissionPool, emission: 0n };
  const total = saturateU64(saturateU64(of.fees + kept) + emission);
  const validatorRewards = bpsMul(total, of.validatorRewardAllocationBps);
  return {
    emissionPool: { ...pool, balance: saturateU64(pool.balance + wrapU64(total - validatorRewards)) },
    emission,
    validatorRewards,
    total,
  };
};

/**
 * An epoch change that failed: fees and emission are put aside, whatever the time, and nothing else happens.
 *
 * Source: types/src/system_state/mod.rs `advance_epoch_safe_mode`.
 */
export const enterSafeMode = <S extends SafeModeFigures & { readonly emissionPool: EmissionPool }>(
  state: S,
  fees: bigint,
): S => {
  const { pool, emission } = drawEmission(state.emissionPool);
  return {
    ...state,
    emissionPool: pool,
    safeMode: true,
    safeModeAccumulatedFees: saturateU64(state.safeModeAccumulatedFees + fees),
    safeModeAccumulatedEmissions: saturateU64(state.safeModeAccumulatedEmissions + emission),
  };
};
