import { SomaKitError } from '@somakit/core';
import type * as BullMq from 'bullmq';
import type { Redis } from 'ioredis';

/** Where the queue is. */
export interface RedisQueueLocation {
  /** `redis://` or `rediss://`. */
  readonly url: string;
  /** Workers and submitters of one name share jobs. Default `soma-scoring`. */
  readonly name?: string | undefined;
}

export const DEFAULT_QUEUE = 'soma-scoring';

const unavailable = (reason: string, cause: unknown) =>
  new SomaKitError('QUEUE_UNAVAILABLE', `The queue cannot be used: ${reason}`, {
    context: { reason },
    hint: 'Check that Redis runs at the URL, and that bullmq 6.7 and ioredis 6 are installed.',
    cause,
    retryable: true,
  });

/** The queue's packages, and a connection that works. @throws QUEUE_UNAVAILABLE */
export const connect = async (url: string): Promise<{ readonly bullmq: typeof BullMq; readonly connection: Redis }> => {
  const [bullmq, ioredis] = await Promise.all([import('bullmq'), import('ioredis')]).catch((cause: unknown) => {
    throw unavailable('bullmq and ioredis do not load', cause);
  });
  // BullMQ waits on this connection for as long as it takes.
  const connection = new ioredis.Redis(url, { maxRetriesPerRequest: null, lazyConnect: true });
  let last: unknown;
  const note = (error: unknown) => {
    last = error;
  };
  connection.on('error', note);
  try {
    await Promise.race([
      connection.connect(),
      // Without this a Redis that is not there would be tried for ever.
      new Promise((_, reject) => connection.once('close', () => reject(last))),
    ]);
  } catch (cause) {
    connection.disconnect();
    throw unavailable('Redis does not answer', cause ?? last);
  }
  return { bullmq, connection };
};
