import { createScorer, type Scorer, type ScoringService, serveScoring } from '@somakit/scoring';
import { type QueueWorker, startQueueWorker } from '@somakit/scoring/queue';
import type { Logger } from 'pino';
import type { WorkerOptions } from './options.js';

/** The program while it runs. */
export interface RunningWorker {
  readonly url: string | undefined;
  /** Ends with no answer and no job lost. */
  drain(): Promise<void>;
}

/** Starts the service, the worker, or both over one scorer. */
export const runWorker = async (options: WorkerOptions, log: Logger): Promise<RunningWorker> => {
  const { config, device, cacheDir, cacheBudgetBytes, memoryBudgetBytes, threads, allowPrivate, queue } = options;
  const scorerOptions = {
    config,
    device,
    cacheDir,
    cacheBudgetBytes,
    memoryBudgetBytes,
    threads,
    urlPolicy: { allowPrivate },
  };
  let service: ScoringService | undefined;
  let scorer: Scorer;
  if (options.serve) {
    service = await serveScoring({
      ...scorerOptions,
      host: options.host,
      port: options.port,
      maxRequests: options.maxRequests,
      requestTimeoutMs: options.requestTimeoutMs,
      onCall: ({ method, code, message, ms, peer }) => {
        const line = { method, code, ms: Math.round(ms), peer, ...(message === '' ? {} : { message }) };
        if (code === 'OK') log.info(line, 'call');
        else log.warn(line, 'call failed');
      },
    });
    scorer = service.scorer;
    const { device: found, engine, engineThread } = scorer;
    log.info({ url: service.url, device: found, engine, engineThread }, 'serving');
  } else {
    scorer = await createScorer(scorerOptions);
  }
  let worker: QueueWorker | undefined;
  if (queue !== undefined) {
    try {
      worker = await startQueueWorker({
        ...queue,
        scorer,
        concurrency: options.concurrency,
        lockMs: options.lockMs,
        jobTimeoutMs: options.requestTimeoutMs,
        onEvent: (event) => {
          if (event.kind === 'done') log.info({ job: event.id, ms: Math.round(event.ms) }, 'job done');
          else if (event.kind === 'failed') {
            const { id, attempt, final, error } = event;
            log.warn({ job: id, attempt, final, message: error.message }, 'job failed');
          } else if (event.kind === 'stalled') log.warn({ job: event.id }, 'job taken from a worker that went silent');
          else log.warn({ message: event.error.message }, 'queue connection');
        },
      });
    } catch (error) {
      await (service ?? scorer).close();
      throw error;
    }
    log.info({ queue: queue.name ?? 'soma-scoring', concurrency: options.concurrency ?? 2 }, 'working for the queue');
  }
  return {
    url: service?.url,
    async drain() {
      log.info('draining');
      await worker?.drain();
      if (service !== undefined) await service.drain({ timeoutMs: options.drainTimeoutMs });
      else await scorer.close();
      log.info('stopped');
    },
  };
};
