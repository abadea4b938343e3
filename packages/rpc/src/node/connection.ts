import { type ClientHttp2Session, connect, constants, type SecureClientSessionOptions } from 'node:http2';
import { transportError } from '../transport/failure.js';
import type { TransportFailure } from '../transport/types.js';

export interface KeepAlive {
  /** Silence during a call after which the server is asked whether it is still there. Default 10,000. */
  readonly intervalMs?: number | undefined;
  /** Time for its answer. Default 10,000. */
  readonly timeoutMs?: number | undefined;
}

export interface ConnectionOptions {
  readonly url: string;
  readonly connectTimeoutMs: number;
  readonly keepAlive: KeepAlive | false;
  readonly secure: SecureClientSessionOptions;
}

/** One session and what is known of it. */
export interface Session {
  readonly http2: ClientHttp2Session;
  /** Why the session ended, when it was not the server's wish. */
  failure: { readonly reason: TransportFailure; readonly message: string; readonly cause?: unknown } | undefined;
  /** Something has arrived since the last look. */
  heard: boolean;
  /** A call begins: the process stays alive for it. */
  enter(): void;
  leave(): void;
}

/** The connection to one endpoint: made on demand, made again when it is lost. */
export interface Connection {
  /** The open session, if there is one: the way without a promise. */
  readonly ready: Session | undefined;
  /** Opens a session, or joins the attempt under way. Ends early with `signal`. */
  open(signal: AbortSignal | undefined, timeoutMs: number | undefined): Promise<Session>;
  close(): void;
}

interface Waiter {
  resolve(session: Session): void;
  reject(error: unknown): void;
}

/** Smallest interval after a server complained of too many pings, and the factor on each complaint. */
const PATIENCE = 2;

export const connectionTo = ({ url, connectTimeoutMs, keepAlive, secure }: ConnectionOptions): Connection => {
  let ready: Session | undefined;
  let opening: { readonly waiters: Set<Waiter>; abandon(): void } | undefined;
  let pingIntervalMs = keepAlive === false ? Number.POSITIVE_INFINITY : (keepAlive.intervalMs ?? 10_000);
  const pingTimeoutMs = keepAlive === false ? 0 : (keepAlive.timeoutMs ?? 10_000);
  const live = new Set<ClientHttp2Session>();

  const watch = (http2: ClientHttp2Session): Session => {
    let calls = 0;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const stopClock = () => {
      clearTimeout(timer);
      timer = undefined;
    };
    const tick = (): void => {
      if (calls === 0) {
        timer = undefined;
        return;
      }
      if (session.heard) {
        session.heard = false;
        timer = setTimeout(tick, pingIntervalMs).unref();
        return;
      }
      timer = setTimeout(() => {
        session.failure ??= {
          reason: 'keep-alive',
          message: `the server did not answer a ping within ${pingTimeoutMs} ms`,
        };
        http2.destroy();
      }, pingTimeoutMs).unref();
      http2.ping((error) => {
        if (error !== null || timer === undefined) return;
        clearTimeout(timer);
        timer = setTimeout(tick, pingIntervalMs).unref();
      });
    };
    const session: Session = {
      http2,
      failure: undefined,
      heard: false,
      enter() {
        calls += 1;
        if (calls > 1) return;
        if (!http2.destroyed) http2.ref();
        // Left running between calls: a timer for each would cost more than the one that finds nothing to do.
        if (timer === undefined && Number.isFinite(pingIntervalMs)) timer = setTimeout(tick, pingIntervalMs).unref();
      },
      leave() {
        calls -= 1;
        if (calls > 0) return;
        if (!http2.destroyed) http2.unref();
      },
    };
    const lost = () => {
      if (ready === session) ready = undefined;
    };
    http2.on('error', (cause) => {
      session.failure ??= { reason: 'closed', message: `the connection was lost: ${cause.message}`, cause };
      lost();
    });
    http2.on('goaway', (code) => {
      lost();
      // The standard's answer to "too many pings".
      if (code === constants.NGHTTP2_ENHANCE_YOUR_CALM) pingIntervalMs *= PATIENCE;
    });
    http2.on('close', () => {
      stopClock();
      live.delete(http2);
      lost();
    });
    return session;
  };

  const start = () => {
    const waiters = new Set<Waiter>();
    const http2 = connect(url, {
      ...secure,
      // Replies are read at once, so there is no reason to make the server wait.
      settings: { enablePush: false, initialWindowSize: 1024 * 1024 },
      maxSessionMemory: 1024,
    });
    live.add(http2);
    const settle = (act: (waiter: Waiter) => void): void => {
      clearTimeout(timer);
      http2.removeListener('error', onError);
      http2.removeListener('close', onClose);
      opening = undefined;
      for (const each of waiters) act(each);
    };
    const fail = (reason: TransportFailure, message: string, cause?: unknown): void => {
      const error = transportError(reason, message, { url, sent: false, cause });
      settle((each) => each.reject(error));
      // Whatever the dying session still has to say was said by `error`.
      http2.on('error', () => {});
      http2.destroy();
      live.delete(http2);
    };
    const onError = (cause: Error) => fail('connect', `cannot connect to ${url}: ${cause.message}`, cause);
    const onClose = () => fail('connect', `cannot connect to ${url}: the server closed the connection`);
    const timer = setTimeout(
      () => fail('connect-timeout', `cannot connect to ${url} within ${connectTimeoutMs} ms`),
      connectTimeoutMs,
    );
    http2.on('error', onError);
    http2.on('close', onClose);
    // Not 'connect': only its settings show that a server that speaks HTTP/2 is there.
    http2.once('remoteSettings', () => {
      ready = watch(http2);
      http2.setLocalWindowSize(8 * 1024 * 1024);
      http2.unref();
      settle((each) => each.resolve(ready!));
    });
    return {
      waiters,
      abandon: () => fail('aborted', `the connection to ${url} was given up`),
    };
  };

  return {
    get ready() {
      // 'close' comes a turn after the end of a session.
      if (ready?.http2.closed === true || ready?.http2.destroyed === true) ready = undefined;
      return ready;
    },
    open(signal, timeoutMs) {
      if (ready !== undefined) return Promise.resolve(ready);
      return new Promise((resolve, reject) => {
        opening ??= start();
        const attempt = opening;
        let timer: ReturnType<typeof setTimeout> | undefined;
        const finish = () => {
          attempt.waiters.delete(waiter);
          clearTimeout(timer);
          signal?.removeEventListener('abort', onAbort);
        };
        const waiter: Waiter = {
          resolve(session) {
            finish();
            resolve(session);
          },
          reject(error) {
            finish();
            reject(error);
          },
        };
        const giveUp = (error: unknown) => {
          waiter.reject(error);
          // Nobody else waits for this connection.
          if (attempt.waiters.size === 0 && opening === attempt) attempt.abandon();
        };
        const onAbort = () =>
          giveUp(transportError('aborted', 'the call was aborted', { url, sent: false, cause: signal?.reason }));
        attempt.waiters.add(waiter);
        signal?.addEventListener('abort', onAbort);
        if (timeoutMs !== undefined) {
          const late = () =>
            giveUp(transportError('deadline', `the call did not end within ${timeoutMs} ms`, { url, sent: false }));
          timer = setTimeout(late, timeoutMs);
        }
      });
    },
    close() {
      opening?.abandon();
      ready = undefined;
      for (const http2 of live) http2.destroy();
    },
  };
};
