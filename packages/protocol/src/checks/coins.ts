import type { ExecutionFailureStatus, TransactionKind } from '@somakit/bcs';
import { U64_MAX } from '@somakit/core';

type Failure = ExecutionFailureStatus | undefined;
type Kind<K extends TransactionKind['kind']> = Extract<TransactionKind, { readonly kind: K }>;

const invalid = (reason: string): ExecutionFailureStatus => ({ kind: 'InvalidArguments', reason });

/** PayCoins, apart from the balances. Source: authority/src/execution/coin.rs. */
export const checkPayCoins = ({
  coins,
  amounts,
  recipients,
}: Pick<Kind<'PayCoins'>, 'coins' | 'amounts' | 'recipients'>): Failure => {
  if (coins.length === 0) return invalid('Must provide at least one coin');
  if (recipients.length === 0) return invalid('Must provide at least one recipient');
  if (amounts === undefined) {
    return recipients.length === 1 ? undefined : invalid('Pay-all operation only supports a single recipient');
  }
  if (amounts.length !== recipients.length) {
    return invalid(
      `Amounts and recipients must match. Got ${amounts.length} amounts and ${recipients.length} recipients`,
    );
  }
  return amounts.reduce((sum, amount) => sum + amount, 0n) > U64_MAX ? { kind: 'ArithmeticOverflow' } : undefined;
};

/** TransferObjects, apart from the owners. Source: authority/src/execution/object.rs. */
export const checkTransferObjects = ({ objects }: Pick<Kind<'TransferObjects'>, 'objects'>): Failure =>
  objects.length === 0 ? invalid('Must provide at least one object to transfer') : undefined;
