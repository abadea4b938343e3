import { sleep, throwIfAborted } from '@somakit/core';
import { type ByteSource, chunksOf, type Progress } from '../internal/chunks.js';
import { createHasher } from './hasher.js';

/** Some milliseconds of hashing: the most that an abort waits for. */
const PIECE = 8 * 1024 * 1024;

/** Options of {@link hashBytes}. */
export interface HashBytesOptions {
  readonly signal?: AbortSignal | undefined;
  /** Called after each piece. */
  readonly onProgress?: ((progress: Progress) => void) | undefined;
}

/**
 * The `blake2b256` of big input: a stream or iterable of pieces in constant memory, or an array, for which other work
 * gets its turn every 8 MiB.
 *
 * @throws ABORTED at once when the signal ends it, also in a read that hangs; the source is cancelled then.
 * @throws INVALID_ARGUMENT when `source` is neither bytes nor a source of bytes.
 * @example
 * import { hashBytes } from '@somakit/crypto';
 * const response = await fetch('http://localhost:8080/weights');
 * if (response.body !== null) await hashBytes(response.body, { onProgress: ({ done }) => console.log(done) });
 */
export const hashBytes = async (
  source: Uint8Array | ByteSource,
  { signal, onProgress }: HashBytesOptions = {},
): Promise<Uint8Array> => {
  const operation = 'hashBytes';
  const hasher = createHasher();
  if (source instanceof Uint8Array) {
    throwIfAborted(signal, operation);
    for (let at = 0; at < source.length; at += PIECE) {
      if (at > 0) await sleep(0, { signal });
      const end = Math.min(at + PIECE, source.length);
      hasher.update(source.subarray(at, end));
      onProgress?.({ done: end, total: source.length });
    }
    return hasher.digest();
  }
  let done = 0;
  for await (const piece of chunksOf(source, signal, operation)) {
    hasher.update(piece);
    done += piece.length;
    onProgress?.({ done, total: undefined });
  }
  return hasher.digest();
};
