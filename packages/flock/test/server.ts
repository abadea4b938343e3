import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request as it came over the socket. */
export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly query: Record<string, string>;
  readonly headers: Record<string, string>;
  readonly body: Buffer;
}

export interface TestServer {
  readonly url: string;
  readonly requests: SeenRequest[];
  stop(): Promise<void>;
}

/** How a case of the golden data answers: see `about` of flock-captures.json. */
export interface CannedResponse {
  readonly status?: number;
  readonly body?: unknown;
  readonly body_raw?: string;
  readonly headers?: Record<string, string>;
  readonly delay_ms?: number;
  readonly truncate_to?: number;
  readonly close?: boolean;
}

export type Answer = (request: SeenRequest, response: ServerResponse, number: number) => void | Promise<void>;

/** A server on a free port of loopback that keeps what it was asked. */
export const startServer = async (answer: Answer): Promise<TestServer> => {
  const requests: SeenRequest[] = [];
  const read = async (message: IncomingMessage): Promise<SeenRequest> => {
    const parts: Buffer[] = [];
    for await (const part of message) parts.push(part as Buffer);
    const url = new URL(message.url ?? '', 'http://loopback');
    return {
      method: message.method ?? '',
      path: url.pathname,
      query: Object.fromEntries(url.searchParams),
      headers: Object.fromEntries(Object.entries(message.headers).map(([name, value]) => [name, String(value)])),
      body: Buffer.concat(parts),
    };
  };
  const server = createServer(async (message, response) => {
    try {
      const request = await read(message);
      requests.push(request);
      await answer(request, response, requests.length);
    } catch (error) {
      if (response.headersSent || response.destroyed) return void response.destroy();
      response.writeHead(500, { 'content-type': 'text/plain' });
      response.end(`the double failed: ${error}`);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
};

/** Answers as a case of the golden data says. */
export const sendCanned = async (canned: CannedResponse, response: ServerResponse): Promise<void> => {
  if (canned.close) return void response.destroy();
  // A silent server: it never answers within the life of a test.
  if (canned.delay_ms !== undefined) {
    await new Promise((resolve) => {
      const timer = setTimeout(resolve, canned.delay_ms);
      response.on('close', () => {
        clearTimeout(timer);
        resolve(undefined);
      });
    });
  }
  const text = canned.body_raw ?? (canned.body === undefined ? '' : JSON.stringify(canned.body));
  const bytes = Buffer.from(text);
  response.writeHead(canned.status ?? 200, {
    'content-type': 'application/json',
    'content-length': bytes.length,
    ...canned.headers,
  });
  if (canned.truncate_to === undefined) return void response.end(bytes);
  response.write(bytes.subarray(0, canned.truncate_to), () => response.destroy());
};

export const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
