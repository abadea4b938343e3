import { Code, ConnectError, createClient } from '@connectrpc/connect';
import { describe, expect, it } from 'vitest';
import {
  BadRequestSchema,
  Health,
  HealthCheckResponse_ServingStatus,
  LedgerService,
  StateService,
  SubscriptionService,
} from '../../src/proto/index.js';
import { transportFailure } from '../../src/transport/failure.js';
import type { RpcTransport } from '../../src/transport/types.js';

const failureOf = async (promise: Promise<unknown>): Promise<ConnectError> => {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(ConnectError);
  return error as ConnectError;
};

/** What there is to say about a body of sevens, in few words: the bytes themselves would drown a failing test's message. */
const shape = (bytes: Uint8Array | undefined) => [
  bytes?.constructor,
  bytes?.length,
  bytes?.every((byte) => byte === 7),
];

const subscribe = async (transport: RpcTransport, steps: string, signal?: AbortSignal, timeoutMs?: number) => {
  const input = (async function* () {
    yield { readMask: { paths: [steps] } };
  })();
  return transport.stream(SubscriptionService.method.subscribeCheckpoints, signal, timeoutMs, undefined, input);
};

/** What holds over every transport, whatever is underneath. */
export const transportSuite = (
  name: string,
  open: (maxReceiveBytes?: number) => RpcTransport,
  has: { readonly health: boolean },
): void => {
  describe(`a transport over ${name}`, () => {
    it('brings a reply, its headers and its trailers', async () => {
      const { message, header, trailer } = await open().unary(
        LedgerService.method.getServiceInfo,
        undefined,
        undefined,
        { 'x-echo': 'hello' },
        {},
      );
      expect(message).toMatchObject({ chain: 'localnet', server: 'soma-node/0.1.21', epoch: 3n });
      expect([header.get('x-echoed'), trailer.get('x-trailed')]).toEqual(['hello', 'hello']);
    });

    it('serves Connect clients', async () => {
      expect(await createClient(StateService, open()).getBalance({ owner: 'abc' })).toMatchObject({ balance: 3n });
    });

    it('brings an error with its code, its text in any script, and its metadata', async () => {
      const error = await failureOf(createClient(LedgerService, open()).getObject({ objectId: 'missing' }));
      expect([error.code, error.rawMessage, error.cause]).toEqual([
        Code.NotFound,
        'Object 0xé not found: 100%',
        undefined,
      ]);
    });

    it('decodes the details of an error', async () => {
      const error = await failureOf(createClient(LedgerService, open()).getObject({ objectId: 'bad' }));
      expect(error.findDetails(BadRequestSchema)).toMatchObject([
        {
          fieldViolations: [
            {
              field: 'requests[0].object_id',
              description: 'invalid object_id: Unable to parse',
              reason: 'FIELD_INVALID',
            },
          ],
        },
      ]);
    });

    it('keeps an empty message empty', async () => {
      const error = await failureOf(createClient(LedgerService, open()).getObject({ objectId: 'empty' }));
      expect([error.code, error.rawMessage]).toEqual([Code.InvalidArgument, '']);
    });

    it('says nothing of a defect of a handler', async () => {
      const error = await failureOf(createClient(LedgerService, open()).getObject({ objectId: 'defect' }));
      expect([error.code, error.rawMessage]).toEqual([Code.Internal, 'internal error']);
    });

    it('knows a method that the server does not have', async () => {
      const error = await failureOf(createClient(StateService, open()).getChallenge({}));
      expect(error.code).toBe(Code.Unimplemented);
    });

    it.each([1023, 1024, 100_000, 1_000_000])('brings a reply of %i bytes', async (size) => {
      const reply = await createClient(LedgerService, open()).getObject({ objectId: String(size) });
      expect(shape(reply.object?.contents)).toEqual([Uint8Array, size, true]);
    });

    it('refuses a reply over its limit', async () => {
      const error = await failureOf(createClient(LedgerService, open(2000)).getObject({ objectId: '5000' }));
      expect(error.code).toBe(Code.OutOfRange);
      expect(error.rawMessage).toMatch(/length too large: found \d+ bytes, the limit is: 2000 bytes/);
    });

    it('ends a call at its deadline', async () => {
      const error = await failureOf(
        open().unary(LedgerService.method.getObject, undefined, 30, undefined, { objectId: 'hang' }),
      );
      expect(error.code).toBe(Code.DeadlineExceeded);
    });

    it('ends a call when its signal does, with the reason', async () => {
      const controller = new AbortController();
      const call = failureOf(
        open().unary(LedgerService.method.getObject, controller.signal, undefined, undefined, { objectId: 'hang' }),
      );
      setTimeout(() => controller.abort('enough'), 20);
      const error = await call;
      expect([error.code, transportFailure(error)?.reason]).toEqual([Code.Canceled, 'aborted']);
      expect((error.cause as Error).cause).toBe('enough');
    });

    it('does not begin a call whose signal has ended', async () => {
      const error = await failureOf(
        open().unary(LedgerService.method.getServiceInfo, AbortSignal.abort(), undefined, undefined, {}),
      );
      expect([error.code, transportFailure(error)?.reason]).toEqual([Code.Canceled, 'aborted']);
    });

    it('brings a stream in order, to its end', async () => {
      const reply = await subscribe(open(), '5');
      const cursors: bigint[] = [];
      for await (const { cursor } of reply.message) cursors.push(cursor!);
      expect(cursors).toEqual([0n, 1n, 2n, 3n, 4n]);
    });

    it('brings a stream of big messages', async () => {
      const reply = await subscribe(open(), '20x200000');
      let total = 0;
      for await (const { checkpoint } of reply.message) total += checkpoint?.digest?.length ?? 0;
      expect(total).toBe(20 * 200_000);
    });

    it('brings an error after messages', async () => {
      const reply = await subscribe(open(), '2,fail');
      const seen: bigint[] = [];
      const error = await failureOf(
        (async () => {
          for await (const { cursor } of reply.message) seen.push(cursor!);
        })(),
      );
      expect([seen.length, error.code, error.rawMessage]).toEqual([
        2,
        Code.Unavailable,
        'too many existing subscriptions',
      ]);
    });

    it('brings an error before any message', async () => {
      const error = await failureOf(
        (async () => {
          for await (const _ of (await subscribe(open(), 'fail')).message);
        })(),
      );
      expect(error.code).toBe(Code.Unavailable);
    });

    it('ends a stream when its reader leaves', async () => {
      for await (const { cursor } of (await subscribe(open(), '3,hang')).message) if (cursor === 2n) break;
    });

    it('ends a stream when its signal does', async () => {
      const controller = new AbortController();
      const error = await failureOf(
        (async () => {
          for await (const { cursor } of (await subscribe(open(), '2,hang', controller.signal)).message)
            if (cursor === 1n) controller.abort();
        })(),
      );
      expect(error.code).toBe(Code.Canceled);
    });

    it('ends a stream at its deadline', async () => {
      const error = await failureOf(
        (async () => {
          for await (const _ of (await subscribe(open(), '1,hang', undefined, 200)).message);
        })(),
      );
      expect(error.code).toBe(Code.DeadlineExceeded);
    });

    it('carries raw bodies both ways', async () => {
      const { body } = await open().rawUnary({ path: '/faucet.Faucet/RequestGas', body: Uint8Array.of(1, 2, 3) });
      expect([...body]).toEqual([3, 2, 1]);
      const empty = await open().rawUnary({ path: '/faucet.Faucet/RequestGas', body: new Uint8Array() });
      expect(empty.body.length).toBe(0);
    });

    it('brings errors of raw services without details', async () => {
      const error = await failureOf(open().rawUnary({ path: '/faucet.Faucet/Refuse', body: new Uint8Array() }));
      expect([error.code, error.rawMessage, error.details]).toEqual([Code.InvalidArgument, 'Invalid address', []]);
      const unknown = await failureOf(open().rawUnary({ path: '/faucet.Faucet/Nothing', body: new Uint8Array() }));
      expect(unknown.code).toBe(Code.Unimplemented);
    });

    it('carries twenty calls at once without mixing them up', async () => {
      const client = createClient(LedgerService, open());
      const sizes = Array.from({ length: 20 }, (_, index) => index * 997);
      const replies = await Promise.all(sizes.map((size) => client.getObject({ objectId: String(size) })));
      expect(replies.map(({ object }) => [object?.objectId, shape(object?.contents)])).toEqual(
        sizes.map((size) => [String(size), [Uint8Array, size, true]]),
      );
    });

    if (has.health) {
      it('asks for the health of services', async () => {
        const client = createClient(Health, open());
        const { status } = await client.check({ service: 'soma.rpc.LedgerService' });
        expect(status).toBe(HealthCheckResponse_ServingStatus.SERVING);
        expect((await failureOf(client.check({ service: 'nobody' }))).rawMessage).toBe('service not registered');
      });
    }
  });
};
