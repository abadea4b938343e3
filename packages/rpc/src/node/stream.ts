import { type ClientHttp2Stream, constants, type IncomingHttpHeaders, type OutgoingHttpHeaders } from 'node:http2';
import { Code, ConnectError } from '@connectrpc/connect';
import type { ChannelStream } from '../transport/channel.js';
import { transportError } from '../transport/failure.js';
import { decompress } from '../wire/compression.js';
import { COMPRESSED, encodeFrame, FrameReader } from '../wire/frames.js';
import type { Session } from './connection.js';
import { closedError, headError, replyError, toHeaders } from './unary.js';

export interface StreamParameters {
  readonly url: string;
  readonly session: Session;
  readonly headers: OutgoingHttpHeaders;
  readonly bodies: AsyncIterable<Uint8Array>;
  readonly background: boolean;
  readonly signal: AbortSignal | undefined;
  readonly timeoutMs: number | undefined;
  readonly maxReceiveBytes: number;
}

/** A streaming call on an open session. Resolves with the head of the reply. */
export const callStream = ({
  url,
  session,
  headers: outgoing,
  bodies,
  background,
  signal,
  timeoutMs,
  maxReceiveBytes,
}: StreamParameters): Promise<ChannelStream> => {
  let stream: ClientHttp2Stream;
  try {
    stream = session.http2.request(outgoing);
  } catch (cause) {
    return Promise.reject(transportError('refused', 'the connection was ending', { url, sent: false, cause }));
  }
  const reader = new FrameReader(maxReceiveBytes);
  let headers: IncomingHttpHeaders | undefined;
  let trailers: IncomingHttpHeaders | undefined;
  let failure: unknown;
  let streamError: unknown;
  let ended = false;
  let released = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let wake: (() => void) | undefined;
  const rouse = () => {
    wake?.();
    wake = undefined;
  };

  const requests = bodies[Symbol.asyncIterator]();
  const release = (): void => {
    if (released) return;
    released = true;
    clearTimeout(timer);
    signal?.removeEventListener('abort', onAbort);
    if (!background) session.leave();
    void requests.return?.()?.catch?.(() => {});
  };
  const fail = (error: unknown): void => {
    if (ended) return;
    failure ??= error;
    ended = true;
    if (!stream.closed) stream.close(constants.NGHTTP2_CANCEL);
    release();
    rouse();
  };
  const onAbort = () =>
    fail(transportError('aborted', 'the call was aborted', { url, sent: true, cause: signal?.reason }));

  const send = async (): Promise<void> => {
    try {
      for (let next = await requests.next(); next.done !== true; next = await requests.next()) {
        if (stream.closed || stream.destroyed) return;
        if (!stream.write(encodeFrame(next.value))) {
          await new Promise<void>((resolve) => {
            stream.once('drain', resolve);
            stream.once('close', resolve);
          });
        }
      }
      if (!stream.closed && !stream.destroyed) stream.end();
    } catch (error) {
      fail(error);
    }
  };

  const receive = async function* () {
    try {
      for (;;) {
        if (failure !== undefined) throw failure;
        const frame = reader.next();
        if (frame !== undefined) {
          if ((frame.flags & ~COMPRESSED) !== 0)
            throw transportError('protocol', `the reply has invalid flags: ${frame.flags}`, { url, sent: true });
          const encoding = headers?.['grpc-encoding'];
          yield frame.flags === 0
            ? frame.body
            : await decompress(encoding as string | undefined, frame.body, maxReceiveBytes);
          continue;
        }
        const chunk = stream.read() as Uint8Array | null;
        if (chunk !== null) {
          reader.push(chunk);
          continue;
        }
        if (ended) break;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      if (reader.pending > 0)
        throw transportError('protocol', 'the reply ended in the middle of a message', { url, sent: true });
    } catch (error) {
      fail(error);
      throw error;
    } finally {
      // Left early, by `return` or by an error: the server must hear of it.
      if (!ended) {
        ended = true;
        stream.close(constants.NGHTTP2_CANCEL);
      }
      release();
    }
  };

  return new Promise((resolve, reject) => {
    if (!background) session.enter();
    stream.on('response', (received) => {
      session.heard = true;
      headers = received;
      const error = headError(received);
      if (error !== undefined) fail(error);
      else resolve({ bodies: receive(), header: () => toHeaders(received), trailer: () => toHeaders(trailers) });
    });
    stream.on('readable', () => {
      session.heard = true;
      rouse();
    });
    stream.on('trailers', (received) => {
      trailers = received;
    });
    stream.on('error', (error) => {
      streamError = error;
    });
    stream.on('end', rouse);
    stream.on('close', () => {
      if (!ended) {
        const clean =
          headers !== undefined &&
          streamError === undefined &&
          stream.rstCode === constants.NGHTTP2_NO_ERROR &&
          stream.readableEnded;
        failure ??= clean ? replyError(url, headers!, trailers) : closedError(url, session, stream, streamError);
        ended = true;
        release();
        rouse();
      }
      // Without a head nobody holds the iterator: the promise is the place for the error.
      if (headers === undefined) reject(failure ?? new ConnectError('the reply has no head', Code.Unknown));
    });
    if (timeoutMs !== undefined) {
      const late = () =>
        fail(transportError('deadline', `the call did not end within ${timeoutMs} ms`, { url, sent: true }));
      timer = setTimeout(late, Math.min(timeoutMs, 2_147_483_647));
    }
    signal?.addEventListener('abort', onAbort);
    void send();
  });
};
