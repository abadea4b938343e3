import { BPS_DENOMINATOR, minimum, wrapU64 } from '../arithmetic.js';

const { fround } = Math;

/** Spread of the distances of random embeddings, binary32. Source: types/src/system_state/mod.rs. */
const SIGMA = fround(0.022);

/** A binary32 number, plain or as the chain's tensor of one value. */
export type Scalar = number | { readonly data: Float32Array };

const plain = (value: Scalar): number => fround(typeof value === 'number' ? value : value.data[0]!);

/** The figures that steer the distance threshold; SystemParameters has them. */
export interface DifficultyParameters {
  readonly targetHitsPerEpoch: bigint;
  readonly targetHitsEmaDecayBps: bigint;
  readonly targetDifficultyAdjustmentRateBps: bigint;
  readonly targetMinDistanceThreshold: Scalar;
  readonly targetMaxDistanceThreshold: Scalar;
}

/**
 * The running mean of hits per epoch. A mean of 0 takes the first count as it is.
 *
 * Source: types/src/system_state/target_state.rs `update_hits_ema`.
 */
export const updateHitsEma = (ema: bigint, hits: bigint, decayBps: bigint): bigint =>
  ema === 0n
    ? hits
    : wrapU64(wrapU64(decayBps * ema) + wrapU64(wrapU64(BPS_DENOMINATOR - decayBps) * hits)) / BPS_DENOMINATOR;

const clamp = (value: number, min: number, max: number): number => (value < min ? min : Math.min(value, max));

/** One step of the threshold, when the mean is not 0. */
const nextThreshold = (
  threshold: number,
  ema: bigint,
  parameters: DifficultyParameters,
  protocolVersion: bigint,
): number => {
  const { targetHitsPerEpoch: wanted, targetDifficultyAdjustmentRateBps: rateBps } = parameters;
  const min = plain(parameters.targetMinDistanceThreshold);
  const max = plain(parameters.targetMaxDistanceThreshold);
  if (protocolVersion < 3n) {
    const harder = minimum(wrapU64(BPS_DENOMINATOR - rateBps), BPS_DENOMINATOR);
    const factor = ema > wanted ? harder : ema < wanted ? wrapU64(BPS_DENOMINATOR + rateBps) : BPS_DENOMINATOR;
    return clamp(fround(threshold * fround(fround(Number(factor)) / 10_000)), min, max);
  }
  const toZ = (distance: number) => fround(fround(1 - distance) / SIGMA);
  const z = toZ(threshold);
  const rate = fround(fround(Number(rateBps)) / 10_000);
  const leastStep = protocolVersion >= 5n ? 2 : fround(0.1);
  const step = Math.max(fround(Math.abs(z) * rate), leastStep);
  const moved = ema > wanted ? fround(z + step) : ema < wanted ? fround(z - step) : z;
  return fround(1 - fround(SIGMA * clamp(moved, toZ(max), toZ(min))));
};

/**
 * The distance threshold and the running mean after an epoch with `hits` filled targets. Too many hits make targets
 * harder (a lower threshold), too few easier. All in binary32, rounded after every step. While the mean is 0 the
 * threshold stays.
 *
 * Source: types/src/system_state/mod.rs `adjust_difficulty`.
 */
export const adjustDifficulty = (of: {
  readonly distanceThreshold: Scalar;
  readonly hitsThisEpoch: bigint;
  readonly hitsEma: bigint;
  readonly parameters: DifficultyParameters;
  readonly protocolVersion: bigint;
}): { readonly distanceThreshold: number; readonly hitsEma: bigint } => {
  const hitsEma = updateHitsEma(of.hitsEma, of.hitsThisEpoch, of.parameters.targetHitsEmaDecayBps);
  const threshold = plain(of.distanceThreshold);
  return {
    hitsEma,
    distanceThreshold:
      hitsEma === 0n ? threshold : nextThreshold(threshold, hitsEma, of.parameters, of.protocolVersion),
  };
};
