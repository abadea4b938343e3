import type { SystemState } from '@somakit/bcs';
import { type Clock, type Digest, isError, type ObjectId, raceSignal, withDeadline } from '@somakit/core';
import { SYSTEM_STATE_OBJECT_ID } from '@somakit/protocol/parameters';
import type { Rpc } from '@somakit/rpc';
import type { WaitOptions } from './types.js';

/** The figures of an epoch, read once and kept while they hold. */
export interface Chain {
  /**
   * The state, fees and lengths of the current epoch. Models and stakes in it may be of an earlier moment of the epoch. That it
   * is still this epoch is asked anew after `maxAgeMs` (2,000).
   */
  epochState(options?: WaitOptions & { readonly maxAgeMs?: number | undefined }): Promise<SystemState>;
  /** The state as it is now, with models and stakes. The whole of it is read only when it has changed. */
  freshState(options?: WaitOptions): Promise<SystemState>;
  /** The next one who asks for the epoch is not told what is kept, but what the node says. */
  doubt(): void;
  /** What effects say of the epoch: a new one makes everything kept old. */
  sawEpoch(epoch: bigint): void;
  /** Calls back when a new epoch was seen. */
  onEpoch(callback: () => void): void;
}

/** Which version of the state is kept. */
interface StateVersion {
  readonly version: bigint;
  readonly digest: Digest;
}

// An operator may end an epoch early: so often the node is asked which one it is.
const TRUSTED_MS = 2_000;

export const createChain = (rpc: Rpc, clock: Clock): Chain => {
  let kept: { readonly state: SystemState; readonly at: StateVersion | undefined; checkedAt: number } | undefined;
  let reading: Promise<SystemState> | undefined;
  const callbacks: (() => void)[] = [];

  const keep = (state: SystemState, at: StateVersion | undefined): SystemState => {
    // Of two answers that cross, and of two nodes, the newer one counts.
    if (kept?.at !== undefined && at !== undefined && at.version < kept.at.version) return state;
    const before = kept?.state.epoch;
    kept = { state, at, checkedAt: clock.monotonic() };
    if (before !== undefined && before !== state.epoch) for (const callback of callbacks) callback();
    return state;
  };

  /** Of the object that holds the state: every change of it is a new one. */
  const versionNow = async (signal: AbortSignal | undefined): Promise<StateVersion | undefined> => {
    try {
      const objectId = SYSTEM_STATE_OBJECT_ID as ObjectId;
      return await rpc.getObject({ objectId, readMask: ['version', 'digest'], signal });
    } catch (error) {
      if (isError(error, 'RPC_NOT_FOUND')) return undefined;
      throw error;
    }
  };

  const fresh = async (signal?: AbortSignal): Promise<SystemState> => {
    // Before the state: what is read after it is at least as new.
    const at = await versionNow(signal);
    if (kept === undefined || at === undefined || kept.at?.digest !== at.digest) {
      return keep(await rpc.getSystemState({ signal }), at);
    }
    kept.checkedAt = clock.monotonic();
    return kept.state;
  };

  const read = async (): Promise<SystemState> => {
    if (kept !== undefined) {
      const { epoch } = await rpc.getServiceInfo();
      if (kept !== undefined && kept.state.epoch === epoch) {
        kept.checkedAt = clock.monotonic();
        return kept.state;
      }
    }
    return fresh();
  };

  const holds = (maxAgeMs: number): boolean => {
    if (kept === undefined || clock.monotonic() - kept.checkedAt >= maxAgeMs) return false;
    const { epochStartTimestampMs, parameters } = kept.state;
    // A wrong clock of this machine only makes it ask more often.
    return BigInt(Math.trunc(clock.now())) < epochStartTimestampMs + parameters.epochDurationMs;
  };

  const limited = <T>(
    { signal, timeoutMs }: WaitOptions,
    run: (signal: AbortSignal | undefined) => Promise<T>,
  ): Promise<T> =>
    timeoutMs === undefined
      ? run(signal)
      : withDeadline({ signal, timeoutMs, clock, operation: 'Reading the system state' }, run);

  return {
    epochState: async (options = {}) => {
      if (kept !== undefined && holds(options.maxAgeMs ?? TRUSTED_MS)) return kept.state;
      // One reading serves all who ask; a caller that gives up does not end it for the others.
      reading ??= read().finally(() => {
        reading = undefined;
      });
      const shared = reading;
      return limited(options, (signal) => (signal === undefined ? shared : raceSignal(signal, () => shared)));
    },
    freshState: (options = {}) => limited(options, fresh),
    doubt: () => {
      if (kept !== undefined) kept.checkedAt = Number.NEGATIVE_INFINITY;
    },
    sawEpoch: (epoch) => {
      if (kept !== undefined && epoch > kept.state.epoch) kept.checkedAt = Number.NEGATIVE_INFINITY;
    },
    onEpoch: (callback) => {
      callbacks.push(callback);
    },
  };
};
