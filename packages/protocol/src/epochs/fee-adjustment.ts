import { checkU64 } from '@somakit/core';
import { BPS_DENOMINATOR, maximum, minimum, saturateU64, wrapU64 } from '../arithmetic.js';

/** The figures that steer the value fee; SystemParameters has them. */
export interface ValueFeeParameters {
  readonly targetEpochFeeCollection: bigint;
  readonly valueFeeBps: bigint;
  readonly minValueFeeBps: bigint;
  readonly maxValueFeeBps: bigint;
  readonly feeAdjustmentRateBps: bigint;
}

/**
 * The value fee rate of the next epoch, from the fees that this one took (those of failed transactions included). More
 * than the target raises it, less lowers it. Below 8 basis points the step rounds to 0 and the rate stays for good.
 *
 * Source: types/src/system_state/mod.rs `adjust_value_fee`.
 * @example
 * import { adjustValueFee, protocolParameters } from '@somakit/protocol';
 * const parameters = { ...protocolParameters(), valueFeeBps: 10n };
 * adjustValueFee(0n, parameters); // 9n
 */
export const adjustValueFee = (fees: bigint, parameters: ValueFeeParameters): bigint => {
  const { targetEpochFeeCollection: target, valueFeeBps: rate } = parameters;
  if (target === 0n) return rate;
  const ratio = saturateU64(checkU64('fees', fees) * BPS_DENOMINATOR) / target;
  const most = wrapU64(rate * parameters.feeAdjustmentRateBps) / BPS_DENOMINATOR;
  if (ratio > BPS_DENOMINATOR) {
    const rise = minimum(wrapU64(rate * (ratio - BPS_DENOMINATOR)) / BPS_DENOMINATOR, most);
    return minimum(saturateU64(rate + rise), parameters.maxValueFeeBps);
  }
  const drop = minimum(wrapU64(rate * (BPS_DENOMINATOR - ratio)) / BPS_DENOMINATOR, most);
  return maximum(saturateU64(rate - drop), parameters.minValueFeeBps);
};
