import type { Clock } from '../../clock.js';
import type { Random } from '../../random.js';
import type { RetryNotice, RetryPolicy } from '../../retry.js';
import type { Fetch, HeaderValues, HttpClient } from '../types.js';
import type { ByteRange } from './ranges.js';

// Here and not beside their makers, so that the declarations that a user loads lead to them.
declare module '../../errors.js' {
  interface ErrorContexts {
    /** All bytes came, but they are not the expected ones. Nothing was kept. */
    DOWNLOAD_CORRUPT: {
      readonly url: string;
      readonly what: 'size' | 'digest';
      readonly expected: string;
      readonly received: string;
    };
    /** The server sent a part of the content that was not asked for. */
    DOWNLOAD_BAD_RANGE: { readonly url: string; readonly asked: string; readonly received: string };
    /** The content at the URL changed during the download, again and again. */
    DOWNLOAD_CHANGED: { readonly url: string };
    /** None of several sources gave the content; one failure for each. `cause` is the last. */
    DOWNLOAD_FAILED: {
      readonly failures: readonly { readonly url: string; readonly code: string; readonly message: string }[];
    };
    /** Another download writes to the same place. */
    DOWNLOAD_BUSY: { readonly path: string };
    /** The place cannot be written. */
    DOWNLOAD_WRITE: { readonly path: string; readonly reason: string };
  }
}

/** A hash that takes its input in parts. `@somakit/crypto` has the chain's. */
export interface IncrementalHash {
  update(bytes: Uint8Array): unknown;
  digest(): Uint8Array | string;
}

/** What the finished download must be. */
export interface ExpectedContent {
  /** In bytes. */
  readonly size?: number | undefined;
  /** Bytes, or their text in hex, Base58 or Base64; needs `hash`. */
  readonly digest?: Uint8Array | string | undefined;
  /** Makes the hash. Without `digest` the result only reports it. */
  readonly hash?: (() => IncrementalHash) | undefined;
}

/** What is known about an unfinished download, kept by a sink that outlives the process. */
export interface DownloadState {
  /** What the content is: the expected digest, or where it comes from. */
  readonly identity: string;
  readonly etag?: string | undefined;
  readonly lastModified?: string | undefined;
  readonly size?: number | undefined;
  /** The bytes that are there. */
  readonly done: readonly ByteRange[];
}

/** Where bytes go. Nothing may appear under the final name before `commit`. */
export interface SinkWriter<R> {
  /** What an earlier, unfinished download left. */
  readonly state?: DownloadState | undefined;
  /** Once the size is known: a place to make room or to refuse. */
  reserve?(size: number): void | Promise<void>;
  write(bytes: Uint8Array, offset: number): void | Promise<void>;
  /** Up to `length` bytes from `offset`, for hashing. */
  read(offset: number, length: number): Uint8Array | Promise<Uint8Array>;
  /** Forgets all bytes. */
  reset(): void | Promise<void>;
  /** Makes what is there survive the process; called now and then, and before `close`. */
  save?(state: DownloadState): void | Promise<void>;
  /** Makes `size` bytes final. */
  commit(size: number): R | Promise<R>;
  /** Ends without a result. `keep`: what is there may be taken up later. */
  close(keep: boolean): void | Promise<void>;
}

/** Opens the place where a download goes. `memorySink()` here, `fileSink(path)` in `@somakit/core/node`. */
export interface Sink<R> {
  open(): SinkWriter<R> | Promise<SinkWriter<R>>;
}

export interface DownloadProgress {
  /** Bytes that are there, those of an earlier run included. */
  readonly received: number;
  readonly size: number | undefined;
  /** Bytes that were there at the start. */
  readonly resumed: number;
  /** Of this run, on average. */
  readonly bytesPerSecond: number;
}

export interface DownloadSource {
  readonly url: string;
  readonly headers?: HeaderValues | undefined;
}

export interface DownloadOptions<R = Uint8Array> {
  /** Where the content is, or several places with the same content that are tried in order. */
  readonly url?: string | undefined;
  readonly urls?: readonly (string | DownloadSource)[] | undefined;
  /** Default: memory, up to 256 MiB. */
  readonly to?: Sink<R> | undefined;
  readonly expected?: ExpectedContent | undefined;
  /** Sent to the origin of the first URL only; those of a source go to that source. */
  readonly headers?: HeaderValues | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Limit of the whole download. Default: none; a body that stalls ends by `idleMs`. */
  readonly timeoutMs?: number | undefined;
  /** Default 30 s, then the connection counts as cut. */
  readonly idleMs?: number | undefined;
  /** Default 30 s. */
  readonly firstByteMs?: number | undefined;
  readonly maxBytes?: number | undefined;
  /** How many connections at most. Default 4; 1 fetches in order. */
  readonly parallel?: number | undefined;
  /** A connection fetches at least this much. Default 8 MiB. */
  readonly minPartBytes?: number | undefined;
  /** Attempts and time without progress: each new byte starts them afresh. Default 5 attempts in 5 min. */
  readonly retry?: RetryPolicy | undefined;
  readonly onProgress?: ((progress: DownloadProgress) => void) | undefined;
  readonly onRetry?: ((notice: RetryNotice) => void) | undefined;
  /** The client to go through, for its headers and hooks. Default: a bare one. */
  readonly http?: HttpClient | undefined;
  readonly fetch?: Fetch | undefined;
  readonly clock?: Clock | undefined;
  readonly random?: Random | undefined;
}

export interface DownloadResult<R> {
  /** What the sink gives: the bytes, or the file's path. */
  readonly output: R;
  readonly size: number;
  /** By `expected.hash`. */
  readonly digest: Uint8Array | string | undefined;
  /** Where it came from, credentials hidden. */
  readonly url: string;
  /** Bytes that an earlier run had left. */
  readonly resumed: number;
}
