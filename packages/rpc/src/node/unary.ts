import { type ClientHttp2Stream, constants, type IncomingHttpHeaders, type OutgoingHttpHeaders } from 'node:http2';
import { Code, ConnectError } from '@connectrpc/connect';
import type { ChannelReply } from '../transport/channel.js';
import { transportError } from '../transport/failure.js';
import { decompress } from '../wire/compression.js';
import { COMPRESSED, type Frame, FrameReader } from '../wire/frames.js';
import { errorFromHttp, errorFromTrailers } from '../wire/status.js';
import type { Session } from './connection.js';

/** Node's header object as Headers, pseudo headers left out. */
export const toHeaders = (...sources: (IncomingHttpHeaders | undefined)[]): Headers => {
  const headers = new Headers();
  for (const source of sources) {
    for (const name in source) {
      const value = source[name];
      if (value === undefined || name.startsWith(':')) continue;
      if (Array.isArray(value)) for (const each of value) headers.append(name, each);
      else headers.append(name, value);
    }
  }
  return headers;
};

const one = (source: IncomingHttpHeaders, name: string): string | undefined => {
  const value = source[name];
  return Array.isArray(value) ? value[0] : value;
};

/** The call never reached the server's code: any call may be made again. */
export const isUnprocessed = (stream: ClientHttp2Stream): boolean =>
  stream.id === undefined || stream.rstCode === constants.NGHTTP2_REFUSED_STREAM;

const RESET_CODES: Readonly<Record<number, Code>> = {
  [constants.NGHTTP2_CANCEL]: Code.Canceled,
  [constants.NGHTTP2_ENHANCE_YOUR_CALM]: Code.ResourceExhausted,
  [constants.NGHTTP2_INADEQUATE_SECURITY]: Code.PermissionDenied,
};

/** The error of a stream that closed without a status. */
export const closedError = (url: string, session: Session, stream: ClientHttp2Stream, cause: unknown): ConnectError => {
  const sent = !isUnprocessed(stream);
  if (!sent)
    return transportError('refused', 'the server refused the call before it looked at it', { url, sent, cause });
  if (session.failure !== undefined) {
    return transportError(session.failure.reason, session.failure.message, { url, sent, cause: session.failure.cause });
  }
  const code = stream.rstCode ?? 0;
  if (code === constants.NGHTTP2_NO_ERROR || session.http2.destroyed) {
    return transportError('closed', 'the connection ended before the call did', { url, sent, cause });
  }
  return transportError('reset', `the server reset the stream (HTTP/2 error code ${code})`, {
    url,
    sent,
    code: RESET_CODES[code],
    cause,
  });
};

/** The error that headers and trailers tell of, or undefined when the call went well. */
export const replyError = (
  url: string,
  headers: IncomingHttpHeaders,
  trailers: IncomingHttpHeaders | undefined,
): ConnectError | undefined => {
  // A call that fails at once has its status in the only block of headers.
  const source = trailers !== undefined && trailers['grpc-status'] !== undefined ? trailers : headers;
  const status = source['grpc-status'];
  if (status !== undefined)
    return errorFromTrailers(
      (name) => one(source, name),
      () => toHeaders(headers, trailers),
    );
  const http = Number(headers[':status']);
  if (http !== 200) return errorFromHttp(http, toHeaders(headers, trailers));
  return transportError('protocol', 'the reply ended without a gRPC status', { url, sent: true });
};

/** The error of a head that is no gRPC: shown before its body is taken for frames. */
export const headError = (headers: IncomingHttpHeaders): ConnectError | undefined => {
  const http = Number(headers[':status']);
  if (headers['grpc-status'] !== undefined) return undefined;
  const type = one(headers, 'content-type') ?? '';
  if (http !== 200) return errorFromHttp(http, toHeaders(headers));
  if (!type.startsWith('application/grpc') || type.startsWith('application/grpc-web')) {
    return new ConnectError(
      `unexpected content-type of a gRPC reply: ${type === '' ? 'none' : type.slice(0, 80)}`,
      Code.Unknown,
      toHeaders(headers),
    );
  }
  return undefined;
};

export interface UnaryParameters {
  readonly url: string;
  readonly session: Session;
  readonly headers: OutgoingHttpHeaders;
  readonly frame: Uint8Array;
  readonly signal: AbortSignal | undefined;
  readonly timeoutMs: number | undefined;
  readonly maxReceiveBytes: number;
}

/** One unary call on an open session. Settles as soon as the status is known; nothing of it outlives that but the stream's own end. */
export const callUnary = ({
  url,
  session,
  headers: outgoing,
  frame,
  signal,
  timeoutMs,
  maxReceiveBytes,
}: UnaryParameters): Promise<ChannelReply> =>
  new Promise((resolve, reject) => {
    const { http2 } = session;
    let stream: ClientHttp2Stream;
    try {
      stream = http2.request(outgoing);
    } catch (cause) {
      // A header that HTTP cannot carry is the caller's, anything else the session's fault.
      const code = (cause as { code?: string }).code ?? '';
      const dead =
        code.startsWith('ERR_HTTP2_INVALID_SESSION') ||
        code.startsWith('ERR_HTTP2_GOAWAY') ||
        code.startsWith('ERR_HTTP2_OUT_OF');
      reject(
        dead
          ? transportError('refused', 'the connection was ending', { url, sent: false, cause })
          : new ConnectError(
              `the request cannot be sent: ${(cause as Error).message}`,
              Code.InvalidArgument,
              undefined,
              undefined,
              cause,
            ),
      );
      return;
    }
    const reader = new FrameReader(maxReceiveBytes);
    let headers: IncomingHttpHeaders | undefined;
    let trailers: IncomingHttpHeaders | undefined;
    let message: Frame | undefined;
    let streamError: unknown;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let settled = false;

    const settle = (): boolean => {
      if (settled) return false;
      settled = true;
      if (timer !== undefined) clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
      session.leave();
      return true;
    };
    const fail = (error: unknown): void => {
      if (!settle()) return;
      if (!stream.closed) stream.close(constants.NGHTTP2_CANCEL);
      reject(error);
    };
    const onAbort = () =>
      fail(transportError('aborted', 'the call was aborted', { url, sent: true, cause: signal?.reason }));
    const finish = (body: Uint8Array): void => {
      const head = headers!;
      const tail = trailers;
      resolve({ body, header: () => toHeaders(head), trailer: () => toHeaders(tail) });
    };

    session.enter();
    stream.on('response', (received) => {
      session.heard = true;
      headers = received;
      const error = headError(received);
      if (error !== undefined) fail(error);
    });
    stream.on('data', (chunk: Uint8Array) => {
      session.heard = true;
      if (settled) return;
      reader.push(chunk);
      try {
        for (let next = reader.next(); next !== undefined; next = reader.next()) {
          if (message !== undefined) {
            throw transportError('protocol', 'the reply to a unary call has more than one message', {
              url,
              sent: true,
            });
          }
          message = next;
        }
      } catch (error) {
        fail(error);
      }
    });
    stream.on('trailers', (received) => {
      trailers = received;
    });
    stream.on('error', (error) => {
      streamError = error;
    });
    stream.on('end', () => {
      // Without a status the reset code is what counts, and that is known on 'close'.
      if (
        settled ||
        headers === undefined ||
        (trailers?.['grpc-status'] === undefined && headers['grpc-status'] === undefined)
      )
        return;
      const error = replyError(url, headers, trailers);
      if (error !== undefined) fail(error);
      else if (reader.pending > 0)
        fail(transportError('protocol', 'the reply ended in the middle of a message', { url, sent: true }));
      else if (message === undefined) fail(new ConnectError('the reply has no message', Code.Unimplemented));
      else if (message.flags === 0) {
        settle();
        finish(message.body);
      } else if (message.flags !== COMPRESSED) {
        fail(transportError('protocol', `the reply has invalid flags: ${message.flags}`, { url, sent: true }));
      } else {
        settle();
        new Promise<Uint8Array>((done) =>
          done(decompress(one(headers!, 'grpc-encoding'), message!.body, maxReceiveBytes)),
        ).then(finish, reject);
      }
    });
    stream.on('close', () => {
      if (settled) return;
      const clean =
        headers !== undefined &&
        streamError === undefined &&
        stream.rstCode === constants.NGHTTP2_NO_ERROR &&
        session.failure === undefined &&
        stream.readableEnded;
      fail(clean ? replyError(url, headers!, trailers) : closedError(url, session, stream, streamError));
    });
    if (timeoutMs !== undefined) {
      const late = () =>
        fail(transportError('deadline', `the call did not end within ${timeoutMs} ms`, { url, sent: true }));
      timer = setTimeout(late, Math.min(timeoutMs, 2_147_483_647));
    }
    signal?.addEventListener('abort', onAbort);
    stream.end(frame);
  });
