import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Digest, invalidArgument, SomaKitError, systemRandom, toHex } from '@somakit/core';
import { commitment } from '@somakit/crypto';
import { hashFile } from '@somakit/crypto/node';
import type { ScoreResult, Scoring } from '../side-services/scoring.js';
import { type LocalData, type RangeSource, sendRange } from './range.js';

declare module '@somakit/core' {
  interface ErrorContexts {
    /** Local data cannot be served: the address is in use, or not of this machine. */
    DATA_SERVER_FAILED: { readonly host: string; readonly port: number; readonly reason: string };
  }
}

/** Where served data is and what it is: the parts of a manifest. */
export interface ServedData {
  readonly url: string;
  readonly checksum: Digest;
  readonly size: bigint;
}

/** Local data over HTTP, for services that fetch by URL. */
export interface DataServer {
  readonly url: string;
  /**
   * Serves bytes or a file until the server closes. Its URL cannot be guessed, unless `name` gives the path: then it is the
   * same after a restart.
   */
  add(
    data: LocalData,
    options?: { readonly name?: string | undefined; readonly signal?: AbortSignal | undefined },
  ): Promise<ServedData>;
  close(): Promise<void>;
}

export interface DataServerOptions {
  /** Default 127.0.0.1: nobody else can fetch. */
  readonly host?: string | undefined;
  /** Default 0: a free one. */
  readonly port?: number | undefined;
  /** The origin in the URLs that are given out, where the other side sees this machine under another name. */
  readonly publicUrl?: string | undefined;
}

const answer = async (
  entry: RangeSource | undefined,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> => {
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.writeHead(405, { allow: 'GET,HEAD' }).end();
    return;
  }
  if (entry === undefined) {
    response.writeHead(404, { 'content-type': 'text/plain' }).end('not found');
    return;
  }
  await sendRange(entry, request, response);
};

const listen = (server: Server, host: string, port: number): Promise<number> =>
  new Promise((resolve, reject) => {
    const fail = (error: Error & { code?: string }) => {
      const reason = error.code ?? error.message;
      const text = `Local data cannot be served at ${host}:${port} (${reason}).`;
      reject(new SomaKitError('DATA_SERVER_FAILED', text, { context: { host, port, reason }, cause: error }));
    };
    server.once('error', fail).listen(port, host, () => {
      server.off('error', fail);
      resolve((server.address() as AddressInfo).port);
    });
  });

/**
 * Serves local bytes and files over HTTP, with ranges, so that a scoring service can fetch them.
 *
 * @throws DATA_SERVER_FAILED
 * @example
 * import { createDataServer } from '@somakit/rpc/node';
 * const server = await createDataServer();
 * const { url, checksum, size } = await server.add(new TextEncoder().encode('some data'));
 * console.log(url, checksum, size);
 * await server.close();
 */
export const createDataServer = async (options: DataServerOptions = {}): Promise<DataServer> => {
  const { host = '127.0.0.1', port = 0, publicUrl } = options;
  if (publicUrl !== undefined && !URL.canParse(publicUrl)) throw invalidArgument('publicUrl', 'a URL', publicUrl);
  const entries = new Map<string, RangeSource>();
  const server = createServer((request, response) => {
    const path = (request.url ?? '').split('?')[0]!;
    answer(entries.get(path), request, response).catch(() => response.destroy());
  });
  const bound = await listen(server, host, port);
  const origin = publicUrl?.replace(/\/+$/, '') ?? `http://${host.includes(':') ? `[${host}]` : host}:${bound}`;
  return {
    url: origin,
    async add(data, { name = toHex(systemRandom.bytes(16)), signal } = {}) {
      if (!/^[\w.-]+$/.test(name)) throw invalidArgument('name', 'letters, digits, dots, - and _', name);
      const path = `/${name}`;
      if (data instanceof Uint8Array) {
        entries.set(path, { data, size: data.length });
        return { url: origin + path, checksum: commitment(data), size: BigInt(data.length) };
      }
      if (typeof data?.path !== 'string') throw invalidArgument('data', 'bytes or { path }', data);
      const { checksum, size } = await hashFile(data.path, { signal });
      entries.set(path, { data, size: Number(size) });
      return { url: origin + path, checksum, size: BigInt(size) };
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
};

/** A model to score with: by its manifest, or local weights. */
export type LocalModel =
  | {
      readonly url: string;
      readonly checksum: string;
      readonly size: bigint | number;
      readonly decryptionKey?: string | undefined;
    }
  | { readonly weights: LocalData; readonly decryptionKey?: string | undefined };

export interface ScoreLocalParameters {
  readonly data: LocalData;
  readonly models: readonly LocalModel[];
  readonly targetEmbedding: Float32Array | readonly number[];
  readonly seed?: bigint | undefined;
  /** A server that is there already; by default one on this machine's loopback for this call. */
  readonly server?: DataServer | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly timeoutMs?: number | undefined;
}

/**
 * Scores local data, and with local weights where they are given, by serving them to the scoring service meanwhile.
 *
 * @throws RPC_*, DATA_SERVER_FAILED
 * @example
 * import { createScoring } from '@somakit/rpc';
 * import { scoreLocal } from '@somakit/rpc/node';
 * const scoring = createScoring({ url: 'http://127.0.0.1:9124' });
 * const { winner, distance } = await scoreLocal(scoring, {
 *   data: { path: 'README.md' },
 *   models: [{ weights: { path: 'weights.safetensors' } }],
 *   targetEmbedding: new Float32Array(16),
 * });
 * console.log(winner, distance[0]);
 * scoring.close();
 */
export const scoreLocal = async (scoring: Scoring, parameters: ScoreLocalParameters): Promise<ScoreResult> => {
  const { data, models, targetEmbedding, seed, signal, timeoutMs } = parameters;
  const server = parameters.server ?? (await createDataServer());
  try {
    const served = await server.add(data, { signal });
    const manifests = await Promise.all(
      models.map(async (model) =>
        'weights' in model
          ? { ...(await server.add(model.weights, { signal })), decryptionKey: model.decryptionKey }
          : model,
      ),
    );
    return await scoring.score({
      dataUrl: served.url,
      dataChecksum: served.checksum,
      dataSize: served.size,
      models: manifests,
      targetEmbedding,
      seed,
      signal,
      timeoutMs,
    });
  } finally {
    if (parameters.server === undefined) await server.close();
  }
};
