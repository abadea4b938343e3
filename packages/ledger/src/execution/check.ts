import type { InputObjectKind, ObjectRef } from '@somakit/bcs';
import type { Digest, ObjectId } from '@somakit/core';
import { assertTransaction, type CheckView, refusalError, transactionInputs } from '@somakit/protocol/checks';
import type { LedgerObject } from '../object.js';
import type { DeletedShared } from './effects.js';
import { repeatsGas, splitInputs } from './inputs.js';
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
  readonly inputs: ReadonlyMap<ObjectId, LedgerObject>;
  readonly deletedShared: readonly DeletedShared[];
  readonly owned: readonly ObjectRef[];
}

/** Collects the inputs of a transaction that passed its checks. */
const collect = (
  taken: readonly InputObjectKind[],
  view: Pick<LedgerView, 'getObject' | 'deletedShared'>,
): CheckedInputs => {
  const { shared, owned } = splitInputs(taken);
  const inputs = new Map<ObjectId, LedgerObject>();
  const deletedShared: DeletedShared[] = [];
  for (const id of shared) {
    const object = view.getObject(id);
    if (object !== undefined) inputs.set(id, object);
    else {
      const gone = view.deletedShared(id);
      if (gone !== undefined) deletedShared.push(gone);
    }
  }
  for (const { objectId } of owned) {
    const object = view.getObject(objectId);
    if (object !== undefined) inputs.set(objectId, object);
  }
  return { inputs, deletedShared, owned };
};

/** How transactions are checked. */
export interface CheckOptions {
  readonly signatures: boolean;
  readonly locks: boolean;
  readonly simulate: boolean;
}

/** Checks a user transaction in the chain's order and gives what it takes. @throws TRANSACTION_REFUSED */
export type Checker = (transaction: ParsedTransaction, options: CheckOptions) => CheckedInputs;

/** The checks against a state. */
export const createChecker = (view: LedgerView): Checker => {
  // The checks look at each object several times. Of very many no more are kept than are found faster here than there.
  const ids: ObjectId[] = [];
  const objects: (LedgerObject | undefined)[] = [];
  const getObject = (id: ObjectId): LedgerObject | undefined => {
    const known = ids.indexOf(id);
    if (known >= 0) return objects[known];
    const object = view.getObject(id);
    if (ids.length < 8) {
      ids.push(id);
      objects.push(object);
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
    ids.length = 0;
    objects.length = 0;
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
