import { isError } from '@somakit/core';
import { describe, expect, it } from 'vitest';
import { type Rpc, rpcOver } from '../../src/client/create-rpc.js';
import type { ExecuteTransactionRequest } from '../../src/proto/index.js';
import type { RpcTransport } from '../../src/transport/types.js';
import { checkpoints, objects, submitted, transactions } from './market-services.js';
import { services } from './recordings.js';
import { signedOf } from './replay.js';

/** Makes sure that a call fails, and gives its error. */
const failed = async (call: Promise<unknown>) => {
  const error = await call.then(
    (value) => expect.unreachable(`a failure was expected, not ${String(value)}`),
    (thrown: unknown) => thrown,
  );
  if (!isError(error)) throw error;
  return error;
};

const object = objects.find(({ objectType }) => objectType === 'Coin')!;
const transaction = transactions.find(({ transaction: each }) => each?.kind?.kind.case === 'payCoins')!;
const checkpoint = checkpoints[3]!;
const missing = '11111111111111111111111111111111';

/** A check for every method of the four services. */
export const CLIENT_CHECKS: Readonly<Record<string, (rpc: Rpc) => Promise<void>>> = {
  GetServiceInfo: async (rpc) => {
    const info = await rpc.getServiceInfo();
    expect(info).toMatchObject({ chain: 'localnet', lowestAvailableCheckpoint: 0n });
    expect(info.server).toMatch(/^soma-node\//);
  },
  GetObject: async (rpc) => {
    const found = await rpc.getObject({ objectId: object.objectId!, version: object.version });
    expect(found).toMatchObject({ digest: object.digest, contents: { kind: 'Coin' }, owner: { kind: 'AddressOwner' } });
    const error = await failed(rpc.getObject({ objectId: '0xab' }));
    expect(error.code).toBe('RPC_NOT_FOUND');
  },
  BatchGetObjects: async (rpc) => {
    const [first, second] = await rpc.batchGetObjects({ objects: [object.objectId!, '0xab'], readMask: ['digest'] });
    expect(first).toEqual({ ok: true, value: { digest: object.digest } });
    expect(second).toMatchObject({ ok: false, error: { code: 'RPC_NOT_FOUND' } });
  },
  GetTransaction: async (rpc) => {
    const found = await rpc.getTransaction({ digest: transaction.digest!, readMask: ['*'] });
    expect(found.digest).toBe(transaction.digest);
    expect(found.transaction.kind.kind).toBe('PayCoins');
    expect(found.effects.transactionDigest).toBe(transaction.digest);
    const error = await failed(rpc.getTransaction({ digest: missing }));
    expect(error.code).toBe('RPC_NOT_FOUND');
  },
  BatchGetTransactions: async (rpc) => {
    const found = await rpc.batchGetTransactions({
      digests: [missing, transaction.digest!],
      readMask: ['effects.status'],
    });
    expect(found[0]).toMatchObject({ ok: false, error: { code: 'RPC_NOT_FOUND' } });
    expect(found[1]).toEqual({ ok: true, value: { effects: { status: { kind: 'Success' } } } });
  },
  GetCheckpoint: async (rpc) => {
    const byNumber = await rpc.getCheckpoint({
      sequenceNumber: checkpoint.sequenceNumber,
      readMask: ['digest', 'summary'],
    });
    expect(byNumber.digest).toBe(checkpoint.digest);
    const { summary } = await rpc.getCheckpoint({ digest: checkpoint.digest });
    expect(summary).toEqual(byNumber.summary);
    const last = await rpc.getCheckpoint({ readMask: ['sequenceNumber'] });
    expect(last.sequenceNumber).toBe(checkpoints[checkpoints.length - 1]!.sequenceNumber);
  },
  GetEpoch: async (rpc) => {
    const state = await rpc.getSystemState();
    expect(state.validators.length).toBeGreaterThan(0);
    const error = await failed(rpc.getEpoch({ epoch: 1n << 40n }));
    expect(error.code).toBe('RPC_NOT_FOUND');
  },
  GetBalance: async (rpc) => {
    expect(await rpc.getBalance({ owner: '0x5' })).toBeTypeOf('bigint');
  },
  ListOwnedObjects: async (rpc) => {
    const { items } = await rpc.listOwnedObjects({ owner: `0x${'5'.repeat(64)}`, readMask: ['objectId', 'contents'] });
    expect(items.length).toBeGreaterThan(0);
    for (const item of items) expect(Object.keys(item).sort()).toEqual(['contents', 'objectId']);
  },
  GetTarget: async (rpc) => {
    const { items } = await rpc.listTargets({ status: 'expired' });
    const target = await rpc.getTarget({ targetId: items[0]!.id });
    expect(target).toEqual(items[0]);
  },
  ListTargets: async (rpc) => {
    const first = await rpc.listTargets({ status: 'expired' });
    const second = await rpc.listTargets({ status: 'expired', pageToken: first.nextPageToken });
    expect(second.items[0]!.id).not.toBe(first.items[0]!.id);
    expect(first.items[0]!.embedding).toBeInstanceOf(Float32Array);
  },
  GetChallenge: async (rpc) => {
    expect((await failed(rpc.getChallenge({ challengeId: '0x1' }))).code).toBe('RPC_UNIMPLEMENTED');
  },
  ListChallenges: async (rpc) => {
    expect((await failed(rpc.listChallenges())).code).toBe('RPC_UNIMPLEMENTED');
  },
  ExecuteTransaction: async (rpc) => {
    const request = submitted.request as ExecuteTransactionRequest;
    const result = await rpc.executeTransaction({ transaction: signedOf(request) });
    // The digest that the reference puts beside its effects is another one, and wrong.
    expect(result.digest).toBe(result.effects.transactionDigest);
    expect(result.effects.status.kind).toBe('Success');
    for (const each of result.objects ?? []) expect(each.digest).toMatch(/^\w{32,44}$/);
  },
  SimulateTransaction: async (rpc) => {
    const { bytes } = signedOf(submitted.request as ExecuteTransactionRequest) as { bytes: Uint8Array };
    const result = await rpc.simulateTransaction({ transaction: bytes, readMask: ['effects', 'balanceChanges'] });
    expect(Object.keys(result).sort()).toEqual(['balanceChanges', 'effects']);
  },
  SubscribeCheckpoints: async (rpc) => {
    const seen: bigint[] = [];
    for await (const { sequenceNumber, checkpoint: view } of rpc.subscribeCheckpoints({
      readMask: ['digest', 'transactions.digest'],
    })) {
      expect(view.transactions.length).toBeGreaterThan(0);
      seen.push(sequenceNumber);
      if (seen.length === 3) break;
    }
    expect(seen).toEqual([0n, 1n, 2n]);
  },
};

/** The same checks over any transport. */
export const clientSuite = (name: string, open: () => RpcTransport): void => {
  describe(`the client over ${name}`, () => {
    const rpc = () =>
      rpcOver({ transport: open(), retry: false }, () => {
        throw new TypeError('a transport is given');
      });

    it('has a check for every method of the four services', () => {
      const methods = services.flatMap(({ methods: list }) => list.map((each) => each.name));
      expect(Object.keys(CLIENT_CHECKS).sort()).toEqual(methods.sort());
      expect(methods).toHaveLength(16);
    });

    it.each(Object.entries(CLIENT_CHECKS))('calls %s', async (_, check) => {
      await check(rpc());
    });
  });
};
