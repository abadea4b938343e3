import type { ObjectRef, SystemState, TransactionFee } from '@somakit/bcs';
import { type Digest, type ObjectId, SomaKitError } from '@somakit/core';
import { wrapU64 } from '@somakit/protocol';
import { addFees } from '@somakit/protocol/fees';
import type { CheckpointItem } from './checkpoints/build.js';
import { createLiveSet, type LiveSet } from './checkpoints/live-set.js';
import { checkpointSize } from './checkpoints/split.js';
import './errors.js';
import type { LedgerView } from './execution/check.js';
import { STATE_ID } from './execution/inputs.js';
import type { DeletedShared, Outcome } from './execution/outcome.js';
import type { ParsedTransaction } from './execution/transaction.js';
import { createSingleUse } from './invariants.js';
import { encodeMeta, type LedgerMeta } from './meta.js';
import { systemStateOf } from './object.js';
import { resultOf } from './result.js';
import type { LedgerStore } from './store/types.js';
import type { ExecutionResult } from './types.js';

/** What a ledger runs with, whatever it starts from. */
export interface MachineOptions {
  readonly store: LedgerStore;
  readonly checkSignatures: boolean;
  readonly invariants: boolean;
  readonly validatorKeys: readonly Uint8Array[];
  readonly now: (() => bigint) | undefined;
  readonly reproduceDefects: boolean;
}

/** The small state of a ledger; replaced, never changed. */
export interface Head {
  readonly sequenceNumber: bigint;
  readonly checkpointDigest: Digest;
  readonly timestampMs: bigint;
  readonly totalTransactions: bigint;
  /** Consensus rounds of this epoch so far. */
  readonly round: bigint;
  /** Fees of this epoch so far. */
  readonly fees: TransactionFee;
  readonly burned: bigint;
}

/** What a ledger changes: its store, what it keeps beside it, and the way back to its snapshots. */
export interface LedgerState {
  head: Head;
  /** Executed transactions without a checkpoint. */
  pending: CheckpointItem[];
  /** Shared objects that were deleted in this epoch. */
  deletedShared: Map<ObjectId, DeletedShared>;
  /** Owned references that a transaction holds in this epoch without having moved them. */
  locks: Map<string, Digest>;
  readonly liveSet: LiveSet;
  readonly view: LedgerView;
  readonly systemState: () => SystemState;
  /** Makes an outcome the state. */
  readonly apply: (transaction: ParsedTransaction, outcome: Outcome, owned: readonly ObjectRef[]) => ExecutionResult;
  /** Notes how to take back a change that was just made. */
  readonly record: (step: () => void) => void;
  readonly snapshot: () => number;
  readonly revert: (id: number) => void;
  readonly meta: () => LedgerMeta;
  /** Ends a unit of work of the store. */
  readonly commit: () => void;
}

const lockKey = ({ objectId, version, digest }: ObjectRef): string => `${objectId}:${version}:${digest}`;

/** The state that a store and the small state beside it make up. */
export const createState = (options: MachineOptions, meta: LedgerMeta): LedgerState => {
  const { store } = options;
  // Nothing below may hold on to the rest of it: its list of unsettled objects is long.
  const { chainId } = meta;
  const singleUse = options.invariants ? createSingleUse() : undefined;
  const unsettled = meta.unsettled.map(
    ({ digest, added, removed }) => [digest, Number(added) - Number(removed)] as const,
  );
  const liveSet = createLiveSet({ point: meta.liveSet, unsettled: new Map(unsettled) });
  // What takes back each change since the oldest snapshot, and where the snapshots stand in it.
  const undo: (() => void)[] = [];
  const snapshots: { readonly id: number; readonly length: number }[] = [];
  let nextSnapshot = 1;

  const systemState = (): SystemState => {
    const object = store.getObject(STATE_ID);
    if (object === undefined) {
      const problem = 'the store has no system state object 0x5';
      throw new SomaKitError('STORE_MISMATCH', `A ledger needs a state, but ${problem}.`, { context: { problem } });
    }
    return systemStateOf(object);
  };

  const putObjects = ({ changes, digest, version }: Outcome): void => {
    for (const { objectId, before, after, mark } of changes) {
      if (after !== undefined) store.putObject(after);
      else if (mark === undefined) {
        store.deleteObject(objectId);
        if (before?.owner.kind !== 'Shared') continue;
        state.deletedShared.set(objectId, { objectId, version, transaction: digest });
      }
    }
  };

  const takeBack = ({ changes, digest }: Outcome, owned: readonly ObjectRef[]): void => {
    for (const { objectId, before, after } of changes) {
      store.restoreObject(objectId, before, after?.version);
      if (before?.owner.kind === 'Shared') state.deletedShared.delete(objectId);
    }
    for (const ref of owned) {
      if (state.locks.get(lockKey(ref)) === digest) state.locks.delete(lockKey(ref));
    }
    store.deleteTransaction(digest);
    singleUse?.undo(owned);
  };

  /** Holds the owned inputs that did not move. */
  const lock = (digest: Digest, { changes }: Outcome, owned: readonly ObjectRef[]): void => {
    const moved = new Set(changes.filter(({ mark }) => mark !== 'None').map(({ objectId }) => objectId));
    for (const ref of owned) if (!moved.has(ref.objectId)) state.locks.set(lockKey(ref), digest);
  };

  const apply: LedgerState['apply'] = (transaction, outcome, owned) => {
    const { changes, effectsDigest, fee } = outcome;
    const { digest, signatures } = transaction;
    singleUse?.use(digest, owned, outcome);
    putObjects(outcome);
    if (owned.length > 0 && (changes.length === 0 || options.reproduceDefects)) lock(digest, outcome, owned);
    store.putTransaction({
      digest,
      transaction: transaction.bytes,
      signatures,
      effects: outcome.effectsBytes,
      effectsDigest,
    });
    const size = checkpointSize({ transaction: transaction.bytes, effects: outcome.effectsBytes, signatures });
    state.pending.push({ outcome, signatures, size });
    const { head } = state;
    if (fee.totalFee > 0n || outcome.burned > 0n) {
      state.head = {
        sequenceNumber: head.sequenceNumber,
        checkpointDigest: head.checkpointDigest,
        timestampMs: head.timestampMs,
        totalTransactions: head.totalTransactions,
        round: head.round,
        fees: addFees(head.fees, fee),
        burned: wrapU64(head.burned + outcome.burned),
      };
    }
    if (snapshots.length > 0) {
      undo.push(() => {
        takeBack(outcome, owned);
        state.pending.pop();
        state.head = head;
      });
    }
    return resultOf(outcome);
  };

  const currentMeta = (): LedgerMeta => {
    const saved = liveSet.save();
    return {
      chainId,
      ...state.head,
      liveSet: saved.point,
      unsettled: [...saved.unsettled]
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([digest, times]) => ({
          digest,
          added: BigInt(Math.max(times, 0)),
          removed: BigInt(Math.max(-times, 0)),
        })),
      deletedShared: [...state.deletedShared.values()].sort((a, b) => (a.objectId < b.objectId ? -1 : 1)),
      locks: [...state.locks].sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, holder]) => ({ key, holder })),
    };
  };

  const commit = (): void => store.commit(() => encodeMeta(currentMeta()));

  const state: LedgerState = {
    head: {
      sequenceNumber: meta.sequenceNumber,
      checkpointDigest: meta.checkpointDigest,
      timestampMs: meta.timestampMs,
      totalTransactions: meta.totalTransactions,
      round: meta.round,
      fees: meta.fees,
      burned: meta.burned,
    },
    pending: [],
    deletedShared: new Map(meta.deletedShared.map((each) => [each.objectId, each])),
    locks: new Map(meta.locks.map(({ key, holder }) => [key, holder])),
    liveSet,
    view: {
      getObject: (id) => store.getObject(id),
      getVersion: (id, version) => store.getVersion(id, version),
      deletedShared: (id) => state.deletedShared.get(id),
      lockOf: (ref) => (state.locks.size === 0 ? undefined : state.locks.get(lockKey(ref))),
    },
    systemState,
    apply,
    record: (step) => {
      if (snapshots.length > 0) undo.push(step);
    },
    snapshot: () => {
      const id = nextSnapshot++;
      snapshots.push({ id, length: undo.length });
      return id;
    },
    revert: (id) => {
      const index = snapshots.findIndex((snapshot) => snapshot.id === id);
      const snapshot = snapshots[index];
      if (snapshot === undefined) {
        throw new SomaKitError('UNKNOWN_SNAPSHOT', `There is no snapshot ${id}.`, {
          context: { id },
          hint: 'A revert uses up its snapshot and all later ones.',
        });
      }
      while (undo.length > snapshot.length) undo.pop()!();
      snapshots.length = index;
      commit();
    },
    meta: currentMeta,
    commit,
  };
  return state;
};
