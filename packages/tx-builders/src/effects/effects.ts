import type {
  ChangedObject,
  ExecutionFailureStatus,
  ObjectRef,
  Owner,
  SomaObject,
  TransactionEffects,
} from '@somakit/bcs';
import { type Address, type Digest, type ObjectId, SomaKitError } from '@somakit/core';
import { DELETED_OBJECT_DIGEST, deriveObjectId } from '@somakit/crypto';
import type { TransactionFee } from '@somakit/protocol/fees';
import { coinFromObject } from '../coins/coin.js';
import '../errors.js';
import { explainFailure } from './hints.js';

/** An object as a transaction left it. */
export interface WrittenObject extends ObjectRef {
  readonly owner: Owner;
  /** Before the transaction; undefined for a new object. */
  readonly previous?: ObjectRef | undefined;
}

/** What a transaction did, in the terms of people. */
export interface EffectsReport {
  readonly digest: Digest;
  readonly success: boolean;
  /** Why it failed. */
  readonly failure?: ExecutionFailureStatus | undefined;
  /** The typed error for it: see {@link transactionFailed}. */
  readonly error?: SomaKitError<'TRANSACTION_FAILED'> | undefined;
  readonly epoch: bigint;
  readonly fee: TransactionFee;
  readonly created: readonly WrittenObject[];
  /** The gas coin among them. */
  readonly mutated: readonly WrittenObject[];
  /** The version is the transaction's, the digest the marker of deleted objects. */
  readonly deleted: readonly ObjectRef[];
  /**
   * Objects that a failing transaction had touched: they are still there, unchanged, and can be used again in the next
   * epoch. Reference nodes leave them locked until then.
   */
  readonly locked: readonly ObjectRef[];
  /** The first gas coin as it is now; undefined when it was used up. */
  readonly gasCoin?: WrittenObject | undefined;
}

const written = ({ objectId, inputState, outputState }: ChangedObject, version: bigint): WrittenObject | undefined => {
  if (outputState.kind !== 'ObjectWrite') return undefined;
  return {
    objectId,
    version,
    digest: outputState.digest,
    owner: outputState.owner,
    previous:
      inputState.kind === 'Exist' ? { objectId, version: inputState.version, digest: inputState.digest } : undefined,
  };
};

/**
 * What a transaction created, changed and deleted, what it paid, and why it failed if it did.
 *
 * Source: types/src/effects/mod.rs, the views `created`, `mutated` and `deleted`.
 * @example
 * import { TransactionEffects } from '@somakit/bcs';
 * import { readEffects } from '@somakit/tx-builders';
 * declare const bytes: Uint8Array;
 * const { success, created, fee, error } = readEffects(TransactionEffects.decode(bytes));
 * if (!success) console.log(error?.message, error?.hint);
 */
export const readEffects = (effects: TransactionEffects): EffectsReport => {
  const { version, changedObjects, status, gasObjectIndex } = effects;
  const created: WrittenObject[] = [];
  const mutated: WrittenObject[] = [];
  const deleted: ObjectRef[] = [];
  const locked: ObjectRef[] = [];
  for (const change of changedObjects) {
    const { objectId, inputState, idOperation } = change;
    const now = written(change, version);
    if (now !== undefined) (inputState.kind === 'Exist' ? mutated : created).push(now);
    else if (inputState.kind !== 'Exist') continue;
    else if (idOperation.kind === 'Deleted') deleted.push({ objectId, version, digest: DELETED_OBJECT_DIGEST });
    else locked.push({ objectId, version: inputState.version, digest: inputState.digest });
  }
  const gas = gasObjectIndex === undefined ? undefined : changedObjects[gasObjectIndex];
  const error = transactionFailed(effects);
  return {
    digest: effects.transactionDigest,
    success: status.kind === 'Success',
    failure: status.kind === 'Failure' ? status.error : undefined,
    error,
    epoch: effects.executedEpoch,
    fee: effects.transactionFee,
    created,
    mutated,
    deleted,
    locked,
    gasCoin: gas === undefined ? undefined : written(gas, version),
  };
};

/**
 * The typed error of effects that failed, undefined of those that did not. Its hint says what to do; sending the very
 * same transaction again never helps.
 */
export const transactionFailed = (effects: TransactionEffects): SomaKitError<'TRANSACTION_FAILED'> | undefined => {
  if (effects.status.kind === 'Success') return undefined;
  const failure = effects.status.error;
  const { what, hint } = explainFailure(failure);
  const digest = effects.transactionDigest;
  return new SomaKitError('TRANSACTION_FAILED', `The transaction ${digest} failed: ${what} (${failure.kind}).`, {
    context: { digest, failure, effects },
    hint,
  });
};

/**
 * The effects themselves when they are a success.
 * @throws TRANSACTION_FAILED
 */
export const assertSuccess = (effects: TransactionEffects): TransactionEffects => {
  const error = transactionFailed(effects);
  if (error !== undefined) throw error;
  return effects;
};

/** What an account gained or lost. */
export interface BalanceChange {
  readonly address: Address;
  /** Shannons; negative for a loss. */
  readonly amount: bigint;
}

/**
 * What a transaction changed in the balances of accounts: coins after less coins before, accounts in ascending order,
 * those without a change left out. Staked positions are no balance.
 *
 * Source: types/src/balance_change.rs.
 */
export const balanceChanges = (objects: {
  readonly before: readonly SomaObject[];
  readonly after: readonly SomaObject[];
}): readonly BalanceChange[] => {
  const amounts = new Map<Address, bigint>();
  const add = (object: SomaObject, sign: bigint): void => {
    if (object.owner.kind !== 'AddressOwner') return;
    const balance = coinFromObject(object)?.balance;
    if (balance === undefined) return;
    const { address } = object.owner;
    amounts.set(address, (amounts.get(address) ?? 0n) + sign * balance);
  };
  for (const object of objects.before) add(object, -1n);
  for (const object of objects.after) add(object, 1n);
  return [...amounts]
    .filter(([, amount]) => amount !== 0n)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([address, amount]) => ({ address, amount }));
};

/**
 * The id of the n-th object that a transaction creates: 0 is the model of CreateModel, or the first coin of a
 * payment.
 *
 * Source: types/src/base.rs, `ObjectID::derive_id`.
 */
export const createdObjectId = (digest: Digest, n: bigint): ObjectId => deriveObjectId(digest, n);
