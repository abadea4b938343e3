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
  // Few addresses, as a rule two: a Map would cost more than it finds.
  const sums: { address: Address; amount: bigint }[] = [];
  let byAddress: Map<Address, { address: Address; amount: bigint }> | undefined;
  const add = (object: LedgerObject | undefined, sign: 1 | -1): void => {
    if (object === undefined || object.objectType.kind !== 'Coin') return;
    const address = ownerAddress(object.owner);
    if (address === undefined) return;
    const balance = coinBalance(object);
    let sum = byAddress === undefined ? sums.find((each) => each.address === address) : byAddress.get(address);
    if (sum === undefined) {
      sum = { address, amount: 0n };
      sums.push(sum);
      if (byAddress !== undefined) byAddress.set(address, sum);
      else if (sums.length > 8) byAddress = new Map(sums.map((each) => [each.address, each]));
    }
    sum.amount = sign === 1 ? sum.amount + balance : sum.amount - balance;
  };
  for (const { before, after } of changes) {
    add(before, -1);
    add(after, 1);
  }
  const changed = sums.filter(({ amount }) => amount !== 0n);
  return changed.length < 2 ? changed : changed.sort((a, b) => (a.address < b.address ? -1 : 1));
};
