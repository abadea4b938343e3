import type { Address, Digest, ObjectId } from '@somakit/core';
import { type LedgerObject, type ObjectKind, ownerAddress } from '../object.js';
import type { CheckpointRecord, LedgerStore, ObjectFilter, TransactionRecord } from './types.js';

/** Options of {@link createMemoryStore}. */
export interface MemoryStoreOptions {
  /** Whether past versions of objects are kept, for reads at a version. Defaults to false. */
  readonly history?: boolean | undefined;
}

const sorted = (ids: Iterable<ObjectId>): ObjectId[] => [...ids].sort();

/**
 * A store in memory.
 *
 * @example
 * import { createMemoryStore } from '@somakit/ledger';
 * const store = createMemoryStore({ history: true });
 */
export const createMemoryStore = (options: MemoryStoreOptions = {}): LedgerStore => {
  const objects = new Map<ObjectId, LedgerObject>();
  const byOwner = new Map<Address, Set<ObjectId>>();
  // Objects that got an owner since somebody last asked for the objects of one: mostly nobody asks.
  let newlyOwned: ObjectId[] = [];
  // Coins are not listed by type alone: there are too many of them for that to be a plan.
  const byType = new Map<ObjectKind, Set<ObjectId>>();
  const past = options.history === true ? new Map<ObjectId, Map<bigint, LedgerObject>>() : undefined;
  const transactions = new Map<Digest, TransactionRecord>();
  const checkpoints = new Map<bigint, CheckpointRecord>();
  let meta: (() => Uint8Array) | undefined;

  const index = (object: LedgerObject, before: LedgerObject | undefined): void => {
    const owner = ownerAddress(object.owner);
    const old = before === undefined ? undefined : ownerAddress(before.owner);
    if (owner === old) return;
    if (old !== undefined) unindex(old, object.objectId);
    if (owner === undefined) return;
    newlyOwned.push(object.objectId);
    if (newlyOwned.length > 2 * objects.size + 1000) indexOwners();
  };
  const indexOwners = (): void => {
    for (const id of newlyOwned) {
      const object = objects.get(id);
      const owner = object === undefined ? undefined : ownerAddress(object.owner);
      if (owner === undefined) continue;
      const ids = byOwner.get(owner);
      if (ids === undefined) byOwner.set(owner, new Set([id]));
      else ids.add(id);
    }
    newlyOwned = [];
  };
  const unindex = (owner: Address, id: ObjectId): void => {
    const ids = byOwner.get(owner);
    if (ids === undefined) return;
    ids.delete(id);
    if (ids.size === 0) byOwner.delete(owner);
  };
  const setLive = (object: LedgerObject): void => {
    const before = objects.get(object.objectId);
    index(object, before);
    const { kind } = object.objectType;
    if (before === undefined && kind !== 'Coin') {
      const ids = byType.get(kind);
      if (ids === undefined) byType.set(kind, new Set([object.objectId]));
      else ids.add(object.objectId);
    }
    objects.set(object.objectId, object);
  };
  const drop = (id: ObjectId): void => {
    const before = objects.get(id);
    if (before === undefined) return;
    const owner = ownerAddress(before.owner);
    if (owner !== undefined) unindex(owner, id);
    byType.get(before.objectType.kind)?.delete(id);
    objects.delete(id);
  };

  return {
    getObject: (id) => objects.get(id),
    getVersion: (id, version) => {
      const live = objects.get(id);
      return live?.version === version ? live : past?.get(id)?.get(version);
    },
    putObject: (object) => {
      setLive(object);
      if (past === undefined) return;
      const versions = past.get(object.objectId);
      if (versions === undefined) past.set(object.objectId, new Map([[object.version, object]]));
      else versions.set(object.version, object);
    },
    deleteObject: drop,
    restoreObject: (id, previous, dropped) => {
      if (previous === undefined) drop(id);
      else setLive(previous);
      if (dropped !== undefined) past?.get(id)?.delete(dropped);
    },
    *listObjects(filter: ObjectFilter = {}) {
      const { owner, type, after } = filter;
      if (owner !== undefined) indexOwners();
      const ids =
        owner !== undefined
          ? (byOwner.get(owner) ?? [])
          : type === undefined || type === 'Coin'
            ? objects.keys()
            : (byType.get(type) ?? []);
      for (const id of sorted(ids)) {
        if (after !== undefined && id <= after) continue;
        const object = objects.get(id);
        if (object !== undefined && (type === undefined || object.objectType.kind === type)) yield object;
      }
    },
    getTransaction: (digest) => transactions.get(digest),
    putTransaction: (record) => {
      transactions.set(record.digest, record);
    },
    deleteTransaction: (digest) => {
      transactions.delete(digest);
    },
    getCheckpoint: (sequenceNumber) => checkpoints.get(sequenceNumber),
    putCheckpoint: (record) => {
      checkpoints.set(record.sequenceNumber, record);
    },
    deleteCheckpoint: (sequenceNumber) => {
      checkpoints.delete(sequenceNumber);
    },
    getMeta: () => meta?.(),
    commit: (give) => {
      meta = give;
    },
  };
};
