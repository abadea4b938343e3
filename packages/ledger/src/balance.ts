import type { Address } from '@somakit/core';
import type { ObjectChange } from './execution/effects.js';
import { coinBalance, type LedgerObject, ownerAddress } from './object.js';

/** What an address gained (or lost, below zero) in coins, in shannons. */
export interface BalanceChange {
  readonly address: Address;
  readonly amount: bigint;
}

/**
 * Coins after a transaction minus coins before, by address, ascending; addresses without a change are left out.
 *
 * Source: types/src/balance_change.rs `derive_balance_changes`.
 */
export const balanceChanges = (changes: readonly ObjectChange[]): BalanceChange[] => {
  const amounts = new Map<Address, bigint>();
  const add = (object: LedgerObject | undefined, sign: bigint): void => {
    if (object?.objectType.kind !== 'Coin') return;
    const address = ownerAddress(object.owner);
    if (address !== undefined) amounts.set(address, (amounts.get(address) ?? 0n) + sign * coinBalance(object));
  };
  for (const { before, after } of changes) {
    add(before, -1n);
    add(after, 1n);
  }
  return [...amounts]
    .filter(([, amount]) => amount !== 0n)
    .map(([address, amount]) => ({ address, amount }))
    .sort((a, b) => (a.address < b.address ? -1 : 1));
};
