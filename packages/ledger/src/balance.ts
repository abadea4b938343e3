import type { Address } from '@somakit/core';
import type { ObjectChange } from './execution/outcome.js';
import { coinBalance } from './object.js';

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
  const amounts: Amount[] = [];
  let byAddress: Map<Address, Amount> | undefined;
  for (const change of changes) {
    for (let side = 0; side < 2; side++) {
      const object = side === 0 ? change.before : change.after;
      if (object === undefined || object.objectType.kind !== 'Coin' || object.owner.kind !== 'AddressOwner') continue;
      const { address } = object.owner;
      // Few addresses, as a rule two: a Map would cost more than it finds.
      let known = byAddress?.get(address);
      for (let i = 0; known === undefined && byAddress === undefined && i < amounts.length; i++) {
        if (amounts[i]!.address === address) known = amounts[i];
      }
      if (known === undefined) {
        known = { address, amount: 0n };
        amounts.push(known);
        if (byAddress !== undefined) byAddress.set(address, known);
        else if (amounts.length > 8) byAddress = new Map(amounts.map((each) => [each.address, each]));
      }
      known.amount = side === 0 ? known.amount - coinBalance(object) : known.amount + coinBalance(object);
    }
  }
  if (amounts.length === 2 && amounts[0]!.amount !== 0n && amounts[1]!.amount !== 0n) {
    return amounts[0]!.address < amounts[1]!.address ? amounts : amounts.reverse();
  }
  return amounts.filter(({ amount }) => amount !== 0n).sort((a, b) => (a.address < b.address ? -1 : 1));
};

interface Amount {
  readonly address: Address;
  amount: bigint;
}
