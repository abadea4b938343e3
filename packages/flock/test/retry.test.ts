import { isError } from '@somakit/core';
import { manualClock, seededRandom } from '@somakit/core/testing';
import { describe, expect, it } from 'vitest';
import { createFlockClient, type FlockOptions } from '../src/index.js';
import { fetchDouble, json, silent } from './fetch-double.js';

const task = { id: 7, status: 'submission_phase' };
const submission = { taskId: 7, repo: 'me/model', revision: 'a'.repeat(40) };

const setUp = (answer: Parameters<typeof fetchDouble>[0], options: FlockOptions = {}) => {
  const clock = manualClock({ now: Date.UTC(2025, 3, 10) });
  const double = fetchDouble(answer);
  const client = createFlockClient({
    apiKey: 'key-0001',
    fetch: double.fetch,
    clock,
    random: seededRandom(7),
    ...options,
  });
  const pauses: number[] = [];
  const run = async <T>(promise: Promise<T>): Promise<{ value?: T; error?: unknown }> => {
    let outcome: { value?: T; error?: unknown } | undefined;
    promise.then(
      (value) => {
        outcome = { value };
      },
      (error: unknown) => {
        outcome = { error };
      },
    );
    for (let step = 0; step < 200 && outcome === undefined; step++) {
      await clock.advance(0);
      if (outcome !== undefined) break;
      pauses.push(clock.pending[0] ?? -1);
      // Bodies are read by the platform, in its own time.
      if (!(await clock.advanceToNext())) await new Promise((resolve) => setTimeout(resolve, 0));
    }
    if (outcome === undefined) throw new Error('still waiting');
    return outcome;
  };
  return { client, clock, calls: double.calls, run, pauses };
};

describe('retries, by a clock that the test moves', () => {
  it.each([408, 429, 500, 502, 503, 504])('repeats a read on %i until it works', async (status) => {
    const { client, calls, run } = setUp((_, call) => (call < 4 ? json({}, status) : json(task)));
    expect(await run(client.getTask({ taskId: 7 }))).toEqual({ value: task });
    expect(calls).toHaveLength(4);
  });

  it('gives up after four attempts and throws the last refusal', async () => {
    const { client, calls, run } = setUp((_, call) => json({ detail: `no ${call}` }, 503));
    const { error } = await run(client.openTasks());
    expect(error).toMatchObject({ code: 'FLOCK_API_ERROR', context: { status: 503, attempts: 4, detail: 'no 4' } });
    expect(calls).toHaveLength(4);
  });

  it.each([400, 401, 403, 404, 409, 422])('does not repeat a read on %i', async (status) => {
    const { client, calls, run } = setUp(() => json({ detail: 'no' }, status));
    expect((await run(client.getTask({ taskId: 7 }))).error).toMatchObject({ context: { status } });
    expect(calls).toHaveLength(1);
  });

  it('waits as long as the server asks', async () => {
    const { client, clock, run } = setUp((_, call) =>
      call === 1 ? json({}, 429, { 'retry-after': '17' }) : json(task),
    );
    const started = clock.now();
    await run(client.getTask({ taskId: 7 }));
    expect(clock.now() - started).toBe(17_000);
  });

  it('does not repeat after a pause that is too long to wait for', async () => {
    const { client, calls, run } = setUp(() => json({}, 429, { 'retry-after': '3600' }));
    expect((await run(client.getTask({ taskId: 7 }))).error).toMatchObject({
      context: { retryAfterMs: 3_600_000 },
      retryable: true,
    });
    expect(calls).toHaveLength(1);
  });

  it('repeats a read after a network fault and after a server that stays silent', async () => {
    const { client, clock, calls, run } = setUp((_, call) => {
      if (call === 1) throw new TypeError('fetch failed');
      return call === 2 ? silent() : json(task);
    });
    expect(await run(client.getTask({ taskId: 7 }))).toEqual({ value: task });
    expect(calls).toHaveLength(3);
    expect(clock.now()).toBeGreaterThanOrEqual(Date.UTC(2025, 3, 10) + 30_000);
  });

  it('ends by the limit of the call however patient the retries are', async () => {
    const { client, clock, run } = setUp(silent);
    const started = clock.now();
    expect((await run(client.getTask({ taskId: 7, timeoutMs: 45_000 }))).error).toMatchObject({ code: 'TIMEOUT' });
    expect(clock.now() - started).toBe(45_000);
  });

  it('leaves no timer behind', async () => {
    const { client, clock, run } = setUp((_, call) => (call === 1 ? json({}, 500) : json(task)));
    await run(client.getTask({ taskId: 7 }));
    expect(clock.pending).toEqual([]);
  });

  it.each([408, 429, 500, 502, 503, 504])('sends a submission once, also on %i', async (status) => {
    for (const retry of [undefined, { methods: ['GET', 'POST'], statuses: [status], decide: () => true }]) {
      const { client, calls, run } = setUp(() => json({ detail: 'no' }, status, { 'retry-after': '1' }), { retry });
      expect(isError((await run(client.submitTask(submission))).error, 'FLOCK_API_ERROR')).toBe(true);
      expect(calls).toHaveLength(1);
    }
  });

  it('sends a submission once when the server stays silent, and says what is not known', async () => {
    const { client, calls, run } = setUp(silent);
    expect((await run(client.submitTask(submission))).error).toMatchObject({ code: 'FLOCK_OUTCOME_UNKNOWN' });
    expect(calls).toHaveLength(1);
  });

  it('sends nothing when the signal is aborted already, and stops waiting at once when it aborts later', async () => {
    const { client, calls, clock } = setUp((_, call) => json({}, call > 0 ? 503 : 200));
    await expect(client.getTask({ taskId: 7, signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'ABORTED' });
    expect(calls).toHaveLength(0);
    const controller = new AbortController();
    const asked = client.getTask({ taskId: 7, signal: controller.signal });
    controller.abort();
    await expect(asked).rejects.toMatchObject({ code: 'ABORTED' });
    expect(clock.pending).toEqual([]);
  });

  it('asks for the health once and never throws for what the service does', async () => {
    for (const answer of [
      () => json({}, 500),
      () => json({}, 404),
      () => Promise.reject(new TypeError('fetch failed')),
    ]) {
      const { client, calls, run } = setUp(answer);
      expect(await run(client.health())).toEqual({ value: false });
      expect(calls).toHaveLength(1);
    }
  });
});
