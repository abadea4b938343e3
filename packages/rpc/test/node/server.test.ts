import { connect as connectHttp2, constants } from 'node:http2';
import { gzipSync } from 'node:zlib';
import { fromBinary } from '@bufbuild/protobuf';
import { createClient } from '@connectrpc/connect';
import * as grpc from '@grpc/grpc-js';
import { isError } from '@somakit/core';
import { afterEach, describe, expect, it } from 'vitest';
import { createNodeTransport } from '../../src/node/index.js';
import { GetServiceInfoResponseSchema, Health, LedgerService } from '../../src/proto/index.js';
import {
  type CallReport,
  implement,
  type RpcServer,
  type RpcServerOptions,
  startRpcServer,
} from '../../src/server/index.js';
import { encodeFrame } from '../../src/wire/frames.js';
import { exampleServices } from '../support/services.js';
import { dial, until } from '../support/sockets.js';

const running: RpcServer[] = [];
const start = async (options: RpcServerOptions = {}): Promise<RpcServer> => {
  const server = await startRpcServer({ ...exampleServices(), ...options });
  running.push(server);
  return server;
};
afterEach(async () => {
  for (const each of running.splice(0)) await each.close();
});

const EMPTY = Buffer.alloc(5);

/** One gRPC call over bare HTTP/2, with everything that a client library would not let us do. */
const bare = (url: string, path: string, body: Uint8Array, headers: Record<string, string> = {}) =>
  new Promise<{
    status: number;
    grpc: string | undefined;
    message: string | undefined;
    body: Buffer;
    headers: Record<string, unknown>;
  }>((resolve, reject) => {
    const session = connectHttp2(url);
    session.on('error', reject);
    const stream = session.request({
      ':method': 'POST',
      ':path': path,
      'content-type': 'application/grpc',
      te: 'trailers',
      ...headers,
    });
    let head: Record<string, unknown> = {};
    let tail: Record<string, unknown> = {};
    const parts: Buffer[] = [];
    stream.on('response', (received) => {
      head = received;
    });
    stream.on('trailers', (received) => {
      tail = received;
    });
    stream.on('data', (part: Buffer) => parts.push(part));
    stream.on('error', () => {});
    stream.on('close', () => {
      session.destroy();
      const all = { ...head, ...tail };
      resolve({
        status: Number(head[':status']),
        grpc: all['grpc-status'] as string | undefined,
        message: all['grpc-message'] as string | undefined,
        body: Buffer.concat(parts),
        headers: all,
      });
    });
    stream.end(body);
  });

const INFO = '/soma.rpc.LedgerService/GetServiceInfo';

describe('the server and malformed requests', () => {
  it.each([
    ['no message', new Uint8Array(), {}, '13', 'Missing request message.'],
    ['a cut prefix', Uint8Array.of(0, 0), {}, '13', 'Unexpected EOF decoding stream.'],
    ['a cut message', Uint8Array.of(0, 0, 0, 0, 9, 1), {}, '13', 'Unexpected EOF decoding stream.'],
    ['bytes that are no message', encodeFrame(Uint8Array.of(0xff)), {}, '13', /^failed to decode Protobuf message: /],
    [
      'a length over the limit',
      Uint8Array.of(0, 0x10, 0, 0, 0, 1),
      {},
      '11',
      'Error, decoded message length too large: found 268435456 bytes, the limit is: 4194304 bytes',
    ],
    ['flags that nobody knows', Uint8Array.of(7, 0, 0, 0, 0), {}, '13', /invalid flags: 7/],
    ['the compressed flag without an encoding', Uint8Array.of(1, 0, 0, 0, 0), {}, '13', /compressed-flag/],
    [
      'an encoding that is not known',
      encodeFrame(new Uint8Array(3), 1),
      { 'grpc-encoding': 'br' },
      '12',
      "Content is compressed with `br` which isn't supported",
    ],
    ['broken gzip', encodeFrame(new Uint8Array(30), 1), { 'grpc-encoding': 'gzip' }, '13', /not valid gzip/],
    ['broken zstd', encodeFrame(new Uint8Array(30), 1), { 'grpc-encoding': 'zstd' }, '13', /not valid zstd/],
    [
      'a gzip bomb',
      encodeFrame(gzipSync(new Uint8Array(50_000_000)), 1),
      { 'grpc-encoding': 'gzip' },
      '11',
      /length too large/,
    ],
  ])('refuses %s', async (_name, body, headers, code, message) => {
    const { url } = await start();
    const reply = await bare(url, INFO, body, headers);
    expect([reply.status, reply.grpc, reply.body.length]).toEqual([200, code, 0]);
    expect(decodeURIComponent(reply.message ?? '')).toEqual(
      message instanceof RegExp ? expect.stringMatching(message) : message,
    );
  });

  it('ignores what follows the first message', async () => {
    const { url } = await start();
    expect(await bare(url, INFO, Buffer.concat([EMPTY, EMPTY]))).toMatchObject({ grpc: '0' });
  });

  it('does not look at the content type of a call over HTTP/2', async () => {
    const { url } = await start();
    expect(await bare(url, INFO, EMPTY, { 'content-type': 'application/grpc+proto' })).toMatchObject({ grpc: '0' });
  });

  it('answers UNIMPLEMENTED for an unknown method and 404 for an unknown path', async () => {
    const { url } = await start();
    expect(await bare(url, '/soma.rpc.LedgerService/Nothing', EMPTY)).toMatchObject({ status: 200, grpc: '12' });
    expect(await bare(url, '/nobody/Nothing', EMPTY)).toMatchObject({ status: 404 });
    const bcs = await start({ services: [], unknownPaths: 'unimplemented' });
    expect(await bare(bcs.url, '/gas', EMPTY)).toMatchObject({ status: 200, grpc: '12' });
  });

  it('sends the headers of the host with every answer, errors too', async () => {
    const { url } = await start({ headers: () => ({ 'x-soma-epoch': '7' }) });
    expect((await bare(url, INFO, EMPTY)).headers['x-soma-epoch']).toBe('7');
    expect((await bare(url, '/soma.rpc.LedgerService/Nothing', EMPTY)).headers['x-soma-epoch']).toBe('7');
  });

  it('reads requests in gzip and answers in what the client offers', async () => {
    const { url } = await start();
    const body = encodeFrame(gzipSync(Uint8Array.of(0x0a, 4, ...Buffer.from('9000'))), 1);
    const reply = await bare(url, '/soma.rpc.LedgerService/GetObject', body, {
      'grpc-encoding': 'gzip',
      'grpc-accept-encoding': 'identity,deflate,gzip',
    });
    expect([reply.grpc, reply.headers['grpc-encoding'], reply.body[0]]).toEqual(['0', 'gzip', 1]);
    expect(reply.body.length).toBeLessThan(2000);
  });
});

describe('the server and connections that misbehave', () => {
  const limits = { firstBytesMs: 80, headersMs: 80, requestMs: 120, idleMs: 80, pingIntervalMs: 60, pingTimeoutMs: 60 };

  it.each([
    ['sends nothing', ''],
    ['stops within the first bytes', 'PR'],
    ['sends its headers drop by drop', 'POST / HTTP/1.1\r\nhost: x\r\n'],
    [
      'never ends its body',
      `POST ${INFO} HTTP/1.1\r\nhost: x\r\ncontent-type: application/grpc-web\r\ncontent-length: 100\r\n\r\nabc`,
    ],
    ['stops after the preface of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    ['speaks garbage after the preface of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\ngarbage and more garbage'],
    ['speaks garbage', '\x16\x03\x01\x02\x00 this is TLS'],
    ['keeps an idle connection', `GET /none HTTP/1.1\r\nhost: x\r\n\r\n`],
  ])('closes one that %s', async (_name, text) => {
    const server = await start({ limits });
    const { socket, closed } = dial(server.port);
    socket.write(Buffer.from(text, 'latin1'));
    await closed;
    await until(() => server.connections === 0);
  });

  it('closes an HTTP/2 peer that no longer answers pings', async () => {
    const server = await start({ limits });
    const { socket, closed } = dial(server.port);
    // Preface and empty settings, then silence.
    socket.write(
      Buffer.concat([Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0])]),
    );
    await closed;
    await until(() => server.connections === 0);
  });

  it('resets a call whose request does not end', async () => {
    const server = await start({ limits });
    const session = connectHttp2(server.url);
    session.on('error', () => {});
    const stream = session.request({
      ':method': 'POST',
      ':path': INFO,
      'content-type': 'application/grpc',
      te: 'trailers',
    });
    stream.on('error', () => {});
    stream.write(Buffer.alloc(3));
    await new Promise((resolve) => stream.on('close', resolve));
    expect(stream.rstCode).toBe(constants.NGHTTP2_CANCEL);
    session.destroy();
    await until(() => server.calls === 0);
  });

  it('takes no more connections than it may', async () => {
    const server = await start({ limits: { maxConnections: 2 } });
    const first = [dial(server.port), dial(server.port)];
    await until(() => server.connections === 2);
    await dial(server.port).closed;
    expect(server.connections).toBe(2);
    for (const { socket } of first) socket.destroy();
  });

  it('bounds what is on its way in, over all calls', async () => {
    const server = await start({ limits: { maxBufferedBytes: 1000 } });
    expect(await bare(server.url, INFO, Buffer.alloc(2000))).toMatchObject({ grpc: '8' });
    expect(await bare(server.url, INFO, EMPTY)).toMatchObject({ grpc: '0' });
  });
});

describe('the server and its calls', () => {
  it('ends a handler when the caller leaves, and reports it', async () => {
    const example = exampleServices();
    const reports: CallReport[] = [];
    const server = await start({ ...example, onCall: (report) => reports.push(report) });
    const transport = createNodeTransport({ url: server.url });
    const controller = new AbortController();
    const call = transport.unary(LedgerService.method.getObject, controller.signal, undefined, undefined, {
      objectId: 'hang',
    });
    await until(() => example.seen.started === 1);
    controller.abort();
    await expect(call).rejects.toMatchObject({ code: 1 });
    await until(() => example.seen.aborts.length === 1 && reports.length === 1 && server.calls === 0);
    expect(reports[0]).toMatchObject({
      path: '/soma.rpc.LedgerService/GetObject',
      protocol: 'grpc',
      code: 'CANCELLED',
    });
    transport.close();
  });

  it('loses no call of a client that leaves thousands of streams', async () => {
    const { url } = await start();
    const told: number[] = [];
    const open = () => {
      const session = connectHttp2(url);
      session.on('error', () => {});
      session.on('goaway', (code) => told.push(code));
      return session;
    };
    const request = (session: ReturnType<typeof open>, path: string) =>
      session.request({ ':method': 'POST', ':path': path, 'content-type': 'application/grpc', te: 'trailers' });
    let session = open();
    let answered = 0;
    for (let i = 0; i < 60; i++) {
      // As clients do that heed it: what runs goes on, what is new takes another connection.
      if (told.length > 0 && session.closed) session = open();
      const info = request(session, INFO).end(EMPTY);
      info.on('error', () => {});
      const waits = Array.from({ length: 50 }, async () => {
        const stream = request(session, '/soma.rpc.SubscriptionService/SubscribeCheckpoints');
        stream.on('error', () => {});
        stream.end(encodeFrame(Uint8Array.of(0x0a, 6, 0x0a, 4, ...Buffer.from('hang'))));
        await new Promise((resolve) => stream.once('response', resolve).once('close', resolve));
        const failed = stream.rstCode;
        stream.close(constants.NGHTTP2_CANCEL);
        return failed;
      });
      const done = new Promise<void>((resolve) => info.once('close', resolve));
      info.on('trailers', (trailers) => {
        if (trailers['grpc-status'] === '0') answered += 1;
      });
      info.resume();
      expect(new Set(await Promise.all(waits))).toEqual(new Set([0]));
      await done;
    }
    session.destroy();
    expect([answered, new Set(told)]).toEqual([60, new Set([0])]);
    expect(told.length).toBeGreaterThan(1);
  });

  it('ends a handler at the deadline of the caller', async () => {
    const example = exampleServices();
    const server = await start(example);
    const reply = await bare(
      server.url,
      '/soma.rpc.LedgerService/GetObject',
      encodeFrame(Uint8Array.of(0x0a, 4, ...Buffer.from('hang'))),
      { 'grpc-timeout': '40m' },
    );
    expect(reply.grpc).toBe('4');
    await until(() => example.seen.aborts.length === 1);
  });

  it('reports sizes, codes and defects', async () => {
    const reports: CallReport[] = [];
    const { url } = await start({ onCall: (report) => reports.push(report) });
    await bare(url, INFO, EMPTY);
    await bare(url, '/soma.rpc.LedgerService/GetObject', encodeFrame(Uint8Array.of(0x0a, 6, ...Buffer.from('defect'))));
    expect(reports).toMatchObject([
      { code: 'OK', requestBytes: 5, responseBytes: 35, peer: '127.0.0.1' },
      { code: 'INTERNAL', message: 'internal error', defect: expect.any(TypeError) },
    ]);
  });

  it('loses no answer when it drains, and ends streams', async () => {
    let release: () => void = () => {};
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    let waiting = 0;
    const server = await start({
      services: [
        implement(LedgerService, {
          async getServiceInfo() {
            waiting += 1;
            await gate;
            return { chain: 'late' };
          },
        }),
      ],
    });
    const transports = Array.from({ length: 4 }, () => createNodeTransport({ url: server.url }));
    const calls = transports.flatMap((transport) =>
      Array.from({ length: 25 }, () => createClient(LedgerService, transport).getServiceInfo({})),
    );
    const told: number[] = [];
    const watch = (async () => {
      for await (const { status } of createClient(Health, transports[0]!).watch({})) told.push(status);
    })().catch((error: unknown) => error);
    await until(() => waiting === 100 && told.length === 1);
    const drained = server.drain();
    setTimeout(release, 50);
    expect((await Promise.all(calls)).every(({ chain }) => chain === 'late')).toBe(true);
    await drained;
    await watch;
    expect(told).toEqual([1, 2]);
    expect([server.connections, server.calls]).toEqual([0, 0]);
    await expect(createClient(LedgerService, transports[0]!).getServiceInfo({})).rejects.toMatchObject({ code: 14 });
    for (const each of transports) each.close();
  });

  it('cuts off what does not end in time when it drains', async () => {
    const server = await start();
    const transport = createNodeTransport({ url: server.url });
    const call = transport.unary(LedgerService.method.getObject, undefined, undefined, undefined, { objectId: 'hang' });
    call.catch(() => {});
    await until(() => server.calls === 1);
    await server.drain({ timeoutMs: 30 });
    await expect(call).rejects.toMatchObject({ code: 14 });
    transport.close();
  });

  it('says when its port is taken', async () => {
    const { port } = await start();
    const error = await startRpcServer({ port }).catch((reason: unknown) => reason);
    expect(isError(error, 'PORT_IN_USE') && error.context.port === port).toBe(true);
  });
});

describe('the server and plain HTTP', () => {
  it('answers preflights and shows the status of failed calls to pages', async () => {
    const { url } = await start({ exposeHeaders: ['x-soma-epoch'] });
    const preflight = await fetch(url + INFO, {
      method: 'OPTIONS',
      headers: {
        origin: 'http://a.example',
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'x-grpc-web,authorization',
      },
    });
    expect([
      preflight.status,
      preflight.headers.get('access-control-allow-origin'),
      preflight.headers.get('access-control-allow-headers'),
    ]).toEqual([200, '*', 'x-grpc-web,authorization']);
    const reply = await fetch(url + INFO, {
      method: 'POST',
      headers: { 'content-type': 'application/grpc-web+proto' },
      body: EMPTY,
    });
    expect(reply.headers.get('access-control-expose-headers')).toBe(
      'grpc-status, grpc-message, grpc-status-details-bin, grpc-encoding, grpc-accept-encoding, x-soma-epoch',
    );
  });

  it('serves gRPC-Web as text', async () => {
    const { url } = await start();
    const reply = await fetch(url + INFO, {
      method: 'POST',
      headers: { 'content-type': 'application/grpc-web-text' },
      body: 'AAAAAAA=',
    });
    const bytes = Buffer.from(await reply.text(), 'base64');
    expect(fromBinary(GetServiceInfoResponseSchema, bytes.subarray(5, 5 + bytes[4]!))).toMatchObject({
      chain: 'localnet',
    });
    expect(bytes.subarray(5 + bytes[4]!).toString('latin1')).toContain('grpc-status: 0');
  });

  it('serves JSON, and plain routes beside it', async () => {
    const { url } = await start({
      http: (request, response) => {
        if (request.url !== '/metrics') return false;
        response.end('fine');
        return true;
      },
    });
    const json = await fetch(url + INFO, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{}',
    });
    expect(await json.json()).toEqual({ chain: 'localnet', epoch: '3', server: 'soma-node/0.1.21' });
    expect(await (await fetch(`${url}/metrics`)).text()).toBe('fine');
    expect((await fetch(`${url}/other`)).status).toBe(404);
    expect(
      (await fetch(url + INFO, { method: 'POST', headers: { 'content-type': 'application/grpc' }, body: EMPTY }))
        .status,
    ).toBe(400);
    expect(
      (
        await fetch(`${url}/faucet.Faucet/RequestGas`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: '{}',
        })
      ).status,
    ).toBe(415);
  });
});

describe('grpc-js', () => {
  const invoke = (client: grpc.Client, path: string, body: Buffer) =>
    new Promise<Buffer>((resolve, reject) => {
      const pass = (bytes: Buffer) => bytes;
      client.makeUnaryRequest(path, pass, pass, body, (error, value) =>
        error === null ? resolve(value!) : reject(error),
      );
    });

  it('is served protobuf and raw bodies', async () => {
    const server = await start();
    const client = new grpc.Client(`127.0.0.1:${server.port}`, grpc.credentials.createInsecure());
    expect(fromBinary(GetServiceInfoResponseSchema, await invoke(client, INFO, Buffer.alloc(0)))).toMatchObject({
      chain: 'localnet',
    });
    expect(await invoke(client, '/faucet.Faucet/RequestGas', Buffer.from('abc'))).toEqual(Buffer.from('cba'));
    await expect(invoke(client, '/faucet.Faucet/Refuse', Buffer.alloc(0))).rejects.toMatchObject({
      code: 3,
      details: 'Invalid address',
    });
    client.close();
  });

  it('reads a stream', async () => {
    const server = await start();
    const client = new grpc.Client(`127.0.0.1:${server.port}`, grpc.credentials.createInsecure());
    const pass = (bytes: Buffer) => bytes;
    // A mask with the one path `3`.
    const call = client.makeServerStreamRequest(
      '/soma.rpc.SubscriptionService/SubscribeCheckpoints',
      pass,
      pass,
      Buffer.from([0x0a, 3, 0x0a, 1, 0x33]),
    );
    let count = 0;
    for await (const _ of call) count += 1;
    expect(count).toBe(3);
    client.close();
  });
});
