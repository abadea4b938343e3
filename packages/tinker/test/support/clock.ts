import { type Clock, systemClock } from '@somakit/core';

export interface JumpingClock extends Clock {
  /** A pause that was announced: it is over at once, and this clock moves on by it. */
  jump(delayMs: number): void;
  readonly jumped: readonly number[];
}

/** The real clock, except that announced pauses take no time. */
export const jumpingClock = ({ now }: { now?: number } = {}): JumpingClock => {
  const started = Date.now();
  const announced: number[] = [];
  const jumped: number[] = [];
  let ahead = 0;
  return {
    now: () => (now === undefined ? Date.now() : now + Date.now() - started) + ahead,
    monotonic: () => systemClock.monotonic() + ahead,
    schedule: (callback, delayMs) => {
      const i = announced.indexOf(delayMs);
      if (i < 0) return systemClock.schedule(callback, delayMs);
      announced.splice(i, 1);
      ahead += delayMs;
      return systemClock.schedule(callback, 0);
    },
    jump: (delayMs) => {
      announced.push(delayMs);
      jumped.push(delayMs);
    },
    jumped,
  };
};
