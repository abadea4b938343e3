import { Coin, type ObjectRef, SomaObject } from '@somakit/bcs';
import { type ObjectId, SomaKitError } from '@somakit/core';
import { objectDigest } from '@somakit/crypto';
import '../errors.js';

/** A coin: which version of which object, and what it holds. */
export interface CoinObject extends ObjectRef {
  /** Shannons. */
  readonly balance: bigint;
}

/** The most coins that one transaction should take as gas; the official client's limit too. */
export const MAX_GAS_COINS = 256;

/**
 * The coin that an object of the chain is, undefined for objects of other types.
 * @throws BCS_TRUNCATED BCS_NOT_CANONICAL for damaged contents.
 */
export const coinFromObject = (object: SomaObject): CoinObject | undefined => {
  if (object.objectType.kind !== 'Coin') return undefined;
  return { ...refFromObject(object), balance: Coin.decode(object.contents).balance };
};

/** The reference to an object: its digest covers contents and owner. */
export const refFromObject = (object: SomaObject): ObjectRef => ({
  objectId: object.objectId,
  version: object.version,
  digest: objectDigest(SomaObject.encode(object)),
});

/** The order of all choices: balance, then id. Whatever order a node lists coins in, the choice is the same. */
export const byBalance = (a: CoinObject, b: CoinObject): number => {
  if (a.balance !== b.balance) return a.balance < b.balance ? -1 : 1;
  return a.objectId < b.objectId ? -1 : a.objectId > b.objectId ? 1 : 0;
};

/** What coins hold together. */
export const totalBalance = (coins: readonly CoinObject[]): bigint =>
  coins.reduce((sum, { balance }) => sum + balance, 0n);

/** The reference alone, as transactions hold it. */
export const coinRef = ({ objectId, version, digest }: ObjectRef): ObjectRef => ({ objectId, version, digest });

/** The coin with the least balance that holds `required`; of equals the one with the lower id. */
export const smallestSufficient = (coins: readonly CoinObject[], required: bigint): CoinObject | undefined => {
  let best: CoinObject | undefined;
  for (const coin of coins) {
    if (coin.balance >= required && (best === undefined || byBalance(coin, best) < 0)) best = coin;
  }
  return best;
};

/** The fewest coins that hold `required` together, richest first; undefined when `limit` coins do not. */
export const gather = (
  coins: readonly CoinObject[],
  required: bigint,
  limit = MAX_GAS_COINS,
): CoinObject[] | undefined => {
  const chosen: CoinObject[] = [];
  let total = 0n;
  for (const coin of [...coins].sort(byBalance).reverse()) {
    if (total >= required && chosen.length > 0) break;
    if (chosen.length === limit) return undefined;
    chosen.push(coin);
    total += coin.balance;
  }
  return total >= required && chosen.length > 0 ? chosen : undefined;
};

type Purpose = 'gas' | 'value' | 'bond' | 'split' | 'merge';

export const insufficient = (
  coins: readonly CoinObject[],
  required: bigint,
  purpose: Purpose,
): SomaKitError<'INSUFFICIENT_COINS'> => {
  const available = totalBalance(coins);
  const hint =
    available < required
      ? 'Receive more SOMA, or wait for transactions that use the other coins.'
      : coins.length > MAX_GAS_COINS
        ? `The coins are too small: more than ${MAX_GAS_COINS} would be needed. Merge some first.`
        : undefined;
  return new SomaKitError(
    'INSUFFICIENT_COINS',
    `${required} shannons are needed in coins (${purpose}, fees included), ${available} are there in ${coins.length}.`,
    { context: { required, available, reserved: 0n, purpose }, hint },
  );
};

/** The ids of coins, for quick look-up. */
export const idsOf = (coins: readonly { readonly objectId: ObjectId }[]): Set<ObjectId> =>
  new Set(coins.map(({ objectId }) => objectId));
