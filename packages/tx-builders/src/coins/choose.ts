import { checkShannons, invalidArgument } from '@somakit/core';
import type { UserKind } from '@somakit/protocol/checks';
import { type FeeParameters, valueFee } from '@somakit/protocol/fees';
import { requiredToSpend } from '../fees/amounts.js';
import {
  byBalance,
  type CoinObject,
  gather,
  idsOf,
  insufficient,
  MAX_GAS_COINS,
  smallestSufficient,
  totalBalance,
} from './coin.js';

/** What a transaction needs coins for. */
export type CoinNeed =
  /** An amount leaves a coin. */
  | { readonly kind: 'TransferCoin' | 'AddStake' | 'AddStakeToModel'; readonly amount: bigint }
  | { readonly kind: 'CreateModel'; readonly stakeAmount: bigint }
  | { readonly kind: 'PayCoins'; readonly amounts: readonly bigint[] }
  /** A bond leaves a coin of its own, so that a lost gas coin never holds it up. */
  | { readonly kind: 'SubmitData'; readonly bond: bigint }
  /** `objects`: how many; leave those that are coins out of `coins`. */
  | { readonly kind: 'TransferObjects'; readonly objects: number }
  /** `value`: the principal or the reward, where it is known: it pays a value fee. */
  | { readonly kind: 'WithdrawStake' | 'ClaimRewards'; readonly value?: bigint | undefined }
  | {
      readonly kind: Exclude<
        UserKind,
        | 'TransferCoin'
        | 'AddStake'
        | 'AddStakeToModel'
        | 'CreateModel'
        | 'PayCoins'
        | 'SubmitData'
        | 'TransferObjects'
        | 'WithdrawStake'
        | 'ClaimRewards'
      >;
    };

/** The coins of one transaction. */
export interface CoinChoice {
  /** For `buildTransaction`; the first keeps the rest of all. */
  readonly gasPayment: readonly CoinObject[];
  /** For the kind: what the amount or the bond comes from. The first gas coin where one coin can do both. */
  readonly coin: CoinObject;
  /** Every coin that the transaction takes, once. */
  readonly used: readonly CoinObject[];
}

/** What {@link chooseCoins} takes. */
export interface ChooseCoinsParameters {
  readonly need: CoinNeed;
  /** The sender's coins that may be used, in any order. */
  readonly coins: readonly CoinObject[];
  /** Fees of the epoch: the SystemParameters. */
  readonly parameters: FeeParameters;
  /** Up to this many of the smallest other coins are merged into the gas coin: costs nothing. Defaults to 0. */
  readonly sweep?: number | undefined;
  /** Take the bond of a submission from the gas coin even when there are two coins. Defaults to false. */
  readonly bondFromGas?: boolean | undefined;
}

/** The most objects that a submission writes: gas, bond coin, target, SystemState, new target. */
const SUBMISSION_WRITES = 5n;
/** The most coins that an unreported claim creates, and the gas coin and SystemState. */
const CLAIM_WRITES = 6n;

const gasOnly = (need: CoinNeed, parameters: FeeParameters): bigint => {
  const writes = (): bigint => {
    switch (need.kind) {
      case 'SubmitData':
        return SUBMISSION_WRITES;
      case 'ClaimRewards':
        return CLAIM_WRITES;
      case 'WithdrawStake':
        return 3n;
      case 'TransferObjects':
        return BigInt(need.objects) + 1n;
      default:
        return 2n;
    }
  };
  const value = 'value' in need ? (need.value ?? 0n) : 0n;
  return parameters.baseFee + writes() * parameters.writeObjectFee + valueFee(need.kind, value, parameters);
};

/** The smallest coin that does, or the fewest that do together. */
const oneOrMore = (coins: readonly CoinObject[], required: bigint): readonly CoinObject[] | undefined => {
  const single = smallestSufficient(coins, required);
  return single === undefined ? gather(coins, required) : [single];
};

const withSweep = (
  gasPayment: readonly CoinObject[],
  bond: CoinObject | undefined,
  all: ChooseCoinsParameters,
): CoinChoice => {
  const { sweep = 0, coins } = all;
  const taken = idsOf(bond === undefined ? gasPayment : [...gasPayment, bond]);
  const room = Math.min(sweep, MAX_GAS_COINS - gasPayment.length);
  const dust =
    room <= 0
      ? []
      : coins
          .filter(({ objectId }) => !taken.has(objectId))
          .sort(byBalance)
          .slice(0, room);
  const payment = dust.length === 0 ? gasPayment : [...gasPayment, ...dust];
  const coin = bond ?? (gasPayment[0] as CoinObject);
  return { gasPayment: payment, coin, used: bond === undefined ? payment : [bond, ...payment] };
};

/**
 * Chooses the coins of a transaction: the smallest that suffices, for amount and fees at once; several merged, fewest
 * first, when no single one does (up to 256); for a submission two, of which one gives the bond.
 *
 * Deterministic: the order of `coins` does not matter, equal balances go by id. Small coins are used up, large ones are
 * kept whole; no choice fails on the chain for its balance.
 *
 * @throws INSUFFICIENT_COINS INVALID_AMOUNT INVALID_ARGUMENT
 * @example
 * import { parseSoma } from '@somakit/core';
 * import { buildTransaction, type CoinObject, chooseCoins, transferCoin } from '@somakit/tx-builders';
 * declare const coins: CoinObject[];
 * const parameters = { baseFee: 1000n, writeObjectFee: 300n, valueFeeBps: 10n };
 * const amount = parseSoma('1.5');
 * const { coin, gasPayment } = chooseCoins({ need: { kind: 'TransferCoin', amount }, coins, parameters });
 * const kind = transferCoin({ coin, amount, recipient: '0xb0b' });
 * const transaction = buildTransaction({ sender: '0xa11ce', kind, gasPayment });
 */
export const chooseCoins = (all: ChooseCoinsParameters): CoinChoice => {
  const { need, coins, parameters, sweep = 0 } = all;
  if (!Number.isSafeInteger(sweep) || sweep < 0) throw invalidArgument('sweep', 'a whole number, 0 or more', sweep);
  const spend = (required: bigint): CoinChoice => {
    const payment = oneOrMore(coins, required);
    if (payment === undefined) throw insufficient(coins, required, 'value');
    return withSweep(payment, undefined, all);
  };
  switch (need.kind) {
    case 'TransferCoin':
    case 'AddStake':
    case 'AddStakeToModel':
      return spend(requiredToSpend(need.kind, checkShannons(need.amount), parameters));
    case 'CreateModel':
      return spend(requiredToSpend(need.kind, checkShannons(need.stakeAmount), parameters));
    case 'PayCoins': {
      const sum = need.amounts.reduce((total, amount) => total + checkShannons(amount), 0n);
      return spend(requiredToSpend(need.kind, checkShannons(sum), parameters, need.amounts.length));
    }
    case 'SubmitData':
      return bonded(checkShannons(need.bond), gasOnly(need, parameters), all);
    default: {
      const required = gasOnly(need, parameters);
      const payment = oneOrMore(coins, required);
      if (payment === undefined) throw insufficient(coins, required, 'gas');
      return withSweep(payment, undefined, all);
    }
  }
};

const bonded = (bond: bigint, fee: bigint, all: ChooseCoinsParameters): CoinChoice => {
  const { coins, bondFromGas = false } = all;
  const bondCoin = bondFromGas ? undefined : smallestSufficient(coins, bond);
  if (bondCoin !== undefined) {
    const others = coins.filter(({ objectId }) => objectId !== bondCoin.objectId);
    const payment = oneOrMore(others, fee);
    if (payment !== undefined) return withSweep(payment, bondCoin, all);
  }
  const payment = oneOrMore(coins, bond + fee);
  if (payment === undefined) throw insufficient(coins, bond + fee, 'bond');
  return withSweep(payment, undefined, all);
};

/** What the coins of a choice hold together. */
export const choiceBalance = ({ used }: CoinChoice): bigint => totalBalance(used);
