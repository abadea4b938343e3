import type { BlobManifest } from '../sources.js';

declare module '@somakit/core' {
  interface ErrorContexts {
    /** A job of the queue has failed for good; it is kept among the dead letters. */
    JOB_FAILED: { readonly id: string; readonly attempts: number; readonly reason: string };
    /** The queue has no job of this id: never submitted, or removed. */
    JOB_NOT_FOUND: { readonly id: string };
    /** The queue's package is not installed, or Redis cannot be reached. */
    QUEUE_UNAVAILABLE: { readonly reason: string };
  }
}

/** One item to be scored by whichever worker is free: everything by manifest, because workers share no disk. */
export interface ScoreJob {
  readonly data: BlobManifest;
  /** Decryption keys lie in the queue as they are: those of revealed models are public. */
  readonly models: readonly (BlobManifest & { readonly decryptionKey?: string | undefined })[];
  readonly targetEmbedding: Float32Array | readonly number[];
  /** Default 0. */
  readonly seed?: bigint | undefined;
}

/** How a result came to be. */
export interface Provenance {
  /** Checksums of the weights, in the order of the job. */
  readonly models: readonly string[];
  readonly engine: string;
  readonly device: string;
  /** The worker's name. */
  readonly worker: string;
  readonly startedAtMs: number;
  readonly durationMs: number;
}

/** What a job gave. */
export interface JobResult {
  readonly winner: number;
  readonly lossScore: Float32Array;
  readonly embedding: Float32Array;
  readonly distance: Float32Array;
  /** The loss of every model. */
  readonly losses: Float32Array;
  readonly provenance: Provenance;
}

/** How many jobs are in which state. */
export interface JobCounts {
  readonly waiting: number;
  readonly active: number;
  readonly done: number;
  readonly failed: number;
}

/** A job that has failed for good. */
export interface DeadLetter {
  readonly id: string;
  readonly reason: string;
  readonly attempts: number;
}

/** Where a job is. */
export interface JobState {
  readonly state: 'waiting' | 'active' | 'done' | 'failed';
  /** Sequences done and in all, of a job that runs. */
  readonly progress?: { readonly done: number; readonly total: number } | undefined;
}

/** The side that submits jobs; the same over Redis and in one process. */
export interface ScoreQueue {
  /**
   * Puts a job in and gives its id, which is made from content alone: checksums, target and seed. The same content again is
   * the same job, unless that one has failed: then it is tried anew.
   */
  submit(job: ScoreJob): Promise<string>;
  /** Waits for a job's result. @throws JOB_FAILED, JOB_NOT_FOUND, ABORTED, TIMEOUT */
  result(
    id: string,
    options?: { readonly signal?: AbortSignal | undefined; readonly timeoutMs?: number | undefined },
  ): Promise<JobResult>;
  /** @throws JOB_NOT_FOUND */
  state(id: string): Promise<JobState>;
  counts(): Promise<JobCounts>;
  deadLetters(): Promise<readonly DeadLetter[]>;
  close(): Promise<void>;
}
