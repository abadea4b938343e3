import { checkU64 } from '@somakit/core';
import { bpsMul, minimum, saturateU64, wrapU64 } from '../arithmetic.js';

/** The fee parameters of an epoch. The BCS value of SystemParameters has them; they hold for the whole epoch. */
export interface FeeParameters {
  readonly baseFee: bigint;
  readonly writeObjectFee: bigint;
  readonly valueFeeBps: bigint;
}

/** What a transaction paid, in shannons. The shape is that of the effects. */
export interface TransactionFee {
  readonly baseFee: bigint;
  readonly operationFee: bigint;
  readonly valueFee: bigint;
  readonly totalFee: bigint;
}

/** Kinds that pay the value fee on all of the value they move. */
const FULL_RATE = new Set(['TransferCoin', 'PayCoins']);
/** Kinds that pay half the rate. */
const HALF_RATE = new Set(['AddStake', 'AddStakeToModel', 'WithdrawStake', 'CreateModel', 'ClaimRewards']);

/** The three parts and their saturating sum. Source: types/src/tx_fee.rs `TransactionFee::new`. */
export const transactionFee = (baseFee: bigint, operationFee = 0n, valueFee = 0n): TransactionFee => ({
  baseFee,
  operationFee,
  valueFee,
  totalFee: saturateU64(saturateU64(baseFee + operationFee) + valueFee),
});

/** Fees added part by part, as a checkpoint's rolling fees are. Source: types/src/tx_fee.rs `new_from_txn_effects`. */
export const addFees = (a: TransactionFee, b: TransactionFee): TransactionFee =>
  transactionFee(
    wrapU64(a.baseFee + b.baseFee),
    wrapU64(a.operationFee + b.operationFee),
    wrapU64(a.valueFee + b.valueFee),
  );

/** The fee for `written` created or changed objects. Source: authority/src/execution `calculate_operation_fee`. */
export const operationFee = (written: number | bigint, parameters: Pick<FeeParameters, 'writeObjectFee'>): bigint =>
  saturateU64(BigInt(written) * parameters.writeObjectFee);

/** The rate, in basis points, at which a kind pays for the value it moves; 0 for most kinds. */
export const valueFeeRate = (kind: string, parameters: Pick<FeeParameters, 'valueFeeBps'>): bigint => {
  if (FULL_RATE.has(kind)) return parameters.valueFeeBps;
  return HALF_RATE.has(kind) ? parameters.valueFeeBps / 2n : 0n;
};

/**
 * The value fee of a transaction kind that moves `value` shannons.
 *
 * `value` is, per kind: TransferCoin the amount, or the coin's balance before any fee; PayCoins the sum of the amounts,
 * or of the coins' balances; AddStake and AddStakeToModel the amount, or the coin's balance; WithdrawStake the
 * principal; CreateModel the stake; ClaimRewards the target's reward pool. Balances are those after the gas coins are
 * merged and before the base fee.
 *
 * Source: authority/src/execution `FeeCalculator::calculate_value_fee` of each kind.
 * @throws INVALID_ARGUMENT when `value` is not a bigint of 64 bits.
 * @example
 * import { valueFee } from '@somakit/protocol';
 * valueFee('TransferCoin', 1_000_000_000n, { valueFeeBps: 10n }); // 1_000_000n
 */
export const valueFee = (kind: string, value: bigint, parameters: Pick<FeeParameters, 'valueFeeBps'>): bigint =>
  bpsMul(checkU64('value', value), valueFeeRate(kind, parameters));

/**
 * The fee of a transaction that ends well.
 *
 * @example
 * import { successFee } from '@somakit/protocol';
 * const parameters = { baseFee: 1000n, writeObjectFee: 300n, valueFeeBps: 10n };
 * successFee({ kind: 'PayCoins', value: 600n, written: 4, parameters }).totalFee; // 2200n
 */
export const successFee = (of: {
  readonly kind: string;
  /** The value moved, as for {@link valueFee}. */
  readonly value: bigint;
  /** Objects created or changed, the gas coin and the SystemState included, as {@link writtenObjects} counts. */
  readonly written: number;
  readonly parameters: FeeParameters;
}): TransactionFee =>
  transactionFee(
    of.parameters.baseFee,
    operationFee(of.written, of.parameters),
    valueFee(of.kind, of.value, of.parameters),
  );

/** The fee of a transaction that fails in execution: the base fee, or what the gas coin has when that is less. */
export const failureFee = (gasBalance: bigint, parameters: Pick<FeeParameters, 'baseFee'>): TransactionFee =>
  transactionFee(minimum(checkU64('gasBalance', gasBalance), parameters.baseFee));
