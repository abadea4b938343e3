import type { ObjectRef, TransactionData, TransactionKind } from '@somakit/bcs';
import type { ObjectId } from '@somakit/core';
import { saturateU64, wrapU64 } from '@somakit/protocol';
import { valueFee } from '@somakit/protocol/fees';
import { coinBalance, stakedSoma, targetOf } from '../object.js';
import { type Execution, read, remove, setBalance } from './context.js';

/** The balance that a value fee is taken on. A coin that the gas coin took in still counts with what it had. */
const balanceOf = (execution: Execution, id: ObjectId): bigint => {
  const object = execution.written.get(id) ?? execution.inputs.get(id);
  return object?.objectType.kind === 'Coin' ? coinBalance(object) : 0n;
};

const sum = (values: readonly bigint[]): bigint => wrapU64(values.reduce((total, value) => total + value, 0n));

/** The value that a kind moves. Source: authority/src/execution `calculate_value_fee` of the executors. */
const movedValue = (execution: Execution, kind: TransactionKind): bigint => {
  switch (kind.kind) {
    case 'TransferCoin':
      return kind.amount ?? balanceOf(execution, kind.coin.objectId);
    case 'PayCoins':
      return sum(kind.amounts ?? kind.coins.map(({ objectId }) => balanceOf(execution, objectId)));
    case 'AddStake':
    case 'AddStakeToModel':
      return kind.amount ?? balanceOf(execution, kind.coinRef.objectId);
    case 'CreateModel':
      return kind.stakeAmount;
    case 'WithdrawStake': {
      const object = execution.inputs.get(kind.stakedSoma.objectId);
      return object?.objectType.kind === 'StakedSoma' ? stakedSoma(object).principal : 0n;
    }
    case 'ClaimRewards': {
      const object = execution.inputs.get(kind.targetId);
      return object?.objectType.kind === 'Target' ? targetOf(object).rewardPool : 0n;
    }
    default:
      return 0n;
  }
};

/** The value fee of a transaction; taken on the balances after the gas coins were merged and before the base fee. */
export const valueFeeOf = (execution: Execution, kind: TransactionKind): bigint =>
  valueFee(kind.kind, movedValue(execution, kind), execution.fees);

/** Merges all gas coins into the first, which pays. Source: authority/src/execution/prepare_gas.rs `smash_gas_coins`. */
export const mergeGasCoins = (execution: Execution, gasPayment: readonly ObjectRef[]): void => {
  const [primary, ...others] = gasPayment;
  if (primary === undefined || others.length === 0) return;
  let balance = balanceOf(execution, primary.objectId);
  for (const { objectId } of others) {
    balance += balanceOf(execution, objectId);
    remove(execution, objectId);
  }
  setBalance(execution, execution.inputs.get(primary.objectId)!, saturateU64(balance));
};

/** What the gas coin has now. */
export const gasBalance = (execution: Execution): bigint => balanceOf(execution, execution.gasId!);

/** Takes a fee from the gas coin. False when it has too little. A coin that is left with nothing stays until the end. */
export const takeFee = (execution: Execution, fee: bigint): boolean => {
  const coin = read(execution, execution.gasId!);
  if (coin === undefined) return false;
  const balance = coinBalance(coin);
  if (balance < fee) return false;
  setBalance(execution, coin, balance - fee);
  // The reference deletes at once, and reads the balance from before in what follows.
  if (execution.reproduce) dropEmptyGas(execution);
  return true;
};

/** Deletes the gas coin when nothing is left in it. */
export const dropEmptyGas = (execution: Execution): void => {
  const id = execution.gasId!;
  const coin = execution.written.get(id);
  if (coin?.objectType.kind === 'Coin' && coinBalance(coin) === 0n) remove(execution, id);
};

/** The first gas coin of a user transaction. */
export const gasIdOf = (data: TransactionData): ObjectId | undefined => data.gasPayment[0]?.objectId;
