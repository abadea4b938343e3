import { HealthRequest, HealthResponse, ScoreRequest, ScoreResponse } from '@somakit/bcs';
import { isError } from '@somakit/core';
import { implementRaw, rpcStatus, startRpcServer } from '@somakit/rpc/server';
import { createScorer } from '../scorer.js';
import type { Scorer, ScorerOptions } from '../types.js';
import { scoringHandler } from './handler.js';
import { createMetrics } from './metrics.js';

/** How the service runs; the scorer's options are its own as well. */
export interface ServeScoringOptions extends Omit<ScorerOptions, 'onEvent'> {
  /** Default 127.0.0.1. */
  readonly host?: string | undefined;
  /** Default 9124, the network's; 0 takes a free one. */
  readonly port?: number | undefined;
  /** Score requests at once, those that wait included. A further one is answered RESOURCE_EXHAUSTED. Default 64. */
  readonly maxRequests?: number | undefined;
  /** Limit of one request. Default 30 minutes. */
  readonly requestTimeoutMs?: number | undefined;
  /** Hears of every finished call, for logs. Must not throw. */
  readonly onCall?: ((call: ScoringCall) => void) | undefined;
}

/** A finished call. */
export interface ScoringCall {
  readonly method: string;
  /** Name of the gRPC status. */
  readonly code: string;
  readonly ms: number;
  readonly peer: string | undefined;
  /** What the caller was told; empty for OK. */
  readonly message: string;
}

/** A running scoring service. */
export interface ScoringService {
  readonly url: string;
  readonly host: string;
  readonly port: number;
  readonly scorer: Scorer;
  /** Not ready any more, no new requests; ends when those that run have their answers, or after `timeoutMs` (default 60,000). */
  drain(options?: { readonly timeoutMs?: number | undefined }): Promise<void>;
  /** Stops now. */
  close(): Promise<void>;
}

/**
 * Serves `scoring.Scoring` as the reference does, for its clients unchanged, and on the same port `/healthz`, `/readyz` and
 * `/metrics` over HTTP.
 *
 * @throws PORT_IN_USE, LISTEN_FAILED, and the errors of `createScorer`.
 * @example
 * import { serveScoring } from '@somakit/scoring';
 * const service = await serveScoring({ config: 'small', device: 'cpu', port: 0 });
 * console.log(service.url);
 * await service.drain();
 */
export const serveScoring = async (options: ServeScoringOptions = {}): Promise<ScoringService> => {
  const { host = '127.0.0.1', port = 9124, maxRequests = 64, requestTimeoutMs = 1_800_000, onCall } = options;
  let inFlight = 0;
  let ready = true;
  let scorer: Scorer | undefined;
  const metrics = createMetrics({
    inFlight: () => inFlight,
    openModels: () => scorer?.stats().openModels ?? 0,
    openModelBytes: () => scorer?.stats().openModelBytes ?? 0,
    waiting: () => scorer?.stats().waiting ?? 0,
  });
  const opened = await createScorer({ ...options, onEvent: metrics.onScorerEvent });
  scorer = opened;
  const handle = scoringHandler(opened);

  const score = async (body: Uint8Array, signal: AbortSignal): Promise<Uint8Array> => {
    if (inFlight >= maxRequests) {
      throw rpcStatus('RESOURCE_EXHAUSTED', `busy: ${maxRequests} requests are being worked on; try again later`);
    }
    inFlight += 1;
    try {
      return ScoreResponse.encode(await handle(decode(ScoreRequest, body), { signal, timeoutMs: requestTimeoutMs }));
    } finally {
      inFlight -= 1;
    }
  };
  const service = implementRaw('scoring.Scoring', {
    Score: (body, { signal }) => score(body, signal),
    Health: (body) => {
      decode(HealthRequest, body);
      return HealthResponse.encode({ ok: true });
    },
  });
  const server = await startRpcServer({
    host,
    port,
    rawServices: [service],
    unknownPaths: 'unimplemented',
    http: async (request, response) => {
      const path = request.url?.split('?')[0];
      const answer = (status: number, type: string, body: string) => {
        response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' });
        response.end(body);
      };
      if (path === '/metrics') answer(200, metrics.contentType, await metrics.text());
      else if (path === '/healthz') answer(200, 'text/plain', 'ok\n');
      else if (path === '/readyz') answer(ready ? 200 : 503, 'text/plain', ready ? 'ready\n' : 'draining\n');
      else return false;
      return true;
    },
    onCall: ({ path, code, message, ms, peer }) => {
      const method = path.slice(path.lastIndexOf('/') + 1);
      metrics.onCall(method, code, ms / 1000);
      onCall?.({ method, code, message, ms, peer });
    },
  }).catch(async (error: unknown) => {
    await opened.close();
    throw error;
  });
  return {
    url: server.url,
    host: server.host,
    port: server.port,
    scorer: opened,
    async drain({ timeoutMs = 60_000 } = {}) {
      ready = false;
      await server.drain({ timeoutMs });
      await opened.close();
    },
    async close() {
      ready = false;
      await server.close();
      await opened.close();
    },
  };
};

const decode = <T>(codec: { decode(bytes: Uint8Array): T }, body: Uint8Array): T => {
  try {
    return codec.decode(body);
  } catch (error) {
    // The reference answers INTERNAL for bytes that are no request.
    throw rpcStatus('INTERNAL', `cannot read the request: ${isError(error) ? error.message : 'no BCS'}`, {
      cause: error,
    });
  }
};
