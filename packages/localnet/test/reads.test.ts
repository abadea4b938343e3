import {
  create,
  type DescMessage,
  fromBinary,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from '@bufbuild/protobuf';
import { type Digest, fromBase64, toBase64 } from '@somakit/core';
import { Keypair } from '@somakit/crypto';
import { coinBalance } from '@somakit/ledger';
import {
  BatchGetObjectsRequestSchema,
  BatchGetObjectsResponseSchema,
  BatchGetTransactionsRequestSchema,
  BatchGetTransactionsResponseSchema,
  GetCheckpointRequestSchema,
  GetCheckpointResponseSchema,
  ListOwnedObjectsRequestSchema,
  ListOwnedObjectsResponseSchema,
  ListTargetsRequestSchema,
  ListTargetsResponseSchema,
} from '@somakit/rpc/proto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Localnet, startLocalnet } from '../src/index.js';
import { openRaw } from './support/raw-call.js';

const owner = Keypair.generate().address;
const key = '1'.repeat(32) as Digest;
let network: Localnet;
let raw: ReturnType<typeof openRaw>;
beforeAll(async () => {
  network = await startLocalnet({
    ports: 'free',
    smallModel: true,
    accounts: [{ address: owner, coins: [5n, 3n, 9n, 1n, 7n] }],
    models: [{ owner, manifest: { url: 'http://127.0.0.1:9/w', checksum: key, size: 1n }, decryptionKey: key }],
  });
  raw = openRaw(network.rpcUrl);
});
afterAll(async () => {
  raw?.close();
  await network?.stop();
});

const call = async <I extends DescMessage, O extends DescMessage>(
  method: string,
  input: I,
  request: MessageInitShape<I>,
  output: O,
): Promise<MessageShape<O>> => {
  const answer = await raw.call(`/soma.rpc.${method}`, toBase64(toBinary(input, create(input, request))));
  if (!('reply' in answer)) throw new TypeError(`${answer.code}: ${answer.message}`);
  return fromBinary(output, fromBase64(answer.reply));
};
const owned = (request: MessageInitShape<typeof ListOwnedObjectsRequestSchema>) =>
  call('StateService/ListOwnedObjects', ListOwnedObjectsRequestSchema, request, ListOwnedObjectsResponseSchema);
const targets = (request: MessageInitShape<typeof ListTargetsRequestSchema>) =>
  call('StateService/ListTargets', ListTargetsRequestSchema, request, ListTargetsResponseSchema);

describe('lists', () => {
  it('refuse the token of another list', async () => {
    const { nextPageToken } = await owned({ owner, pageSize: 1 });
    await expect(owned({ owner: '0x1', pageToken: nextPageToken! })).rejects.toThrow(
      'INVALID_ARGUMENT: invalid page_token',
    );
    await expect(owned({ owner, objectType: 'Coin', pageToken: nextPageToken! })).rejects.toThrow('invalid page_token');
    await expect(owned({ owner, pageToken: new Uint8Array() })).rejects.toThrow('invalid page_token');
    const page = await targets({ pageSize: 1 });
    await expect(targets({ statusFilter: 'open', pageToken: page.nextPageToken! })).rejects.toThrow(
      'page_token parameters do not match request filters',
    );
  });

  it('of objects are complete over pages of any size, the poorest coins first', async () => {
    for (const pageSize of [1, 2, 3, 50]) {
      const balances: bigint[] = [];
      let pageToken: Uint8Array | undefined;
      do {
        const page = await owned({
          owner,
          objectType: 'Coin',
          pageSize,
          readMask: { paths: ['contents'] },
          ...(pageToken === undefined ? {} : { pageToken }),
        });
        expect(page.objects.length).toBeLessThanOrEqual(pageSize);
        for (const { contents, objectId } of page.objects) {
          expect(objectId).toBeUndefined();
          balances.push(coinBalance({ contents: contents! }));
        }
        pageToken = page.nextPageToken;
      } while (pageToken !== undefined);
      expect(balances).toEqual([1n, 3n, 5n, 7n, 9n]);
    }
  });

  it('of targets never give an empty page with a token, whatever the filter', async () => {
    const ids = new Set<string>();
    let pageToken: Uint8Array | undefined;
    do {
      const page = await targets({
        statusFilter: 'OPEN',
        pageSize: 7,
        ...(pageToken === undefined ? {} : { pageToken }),
      });
      expect(page.targets.length).toBeGreaterThan(0);
      for (const { id, status } of page.targets) {
        expect(status).toBe('open');
        ids.add(id!);
      }
      pageToken = page.nextPageToken;
    } while (pageToken !== undefined);
    expect(ids.size).toBe(100);
    expect(await targets({ statusFilter: 'filled', pageSize: 1 })).toMatchObject({ targets: [] });
    expect((await targets({ statusFilter: 'filled', pageSize: 1 })).nextPageToken).toBeUndefined();
  });
});

describe('batches', () => {
  it('give one result for each request, and errors where they belong', async () => {
    const { objects } = await call(
      'LedgerService/BatchGetObjects',
      BatchGetObjectsRequestSchema,
      { requests: [{ objectId: '0x5' }, { objectId: '0x77' }, { objectId: '5', version: 1n }] },
      BatchGetObjectsResponseSchema,
    );
    expect(objects.map(({ result }) => result.case)).toEqual(['object', 'error', 'object']);
    const { transactions } = await call(
      'LedgerService/BatchGetTransactions',
      BatchGetTransactionsRequestSchema,
      { digests: ['0OIl', key] },
      BatchGetTransactionsResponseSchema,
    );
    const errors = transactions.map(({ result }) => (result.case === 'error' ? result.value : undefined));
    expect(errors[0]).toMatchObject({
      code: 3,
      message: 'invalid digest: Unable to parse Digest (must be Base58 string of length 32)',
    });
    expect(errors[0]?.details[0]?.typeUrl).toBe('/google.rpc.BadRequest');
    expect(errors[1]).toMatchObject({ code: 5, message: `Transaction ${key} not found`, details: [] });
  });

  it('are refused as a whole for an id that is none', async () => {
    const request = call(
      'LedgerService/BatchGetObjects',
      BatchGetObjectsRequestSchema,
      { requests: [{ objectId: '0x5' }, { objectId: 'zz' }] },
      BatchGetObjectsResponseSchema,
    );
    await expect(request).rejects.toThrow('INVALID_ARGUMENT: invalid object_id: Unable to parse Address');
  });
});

describe('masks', () => {
  const checkpoint = async (paths: readonly string[]) => {
    const { checkpoint: found } = await call(
      'LedgerService/GetCheckpoint',
      GetCheckpointRequestSchema,
      { checkpointId: { case: 'sequenceNumber', value: 0n }, readMask: { paths: [...paths] } },
      GetCheckpointResponseSchema,
    );
    return found!;
  };

  it('that are empty select nothing, and a trailing dot selects nothing either', async () => {
    for (const paths of [[], ['digest.']]) {
      const found = await checkpoint(paths);
      expect([found.digest, found.sequenceNumber, found.transactions]).toEqual([undefined, undefined, []]);
    }
  });

  it('refuse paths below scalars', async () => {
    await expect(checkpoint(['digest.x'])).rejects.toThrow('invalid read_mask path: digest.x');
  });

  it('select single fields of a summary and of transactions, and effects by their first level', async () => {
    const found = await checkpoint(['summary.epoch', 'transactions.effects.status.success', 'transactions.digest']);
    expect(found.summary?.epoch).toBe(0n);
    expect(found.summary?.timestamp).toBeUndefined();
    const [transaction] = found.transactions;
    expect(transaction?.digest).toBeDefined();
    expect(transaction?.effects?.status).toBeDefined();
    expect(transaction?.effects?.fee).toBeUndefined();
    expect(transaction?.transaction).toBeUndefined();
  });
});

describe('headers', () => {
  it('tell the chain, the epoch and the newest checkpoint', async () => {
    await network.advanceEpoch();
    const response = await fetch(`${network.rpcUrl}/soma.rpc.LedgerService/GetServiceInfo`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: 'http://page' },
      body: '{}',
    });
    const { chainId, epoch } = (await response.json()) as { chainId: string; epoch: string };
    expect([chainId, epoch]).toEqual([network.chainId, '1']);
    const headers = Object.fromEntries(response.headers);
    expect(headers).toMatchObject({
      'x-soma-chain': 'localnet',
      'x-soma-epoch': '1',
      'x-soma-checkpoint-height': String(network.head().sequenceNumber),
      'x-soma-timestamp-ms': String(network.head().timestampMs),
      'x-soma-lowest-available-checkpoint': '0',
      server: 'soma-node/0.1.21',
      'access-control-allow-origin': '*',
    });
    expect(headers['x-soma-chain-id']).toMatch(/^[0-9a-f]{8}$/);
    expect(headers['access-control-expose-headers']).toMatch(/grpc-status.*x-soma-epoch/);
  });
});
