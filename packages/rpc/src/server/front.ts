import type { Server as HttpServer, IncomingMessage, ServerResponse } from 'node:http';
import type { Http2Server, ServerHttp2Session, ServerHttp2Stream } from 'node:http2';
import { createServer, type Server, type Socket } from 'node:net';
import type { RpcServerLimits } from './limits.js';
import { countResets, type ResetCount } from './resets.js';

type State = 'first' | 'headers' | 'request' | 'handling' | 'idle' | 'http2';

interface Entry {
  state: State;
  since: number;
  session?: ServerHttp2Session;
  settled?: boolean;
  pinged?: number | undefined;
}

/** The one port: it looks at the first bytes of a connection and hands it to the HTTP/2 or the HTTP/1 server. */
export interface Front {
  readonly server: Server;
  readonly connections: number;
  /** What is known of a session's resets. */
  resetsOf(session: ServerHttp2Session | undefined): ResetCount | undefined;
  /** Closes what has overstayed; called by the server's clock. */
  sweep(now: number): void;
  /** No new connections, no new calls; open calls go on. */
  retire(): void;
  /** Resolves when no connection is left. */
  idle(): Promise<void>;
  /** Closes every connection now. */
  destroy(): void;
}

const PREFACE = 'PRI';

/** Which server these first bytes are for, or undefined while that cannot be told. */
const kindOf = (bytes: Uint8Array): 'http1' | 'http2' | undefined => {
  for (let i = 0; i < PREFACE.length; i++) {
    if (i >= bytes.length) return undefined;
    if (bytes[i] !== PREFACE.charCodeAt(i)) return 'http1';
  }
  return 'http2';
};

/** In a GOAWAY: whatever is on its way here is still served. */
const LAST_STREAM = 2 ** 31 - 1;

export const createFront = (http1: HttpServer, http2: Http2Server, limits: RpcServerLimits): Front => {
  const book = new Map<Socket, Entry>();
  const resets = new WeakMap<ServerHttp2Session, ResetCount>();
  const waiters = new Set<() => void>();
  let retired = false;
  // The session's own `socket` is a proxy that no map finds, so the entry is handed over here.
  let entering: Entry | undefined;

  const enter = (socket: Socket, entry: Entry): void => {
    let first: Buffer | undefined;
    const onData = (chunk: Buffer): void => {
      first = first === undefined ? chunk : Buffer.concat([first, chunk]);
      const kind = kindOf(first);
      if (kind === undefined) return;
      socket.removeListener('data', onData);
      socket.pause();
      socket.unshift(first);
      entry.since = performance.now();
      if (kind === 'http2') {
        entry.state = 'http2';
        // 'session' is emitted before this returns, and the session reads what was put back by itself.
        entering = entry;
        http2.emit('connection', socket);
        entering = undefined;
      } else {
        entry.state = 'headers';
        http1.emit('connection', socket);
        socket.resume();
      }
    };
    socket.on('data', onData);
  };

  const server = createServer({ noDelay: true, allowHalfOpen: false }, (socket) => {
    socket.on('error', () => {});
    if (book.size >= limits.maxConnections || retired) {
      socket.destroy();
      return;
    }
    const entry: Entry = { state: 'first', since: performance.now() };
    book.set(socket, entry);
    socket.on('close', () => {
      book.delete(socket);
      if (book.size === 0) for (const each of waiters) each();
    });
    enter(socket, entry);
  });

  http2.on('session', (session) => {
    const entry = entering;
    session.on('error', () => {});
    if (entry === undefined) return;
    entry.session = session;
    session.once('remoteSettings', () => {
      entry.settled = true;
    });
    // Uploads of several streams share this window; the default of 64 KiB would make them wait for each other.
    session.setLocalWindowSize(8 * 1024 * 1024);
    const count = countResets();
    resets.set(session, count);
    let left = false;
    const onClose = function (this: ServerHttp2Stream): void {
      if (this.rstCode === 0 || !count.spend() || left || session.destroyed) return;
      // Better asked to move than dropped. Most clients lose nothing by it; the others have been slowed down before.
      left = true;
      session.goaway(0, LAST_STREAM);
    };
    session.on('stream', (stream) => {
      stream.on('close', onClose);
    });
    if (retired) session.close();
  });

  http1.on('request', (request: IncomingMessage, response: ServerResponse) => {
    const entry = book.get(request.socket);
    if (entry === undefined) return;
    entry.state = 'request';
    entry.since = performance.now();
    request.once('end', () => {
      if (entry.state === 'request') entry.state = 'handling';
    });
    response.once('finish', () => {
      entry.state = 'idle';
      entry.since = performance.now();
      if (retired) request.socket.end();
    });
    if (retired) response.setHeader('connection', 'close');
  });

  const overstayed = (entry: Entry, now: number): boolean => {
    const age = now - entry.since;
    switch (entry.state) {
      case 'first':
        return age > limits.firstBytesMs;
      case 'headers':
        return age > limits.headersMs;
      case 'request':
        return age > limits.requestMs;
      case 'idle':
        return age > limits.idleMs;
      case 'http2':
        return (
          (entry.settled !== true && age > limits.headersMs) ||
          (entry.pinged !== undefined && now - entry.pinged > limits.pingTimeoutMs)
        );
      default:
        return false;
    }
  };

  const ping = (entry: Entry, now: number): void => {
    const { session } = entry;
    if (
      session === undefined ||
      session.destroyed ||
      entry.pinged !== undefined ||
      now - entry.since < limits.pingIntervalMs
    )
      return;
    entry.pinged = now;
    entry.since = now;
    session.ping((error) => {
      if (error === null) entry.pinged = undefined;
    });
  };

  return {
    server,
    get connections() {
      return book.size;
    },
    resetsOf: (session) => (session === undefined ? undefined : resets.get(session)),
    sweep(now) {
      for (const [socket, entry] of book) {
        if (overstayed(entry, now)) {
          entry.session?.destroy();
          socket.destroy();
        } else if (entry.state === 'http2') ping(entry, now);
      }
    },
    retire() {
      retired = true;
      server.close();
      for (const [socket, entry] of book) {
        if (entry.session !== undefined) entry.session.close();
        else if (entry.state === 'idle' || entry.state === 'first') socket.destroy();
      }
    },
    idle: () =>
      book.size === 0
        ? Promise.resolve()
        : new Promise((resolve) => {
            waiters.add(resolve);
          }),
    destroy() {
      retired = true;
      server.close();
      for (const [socket, entry] of book) {
        entry.session?.destroy();
        socket.destroy();
      }
    },
  };
};
