import { SomaKitError } from '@somakit/core';
import { formatDuration, readTime } from './time.js';
import type { Task } from './types.js';

/** Where a task stands. `validation` is the time between the end of submissions and the final result. */
export type TaskPhase = 'upcoming' | 'submission' | 'validation' | 'finalized' | 'unknown';

const iso = (ms: number | undefined): string | undefined => (ms === undefined ? undefined : new Date(ms).toISOString());

/**
 * Where a task stands at the time `now` (milliseconds since 1970). The status has the last word where it is known:
 * the dates say only when a phase should end.
 */
export const taskPhase = (task: Task, now: number): TaskPhase => {
  const { status } = task;
  const opens = readTime(task.initialized_at);
  const closes = readTime(task.submission_phase_ends_at);
  const ends = readTime(task.final_validation_ends_at);
  if (status === 'finalized') return 'finalized';
  if (opens !== undefined && now < opens) return 'upcoming';
  if (closes !== undefined && now >= closes) return ends !== undefined && now >= ends ? 'finalized' : 'validation';
  if (status === 'submission_phase') return 'submission';
  if (typeof status === 'string' && /valid/i.test(status)) return 'validation';
  return 'unknown';
};

/** Whether the task takes submissions at the time `now` (milliseconds since 1970). */
export const isOpen = (task: Task, now: number): boolean => taskPhase(task, now) === 'submission';

export interface Countdown {
  readonly phase: TaskPhase;
  /** When this phase ends; `undefined` when it has no end or the task does not say. */
  readonly endsAt: Date | undefined;
  readonly remainingMs: number | undefined;
  /** For people: `5 d 3 h`. Empty when there is nothing to wait for. */
  readonly text: string;
}

/**
 * How long the task's present phase still lasts.
 *
 * @example
 * import { countdown, createFlockClient } from '@somakit/flock';
 * const task = await createFlockClient().getTask({ taskId: 7 });
 * console.log(countdown(task, Date.now()).text);
 */
export const countdown = (task: Task, now: number): Countdown => {
  const phase = taskPhase(task, now);
  const ends =
    phase === 'upcoming'
      ? readTime(task.initialized_at)
      : phase === 'submission' || phase === 'unknown'
        ? readTime(task.submission_phase_ends_at)
        : phase === 'validation'
          ? readTime(task.final_validation_ends_at)
          : undefined;
  if (ends === undefined) return { phase, endsAt: undefined, remainingMs: undefined, text: '' };
  const remainingMs = Math.max(0, ends - now);
  return { phase, endsAt: new Date(ends), remainingMs, text: formatDuration(remainingMs) };
};

export interface PreflightParameters {
  readonly task: Task;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** How many parameters the model has, to hold against the task's `max_params`. */
  readonly parameterCount?: number | undefined;
}

/**
 * Refuses what the service would refuse anyway: a task that is not open, a model that is too large.
 * @throws FLOCK_TASK_NOT_OPEN, FLOCK_TOO_MANY_PARAMETERS
 */
export const checkSubmittable = ({ task, now, parameterCount }: PreflightParameters): void => {
  const phase = taskPhase(task, now);
  const status = task.status ?? '';
  if (phase !== 'submission' && !(phase === 'unknown' && status === '')) {
    const opensAt = phase === 'upcoming' ? iso(readTime(task.initialized_at)) : undefined;
    const closedAt =
      phase === 'validation' || phase === 'finalized' ? iso(readTime(task.submission_phase_ends_at)) : undefined;
    const when =
      opensAt !== undefined
        ? `opens at ${opensAt}`
        : closedAt !== undefined
          ? `closed at ${closedAt}`
          : `is in the status ${status}`;
    throw new SomaKitError('FLOCK_TASK_NOT_OPEN', `Task ${task.id} takes no submissions: it ${when}.`, {
      context: {
        taskId: task.id,
        status,
        phase,
        ...(opensAt === undefined ? {} : { opensAt }),
        ...(closedAt === undefined ? {} : { closedAt }),
      },
      hint: 'openTasks() lists the tasks that take submissions now.',
      retryable: phase === 'upcoming',
    });
  }
  const maxParams = task.data?.max_params;
  if (parameterCount !== undefined && maxParams !== undefined && maxParams !== null && parameterCount > maxParams) {
    throw new SomaKitError(
      'FLOCK_TOO_MANY_PARAMETERS',
      `The model has ${parameterCount} parameters; task ${task.id} allows ${maxParams}.`,
      {
        context: { taskId: task.id, parameterCount, maxParams },
        hint: 'Validators score a model above the limit with the worst value.',
      },
    );
  }
};
