import { DEFAULT_MESSAGE_LIMIT } from '../wire/frames.js';

/** What one client may take. Times in milliseconds, sizes in bytes. */
export interface RpcServerLimits {
  /** One message, before and after decompression. */
  readonly maxMessageBytes: number;
  /** Open connections; a further one is closed at once. */
  readonly maxConnections: number;
  /** Calls at once on one connection. */
  readonly maxStreamsPerConnection: number;
  /** Requests that are on their way in, over all connections. Further ones get RESOURCE_EXHAUSTED. */
  readonly maxBufferedBytes: number;
  readonly maxHeaderBytes: number;
  /** From the connection to its first three bytes. */
  readonly firstBytesMs: number;
  /** From the first bytes to complete headers (HTTP/1) or settings (HTTP/2). */
  readonly headersMs: number;
  /** From a request's headers to its end, and for a reply to be taken. */
  readonly requestMs: number;
  /** An HTTP/1 connection without a request. */
  readonly idleMs: number;
  /** Silence after which an HTTP/2 peer is asked whether it is still there. */
  readonly pingIntervalMs: number;
  /** Time for its answer. */
  readonly pingTimeoutMs: number;
  /** Replies below this size are not compressed; with Infinity none is. */
  readonly compressMinBytes: number;
}

export const DEFAULT_LIMITS: RpcServerLimits = {
  maxMessageBytes: DEFAULT_MESSAGE_LIMIT,
  maxConnections: 4096,
  maxStreamsPerConnection: 4096,
  maxBufferedBytes: 256 * 1024 * 1024,
  maxHeaderBytes: 64 * 1024,
  firstBytesMs: 10_000,
  headersMs: 10_000,
  requestMs: 60_000,
  idleMs: 75_000,
  pingIntervalMs: 30_000,
  pingTimeoutMs: 10_000,
  compressMinBytes: 1024,
};
