import type { ExecutionStatus, TransactionFee, UnchangedSharedObject } from '@somakit/bcs';
import type { Digest, ObjectId } from '@somakit/core';
import type { LedgerObject } from '../object.js';

/** One object before and after; the one or the other is missing for new and deleted ones. */
export interface ObjectChange {
  readonly objectId: ObjectId;
  readonly before?: LedgerObject;
  readonly after?: LedgerObject;
  /**
   * Only where the reference's defects are reproduced: what the effects say of the object is not what became of it. One
   * that seems gone is live as before, one that seems new is not there.
   */
  readonly mark?: 'None' | 'Created' | 'Deleted';
}

/** A shared object that was deleted earlier in the same epoch. */
export interface DeletedShared {
  readonly objectId: ObjectId;
  /** The version of its deletion. */
  readonly version: bigint;
  /** The transaction that deleted it. */
  readonly transaction: Digest;
}

/** What effects are made of. */
export interface EffectsParts {
  /** The transaction. */
  readonly digest: Digest;
  readonly status: ExecutionStatus;
  readonly epoch: bigint;
  readonly fee: TransactionFee;
  /** Where the gas coin is among the changes; below zero when it is not there. */
  readonly gasIndex: number;
  readonly dependencies: readonly Digest[];
  readonly version: bigint;
  /** In ascending order of the ids. */
  readonly changes: readonly ObjectChange[];
  readonly unchangedShared: readonly UnchangedSharedObject[];
}

/** What an execution comes to. Its effects are there as bytes: `effectsOf` gives them as a value. */
export interface Outcome extends EffectsParts {
  readonly effectsBytes: Uint8Array;
  readonly effectsDigest: Digest;
  /** What slashing burned, in shannons. */
  readonly burned: bigint;
}
