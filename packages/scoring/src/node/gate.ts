import { throwIfAborted } from '@somakit/core';

/** Lets callers through in order, a few at a time. */
export interface Gate {
  run<T>(signal: AbortSignal, task: () => Promise<T>): Promise<T>;
  readonly waiting: number;
}

export const createGate = (places: number): Gate => {
  let free = places;
  const queue: (() => void)[] = [];
  const enter = (signal: AbortSignal): Promise<void> => {
    if (free > 0) {
      free -= 1;
      return Promise.resolve();
    }
    return new Promise((resolve, reject) => {
      const onAbort = () => {
        queue.splice(queue.indexOf(go), 1);
        reject(signal.reason);
      };
      const go = () => {
        signal.removeEventListener('abort', onAbort);
        resolve();
      };
      signal.addEventListener('abort', onAbort, { once: true });
      queue.push(go);
    });
  };
  return {
    get waiting() {
      return queue.length;
    },
    async run(signal, task) {
      throwIfAborted(signal);
      await enter(signal).catch((error: unknown) => {
        throwIfAborted(signal);
        throw error;
      });
      try {
        return await task();
      } finally {
        const next = queue.shift();
        if (next === undefined) free += 1;
        else next();
      }
    },
  };
};
