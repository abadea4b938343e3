import { checkShannons } from '@somakit/core';
import {
  type FeeOperation,
  type FeeParameters,
  reservedWrites,
  valueFee,
  writtenObjects,
} from '@somakit/protocol/fees';

/** The kinds that move an amount out of a coin that may pay their fee too. */
export type SpendingKind = 'TransferCoin' | 'PayCoins' | 'AddStake' | 'AddStakeToModel' | 'CreateModel';

const operationOf = (kind: SpendingKind, recipients: number): FeeOperation => {
  switch (kind) {
    case 'PayCoins':
      return { kind, gasIsCoin: true, recipients, whole: false };
    case 'CreateModel':
      return { kind };
    default:
      return { kind, coinIsGas: true, whole: false };
  }
};

/**
 * What one coin (or several, merged) must hold to move `amount` and pay every fee of it. Some executors put aside less
 * than they charge, so both are looked at.
 */
export const requiredToSpend = (
  kind: SpendingKind,
  amount: bigint,
  parameters: FeeParameters,
  recipients = 1,
): bigint => {
  const operation = operationOf(kind, recipients);
  const writes = BigInt(Math.max(reservedWrites(operation), writtenObjects(operation)));
  return parameters.baseFee + amount + valueFee(kind, amount, parameters) + writes * parameters.writeObjectFee;
};

/**
 * The largest amount that can leave coins holding `balance` together when they pay the fees too; undefined when not
 * even the fees can be paid. For PayCoins the sum of all payments.
 *
 * @throws INVALID_AMOUNT
 * @example
 * import { maxSpendable } from '@somakit/tx-builders';
 * const parameters = { baseFee: 1000n, writeObjectFee: 300n, valueFeeBps: 10n };
 * maxSpendable({ kind: 'TransferCoin', balance: 1_000_000_000n, parameters }); // 998_999_401n
 */
export const maxSpendable = (of: {
  readonly kind: SpendingKind;
  readonly balance: bigint;
  readonly parameters: FeeParameters;
  readonly recipients?: number | undefined;
}): bigint | undefined => {
  const { kind, parameters, recipients = 1 } = of;
  const balance = checkShannons(of.balance);
  if (requiredToSpend(kind, 0n, parameters, recipients) > balance) return undefined;
  // The requirement grows with the amount, so halving finds the edge whatever the rounding.
  let fits = 0n;
  let over = balance + 1n;
  while (over - fits > 1n) {
    const middle = (fits + over) / 2n;
    if (requiredToSpend(kind, middle, parameters, recipients) <= balance) fits = middle;
    else over = middle;
  }
  return fits;
};
