import { connect, constants } from 'node:http2';
import { create, toBinary } from '@bufbuild/protobuf';
import { TransactionData } from '@somakit/bcs';
import { type Keypair, transactionDigest } from '@somakit/crypto';
import type { LedgerObject } from '@somakit/ledger';
import { signatureToProto, transactionToProto } from '@somakit/rpc/convert';
import { ExecuteTransactionRequestSchema, SubscribeCheckpointsRequestSchema } from '@somakit/rpc/proto';
import type { CallConnection } from '@somakit/rpc/server';
import { describe, expect, it } from 'vitest';
import { startLocalnet } from '../src/index.js';
import { createWaits } from '../src/services/waits.js';

const PATHS = ['transactions.digest', 'sequence_number'];
const holding = (...digests: string[]) => digests.map((transaction) => ({ transaction }));

describe('a subscription that waits for one transaction', () => {
  const few = () => ({ resetsLeft: () => 500 });
  const of = (connection: CallConnection | undefined, agent = 'tonic/0.13.1') => ({ connection, header: () => agent });

  it('is over with its checkpoint where the connection may not reset many more streams', () => {
    const waits = createWaits();
    const connection = few();
    const isLast = waits.subscribed(of(connection), PATHS)!;
    waits.executing(connection, 'mine');
    expect(isLast(holding('other'))).toBe(false);
    expect(isLast(holding('other', 'mine'))).toBe(true);
  });

  it('goes on while the connection may reset many', () => {
    const waits = createWaits();
    const connection = { resetsLeft: () => 900 };
    const isLast = waits.subscribed(of(connection), PATHS)!;
    waits.executing(connection, 'mine');
    expect(isLast(holding('mine'))).toBe(false);
  });

  it('goes on when it is not clear whom it waits for', () => {
    const waits = createWaits();
    const connection = few();
    const first = waits.subscribed(of(connection), PATHS)!;
    expect(first(holding('mine'))).toBe(false);
    waits.executing(connection, 'mine');
    waits.executing(connection, 'other');
    expect([first(holding('mine')), first(holding('other'))]).toEqual([false, false]);
    const second = waits.subscribed(of(connection), PATHS)!;
    waits.executing(connection, 'third');
    expect([first(holding('third')), second(holding('third'))]).toEqual([false, true]);
    waits.executing(few(), 'elsewhere');
    expect(second(holding('elsewhere'))).toBe(false);
  });

  it('goes on when it asked for anything else, comes without HTTP/2, or from another client', () => {
    const waits = createWaits();
    expect(waits.subscribed(of(few()), ['*'])).toBeUndefined();
    expect(waits.subscribed(of(few()), [...PATHS, 'summary'])).toBeUndefined();
    expect(waits.subscribed(of(undefined), PATHS)).toBeUndefined();
    expect(waits.subscribed(of(few(), 'grpc-python/1.60'), PATHS)).toBeUndefined();
  });
});

const frameOf = (body: Uint8Array): Buffer => {
  const frame = Buffer.alloc(5 + body.length);
  frame.writeUInt32BE(body.length, 1);
  frame.set(body, 5);
  return frame;
};
const SUBSCRIBE = frameOf(
  toBinary(
    SubscribeCheckpointsRequestSchema,
    create(SubscribeCheckpointsRequestSchema, { readMask: { paths: PATHS } }),
  ),
);
const transferOf = (person: Keypair, coin: LedgerObject) => {
  const { objectId, version, digest } = coin;
  const ref = { objectId, version, digest };
  const kind = { kind: 'TransferCoin' as const, coin: ref, amount: undefined, recipient: person.address };
  const data = { kind, sender: person.address, gasPayment: [ref] };
  const bytes = TransactionData.encode(data);
  const request = create(ExecuteTransactionRequestSchema, {
    transaction: transactionToProto(data, 'bare', transactionDigest(bytes)),
    signatures: [signatureToProto(person.signTransaction(bytes))],
    readMask: { paths: ['effects'] },
  });
  return { digest: transactionDigest(bytes), frame: frameOf(toBinary(ExecuteTransactionRequestSchema, request)) };
};

describe('a client that resets a stream for each transaction', () => {
  it('sends more of them over one connection than HTTP/2 suffers resets, and loses none', async () => {
    const network = await startLocalnet({ ports: 'free', smallModel: true, accounts: 1 });
    const [person] = network.accounts as [Keypair];
    const session = connect(network.rpcUrl);
    const failures: unknown[] = [];
    session.on('error', (error) => failures.push(error));
    session.on('goaway', (code) => failures.push(`goaway ${code}`));
    const open = (path: string, frame: Buffer) => {
      const stream = session.request({
        ':method': 'POST',
        ':path': path,
        te: 'trailers',
        'content-type': 'application/grpc',
        'user-agent': 'tonic/0.13.1',
      });
      stream.end(frame);
      return stream;
    };
    let resets = 0;
    /** As the official client: it subscribes, executes, and drops the stream when it has seen its transaction. */
    const transfer = (): Promise<void> =>
      new Promise((resolve, reject) => {
        const [coin] = network.ledger.listObjects({ owner: person.address });
        const { digest, frame } = transferOf(person, coin!);
        const stream = open('/soma.rpc.SubscriptionService/SubscribeCheckpoints', SUBSCRIBE);
        let [seen, answered] = [false, false];
        const drop = (): void => {
          // What came in the same packet is read first.
          setImmediate(() => {
            if (stream.closed || stream.readableEnded) return;
            resets += 1;
            stream.close(constants.NGHTTP2_CANCEL);
          });
        };
        stream.on('error', reject);
        stream.on('response', () => {
          const call = open('/soma.rpc.TransactionExecutionService/ExecuteTransaction', frame);
          call.on('error', reject);
          call.on('close', () => {
            answered = true;
            if (seen) drop();
          });
          call.resume();
        });
        stream.on('data', (chunk: Buffer) => {
          seen ||= chunk.includes(digest);
          if (seen && answered) drop();
        });
        stream.on('close', () => (seen ? resolve() : reject(new TypeError('the stream ended before its transaction'))));
      });
    try {
      for (let i = 0; i < 1_100; i++) await transfer();
      expect(failures).toEqual([]);
      expect(resets).toBeGreaterThan(0);
      expect(session.closed).toBe(false);
    } finally {
      session.destroy();
      await network.stop();
    }
  }, 240_000);
});
