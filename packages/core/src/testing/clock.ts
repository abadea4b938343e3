import type { Clock } from '../clock.js';

/** A clock that stands still until it is told to go on. */
export interface ManualClock extends Clock {
  /** Moves time on by `ms` and fires what falls due on the way, in order; lets promises settle after each. */
  advance(ms: number): Promise<void>;
  /** Moves on to the next timer and fires it. False when there is none. */
  advanceToNext(): Promise<boolean>;
  /** Delays of the timers that wait, the next one first. */
  readonly pending: readonly number[];
}

// Promises that wait for promises need several rounds.
const settle = async () => {
  for (let i = 0; i < 20; i++) await Promise.resolve();
};

/**
 * A {@link ManualClock} that starts at `now` (milliseconds since 1970).
 *
 * @example
 * import { sleep } from '@somakit/core';
 * import { manualClock } from '@somakit/core/testing';
 * const clock = manualClock();
 * const slept = sleep(60_000, { clock });
 * await clock.advance(60_000);
 * await slept;
 */
export const manualClock = ({ now = 0 }: { readonly now?: number | undefined } = {}): ManualClock => {
  let elapsed = 0;
  let order = 0;
  const timers = new Map<number, { readonly at: number; readonly callback: () => void }>();
  const next = () => {
    let best: number | undefined;
    // Insertion order breaks ties, as with real timers.
    for (const [id, { at }] of timers) if (best === undefined || at < timers.get(best)!.at) best = id;
    return best;
  };
  const fire = async (id: number) => {
    const { at, callback } = timers.get(id)!;
    timers.delete(id);
    elapsed = Math.max(elapsed, at);
    callback();
    await settle();
  };
  return {
    now: () => now + elapsed,
    monotonic: () => elapsed,
    schedule: (callback, delayMs) => {
      if (delayMs === Number.POSITIVE_INFINITY) return () => {};
      const id = order++;
      timers.set(id, { at: elapsed + Math.max(0, delayMs), callback });
      return () => {
        timers.delete(id);
      };
    },
    advance: async (ms) => {
      const end = elapsed + ms;
      await settle();
      for (let id = next(); id !== undefined && timers.get(id)!.at <= end; id = next()) await fire(id);
      elapsed = end;
      await settle();
    },
    advanceToNext: async () => {
      await settle();
      const id = next();
      if (id === undefined) return false;
      await fire(id);
      return true;
    },
    get pending() {
      return [...timers.values()].map(({ at }) => at - elapsed).sort((a, b) => a - b);
    },
  };
};
