import { abortError, invalidArgument, kindOf, raceSignal, throwIfAborted } from '@somakit/core';

/** Bytes that come in pieces of any size. */
export type ByteSource = ReadableStream<Uint8Array> | AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

/** How far a long call is. */
export interface Progress {
  /** Bytes done. */
  readonly done: number;
  /** Bytes in all, where that is known. */
  readonly total: number | undefined;
}

const readerOf = (source: unknown): { next(): Promise<IteratorResult<unknown>>; stop(reason: unknown): void } => {
  if (typeof source === 'object' && source !== null && !(source instanceof Uint8Array)) {
    // Through the reader, because not every browser's streams are iterable.
    if ('getReader' in source) {
      const reader = (source as ReadableStream<unknown>).getReader();
      return {
        next: async () => {
          const result = await reader.read();
          if (result.done) reader.releaseLock();
          return result as IteratorResult<unknown>;
        },
        stop: (reason) => void reader.cancel(reason).catch(() => {}),
      };
    }
    const { [Symbol.asyncIterator]: async, [Symbol.iterator]: plain } = source as AsyncIterable<unknown> &
      Iterable<unknown>;
    const open: (() => AsyncIterator<unknown> | Iterator<unknown>) | undefined = async ?? plain;
    if (open !== undefined) {
      const iterator = open.call(source);
      return {
        next: async () => iterator.next(),
        // Not awaited: a source that hangs in a read would hang here too.
        stop: () => void (async () => iterator.return?.())().catch(() => {}),
      };
    }
  }
  throw invalidArgument('source', 'a ReadableStream or an iterable of Uint8Array', kindOf(source));
};

/**
 * The pieces of a source. The signal ends a read that hangs, and the source is told to stop whenever the reading ends
 * early.
 * @throws ABORTED, INVALID_ARGUMENT for a source of anything but bytes.
 */
export async function* chunksOf(
  source: ByteSource,
  signal?: AbortSignal,
  operation?: string,
): AsyncGenerator<Uint8Array, void> {
  throwIfAborted(signal, operation);
  const reader = readerOf(source);
  let ended = false;
  try {
    for (;;) {
      const { done, value } =
        signal === undefined ? await reader.next() : await raceSignal(signal, () => reader.next());
      if (done) {
        ended = true;
        return;
      }
      if (!(value instanceof Uint8Array))
        throw invalidArgument('source', 'a source of Uint8Array pieces', kindOf(value));
      yield value;
    }
  } finally {
    if (!ended) reader.stop(signal?.aborted ? abortError(signal, operation) : undefined);
  }
}
