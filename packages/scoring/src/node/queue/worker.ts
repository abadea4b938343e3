import { hostname } from 'node:os';
import type { Scorer } from '../types.js';
import { decodeJob, encodeResult, isWorthRetrying, runJob } from './job.js';
import { connect, DEFAULT_QUEUE, type RedisQueueLocation } from './redis.js';

/** What a worker tells, for logs. */
export type QueueWorkerEvent =
  | { readonly kind: 'done'; readonly id: string; readonly ms: number }
  | {
      readonly kind: 'failed';
      readonly id: string;
      readonly attempt: number;
      readonly final: boolean;
      readonly error: Error;
    }
  | { readonly kind: 'stalled'; readonly id: string }
  | { readonly kind: 'connection'; readonly error: Error };

/** How a worker takes jobs. */
export interface QueueWorkerOptions extends RedisQueueLocation {
  /** Stays open when the worker stops. */
  readonly scorer: Scorer;
  /** Jobs at once: the next are fetched while one is computed. Default 2. */
  readonly concurrency?: number | undefined;
  /** A job whose worker has not been heard of for so long is given to another one. Default 30 s. */
  readonly lockMs?: number | undefined;
  /** Limit of one job. Default 30 minutes. */
  readonly jobTimeoutMs?: number | undefined;
  /** In the provenance of results. Default host and process id. */
  readonly workerName?: string | undefined;
  /** Must not throw. */
  readonly onEvent?: ((event: QueueWorkerEvent) => void) | undefined;
}

/** A worker that takes jobs. */
export interface QueueWorker {
  readonly active: number;
  /** Takes no more jobs and ends when those in work are done. */
  drain(): Promise<void>;
  /** Ends now; jobs in work are given to other workers. */
  close(): Promise<void>;
}

const PROGRESS_MS = 1000;

/**
 * Takes jobs from the queue in Redis until it is drained. A job whose worker dies is run by another one; its result is stored
 * once, under its content.
 *
 * @throws QUEUE_UNAVAILABLE
 * @example
 * import { createScorer } from '@somakit/scoring';
 * import { startQueueWorker } from '@somakit/scoring/queue';
 * const worker = await startQueueWorker({ url: 'redis://127.0.0.1:6379', scorer: await createScorer() });
 * process.once('SIGTERM', () => worker.drain());
 */
export const startQueueWorker = async (options: QueueWorkerOptions): Promise<QueueWorker> => {
  const {
    url,
    name = DEFAULT_QUEUE,
    scorer,
    concurrency = 2,
    lockMs = 30_000,
    jobTimeoutMs = 1_800_000,
    onEvent,
  } = options;
  const workerName = options.workerName ?? `${hostname()}/${process.pid}`;
  const { bullmq, connection } = await connect(url);
  const controller = new AbortController();
  let active = 0;
  const worker = new bullmq.Worker(
    name,
    async (job) => {
      active += 1;
      const started = performance.now();
      let told = started;
      try {
        const result = await runJob(decodeJob((job.data as { request: string }).request), {
          scorer,
          worker: workerName,
          now: Date.now,
          signal: controller.signal,
          timeoutMs: jobTimeoutMs,
          onProgress: (progress) => {
            const now = performance.now();
            if (now - told < PROGRESS_MS) return;
            told = now;
            job.updateProgress({ ...progress }).catch(() => {});
          },
        });
        onEvent?.({ kind: 'done', id: job.id ?? '', ms: performance.now() - started });
        return encodeResult(result);
      } catch (error) {
        const made = job.attemptsMade + 1;
        const final = !isWorthRetrying(error) || made >= (job.opts.attempts ?? 1);
        const reason = error instanceof Error ? error : new TypeError(String(error));
        onEvent?.({ kind: 'failed', id: job.id ?? '', attempt: made, final, error: reason });
        // Only the message is stored: another attempt with the same content would end the same way.
        if (!isWorthRetrying(error)) throw new bullmq.UnrecoverableError(reason.message);
        throw reason;
      } finally {
        active -= 1;
      }
    },
    {
      connection,
      concurrency,
      lockDuration: lockMs,
      stalledInterval: Math.max(500, lockMs / 2),
      // A job is not to blame for the workers that died with it, but one that kills them all must end.
      maxStalledCount: 5,
    },
  );
  worker.on('error', (error) => onEvent?.({ kind: 'connection', error }));
  worker.on('stalled', (id) => onEvent?.({ kind: 'stalled', id }));
  await worker.waitUntilReady();
  return {
    get active() {
      return active;
    },
    async drain() {
      await worker.close();
      connection.disconnect();
    },
    async close() {
      controller.abort();
      await worker.close(true);
      connection.disconnect();
    },
  };
};
