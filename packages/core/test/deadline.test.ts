import {
  isError,
  openDeadline,
  raceSignal,
  SomaKitError,
  sleep,
  systemClock,
  throwIfAborted,
  withDeadline,
} from '@somakit/core';
import { manualClock } from '@somakit/core/testing';
import { describe, expect, it } from 'vitest';
import { failure } from './support/failure.js';
import { thrown } from './support/thrown.js';

const never = () => new Promise<never>(() => {});

describe('withDeadline', () => {
  it('ends at once on its time limit, also when the work does not look', async () => {
    const clock = manualClock();
    const result = failure(withDeadline({ timeoutMs: 100, operation: 'Waiting', clock }, never));
    await clock.advance(100);
    expect(await result).toMatchObject({
      code: 'TIMEOUT',
      message: 'Waiting took longer than 100 ms.',
      context: { timeoutMs: 100, operation: 'Waiting' },
      retryable: true,
    });
    expect(clock.pending).toEqual([]);
  });

  it('ends at once on the signal, with its reason as the cause', async () => {
    const controller = new AbortController();
    const clock = manualClock();
    const result = failure(
      withDeadline({ signal: controller.signal, timeoutMs: 5, operation: 'Waiting', clock }, never),
    );
    controller.abort('enough');
    expect(await result).toMatchObject({ code: 'ABORTED', context: { operation: 'Waiting' }, cause: 'enough' });
    expect(clock.pending).toEqual([]);
  });

  it('does not start the work when the signal is aborted already', async () => {
    let started = false;
    const result = withDeadline({ signal: AbortSignal.abort() }, () => {
      started = true;
    });
    expect((await failure(result)).code).toBe('ABORTED');
    expect(started).toBe(false);
  });

  it('gives the outer limit as the reason when scopes are nested', async () => {
    const clock = manualClock();
    const inner = (signal: AbortSignal) => withDeadline({ signal, timeoutMs: 1000, operation: 'inner', clock }, never);
    const result = failure(withDeadline({ timeoutMs: 10, operation: 'outer', clock }, inner));
    await clock.advance(10);
    expect(await result).toMatchObject({ code: 'TIMEOUT', context: { operation: 'outer' } });
    expect(clock.pending).toEqual([]);
  });

  it('tells the work by its signal, and says the limit rather than what the work made of it', async () => {
    const clock = manualClock();
    const result = failure(
      withDeadline(
        { timeoutMs: 10, clock },
        (signal) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('mine')))),
      ),
    );
    await clock.advance(10);
    expect((await result).code).toBe('TIMEOUT');
  });

  it('hands through results and errors, and leaves no timer and no listener', async () => {
    const clock = manualClock();
    const { signal } = new AbortController();
    let listeners = 0;
    const [add, remove] = [signal.addEventListener.bind(signal), signal.removeEventListener.bind(signal)];
    Object.assign(signal, {
      addEventListener: (...all: Parameters<typeof add>) => {
        listeners++;
        add(...all);
      },
      removeEventListener: (...all: Parameters<typeof remove>) => {
        listeners--;
        remove(...all);
      },
    });
    expect(await withDeadline({ signal, timeoutMs: 10, clock }, () => 5)).toBe(5);
    await expect(
      withDeadline({ signal, timeoutMs: 10, clock }, () => {
        throw new RangeError('own');
      }),
    ).rejects.toThrow(RangeError);
    expect(clock.pending).toEqual([]);
    expect(listeners).toBe(0);
  });

  it.each([-1, Number.NaN, '5'])('refuses %s as a limit', async (timeoutMs) => {
    expect((await failure(withDeadline({ timeoutMs: timeoutMs as number }, never))).code).toBe('INVALID_ARGUMENT');
  });

  it('has no limit when it is Infinity', async () => {
    const clock = manualClock();
    const deadline = openDeadline({ timeoutMs: Number.POSITIVE_INFINITY, clock });
    expect(clock.pending).toEqual([]);
    deadline.close();
  });
});

describe('sleep', () => {
  it('ends at once on abort and leaves no timer', async () => {
    const clock = manualClock();
    const controller = new AbortController();
    const slept = failure(sleep(1000, { signal: controller.signal, clock }));
    controller.abort();
    expect((await slept).code).toBe('ABORTED');
    expect(clock.pending).toEqual([]);
    expect((await failure(sleep(5, { signal: controller.signal, clock }))).code).toBe('ABORTED');
    expect((await failure(sleep(-1, { clock }))).code).toBe('INVALID_ARGUMENT');
  });

  it('takes as long as it should by the clock', async () => {
    const clock = manualClock({ now: 5 });
    const order: string[] = [];
    const both = Promise.all([
      sleep(20, { clock }).then(() => order.push('late')),
      sleep(10, { clock }).then(() => order.push('early')),
    ]);
    await clock.advance(9);
    expect(order).toEqual([]);
    expect(await clock.advanceToNext()).toBe(true);
    expect(order).toEqual(['early']);
    await clock.advance(10);
    await both;
    expect(order).toEqual(['early', 'late']);
    expect(clock.now()).toBe(25);
    expect(await clock.advanceToNext()).toBe(false);
  });
});

describe('signals', () => {
  it('raceSignal keeps foreign errors and reads foreign reasons as an abort', async () => {
    const { signal } = new AbortController();
    await expect(raceSignal(signal, () => Promise.reject(new RangeError('x')))).rejects.toThrow(RangeError);
    expect(
      isError(
        thrown(() => throwIfAborted(AbortSignal.abort(new Error('x')), 'It')),
        'ABORTED',
      ),
    ).toBe(true);
    const own = new SomaKitError('TIMEOUT', 'late', { context: { timeoutMs: 1 } });
    expect(thrown(() => throwIfAborted(AbortSignal.abort(own)))).toBe(own);
  });

  it('the system clock does not fire long timers early', async () => {
    let fired = false;
    const cancel = systemClock.schedule(() => {
      fired = true;
    }, 2 ** 40);
    await new Promise((resolve) => systemClock.schedule(() => resolve(undefined), 5));
    cancel();
    expect(fired).toBe(false);
  });
});
