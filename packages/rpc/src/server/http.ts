import type { IncomingMessage, ServerResponse } from 'node:http';
import { Code, ConnectError } from '@connectrpc/connect';
import { fromBase64 } from '@somakit/core';
import { findRoute } from '../service/find-route.js';
import type { Route, RouteTable } from '../service/routes.js';
import { Call, type CallHost } from './call.js';
import { answerPreflight } from './cors.js';
import { webSink } from './sink.js';

/**
 * Serves plain HTTP beside the calls, such as `/metrics`. Returns false (or a promise of it) for a path that is not
 * its own, which then is 404. Speaks to HTTP/1 and HTTP/2 clients alike.
 */
export type HttpHandler = (request: IncomingMessage, response: ServerResponse) => boolean | Promise<boolean>;

export interface HttpOptions {
  readonly table: RouteTable;
  readonly host: CallHost;
  readonly json: ((request: IncomingMessage, response: ServerResponse) => void) | undefined;
  readonly http: HttpHandler | undefined;
  readonly cors: Readonly<Record<string, string>> | undefined;
}

/** Base64 that arrives in pieces, where every message may end in padding of its own. */
const textDecoder = (onBytes: (bytes: Uint8Array) => void) => {
  let rest = '';
  return {
    push(chunk: Uint8Array): void {
      rest += Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length).toString('latin1').replace(/\s/g, '');
      const whole = rest.length - (rest.length % 4);
      const ready = rest.slice(0, whole);
      rest = rest.slice(whole);
      for (const part of ready.match(/[^=]+={0,2}/g) ?? []) onBytes(fromBase64(part));
    },
    get broken(): boolean {
      return rest !== '';
    },
  };
};

const serveWeb = (host: CallHost, route: Route, request: IncomingMessage, response: ServerResponse): void => {
  const type = request.headers['content-type'] ?? '';
  const accept = request.headers.accept ?? '';
  const text = type.startsWith('application/grpc-web-text');
  const textReply = accept.startsWith('application/grpc-web') ? accept.startsWith('application/grpc-web-text') : text;
  const call = new Call({
    host,
    route,
    headers: request.headers,
    sink: webSink(response, textReply),
    protocol: 'grpc-web',
    peer: () => request.socket?.remoteAddress,
    flow: request,
  });
  const decoder = text ? textDecoder((bytes) => call.onChunk(bytes)) : undefined;
  request.on('data', (chunk: Uint8Array) => {
    if (decoder === undefined) call.onChunk(chunk);
    else {
      try {
        decoder.push(chunk);
      } catch (error) {
        call.fail(new ConnectError('the request is not valid Base64', Code.Internal, undefined, undefined, error));
      }
    }
  });
  request.on('end', () => {
    if (decoder?.broken === true) call.fail(new ConnectError('Unexpected EOF decoding stream.', Code.Internal));
    call.onEnd();
  });
  request.on('error', () => {});
  response.on('error', () => {});
  response.on('close', () => call.onClose());
};

const plain = (response: ServerResponse, status: number, text: string, headers: Record<string, string> = {}): void => {
  response.writeHead(status, {
    'content-type': 'text/plain',
    'content-length': String(Buffer.byteLength(text)),
    ...headers,
  });
  response.end(text);
};

/** Everything that is not gRPC over HTTP/2: preflights, gRPC-Web, JSON, plain routes, and refusals. */
export const httpHandler = ({ table, host, json, http, cors }: HttpOptions) => {
  const other = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    try {
      if (http !== undefined && (await http(request, response))) return;
      if (!response.headersSent) plain(response, 404, 'not found');
    } catch {
      if (response.headersSent) response.destroy();
      else plain(response, 500, 'internal error');
    }
  };
  return (request: IncomingMessage, response: ServerResponse): void => {
    const url = request.url ?? '/';
    const query = url.indexOf('?');
    const path = query === -1 ? url : url.slice(0, query);
    if (cors !== undefined) for (const [name, value] of Object.entries(cors)) response.setHeader(name, value);
    if (request.method === 'OPTIONS' && cors !== undefined) {
      request.resume();
      answerPreflight(request, response);
      return;
    }
    const route = findRoute(table, path);
    if (route === undefined) {
      void other(request, response);
      return;
    }
    const type = request.headers['content-type'] ?? '';
    if (type.startsWith('application/grpc-web')) {
      if (request.method === 'POST') serveWeb(host, route, request, response);
      else plain(response, 405, 'method not allowed', { allow: 'POST' });
    } else if (type.startsWith('application/grpc')) {
      // Native gRPC needs trailers, which no HTTP/1 client of it could read.
      plain(response, 400, 'gRPC needs HTTP/2');
    } else if (route.raw || json === undefined) {
      plain(response, 415, 'this method is served as gRPC and gRPC-Web only');
    } else json(request, response);
  };
};
