import { Code, ConnectError } from '@connectrpc/connect';
import { invalidArgument } from '@somakit/core';
import type { Channel, ChannelCall, ChannelStreamCall } from '../transport/channel.js';
import { transportError } from '../transport/failure.js';
import { decompress } from '../wire/compression.js';
import { COMPRESSED, encodeFrame, type Frame, FrameReader, TRAILERS } from '../wire/frames.js';
import { errorFromHttp, errorFromTrailers } from '../wire/status.js';
import { encodeTimeout } from '../wire/timeout.js';

export interface WebChannelOptions {
  readonly url: string;
  /** Defaults to the global one. */
  readonly fetch?: typeof fetch | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Encodings of replies to offer. None by default: in a browser the HTTP layer does this already. */
  readonly acceptCompression?: readonly ('gzip' | 'zstd')[] | undefined;
}

const latin1 = new TextDecoder('latin1');

const parseTrailers = (body: Uint8Array): Headers => {
  const trailers = new Headers();
  for (const line of latin1.decode(body).split('\n')) {
    const at = line.indexOf(':');
    if (at > 0) trailers.append(line.slice(0, at).trim(), line.slice(at + 1).trim());
  }
  return trailers;
};

const join = (...parts: (Headers | undefined)[]): Headers => {
  const all = new Headers();
  for (const part of parts) {
    part?.forEach((value, name) => {
      all.append(name, value);
    });
  }
  return all;
};

/** The error codes of sockets that never got as far as a request. */
const UNSENT = /ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|UND_ERR_CONNECT_TIMEOUT/;

const codeOf = (error: unknown): string =>
  String((error as { cause?: { code?: unknown } } | undefined)?.cause?.code ?? '');

/** Calls over `fetch`, as gRPC-Web. */
export const webChannel = (options: WebChannelOptions): Channel => {
  const { url, fetch: given, headers: base = {}, acceptCompression = [] } = options;
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol))
    throw invalidArgument('url', 'an http: or https: URL', url);
  const root = url.replace(/\/+$/, '');
  // Looked up at the call, so that a page may replace it later; called without `this`, as browsers insist.
  const send: typeof fetch = (input, init) => (given ?? globalThis.fetch)(input, init);

  const start = async ({ path, header, signal, timeoutMs }: ChannelCall | ChannelStreamCall, body: Uint8Array) => {
    const controller = new AbortController();
    const stop = (error: ConnectError) => controller.abort(error);
    const onAbort = () =>
      stop(transportError('aborted', 'the call was aborted', { url: root, sent: true, cause: signal?.reason }));
    const late = () =>
      stop(transportError('deadline', `the call did not end within ${timeoutMs} ms`, { url: root, sent: true }));
    if (signal?.aborted === true) {
      throw transportError('aborted', 'the call was aborted', { url: root, sent: false, cause: signal.reason });
    }
    const timer = timeoutMs === undefined ? undefined : setTimeout(late, Math.min(timeoutMs, 2_147_483_647));
    signal?.addEventListener('abort', onAbort);
    let reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
    /** The call is over; an open body is given up. */
    const close = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
      void reader?.cancel().catch(() => {});
    };
    /** What the caller should hear of an error of fetch or of its body. */
    const told = (error: unknown): unknown => {
      if (controller.signal.aborted) return controller.signal.reason;
      if (error instanceof ConnectError) return error;
      const unsent = UNSENT.test(codeOf(error));
      const text = error instanceof Error ? error.message : String(error);
      return transportError(unsent ? 'connect' : 'closed', `the call to ${root} failed: ${text}`, {
        url: root,
        sent: !unsent,
        cause: error,
      });
    };
    try {
      const headers = new Headers(base);
      new Headers(header).forEach((value, name) => {
        headers.set(name, value);
      });
      headers.set('content-type', 'application/grpc-web+proto');
      headers.set('x-grpc-web', '1');
      if (acceptCompression.length > 0)
        headers.set('grpc-accept-encoding', [...acceptCompression, 'identity'].join(','));
      if (timeoutMs !== undefined) headers.set('grpc-timeout', encodeTimeout(timeoutMs));
      const response = await send(root + path, {
        method: 'POST',
        headers,
        body: encodeFrame(body),
        signal: controller.signal,
        redirect: 'error',
      });
      reader = response.body?.getReader();
      checkHead(response);
      return { response, reader, close, told };
    } catch (error) {
      const shown = told(error);
      close();
      throw shown;
    }
  };

  const checkHead = ({ status, headers }: Response): void => {
    const error = errorFromTrailers(
      (name) => headers.get(name) ?? undefined,
      () => join(headers),
    );
    if (error !== undefined) throw error;
    if (headers.has('grpc-status')) return;
    if (status !== 200) throw errorFromHttp(status, join(headers));
    const type = headers.get('content-type') ?? '';
    if (!type.startsWith('application/grpc-web')) {
      throw new ConnectError(
        `unexpected content-type of a gRPC-Web reply: ${type === '' ? 'none' : type.slice(0, 80)}`,
        Code.Unknown,
        join(headers),
      );
    }
  };

  /** Frames up to the trailers, which are returned. */
  const read = async function* (
    { response, reader }: Awaited<ReturnType<typeof start>>,
    limit: number,
  ): AsyncGenerator<Frame, Headers> {
    const frames = new FrameReader(limit);
    for (;;) {
      for (let frame = frames.next(); frame !== undefined; frame = frames.next()) {
        if ((frame.flags & TRAILERS) === 0) {
          yield frame;
          continue;
        }
        const trailers = parseTrailers(frame.body);
        if (!trailers.has('grpc-status'))
          throw transportError('protocol', 'the reply ended without a gRPC status', { url: root, sent: true });
        const error = errorFromTrailers(
          (name) => trailers.get(name) ?? undefined,
          () => join(response.headers, trailers),
        );
        if (error !== undefined) throw error;
        return trailers;
      }
      const next = await reader?.read();
      if (next === undefined || next.done) {
        const text =
          frames.pending > 0 ? 'the reply ended in the middle of a message' : 'the reply ended without a gRPC status';
        throw transportError('protocol', text, { url: root, sent: true });
      }
      frames.push(next.value);
    }
  };
  const bodyOf = ({ flags, body }: Frame, response: Response, limit: number): Uint8Array | Promise<Uint8Array> =>
    (flags & COMPRESSED) === 0 ? body : decompress(response.headers.get('grpc-encoding') ?? undefined, body, limit);

  return {
    url: root,
    async unary(call) {
      const session = await start(call, call.body);
      const { response } = session;
      try {
        const frames = read(session, call.maxReceiveBytes);
        const first = await frames.next();
        if (first.done === true) throw new ConnectError('the reply has no message', Code.Unimplemented);
        const body = await bodyOf(first.value, response, call.maxReceiveBytes);
        const last = await frames.next();
        if (last.done !== true) {
          throw transportError('protocol', 'the reply to a unary call has more than one message', {
            url: root,
            sent: true,
          });
        }
        return { body, header: () => response.headers, trailer: () => last.value };
      } catch (error) {
        throw session.told(error);
      } finally {
        session.close();
      }
    },
    async stream(call) {
      const requests = call.bodies[Symbol.asyncIterator]();
      const first = await requests.next();
      void requests.return?.()?.catch?.(() => {});
      if (first.done === true) throw new ConnectError('a call over gRPC-Web needs one request message', Code.Internal);
      const session = await start(call, first.value);
      const { response } = session;
      let trailers = new Headers();
      const bodies = async function* () {
        try {
          const frames = read(session, call.maxReceiveBytes);
          for (;;) {
            const next = await frames.next();
            if (next.done === true) {
              trailers = next.value;
              return;
            }
            yield await bodyOf(next.value, response, call.maxReceiveBytes);
          }
        } catch (error) {
          throw session.told(error);
        } finally {
          session.close();
        }
      };
      return { bodies: bodies(), header: () => response.headers, trailer: () => trailers };
    },
    close() {},
  };
};
