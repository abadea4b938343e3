import type { FeeParameters } from './fees.js';
import { operationFee } from './fees.js';
import type { FeeOperation } from './written-objects.js';
import { reservedWrites } from './written-objects.js';

/**
 * The least that the coins which an operation works on must hold together, or it fails with `InsufficientCoinBalance`.
 * When they are the gas coin, it is what must be left after the base fee. Without an amount more than nothing has to
 * remain to be moved.
 *
 * The fees themselves come out of the gas coin afterwards: a separate gas coin needs the whole fee besides.
 *
 * Source: authority/src/execution/{coin,staking,model}.rs.
 * @example
 * import { leastBalance } from '@somakit/protocol/fees';
 * const parameters = { writeObjectFee: 300n };
 * const operation = { kind: 'TransferCoin', coinIsGas: true, whole: false } as const;
 * leastBalance({ operation, amount: 4_500n, valueFee: 4n, parameters }); // 5_104n
 */
export const leastBalance = (of: {
  readonly operation: FeeOperation;
  /** The sum that is moved, in shannons; of no meaning when the operation is `whole`. */
  readonly amount: bigint;
  readonly valueFee: bigint;
  readonly parameters: Pick<FeeParameters, 'writeObjectFee'>;
}): bigint => {
  const { operation, amount, valueFee, parameters } = of;
  const writes = reservedWrites(operation);
  const reserve = writes === 0 ? 0n : valueFee + operationFee(writes, parameters);
  if (!('whole' in operation && operation.whole)) return amount + reserve;
  return writes === 0 ? 0n : reserve + 1n;
};
