import type { ObjectRef } from '@somakit/bcs';
import { checkShannons, invalidArgument, parseAddress } from '@somakit/core';
import type { UserKind } from '@somakit/protocol/checks';
import type { FeeParameters } from '@somakit/protocol/fees';
import { maxSpendable, requiredToSpend } from '../fees/amounts.js';
import { payCoins, transferCoin, transferObjects } from '../kinds/coins.js';
import type { KindOf } from '../kinds/kind.js';
import {
  byBalance,
  type CoinObject,
  coinRef,
  gather,
  insufficient,
  MAX_GAS_COINS,
  smallestSufficient,
  totalBalance,
} from './coin.js';

/** A kind and the gas coins that go with it. */
export interface CoinPlan<K extends UserKind> {
  readonly kind: KindOf<K>;
  readonly gasPayment: readonly ObjectRef[];
  /** Every coin that the transaction takes, once. */
  readonly used: readonly CoinObject[];
}

const atLeastTwo = (coins: readonly CoinObject[]): void => {
  if (coins.length < 2)
    throw invalidArgument('coins', 'at least two coins', coins.length, 'There is nothing to merge.');
};

/**
 * Merges coins the way the official client does, byte for byte: the smallest is transferred whole to its owner, all
 * others pay the gas and become one. Leaves **two** coins; {@link mergeIntoOne} leaves one and costs no more. Of more
 * than 256 coins the smallest are merged.
 *
 * @throws INVALID_ARGUMENT for fewer than two coins. @throws INVALID_ADDRESS
 */
export const mergeCoins = (parameters: {
  readonly owner: string | Uint8Array;
  /** In the order that the node lists them: equal balances stay in it. */
  readonly coins: readonly CoinObject[];
}): CoinPlan<'TransferCoin'> => {
  atLeastTwo(parameters.coins);
  const used = [...parameters.coins]
    .sort((a, b) => (a.balance < b.balance ? -1 : a.balance > b.balance ? 1 : 0))
    .slice(0, MAX_GAS_COINS);
  const [smallest, ...others] = used as [CoinObject, ...CoinObject[]];
  return {
    kind: transferCoin({ coin: smallest, recipient: parameters.owner }),
    gasPayment: others.map(coinRef),
    used,
  };
};

/**
 * Merges up to 256 coins into one: the richest and the smallest others. All of them pay the gas of handing the first
 * one to its own owner, which is the cheapest transaction there is: base fee and one written object.
 *
 * @throws INVALID_ARGUMENT for fewer than two coins. @throws INVALID_ADDRESS
 */
export const mergeIntoOne = (parameters: {
  readonly owner: string | Uint8Array;
  readonly coins: readonly CoinObject[];
}): CoinPlan<'TransferObjects'> => {
  atLeastTwo(parameters.coins);
  const sorted = [...parameters.coins].sort(byBalance);
  const richest = sorted.pop() as CoinObject;
  const used = [richest, ...sorted.slice(0, MAX_GAS_COINS - 1)];
  return {
    kind: transferObjects({ objects: [richest], recipient: parameters.owner }),
    gasPayment: used.map(coinRef),
    used,
  };
};

/** What {@link splitCoins} gives. */
export interface SplitPlan extends CoinPlan<'PayCoins'> {
  /** Shannons in each new coin. */
  readonly each: bigint;
  /** How many new coins there will be. */
  readonly created: number;
}

/** The most coins that one split makes. */
export const MAX_SPLIT = 512;

/**
 * Splits coins into equal ones, one for each of so many parallel senders.
 *
 * With `each`: `count` new coins of exactly that; the rest stays in the gas coin. Without: all that the coins hold is
 * divided by `count`; `count - 1` new coins are made, and the gas coin, which keeps the rest, is the last of them
 * (larger by less than `count` shannons and the value fee's rounding). New coins pay the value fee, so the second form
 * is the cheaper one. The new coins' ids are `createdObjectId(digest, n)` for n from 0.
 *
 * @throws INSUFFICIENT_COINS
 * @throws INVALID_ARGUMENT for a count that is not 2 to 512 (1 to 512 with `each`). @throws INVALID_AMOUNT INVALID_ADDRESS
 */
export const splitCoins = (of: {
  readonly owner: string | Uint8Array;
  readonly coins: readonly CoinObject[];
  readonly count: number;
  readonly each?: bigint | undefined;
  readonly parameters: FeeParameters;
}): SplitPlan => {
  const { coins, count, parameters } = of;
  const owner = parseAddress(of.owner);
  const fewest = of.each === undefined ? 2 : 1;
  if (!Number.isSafeInteger(count) || count < fewest || count > MAX_SPLIT) {
    throw invalidArgument('count', `${fewest} to ${MAX_SPLIT}`, count);
  }
  const created = of.each === undefined ? count - 1 : count;
  const plan = (used: readonly CoinObject[], each: bigint): SplitPlan => ({
    kind: payCoins({
      coins: [used[0] as CoinObject],
      recipients: new Array<string>(created).fill(owner),
      amounts: new Array<bigint>(created).fill(each),
    }),
    gasPayment: used.map(coinRef),
    used,
    each,
    created,
  });
  if (of.each !== undefined) {
    const each = checkShannons(of.each);
    const required = requiredToSpend('PayCoins', checkShannons(each * BigInt(created)), parameters, created);
    const single = smallestSufficient(coins, required);
    const used = single === undefined ? gather(coins, required) : [single];
    if (used === undefined) throw insufficient(coins, required, 'split');
    return plan(used, each);
  }
  const used = [...coins].sort(byBalance).reverse().slice(0, MAX_GAS_COINS);
  const total = totalBalance(used);
  // The gas coin keeps as much as each new coin gets: paying for one coin more than are made leaves exactly that.
  const payable = maxSpendable({ kind: 'PayCoins', balance: total, parameters, recipients: created });
  const share = (each: bigint): boolean =>
    requiredToSpend('PayCoins', each * BigInt(created), parameters, created) + each <= total;
  if (used.length === 0 || payable === undefined) {
    throw insufficient(coins, requiredToSpend('PayCoins', BigInt(created), parameters, created) + 1n, 'split');
  }
  let fits = 0n;
  let over = payable / BigInt(created) + 1n;
  while (over - fits > 1n) {
    const middle = (fits + over) / 2n;
    if (share(middle)) fits = middle;
    else over = middle;
  }
  if (fits === 0n)
    throw insufficient(coins, requiredToSpend('PayCoins', BigInt(created), parameters, created) + 1n, 'split');
  return plan(used, fits);
};
