import { type Clock, isError, raceSignal, retry, systemClock, withDeadline } from '@somakit/core';
import type { Scorer } from '../types.js';
import { encodeJob, isWorthRetrying, jobFailed, jobId, jobNotFound, runJob } from './job.js';
import type { JobResult, JobState, ScoreQueue } from './types.js';

/** How the queue in this process works. */
export interface LocalQueueOptions {
  /** Stays open when the queue closes. */
  readonly scorer: Scorer;
  /** Jobs at once. Default 2. */
  readonly concurrency?: number | undefined;
  /** Attempts of a job whose failure may pass. Default 5, with growing pauses. */
  readonly attempts?: number | undefined;
  readonly clock?: Clock | undefined;
}

interface Entry {
  state: JobState;
  attempts: number;
  readonly done: Promise<JobResult>;
  error?: unknown;
}

/**
 * A queue without Redis: the same jobs, ids and results, run by a scorer of this process. What is in it ends with the process.
 *
 * @example
 * import { createScorer } from '@somakit/scoring';
 * import { createLocalQueue, type ScoreJob } from '@somakit/scoring/queue';
 * const run = async (job: ScoreJob) => {
 *   const queue = createLocalQueue({ scorer: await createScorer({ config: 'small' }) });
 *   return queue.result(await queue.submit(job));
 * };
 */
export const createLocalQueue = (options: LocalQueueOptions): ScoreQueue => {
  const { scorer, concurrency = 2, attempts = 5, clock = systemClock } = options;
  const entries = new Map<string, Entry>();
  const controller = new AbortController();
  const waiting: (() => void)[] = [];
  let free = concurrency;
  const enter = (): Promise<void> => {
    if (free > 0) {
      free -= 1;
      return Promise.resolve();
    }
    return new Promise((resolve) => waiting.push(resolve));
  };
  const leave = () => {
    const next = waiting.shift();
    if (next === undefined) free += 1;
    else next();
  };
  const find = (id: string): Entry => {
    const entry = entries.get(id);
    if (entry === undefined) throw jobNotFound(id);
    return entry;
  };
  return {
    async submit(job) {
      encodeJob(job);
      const id = jobId(job);
      const known = entries.get(id);
      if (known !== undefined && known.state.state !== 'failed') return id;
      const work = async (): Promise<JobResult> => {
        await enter();
        try {
          const result = await retry(
            async (attempt) => {
              entry.attempts = attempt;
              entry.state = { state: 'active' };
              return runJob(job, {
                scorer,
                worker: 'local',
                now: () => clock.now(),
                signal: controller.signal,
                onProgress: (progress) => {
                  entry.state = { state: 'active', progress };
                },
              });
            },
            { attempts, signal: controller.signal, clock, shouldRetry: isWorthRetrying },
          );
          entry.state = { state: 'done' };
          return result;
        } catch (error) {
          entry.state = { state: 'failed' };
          entry.error = error;
          throw jobFailed(id, entry.attempts, error instanceof Error ? error.message : String(error), error);
        } finally {
          leave();
        }
      };
      let begin: () => void = () => {};
      const entry: Entry = {
        state: { state: 'waiting' },
        attempts: 0,
        done: new Promise<void>((resolve) => {
          begin = resolve;
        }).then(work),
      };
      entry.done.catch(() => {});
      entries.set(id, entry);
      begin();
      return id;
    },
    result: (id, call = {}) =>
      withDeadline({ ...call, operation: 'waiting for a job', clock }, async (signal) =>
        raceSignal(signal, () => find(id).done),
      ),
    async state(id) {
      return find(id).state;
    },
    async counts() {
      const count = (state: JobState['state']) =>
        [...entries.values()].filter((each) => each.state.state === state).length;
      return { waiting: count('waiting'), active: count('active'), done: count('done'), failed: count('failed') };
    },
    async deadLetters() {
      return [...entries]
        .filter(([, { state }]) => state.state === 'failed')
        .map(([id, { attempts: made, error }]) => ({
          id,
          attempts: made,
          reason: isError(error) || error instanceof Error ? error.message : String(error),
        }));
    },
    async close() {
      controller.abort();
      await Promise.allSettled([...entries.values()].map(({ done }) => done));
    },
  };
};
