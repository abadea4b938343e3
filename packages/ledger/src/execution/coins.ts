import type { TransactionKind } from '@somakit/bcs';
import { U64_MAX } from '@somakit/protocol';
import { checkPayCoins, checkTransferObjects } from '@somakit/protocol/checks';
import { fail, failIf } from '../errors.js';
import { coinBalance } from '../object.js';
import {
  createCoin,
  type Draft,
  type Execution,
  give,
  remove,
  requireCoin,
  requireOwned,
  setBalance,
} from './context.js';

type Kind<K extends TransactionKind['kind']> = Extract<TransactionKind, { kind: K }>;

/** What the executors put aside for the objects that they write, when the coin pays the gas too. */
export const reserve = (execution: Execution, writes: number): bigint => BigInt(writes) * execution.fees.writeObjectFee;

const insufficient = (): never => fail({ kind: 'InsufficientCoinBalance' });

/** Source: authority/src/execution/coin.rs, TransferCoin. */
export const transferCoin = (execution: Execution, kind: Kind<'TransferCoin'>, valueFee: bigint): void => {
  const { coin, balance } = requireCoin(execution, kind.coin.objectId);
  const { amount, recipient } = kind;
  if (coin.objectId === execution.gasId) {
    const aside = valueFee + reserve(execution, 2);
    if (amount === undefined) {
      if (balance <= aside) insufficient();
      createCoin(execution, recipient, balance - aside);
      setBalance(execution, coin, aside);
      return;
    }
    if (balance < amount + aside) insufficient();
    createCoin(execution, recipient, amount);
    setBalance(execution, coin, balance - amount);
    return;
  }
  if (amount === undefined || amount === balance) {
    give(execution, coin, recipient);
    return;
  }
  if (amount > balance) insufficient();
  createCoin(execution, recipient, amount);
  setBalance(execution, coin, balance - amount);
};

const checkedSum = (values: readonly bigint[]): bigint => {
  const sum = values.reduce((total, value) => total + value, 0n);
  return sum > U64_MAX ? fail({ kind: 'ArithmeticOverflow' }) : sum;
};

/** Source: authority/src/execution/coin.rs, PayCoins. */
export const payCoins = (execution: Execution, kind: Kind<'PayCoins'>, valueFee: bigint): void => {
  const { amounts, recipients } = kind;
  const wrong = checkPayCoins(kind);
  // Of amounts that no sum holds the reference learns after it has looked at the coins.
  if (wrong?.kind !== 'ArithmeticOverflow') failIf(wrong);
  const recipient = recipients[0]!;
  // Coins that the gas coin took in are no longer there.
  const coins = kind.coins
    .filter(({ objectId }) => !execution.deleted.has(objectId))
    .map(({ objectId }) => requireCoin(execution, objectId));
  const gas = coins.find(({ coin }) => coin.objectId === execution.gasId);
  const total = checkedSum(coins.map(({ balance }) => balance));
  const keeper = gas ?? coins[0] ?? insufficient();
  const dropOthers = (): void => {
    for (const { coin } of coins) if (coin !== keeper.coin) remove(execution, coin.objectId);
  };
  if (amounts !== undefined) {
    const pay = checkedSum(amounts);
    if (total < pay + valueFee + reserve(execution, 1 + recipients.length)) insufficient();
    for (const [i, to] of recipients.entries()) createCoin(execution, to, amounts[i]!);
    setBalance(execution, keeper.coin, total - pay);
    dropOthers();
    return;
  }
  if (gas !== undefined) {
    const aside = valueFee + reserve(execution, 2);
    if (total <= aside) insufficient();
    createCoin(execution, recipient, total - aside);
    setBalance(execution, gas.coin, aside);
  } else {
    if (coins.length > 1) setBalance(execution, keeper.coin, total);
    give(execution, requireOwned(execution, keeper.coin.objectId), recipient);
  }
  dropOthers();
};

/** Source: authority/src/execution/object.rs, TransferObjects. */
export const transferObjects = (execution: Execution, kind: Kind<'TransferObjects'>): void => {
  failIf(checkTransferObjects(kind));
  const objects = kind.objects.map(({ objectId }) => requireOwned(execution, objectId));
  for (const object of objects) give(execution, object, kind.recipient);
};

/** Takes `amount` out of a coin of the sender; a coin that is used up and does not pay the gas ends. */
export const takeFrom = (execution: Execution, coin: Draft, amount: bigint): void => {
  const left = coinBalance(coin) - amount;
  if (left === 0n && coin.objectId !== execution.gasId) remove(execution, coin.objectId);
  else setBalance(execution, coin, left);
};

/**
 * The amount that a staking kind takes: what is asked for, or all. Checks that the coin has it beside the fees that it
 * pays when it is the gas coin.
 *
 * Source: authority/src/execution/{staking,model}.rs. AddStakeToModel without an amount puts aside one write fee there,
 * and its books do not add up; here it is treated as AddStake is.
 */
export const stakeAmount = (
  execution: Execution,
  of: {
    readonly coin: Draft;
    readonly balance: bigint;
    readonly amount: bigint | undefined;
    readonly valueFee: bigint;
    readonly writes: number;
  },
): bigint => {
  const { coin, balance, amount } = of;
  const aside = coin.objectId === execution.gasId ? of.valueFee + reserve(execution, of.writes) : 0n;
  if (amount !== undefined) return balance < amount + aside ? insufficient() : amount;
  if (aside > 0n && balance <= aside) insufficient();
  return balance - aside;
};
