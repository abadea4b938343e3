import type {
  StakedSoma as StakedSomaContents,
  StakingPool,
  SystemState,
  TransactionKind,
  Validator,
} from '@somakit/bcs';
import { StakedSoma } from '@somakit/bcs';
import type { Address, ObjectId } from '@somakit/core';
import { saturateU64, wrapU64 } from '@somakit/protocol';
import { checkStakeToValidator } from '@somakit/protocol/checks';
import { addStake as addToPool, withdrawStake as withdrawFromPool } from '@somakit/protocol/staking';
import { fail, failIf } from '../errors.js';
import { stakedSoma } from '../object.js';
import { stakeAmount, takeFrom } from './coins.js';
import {
  createCoin,
  type Execution,
  nextId,
  readState,
  remove,
  requireCoin,
  requireType,
  write,
  writeState,
} from './context.js';

type Kind<K extends TransactionKind['kind']> = Extract<TransactionKind, { kind: K }>;

/** A list with one item replaced. */
export const replaceAt = <T>(list: readonly T[], index: number, value: T): T[] => {
  const copy = list.slice();
  copy[index] = value;
  return copy;
};

/** A map with one entry set. */
export const withEntry = <K, V>(map: ReadonlyMap<K, V>, key: K, value: V): Map<K, V> => new Map(map).set(key, value);

/** A map without an entry. */
export const withoutEntry = <K, V>(map: ReadonlyMap<K, V>, key: K): Map<K, V> => {
  const copy = new Map(map);
  copy.delete(key);
  return copy;
};

/** The place of an active validator; -1 when there is none. */
export const activeIndex = (state: SystemState, address: Address): number =>
  state.validators.findIndex(({ metadata }) => metadata.somaAddress === address);

/** Changes the validator of an address, active or else pending; undefined when there is none. */
const updateValidator = (
  state: SystemState,
  address: Address,
  change: (validator: Validator) => Validator,
): SystemState | undefined => {
  const active = activeIndex(state, address);
  if (active >= 0)
    return { ...state, validators: replaceAt(state.validators, active, change(state.validators[active]!)) };
  const pending = state.pendingValidators.findIndex(({ metadata }) => metadata.somaAddress === address);
  if (pending < 0) return undefined;
  return {
    ...state,
    pendingValidators: replaceAt(state.pendingValidators, pending, change(state.pendingValidators[pending]!)),
  };
};

/** Creates the receipt of a stake. */
export const createReceipt = (execution: Execution, owner: Address, receipt: StakedSomaContents): void =>
  write(execution, {
    objectId: nextId(execution),
    objectType: { kind: 'StakedSoma' },
    owner: { kind: 'AddressOwner', address: owner },
    contents: StakedSoma.encode(receipt),
  });

/** A stake in a validator's pool. Source: types/src/system_state/validator.rs `request_add_stake`. */
export const stakeWith = (
  validator: Validator,
  amount: bigint,
  epoch: bigint,
): { readonly validator: Validator; readonly receipt: StakedSomaContents } => {
  const { pool, receipt } = addToPool(validator.stakingPool, amount, epoch);
  return {
    validator: { ...validator, stakingPool: pool, nextEpochStake: wrapU64(validator.nextEpochStake + amount) },
    receipt: { poolId: pool.id, ...receipt },
  };
};

/** Source: authority/src/execution/staking.rs, AddStake; types/src/system_state/mod.rs `request_add_stake`. */
export const addStake = (execution: Execution, kind: Kind<'AddStake'>, valueFee: bigint): void => {
  const { coin, balance } = requireCoin(execution, kind.coinRef.objectId);
  const amount = stakeAmount(execution, { coin, balance, amount: kind.amount, valueFee, writes: 3 });
  const state = readState(execution);
  let receipt: StakedSomaContents | undefined;
  const next = updateValidator(state, kind.address, (validator) => {
    failIf(checkStakeToValidator(true, amount));
    const staked = stakeWith(validator, amount, execution.epoch);
    receipt = staked.receipt;
    return staked.validator;
  });
  if (next === undefined || receipt === undefined) fail({ kind: 'ValidatorNotFound' });
  takeFrom(execution, coin, amount);
  createReceipt(execution, execution.sender, receipt);
  const { stakingPoolMappings } = next;
  writeState(
    execution,
    stakingPoolMappings.get(receipt.poolId) === kind.address
      ? next
      : { ...next, stakingPoolMappings: withEntry(stakingPoolMappings, receipt.poolId, kind.address) },
  );
};

const withdrawFrom = (
  state: SystemState,
  receipt: StakedSomaContents,
  epoch: bigint,
): { readonly state: SystemState; readonly paid: bigint } | undefined => {
  const { poolId } = receipt;
  let paid = 0n;
  const fromPool = (pool: StakingPool): StakingPool => {
    const withdrawal = withdrawFromPool(pool, receipt, epoch);
    paid = withdrawal.paid;
    return withdrawal.pool;
  };
  const fromValidator = (validator: Validator): Validator => {
    const stakingPool = fromPool(validator.stakingPool);
    return { ...validator, stakingPool, nextEpochStake: wrapU64(validator.nextEpochStake - paid) };
  };
  const address = state.stakingPoolMappings.get(poolId);
  if (address !== undefined) {
    // The pool decides, not the address alone: a validator that left and joined anew has another pool, and a stake of
    // the old one must not be paid from it.
    const seat = [...state.validators, ...state.pendingValidators].find(
      ({ metadata }) => metadata.somaAddress === address,
    );
    if (seat?.stakingPool.id === poolId) {
      const next = updateValidator(state, address, fromValidator);
      if (next !== undefined) return { state: next, paid };
    }
    const inactive = state.inactiveValidators.get(poolId);
    if (inactive !== undefined) {
      const left = fromValidator(inactive);
      return { state: { ...state, inactiveValidators: withEntry(state.inactiveValidators, poolId, left) }, paid };
    }
  }
  const { modelRegistry } = state;
  const modelId = modelRegistry.stakingPoolMappings.get(poolId);
  const model = modelId === undefined ? undefined : modelRegistry.models.get(modelId);
  if (modelId === undefined || model === undefined) return undefined;
  const models = withEntry(modelRegistry.models, modelId, { ...model, stakingPool: fromPool(model.stakingPool) });
  const totalModelStake =
    model.kind === 'Active' ? saturateU64(modelRegistry.totalModelStake - paid) : modelRegistry.totalModelStake;
  return { state: { ...state, modelRegistry: { ...modelRegistry, models, totalModelStake } }, paid };
};

/** Source: authority/src/execution/staking.rs, WithdrawStake; types/src/system_state/mod.rs `request_withdraw_stake`. */
export const withdrawStake = (execution: Execution, kind: Kind<'WithdrawStake'>): void => {
  const id: ObjectId = kind.stakedSoma.objectId;
  const object = requireType(execution, id, 'StakedSoma');
  const result =
    withdrawFrom(readState(execution), stakedSoma(object), execution.epoch) ?? fail({ kind: 'StakingPoolNotFound' });
  remove(execution, id);
  createCoin(execution, execution.sender, result.paid);
  writeState(execution, result.state);
};
