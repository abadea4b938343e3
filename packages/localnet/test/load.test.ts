// Many clients, and bad ones. The whole form: SOMAKIT_LOAD_SECONDS=60.
import { randomBytes } from 'node:crypto';
import { type ClientHttp2Session, connect as connectHttp2 } from 'node:http2';
import { connect, type Socket } from 'node:net';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { TransactionData } from '@somakit/bcs';
import { Keypair, transactionDigest } from '@somakit/crypto';
import { signatureToProto, transactionToProto } from '@somakit/rpc/convert';
import { createNodeTransport, type RpcTransport } from '@somakit/rpc/node';
import {
  BatchGetTransactionsRequestSchema,
  BatchGetTransactionsResponseSchema,
  ExecuteTransactionRequestSchema,
  ExecuteTransactionResponseSchema,
  ListOwnedObjectsRequestSchema,
  ListOwnedObjectsResponseSchema,
} from '@somakit/rpc/proto';
import type { RpcServerLimits } from '@somakit/rpc/server';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openWire } from './support/h2.js';
import { type NetworkProcess, startNetworkProcess } from './support/network-process.js';

const seconds = Number(process.env.SOMAKIT_LOAD_SECONDS ?? 2);
const whole = seconds >= 60;
const CLIENTS = 200;
const SUBSCRIPTIONS = whole ? 10_000 : 1_000;
const MIB = 1024 * 1024;
/** A machine that is busy with other things too is no defect of the network. */
const PATIENCE_MS = 60_000;
const LEDGER = '/soma.rpc.LedgerService/';
const STATE = '/soma.rpc.StateService/';
const EXECUTE = '/soma.rpc.TransactionExecutionService/ExecuteTransaction';
const SUBSCRIBE = '/soma.rpc.SubscriptionService/SubscribeCheckpoints';

const people = Array.from({ length: CLIENTS }, () => Keypair.generate());
let network: NetworkProcess;
let transport: RpcTransport;
/** One network for the tests of a `describe`. */
const useNetwork = (limits: Partial<RpcServerLimits>): void => {
  beforeAll(async () => {
    const accounts = people.map(({ address }) => ({ address, coins: [1_000_000_000_000n] }));
    network = await startNetworkProcess({ accounts, limits });
    transport = createNodeTransport({
      url: network.rpcUrl,
      maxReceiveBytes: 64 * MIB,
      connectTimeoutMs: PATIENCE_MS,
      keepAlive: false,
    });
  });
  afterAll(async () => {
    transport?.close();
    // It ends in order: nothing has crashed it.
    expect(await network?.stop()).toBe(0);
  });
};

/** The next transfer of a coin to its own owner, as the message and its digest. */
const transferOf = (person: Keypair, coin: { objectId: string; version: bigint; digest: string }, amount: bigint) => {
  const ref = coin as never;
  const data = {
    kind: { kind: 'TransferCoin' as const, coin: ref, amount, recipient: people[0]!.address },
    sender: person.address,
    gasPayment: [ref],
  };
  const bytes = TransactionData.encode(data);
  const request = create(ExecuteTransactionRequestSchema, {
    transaction: transactionToProto(data),
    signatures: [signatureToProto(person.signTransaction(bytes))],
    readMask: { paths: ['effects'] },
  });
  return { digest: transactionDigest(bytes), body: toBinary(ExecuteTransactionRequestSchema, request) };
};
const richest = async (person: Keypair) => {
  const request = create(ListOwnedObjectsRequestSchema, {
    owner: person.address,
    pageSize: 1000,
    readMask: { paths: ['object_id', 'version', 'digest', 'contents'] },
  });
  const body = toBinary(ListOwnedObjectsRequestSchema, request);
  const answer = await transport.rawUnary({ path: `${STATE}ListOwnedObjects`, body });
  const { objects } = fromBinary(ListOwnedObjectsResponseSchema, answer.body);
  const { objectId, version, digest } = objects.at(-1)!;
  return { objectId: `0x${objectId}`, version: version!, digest: digest! };
};
/** Those of some digests that the network does not know. */
const missingOf = async (digests: readonly string[]): Promise<string[]> => {
  const missing: string[] = [];
  for (let i = 0; i < digests.length; i += 500) {
    const part = digests.slice(i, i + 500);
    const request = create(BatchGetTransactionsRequestSchema, { digests: part, readMask: { paths: ['checkpoint'] } });
    const body = toBinary(BatchGetTransactionsRequestSchema, request);
    const answer = await transport.rawUnary({ path: `${LEDGER}BatchGetTransactions`, body });
    const { transactions } = fromBinary(BatchGetTransactionsResponseSchema, answer.body);
    for (const [at, { result }] of transactions.entries()) {
      if (result.case !== 'transaction' || result.value.checkpoint === undefined) missing.push(part[at]!);
    }
  }
  return missing;
};
const alive = async (): Promise<void> => {
  const { body } = await transport.rawUnary({ path: `${LEDGER}GetServiceInfo`, body: new Uint8Array() });
  expect(body.length).toBeGreaterThan(0);
};
/** Resolves when the other side has ended. */
const closed = (socket: Socket): Promise<void> =>
  new Promise((resolve) => {
    const done = () => {
      socket.destroy();
      resolve();
    };
    socket.on('error', done).on('data', () => {});
    socket.on('end', done).on('close', done);
  });

describe('a network under load', () => {
  useNetwork({});

  it(
    `keeps every transaction that it has answered, of ${CLIENTS} clients that send without pause`,
    async () => {
      const before = await network.state();
      const acknowledged: string[] = [];
      const coins = await Promise.all(people.map(richest));
      const until = performance.now() + seconds * 1000;
      await Promise.all(
        people.map(async (person, i) => {
          const own = createNodeTransport({ url: network.rpcUrl, connectTimeoutMs: PATIENCE_MS, keepAlive: false });
          let coin = coins[i]!;
          try {
            while (performance.now() < until) {
              const { digest, body } = transferOf(person, coin, 1n);
              const answer = await own.rawUnary({ path: EXECUTE, body });
              const { effects } = fromBinary(ExecuteTransactionResponseSchema, answer.body).transaction!;
              if (effects?.status?.success !== true || effects.transactionDigest !== digest)
                throw new TypeError(`client ${i}: ${effects?.status?.error?.description}`);
              acknowledged.push(digest);
              const next = effects.changedObjects.find(({ objectId }) => objectId === coin.objectId)!;
              coin = { ...coin, version: next.outputVersion!, digest: next.outputDigest! };
            }
          } finally {
            own.close();
          }
        }),
      );
      expect(new Set(acknowledged).size).toBe(acknowledged.length);
      expect(acknowledged.length).toBeGreaterThan(0);
      expect(await missingOf(acknowledged)).toEqual([]);
      const after = await network.state();
      const each = (after.used - before.used) / acknowledged.length;
      console.log(
        `${acknowledged.length} transfers of ${CLIENTS} clients in ${seconds} s; ${Math.round(each)} bytes kept for each`,
      );
      // What is kept is the history; each transfer here makes a new coin too.
      expect(after.used - before.used).toBeLessThan(16 * MIB + acknowledged.length * 4_000);
    },
    60_000 + seconds * 4_000,
  );

  it('is as it was after clients that leave in the middle of their calls', async () => {
    const before = await network.state();
    const sent: string[] = [];
    for (let round = 0; round < 5; round++) {
      const coins = await Promise.all(people.slice(0, 40).map(richest));
      await Promise.all(
        people.slice(0, 40).map(async (person, i) => {
          const { digest, body } = transferOf(person, coins[i]!, 2n);
          sent.push(digest);
          const session = connectHttp2(network.rpcUrl);
          session.on('error', () => {});
          const stream = session.request({
            ':method': 'POST',
            ':path': EXECUTE,
            te: 'trailers',
            'content-type': 'application/grpc',
          });
          stream.on('error', () => {});
          const frame = Buffer.alloc(5 + body.length);
          frame.writeUInt32BE(body.length, 1);
          frame.set(body, 5);
          const gone = new Promise<void>((resolve) => session.on('close', () => resolve()));
          // Some leave before the end of the request, some right after it.
          stream.write(i % 3 === 0 ? frame.subarray(0, frame.length / 2) : frame, () => {
            if (i % 3 === 2) stream.end(() => session.destroy());
            else session.destroy();
          });
          await gone;
        }),
      );
    }
    // Each is executed or was never heard of, and its coin can be spent again either way.
    const missing = new Set(await missingOf(sent));
    expect(missing.size).toBeGreaterThan(0);
    const spend = async (person: Keypair): Promise<string> => {
      for (;;) {
        const { digest, body } = transferOf(person, await richest(person), 3n);
        try {
          await transport.rawUnary({ path: EXECUTE, body });
          return digest;
        } catch (error) {
          // One of those that were left behind has come first.
          if (!/not available for consumption|already locked/.test(String(error))) throw error;
        }
      }
    };
    for (const person of people.slice(0, 5)) expect(await missingOf([await spend(person)])).toEqual([]);
    expect((await network.state()).used - before.used).toBeLessThan(8 * MIB);
  }, 180_000);

  it(`forgets ${SUBSCRIPTIONS} subscriptions that are cut off`, async () => {
    const before = await network.state();
    const perSession = 1_000;
    for (let done = 0; done < SUBSCRIPTIONS; done += perSession) {
      const session: ClientHttp2Session = connectHttp2(network.rpcUrl);
      session.on('error', () => {});
      session.setMaxListeners(0);
      await Promise.all(
        Array.from(
          { length: perSession },
          (_, i) =>
            new Promise<void>((resolve, reject) => {
              const stream = session.request({
                ':method': 'POST',
                ':path': SUBSCRIBE,
                te: 'trailers',
                'content-type': 'application/grpc',
              });
              stream.on('error', () => {});
              stream.on('response', ({ ':status': status }) =>
                status === 200 ? resolve() : reject(new TypeError(`status ${status}`)),
              );
              stream.end(Buffer.from(i % 2 === 0 ? '0000000000' : '000000000a0a080a06646967657374', 'hex'));
            }),
        ),
      );
      expect((await network.state()).listeners).toBeGreaterThanOrEqual(before.listeners + perSession);
      // A checkpoint for all of them, on its way while they go.
      const { body } = transferOf(people[9]!, await richest(people[9]!), 4n);
      const running = transport.rawUnary({ path: EXECUTE, body });
      const gone = new Promise<void>((resolve) => session.on('close', () => resolve()));
      session.destroy();
      await gone;
      await running;
    }
    await expect.poll(async () => (await network.state()).listeners, { timeout: 20_000 }).toBe(before.listeners);
    await alive();
    expect((await network.state()).used - before.used).toBeLessThan(16 * MIB);
  }, 400_000);
});

describe('a network under bad clients', () => {
  useNetwork({
    firstBytesMs: 500,
    headersMs: 500,
    requestMs: 1_500,
    idleMs: 1_500,
    pingIntervalMs: 500,
    // Our own client must have the time to answer on a busy machine.
    pingTimeoutMs: 3_000,
  });

  it('closes those that never finish what they began, on every port, and serves the others meanwhile', async () => {
    const before = await network.state();
    const openings: ((socket: Socket) => void)[] = [
      // Says nothing.
      () => {},
      (socket) => socket.write('P'),
      (socket) => socket.write('POST /x HTTP/1.1\r\nhost: x\r\n'),
      // Headers, and a body that never comes.
      (socket) =>
        socket.write('POST /soma.rpc.LedgerService/GetServiceInfo HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\n1'),
      // HTTP/2 without settings.
      (socket) => socket.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
      // With settings, but deaf to pings.
      (socket) => socket.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0'),
      // A byte of headers now and then: a slow loris.
      (socket) => {
        socket.write('GET / HTTP/1.1\r\nx-slow: ');
        const timer = setInterval(() => socket.write('a'), 100);
        socket.on('close', () => clearInterval(timer));
      },
    ];
    const sockets = Object.values(network.ports).flatMap((port) =>
      Array.from({ length: 60 }, (_, i) => {
        // Half-open: our side ends, theirs must too.
        const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
        socket.on('error', () => {});
        socket.on('connect', () => {
          openings[i % openings.length]!(socket);
          if (i % 7 === 0) socket.end();
        });
        return socket;
      }),
    );
    const all = Promise.all(sockets.map(closed));
    for (let i = 0; i < 20; i++) await alive();
    await all;
    expect((await network.state()).used - before.used).toBeLessThan(8 * MIB);
  }, 180_000);

  it('refuses messages that are too long, by their prefix', async () => {
    const wire = openWire(network.rpcUrl);
    const headers = { te: 'trailers', 'content-type': 'application/grpc' };
    const answer = await wire.call(`${STATE}GetBalance`, new Uint8Array(5 * MIB), headers);
    wire.close();
    expect([answer.status, answer.message]).toEqual([
      11,
      `Error, decoded message length too large: found ${5 * MIB} bytes, the limit is: 4194304 bytes`,
    ]);
    const session = connectHttp2(network.rpcUrl);
    session.on('error', () => {});
    const status = await new Promise((resolve) => {
      const stream = session.request({ ':method': 'POST', ':path': `${STATE}GetBalance`, ...headers });
      stream.on('error', () => {});
      stream.on('response', (received) => resolve(received['grpc-status']));
      // 4 GiB are announced, and nothing more is sent.
      stream.write(Buffer.from('00ffffffff', 'hex'));
    });
    session.destroy();
    expect(status).toBe('11');
  });

  it('goes on after garbage of every kind on every port', async () => {
    const before = await network.state();
    const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'latin1');
    const settings = Buffer.from('000000040000000000', 'hex');
    const garbage = (i: number): Buffer => {
      const random = randomBytes(1 + ((i * 37) % 400));
      switch (i % 4) {
        case 0:
          return random;
        case 1:
          return Buffer.concat([preface, random]);
        case 2:
          // A frame with a length that fits, of a random type, on a random stream.
          return Buffer.concat([preface, settings, Buffer.from([0, 0, random.length]), random.subarray(0, 6), random]);
        default:
          return Buffer.concat([Buffer.from('POST / HTTP/1.1\r\n'), random, Buffer.from('\r\n\r\n')]);
      }
    };
    await Promise.all(
      Object.values(network.ports).flatMap((port) =>
        Array.from({ length: whole ? 400 : 100 }, (_, i) => {
          const socket = connect(port, '127.0.0.1', () => socket.end(garbage(i)));
          return closed(socket);
        }),
      ),
    );
    const session = connectHttp2(network.rpcUrl);
    session.on('error', () => {});
    for (let i = 0; i < (whole ? 500 : 100); i++) {
      const random = randomBytes(64);
      const paths = [`${LEDGER}GetObject`, EXECUTE, SUBSCRIBE, '/grpc.health.v1.Health/Check', `/x${i}`];
      await new Promise<void>((resolve) => {
        const stream = session.request({
          ':method': 'POST',
          ':path': paths[i % paths.length]!,
          te: 'trailers',
          'content-type': 'application/grpc',
        });
        stream.on('error', () => {});
        stream.on('data', () => stream.close());
        stream.on('close', () => resolve());
        // Some random bytes are a valid subscription, and that stays open.
        stream.setTimeout(1000, () => stream.close());
        // A frame of random bytes: flag and message are anything.
        const head = Buffer.from([i % 5 === 0 ? random[0]! : 0, 0, 0, 0, 59]);
        stream.end(Buffer.concat([head, random.subarray(5)]));
      });
    }
    session.destroy();
    await alive();
    expect((await network.state()).used - before.used).toBeLessThan(8 * MIB);
  }, 120_000);
});
