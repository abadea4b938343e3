import type { ServerResponse } from 'node:http';
import { constants, type Http2ServerResponse, type ServerHttp2Stream } from 'node:http2';
import { toBase64 } from '@somakit/core';
import { encodeFrame, TRAILERS } from '../wire/frames.js';

export type HeaderMap = Record<string, string>;

/** Where the reply of a call goes. The protocols differ in nothing else. */
export interface Sink {
  /** A whole reply at once: the path of nearly every call. */
  reply(headers: HeaderMap, frame: Uint8Array, trailers: HeaderMap): void;
  /** The start of a stream. */
  head(headers: HeaderMap): void;
  /** False when the caller should wait for {@link drained}. */
  write(frame: Uint8Array): boolean;
  drained(): Promise<void>;
  end(trailers: HeaderMap): void;
  /** An error before anything was sent. */
  refuse(headers: HeaderMap, trailers: HeaderMap): void;
  /** Cuts the reply off. */
  cut(): void;
}

const onceDrained = (target: NodeJS.EventEmitter): Promise<void> =>
  new Promise((resolve) => {
    const done = () => {
      target.removeListener('drain', done);
      target.removeListener('close', done);
      resolve();
    };
    target.on('drain', done);
    target.on('close', done);
  });

// No `date`: nobody reads it, and it would be made for every call.
const WITH_TRAILERS = { waitForTrailers: true, sendDate: false };
const AT_ONCE = { endStream: true, sendDate: false };

/** gRPC over a bare HTTP/2 stream. A class, because one is made for every call. */
class GrpcSink implements Sink {
  readonly #stream: ServerHttp2Stream;
  #trailers: HeaderMap | undefined;

  constructor(stream: ServerHttp2Stream) {
    this.#stream = stream;
  }

  get #open(): boolean {
    return !this.#stream.destroyed && !this.#stream.closed;
  }

  #respond(headers: HeaderMap): void {
    headers[':status'] = '200';
    headers['content-type'] = 'application/grpc';
    this.#stream.respond(headers, WITH_TRAILERS);
    this.#stream.on('wantTrailers', () => {
      if (this.#open) this.#stream.sendTrailers(this.#trailers ?? {});
    });
  }

  reply(headers: HeaderMap, frame: Uint8Array, trailers: HeaderMap): void {
    if (!this.#open) return;
    this.#trailers = trailers;
    this.#respond(headers);
    this.#stream.end(frame);
  }

  head(headers: HeaderMap): void {
    if (this.#open) this.#respond(headers);
  }

  write(frame: Uint8Array): boolean {
    return !this.#open || this.#stream.write(frame);
  }

  drained(): Promise<void> {
    return this.#open ? onceDrained(this.#stream) : Promise.resolve();
  }

  end(trailers: HeaderMap): void {
    if (!this.#open) return;
    this.#trailers = trailers;
    this.#stream.end();
  }

  refuse(headers: HeaderMap, trailers: HeaderMap): void {
    if (!this.#open) return;
    const all = { ':status': '200', 'content-type': 'application/grpc', ...headers, ...trailers };
    this.#stream.respond(all, AT_ONCE);
    // What the client still wants to send is of no use: let it stop.
    if (!this.#stream.readableEnded) this.#stream.close(constants.NGHTTP2_NO_ERROR);
  }

  cut(): void {
    if (this.#open) this.#stream.close(constants.NGHTTP2_CANCEL);
  }
}

export const grpcSink = (stream: ServerHttp2Stream): Sink => new GrpcSink(stream);

const latin1 = (text: string): Uint8Array => Uint8Array.from(text, (letter) => letter.charCodeAt(0));

/** The last frame of a gRPC-Web reply. */
const trailerFrame = (trailers: HeaderMap): Uint8Array =>
  encodeFrame(
    latin1(
      Object.entries(trailers)
        .map(([name, value]) => `${name}: ${value}\r\n`)
        .join(''),
    ),
    TRAILERS,
  );

/** gRPC-Web, binary or Base64 text, over HTTP/1 or HTTP/2. */
export const webSink = (response: ServerResponse | Http2ServerResponse, text: boolean): Sink => {
  // Both response classes have these members, but the union of their overloads cannot be called.
  const target = response as ServerResponse;
  const open = () => !target.destroyed && !target.writableEnded;
  const form = (bytes: Uint8Array): Uint8Array | string => (text ? toBase64(bytes) : bytes);
  const respond = (headers: HeaderMap, length?: number): void => {
    headers['content-type'] = text ? 'application/grpc-web-text+proto' : 'application/grpc-web+proto';
    if (length !== undefined) headers['content-length'] = String(length);
    target.writeHead(200, headers);
  };
  return {
    reply(headers, frame, trailers) {
      if (!open()) return;
      const end = trailerFrame(trailers);
      const whole = new Uint8Array(frame.length + end.length);
      whole.set(frame);
      whole.set(end, frame.length);
      const body = form(whole);
      respond(headers, body.length);
      target.end(body);
    },
    head(headers) {
      if (!open()) return;
      respond(headers);
      target.flushHeaders?.();
    },
    write: (frame) => !open() || target.write(form(frame)),
    drained: () => (open() ? onceDrained(target) : Promise.resolve()),
    end(trailers) {
      if (open()) target.end(form(trailerFrame(trailers)));
    },
    refuse(headers, trailers) {
      if (!open()) return;
      const body = form(trailerFrame(trailers));
      respond(headers, body.length);
      target.end(body);
    },
    cut() {
      const { stream } = target as { stream?: ServerHttp2Stream };
      if (stream !== undefined) stream.close(constants.NGHTTP2_CANCEL);
      else target.destroy();
    },
  };
};
