import type { InputObjectKind, ObjectRef } from '@somakit/bcs';
import type { Digest, ObjectId } from '@somakit/core';
import { assertTransaction, type CheckView, inputId, refusalError, transactionInputs } from '@somakit/protocol/checks';
import type { LedgerObject } from '../object.js';
import { repeatsGas } from './inputs.js';
import type { DeletedShared } from './outcome.js';
import { ObjectTable } from './table.js';
import type { ParsedTransaction } from './transaction.js';

/** What the checks look at. */
export interface LedgerView {
  readonly getObject: (id: ObjectId) => LedgerObject | undefined;
  readonly getVersion: (id: ObjectId, version: bigint) => LedgerObject | undefined;
  /** A shared object that was deleted earlier in this epoch. */
  readonly deletedShared: (id: ObjectId) => DeletedShared | undefined;
  /** The transaction that holds an owned reference in this epoch. */
  readonly lockOf: (ref: ObjectRef) => Digest | undefined;
}

/** The objects that a valid transaction takes. */
export interface CheckedInputs {
  readonly inputs: ObjectTable<LedgerObject>;
  readonly deletedShared: readonly DeletedShared[];
  readonly owned: readonly ObjectRef[];
}

const NONE_DELETED: readonly DeletedShared[] = [];

const isOwned = (input: InputObjectKind): input is Exclude<InputObjectKind, { kind: 'SharedObject' }> =>
  input.kind !== 'SharedObject';

/** Collects the inputs of a transaction that passed its checks. */
const collect = (
  taken: readonly InputObjectKind[],
  view: Pick<LedgerView, 'getObject' | 'deletedShared'>,
): CheckedInputs => {
  const inputs = new ObjectTable<LedgerObject>();
  let deletedShared = NONE_DELETED;
  for (const input of taken) {
    const id = inputId(input);
    const object = view.getObject(id);
    if (object !== undefined) inputs.put(object);
    else if (input.kind === 'SharedObject') {
      const gone = view.deletedShared(id);
      if (gone !== undefined) deletedShared = [...deletedShared, gone];
    }
  }
  return { inputs, deletedShared, owned: taken.every(isOwned) ? taken : taken.filter(isOwned) };
};

/** How transactions are checked. */
export interface CheckOptions {
  readonly signatures: boolean;
  readonly locks: boolean;
  readonly simulate: boolean;
}

/** Checks a user transaction in the chain's order and gives what it takes. @throws TRANSACTION_REFUSED */
export type Checker = (transaction: ParsedTransaction, options: CheckOptions) => CheckedInputs;

/** How many objects a check remembers. */
const KEPT = 8;

/** The checks against a state. */
export const createChecker = (view: LedgerView): Checker => {
  // The checks look at each object several times. Of very many no more are kept than are found faster here than there.
  const ids: (ObjectId | undefined)[] = new Array<undefined>(KEPT).fill(undefined);
  const objects: (LedgerObject | undefined)[] = new Array<undefined>(KEPT).fill(undefined);
  let kept = 0;
  const getObject = (id: ObjectId): LedgerObject | undefined => {
    for (let i = 0; i < kept; i++) if (ids[i] === id) return objects[i];
    const object = view.getObject(id);
    if (kept < KEPT) {
      ids[kept] = id;
      objects[kept++] = object;
    }
    return object;
  };
  const { deletedShared } = view;
  const withoutLocks: CheckView = {
    object: getObject,
    objectAt: view.getVersion,
    deletedInEpoch: (id) => deletedShared(id) !== undefined,
  };
  const withLocks: CheckView = { ...withoutLocks, lockedBy: view.lockOf };
  return ({ data, digest, bytes, signatures }, options) => {
    kept = 0;
    const inputs = transactionInputs(data);
    assertTransaction({
      transaction: data,
      view: options.locks ? withLocks : withoutLocks,
      signatures: options.signatures ? signatures : undefined,
      bytes,
      digest,
      simulate: options.simulate,
      inputs,
    });
    if (repeatsGas(data)) throw refusalError({ kind: 'DuplicateObjectRefInput' });
    return collect(inputs, { getObject, deletedShared });
  };
};
