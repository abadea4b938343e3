export { jobId } from './job.js';
export { createLocalQueue, type LocalQueueOptions } from './local-queue.js';
export type { RedisQueueLocation } from './redis.js';
export { createRedisQueue, type RedisQueueOptions } from './redis-queue.js';
export type { DeadLetter, JobCounts, JobResult, JobState, Provenance, ScoreJob, ScoreQueue } from './types.js';
export { type QueueWorker, type QueueWorkerEvent, type QueueWorkerOptions, startQueueWorker } from './worker.js';
