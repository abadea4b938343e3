import { systemClock } from '../../clock.js';
import { openDeadline, throwIfAborted } from '../../deadline.js';
import { isError, SomaKitError } from '../../errors.js';
import { invalidArgument } from '../../invalid.js';
import { systemRandom } from '../../random.js';
import { retryPolicy } from '../../retry.js';
import { createHttp } from '../client.js';
import { checkUrl, printUrl } from '../url.js';
import { corrupt, digestText, sameDigest } from './errors.js';
import { memorySink } from './memory.js';
import { bytesIn } from './ranges.js';
import { type Progress, transfer } from './transfer.js';
import type {
  DownloadOptions,
  DownloadResult,
  DownloadSource,
  DownloadState,
  IncrementalHash,
  Sink,
  SinkWriter,
} from './types.js';

const PROGRESS_EVERY_MS = 100;
const READ_BYTES = 2 ** 20;

/** Hashes what comes in order; what came out of order is read back. */
const createFollower = (makeHash: (() => IncrementalHash) | undefined) => {
  let hash = makeHash?.();
  let at = 0;
  return {
    reset: () => {
      hash = makeHash?.();
      at = 0;
    },
    see: (bytes: Uint8Array, offset: number) => {
      if (offset !== at || hash === undefined) return;
      hash.update(bytes);
      at += bytes.length;
    },
    finish: async (writer: SinkWriter<unknown>, size: number, signal: AbortSignal) => {
      if (hash === undefined) return undefined;
      while (at < size) {
        throwIfAborted(signal);
        const bytes = await writer.read(at, Math.min(READ_BYTES, size - at));
        if (bytes.length === 0) break;
        hash.update(bytes);
        at += bytes.length;
      }
      return hash.digest();
    },
  };
};

const listSources = ({ url, urls, headers }: DownloadOptions<unknown>): DownloadSource[] => {
  if ((url === undefined) === (urls === undefined)) throw invalidArgument('url', 'given, or urls instead of it');
  const given = urls ?? [url!];
  if (given.length === 0) throw invalidArgument('urls', 'a list of at least one');
  let first: string | undefined;
  return given.map((each) => {
    const source = typeof each === 'string' ? { url: each } : each;
    const { origin } = checkUrl('url', source.url);
    first ??= origin;
    // Meant for one server: another one is not to see them.
    return { url: source.url, headers: { ...(origin === first ? headers : {}), ...source.headers } };
  });
};

/**
 * Downloads one content, verified before it is there: streamed in constant memory, taken up by ranges after a cut,
 * over several connections when it is big and the server can, from the next source when one fails.
 *
 * A cut or stalled connection is opened anew where it ended, under `If-Range` with the server's own name of the content;
 * each new byte starts attempts and time afresh. When the content has changed, or the server knows no ranges, it
 * starts over. Size and digest are checked before the sink makes anything final; what a sink kept from an earlier run and
 * turns out wrong is fetched once more from the start. In browsers a cut download goes on where it ended only when the
 * server exposes `Content-Range` to the page (CORS); otherwise it starts over.
 *
 * @throws DOWNLOAD_CORRUPT, DOWNLOAD_BAD_RANGE, DOWNLOAD_CHANGED, DOWNLOAD_WRITE, DOWNLOAD_BUSY, HTTP_TOO_LARGE,
 * HTTP_STATUS, HTTP_NETWORK, HTTP_REDIRECT, TIMEOUT, ABORTED, INVALID_ARGUMENT; DOWNLOAD_FAILED when several sources
 * failed.
 * @example
 * import { download } from '@somakit/core/http';
 * const { output } = await download({ url: 'https://example.com/weights', expected: { size: 1024 } });
 */
export const download = async <R = Uint8Array>(options: DownloadOptions<R>): Promise<DownloadResult<R>> => {
  const {
    expected = {},
    clock = systemClock,
    random = systemRandom,
    parallel = 4,
    minPartBytes = 8 * 2 ** 20,
  } = options;
  const { maxBytes = Number.POSITIVE_INFINITY, idleMs = 30_000, firstByteMs = 30_000, onProgress } = options;
  const sources = listSources(options);
  if (expected.digest !== undefined && expected.hash === undefined) {
    throw invalidArgument('expected.hash', 'given together with expected.digest');
  }
  if (expected.size !== undefined && !(Number.isSafeInteger(expected.size) && expected.size >= 0)) {
    throw invalidArgument('expected.size', 'a number of bytes', expected.size);
  }
  if (!(Number.isInteger(parallel) && parallel >= 1))
    throw invalidArgument('parallel', 'an integer of 1 or more', parallel);
  if (!(minPartBytes >= 1)) throw invalidArgument('minPartBytes', 'a number of bytes, 1 or more', minPartBytes);
  const retry = retryPolicy({ attempts: 5, budgetMs: 300_000, ...options.retry });
  const http = options.http ?? createHttp({ fetch: options.fetch, clock, random });
  const sink = options.to ?? (memorySink() as Sink<unknown> as Sink<R>);
  const operation = `Downloading ${printUrl(sources[0]!.url)}`;
  const scope = openDeadline({ signal: options.signal, timeoutMs: options.timeoutMs, operation, clock });
  const { signal } = scope;
  let writer: SinkWriter<R> | undefined;
  let progress: Progress = { done: [] };
  let identity = '';
  let keep = false;
  try {
    throwIfAborted(signal, operation);
    writer = await sink.open();
    const open = writer;
    // A signed query differs each time for the same content.
    const plainUrl = (url: string) => new URL(url).origin + new URL(url).pathname;
    identity = expected.digest === undefined ? plainUrl(sources[0]!.url) : digestText(expected.digest);
    if (open.state !== undefined && open.state.identity === identity) {
      const { done, etag, lastModified, size } = open.state;
      progress = { done, etag, lastModified, size };
    } else if (open.state !== undefined) {
      await open.reset();
    }
    let resumed = bytesIn(progress.done);
    const followed = createFollower(expected.hash);
    const started = clock.monotonic();
    let came = 0;
    let joined = false;
    let told = Number.NEGATIVE_INFINITY;
    const tell = (last: boolean) => {
      const now = clock.monotonic();
      if (onProgress === undefined || (!last && now - told < PROGRESS_EVERY_MS)) return;
      told = now;
      const bytesPerSecond = now > started ? came / ((now - started) / 1000) : 0;
      onProgress({ received: bytesIn(progress.done), size: progress.size, resumed, bytesPerSecond });
    };

    const fetchFrom = async ({ url, headers = {} }: DownloadSource): Promise<DownloadResult<R>> => {
      const mixed = resumed > 0 || joined;
      const size = await transfer(
        {
          url,
          headers,
          http,
          writer: open,
          save: (current) => open.save?.({ ...current, identity }),
          signal,
          clock,
          random,
          retry,
          idleMs,
          firstByteMs,
          parallel,
          minPartBytes,
          maxBytes,
          expectedSize: expected.size,
          verified: expected.digest !== undefined,
          onRetry: options.onRetry,
          onBytes: (bytes, offset) => {
            followed.see(bytes, offset);
            came += bytes.length;
            tell(false);
          },
          onReset: () => {
            followed.reset();
            resumed = 0;
          },
        },
        progress,
      );
      if (expected.size !== undefined && size !== expected.size) {
        throw corrupt(url, 'size', String(expected.size), String(size));
      }
      const digest = await followed.finish(open, size, signal);
      if (expected.digest !== undefined && digest !== undefined && !sameDigest(expected.digest, digest)) {
        progress = { done: [] };
        followed.reset();
        resumed = 0;
        joined = false;
        await open.reset();
        // An earlier run may have lost bytes that it believed written; another source may have sent wrong ones.
        if (mixed) return fetchFrom({ url, headers });
        throw corrupt(url, 'digest', digestText(expected.digest), digestText(digest));
      }
      throwIfAborted(signal);
      writer = undefined;
      const output = await open.commit(size);
      tell(true);
      return { output, size, digest, url: printUrl(url), resumed };
    };

    const failures: { url: string; code: string; message: string }[] = [];
    for (const [i, source] of sources.entries()) {
      try {
        return await fetchFrom(source);
      } catch (error) {
        throwIfAborted(signal);
        const ours = isError(error, 'DOWNLOAD_WRITE') || isError(error, 'DOWNLOAD_BUSY') || !isError(error);
        if (ours || sources.length === 1) throw error;
        failures.push({ url: printUrl(source.url), code: error.code, message: error.message });
        if (i === sources.length - 1) {
          throw new SomaKitError(
            'DOWNLOAD_FAILED',
            `None of ${sources.length} sources gave the content: ${error.message}`,
            {
              context: { failures },
              cause: error,
              retryable: error.retryable,
            },
          );
        }
        // Another source may name the content otherwise; only a digest makes the parts fit together.
        if (expected.digest === undefined) {
          progress = { done: [] };
          followed.reset();
          resumed = 0;
          await open.reset();
        } else {
          progress = { done: progress.done, size: progress.size };
          joined = progress.done.length > 0;
        }
      }
    }
    throw invalidArgument('urls', 'a list of at least one');
  } catch (error) {
    const resumable =
      progress.etag !== undefined || progress.lastModified !== undefined || expected.digest !== undefined;
    keep = resumable && progress.done.length > 0 && !isError(error, 'DOWNLOAD_CORRUPT');
    throw error;
  } finally {
    scope.close();
    await leave(writer, keep, { ...progress, identity });
  }
};

const leave = async (writer: SinkWriter<unknown> | undefined, keep: boolean, state: DownloadState): Promise<void> => {
  let kept = keep;
  try {
    if (kept) await writer?.save?.(state);
  } catch {
    // The download's own failure says more than that its rest could not be kept.
    kept = false;
  }
  await writer?.close(kept);
};
