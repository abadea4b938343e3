import { type Clock, checkTimeout, isError, sleep, systemClock, throwIfAborted } from '@somakit/core';
import type { Task } from './types.js';

/** What `watchTasks` tells: the tasks that are there at first count as added. */
export type TaskEvent =
  | { readonly kind: 'added'; readonly task: Task }
  | { readonly kind: 'changed'; readonly task: Task; readonly previous: Task }
  /** No longer in the list: with `status: 'submission_phase'`, a task that has closed. */
  | { readonly kind: 'removed'; readonly task: Task };

export interface WatchOptions {
  /** Between two looks, in milliseconds. Default 60 s. */
  readonly intervalMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Hears of a look that failed but may succeed the next time; the watch goes on. Without it such a failure ends the watch. */
  readonly onError?: ((error: unknown) => void) | undefined;
}

// Members in their order: the service does not shuffle them, and a false alarm harms nobody.
const textOf = (task: Task): string =>
  JSON.stringify(task, (_, value) => (typeof value === 'bigint' ? String(value) : value));

/** Looks again and again, and yields what is new. Ends by `return` (leaving the loop) or the signal (ABORTED). */
export async function* watch(
  list: (signal: AbortSignal | undefined) => Promise<readonly Task[]>,
  { intervalMs = 60_000, signal, onError }: WatchOptions,
  clock: Clock = systemClock,
): AsyncGenerator<TaskEvent, void, undefined> {
  checkTimeout(intervalMs, 'intervalMs');
  let known = new Map<number, { readonly task: Task; readonly text: string }>();
  for (;;) {
    throwIfAborted(signal, 'watchTasks');
    let tasks: readonly Task[] | undefined;
    try {
      tasks = await list(signal);
    } catch (error) {
      if (onError === undefined || !isError(error) || !error.retryable || signal?.aborted) throw error;
      onError(error);
    }
    if (tasks !== undefined) {
      const now = new Map(tasks.map((task) => [task.id, { task, text: textOf(task) }]));
      const before = known;
      known = now;
      for (const [id, { task, text }] of now) {
        const previous = before.get(id);
        if (previous === undefined) yield { kind: 'added', task };
        else if (previous.text !== text) yield { kind: 'changed', task, previous: previous.task };
      }
      for (const [id, { task }] of before) if (!now.has(id)) yield { kind: 'removed', task };
    }
    await sleep(intervalMs, { signal, clock });
  }
}
