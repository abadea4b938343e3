/** Time, so that tests can hold it. All values are milliseconds. */
export interface Clock {
  /** Milliseconds since 1970, as `Date.now()`. May jump. */
  now(): number;
  /** Milliseconds since some fixed point; never goes back. Durations are measured with this. */
  monotonic(): number;
  /** Calls `callback` once after `delayMs`, unless the returned function is called before. */
  schedule(callback: () => void, delayMs: number): () => void;
}

// What setTimeout can hold: longer delays would fire at once.
const LONGEST_TIMER = 0x7fff_ffff;

/** The machine's own clock. Delays of any length work; `Infinity` never fires and holds no timer. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  schedule: (callback, delayMs) => {
    if (delayMs === Number.POSITIVE_INFINITY) return () => {};
    let left = delayMs;
    let timer: ReturnType<typeof setTimeout>;
    const arm = () => {
      const part = Math.min(left, LONGEST_TIMER);
      left -= part;
      timer = setTimeout(left > 0 ? arm : callback, part);
    };
    arm();
    return () => clearTimeout(timer);
  },
};
