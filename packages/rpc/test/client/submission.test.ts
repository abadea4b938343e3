import { Code, ConnectError } from '@connectrpc/connect';
import { isError } from '@somakit/core';
import { describe, expect, it } from 'vitest';
import { rpcOver } from '../../src/client/create-rpc.js';
import { prepareSigned } from '../../src/client/transaction.js';
import { createMemoryTransport, implement, rpcStatus } from '../../src/memory/index.js';
import {
  type ExecuteTransactionRequest,
  LedgerService,
  SubscriptionService,
  TransactionExecutionService,
} from '../../src/proto/index.js';
import { transportError } from '../../src/transport/failure.js';
import type { RpcTransport } from '../../src/transport/types.js';
import { submitted } from '../support/market-services.js';
import { refusalCalls } from '../support/recordings.js';
import { signedOf } from '../support/replay.js';

const transaction = signedOf(submitted.request as ExecuteTransactionRequest);
const { digest, signedBytes } = prepareSigned(transaction);
const executed = { transaction: { ...submitted.reply.transaction!, digest } };
const LOCKED = refusalCalls.find(({ case: name }) => name === 'two spends at once 1')!.message!;

const lost = () => transportError('closed', 'the connection ended', { url: 'memory:', sent: true });
const unsent = () => transportError('connect', 'nobody there', { url: 'memory:', sent: false });

/** A node whose answers are given one by one; what it was asked is in `log`. */
const node = (execute: (() => typeof executed | Promise<typeof executed>)[], known: () => boolean = () => false) => {
  const log: string[] = [];
  const services = [
    implement(TransactionExecutionService, {
      executeTransaction: () => {
        log.push('execute');
        return (execute.shift() ?? (() => executed))();
      },
    }),
    implement(LedgerService, {
      getTransaction: () => {
        log.push('ask');
        if (!known()) throw rpcStatus('NOT_FOUND', 'Transaction not found');
        return { transaction: { ...executed.transaction, checkpoint: 9n } };
      },
    }),
    implement(SubscriptionService, { async *subscribeCheckpoints() {} }),
  ];
  const inner = createMemoryTransport({ services });
  // A failure of the way itself, as no handler can make one.
  const transport: RpcTransport = {
    ...inner,
    unary: async (...call) => {
      const next = execute[0] as (() => unknown) & { onTheWay?: ConnectError };
      if (call[0].name === 'ExecuteTransaction' && next?.onTheWay !== undefined) {
        log.push('execute');
        execute.shift();
        throw next.onTheWay;
      }
      return inner.unary(...call);
    },
  };
  const retry = { attempts: 4, baseDelayMs: 0, maxDelayMs: 0 };
  const none = () => {
    throw new TypeError('a transport is given');
  };
  return { log, rpc: rpcOver({ transport, retry }, none) };
};
const onTheWay = (error: ConnectError) => Object.assign(() => executed, { onTheWay: error });

const failed = async (call: Promise<unknown>) => {
  const error = await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!isError(error)) throw error ?? new TypeError('a failure was expected');
  return error;
};

describe('a submission', () => {
  it('that is refused throws the reason and the digest, and is not sent again', async () => {
    const { log, rpc } = node([
      () => {
        throw rpcStatus('FAILED_PRECONDITION', LOCKED);
      },
    ]);
    const error = await failed(rpc.executeTransaction({ transaction }));
    if (!isError(error, 'TRANSACTION_REFUSED')) throw error;
    expect(error.context).toMatchObject({ digest, category: 'lockConflict', reason: { kind: 'ObjectLockConflict' } });
    expect(log).toEqual(['execute']);
  });

  it('that cannot have arrived is simply sent again', async () => {
    const { log, rpc } = node([onTheWay(unsent()), onTheWay(unsent())]);
    expect((await rpc.executeTransaction({ transaction })).digest).toBe(digest);
    expect(log).toEqual(['execute', 'execute', 'execute']);
  });

  it('that never arrives fails as unavailable, with nothing in doubt', async () => {
    const { log, rpc } = node(Array.from({ length: 9 }, () => onTheWay(unsent())));
    const error = await failed(rpc.executeTransaction({ transaction }));
    if (!isError(error, 'RPC_UNAVAILABLE')) throw error;
    expect(error.context.digest).toBe(digest);
    expect(log).toEqual(['execute', 'execute', 'execute', 'execute']);
  });

  it('whose answer is lost is asked for by its digest', async () => {
    const { log, rpc } = node([onTheWay(lost())], () => true);
    const result = await rpc.executeTransaction({ transaction });
    expect(result.effects.transactionDigest).toBe(digest);
    expect(log).toEqual(['execute', 'ask']);
  });

  it('whose answer is lost and that nobody knows is sent again', async () => {
    const { log, rpc } = node([onTheWay(lost())]);
    expect((await rpc.executeTransaction({ transaction })).digest).toBe(digest);
    expect(log).toEqual(['execute', 'ask', 'execute']);
  });

  it('whose answers are all lost leaves the outcome unknown, with the bytes to go on with', async () => {
    const { rpc } = node(Array.from({ length: 9 }, () => onTheWay(lost())));
    const error = await failed(rpc.executeTransaction({ transaction }));
    if (!isError(error, 'OUTCOME_UNKNOWN')) throw error;
    expect(error.context).toEqual({ digest, transaction: signedBytes, attempts: 4 });
    const later = node([], () => true);
    expect((await later.rpc.resumeTransaction({ transaction: error.context.transaction })).digest).toBe(digest);
    expect(later.log).toEqual(['ask']);
  });

  it('that is refused after a lost answer may have been executed all the same', async () => {
    let refused = false;
    const { rpc } = node(
      [
        onTheWay(lost()),
        () => {
          refused = true;
          throw rpcStatus('FAILED_PRECONDITION', LOCKED);
        },
      ],
      () => refused,
    );
    expect((await rpc.executeTransaction({ transaction })).digest).toBe(digest);
  });

  it('that is aborted before it is sent is aborted, and after that unknown', async () => {
    const before = node([]);
    const signal = AbortSignal.abort('enough');
    expect((await failed(before.rpc.executeTransaction({ transaction, signal }))).code).toBe('ABORTED');
    expect(before.log).toEqual([]);

    const controller = new AbortController();
    const { rpc } = node([
      () => {
        controller.abort('enough');
        return new Promise<never>(() => {});
      },
    ]);
    const error = await failed(rpc.executeTransaction({ transaction, signal: controller.signal }));
    if (!isError(error, 'OUTCOME_UNKNOWN')) throw error;
    expect(error.cause).toMatchObject({ code: 'ABORTED' });
  });

  it('without amounts for PayCoins is refused before it is sent', async () => {
    const { log, rpc } = node([]);
    const { data, signatures } = prepareSigned(transaction);
    const kind = { kind: 'PayCoins', coins: [], recipients: [], amounts: undefined } as const;
    const value = {
      intentMessage: { intent: { scope: 0, version: 0, app: 1 }, value: { ...data, kind } },
      txSignatures: signatures,
    };
    expect((await failed(rpc.executeTransaction({ transaction: value }))).code).toBe('INVALID_ARGUMENT');
    expect(log).toEqual([]);
  });

  it('executed before is found in its checkpoint by asking', async () => {
    const { rpc } = node([], () => true);
    expect(await rpc.waitForCheckpoint({ digest })).toBe(9n);
    expect((await rpc.executeTransactionAndWait({ transaction })).checkpoint).toBe(9n);
  });

  it('whose checkpoint does not come in time keeps its result', async () => {
    const { rpc } = node([]);
    const error = await failed(rpc.executeTransactionAndWait({ transaction, checkpointTimeoutMs: 20 }));
    if (!isError(error, 'CHECKPOINT_NOT_SEEN')) throw error;
    expect(error.context).toMatchObject({ digest, waitedMs: 20, result: { digest } });
  });

  it('fails with the words of a server that has another error', async () => {
    const { rpc } = node([
      () => {
        throw new ConnectError('invalid transaction: error converting', Code.InvalidArgument);
      },
    ]);
    expect((await failed(rpc.executeTransaction({ transaction }))).code).toBe('RPC_INVALID_REQUEST');
  });
});
