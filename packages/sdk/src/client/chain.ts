import type { SystemState } from '@somakit/bcs';
import { type Clock, raceSignal } from '@somakit/core';
import type { Rpc } from '@somakit/rpc';

/** The figures of an epoch, read once and kept while they hold. */
export interface Chain {
  /** The state, fees and lengths of the current epoch. Models, targets and stakes in it may be older than the epoch's. */
  epochState(options?: { readonly signal?: AbortSignal | undefined }): Promise<SystemState>;
  /** The state as it is now, with models and stakes. */
  freshState(options?: { readonly signal?: AbortSignal | undefined }): Promise<SystemState>;
  /** What effects say of the epoch: a new one makes everything kept old. */
  sawEpoch(epoch: bigint): void;
  /** Calls back when a new epoch was seen. */
  onEpoch(callback: () => void): void;
}

// An operator may end an epoch early: so often the node is asked which one it is.
const TRUSTED_MS = 2_000;

export const createChain = (rpc: Rpc, clock: Clock): Chain => {
  let kept: { readonly state: SystemState; checkedAt: number } | undefined;
  let reading: Promise<SystemState> | undefined;
  const callbacks: (() => void)[] = [];

  const keep = (state: SystemState): SystemState => {
    const before = kept?.state.epoch;
    kept = { state, checkedAt: clock.monotonic() };
    if (before !== undefined && before !== state.epoch) for (const callback of callbacks) callback();
    return state;
  };

  const read = async (): Promise<SystemState> => {
    if (kept !== undefined) {
      const { epoch } = await rpc.getServiceInfo();
      if (kept !== undefined && kept.state.epoch === epoch) {
        kept.checkedAt = clock.monotonic();
        return kept.state;
      }
    }
    return keep(await rpc.getSystemState());
  };

  const holds = (): boolean => {
    if (kept === undefined || clock.monotonic() - kept.checkedAt > TRUSTED_MS) return false;
    const { epochStartTimestampMs, parameters } = kept.state;
    // A wrong clock of this machine only makes it ask more often.
    return BigInt(Math.trunc(clock.now())) < epochStartTimestampMs + parameters.epochDurationMs;
  };

  return {
    epochState: async ({ signal } = {}) => {
      if (kept !== undefined && holds()) return kept.state;
      // One reading serves all who ask; a caller that gives up does not end it for the others.
      reading ??= read().finally(() => {
        reading = undefined;
      });
      return raced(reading, signal);
    },
    freshState: async ({ signal } = {}) => keep(await rpc.getSystemState({ signal })),
    sawEpoch: (epoch) => {
      if (kept !== undefined && epoch > kept.state.epoch) kept.checkedAt = Number.NEGATIVE_INFINITY;
    },
    onEpoch: (callback) => {
      callbacks.push(callback);
    },
  };
};

const raced = <T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> =>
  signal === undefined ? promise : raceSignal(signal, () => promise);
