import { LedgerService, StateService, SubscriptionService } from '@somakit/rpc/proto';
import { createWebTransport } from '@somakit/rpc/web';
import { afterAll, describe, expect, inject, it } from 'vitest';

const { rpcUrl, owner, modelId, chainId } = inject('localnet');
const transport = createWebTransport({ url: rpcUrl });
afterAll(() => transport.close());

describe('a page of another origin', () => {
  it('is one', () => {
    expect(new URL(rpcUrl).origin).not.toBe(location.origin);
  });

  it('reads open targets, page by page', async () => {
    const ids = new Set<string>();
    let pageToken: Uint8Array | undefined;
    do {
      const { message } = await transport.unary(StateService.method.listTargets, undefined, 20_000, undefined, {
        statusFilter: 'open',
        pageSize: 33,
        readMask: { paths: ['id', 'status', 'embedding', 'model_ids'] },
        ...(pageToken === undefined ? {} : { pageToken }),
      });
      for (const { id, status, embedding, modelIds } of message.targets) {
        expect([status, embedding.length]).toEqual(['open', 16]);
        expect(modelIds.map(BigInt)).toEqual([BigInt(modelId)]);
        ids.add(id!);
      }
      pageToken = message.nextPageToken;
    } while (pageToken !== undefined);
    expect(ids.size).toBe(100);
  });

  it('reads a balance', async () => {
    const { message } = await transport.unary(StateService.method.getBalance, undefined, 20_000, undefined, { owner });
    expect(message.balance).toBe(7n);
  });

  it('reads the headers that a node puts on its answers', async () => {
    const { message, header } = await transport.unary(
      LedgerService.method.getServiceInfo,
      undefined,
      20_000,
      undefined,
      {},
    );
    expect(message.chainId).toBe(chainId);
    expect(header.get('x-soma-chain')).toBe('localnet');
    expect(header.get('x-soma-epoch')).toBe(String(message.epoch));
    expect(header.get('x-soma-checkpoint-height')).toMatch(/^\d+$/);
  });

  it('learns why a call failed: code, message and details', async () => {
    const call = transport.unary(StateService.method.getBalance, undefined, 20_000, undefined, { owner: 'zz' });
    await expect(call).rejects.toMatchObject({
      code: 3,
      rawMessage: 'invalid owner: Unable to parse AccountAddress (must be hex string of length 32)',
    });
    // With nothing but fetch: the status comes as a frame of its own, flag 0x80, which every page may read.
    const response = await fetch(`${rpcUrl}/soma.rpc.StateService/GetBalance`, {
      method: 'POST',
      headers: { 'content-type': 'application/grpc-web+proto' },
      body: new Uint8Array([0, 0, 0, 0, 0]),
    });
    const body = new Uint8Array(await response.arrayBuffer());
    const trailers = new TextDecoder().decode(body.subarray(5)).split('\r\n');
    expect([body[0], ...trailers.slice(0, 2)]).toEqual([0x80, 'grpc-status: 3', 'grpc-message: missing owner']);
    expect(trailers[2]).toMatch(/^grpc-status-details-bin: [A-Za-z0-9+/]+$/);
  });

  it('follows checkpoints', async () => {
    const controller = new AbortController();
    const { message } = await transport.stream(
      SubscriptionService.method.subscribeCheckpoints,
      controller.signal,
      undefined,
      { 'x-somakit-from-checkpoint': '0' },
      (async function* () {
        yield { readMask: { paths: ['sequence_number', 'digest'] } };
      })(),
    );
    for await (const { cursor, checkpoint } of message) {
      expect([cursor, checkpoint?.digest]).toEqual([0n, chainId]);
      break;
    }
    controller.abort();
  });

  it('gets 404 for a file that is not there, and may read it', async () => {
    const response = await fetch(`${rpcUrl}/model/${'ab'.repeat(32)}`);
    expect([response.status, await response.text()]).toEqual([
      404,
      `Model not found or not active: 0x${'ab'.repeat(32)}`,
    ]);
  });
});
