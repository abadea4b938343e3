import { createNodeTransport, type RpcTransport, transportFailure } from '@somakit/rpc/node';
import { LedgerService, StateService, SubscriptionService } from '@somakit/rpc/proto';
import { badRequest, implement, implementRaw, type RpcServer, rpcStatus, startRpcServer } from '@somakit/rpc/server';
import { findPart } from '@somakit/vitest-config/parts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Peer, startPeer } from '../src/peer.js';

const python = findPart('python');
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

interface Answer {
  code: string;
  message?: string;
  details?: string | null;
  body?: string;
  bodies?: string[];
  headers?: Record<string, string>;
  trailers?: Record<string, string>;
}

const INFO = '/soma.rpc.LedgerService/GetServiceInfo';
const OBJECT = '/soma.rpc.LedgerService/GetObject';
const WATCH = '/soma.rpc.SubscriptionService/SubscribeCheckpoints';
/** GetObjectRequest with this id. */
const asking = (id: string): string => hex(Buffer.concat([Buffer.from([0x0a, id.length]), Buffer.from(id)]));

describe.skipIf(python === undefined)('our server with Python grpcio at the other end', () => {
  let peer: Peer;
  let server: RpcServer;
  let target: string;
  const aborts: unknown[] = [];
  const sizes: number[] = [];

  beforeAll(async () => {
    peer = startPeer(python ?? '', 'grpc_peer');
    server = await startRpcServer({
      headers: () => ({ 'x-soma-chain': 'localnet' }),
      services: [
        implement(LedgerService, {
          getServiceInfo: (_request, context) => {
            context.setTrailer('x-last', 'word');
            return { chain: 'localnet' };
          },
          getObject: async ({ objectId = '' }, { signal }) => {
            if (objectId === 'missing') throw rpcStatus('NOT_FOUND', 'Object 0xé not found');
            if (objectId === 'bad') throw badRequest('requests[0].object_id', 'invalid');
            if (objectId === 'hang') {
              await new Promise((resolve) => signal.addEventListener('abort', resolve));
              aborts.push(signal.reason);
            }
            return { object: { contents: new Uint8Array(Number(objectId) || 0).fill(7) } };
          },
        }),
        implement(StateService, {
          getBalance: ({ owner = '' }) => {
            sizes.push(owner.length);
            return { balance: BigInt(owner.length) };
          },
        }),
        implement(SubscriptionService, {
          async *subscribeCheckpoints(_request, { signal }) {
            for (let cursor = 0n; cursor < 5n; cursor++) yield { cursor };
            await new Promise((resolve) => signal.addEventListener('abort', resolve));
            aborts.push(signal.reason);
          },
        }),
      ],
      rawServices: [implementRaw('faucet.Faucet', { RequestGas: (body) => body.slice().reverse() })],
    });
    target = `127.0.0.1:${server.port}`;
  });
  afterAll(async () => {
    await peer.stop();
    await server.close();
  });

  it('answers a unary call with headers and trailers', async () => {
    expect(await peer.call<Answer>('unary', target, INFO, '', {})).toMatchObject({
      code: 'OK',
      body: hex(Buffer.concat([Buffer.from([0x12, 8]), Buffer.from('localnet')])),
      headers: { 'x-soma-chain': 'localnet' },
      trailers: { 'x-last': 'word' },
    });
  });

  it('tells errors, with details whose type has a leading slash and no host', async () => {
    expect(await peer.call<Answer>('unary', target, OBJECT, asking('missing'), {})).toMatchObject({
      code: 'NOT_FOUND',
      message: 'Object 0xé not found',
    });
    const { code, details } = await peer.call<Answer>('unary', target, OBJECT, asking('bad'), {});
    expect(code).toBe('INVALID_ARGUMENT');
    expect(Buffer.from(details ?? '', 'hex').toString('latin1')).toContain('/google.rpc.BadRequest');
    expect(await peer.call<Answer>('unary', target, '/soma.rpc.LedgerService/Nothing', '', {})).toMatchObject({
      code: 'UNIMPLEMENTED',
    });
  });

  it('reads requests in gzip and answers big replies in gzip', async () => {
    const owner = 'a'.repeat(5000);
    const request = hex(Buffer.concat([Buffer.from([0x0a, 0x88, 0x27]), Buffer.from(owner)]));
    expect(
      await peer.call<Answer>('unary', target, '/soma.rpc.StateService/GetBalance', request, { compression: 'gzip' }),
    ).toMatchObject({ code: 'OK', body: '088827' });
    expect(sizes).toEqual([5000]);
    const reply = await peer.call<Answer>('unary', target, OBJECT, asking('100000'), {});
    expect([reply.code, (reply.body?.length ?? 0) / 2 > 100_000]).toEqual(['OK', true]);
  });

  it('carries raw bodies, empty ones too', async () => {
    expect(await peer.call<Answer>('unary', target, '/faucet.Faucet/RequestGas', '010203', {})).toMatchObject({
      code: 'OK',
      body: '030201',
    });
    expect(await peer.call<Answer>('unary', target, '/faucet.Faucet/RequestGas', '', {})).toMatchObject({
      code: 'OK',
      body: '',
    });
  });

  it('ends a call at the deadline, and a stream when it is cancelled', async () => {
    expect(await peer.call<Answer>('unary', target, OBJECT, asking('hang'), { timeout: 0.1 })).toMatchObject({
      code: 'DEADLINE_EXCEEDED',
    });
    expect(await peer.call<Answer>('stream', target, WATCH, '', { cancel_after: 3 })).toMatchObject({
      code: 'CANCELLED',
      bodies: expect.arrayContaining(['0800', '0801', '0802']),
    });
    const end = performance.now() + 5000;
    while (aborts.length < 2 && performance.now() < end) await new Promise((resolve) => setTimeout(resolve, 10));
    expect(aborts.length).toBe(2);
  });

  it('carries 300 calls at once', async () => {
    expect(await peer.call<number>('parallel', target, INFO, '', 300)).toBe(300);
  });

  it('tells its health', async () => {
    expect(await peer.call('health', target, 'soma.rpc.StateService')).toEqual({ code: 'OK', check: 1, watch: 1 });
    expect(await peer.call('health', target, '')).toEqual({ code: 'OK', check: 1, watch: 1 });
    expect(await peer.call('health', target, 'nobody')).toMatchObject({
      code: 'NOT_FOUND',
      message: 'service not registered',
    });
  });

  it('describes itself', async () => {
    const described = await peer.call<{ services: string[]; fields: Record<string, number> }>(
      'reflection',
      target,
      'soma.rpc.GetObjectRequest',
    );
    expect(described).toEqual({
      services: [
        'grpc.health.v1.Health',
        'grpc.reflection.v1.ServerReflection',
        'soma.rpc.LedgerService',
        'soma.rpc.StateService',
        'soma.rpc.SubscriptionService',
      ],
      fields: { object_id: 1, version: 2, read_mask: 3 },
    });
  });
});

describe.skipIf(python === undefined)('our transport with a Python grpcio server at the other end', () => {
  let peer: Peer;
  let transport: RpcTransport;
  beforeAll(async () => {
    peer = startPeer(python ?? '', 'grpc_peer');
    const port = await peer.call<number>('serve');
    transport = createNodeTransport({ url: `http://127.0.0.1:${port}` });
  });
  afterAll(async () => {
    transport.close();
    await peer.stop();
  });
  const info = () =>
    transport.unary(LedgerService.method.getServiceInfo, undefined, 10_000, { 'x-hello': 'there' }, {});

  it('makes a unary call', async () => {
    await peer.call('play', INFO, { messages: ['12086c6f63616c6e6574'], headers: { 'x-soma-epoch': '3' } });
    const { message, header } = await info();
    expect([message.chain, header.get('x-soma-epoch')]).toEqual(['localnet', '3']);
    expect(await peer.call('heard')).toMatchObject([{ path: INFO, body: '', headers: { 'x-hello': 'there' } }]);
  });

  it('reads a reply in gzip', async () => {
    const contents = '07'.repeat(50_000);
    await peer.call('play', OBJECT, { messages: [`0ad4860332d08603${contents}`], compression: 'gzip' });
    const { message, header } = await transport.unary(LedgerService.method.getObject, undefined, 10_000, undefined, {
      objectId: '0x1',
    });
    expect([header.get('grpc-encoding'), message.object?.contents?.length]).toEqual(['gzip', 50_000]);
  });

  it('reads errors and their details', async () => {
    await peer.call('play', INFO, {
      messages: [''],
      code: 'FAILED_PRECONDITION',
      message: 'gesperrt: é 100%',
      details: '0809120178',
    });
    const error = await info().catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 9, rawMessage: 'gesperrt: é 100%', details: [] });
    expect(transportFailure(error)).toBeUndefined();
  });

  it('carries raw bodies', async () => {
    await peer.call('play', '/faucet.Faucet/RequestGas', { messages: ['00ff'] });
    const { body } = await transport.rawUnary({ path: '/faucet.Faucet/RequestGas', body: Uint8Array.of(1, 2, 3) });
    expect(hex(body)).toBe('00ff');
    expect((await peer.call<{ body: string }[]>('heard')).at(-1)?.body).toBe('010203');
  });

  it('reads a stream, and leaves it', async () => {
    await peer.call('play', WATCH, { stream: true, messages: ['0801', '0802'], code: 'UNAVAILABLE', message: 'gone' });
    const open = () =>
      transport.stream(
        SubscriptionService.method.subscribeCheckpoints,
        undefined,
        undefined,
        undefined,
        (async function* () {
          yield {};
        })(),
      );
    const seen: bigint[] = [];
    const error = await (async () => {
      for await (const { cursor } of (await open()).message) seen.push(cursor ?? -1n);
    })().catch((reason: unknown) => reason);
    expect([seen, (error as { code: number }).code]).toEqual([[1n, 2n], 14]);
    await peer.call('play', WATCH, { stream: true, messages: ['0801'], hang: true });
    for await (const _ of (await open()).message) break;
    await peer.call('play', INFO, { messages: [''] });
    await info();
  });
});
