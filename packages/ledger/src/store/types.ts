import type { Address, Digest, ObjectId } from '@somakit/core';
import type { LedgerObject, ObjectKind } from '../object.js';

/** Which objects a listing wants. Without keys: all of them. */
export interface ObjectFilter {
  readonly owner?: Address | undefined;
  readonly type?: ObjectKind | undefined;
  /** Only ids behind this one. */
  readonly after?: ObjectId | undefined;
}

/** An executed transaction as it is kept: bytes that are already at hand, nothing decoded. */
export interface TransactionRecord {
  readonly digest: Digest;
  /** BCS of the `TransactionData`. */
  readonly transaction: Uint8Array;
  /** The signatures, serialised. Empty for genesis and epoch changes, one placeholder for prologues. */
  readonly signatures: readonly Uint8Array[];
  /** BCS of the `TransactionEffects`. */
  readonly effects: Uint8Array;
  readonly effectsDigest: Digest;
}

/** A checkpoint as it is kept. */
export interface CheckpointRecord {
  readonly sequenceNumber: bigint;
  readonly digest: Digest;
  /** BCS of the `CheckpointSummary`. */
  readonly summary: Uint8Array;
  /** The transactions in their order, each with the digest of its effects. */
  readonly transactions: readonly { readonly transaction: Digest; readonly effects: Digest }[];
}

/**
 * Where a ledger keeps its state. Synchronous, so that execution stays pure and simple; lmdb and plain Maps both fit.
 * Objects handed over are immutable: keep them as they are or encode them (BCS `SomaObject` and the digest).
 *
 * Everything between two calls of `commit` belongs together: a durable store writes it in one transaction. The ledger
 * commits after every checkpoint.
 */
export interface LedgerStore {
  getObject(id: ObjectId): LedgerObject | undefined;
  /** A past version, where the store keeps history. The live one counts too. */
  getVersion(id: ObjectId, version: bigint): LedgerObject | undefined;
  /** Makes this the live version. */
  putObject(object: LedgerObject): void;
  /** Ends the object. */
  deleteObject(id: ObjectId): void;
  /** Takes back the newest version: `previous` is live again (nothing is, when undefined) and `dropped` never was. */
  restoreObject(id: ObjectId, previous: LedgerObject | undefined, dropped: bigint | undefined): void;
  /** Live objects in ascending order of their ids. */
  listObjects(filter?: ObjectFilter): Iterable<LedgerObject>;
  getTransaction(digest: Digest): TransactionRecord | undefined;
  putTransaction(record: TransactionRecord): void;
  deleteTransaction(digest: Digest): void;
  getCheckpoint(sequenceNumber: bigint): CheckpointRecord | undefined;
  putCheckpoint(record: CheckpointRecord): void;
  deleteCheckpoint(sequenceNumber: bigint): void;
  /** What {@link commit} was last given, as bytes. */
  getMeta(): Uint8Array | undefined;
  /**
   * The end of a unit of work. `meta` gives the ledger's own small state, to be kept with it; a durable store calls it at
   * once. It grows with what the live-object commitment has not settled: see `Ledger.settleLiveSet`.
   */
  commit(meta: () => Uint8Array): void;
}
