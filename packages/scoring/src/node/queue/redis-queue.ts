import { isError, retry, withDeadline } from '@somakit/core';
import type { Job } from 'bullmq';
import { decodeResult, encodeJob, jobFailed, jobId, jobNotFound, type StoredResult } from './job.js';
import { connect, DEFAULT_QUEUE, type RedisQueueLocation } from './redis.js';
import type { JobState, ScoreQueue } from './types.js';

/** How jobs in Redis are kept and tried. */
export interface RedisQueueOptions extends RedisQueueLocation {
  /** Attempts of a job whose failure may pass. Default 5. */
  readonly attempts?: number | undefined;
  /** Pause before the second attempt; it doubles. Default 1 s. */
  readonly backoffMs?: number | undefined;
}

const STATES: Readonly<Record<string, JobState['state']>> = { active: 'active', completed: 'done', failed: 'failed' };

/**
 * The submitting side of the queue in Redis. Any number of processes may submit, and any number of workers
 * (`startQueueWorker`, or the program scoring-worker) work.
 *
 * @throws QUEUE_UNAVAILABLE
 * @example
 * import { createRedisQueue, type ScoreJob } from '@somakit/scoring/queue';
 * const run = async (job: ScoreJob) => {
 *   const queue = await createRedisQueue({ url: 'redis://127.0.0.1:6379' });
 *   const result = await queue.result(await queue.submit(job));
 *   await queue.close();
 *   return result.provenance.worker;
 * };
 */
export const createRedisQueue = async (options: RedisQueueOptions): Promise<ScoreQueue> => {
  const { url, name = DEFAULT_QUEUE, attempts = 5, backoffMs = 1000 } = options;
  const { bullmq, connection } = await connect(url);
  const { connection: listening } = await connect(url);
  const queue = new bullmq.Queue(name, { connection });
  const events = new bullmq.QueueEvents(name, { connection: listening });
  // Both report what the connection reports already.
  queue.on('error', () => {});
  events.on('error', () => {});
  // Every result that is waited for listens.
  events.setMaxListeners(0);
  queue.setMaxListeners(0);
  await events.waitUntilReady();

  const find = async (id: string): Promise<Job> => {
    const job = await queue.getJob(id);
    if (job === undefined) throw jobNotFound(id);
    return job;
  };
  const put = async (id: string, body: string): Promise<void> => {
    const known = await queue.getJob(id);
    if (known !== undefined) {
      if (!(await known.isFailed())) return;
      await known.remove();
    }
    await queue.add(
      'score',
      { request: body },
      {
        jobId: id,
        attempts,
        backoff: { type: 'exponential', delay: backoffMs, jitter: 0.5 },
        removeOnComplete: false,
        removeOnFail: false,
      },
    );
  };
  return {
    async submit(job) {
      const id = jobId(job);
      const body = encodeJob(job);
      // Another submitter may have removed the same failed job in between.
      await retry(() => put(id, body), { attempts: 3, shouldRetry: (error) => !isError(error) });
      return id;
    },
    result: (id, call = {}) =>
      withDeadline({ ...call, operation: 'waiting for a job' }, async () => {
        const job = await find(id);
        try {
          return decodeResult((await job.waitUntilFinished(events)) as StoredResult);
        } catch (error) {
          const failed = await find(id);
          throw jobFailed(id, failed.attemptsMade, failed.failedReason ?? (error as Error).message, error);
        }
      }),
    async state(id) {
      const job = await find(id);
      const state = STATES[await job.getState()] ?? 'waiting';
      const { progress } = job;
      const known = typeof progress === 'object' && progress !== null && 'done' in progress;
      return { state, ...(known ? { progress: progress as { done: number; total: number } } : {}) };
    },
    async counts() {
      const found = await queue.getJobCounts('wait', 'delayed', 'prioritized', 'active', 'completed', 'failed');
      const { wait = 0, delayed = 0, prioritized = 0, active = 0, completed = 0, failed = 0 } = found;
      return { waiting: wait + delayed + prioritized, active, done: completed, failed };
    },
    async deadLetters() {
      const jobs = await queue.getFailed();
      return jobs.map(({ id, failedReason, attemptsMade }) => ({
        id: id ?? '',
        reason: failedReason ?? '',
        attempts: attemptsMade,
      }));
    },
    async close() {
      await events.close();
      await queue.close();
      connection.disconnect();
      listening.disconnect();
    },
  };
};
