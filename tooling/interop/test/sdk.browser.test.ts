import { createSomaClient, Keypair, parseSoma, type SomaClient } from '@somakit/sdk';
import { afterEach, describe, expect, inject, it } from 'vitest';

const urls = inject('network');
const clients: SomaClient[] = [];

afterEach(() => {
  for (const client of clients.splice(0)) client.close();
});

/** A key that lives in the page's memory only. */
const visitor = (): { readonly client: SomaClient; readonly signer: Keypair } => {
  const signer = Keypair.generate();
  const client = createSomaClient({ ...urls, signer });
  clients.push(client);
  return { client, signer };
};

describe('a page with a key in its memory, over gRPC-Web', () => {
  it('is another origin than the network', () => {
    expect(new URL(urls.rpcUrl).origin).not.toBe(location.origin);
    expect('process' in globalThis && globalThis.process.versions?.node).toBeFalsy();
  });

  it('refuses what the account cannot pay', async () => {
    const { client } = visitor();
    const call = client.transferCoin({ recipient: '0xb0b', amount: 1n });
    await expect(call).rejects.toMatchObject({ code: 'INSUFFICIENT_COINS' });
  });

  it('takes funds, transfers and reads exact balances', async () => {
    const { client, signer } = visitor();
    const { coinsSent } = await client.requestFaucet({ address: signer.address });
    const granted = coinsSent.reduce((sum, { amount }) => sum + amount, 0n);
    expect(await client.getBalance({ address: signer.address })).toBe(granted);
    const recipient = Keypair.generate().address;
    const amount = parseSoma('0.5');
    const { digest, fee, checkpoint } = await client.transferCoin({ recipient, amount });
    expect(checkpoint).toBeTypeOf('bigint');
    expect(await client.getBalance({ address: recipient })).toBe(amount);
    expect(await client.getBalance({ address: signer.address })).toBe(granted - amount - fee.totalFee);
    expect((await client.getTransaction({ digest })).effects.transactionFee).toEqual(fee);
  });

  it('makes 20 transfers at a time', async () => {
    const { client, signer } = visitor();
    await client.requestFaucet({ address: signer.address });
    const recipient = Keypair.generate().address;
    await Promise.all(Array.from({ length: 20 }, () => client.transferCoin({ recipient, amount: 1_000n })));
    expect(await client.getBalance({ address: recipient })).toBe(20_000n);
  });

  it('lists all targets page by page, with and without their embeddings', async () => {
    const { client } = visitor();
    const dim = await client.getEmbeddingDim();
    const all = await client.getTargets({ status: 'open' });
    expect(all.length).toBeGreaterThanOrEqual(100);
    for (const { embedding, modelIds } of all) {
      expect(embedding).toBeInstanceOf(Float32Array);
      expect(embedding).toHaveLength(dim);
      expect(modelIds.length).toBeGreaterThan(0);
    }
    const ids = new Set<string>();
    let pageToken: string | undefined;
    do {
      const page = await client.listTargets({ limit: 30, readMask: ['id', 'rewardPool'], pageToken });
      for (const { id } of page.targets) ids.add(id);
      pageToken = page.nextPageToken;
    } while (pageToken !== undefined);
    expect([...ids].sort()).toEqual(all.map(({ id }) => id).sort());
  });

  it('ends a wait at once when it is told to', async () => {
    const { client } = visitor();
    const controller = new AbortController();
    const waiting = client.waitForNextEpoch({ signal: controller.signal });
    controller.abort();
    await expect(waiting).rejects.toMatchObject({ code: 'ABORTED' });
  });
});
