import { abortError } from '@somakit/core';

/** A shared amount that is taken and given back, in the order of asking. */
export interface Budget {
  /** Waits until `amount` is there (more than all of it counts as all of it); the result gives it back. */
  take(amount: number, signal: AbortSignal): Promise<() => void>;
}

export const createBudget = (total: number): Budget => {
  let left = total;
  const waiting: { readonly amount: number; readonly go: () => void }[] = [];
  const serve = (): void => {
    for (let first = waiting[0]; first !== undefined && first.amount <= left; first = waiting[0]) {
      waiting.shift();
      left -= first.amount;
      first.go();
    }
  };
  return {
    take: async (wanted, signal) => {
      const amount = Math.min(total, Math.max(0, wanted));
      await new Promise<void>((resolve, reject) => {
        if (signal.aborted) return reject(abortError(signal));
        const entry = {
          amount,
          go: () => {
            signal.removeEventListener('abort', onAbort);
            resolve();
          },
        };
        const onAbort = (): void => {
          waiting.splice(waiting.indexOf(entry), 1);
          reject(abortError(signal));
          serve();
        };
        signal.addEventListener('abort', onAbort, { once: true });
        waiting.push(entry);
        serve();
      });
      let given = false;
      return () => {
        if (given) return;
        given = true;
        left += amount;
        serve();
      };
    },
  };
};
