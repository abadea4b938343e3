import { type Clock, systemClock } from './clock.js';
import { isError, SomaKitError } from './errors.js';
import { invalidArgument } from './invalid.js';

/** What bounds a call in time. */
export interface DeadlineOptions {
  /** Ends the call with `ABORTED`. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds after which the call ends with `TIMEOUT`. None when left out or `Infinity`. */
  readonly timeoutMs?: number | undefined;
  /** Named in the errors: `GET https://...`, `waiting for the checkpoint`. */
  readonly operation?: string | undefined;
  readonly clock?: Clock | undefined;
}

/** A scope with an end: see {@link openDeadline}. */
export interface Deadline {
  /** Aborts when the caller's signal does or the time is over; its `reason` is the typed error. */
  readonly signal: AbortSignal;
  /** Ends the scope now, as if its time were over, with this error as the reason. */
  end(reason: unknown): void;
  /** Removes every listener and timer. The signal does not fire after this. */
  close(): void;
}

/**
 * The typed error for an aborted signal: its own reason when that is a `TIMEOUT` or `ABORTED` of ours (an outer scope
 * ended), otherwise a new `ABORTED` with the reason as its cause.
 */
export const abortError = (
  signal: AbortSignal,
  operation?: string,
): SomaKitError<'ABORTED'> | SomaKitError<'TIMEOUT'> => {
  const { reason } = signal;
  if (isError(reason, 'TIMEOUT') || isError(reason, 'ABORTED')) return reason;
  const what = operation === undefined ? 'The call' : operation;
  return new SomaKitError('ABORTED', `${what} was aborted.`, {
    context: operation === undefined ? {} : { operation },
    cause: reason,
  });
};

/** @throws ABORTED when the signal is aborted already. */
export const throwIfAborted = (signal: AbortSignal | undefined, operation?: string): void => {
  if (signal?.aborted) throw abortError(signal, operation);
};

/** The error of a time limit. Retryable: the same call may well be faster the next time. */
export const timeoutError = (
  timeoutMs: number,
  operation?: string,
  phase?: 'connect' | 'first-byte' | 'idle' | 'total',
): SomaKitError<'TIMEOUT'> =>
  new SomaKitError(
    'TIMEOUT',
    `${operation ?? 'The call'} took longer than ${timeoutMs} ms${PHASES[phase ?? 'total']}.`,
    {
      context: {
        timeoutMs,
        ...(operation === undefined ? {} : { operation }),
        ...(phase === undefined ? {} : { phase }),
      },
      retryable: true,
    },
  );

const PHASES = {
  connect: ' to connect',
  'first-byte': ' to answer',
  idle: ' to send the next part of the body',
  total: '',
} as const;

/** @throws INVALID_ARGUMENT unless the limit is left out or 0 or more. */
export const checkTimeout = (timeoutMs: number | undefined, argument = 'timeoutMs'): void => {
  if (timeoutMs !== undefined && !(typeof timeoutMs === 'number' && timeoutMs >= 0)) {
    throw invalidArgument(argument, 'a number of milliseconds, 0 or more', timeoutMs);
  }
};

/**
 * One signal out of a caller's signal and a time limit, for work that does not fit into one callback (a stream).
 * Whoever opens it must `close` it; {@link withDeadline} does that by itself.
 * @throws INVALID_ARGUMENT
 */
export const openDeadline = ({ signal, timeoutMs, operation, clock = systemClock }: DeadlineOptions): Deadline => {
  checkTimeout(timeoutMs);
  const controller = new AbortController();
  let cancelTimer = () => {};
  const close = () => {
    cancelTimer();
    signal?.removeEventListener('abort', onAbort);
  };
  const end = (reason: unknown) => {
    close();
    controller.abort(reason);
  };
  const onAbort = () => end(abortError(signal!, operation));
  if (signal?.aborted) onAbort();
  else {
    signal?.addEventListener('abort', onAbort, { once: true });
    if (timeoutMs !== undefined && timeoutMs !== Number.POSITIVE_INFINITY) {
      cancelTimer = clock.schedule(() => end(timeoutError(timeoutMs, operation)), timeoutMs);
    }
  }
  return { signal: controller.signal, end, close };
};

/**
 * Runs `run` under a caller's signal and a time limit as one. The promise settles at once when either ends it, even
 * when `run` does not look at its signal, and no listener or timer stays behind.
 *
 * @throws ABORTED when the signal ends it, TIMEOUT when the limit does, INVALID_ARGUMENT for a limit below 0.
 * @example
 * import { withDeadline } from '@somakit/core';
 * const answer = await withDeadline({ timeoutMs: 5_000, operation: 'Asking' }, (signal) => fetch('http://localhost/', { signal }));
 */
export const withDeadline = async <T>(
  options: DeadlineOptions,
  run: (signal: AbortSignal) => T | PromiseLike<T>,
): Promise<T> => {
  const deadline = openDeadline(options);
  try {
    return await raceSignal(deadline.signal, () => run(deadline.signal));
  } finally {
    deadline.close();
  }
};

/** The result of `run`, or the signal's typed error at once. A late failure of `run` is not left unhandled. */
export const raceSignal = async <T>(signal: AbortSignal, run: () => T | PromiseLike<T>): Promise<T> => {
  throwIfAborted(signal);
  let onAbort = () => {};
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(abortError(signal));
    signal.addEventListener('abort', onAbort, { once: true });
  });
  try {
    return await Promise.race([Promise.resolve(run()), aborted]);
  } catch (error) {
    // A run that noticed the abort first throws an error of its own making: the typed one says more.
    if (signal.aborted) throw abortError(signal);
    throw error;
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
};

/**
 * Waits `delayMs` milliseconds.
 * @throws ABORTED at once when the signal ends it, with no timer left.
 */
export const sleep = (
  delayMs: number,
  {
    signal,
    clock = systemClock,
  }: { readonly signal?: AbortSignal | undefined; readonly clock?: Clock | undefined } = {},
): Promise<void> =>
  new Promise((resolve, reject) => {
    checkTimeout(delayMs, 'delayMs');
    throwIfAborted(signal);
    const onAbort = () => {
      cancel();
      reject(abortError(signal!));
    };
    const cancel = clock.schedule(() => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    }, delayMs);
    signal?.addEventListener('abort', onAbort, { once: true });
  });
