import type { Owner, SystemState } from '@somakit/bcs';
import type { Address, Digest, ObjectId } from '@somakit/core';
import type { FeeParameters } from '@somakit/protocol/fees';
import { derivedId } from '../encode/scratch.js';
import { fail } from '../errors.js';
import {
  coinBalance,
  coinContents,
  type LedgerObject,
  type ObjectKind,
  ownedBy,
  ownerAddress,
  systemStateContents,
  systemStateOf,
} from '../object.js';
import { STATE_ID } from './inputs.js';
import type { ObjectTable } from './table.js';

/** An object as an execution leaves it; its version and origin follow when the execution ends. */
export interface Draft {
  readonly objectId: ObjectId;
  readonly objectType: { readonly kind: ObjectKind };
  readonly owner: Owner;
  /** Empty where {@link balance} says what is in it. */
  readonly contents: Uint8Array;
  /** The balance of a coin that was written: it may change several times before it is encoded. */
  readonly balance?: bigint | undefined;
}

const NOT_ENCODED = /* @__PURE__ */ new Uint8Array(0);

/** The contents of an object as an execution leaves it. */
export const contentsOf = ({ balance, contents }: Draft): Uint8Array =>
  balance === undefined ? contents : coinContents(balance);

/**
 * The working copy of one execution: what goes in, what was written and what was deleted so far.
 *
 * Source: types/src/temporary_store.rs; unlike there a failure takes everything back, and a deleted object can be read
 * no more.
 */
export interface Execution {
  readonly digest: Digest;
  readonly sender: Address;
  readonly epoch: bigint;
  readonly fees: FeeParameters;
  readonly protocolVersion: bigint;
  /** The coin that pays; undefined for system kinds. */
  readonly gasId: ObjectId | undefined;
  /** The objects before, by id. */
  readonly inputs: ObjectTable<LedgerObject>;
  /** Created and changed objects. Their number is what the operation fee counts. */
  written: ObjectTable<Draft>;
  /** Replaced by the first deletion: most executions have none. */
  deleted: ReadonlySet<ObjectId>;
  /** Things created so far: ids and seeds follow from it. */
  counter: bigint;
  /** What slashing burned, in shannons. */
  burned: bigint;
  /** Whether the reference's defects are to be reproduced: for replays. */
  readonly reproduce: boolean;
  /** Inputs that were changed or deleted, and new objects, kept only then: a failure does not take these marks back. */
  readonly touched: Set<ObjectId>;
  readonly created: Set<ObjectId>;
}

/** The next creation number. Numbers are used up by seeds and pools too. */
export const nextNumber = (execution: Execution): bigint => execution.counter++;

/** The id of the next new object. */
export const nextId = (execution: Execution): ObjectId => derivedId(execution.digest, nextNumber(execution));

/** An object as it stands; undefined when it is none of the inputs, or was deleted. */
export const read = (execution: Execution, id: ObjectId): Draft | undefined =>
  execution.deleted.has(id) && !execution.reproduce
    ? undefined
    : (execution.written.get(id) ?? execution.inputs.get(id));

/** Writes an object. */
export const write = (execution: Execution, draft: Draft): void => {
  execution.written.put(draft);
  if (execution.reproduce) {
    (execution.inputs.has(draft.objectId) ? execution.touched : execution.created).add(draft.objectId);
  }
};

/** What {@link Execution.deleted} begins with. */
export const NOTHING_DELETED: ReadonlySet<ObjectId> = /* @__PURE__ */ new Set();

/** Deletes an object. */
export const remove = (execution: Execution, id: ObjectId): void => {
  execution.written.delete(id);
  if (execution.deleted === NOTHING_DELETED) execution.deleted = new Set();
  (execution.deleted as Set<ObjectId>).add(id);
  if (execution.reproduce) execution.touched.add(id);
};

/** Gives an object to somebody. */
export const give = (execution: Execution, object: Draft, recipient: Address): void =>
  write(execution, {
    objectId: object.objectId,
    objectType: object.objectType,
    owner: ownedBy(recipient),
    contents: object.contents,
    balance: object.balance,
  });

/** Creates a coin. */
export const createCoin = (execution: Execution, owner: Address, balance: bigint): void =>
  write(execution, {
    objectId: nextId(execution),
    objectType: { kind: 'Coin' },
    owner: ownedBy(owner),
    contents: NOT_ENCODED,
    balance,
  });

/** Sets the balance of a coin. */
export const setBalance = (execution: Execution, coin: Draft, balance: bigint): void =>
  write(execution, {
    objectId: coin.objectId,
    objectType: coin.objectType,
    owner: coin.owner,
    contents: NOT_ENCODED,
    balance,
  });

/** An object that the sender owns. */
export const requireOwned = (execution: Execution, objectId: ObjectId): Draft => {
  const object = read(execution, objectId) ?? fail({ kind: 'ObjectNotFound', objectId });
  const actualOwner = ownerAddress(object.owner);
  if (actualOwner !== execution.sender) {
    fail({
      kind: 'InvalidOwnership',
      objectId,
      expectedOwner: execution.sender,
      ...(actualOwner === undefined ? {} : { actualOwner }),
    });
  }
  return object;
};

/** An object of the sender that is of a given type. */
export const requireType = (execution: Execution, objectId: ObjectId, expectedType: ObjectKind): Draft => {
  const object = requireOwned(execution, objectId);
  if (object.objectType.kind !== expectedType) {
    fail({ kind: 'InvalidObjectType', objectId, expectedType: { kind: expectedType }, actualType: object.objectType });
  }
  return object;
};

/** A coin of the sender and its balance: for the gas coin what the base fee left. */
export const requireCoin = (
  execution: Execution,
  objectId: ObjectId,
): { readonly coin: Draft; readonly balance: bigint } => {
  const coin = requireType(execution, objectId, 'Coin');
  return { coin, balance: coinBalance(coin) };
};

/** The network's state as it stands. */
export const readState = (execution: Execution): SystemState =>
  systemStateOf(read(execution, STATE_ID) ?? fail({ kind: 'ObjectNotFound', objectId: STATE_ID }));

/** Writes the network's state. */
export const writeState = (execution: Execution, state: SystemState): void => {
  const object = read(execution, STATE_ID) ?? fail({ kind: 'ObjectNotFound', objectId: STATE_ID });
  write(execution, {
    objectId: STATE_ID,
    objectType: object.objectType,
    owner: object.owner,
    contents: systemStateContents(state),
  });
};
