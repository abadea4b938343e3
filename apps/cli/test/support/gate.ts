import { type ClientHttp2Session, connect, createServer, type ServerHttp2Session } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { Transform } from 'node:stream';
import { atTheEnd } from './somakit.js';

/** What becomes of a call: it goes through, it never arrives, or it is done and its answer never comes. */
export type Fate = 'pass' | 'never-arrives' | 'never-answered';

/** A gRPC gate before a node: a test can hold a program at any call, for as long as it likes. */
export interface Gate {
  readonly url: string;
  /** Decides on each call by its method's name, and on each message of a subscription; replaces the earlier rule. */
  rule(decide: (method: string) => Fate | Promise<Fate>): void;
  /** Resolves with the first call that is held. */
  held(): Promise<string>;
}

const HOP = new Set(['connection', 'transfer-encoding']);
const plain = (headers: Record<string, unknown>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      (name.startsWith(':') && name !== ':method' && name !== ':path') || HOP.has(name) ? [] : [[name, String(value)]],
    ),
  );

export const gateTo = async (target: string): Promise<Gate> => {
  let decide: (method: string) => Fate | Promise<Fate> = () => 'pass';
  let waiting: ((method: string) => void)[] = [];
  const tell = (method: string) => {
    for (const resolve of waiting.splice(0)) resolve(method);
  };
  const sessions = new Set<ServerHttp2Session>();
  let upstream: ClientHttp2Session | undefined;
  const session = (): ClientHttp2Session => {
    if (upstream === undefined || upstream.closed || upstream.destroyed) {
      upstream = connect(target);
      upstream.on('error', () => {});
    }
    return upstream;
  };
  // A subscription may be older than the rule that holds it.
  const sieve = (method: string): Transform => {
    let silent = false;
    return new Transform({
      transform: async (part, _, done) => {
        silent ||= (await decide(method)) !== 'pass';
        done(null, silent ? undefined : part);
      },
    });
  };
  const server = createServer();
  server.on('session', (each) => {
    sessions.add(each);
    each.on('close', () => sessions.delete(each));
    each.on('error', () => {});
  });
  server.on('stream', async (stream, headers) => {
    stream.on('error', () => {});
    const method = String(headers[':path']).split('/').at(-1) ?? '';
    const fate = await decide(method);
    if (fate === 'never-arrives') return tell(method);
    const call = session().request(plain(headers), { endStream: false });
    call.on('error', () => stream.close());
    stream.on('close', () => call.close());
    stream.pipe(call);
    if (fate === 'never-answered') {
      call.resume();
      call.on('end', () => tell(method));
      return;
    }
    let trailers: Record<string, string> = {};
    call.on('trailers', (each) => {
      trailers = plain(each);
    });
    call.on('response', (each, flags) => {
      if (stream.destroyed) return;
      const answer = { ':status': each[':status'] ?? 200, ...plain(each) };
      // A failure has its status in the first headers, and no body.
      if ((flags & 1) !== 0) return stream.respond(answer, { endStream: true });
      stream.respond(answer, { waitForTrailers: true });
      stream.on('wantTrailers', () => {
        if (!stream.destroyed) stream.sendTrailers(trailers);
      });
      if (method.startsWith('Subscribe')) call.pipe(sieve(method)).pipe(stream);
      else call.pipe(stream);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  atTheEnd(() => {
    upstream?.destroy();
    for (const each of sessions) each.destroy();
    return new Promise<void>((resolve) => server.close(() => resolve()));
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    rule: (rule) => {
      decide = rule;
      waiting = [];
    },
    held: () =>
      new Promise((resolve) => {
        waiting.push(resolve);
      }),
  };
};
