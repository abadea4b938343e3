import type { OutgoingHttpHeaders } from 'node:http2';
import { invalidArgument } from '@somakit/core';
import type { Channel } from '../transport/channel.js';
import { transportError, transportFailure } from '../transport/failure.js';
import { encodeFrame } from '../wire/frames.js';
import { encodeTimeout } from '../wire/timeout.js';
import { type Connection, connectionTo, type KeepAlive, type Session } from './connection.js';
import { callStream } from './stream.js';
import { secureOptions, type TlsOptions } from './tls.js';
import { callUnary } from './unary.js';

export interface NodeChannelOptions {
  /** `http://host:port` for plaintext HTTP/2, `https://` for TLS. A path is ignored, as the original does. */
  readonly url: string;
  /** Default 5,000. */
  readonly connectTimeoutMs?: number | undefined;
  /** False: no pings. */
  readonly keepAlive?: KeepAlive | false | undefined;
  readonly tls?: TlsOptions | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Encodings of replies to offer; `zstd` and `gzip` by default. */
  readonly acceptCompression?: readonly ('gzip' | 'zstd')[] | undefined;
}

/** A server that is going away refuses what it has not looked at; a second connection usually finds the next one. */
const ATTEMPTS = 3;

const originOf = (url: string): URL => {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed === undefined || !/^https?:$/.test(parsed.protocol)) {
    throw invalidArgument('url', 'an http: or https: URL', url);
  }
  return parsed;
};

/** The requests of a stream, to be sent again from the start as long as no more than the first has been taken. */
const replayable = (bodies: AsyncIterable<Uint8Array>): (() => AsyncIterable<Uint8Array>) => {
  const source = bodies[Symbol.asyncIterator]();
  let first: Promise<IteratorResult<Uint8Array>> | undefined;
  let taken = 0;
  return async function* () {
    try {
      first ??= source.next();
      for (let next = await first; next.done !== true; next = await source.next()) {
        taken += 1;
        yield next.value;
      }
    } finally {
      if (taken > 1) void source.return?.()?.catch?.(() => {});
    }
  };
};

/** Calls over `node:http2`. */
export const nodeChannel = (options: NodeChannelOptions): Channel => {
  const { connectTimeoutMs = 5_000, keepAlive = {}, tls = {}, acceptCompression = ['zstd', 'gzip'] } = options;
  const { origin, host, protocol } = originOf(options.url);
  const connection: Connection = connectionTo({
    url: origin,
    connectTimeoutMs,
    keepAlive,
    secure: protocol === 'https:' ? secureOptions(tls) : {},
  });
  const base: OutgoingHttpHeaders = {
    ':method': 'POST',
    ':scheme': protocol.slice(0, -1),
    ':authority': host,
    'content-type': 'application/grpc',
    te: 'trailers',
    'user-agent': 'somakit',
    ...(acceptCompression.length === 0 ? {} : { 'grpc-accept-encoding': [...acceptCompression, 'identity'].join(',') }),
  };
  for (const [name, value] of Object.entries(options.headers ?? {})) base[name.toLowerCase()] = value;

  /** Of calls without anything of their own, by path; `node:http2` copies what it is given. */
  const plain = new Map<string, OutgoingHttpHeaders>();
  const headersOf = (
    path: string,
    extra: HeadersInit | undefined,
    timeoutMs: number | undefined,
  ): OutgoingHttpHeaders => {
    if (extra === undefined && timeoutMs === undefined) {
      let known = plain.get(path);
      if (known === undefined) {
        known = { ...base, ':path': path };
        plain.set(path, known);
      }
      return known;
    }
    const headers: OutgoingHttpHeaders = { ...base, ':path': path };
    if (extra !== undefined) {
      new Headers(extra).forEach((value, name) => {
        headers[name] = value;
      });
    }
    if (timeoutMs !== undefined) headers['grpc-timeout'] = encodeTimeout(timeoutMs);
    return headers;
  };

  /** Runs a call, again on a fresh connection as long as the server cannot have seen it. */
  const attempt = async <T>(
    signal: AbortSignal | undefined,
    timeoutMs: number | undefined,
    run: (session: Session, timeoutMs: number | undefined) => Promise<T>,
  ): Promise<T> => {
    const started = performance.now();
    for (let tries = 1; ; tries++) {
      if (signal?.aborted === true)
        throw transportError('aborted', 'the call was aborted', { url: origin, sent: false, cause: signal.reason });
      const left = timeoutMs === undefined ? undefined : timeoutMs - (performance.now() - started);
      if (left !== undefined && left <= 0) {
        throw transportError('deadline', `the call did not end within ${timeoutMs} ms`, { url: origin, sent: false });
      }
      const session = connection.ready ?? (await connection.open(signal, left));
      try {
        return await run(
          session,
          timeoutMs === undefined ? undefined : Math.max(1, timeoutMs - (performance.now() - started)),
        );
      } catch (error) {
        const failure = transportFailure(error);
        if (failure?.reason !== 'refused' || failure.sent || tries >= ATTEMPTS) throw error;
      }
    }
  };

  return {
    url: origin,
    unary({ path, body, header, signal, timeoutMs, maxReceiveBytes }) {
      const frame = encodeFrame(body);
      return attempt(signal, timeoutMs, (session, left) =>
        callUnary({
          url: origin,
          session,
          headers: headersOf(path, header, left),
          frame,
          signal,
          timeoutMs: left,
          maxReceiveBytes,
        }),
      );
    },
    stream({ path, bodies, header, signal, timeoutMs, maxReceiveBytes, background }) {
      const replay = replayable(bodies);
      return attempt(signal, timeoutMs, (session, left) =>
        callStream({
          url: origin,
          session,
          headers: headersOf(path, header, left),
          bodies: replay(),
          background,
          signal,
          timeoutMs: left,
          maxReceiveBytes,
        }),
      );
    },
    close: () => connection.close(),
  };
};
