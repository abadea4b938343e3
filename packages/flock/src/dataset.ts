import { type Clock, isError, parseJson, type Random, SomaKitError } from '@somakit/core';
import {
  type DownloadProgress,
  type DownloadResult,
  download,
  type Fetch,
  memorySink,
  type Sink,
} from '@somakit/core/http';
import type { CallOptions } from './api.js';
import type { FlockClient } from './client.js';
import type { Task } from './types.js';

declare module '@somakit/core' {
  interface ErrorContexts {
    /** The task names no training set. */
    FLOCK_NO_TRAINING_SET: { readonly taskId: number };
  }
}

export interface DatasetParameters<R = Uint8Array> extends CallOptions {
  /** Asked for the task, and with it for the link. */
  readonly client: Pick<FlockClient, 'getTask'>;
  readonly taskId: number | string;
  /** Default: memory, up to 256 MiB. `fileSink(path)` of `@somakit/core/node` writes a file and resumes. */
  readonly to?: Sink<R> | undefined;
  readonly onProgress?: ((progress: DownloadProgress) => void) | undefined;
  readonly fetch?: Fetch | undefined;
  readonly clock?: Clock | undefined;
  readonly random?: Random | undefined;
}

export interface DatasetResult<R> extends Pick<DownloadResult<R>, 'output' | 'size' | 'resumed'> {
  readonly task: Task;
}

// What S3 says to a link whose hour is over.
const EXPIRED = new Set([400, 401, 403]);

/**
 * Fetches the training set of a task (JSON lines), resumable, and asks for a fresh link when the old one has expired. The link is
 * fetched byte for byte as the service gave it, without the key.
 *
 * @throws FLOCK_NO_TRAINING_SET, and what `getTask` and `download` throw
 * @example
 * import { fileSink } from '@somakit/core/node';
 * import { createFlockClient, downloadTrainingSet } from '@somakit/flock';
 * const client = createFlockClient();
 * const { size } = await downloadTrainingSet({ client, taskId: 7, to: fileSink('training_set.jsonl') });
 */
export const downloadTrainingSet = async <R = Uint8Array>(
  parameters: DatasetParameters<R>,
): Promise<DatasetResult<R>> => {
  const { client, taskId, to = memorySink() as unknown as Sink<R>, signal, timeoutMs, ...rest } = parameters;
  for (let asked = 1; ; asked++) {
    const task = await client.getTask({ taskId, signal, timeoutMs });
    const url = task.data?.training_set_url;
    if (url === undefined || url === null || url === '') {
      throw new SomaKitError('FLOCK_NO_TRAINING_SET', `Task ${task.id} names no training set.`, {
        context: { taskId: task.id },
      });
    }
    try {
      const { output, size, resumed } = await download({ url, to, signal, timeoutMs, ...rest });
      return { output, size, resumed, task };
    } catch (error) {
      const expired = isError(error, 'HTTP_STATUS') && EXPIRED.has(error.context.status);
      if (!expired || asked >= 3) throw error;
    }
  }
};

/**
 * The objects of a JSON lines text, one for each line that is not empty, from bytes, a text or a stream.
 *
 * @throws INVALID_JSON for a line that is not JSON.
 * @example
 * import { createFlockClient, downloadTrainingSet, readJsonLines } from '@somakit/flock';
 * const { output } = await downloadTrainingSet({ client: createFlockClient(), taskId: 7 });
 * for await (const example of readJsonLines(output)) console.log(example);
 */
export async function* readJsonLines<T = unknown>(
  source: string | Uint8Array | ReadableStream<Uint8Array> | AsyncIterable<Uint8Array>,
): AsyncGenerator<T, void, undefined> {
  const parts: AsyncIterable<Uint8Array> | Iterable<Uint8Array> =
    typeof source === 'string'
      ? [new TextEncoder().encode(source)]
      : source instanceof Uint8Array
        ? [source]
        : source instanceof ReadableStream
          ? readerParts(source)
          : source;
  const decoder = new TextDecoder();
  let rest = '';
  for await (const part of parts) {
    const lines = (rest + decoder.decode(part, { stream: true })).split('\n');
    rest = lines.pop()!;
    for (const line of lines) if (line.trim() !== '') yield parseLine(line) as T;
  }
  rest += decoder.decode();
  if (rest.trim() !== '') yield parseLine(rest) as T;
}

// The platform's parser is the fastest; ours says what is wrong.
const parseLine = (line: string): unknown => {
  try {
    return JSON.parse(line);
  } catch {
    return parseJson(line);
  }
};

// Not every browser can iterate a stream.
async function* readerParts(stream: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  const reader = stream.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } finally {
    await reader.cancel().catch(() => {});
  }
}
