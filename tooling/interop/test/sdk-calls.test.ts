import { startLocalnet } from '@somakit/localnet';
import { createNodeTransport, type RpcTransport } from '@somakit/rpc/node';
import { createSomaClient, Keypair, parseSoma } from '@somakit/sdk';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

let network: Awaited<ReturnType<typeof startLocalnet>>;
beforeAll(async () => {
  network = await startLocalnet({ ports: 'free', smallModel: true });
});
afterAll(() => network.stop());

/** A transport that counts its calls by method. */
const counting = () => {
  const inner = createNodeTransport({ url: network.rpcUrl });
  const calls: Record<string, number> = {};
  const count = (name: string): void => {
    calls[name] = (calls[name] ?? 0) + 1;
  };
  const unary: RpcTransport['unary'] = (method, ...rest) => {
    count(method.name);
    return inner.unary(method, ...rest);
  };
  const stream: RpcTransport['stream'] = (method, ...rest) => {
    count(method.name);
    return inner.stream(method, ...rest);
  };
  const transport: RpcTransport = Object.create(inner, { unary: { value: unary }, stream: { value: stream } });
  return { transport, calls, close: () => inner.close() };
};

describe('what a write costs in calls', () => {
  it('is one submission each; coins, the epoch and the checkpoints are asked for together', async () => {
    const signer = Keypair.generate();
    await network.fund(signer.address, parseSoma('2'));
    const { transport, calls, close } = counting();
    const client = createSomaClient({ transport, signer });
    try {
      const recipient = Keypair.generate().address;
      const amounts = Array.from({ length: 20 }, (_, index) => 1_000n + BigInt(index));
      for (const amount of amounts.slice(0, 5)) await client.transferCoin({ recipient, amount });
      await Promise.all(amounts.slice(5).map((amount) => client.transferCoin({ recipient, amount })));
      expect(calls).toMatchObject({ ExecuteTransaction: 20, GetEpoch: 1 });
      // One; on a machine so busy that asking was faster than the stream, another.
      expect(calls.SubscribeCheckpoints).toBeLessThanOrEqual(3);
      // The one coin is known; those who wait for it ask once more, together, whether there is another.
      expect(calls.ListOwnedObjects).toBeLessThanOrEqual(2);
      // That nobody else has sent the same is asked where others can know the coin: never more than once each.
      expect(calls.BatchGetTransactions).toBeLessThanOrEqual(20);
      expect(await client.getBalance({ address: recipient })).toBe(amounts.reduce((sum, amount) => sum + amount, 0n));
    } finally {
      client.close();
      close();
    }
  }, 60_000);

  it('opens the subscription again after the client was closed', async () => {
    const signer = Keypair.generate();
    await network.fund(signer.address, parseSoma('2'));
    const { transport, calls, close } = counting();
    const client = createSomaClient({ transport, signer });
    try {
      await client.transferCoin({ recipient: '0xb0b', amount: 1n });
      client.close();
      await client.transferCoin({ recipient: '0xb0b', amount: 2n });
      expect(calls.SubscribeCheckpoints).toBeGreaterThanOrEqual(2);
    } finally {
      client.close();
      close();
    }
  }, 60_000);
});
