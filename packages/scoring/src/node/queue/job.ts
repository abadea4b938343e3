import { ScoreRequest, ScoreResponse } from '@somakit/bcs';
import { fromHex, invalidArgument, isError, SomaKitError, toHex } from '@somakit/core';
import { blake2b256 } from '@somakit/crypto';
import type { Scorer } from '../types.js';
import type { JobResult, Provenance, ScoreJob } from './types.js';

const requestOf = ({ data, models, targetEmbedding, seed = 0n }: ScoreJob): ScoreRequest => ({
  dataUrl: data.url,
  dataChecksum: data.checksum,
  dataSize: data.size,
  modelManifests: models.map(({ url, checksum, size, decryptionKey }) => ({ url, checksum, size, decryptionKey })),
  targetEmbedding: Float32Array.from(targetEmbedding),
  seed,
});

/** A job as text for the queue: the request of the wire, in hex. @throws INVALID_ARGUMENT */
export const encodeJob = (job: ScoreJob): string => {
  if (job.models.length === 0) throw invalidArgument('job.models', 'at least one model', job.models);
  return toHex(ScoreRequest.encode(requestOf(job)));
};

export const decodeJob = (text: string): ScoreJob => {
  const request = ScoreRequest.decode(fromHex(text));
  return {
    data: { url: request.dataUrl, checksum: request.dataChecksum, size: request.dataSize },
    models: request.modelManifests,
    targetEmbedding: request.targetEmbedding,
    seed: request.seed,
  };
};

/** The name of a job's content: where the blobs lie does not change it. */
export const jobId = (job: ScoreJob): string => {
  const request = requestOf(job);
  const content = {
    ...request,
    dataUrl: '',
    modelManifests: request.modelManifests.map((manifest) => ({ ...manifest, url: '' })),
  };
  return `score-${toHex(blake2b256(ScoreRequest.encode(content)))}`;
};

/** A result as JSON that loses nothing: NaN and infinities are in the hex. */
export interface StoredResult {
  readonly response: string;
  readonly losses: string;
  readonly provenance: Provenance;
}

const bytesOf = (values: Float32Array): Uint8Array => {
  const bytes = new Uint8Array(values.length * 4);
  const view = new DataView(bytes.buffer);
  for (const [i, value] of values.entries()) view.setFloat32(i * 4, value, true);
  return bytes;
};

const floatsOf = (bytes: Uint8Array): Float32Array => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return Float32Array.from({ length: bytes.length / 4 }, (_, i) => view.getFloat32(i * 4, true));
};

export const encodeResult = ({
  winner,
  lossScore,
  embedding,
  distance,
  losses,
  provenance,
}: JobResult): StoredResult => ({
  response: toHex(ScoreResponse.encode({ winner: BigInt(winner), lossScore, embedding, distance })),
  losses: toHex(bytesOf(losses)),
  provenance,
});

export const decodeResult = ({ response, losses, provenance }: StoredResult): JobResult => {
  const { winner, lossScore, embedding, distance } = ScoreResponse.decode(fromHex(response));
  return { winner: Number(winner), lossScore, embedding, distance, losses: floatsOf(fromHex(losses)), provenance };
};

export interface RunJobOptions {
  readonly scorer: Scorer;
  readonly worker: string;
  readonly now: () => number;
  readonly signal?: AbortSignal | undefined;
  readonly timeoutMs?: number | undefined;
  readonly onProgress?: ((progress: { readonly done: number; readonly total: number }) => void) | undefined;
}

/** Scores a job. */
export const runJob = async (job: ScoreJob, options: RunJobOptions): Promise<JobResult> => {
  const { scorer, worker, now, signal, timeoutMs, onProgress } = options;
  const startedAtMs = now();
  const result = await scorer.score({ ...job, signal, timeoutMs, onProgress });
  const { winner, lossScore, embedding, distance, models } = result;
  const provenance: Provenance = {
    models: job.models.map(({ checksum }) => checksum),
    engine: scorer.engine,
    device: scorer.device,
    worker,
    startedAtMs,
    durationMs: now() - startedAtMs,
  };
  const losses = Float32Array.from(models, ({ loss }) => loss);
  return { winner, lossScore, embedding, distance, losses, provenance };
};

/** Whether another attempt may end otherwise. */
export const isWorthRetrying = (error: unknown): boolean =>
  !isError(error) || error.retryable || error.code === 'SCORER_CLOSED' || error.code === 'ABORTED';

export const jobFailed = (id: string, attempts: number, reason: string, cause?: unknown): SomaKitError<'JOB_FAILED'> =>
  new SomaKitError('JOB_FAILED', `Job ${id} failed after ${attempts} attempts: ${reason}`, {
    context: { id, attempts, reason },
    hint: 'Submit the same job again to have it tried anew.',
    cause,
  });

export const jobNotFound = (id: string): SomaKitError<'JOB_NOT_FOUND'> =>
  new SomaKitError('JOB_NOT_FOUND', `There is no job ${id}.`, { context: { id } });
