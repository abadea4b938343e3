import type { Clock } from '../../clock.js';
import { openDeadline, sleep, throwIfAborted } from '../../deadline.js';
import { isError, SomaKitError } from '../../errors.js';
import type { Random } from '../../random.js';
import { askedPause, type ResolvedRetryPolicy, type RetryNotice, retryDelay } from '../../retry.js';
import type { HeaderValues, HttpClient, HttpResponse } from '../types.js';
import { printUrl } from '../url.js';
import { badRange, changed, corrupt } from './errors.js';
import { addRange, type ByteRange, bytesIn, missingRanges, parseContentRange, splitRanges } from './ranges.js';
import type { DownloadState, SinkWriter } from './types.js';

/** What one source needs to be fetched into a sink. */
export interface Transfer {
  readonly url: string;
  readonly headers: HeaderValues;
  readonly http: HttpClient;
  readonly writer: SinkWriter<unknown>;
  readonly save: (progress: Progress) => void | Promise<void>;
  readonly signal: AbortSignal;
  readonly clock: Clock;
  readonly random: Random;
  readonly retry: ResolvedRetryPolicy;
  readonly idleMs: number;
  readonly firstByteMs: number;
  readonly parallel: number;
  readonly minPartBytes: number;
  readonly maxBytes: number;
  readonly expectedSize: number | undefined;
  /** Whether the end result is checked by a digest: then ranges may be joined without the server's own name for the content. */
  readonly verified: boolean;
  readonly onRetry: ((notice: RetryNotice) => void) | undefined;
  /** Each part of the content, in the order in which it came. */
  readonly onBytes: (bytes: Uint8Array, offset: number) => void;
  /** Everything so far is void. */
  readonly onReset: () => void;
}

/** The progress of a transfer; the caller keeps it between runs. */
export type Progress = { -readonly [K in keyof Omit<DownloadState, 'identity'>]: DownloadState[K] };

/** What the server turned out to be. */
interface Server {
  /** It answers a question for a part with a part. */
  ranges: boolean;
  /** It does not say which part: a browser hides that unless the server exposes `Content-Range`. */
  hidden: boolean;
}

interface Segment {
  at: number;
  end: number | undefined;
}

const SAVE_EVERY_BYTES = 64 * 2 ** 20;
const MAX_CHANGES = 3;

// A weak tag says that two contents mean the same, not that their bytes are equal.
const validatorOf = (headers: Headers): Pick<Progress, 'etag' | 'lastModified'> => {
  const etag = headers.get('etag') ?? undefined;
  return {
    etag: etag === undefined || etag.startsWith('W/') ? undefined : etag,
    lastModified: headers.get('last-modified') ?? undefined,
  };
};

/** Fetches what `progress` lacks and gives the content's size. */
export const transfer = async (options: Transfer, progress: Progress): Promise<number> => {
  const server: Server = { ranges: true, hidden: false };
  for (let changes = 0; ; changes++) {
    try {
      return await transferOnce(options, progress, server);
    } catch (error) {
      if (!isError(error, 'DOWNLOAD_CHANGED') || changes >= MAX_CHANGES) throw error;
      await reset(options, progress);
    }
  }
};

const reset = async ({ writer, onReset }: Transfer, progress: Progress): Promise<void> => {
  Object.assign(progress, { etag: undefined, lastModified: undefined, size: undefined, done: [] });
  onReset();
  await writer.reset();
};

const transferOnce = async (options: Transfer, progress: Progress, server: Server): Promise<number> => {
  const { url, http, writer, clock, random, retry: policy, parallel, minPartBytes, expectedSize } = options;
  const scope = openDeadline({ signal: options.signal, clock });
  const { signal } = scope;
  const canResume = () =>
    !server.hidden && (progress.etag !== undefined || progress.lastModified !== undefined || options.verified);
  const segments: Segment[] = [];
  const workers: Promise<void>[] = [];
  let unsaved = 0;
  let failure: { readonly error: unknown } | undefined;

  if (progress.done.length > 0 && !canResume()) await reset(options, progress);

  /** Takes in what the headers say of the whole content. */
  const learn = async (size: number | undefined, headers: Headers) => {
    if (size !== undefined) {
      if (expectedSize !== undefined && size !== expectedSize) {
        throw corrupt(url, 'size', String(expectedSize), String(size));
      }
      checkSize(size);
      await writer.reserve?.(size);
    }
    Object.assign(progress, validatorOf(headers), { size });
  };

  const checkSize = (size: number) => {
    if (size > options.maxBytes) {
      throw new SomaKitError(
        'HTTP_TOO_LARGE',
        `GET ${printUrl(url)}: the content has over ${options.maxBytes} bytes.`,
        {
          context: { method: 'GET', url: printUrl(url), attempts: 1, limit: options.maxBytes },
        },
      );
    }
  };

  const send = (segment: Segment): Promise<HttpResponse<ReadableStream<Uint8Array>>> => {
    const ranged = segment.at > 0 || segment.end !== undefined;
    const last = segment.end === undefined ? '' : segment.end - 1;
    return http.request({
      url,
      as: 'stream',
      headers: {
        accept: '*/*',
        // Ranges and sizes are those of the bytes on the wire.
        'accept-encoding': 'identity',
        ...options.headers,
        ...(ranged ? { range: `bytes=${segment.at}-${last}`, 'if-range': progress.etag ?? progress.lastModified } : {}),
      },
      signal,
      retry: false,
      timeoutMs: Number.POSITIVE_INFINITY,
      timeouts: { idleMs: options.idleMs, firstByteMs: options.firstByteMs },
      maxResponseBytes: Number.POSITIVE_INFINITY,
      okStatuses: [416],
    });
  };

  /** One connection: from where the segment is as far as it goes. */
  const fetchSegment = async (segment: Segment): Promise<void> => {
    const response = await send(segment);
    let limit: number | undefined;
    try {
      if (response.status === 416) throw changed(url);
      if (response.status === 206) {
        const asked = `bytes ${segment.at}-${segment.end === undefined ? '' : segment.end - 1}`;
        const text = response.headers.get('content-range');
        if (text === null) {
          server.hidden = true;
          throw changed(url);
        }
        const range = parseContentRange(text);
        const { etag } = validatorOf(response.headers);
        const fits =
          range !== undefined &&
          range.start === segment.at &&
          (segment.end === undefined || range.end <= segment.end) &&
          (progress.size === undefined || range.size === undefined || range.size === progress.size) &&
          (progress.etag === undefined || etag === undefined || etag === progress.etag);
        if (!fits) throw badRange(url, asked, text);
        if (progress.size === undefined && range.size !== undefined) {
          const known = { etag: progress.etag, lastModified: progress.lastModified };
          await learn(range.size, response.headers);
          if (known.etag !== undefined || known.lastModified !== undefined) Object.assign(progress, known);
        }
        limit = range.end;
      } else if (response.status === 200) {
        if (segment.at > 0 || segment.end !== undefined) server.ranges = false;
        if (segments.length > 1) throw changed(url);
        // The server ignores ranges, or the content is another one now: this is the whole of it.
        if (segment.at > 0 || progress.done.length > 0) await reset(options, progress);
        segment.at = 0;
        segment.end = undefined;
        const encoded = response.headers.has('content-encoding');
        const length = response.headers.get('content-length');
        await learn(encoded || length === null ? undefined : Number(length), response.headers);
        if (encoded) Object.assign(progress, { etag: undefined, lastModified: undefined });
        limit = progress.size;
        const ranges = response.headers.get('accept-ranges')?.toLowerCase() === 'bytes';
        if (ranges && server.ranges && canResume() && !encoded) split(segment);
      } else {
        throw badRange(url, 'status 200 or 206', `status ${response.status}`);
      }
    } catch (error) {
      await response.data.cancel().catch(() => {});
      throw error;
    }
    await drain(segment, response.data, limit);
  };

  const drain = async (
    segment: Segment,
    body: ReadableStream<Uint8Array>,
    limit: number | undefined,
  ): Promise<void> => {
    const reader = body.getReader();
    try {
      for (;;) {
        const { done, value } = await reader.read();
        if (done) break;
        if (limit !== undefined && segment.at + value.length > limit) throw badRange(url, `${limit} bytes`, 'more');
        const room = segment.end === undefined ? value.length : segment.end - segment.at;
        const bytes = value.length > room ? value.subarray(0, room) : value;
        const end = segment.at + bytes.length;
        checkSize(end);
        if (expectedSize !== undefined && end > expectedSize) {
          throw corrupt(url, 'size', String(expectedSize), `at least ${end}`);
        }
        await writer.write(bytes, segment.at);
        progress.done = addRange(progress.done, [segment.at, end]);
        options.onBytes(bytes, segment.at);
        segment.at = end;
        unsaved += bytes.length;
        if (unsaved >= SAVE_EVERY_BYTES && canResume()) {
          unsaved = 0;
          await options.save(progress);
        }
        // The head's answer goes on to the end of the content; its segment may end before.
        if (segment.end !== undefined && segment.at >= segment.end) return;
      }
      if (limit === undefined) {
        progress.size = segment.at;
        segment.end = segment.at;
      } else if (segment.at < limit) {
        throw new SomaKitError('HTTP_NETWORK', `GET ${printUrl(url)}: the answer broke off.`, {
          context: { method: 'GET', url: printUrl(url), attempts: 1, phase: 'body' },
          retryable: true,
        });
      } else if (segment.end === undefined && limit === progress.size) {
        segment.end = limit;
      }
    } finally {
      await reader.cancel().catch(() => {});
    }
  };

  /** Fetches a segment to its end over as many connections as it takes. */
  const runSegment = async (segment: Segment): Promise<void> => {
    let failed = 0;
    let furthest = segment.at;
    let since = clock.monotonic();
    while (segment.end === undefined || segment.at < segment.end) {
      const before = furthest;
      try {
        await fetchSegment(segment);
      } catch (error) {
        throwIfAborted(signal);
        if (!isError(error) || !error.retryable || isError(error, 'DOWNLOAD_CHANGED')) throw error;
        furthest = Math.max(furthest, segment.at);
        if (furthest > before) {
          failed = 0;
          since = clock.monotonic();
        }
        failed++;
        const elapsedMs = clock.monotonic() - since;
        const delayMs = retryDelay(policy, { attempt: failed, elapsedMs, askedMs: askedPause(error), random });
        if (delayMs === undefined) throw error;
        if (!canResume() && segments.length === 1 && segment.at > 0) {
          await reset(options, progress);
          segment.at = 0;
          segment.end = undefined;
        }
        options.onRetry?.({ attempt: failed, delayMs, error });
        await sleep(delayMs, { signal, clock });
      }
    }
  };

  const start = (segment: Segment) => {
    segments.push(segment);
    const worker = runSegment(segment).catch((error) => {
      // Those that this stops fail too, later.
      failure ??= { error };
      scope.end(error);
    });
    workers.push(worker);
  };

  /** Shares out what is missing: the head keeps the first piece, others get connections of their own. */
  const split = (head: Segment) => {
    if (segments.length > 1 || progress.size === undefined) return;
    const missing = missingRanges(progress.done, progress.size);
    const pieces = splitRanges(missing, parallel, minPartBytes).sort((a, b) => a[0] - b[0]);
    const [first, ...others] = pieces;
    if (first === undefined || first[0] !== head.at) return;
    head.end = first[1];
    for (const [at, end] of others) start({ at, end });
  };

  // Known from an earlier run or source: all pieces at once.
  if (progress.size !== undefined && progress.done.length > 0) {
    await writer.reserve?.(progress.size);
    const missing: ByteRange[] = splitRanges(missingRanges(progress.done, progress.size), parallel, minPartBytes);
    for (const [at, end] of missing) start({ at, end });
  } else {
    const [from] = missingRanges(progress.done, Number.MAX_SAFE_INTEGER);
    start({ at: from?.[0] ?? 0, end: undefined });
  }
  // The list grows while the head runs.
  for (let i = 0; i < workers.length; i++) await workers[i];
  scope.close();
  throwIfAborted(options.signal);
  if (failure !== undefined) throw failure.error;
  const { size = 0 } = progress;
  if (bytesIn(progress.done) !== size) throw corrupt(url, 'size', String(size), String(bytesIn(progress.done)));
  return size;
};
