import { createServer as createHttp1, type IncomingMessage, type ServerResponse } from 'node:http';
import {
  createServer as createHttp2,
  Http2ServerRequest,
  Http2ServerResponse,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import type { AddressInfo } from 'node:net';
import { Code, ConnectError } from '@connectrpc/connect';
import { SomaKitError } from '@somakit/core';
import { findRoute, unimplemented } from '../service/find-route.js';
import { healthBook } from '../service/health.js';
import { reflection } from '../service/reflection.js';
import { routeTable } from '../service/routes.js';
import type { RawServiceDefinition, ServiceDefinition } from '../service/types.js';
import { Call, type CallHost, type CallReport } from './call.js';
import { loadCompressors } from './compressor.js';
import { corsHeaders } from './cors.js';
import { createFront } from './front.js';
import { type HttpHandler, httpHandler } from './http.js';
import { jsonHandler } from './json.js';
import { DEFAULT_LIMITS, type RpcServerLimits } from './limits.js';
import { losesCalls, RESET_OPTIONS } from './resets.js';
import { grpcSink, type HeaderMap } from './sink.js';

declare module '@somakit/core' {
  interface ErrorContexts {
    /** Another process listens there. */
    PORT_IN_USE: { readonly host: string; readonly port: number };
    /** The port cannot be listened on for another reason; `cause` has it. */
    LISTEN_FAILED: { readonly host: string; readonly port: number };
  }
}

export interface RpcServerOptions {
  readonly services?: readonly ServiceDefinition[] | undefined;
  readonly rawServices?: readonly RawServiceDefinition[] | undefined;
  /** Plain HTTP on the same port, for paths that are no method. */
  readonly http?: HttpHandler | undefined;
  /** Defaults to 127.0.0.1. */
  readonly host?: string | undefined;
  /** Defaults to 0, which takes a free one. */
  readonly port?: number | undefined;
  /** Headers of every reply to a call, asked anew for each. */
  readonly headers?: (() => HeaderMap) | undefined;
  /** Names of headers that pages may read, beside those of gRPC. */
  readonly exposeHeaders?: readonly string[] | undefined;
  /** False: no CORS headers, and preflights go to `http`. */
  readonly cors?: boolean | undefined;
  /** False: no JSON. */
  readonly json?: boolean | undefined;
  /** False: no health service. By default all services are registered, raw ones too. */
  readonly health?: boolean | { readonly services: readonly string[] } | undefined;
  /** False: no reflection. */
  readonly reflection?: boolean | undefined;
  /** What an unknown path is: HTTP 404, or a call that answers UNIMPLEMENTED as the BCS services of the reference do. */
  readonly unknownPaths?: 'not-found' | 'unimplemented' | undefined;
  readonly limits?: Partial<RpcServerLimits> | undefined;
  /** Hears of every finished call. Must not throw. */
  readonly onCall?: ((report: CallReport) => void) | undefined;
}

export interface RpcServer {
  readonly host: string;
  readonly port: number;
  readonly url: string;
  readonly connections: number;
  /** Calls that have not ended, streams included. */
  readonly calls: number;
  /** Tells the health service. */
  setServing(service: string, serving: boolean): void;
  /**
   * Stops without losing an answer: no new connections and calls, unary calls run to their end, streams end with
   * UNAVAILABLE. What is left after `timeoutMs` (default 10,000) is cut off.
   */
  drain(options?: { readonly timeoutMs?: number | undefined }): Promise<void>;
  /** Stops now. */
  close(): Promise<void>;
}

const listen = (server: import('node:net').Server, host: string, port: number): Promise<AddressInfo> =>
  new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(
        error.code === 'EADDRINUSE'
          ? new SomaKitError('PORT_IN_USE', `Port ${port} on ${host} is in use.`, {
              context: { host, port },
              hint: 'Stop the process that listens there, or choose another port (0 takes a free one).',
              cause: error,
            })
          : new SomaKitError('LISTEN_FAILED', `Cannot listen on ${host} port ${port}.`, {
              context: { host, port },
              cause: error,
            }),
      );
    });
    server.listen(port, host, () => resolve(server.address() as AddressInfo));
  });

/**
 * Serves gRPC, gRPC-Web (binary and text) and JSON on one plaintext port, with health, reflection, CORS, deadlines,
 * compression and limits. Unary gRPC calls go straight over `node:http2`.
 *
 * @throws PORT_IN_USE, LISTEN_FAILED
 *
 * @example
 * import { implementRaw, startRpcServer } from '@somakit/rpc/server';
 * const server = await startRpcServer({
 *   rawServices: [implementRaw('admin.Admin', { AdvanceEpoch: () => new Uint8Array(8) })],
 *   onCall: ({ path, code, ms }) => console.log(path, code, ms),
 * });
 * console.log(server.url);
 * await server.drain();
 */
export const startRpcServer = async (options: RpcServerOptions = {}): Promise<RpcServer> => {
  const { rawServices = [], host = '127.0.0.1', port = 0, headers: extraHeaders } = options;
  const limits: RpcServerLimits = { ...DEFAULT_LIMITS, ...options.limits };
  const own = options.services ?? [];
  const names = [...own.map(({ descriptor }) => descriptor.typeName), ...rawServices.map(({ name }) => name)];
  const health = healthBook(typeof options.health === 'object' ? options.health.services : names);
  const described = [...own, ...(options.health === false ? [] : [health.service])];
  const services = [
    ...described,
    ...(options.reflection === false ? [] : reflection(described.map(({ descriptor }) => descriptor))),
  ];
  const table = routeTable(services, rawServices);
  const calls = new Set<Call>();
  const callHost: CallHost = {
    limits,
    calls,
    writers: limits.compressMinBytes === Number.POSITIVE_INFINITY ? new Map() : await loadCompressors(),
    buffered: 0,
    headers: extraHeaders === undefined ? () => ({}) : () => ({ ...extraHeaders() }),
    report: options.onCall,
  };
  const onHttp = httpHandler({
    table,
    host: callHost,
    json: options.json === false ? undefined : jsonHandler(services, callHost),
    http: options.http,
    cors: options.cors === false ? undefined : corsHeaders(options.exposeHeaders ?? []),
  });
  const http1 = createHttp1({ maxHeaderSize: limits.maxHeaderBytes, keepAliveTimeout: limits.idleMs }, onHttp);
  const http2 = createHttp2({
    // Per session and in megabytes. Messages are bounded by our own limits, so this one must not come first.
    maxSessionMemory: 1024,
    ...RESET_OPTIONS,
    settings: {
      maxConcurrentStreams: limits.maxStreamsPerConnection,
      initialWindowSize: 1024 * 1024,
      maxHeaderListSize: limits.maxHeaderBytes,
    },
  });
  const front = createFront(http1, http2, limits);
  const everything = options.unknownPaths === 'unimplemented';

  const onStream = (
    stream: ServerHttp2Stream,
    headers: IncomingHttpHeaders,
    _flags: number,
    rawHeaders: string[],
  ): void => {
    stream.on('error', () => {});
    const path = headers[':path'] as string;
    const type = headers['content-type'];
    const grpc =
      type === undefined
        ? headers.te === 'trailers'
        : type.startsWith('application/grpc') && !type.startsWith('application/grpc-web');
    const isCall = grpc && headers[':method'] === 'POST';
    const route = isCall ? findRoute(table, path) : undefined;
    if (route === undefined && !(everything && !table.routes.has(path))) {
      const Request = Http2ServerRequest as unknown as new (
        stream: ServerHttp2Stream,
        headers: IncomingHttpHeaders,
        options: object,
        rawHeaders: string[],
      ) => unknown;
      const Response = Http2ServerResponse as unknown as new (stream: ServerHttp2Stream) => unknown;
      onHttp(new Request(stream, headers, {}, rawHeaders) as IncomingMessage, new Response(stream) as ServerResponse);
      return;
    }
    const resets = front.resetsOf(stream.session as ServerHttp2Session | undefined);
    const call = new Call({
      host: callHost,
      route: route ?? unimplemented(path, ''),
      headers,
      sink: grpcSink(stream),
      protocol: 'grpc',
      peer: () => stream.session?.socket?.remoteAddress,
      flow: stream,
      connection: resets,
    });
    const pause = call.streaming && losesCalls(headers['user-agent']) ? (resets?.pause() ?? 0) : 0;
    stream.on('data', (chunk: Uint8Array) => call.onChunk(chunk));
    if (pause === 0) stream.on('end', () => call.onEnd());
    else {
      stream.on('end', () => {
        const timer = setTimeout(() => call.onEnd(), pause);
        stream.on('close', () => clearTimeout(timer));
      });
    }
    stream.on('close', () => call.onClose());
  };
  http2.on('stream', onStream as Parameters<typeof http2.on>[1]);
  http2.on('sessionError', () => {});

  const address = await listen(front.server, host, port);
  front.server.on('error', () => {});

  const times = [
    limits.firstBytesMs,
    limits.headersMs,
    limits.requestMs,
    limits.idleMs,
    limits.pingIntervalMs,
    limits.pingTimeoutMs,
  ];
  const clock = setInterval(
    () => {
      const now = performance.now();
      front.sweep(now);
      for (const call of calls) if (call.isStuck(now) || call.isStalled(now)) call.cut();
    },
    Math.max(10, Math.min(1000, ...times.map((ms) => ms / 4))),
  );
  clock.unref();

  const close = async (): Promise<void> => {
    clearInterval(clock);
    health.close();
    front.destroy();
    http2.close();
    http1.close();
    for (const call of calls) call.fail(new ConnectError('the server has been closed', Code.Unavailable));
    await front.idle();
  };
  let draining: Promise<void> | undefined;
  const drain = async (timeoutMs: number): Promise<void> => {
    health.close();
    front.retire();
    // One turn, so that watchers still hear of NOT_SERVING.
    await new Promise((resolve) => setImmediate(resolve));
    for (const call of calls)
      if (call.streaming) call.fail(new ConnectError('the server is shutting down', Code.Unavailable));
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, timeoutMs);
    });
    await Promise.race([front.idle(), late]);
    clearTimeout(timer);
    await close();
  };
  const shown = address.family === 'IPv6' ? `[${address.address}]` : address.address;
  return {
    host,
    port: address.port,
    url: `http://${shown === '0.0.0.0' || shown === '[::]' ? '127.0.0.1' : shown}:${address.port}`,
    get connections() {
      return front.connections;
    },
    get calls() {
      return calls.size;
    },
    setServing: health.set,
    drain({ timeoutMs = 10_000 } = {}) {
      draining ??= drain(timeoutMs);
      return draining;
    },
    close,
  };
};
