import { CheckpointSummary, type SystemState, TransactionData, TransactionEffects } from '@somakit/bcs';
import type { Address, Digest, ObjectId } from '@somakit/core';
import { invalidArgument, isError, SomaKitError } from '@somakit/core';
import {
  balanceChanges,
  createCertifier,
  type EpochAdvance,
  type ExecutionResult,
  type Ledger,
  type LedgerObject,
  type LedgerTransaction,
  type ObjectChange,
  systemStateOf,
} from '@somakit/ledger';
import { SYSTEM_STATE_OBJECT_ID } from '@somakit/protocol';
import { checkSignatures, isSystemKind, refusalError } from '@somakit/protocol/checks';
import type { NodeStore } from '../store/node-store.js';
import type { Chain, CheckpointView, EpochRecord, Head } from './types.js';

declare module '@somakit/core' {
  interface ErrorContexts {
    /** The network has been stopped. */
    LOCALNET_STOPPED: Record<string, never>;
  }
}

export interface ChainOptions {
  readonly ledger: Ledger;
  readonly store: NodeStore;
  readonly validatorKeys: readonly Uint8Array[];
  /** Wall clock in ms. */
  readonly clock: () => number;
  /** Undefined: a checkpoint as soon as there is a transaction. */
  readonly checkpointIntervalMs: number | undefined;
  /** Whether epochs end by time. */
  readonly autoEpochs: boolean;
  /** How many checkpoints are kept; undefined for all. */
  readonly history: number | undefined;
  /** Resolves when everything committed so far is on disk. */
  readonly flushed: (() => Promise<void>) | undefined;
  /** Epochs that a backend remembers. */
  readonly epochs?: readonly EpochRecord[] | undefined;
  /** Senders whose transactions need no signature; undefined when the ledger itself checks signatures. */
  readonly impersonated?: ReadonlySet<Address> | undefined;
  readonly onEpoch?: ((record: EpochRecord) => void) | undefined;
}

/** Transactions of this many milliseconds share a checkpoint while several come at a time; others do not wait. */
const GROUP_MS = 4;
const RECENT = 32;
const LONGEST_TIMER_MS = 2_147_483_647;
/** Between two portions of the live-object commitment, which epochs would otherwise have to count at their end. */
const SETTLE_PAUSE_MS = 10;
/** How long no transaction must have come before it goes on. */
const SETTLE_AFTER_MS = 150;
const SETTLE_BUDGET_MS = 5;
const SETTLE_PORTION = 4;

const stopped = (): SomaKitError =>
  new SomaKitError('LOCALNET_STOPPED', 'The network has been stopped.', { context: {} });

export const createChain = (options: ChainOptions): Chain => {
  const { ledger, store, clock, flushed } = options;
  const epochs = new Map<bigint, EpochRecord>((options.epochs ?? []).map((record) => [record.epoch, record]));
  const listeners = new Set<() => void>();
  let offset = 0n;
  const offsets = new Map<number, bigint>();
  let closed = false;
  /** How often the chain was set back; subscriptions see it by this. */
  let reverts = 0;

  /** What the validators say to a checkpoint; undefined where the keys at hand are no quorum of its epoch. */
  const certify = (summary: CheckpointSummary, bytes: Uint8Array, state: SystemState) => {
    try {
      return createCertifier(state, options.validatorKeys).certify(summary, bytes).authSignature;
    } catch (error) {
      if (isError(error, 'CHECKPOINT_KEYS')) return undefined;
      throw error;
    }
  };

  /** The newest checkpoints, read once for all who listen. */
  const recent = new Map<bigint, CheckpointView>();
  const view = (sequenceNumber: bigint): CheckpointView | undefined => {
    const known = recent.get(sequenceNumber);
    if (known !== undefined) return known;
    const made = readView(sequenceNumber);
    if (made === undefined) return undefined;
    recent.set(sequenceNumber, made);
    for (const old of recent.keys()) {
      if (recent.size <= RECENT) break;
      recent.delete(old);
    }
    return made;
  };
  const readView = (sequenceNumber: bigint): CheckpointView | undefined => {
    const record = store.getCheckpoint(sequenceNumber);
    if (record === undefined || record.summary.length === 0) return undefined;
    const summary = CheckpointSummary.decode(record.summary);
    return {
      record,
      summary,
      signature: () => {
        const state = epochs.get(summary.epoch)?.state;
        return state === undefined ? undefined : certify(summary, record.summary, state);
      },
    };
  };

  const readHead = (): Head => {
    const { sequenceNumber, digest, summary: bytes } = ledger.latestCheckpoint();
    if (bytes.length === 0) {
      // A fork begins with a checkpoint of which no more than the digest is known.
      const state = ledger.systemState();
      return { sequenceNumber, digest, epoch: state.epoch, timestampMs: state.epochStartTimestampMs };
    }
    const { epoch, timestampMs } = CheckpointSummary.decode(bytes);
    return { sequenceNumber, digest, epoch, timestampMs };
  };
  let head = readHead();

  const noteEpoch = (record: EpochRecord): void => {
    epochs.set(record.epoch, record);
    options.onEpoch?.(record);
  };
  /** Notes the epoch that the state is in. */
  const beginEpoch = (firstCheckpoint: bigint): void => {
    const state = ledger.systemState();
    const stateVersion = store.getObject(SYSTEM_STATE_OBJECT_ID as ObjectId)?.version ?? 0n;
    noteEpoch({ epoch: state.epoch, firstCheckpoint, startMs: state.epochStartTimestampMs, state, stateVersion });
  };
  if (!epochs.has(ledger.epoch())) {
    // After a crash in the middle of an epoch change the newest checkpoint may still be one of the epoch before.
    beginEpoch(head.epoch === ledger.epoch() ? head.sequenceNumber : head.sequenceNumber + 1n);
  }

  const now = (): bigint => {
    const time = BigInt(Math.trunc(clock())) + offset;
    return time > head.timestampMs ? time : head.timestampMs;
  };

  const wake = (): void => {
    const waiting = [...listeners];
    listeners.clear();
    for (const each of waiting) each();
  };

  const touchedRefs = (effects: TransactionEffects): [ObjectId, bigint][] => {
    const refs: [ObjectId, bigint][] = [];
    for (const { objectId, inputState, outputState } of effects.changedObjects) {
      if (inputState.kind === 'Exist') refs.push([objectId, inputState.version]);
      if (outputState.kind === 'ObjectWrite') refs.push([objectId, effects.version]);
    }
    for (const { objectId, state } of effects.unchangedSharedObjects) {
      if (state.kind === 'ReadOnlyRoot') refs.push([objectId, state.version]);
    }
    return refs;
  };

  const prune = (): void => {
    const { history } = options;
    if (history === undefined) return;
    store.prune(head.sequenceNumber - BigInt(history) + 1n, (digest) => {
      const known = store.getTransaction(digest);
      if (known === undefined) return [];
      const effects = TransactionEffects.decode(known.effects);
      return effects.changedObjects.flatMap(({ objectId, inputState }) =>
        inputState.kind === 'Exist' ? [[objectId, inputState.version] as const] : [],
      );
    });
  };

  /** What waits for the next checkpoint. */
  let waiting: { resolve: () => void; reject: (error: unknown) => void }[] = [];
  let timer: ReturnType<typeof setTimeout> | undefined;
  let scheduled: ReturnType<typeof setImmediate> | undefined;
  let lastCut = 0;
  /** How many transactions waited for the last checkpoint. */
  let lastServed = 0;

  /** Makes what the ledger just closed known: durable first, then readers and those who wait. */
  const publish = async (): Promise<void> => {
    const served = waiting;
    waiting = [];
    spent.clear();
    lastCut = performance.now();
    lastServed = served.length;
    head = readHead();
    try {
      prune();
      await flushed?.();
      for (const { resolve } of served) resolve();
    } catch (error) {
      for (const { reject } of served) reject(error);
      throw error;
    } finally {
      wake();
    }
  };

  const unschedule = (): void => {
    if (timer !== undefined) clearTimeout(timer);
    if (scheduled !== undefined) clearImmediate(scheduled);
    timer = undefined;
    scheduled = undefined;
  };

  const cut = async (): Promise<void> => {
    unschedule();
    try {
      ledger.createCheckpoint({ timestampMs: now() });
    } catch (error) {
      // Nobody may wait for a checkpoint that never comes.
      const lost = waiting;
      waiting = [];
      for (const { reject } of lost) reject(error);
      throw error;
    }
    await publish();
  };
  const cutLater = (): void => {
    if (timer !== undefined || scheduled !== undefined) return;
    const run = () => {
      cut().catch(() => {});
    };
    const since = performance.now() - lastCut;
    const pause = options.checkpointIntervalMs ?? GROUP_MS;
    // Who sends one after another would only lose time by waiting for company.
    if (options.checkpointIntervalMs === undefined && (since >= pause || lastServed <= 1))
      scheduled = setImmediate(run);
    else timer = setTimeout(run, Math.max(0, pause - Math.max(0, since)));
  };

  const included = (): Promise<void> =>
    new Promise((resolve, reject) => {
      waiting.push({ resolve, reject });
      cutLater();
    });

  /** What the ledger leaves to us where some senders may go without: the signature, except of these. */
  const authorize = (transaction: LedgerTransaction): void => {
    const { impersonated } = options;
    if (impersonated === undefined) return;
    if (!('bytes' in transaction)) {
      throw invalidArgument('transaction', '{ bytes, signatures } on a network with impersonation', transaction);
    }
    const { sender, kind } = TransactionData.decode(transaction.bytes);
    // System kinds are refused by the ledger, signed or not.
    if (impersonated.has(sender) || isSystemKind(kind.kind)) return;
    const reason = checkSignatures(sender, transaction.signatures ?? [], transaction.bytes);
    if (reason !== undefined) throw refusalError(reason);
  };

  /**
   * Versions that were spent since the last checkpoint, and by what. As long as the spender is not answered, others hear
   * of a lock, as they do where transactions execute later than they are taken.
   */
  const spent = new Map<string, Digest>();
  const execute = (transaction: LedgerTransaction): ExecutionResult => {
    try {
      const result = ledger.execute(transaction);
      for (const { objectId, before } of result.changes) {
        if (before?.owner.kind === 'AddressOwner') spent.set(`${objectId}:${before.version}`, result.digest);
      }
      return result;
    } catch (error) {
      if (!isError(error, 'TRANSACTION_REFUSED')) throw error;
      const { reason } = error.context;
      if (reason.kind !== 'ObjectVersionUnavailableForConsumption') throw error;
      const objRef = reason.providedObjRef;
      const pendingTransaction = spent.get(`${objRef.objectId}:${objRef.version}`);
      if (pendingTransaction === undefined) throw error;
      throw refusalError({ kind: 'ObjectLockConflict', objRef, pendingTransaction });
    }
  };

  const checkOpen = (): void => {
    if (closed) throw stopped();
  };

  let epochTimer: ReturnType<typeof setTimeout> | undefined;
  const dueAt = (): bigint => {
    const { epochStartTimestampMs, parameters } = ledger.systemState();
    return epochStartTimestampMs + parameters.epochDurationMs;
  };
  const armEpoch = (): void => {
    if (epochTimer !== undefined) clearTimeout(epochTimer);
    epochTimer = undefined;
    if (!options.autoEpochs || closed) return;
    const left = Number(dueAt() - now());
    epochTimer = setTimeout(
      () => {
        if (now() >= dueAt()) advanceEpoch().catch(() => {});
        else armEpoch();
      },
      Math.min(Math.max(left, 0), LONGEST_TIMER_MS),
    );
    epochTimer.unref();
  };

  const advanceEpoch = async (time: { readonly timestampMs?: bigint | undefined } = {}): Promise<EpochAdvance> => {
    checkOpen();
    unschedule();
    const advance = ledger.advanceEpoch({ timestampMs: time.timestampMs ?? now() });
    const { state } = advance;
    beginEpoch(advance.checkpoints.at(-1)!.sequenceNumber + 1n);
    // The new epoch's first checkpoint, so that everything that goes by the newest one has moved on too.
    ledger.createCheckpoint({ timestampMs: state.epochStartTimestampMs });
    armEpoch();
    await publish();
    return advance;
  };

  let settleTimer: ReturnType<typeof setTimeout> | undefined;
  const settleLater = (): void => {
    if (settleTimer !== undefined || closed) return;
    settleTimer = setTimeout(() => {
      settleTimer = undefined;
      if (closed) return;
      // While transactions come in, they go first; the digests of short-lived versions cancel out meanwhile.
      if (performance.now() - lastCut >= SETTLE_AFTER_MS) {
        const until = performance.now() + SETTLE_BUDGET_MS;
        while (performance.now() < until) if (ledger.settleLiveSet(SETTLE_PORTION) === 0) return;
      }
      settleLater();
    }, SETTLE_PAUSE_MS);
    settleTimer.unref();
  };

  const object = (id: ObjectId, version: bigint): LedgerObject | undefined => store.getVersion(id, version);
  const changes = (effects: TransactionEffects): ObjectChange[] =>
    effects.changedObjects.map(({ objectId, inputState, outputState }) => {
      const before = inputState.kind === 'Exist' ? object(objectId, inputState.version) : undefined;
      const after = outputState.kind === 'ObjectWrite' ? object(objectId, effects.version) : undefined;
      return { objectId, ...(before === undefined ? {} : { before }), ...(after === undefined ? {} : { after }) };
    });

  // Not a generator, which would hear of its end only after the next checkpoint.
  const follow: Chain['follow'] = (from) => {
    let next = from ?? head.sequenceNumber + 1n;
    let seen = reverts;
    let over = false;
    let answer: ((result: IteratorResult<CheckpointView>) => void) | undefined;
    const take = (): CheckpointView | undefined => {
      if (seen !== reverts) {
        seen = reverts;
        if (next > head.sequenceNumber + 1n) next = head.sequenceNumber + 1n;
      }
      while (next <= head.sequenceNumber) {
        const found = view(next++);
        if (found !== undefined) return found;
      }
      return undefined;
    };
    const step = (): void => {
      if (answer === undefined) return;
      const found = over || closed ? undefined : take();
      if (found === undefined && !over && !closed) {
        listeners.add(step);
        return;
      }
      const give = answer;
      answer = undefined;
      give(found === undefined ? { done: true, value: undefined } : { done: false, value: found });
    };
    return {
      [Symbol.asyncIterator]() {
        return this;
      },
      next: () =>
        new Promise((resolve) => {
          answer = resolve;
          step();
        }),
      return: () => {
        over = true;
        listeners.delete(step);
        step();
        return Promise.resolve({ done: true, value: undefined });
      },
    };
  };

  armEpoch();
  settleLater();

  const chain: Chain = {
    ledger,
    store,
    chainId: ledger.chainId,
    head: () => head,
    now,
    setTime: async (timestampMs) => {
      checkOpen();
      if (typeof timestampMs !== 'bigint' || timestampMs < head.timestampMs) {
        throw invalidArgument(
          'timestampMs',
          `a bigint of at least ${head.timestampMs}, the newest checkpoint's time`,
          timestampMs,
        );
      }
      offset = timestampMs - BigInt(Math.trunc(clock()));
      await cut();
      if (options.autoEpochs && now() >= dueAt()) await advanceEpoch();
      armEpoch();
    },
    skipTo: (timestampMs) => {
      offset = timestampMs - BigInt(Math.trunc(clock()));
    },
    submit: async (transaction) => {
      checkOpen();
      authorize(transaction);
      const result = execute(transaction);
      if (!result.repeated || store.checkpointOf(result.digest) === undefined) await included();
      // The first answer may still be on its way to the disk.
      else await flushed?.();
      settleLater();
      return result;
    },
    simulate: (transaction) => {
      checkOpen();
      return ledger.simulate(transaction);
    },
    createCheckpoint: async () => {
      checkOpen();
      await cut();
      return head;
    },
    advanceEpoch,
    apply: async (recorded) => {
      checkOpen();
      const before = ledger.epoch();
      const applied = ledger.applyCheckpoint(recorded);
      if (ledger.epoch() !== before) {
        beginEpoch(applied.sequenceNumber + 1n);
        armEpoch();
      }
      await publish();
      return head;
    },
    snapshot: async () => {
      checkOpen();
      if (ledger.pendingTransactions().length > 0) await cut();
      const id = ledger.snapshot();
      offsets.set(id, offset);
      return id;
    },
    revert: async (id) => {
      checkOpen();
      unschedule();
      ledger.revert(id);
      // A clock that was moved since goes back too, or the epoch would be over at once.
      offset = offsets.get(id) ?? offset;
      recent.clear();
      reverts++;
      const epoch = ledger.epoch();
      for (const known of [...epochs.keys()]) if (known > epoch) epochs.delete(known);
      armEpoch();
      // Transactions that still waited were executed after the snapshot, and are gone with it.
      const lost = waiting;
      waiting = [];
      for (const { reject } of lost) reject(stopped());
      await publish();
    },
    checkpoint: view,
    transaction: (digest) => {
      const record = store.getTransaction(digest);
      if (record === undefined) return undefined;
      const checkpoint = store.checkpointOf(digest);
      return {
        digest,
        data: TransactionData.decode(record.transaction),
        signatures: record.signatures,
        effects: TransactionEffects.decode(record.effects),
        checkpoint,
        timestampMs: checkpoint === undefined ? undefined : view(checkpoint)?.summary.timestampMs,
      };
    },
    changes,
    balanceChanges: (effects) => balanceChanges(changes(effects)),
    touched: (effects) =>
      touchedRefs(effects).flatMap(([id, version]) => {
        const found = object(id, version);
        return found === undefined ? [] : [found];
      }),
    epoch: (epoch) => epochs.get(epoch),
    checkpoints: async function* ({ from, signal }) {
      const views = follow(from);
      const end = () => void views.return();
      signal?.addEventListener('abort', end);
      try {
        if (signal?.aborted !== true) yield* views;
      } finally {
        signal?.removeEventListener('abort', end);
      }
    },
    follow,
    get listeners() {
      return listeners.size;
    },
    flush: async () => {
      await flushed?.();
    },
    close: async () => {
      if (closed) return;
      if (ledger.pendingTransactions().length > 0) await cut();
      closed = true;
      unschedule();
      if (epochTimer !== undefined) clearTimeout(epochTimer);
      if (settleTimer !== undefined) clearTimeout(settleTimer);
      wake();
      await flushed?.();
    },
  };
  // The state object is what every read goes back to; a ledger without one is none.
  systemStateOf(store.getObject(SYSTEM_STATE_OBJECT_ID as ObjectId)!);
  return chain;
};
