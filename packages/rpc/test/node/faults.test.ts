import {
  constants,
  createServer,
  type Http2Server,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import type { AddressInfo } from 'node:net';
import { Code, ConnectError, createClient } from '@connectrpc/connect';
import { isError } from '@somakit/core';
import { afterEach, describe, expect, it } from 'vitest';
import {
  createFallbackTransport,
  createNodeTransport,
  type NodeTransportOptions,
  transportFailure,
} from '../../src/node/index.js';
import { LedgerService, SubscriptionService } from '../../src/proto/index.js';
import { startRpcServer } from '../../src/server/index.js';
import type { RpcTransport } from '../../src/transport/types.js';
import { encodeFrame } from '../../src/wire/frames.js';
import { exampleServices } from '../support/services.js';
import { listenRaw, until } from '../support/sockets.js';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const each of cleanups.splice(0).reverse()) await each();
});

/** An HTTP/2 server that answers as the test says. */
const misbehaving = async (
  onStream: (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => void,
  onSession: (session: ServerHttp2Session) => void = () => {},
): Promise<{ url: string; server: Http2Server }> => {
  const server = createServer();
  const sessions = new Set<ServerHttp2Session>();
  server.on('session', (session) => {
    sessions.add(session);
    session.on('error', () => {});
    onSession(session);
  });
  server.on('stream', (stream, headers) => {
    stream.on('error', () => {});
    onStream(stream, headers);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanups.push(() => {
    for (const each of sessions) each.destroy();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server };
};

const open = (url: string, options: Partial<NodeTransportOptions> = {}): RpcTransport => {
  const transport = createNodeTransport({ url, ...options });
  cleanups.push(() => transport.close());
  return transport;
};
const example = async () => {
  const services = exampleServices();
  const server = await startRpcServer(services);
  cleanups.push(() => server.close());
  return { server, ...services };
};

const info = (transport: RpcTransport, signal?: AbortSignal, timeoutMs?: number) =>
  transport.unary(LedgerService.method.getServiceInfo, signal, timeoutMs, undefined, {});
const watch = async (transport: RpcTransport, onMessage: () => void = () => {}) => {
  const input = (async function* () {
    yield { readMask: { paths: ['1'] } };
  })();
  const reply = await transport.stream(
    SubscriptionService.method.subscribeCheckpoints,
    undefined,
    undefined,
    undefined,
    input,
  );
  for await (const _ of reply.message) onMessage();
};

const failureOf = async (
  promise: Promise<unknown>,
): Promise<{ code: Code; reason: string | undefined; sent: boolean | undefined; text: string }> => {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(ConnectError);
  const { code, rawMessage } = error as ConnectError;
  const failure = transportFailure(error);
  return { code, reason: failure?.reason, sent: failure?.sent, text: rawMessage };
};

const HEAD = { ':status': 200, 'content-type': 'application/grpc' };
const OK = encodeFrame(new Uint8Array());
const finish = (
  stream: ServerHttp2Stream,
  body: Uint8Array,
  trailers: Record<string, string> = { 'grpc-status': '0' },
  head: object = {},
) => {
  stream.respond({ ...HEAD, ...head }, { waitForTrailers: true });
  stream.on('wantTrailers', () => stream.sendTrailers(trailers));
  stream.end(body);
};

describe('a transport and its server', () => {
  it('says that nobody is there', async () => {
    const { url, close } = await listenRaw(() => {});
    await close();
    expect(await failureOf(info(open(url)))).toMatchObject({ code: Code.Unavailable, reason: 'connect', sent: false });
  });

  it('does not wait longer than it may for a server that says nothing', async () => {
    const { url, close } = await listenRaw(() => {});
    cleanups.push(close);
    expect(await failureOf(info(open(url, { connectTimeoutMs: 60 })))).toMatchObject({
      reason: 'connect-timeout',
      sent: false,
    });
  });

  it('says that something else listens there', async () => {
    const { url, close } = await listenRaw((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    cleanups.push(close);
    expect(await failureOf(info(open(url)))).toMatchObject({ code: Code.Unavailable, reason: 'connect', sent: false });
  });

  it('refuses an address that is none', () => {
    for (const url of ['', 'localhost:9000', 'ftp://x']) {
      expect(() => createNodeTransport({ url })).toThrow(/url must be an http: or https: URL/);
    }
  });

  it.each([
    ['trailers only', { ...HEAD, 'grpc-status': '5', 'grpc-message': 'no%20such' }, Code.NotFound, 'no such'],
    ['a code that nobody knows', { ...HEAD, 'grpc-status': '99', 'grpc-message': 'odd' }, Code.Unknown, 'odd'],
    [
      'details that are no Base64',
      { ...HEAD, 'grpc-status': '3', 'grpc-message': 'bad', 'grpc-status-details-bin': '***' },
      Code.InvalidArgument,
      'bad',
    ],
    [
      'a text with a broken escape',
      { ...HEAD, 'grpc-status': '3', 'grpc-message': '100%' },
      Code.InvalidArgument,
      '100%',
    ],
    ['HTTP 404', { ':status': 404 }, Code.Unimplemented, /404/],
    ['HTTP 503', { ':status': 503, 'content-type': 'text/html' }, Code.Unavailable, /503/],
    ['a web page', { ':status': 200, 'content-type': 'text/html' }, Code.Unknown, /content-type/],
  ])('reads %s', async (_name, head, code, text) => {
    const { url } = await misbehaving((stream) => stream.respond(head, { endStream: true }));
    const failure = await failureOf(info(open(url)));
    expect(failure.code).toBe(code);
    expect(failure.text).toEqual(text instanceof RegExp ? expect.stringMatching(text) : text);
  });

  it.each([
    ['no message', new Uint8Array(), Code.Unimplemented],
    ['half a message', Uint8Array.of(0, 0, 0, 0, 9, 1), Code.Internal],
    ['two messages', Buffer.concat([OK, OK]), Code.Internal],
    ['flags that nobody knows', Uint8Array.of(9, 0, 0, 0, 0), Code.Internal],
    ['trailers of gRPC-Web', Uint8Array.of(0x80, 0, 0, 0, 0), Code.Internal],
    ['the compressed flag without an encoding', Uint8Array.of(1, 0, 0, 0, 0), Code.Internal],
    ['bytes that are no message', encodeFrame(Uint8Array.of(0xff)), Code.Internal],
    ['a length over the limit', Uint8Array.of(0, 0x7f, 0, 0, 0, 1), Code.OutOfRange],
  ])('refuses %s', async (_name, body, code) => {
    const { url } = await misbehaving((stream) => finish(stream, body));
    expect((await failureOf(info(open(url)))).code).toBe(code);
  });

  it('refuses an encoding that it did not offer', async () => {
    const { url } = await misbehaving((stream) =>
      finish(stream, Uint8Array.of(1, 0, 0, 0, 0), undefined, { 'grpc-encoding': 'br' }),
    );
    expect((await failureOf(info(open(url)))).code).toBe(Code.Unimplemented);
  });

  it('keeps fields and enum values that it does not know', async () => {
    // Field 99 with the value 1, then `chain`.
    const { url } = await misbehaving((stream) =>
      finish(stream, encodeFrame(Uint8Array.of(0x98, 0x06, 0x01, 0x12, 0x01, 0x78))),
    );
    const { message } = await info(open(url));
    expect([message.chain, message.$unknown?.length]).toEqual(['x', 1]);
  });

  it('misses a status at the end', async () => {
    const { url } = await misbehaving((stream) => {
      stream.respond(HEAD);
      stream.end(OK);
    });
    expect(await failureOf(info(open(url)))).toMatchObject({ code: Code.Internal, reason: 'protocol', sent: true });
  });

  it.each([
    [constants.NGHTTP2_CANCEL, Code.Canceled],
    [constants.NGHTTP2_INTERNAL_ERROR, Code.Internal],
    [constants.NGHTTP2_ENHANCE_YOUR_CALM, Code.ResourceExhausted],
  ])('tells a reset with code %i', async (reset, code) => {
    const { url } = await misbehaving((stream) => stream.close(reset));
    expect(await failureOf(info(open(url)))).toMatchObject({ code, reason: 'reset', sent: true });
  });

  it('makes a refused call again, and gives up when it is refused again and again', async () => {
    let count = 0;
    const { url } = await misbehaving((stream) => {
      count += 1;
      if (count < 3) stream.close(constants.NGHTTP2_REFUSED_STREAM);
      else finish(stream, OK);
    });
    await info(open(url));
    expect(count).toBe(3);
    count = -10;
    expect(await failureOf(info(open(url)))).toMatchObject({ code: Code.Unavailable, reason: 'refused', sent: false });
  });

  it('sends the request of a refused stream again', async () => {
    let count = 0;
    const bodies: Buffer[] = [];
    const { url } = await misbehaving((stream) => {
      count += 1;
      if (count === 1) {
        stream.close(constants.NGHTTP2_REFUSED_STREAM);
        return;
      }
      stream.on('data', (chunk: Buffer) => bodies.push(chunk));
      stream.on('end', () => finish(stream, OK));
    });
    await watch(open(url));
    expect(Buffer.concat(bodies).subarray(5)).toEqual(Buffer.from([0x0a, 3, 0x0a, 1, 0x31]));
  });

  it('tells that the server died in mid-call, and makes a new connection for the next', async () => {
    let calls = 0;
    const { url } = await misbehaving((stream) => {
      calls += 1;
      if (calls === 1) stream.session?.destroy();
      else finish(stream, OK);
    });
    const transport = open(url);
    expect(await failureOf(info(transport))).toMatchObject({ code: Code.Unavailable, reason: 'closed', sent: true });
    await info(transport);
  });

  it('tells that the server died in mid-stream, after what had arrived', async () => {
    let count = 0;
    const { url } = await misbehaving((stream) => {
      stream.respond(HEAD);
      stream.write(OK);
      stream.write(OK, () => stream.session?.destroy());
    });
    const failure = await failureOf(
      watch(open(url), () => {
        count += 1;
      }),
    );
    expect([failure.code, failure.reason]).toEqual([Code.Unavailable, 'closed']);
    expect(count).toBeLessThanOrEqual(2);
  });

  it('notices a peer that no longer answers pings', async () => {
    // The peer takes everything and answers nothing after its settings.
    const { url, close } = await listenRaw((socket) => {
      socket.write(Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]));
      socket.resume();
    });
    cleanups.push(close);
    const transport = open(url, { keepAlive: { intervalMs: 30, timeoutMs: 40 } });
    expect(await failureOf(info(transport))).toMatchObject({
      code: Code.Unavailable,
      reason: 'keep-alive',
      sent: true,
    });
    expect(await failureOf(watch(transport))).toMatchObject({ reason: 'keep-alive' });
  });

  it('does not take a slow answer for a dead peer', async () => {
    const { url } = await misbehaving((stream) => {
      setTimeout(() => finish(stream, OK), 200);
    });
    await info(open(url, { keepAlive: { intervalMs: 20, timeoutMs: 100 } }));
  });

  it('ends a stalled call at its deadline and tells the server', async () => {
    let rst: number | undefined;
    let timeout: unknown;
    const { url } = await misbehaving((stream, headers) => {
      timeout = headers['grpc-timeout'];
      stream.respond(HEAD);
      stream.write(OK);
      stream.on('close', () => {
        rst = stream.rstCode;
      });
    });
    expect(await failureOf(info(open(url), undefined, 80))).toMatchObject({
      code: Code.DeadlineExceeded,
      reason: 'deadline',
      sent: true,
    });
    await until(() => rst === constants.NGHTTP2_CANCEL);
    expect(timeout).toMatch(/^\d+m$/);
  });

  it('moves to a new connection when the server says goodbye, and loses no call', async () => {
    let sessions = 0;
    const { url } = await misbehaving(
      (stream) => {
        setTimeout(() => finish(stream, OK), 20);
      },
      (session) => {
        sessions += 1;
        if (sessions === 1) setTimeout(() => session.close(), 10);
      },
    );
    const transport = open(url);
    const first = Array.from({ length: 10 }, () => info(transport));
    await until(() => sessions === 1);
    await Promise.all(first);
    await Promise.all(Array.from({ length: 10 }, () => info(transport)));
    expect(sessions).toBe(2);
  });

  it('carries 1,000 calls at once on one connection', async () => {
    const { server } = await example();
    const transport = open(server.url);
    const client = createClient(LedgerService, transport);
    const replies = await Promise.all(
      Array.from({ length: 1000 }, (_, index) => client.getEpoch({ epoch: BigInt(index) })),
    );
    expect(replies.map(({ epoch }) => epoch?.epoch)).toEqual(replies.map((_, index) => BigInt(index)));
    expect(server.connections).toBe(1);
  });

  it('waits its turn where the server allows few calls at once', async () => {
    const server = await startRpcServer({ ...exampleServices(), limits: { maxStreamsPerConnection: 3 } });
    cleanups.push(() => server.close());
    const client = createClient(LedgerService, open(server.url));
    const replies = await Promise.all(
      Array.from({ length: 50 }, (_, index) => client.getEpoch({ epoch: BigInt(index) })),
    );
    expect(replies.length).toBe(50);
  });
});

describe('an aborted call', () => {
  /** What keeps a process alive, or would. */
  const held = () =>
    process.getActiveResourcesInfo().filter((name) => /Timeout|TCP|Connect|TLS|GetAddrInfo/.test(name)).length;

  it.each([
    ['before the connection', 0],
    ['while the connection is made', 1],
    ['while the server works', 2],
    ['in the middle of the reply', 3],
  ])('leaves no timer, socket or call behind: %s', async (_name, stage) => {
    const before = held();
    const controller = new AbortController();
    let reached = stage < 2;
    const peer =
      stage < 2
        ? await listenRaw(() => {
            if (stage === 1) controller.abort();
          })
        : undefined;
    const { url } =
      peer ??
      (await misbehaving((stream) => {
        reached = true;
        if (stage === 3) {
          stream.respond(HEAD);
          stream.write(Uint8Array.of(0, 0, 0, 0, 200, 1));
        }
        setTimeout(() => controller.abort(), 10);
      }));
    if (stage === 0) controller.abort();
    const transport = open(url);
    expect(await failureOf(info(transport, controller.signal, 60_000))).toMatchObject({
      code: Code.Canceled,
      reason: 'aborted',
      sent: stage >= 2,
    });
    expect(reached).toBe(true);
    transport.close();
    await peer?.close();
    for (const each of cleanups.splice(0).reverse()) await each();
    await until(() => held() <= before);
  });

  it('gives up the connection only when nobody else waits for it', async () => {
    const { server } = await example();
    const transport = open(server.url);
    const controller = new AbortController();
    const [first, second] = [failureOf(info(transport, controller.signal)), info(transport)];
    controller.abort();
    expect((await first).reason).toBe('aborted');
    expect((await second).message.chain).toBe('localnet');
  });

  it('leaves no listener on its signal', async () => {
    const { server } = await example();
    const transport = open(server.url);
    const { signal } = new AbortController();
    let listeners = 0;
    const { addEventListener: add, removeEventListener: remove } = signal;
    signal.addEventListener = (...parameters: Parameters<typeof add>) => {
      listeners += 1;
      add.apply(signal, parameters);
    };
    signal.removeEventListener = (...parameters: Parameters<typeof remove>) => {
      listeners -= 1;
      remove.apply(signal, parameters);
    };
    await info(transport, signal);
    await failureOf(transport.unary(LedgerService.method.getObject, signal, undefined, undefined, { objectId: 'bad' }));
    expect(listeners).toBe(0);
  });
});

describe('several endpoints', () => {
  it('are tried in order, and one that is down is left alone for a while', async () => {
    const { url: dead, close } = await listenRaw(() => {});
    await close();
    const { server } = await example();
    const now = 0;
    const transport = createFallbackTransport([open(dead), open(server.url)], { now: () => now, coolDownMs: 100 });
    expect(transport.url).toBe(dead);
    expect((await info(transport)).message.chain).toBe('localnet');
    expect(transport.url).toBe(server.url);
  });

  it('get calls again after a rest, when they say that they are well', async () => {
    const first = await example();
    const { port, url } = first.server;
    const { server } = await example();
    await first.server.close();
    let now = 0;
    const transport = createFallbackTransport([open(url), open(server.url)], { now: () => now, coolDownMs: 100 });
    await info(transport);

    const asked: string[] = [];
    const { services } = exampleServices();
    const again = await startRpcServer({ services, port, onCall: ({ path }) => asked.push(path) });
    cleanups.push(() => again.close());
    again.setServing('', false);
    await info(transport);
    now = 101;
    await info(transport);
    await expect.poll(() => asked).toEqual(['/grpc.health.v1.Health/Check']);
    expect(transport.url).toBe(server.url);

    again.setServing('', true);
    await expect
      .poll(async () => {
        now += 10_000;
        await info(transport);
        return transport.url;
      })
      .toBe(url);
    await info(transport);
    expect(asked.at(-1)).toBe('/soma.rpc.LedgerService/GetServiceInfo');
  });

  it('do not get a call twice that may have been acted on', async () => {
    let calls = 0;
    const { url } = await misbehaving((stream) => {
      calls += 1;
      stream.session?.destroy();
    });
    const { server, seen } = await example();
    const transport = createFallbackTransport([open(url), open(server.url)]);
    expect(
      await failureOf(
        transport.unary(LedgerService.method.getObject, undefined, undefined, undefined, { objectId: '1' }),
      ),
    ).toMatchObject({ reason: 'closed', sent: true });
    expect([calls, seen.started]).toEqual([1, 0]);
    expect((await info(transport)).message.chain).toBe('localnet');
  });

  it('fail with the last error when all are down', async () => {
    const { url, close } = await listenRaw(() => {});
    await close();
    expect(await failureOf(info(createFallbackTransport([open(url), open(url)])))).toMatchObject({ reason: 'connect' });
    expect(() => createFallbackTransport([])).toThrow(/at least one transport/);
  });

  it('pass statuses of a server on', async () => {
    const { server } = await example();
    const transport = createFallbackTransport([open(server.url), open('http://127.0.0.1:1')]);
    const call = transport.unary(LedgerService.method.getObject, undefined, undefined, undefined, {
      objectId: 'missing',
    });
    expect((await failureOf(call)).code).toBe(Code.NotFound);
  });
});

describe('interceptors', () => {
  it('see calls and streams, the last one nearest to the wire', async () => {
    const { server } = await example();
    const seen: string[] = [];
    const transport = open(server.url, {
      interceptors: ['outer', 'inner'].map((name) => (next) => async (request) => {
        seen.push(`${name} ${request.method.name}`);
        request.header.set('x-echo', name);
        return next(request);
      }),
    });
    const { header } = await info(transport);
    expect(header.get('x-echoed')).toBe('inner');
    await watch(transport);
    expect(seen).toEqual([
      'outer GetServiceInfo',
      'inner GetServiceInfo',
      'outer SubscribeCheckpoints',
      'inner SubscribeCheckpoints',
    ]);
  });

  it('are not the place where errors become others', async () => {
    const { url, close } = await listenRaw(() => {});
    await close();
    const error = await info(open(url, { interceptors: [(next) => next] })).catch((reason: unknown) => reason);
    expect(isError((error as ConnectError).cause, 'RPC_TRANSPORT')).toBe(true);
  });
});
