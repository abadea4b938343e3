import { type Localnet, startLocalnet } from '@somakit/localnet';
import { createNodeTransport, type RpcTransport } from '@somakit/rpc/node';
import { rpcStatus } from '@somakit/rpc/server';
import { createSomaClient, isError, Keypair, parseSoma, type SomaClient } from '@somakit/sdk';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

let network: Localnet;
const ends: (() => void)[] = [];

beforeAll(async () => {
  network = await startLocalnet({ ports: 'free', smallModel: true });
});
afterAll(async () => {
  for (const end of ends) end();
  await network.stop();
});

/** A connection that loses answers to submissions, after or before the node has them. */
const lossy = (): { transport: RpcTransport; lose: (what: 'answer' | 'request' | undefined) => void } => {
  const inner = createNodeTransport({ url: network.rpcUrl });
  ends.push(() => inner.close());
  let losing: 'answer' | 'request' | undefined;
  const unary: RpcTransport['unary'] = async (method, signal, timeoutMs, header, input, contextValues) => {
    const submission = method.name === 'ExecuteTransaction';
    // Asking by digest does not work either while the line is down.
    const affected = losing !== undefined && (submission || method.name === 'GetTransaction');
    if (!affected) return inner.unary(method, signal, timeoutMs, header, input, contextValues);
    if (submission && losing === 'answer') {
      await inner.unary(method, signal, timeoutMs, header, input, contextValues);
    }
    if (submission && losing === 'answer') throw rpcStatus('UNAVAILABLE', 'the connection was lost');
    const dead = createNodeTransport({ url: 'http://127.0.0.1:1' });
    try {
      return await dead.unary(method, signal, timeoutMs, header, input, contextValues);
    } finally {
      dead.close();
    }
  };
  const transport: RpcTransport = Object.create(inner, { unary: { value: unary } });
  return {
    transport,
    lose: (what) => {
      losing = what;
    },
  };
};

const clientWith = async (): Promise<{
  client: SomaClient;
  signer: Keypair;
  lose: ReturnType<typeof lossy>['lose'];
}> => {
  const signer = Keypair.generate();
  await network.fund(signer.address, parseSoma('2'));
  const { transport, lose } = lossy();
  const client = createSomaClient({ transport, signer, retry: false });
  ends.push(() => client.close());
  return { client, signer, lose };
};

describe('writes while things break', () => {
  it('takes up a transaction whose answer was lost, and never pays twice', async () => {
    const { client, lose } = await clientWith();
    const recipient = Keypair.generate().address;
    const amount = parseSoma('0.5');
    lose('answer');
    const error = await client.transferCoin({ recipient, amount }).catch((thrown: unknown) => thrown);
    expect(isError(error, 'OUTCOME_UNKNOWN') && error.hint).toContain('resume');
    if (!isError(error, 'OUTCOME_UNKNOWN')) return;
    lose(undefined);
    const result = await client.resume({ transaction: error.context.transaction });
    expect(result.digest).toBe(error.context.digest);
    expect(await client.getBalance({ address: recipient })).toBe(amount);
    await client.resume({ transaction: error.context.transaction });
    expect(await client.getBalance({ address: recipient })).toBe(amount);
    // The coin is free again, in its new version.
    await client.transferCoin({ recipient, amount });
    expect(await client.getBalance({ address: recipient })).toBe(2n * amount);
  });

  it('frees the coins of a write that never left, and the next one goes through', async () => {
    const { client, lose } = await clientWith();
    const recipient = Keypair.generate().address;
    await client.transferCoin({ recipient, amount: 1_000n });
    lose('request');
    const failed = client.transferCoin({ recipient, amount: 1_000n });
    await expect(failed).rejects.toMatchObject({ code: 'RPC_UNAVAILABLE' });
    lose(undefined);
    await client.transferCoin({ recipient, amount: 500n });
    expect(await client.getBalance({ address: recipient })).toBe(1_500n);
  });

  it('goes on across the end of an epoch in the middle of many writes', async () => {
    const { client } = await clientWith();
    const recipient = Keypair.generate().address;
    const writes = Array.from({ length: 12 }, async (_, index) => {
      if (index === 6) await network.advanceEpoch();
      return client.transferCoin({ recipient, amount: 1_000n });
    });
    await Promise.all(writes);
    expect(await client.getBalance({ address: recipient })).toBe(12_000n);
  });

  it('names the faucet that does not answer', async () => {
    const client = createSomaClient({ rpcUrl: network.rpcUrl, faucetUrl: 'http://127.0.0.1:1', retry: false });
    ends.push(() => client.close());
    const call = client.requestFaucet({ address: Keypair.generate().address });
    await expect(call).rejects.toMatchObject({ code: 'RPC_UNAVAILABLE' });
  });

  it('works with a clock that is a day off', async () => {
    const signer = Keypair.generate();
    await network.fund(signer.address, parseSoma('2'));
    const skewed = {
      now: () => Date.now() + 86_400_000,
      monotonic: () => performance.now(),
      schedule: (callback: () => void, delayMs: number) => {
        const timer = setTimeout(callback, delayMs);
        return () => clearTimeout(timer);
      },
    };
    const client = createSomaClient({ rpcUrl: network.rpcUrl, signer, clock: skewed });
    ends.push(() => client.close());
    const recipient = Keypair.generate().address;
    await client.transferCoin({ recipient, amount: 1_000n });
    expect(await client.getBalance({ address: recipient })).toBe(1_000n);
  });
});
