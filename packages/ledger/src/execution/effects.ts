import type {
  ChangedObject,
  ExecutionStatus,
  TransactionEffects,
  TransactionFee,
  UnchangedSharedObject,
} from '@somakit/bcs';
import type { Digest, ObjectId } from '@somakit/core';
import { MAX_OBJECT_VERSION } from '@somakit/protocol';
import { encodeEffects } from '../encode/effects.js';
import { compareDigests } from '../encode/known.js';
import { type LedgerObject, SHARED_FROM_ONE, withDigest } from '../object.js';
import { contentsOf, type Execution } from './context.js';
import { STATE_ID } from './inputs.js';
import type { DeletedShared, EffectsParts, ObjectChange, Outcome } from './outcome.js';
import type { ObjectTable } from './table.js';

const NOT_EXIST = { kind: 'NotExist' } as const;
const NO_OPERATION = { kind: 'None' } as const;
const CREATED = { kind: 'Created' } as const;
const DELETED = { kind: 'Deleted' } as const;

/** The transactions that made the inputs, ascending by digest bytes. */
const dependenciesOf = (inputs: ObjectTable<LedgerObject>, deleted: readonly DeletedShared[]): Digest[] => {
  if (inputs.size === 1 && deleted.length === 0) return [inputs.at(0).previousTransaction];
  const digests = new Set<Digest>();
  for (let i = 0; i < inputs.size; i++) digests.add(inputs.at(i).previousTransaction);
  for (const { transaction } of deleted) digests.add(transaction);
  if (digests.size < 2) return [...digests];
  return [...digests].sort(compareDigests);
};

/** The version of everything that the transaction writes. Source: types/src/transaction.rs `lamport_timestamp`. */
const lamportVersion = (inputs: ObjectTable<LedgerObject>, deleted: readonly DeletedShared[]): bigint => {
  let latest = 0n;
  for (let i = 0; i < inputs.size; i++) {
    const { version } = inputs.at(i);
    if (version > latest) latest = version;
  }
  for (const { version } of deleted) if (version > latest) latest = version;
  return latest + 1n;
};

const MARKS = { None: NO_OPERATION, Created: CREATED, Deleted: DELETED } as const;

const entry = ({ objectId, before, after, mark }: ObjectChange): ChangedObject => ({
  objectId,
  inputState:
    before === undefined
      ? NOT_EXIST
      : { kind: 'Exist', version: before.version, digest: before.digest, owner: before.owner },
  outputState: after === undefined ? NOT_EXIST : { kind: 'ObjectWrite', digest: after.digest, owner: after.owner },
  idOperation:
    mark !== undefined ? MARKS[mark] : before === undefined ? CREATED : after === undefined ? DELETED : NO_OPERATION,
});

/** The effects as a value. Hardly anybody asks for those of each transaction, so they are made for who does. */
export const effectsOf = (parts: EffectsParts): TransactionEffects => ({
  status: parts.status,
  executedEpoch: parts.epoch,
  transactionFee: parts.fee,
  transactionDigest: parts.digest,
  gasObjectIndex: parts.gasIndex < 0 ? undefined : parts.gasIndex,
  dependencies: parts.dependencies,
  version: parts.version,
  changedObjects: parts.changes.map(entry),
  unchangedSharedObjects: parts.unchangedShared,
});

/** Sorts by id. Mostly two or three, which are put in their places one by one. */
const sortChanges = (changes: ObjectChange[]): ObjectChange[] => {
  if (changes.length > 16) return changes.sort((a, b) => (a.objectId < b.objectId ? -1 : 1));
  for (let i = 1; i < changes.length; i++) {
    const change = changes[i]!;
    let to = i;
    for (; to > 0 && changes[to - 1]!.objectId > change.objectId; to--) changes[to] = changes[to - 1]!;
    changes[to] = change;
  }
  return changes;
};

/**
 * The objects as the execution leaves them. Every mutable input gets the new version, changed or not.
 *
 * Source: types/src/temporary_store.rs `into_effects`, `ensure_active_inputs_mutated`.
 */
const collectChanges = (execution: Execution, version: bigint, bumpAll: boolean): ObjectChange[] => {
  const { digest, written, deleted, inputs, reproduce, touched } = execution;
  // Not pushed to: an array makes room for 17 then, and this one stays for long.
  const changes = new Array<ObjectChange>(inputs.size + written.size);
  let count = 0;
  for (let i = 0; i < inputs.size; i++) {
    const before = inputs.at(i);
    const { objectId } = before;
    const draft = written.get(objectId);
    const gone = deleted.has(objectId);
    if (gone && draft === undefined) {
      changes[count++] = { objectId, before };
      continue;
    }
    if (reproduce && draft === undefined && touched.has(objectId) && before.owner.kind !== 'Shared') {
      changes[count++] = { objectId, before, mark: 'None' };
      continue;
    }
    if (draft === undefined && !bumpAll && before.owner.kind !== 'Shared') continue;
    const now = draft ?? before;
    const after = withDigest(objectId, now.objectType.kind, version, contentsOf(now), now.owner, digest);
    changes[count++] = gone ? { objectId, before, after, mark: 'Deleted' } : { objectId, before, after };
  }
  for (let i = 0; i < written.size; i++) {
    const draft = written.at(i);
    const { objectId } = draft;
    if (inputs.has(objectId)) continue;
    // Genesis gives the SystemState the shared version 0, which its first write replaces by that write's own.
    const owner = objectId === STATE_ID ? SHARED_FROM_ONE : draft.owner;
    const after = withDigest(objectId, draft.objectType.kind, version, contentsOf(draft), owner, digest);
    changes[count++] = { objectId, after };
  }
  changes.length = count;
  if (reproduce) {
    for (const objectId of execution.created) if (!written.has(objectId)) changes.push({ objectId, mark: 'Created' });
  }
  return sortChanges(changes);
};

const finish = (parts: EffectsParts, burned: bigint): Outcome => {
  const { bytes, digest } = encodeEffects(parts);
  return {
    digest: parts.digest,
    status: parts.status,
    epoch: parts.epoch,
    fee: parts.fee,
    gasIndex: parts.gasIndex,
    dependencies: parts.dependencies,
    version: parts.version,
    changes: parts.changes,
    unchangedShared: parts.unchangedShared,
    effectsBytes: bytes,
    effectsDigest: digest,
    burned,
  };
};

const NOTHING_SHARED: readonly UnchangedSharedObject[] = [];

const deletedAlready = ({ objectId, version }: DeletedShared): UnchangedSharedObject => ({
  objectId,
  state: { kind: 'MutateDeleted', version },
});

const indexOf = (changes: readonly ObjectChange[], id: ObjectId | undefined): number => {
  for (let i = 0; i < changes.length; i++) if (changes[i]!.objectId === id) return i;
  return -1;
};

/** The effects of an execution, and the new versions of its objects. */
export const conclude = (
  execution: Execution,
  of: {
    readonly status: ExecutionStatus;
    readonly fee: TransactionFee;
    readonly deletedShared: readonly DeletedShared[];
    /** Whether inputs that were left as they are get a new version too. */
    readonly bumpAll: boolean;
  },
): Outcome => {
  const { inputs } = execution;
  const version = lamportVersion(inputs, of.deletedShared);
  const changes = collectChanges(execution, version, of.bumpAll);
  return finish(
    {
      digest: execution.digest,
      status: of.status,
      epoch: execution.epoch,
      fee: of.fee,
      gasIndex: indexOf(changes, execution.gasId),
      dependencies: dependenciesOf(inputs, of.deletedShared),
      version,
      changes,
      unchangedShared: of.deletedShared.length === 0 ? NOTHING_SHARED : of.deletedShared.map(deletedAlready),
    },
    execution.burned,
  );
};

/**
 * The effects of a transaction whose gas coin has nothing: no object moves, no fee is taken.
 *
 * Source: authority/src/execution/mod.rs `error_result`.
 */
export const concludeWithoutGas = (
  execution: Execution,
  of: { readonly fee: TransactionFee; readonly deletedShared: readonly DeletedShared[] },
): Outcome => {
  const { inputs } = execution;
  const shared: UnchangedSharedObject[] = Array.from({ length: inputs.size }, (_, i) => inputs.at(i))
    .filter(({ owner }) => owner.kind === 'Shared')
    .map(({ objectId, version, digest }) => ({ objectId, state: { kind: 'ReadOnlyRoot', version, digest } }));
  return finish(
    {
      digest: execution.digest,
      status: { kind: 'Failure', error: { kind: 'InsufficientGas' } },
      epoch: execution.epoch,
      fee: of.fee,
      gasIndex: -1,
      dependencies: dependenciesOf(inputs, of.deletedShared),
      version: MAX_OBJECT_VERSION,
      changes: [],
      unchangedShared: [...shared, ...of.deletedShared.map(deletedAlready)],
    },
    0n,
  );
};
