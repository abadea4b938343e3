import { invalidArgument, type RetryNotice, randomUuid, retry, SomaKitError, systemRandom } from '@somakit/core';
import { manualClock, seededRandom } from '@somakit/core/testing';
import { describe, expect, it } from 'vitest';
import { failure } from './support/failure.js';

const late = new SomaKitError('TIMEOUT', 'late', { context: { timeoutMs: 1 }, retryable: true });
const most = { float: () => 0.999999, bytes: systemRandom.bytes };

/** Runs to the end of all pauses. */
const finish = async <T>(clock: ReturnType<typeof manualClock>, result: Promise<T>): Promise<T> => {
  let done = false;
  void result.then(
    () => (done = true),
    () => (done = true),
  );
  while (!done && (await clock.advanceToNext()));
  return result;
};

describe('retry', () => {
  it('throws the last error as it is after its attempts, with doubling pauses', async () => {
    const clock = manualClock();
    const notices: RetryNotice[] = [];
    const fail = () => Promise.reject(late);
    const result = retry(fail, {
      attempts: 5,
      baseDelayMs: 100,
      maxDelayMs: 500,
      clock,
      random: most,
      onRetry: (notice) => notices.push(notice),
    });
    expect(await finish(clock, failure(result))).toBe(late);
    expect(notices.map(({ attempt, delayMs }) => [attempt, delayMs])).toEqual([
      [1, 100],
      [2, 200],
      [3, 400],
      [4, 500],
    ]);
  });

  it('draws each pause anywhere between none and the bound', async () => {
    const random = seededRandom(7);
    const delays: number[] = [];
    const clock = manualClock();
    const result = retry(() => Promise.reject(late), {
      attempts: 200,
      baseDelayMs: 100,
      maxDelayMs: 100,
      budgetMs: Number.POSITIVE_INFINITY,
      clock,
      random,
      onRetry: ({ delayMs }) => delays.push(delayMs),
    });
    await finish(clock, failure(result));
    expect(Math.min(...delays)).toBeLessThan(10);
    expect(Math.max(...delays)).toBeGreaterThan(90);
    expect(Math.max(...delays)).toBeLessThanOrEqual(100);
  });

  it('does not repeat what is not retryable, nor foreign errors', async () => {
    for (const error of [invalidArgument('a', 'b'), new TypeError('x')]) {
      let calls = 0;
      await expect(
        retry(() => {
          calls++;
          throw error;
        }),
      ).rejects.toBe(error);
      expect(calls).toBe(1);
    }
  });

  it('starts no attempt after its budget', async () => {
    const clock = manualClock();
    let calls = 0;
    const result = retry(
      async () => {
        calls++;
        throw late;
      },
      { attempts: 100, baseDelayMs: 400, maxDelayMs: 400, budgetMs: 1000, clock, random: most },
    );
    await finish(clock, failure(result));
    expect(calls).toBe(3);
    expect(clock.now()).toBe(800);
  });

  it('keeps to the pause asked for, and gives up when that is too long', async () => {
    const asking = (retryAfterMs: number) =>
      new SomaKitError('HTTP_STATUS', 'busy', {
        context: { method: 'GET', url: '', attempts: 1, status: 429, retryAfterMs },
        retryable: true,
      });
    for (const [asked, expected] of [
      [7000, [7000]],
      [0, [250]],
      [60_001, []],
    ] as const) {
      const clock = manualClock();
      const delays: number[] = [];
      await finish(
        clock,
        failure(
          retry(() => Promise.reject(asking(asked)), {
            attempts: 2,
            clock,
            random: most,
            onRetry: ({ delayMs }) => delays.push(delayMs),
          }),
        ),
      );
      expect(delays).toEqual(expected);
    }
  });

  it('ends at once when aborted in a pause', async () => {
    const clock = manualClock();
    const controller = new AbortController();
    const result = failure(
      retry(() => Promise.reject(late), {
        clock,
        signal: controller.signal,
        onRetry: () => queueMicrotask(() => controller.abort()),
      }),
    );
    expect((await result).code).toBe('ABORTED');
    expect(clock.pending).toEqual([]);
  });

  it('gives the result of the attempt that succeeds, and its number to each', async () => {
    const clock = manualClock();
    const result = retry(async (attempt) => (attempt < 3 ? Promise.reject(new Error('x')) : attempt), {
      shouldRetry: () => true,
      clock,
    });
    expect(await finish(clock, result)).toBe(3);
  });

  it.each([{ attempts: 0 }, { attempts: Number.NaN }, { baseDelayMs: -1 }, { budgetMs: Number.NaN }])(
    'refuses %j',
    async (policy) => {
      expect((await failure(retry(() => 1, policy))).code).toBe('INVALID_ARGUMENT');
    },
  );
});

describe('randomness', () => {
  it('gives UUIDs of version 4, the same for the same seed', () => {
    expect(randomUuid()).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(randomUuid()).not.toBe(randomUuid());
    expect(randomUuid(seededRandom(1))).toBe(randomUuid(seededRandom(1)));
  });

  it('gives floats in range', () => {
    for (let i = 0; i < 100; i++) expect(systemRandom.float()).toSatisfy((x: number) => x >= 0 && x < 1);
  });
});
