import type { Address, Digest, ObjectId } from '@somakit/core';
import {
  type CheckpointRecord,
  coinBalance,
  type LedgerObject,
  type LedgerStore,
  type ObjectFilter,
  type ObjectKind,
  type TransactionRecord,
  targetOf,
} from '@somakit/ledger';
import {
  decodeCheckpoint,
  decodeObject,
  decodeTransaction,
  encodeCheckpoint,
  encodeObject,
  encodeTransaction,
} from './records.js';
import { createSlab } from './slab.js';

/** What a durable backend hears: the writes of one unit of work, in the order that they were made. */
export interface StoreJournal {
  putObject(object: LedgerObject): void;
  deleteObject(id: ObjectId): void;
  putVersion(object: LedgerObject): void;
  deleteVersion(id: ObjectId, version: bigint): void;
  putTransaction(record: TransactionRecord): void;
  deleteTransaction(digest: Digest): void;
  putCheckpoint(record: CheckpointRecord): void;
  deleteCheckpoint(sequenceNumber: bigint): void;
  setLowest(sequenceNumber: bigint): void;
  commit(meta: Uint8Array): void;
  /** Past states and finished transactions, which memory does not keep beside a backend. */
  getVersion(id: ObjectId, version: bigint): LedgerObject | undefined;
  getTransaction(digest: Digest): TransactionRecord | undefined;
  getCheckpoint(sequenceNumber: bigint): CheckpointRecord | undefined;
  checkpointOf(transaction: Digest): bigint | undefined;
  checkpointByDigest(digest: Digest): bigint | undefined;
}

/** What was read from a backend when it was opened. */
export interface StoredState {
  readonly objects: Iterable<LedgerObject>;
  readonly meta: Uint8Array | undefined;
  readonly lowest: bigint;
}

/** The ledger's store with the indexes that reads need. Everything is up to date when a write returns. */
export interface NodeStore extends LedgerStore {
  /** What an address owns: by type, coins by balance (poorest first), then by id. */
  owned(owner: Address): readonly LedgerObject[];
  /** The sum of an address's live coins. */
  balance(owner: Address): bigint;
  /** All targets: open, filled, claimed; then by the epoch they were made in; then by id. */
  targets(): readonly LedgerObject[];
  /** The checkpoint that has a transaction. */
  checkpointOf(transaction: Digest): bigint | undefined;
  checkpointByDigest(digest: Digest): bigint | undefined;
  /** The oldest checkpoint that is still there. */
  readonly lowestCheckpoint: bigint;
  /** Forgets checkpoints below this one, with their transactions and what these superseded. */
  prune(below: bigint, supersededBy: (digest: Digest) => Iterable<readonly [ObjectId, bigint]>): void;
}

const TYPE_ORDER: Readonly<Record<ObjectKind, number>> = { SystemState: 0, Coin: 1, StakedSoma: 2, Target: 3 };
const STATUS_ORDER = { Open: 0, Filled: 1, Claimed: 2 } as const;

const compareId = (a: LedgerObject, b: LedgerObject): number => (a.objectId < b.objectId ? -1 : 1);

/** Source: authority/src/rpc_index.rs `OwnerIndexKey`; it inverts the balance twice, so the poorest coin comes first. */
const compareOwned = (a: LedgerObject, b: LedgerObject): number => {
  const byType = TYPE_ORDER[a.objectType.kind] - TYPE_ORDER[b.objectType.kind];
  if (byType !== 0) return byType;
  if (a.objectType.kind === 'Coin') {
    const [left, right] = [coinBalance(a), coinBalance(b)];
    if (left !== right) return left < right ? -1 : 1;
  }
  return compareId(a, b);
};

const compareTargets = (a: LedgerObject, b: LedgerObject): number => {
  const [left, right] = [targetOf(a), targetOf(b)];
  const byStatus = STATUS_ORDER[left.status.kind] - STATUS_ORDER[right.status.kind];
  if (byStatus !== 0) return byStatus;
  if (left.generationEpoch !== right.generationEpoch) return left.generationEpoch < right.generationEpoch ? -1 : 1;
  return compareId(a, b);
};

interface Holdings {
  readonly objects: Map<ObjectId, LedgerObject>;
  balance: bigint;
  /** In order; dropped by each change. */
  sorted: readonly LedgerObject[] | undefined;
}

/** A store in memory, or one that keeps only what is live there and leaves the past to a backend. */
export const createNodeStore = (journal?: StoreJournal, stored?: StoredState): NodeStore => {
  const live = new Map<ObjectId, LedgerObject>();
  const holders = new Map<Address, Holdings>();
  const targets = new Map<ObjectId, LedgerObject>();
  let sortedTargets: readonly LedgerObject[] | undefined;
  // What is done and over is kept as bytes: it is read rarely, and there is much of it.
  const slab = createSlab();
  const past = new Map<string, number>();
  const transactions = new Map<Digest, number>();
  const places = new Map<Digest, number>();
  const checkpoints = new Map<number, number>();
  const byDigest = new Map<Digest, number>();
  let meta: Uint8Array | (() => Uint8Array) | undefined = stored?.meta;
  let lowest = stored?.lowest ?? 0n;

  const leave = (object: LedgerObject): void => {
    if (object.objectType.kind === 'Target') {
      targets.delete(object.objectId);
      sortedTargets = undefined;
    }
    if (object.owner.kind !== 'AddressOwner') return;
    const holdings = holders.get(object.owner.address);
    if (holdings === undefined) return;
    holdings.objects.delete(object.objectId);
    holdings.sorted = undefined;
    if (object.objectType.kind === 'Coin') holdings.balance -= coinBalance(object);
    if (holdings.objects.size === 0) holders.delete(object.owner.address);
  };
  const enter = (object: LedgerObject): void => {
    if (object.objectType.kind === 'Target') {
      targets.set(object.objectId, object);
      sortedTargets = undefined;
    }
    if (object.owner.kind !== 'AddressOwner') return;
    let holdings = holders.get(object.owner.address);
    if (holdings === undefined) {
      holdings = { objects: new Map(), balance: 0n, sorted: undefined };
      holders.set(object.owner.address, holdings);
    }
    holdings.objects.set(object.objectId, object);
    holdings.sorted = undefined;
    if (object.objectType.kind === 'Coin') holdings.balance += coinBalance(object);
  };
  const setLive = (object: LedgerObject): void => {
    const before = live.get(object.objectId);
    if (before !== undefined) leave(before);
    live.set(object.objectId, object);
    enter(object);
  };
  const drop = (id: ObjectId): void => {
    const before = live.get(id);
    if (before === undefined) return;
    leave(before);
    live.delete(id);
  };
  for (const object of stored?.objects ?? []) setLive(object);

  const versionKey = (id: ObjectId, version: bigint): string => `${id}${version}`;
  const forget = <K>(table: Map<K, number>, key: K): void => {
    const place = table.get(key);
    if (place === undefined) return;
    table.delete(key);
    slab.remove(place);
  };
  const keep = <K>(table: Map<K, number>, key: K, row: Uint8Array): void => {
    forget(table, key);
    table.set(key, slab.add(row));
  };
  const find = <K, T>(table: Map<K, number>, key: K, decode: (row: Uint8Array) => T): T | undefined => {
    const place = table.get(key);
    return place === undefined ? undefined : decode(slab.get(place));
  };
  /** A version that is no longer the live one. With a backend every version is there from its beginning. */
  const supersede = (object: LedgerObject | undefined): void => {
    if (journal !== undefined || object === undefined) return;
    keep(past, versionKey(object.objectId, object.version), encodeObject(object));
  };
  const dropVersion = (id: ObjectId, version: bigint): void => {
    journal?.deleteVersion(id, version);
    forget(past, versionKey(id, version));
  };
  const getCheckpoint = (sequenceNumber: bigint): CheckpointRecord | undefined =>
    find(checkpoints, Number(sequenceNumber), decodeCheckpoint) ?? journal?.getCheckpoint(sequenceNumber);
  const deleteTransaction = (digest: Digest): void => {
    forget(transactions, digest);
    places.delete(digest);
    journal?.deleteTransaction(digest);
  };
  const deleteCheckpoint = (sequenceNumber: bigint): void => {
    const record = getCheckpoint(sequenceNumber);
    if (record === undefined) return;
    byDigest.delete(record.digest);
    for (const { transaction } of record.transactions) places.delete(transaction);
    forget(checkpoints, Number(sequenceNumber));
    journal?.deleteCheckpoint(sequenceNumber);
  };
  const wide = (place: number | undefined): bigint | undefined => (place === undefined ? undefined : BigInt(place));

  return {
    getObject: (id) => live.get(id),
    getVersion: (id, version) => {
      const object = live.get(id);
      if (object?.version === version) return object;
      return find(past, versionKey(id, version), decodeObject) ?? journal?.getVersion(id, version);
    },
    putObject: (object) => {
      supersede(live.get(object.objectId));
      setLive(object);
      journal?.putVersion(object);
      journal?.putObject(object);
    },
    deleteObject: (id) => {
      supersede(live.get(id));
      drop(id);
      journal?.deleteObject(id);
    },
    restoreObject: (id, previous, dropped) => {
      if (previous === undefined) {
        drop(id);
        journal?.deleteObject(id);
      } else {
        setLive(previous);
        forget(past, versionKey(id, previous.version));
        journal?.putObject(previous);
      }
      if (dropped !== undefined) dropVersion(id, dropped);
    },
    *listObjects(filter: ObjectFilter = {}) {
      const { owner, type, after } = filter;
      const ids = owner === undefined ? live.keys() : (holders.get(owner)?.objects.keys() ?? []);
      for (const id of [...ids].sort()) {
        if (after !== undefined && id <= after) continue;
        const object = live.get(id);
        if (object !== undefined && (type === undefined || object.objectType.kind === type)) yield object;
      }
    },
    getTransaction: (digest) => find(transactions, digest, decodeTransaction) ?? journal?.getTransaction(digest),
    putTransaction: (record) => {
      if (journal === undefined) keep(transactions, record.digest, encodeTransaction(record));
      else journal.putTransaction(record);
    },
    deleteTransaction,
    getCheckpoint,
    putCheckpoint: (record) => {
      if (journal !== undefined) {
        journal.putCheckpoint(record);
        return;
      }
      const place = Number(record.sequenceNumber);
      keep(checkpoints, place, encodeCheckpoint(record));
      byDigest.set(record.digest, place);
      for (const { transaction } of record.transactions) places.set(transaction, place);
    },
    deleteCheckpoint,
    getMeta: () => (typeof meta === 'function' ? meta() : meta),
    commit: (state) => {
      // In memory nobody asks for it but a second ledger over the same store.
      meta = journal === undefined ? state : undefined;
      journal?.commit(state());
    },
    owned: (owner) => {
      const holdings = holders.get(owner);
      if (holdings === undefined) return [];
      holdings.sorted ??= [...holdings.objects.values()].sort(compareOwned);
      return holdings.sorted;
    },
    balance: (owner) => holders.get(owner)?.balance ?? 0n,
    targets: () => {
      sortedTargets ??= [...targets.values()].sort(compareTargets);
      return sortedTargets;
    },
    checkpointOf: (transaction) => wide(places.get(transaction)) ?? journal?.checkpointOf(transaction),
    checkpointByDigest: (digest) => wide(byDigest.get(digest)) ?? journal?.checkpointByDigest(digest),
    get lowestCheckpoint() {
      return lowest;
    },
    prune: (below, supersededBy) => {
      for (; lowest < below; lowest++) {
        const record = getCheckpoint(lowest);
        if (record === undefined) continue;
        for (const { transaction } of record.transactions) {
          for (const [id, version] of supersededBy(transaction)) dropVersion(id, version);
          deleteTransaction(transaction);
        }
        deleteCheckpoint(lowest);
      }
      journal?.setLowest(lowest);
    },
  };
};
