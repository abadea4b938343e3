import { type Clock, systemClock } from './clock.js';
import { sleep, throwIfAborted } from './deadline.js';
import { isError } from './errors.js';
import { invalidArgument } from './invalid.js';
import { type Random, systemRandom } from './random.js';

/** When and how often a failed call is made again. */
export interface RetryPolicy {
  /** How often the call is made at most, the first time included. Default 4. */
  readonly attempts?: number | undefined;
  /** Upper bound of the first pause; doubles each time. Default 250 ms. */
  readonly baseDelayMs?: number | undefined;
  /** Upper bound of any pause that we choose. Default 10 s. */
  readonly maxDelayMs?: number | undefined;
  /** No attempt starts after this time, counted from the first. Default 60 s. */
  readonly budgetMs?: number | undefined;
  /** A pause that the other side asks for and that is longer than this ends the retries instead. Default 60 s. */
  readonly maxRetryAfterMs?: number | undefined;
}

/** What `onRetry` hears before each pause. */
export interface RetryNotice {
  /** The number of the attempt that failed: 1 for the first. */
  readonly attempt: number;
  readonly delayMs: number;
  readonly error: unknown;
}

export interface RetryOptions extends RetryPolicy {
  /** Whether to go on after this error. Default: the error says that it is `retryable`. */
  readonly shouldRetry?: ((error: unknown, attempt: number) => boolean) | undefined;
  /** The pause that the other side asks for. Default: `retryAfterMs` of the error's context. */
  readonly retryAfterMs?: ((error: unknown) => number | undefined) | undefined;
  readonly onRetry?: ((notice: RetryNotice) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly clock?: Clock | undefined;
  readonly random?: Random | undefined;
}

/** `retryAfterMs` of the error's context. */
export const askedPause = (error: unknown): number | undefined => {
  if (!isError(error)) return undefined;
  const { retryAfterMs } = error.context as { readonly retryAfterMs?: unknown };
  return typeof retryAfterMs === 'number' ? retryAfterMs : undefined;
};

/** A policy with every value, checked. @throws INVALID_ARGUMENT */
export const retryPolicy = (policy: RetryPolicy): ResolvedRetryPolicy => {
  const { attempts = 4, baseDelayMs = 250, maxDelayMs = 10_000, budgetMs = 60_000, maxRetryAfterMs = 60_000 } = policy;
  if (!(attempts >= 1)) throw invalidArgument('attempts', 'a number of 1 or more', attempts);
  const times = { baseDelayMs, maxDelayMs, budgetMs, maxRetryAfterMs };
  for (const [name, value] of Object.entries(times)) {
    if (!(value >= 0)) throw invalidArgument(name, 'a number of milliseconds, 0 or more', value);
  }
  return { attempts, ...times };
};

export type ResolvedRetryPolicy = { readonly [K in keyof RetryPolicy]-?: number };

/** The pause after failed attempt number `attempt`, or `undefined` when there is to be no other attempt. */
export const retryDelay = (
  policy: ResolvedRetryPolicy,
  {
    attempt,
    elapsedMs,
    askedMs,
    random,
  }: {
    readonly attempt: number;
    readonly elapsedMs: number;
    readonly askedMs?: number | undefined;
    readonly random: Random;
  },
): number | undefined => {
  if (attempt >= policy.attempts) return undefined;
  if (askedMs !== undefined && askedMs > policy.maxRetryAfterMs) return undefined;
  const bound = Math.min(policy.maxDelayMs, policy.baseDelayMs * 2 ** (attempt - 1));
  const delayMs = askedMs !== undefined && askedMs > 0 ? askedMs : Math.round(random.float() * bound);
  return elapsedMs + delayMs > policy.budgetMs ? undefined : delayMs;
};

/**
 * Calls `run` until it succeeds, fails for good, or attempts or time are used up; then the last error is thrown as it
 * is. Pauses grow exponentially with full jitter (anything from 0 to the bound); a pause asked for by the other side
 * is kept to the millisecond, and one of 0 or in the past counts as none.
 *
 * @throws ABORTED at once when the signal ends it, INVALID_ARGUMENT for a policy that makes no sense.
 * @example
 * import { retry } from '@somakit/core';
 * const text = await retry(async () => (await fetch('http://localhost/')).text(), { attempts: 3, shouldRetry: () => true });
 */
export const retry = async <T>(
  run: (attempt: number) => T | PromiseLike<T>,
  options: RetryOptions = {},
): Promise<T> => {
  const policy = retryPolicy(options);
  const { shouldRetry = (error) => isError(error) && error.retryable, retryAfterMs = askedPause } = options;
  const { onRetry, signal, clock = systemClock, random = systemRandom } = options;
  const started = clock.monotonic();
  for (let attempt = 1; ; attempt++) {
    throwIfAborted(signal);
    try {
      return await run(attempt);
    } catch (error) {
      throwIfAborted(signal);
      if (!shouldRetry(error, attempt)) throw error;
      const elapsedMs = clock.monotonic() - started;
      const delayMs = retryDelay(policy, { attempt, elapsedMs, askedMs: retryAfterMs(error), random });
      if (delayMs === undefined) throw error;
      onRetry?.({ attempt, delayMs, error });
      await sleep(delayMs, { signal, clock });
    }
  }
};
