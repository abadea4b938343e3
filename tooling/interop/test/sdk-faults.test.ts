import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Localnet, startLocalnet } from '@somakit/localnet';
import { createNodeTransport, type RpcTransport } from '@somakit/rpc/node';
import { rpcStatus } from '@somakit/rpc/server';
import { createSomaClient, isError, Keypair, parseSoma, type SomaClient, type WriteResult } from '@somakit/sdk';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openLine } from '../src/line.js';

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

  it.each([
    ['ahead', 86_400_000],
    ['behind', -86_400_000],
  ])('works with a clock that is a day %s', async (_, skewMs) => {
    const signer = Keypair.generate();
    await network.fund(signer.address, parseSoma('2'));
    const skewed = {
      now: () => Date.now() + skewMs,
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
    await network.advanceEpoch();
    await client.transferCoin({ recipient, amount: 1_000n });
    expect(await client.getBalance({ address: recipient })).toBe(2_000n);
    expect((await client.getEpochClock()).epoch).toBe(network.epoch());
  });

  it('sends nothing that the account cannot pay for, fees included', async () => {
    const signer = Keypair.generate();
    const client = createSomaClient({ rpcUrl: network.rpcUrl, signer });
    ends.push(() => client.close());
    const recipient = Keypair.generate().address;
    await expect(client.transferCoin({ recipient, amount: 1n })).rejects.toMatchObject({ code: 'INSUFFICIENT_COINS' });
    await network.fund(signer.address, 1_500n);
    const error = await client.transferCoin({ recipient, amount: 1_500n }).catch((thrown: unknown) => thrown);
    expect(isError(error, 'INSUFFICIENT_COINS') && error.hint).toBeTypeOf('string');
    // More than there is, for the stake and for the bond alike.
    const [validator] = await client.getValidators();
    const stake = client.addStake({ validator: validator!.address, amount: parseSoma('1') });
    await expect(stake).rejects.toMatchObject({ code: 'INSUFFICIENT_COINS' });
    expect(await client.getBalance({ address: signer.address })).toBe(1_500n);
    expect(await client.getBalance({ address: recipient })).toBe(0n);
  });

  it('goes on when its coins were spent elsewhere, and loses none', async () => {
    const signer = Keypair.generate();
    await network.fund(signer.address, parseSoma('1'));
    await network.fund(signer.address, parseSoma('2'));
    const [one, two] = [1, 2].map(() => createSomaClient({ rpcUrl: network.rpcUrl, signer })) as [
      SomaClient,
      SomaClient,
    ];
    ends.push(one.close, two.close);
    const recipient = Keypair.generate().address;
    // Both know the same coins, and neither knows of the other.
    for (const client of [one, two]) await client.transferCoin({ recipient, amount: 1n, dryRun: true });
    const results: WriteResult[] = [];
    for (let turn = 0; turn < 4; turn++) {
      for (const client of [one, two]) results.push(await client.transferCoin({ recipient, amount: 1_000n }));
    }
    expect(await one.getBalance({ address: recipient })).toBe(8_000n);
    const spent = results.reduce((sum, { net }) => sum + net, 0n);
    expect(await one.getBalance({ address: signer.address })).toBe(parseSoma('3') + spent);
  });

  it('touches no coin but those that it is told to use', async () => {
    const signer = Keypair.generate();
    await network.fund(signer.address, parseSoma('1'));
    await network.fund(signer.address, parseSoma('5'));
    const client = createSomaClient({ rpcUrl: network.rpcUrl, signer });
    ends.push(() => client.close());
    const recipient = Keypair.generate().address;
    const before = await client.listOwnedObjects({ owner: signer.address });
    const balanceOf = (object: (typeof before)[number] | undefined) =>
      object?.contents.kind === 'Coin' ? object.contents.balance : 0n;
    const small = before.find((each) => balanceOf(each) === parseSoma('1'));
    const large = before.find((each) => balanceOf(each) === parseSoma('5'));
    const coins = [small?.objectId ?? ''];
    await client.transferCoin({ recipient, amount: parseSoma('0.5'), coins });
    const tooMuch = client.transferCoin({ recipient, amount: parseSoma('0.6'), coins });
    await expect(tooMuch).rejects.toMatchObject({ code: 'INSUFFICIENT_COINS' });
    const after = await client.listOwnedObjects({ owner: signer.address });
    expect(after.find(({ objectId }) => objectId === large?.objectId)).toEqual(large);
  });

  it('makes 100 transfers from one wallet, and accounts for every shannon of them', async () => {
    const signer = Keypair.generate();
    await network.fund(signer.address, parseSoma('2'));
    const client = createSomaClient({ rpcUrl: network.rpcUrl, signer });
    ends.push(() => client.close());
    const split = await client.splitCoins({ count: 20 });
    const recipients = Array.from({ length: 100 }, () => Keypair.generate().address);
    const amount = parseSoma('0.001');
    const results = await Promise.all(recipients.map((recipient) => client.transferCoin({ recipient, amount })));
    expect(new Set(results.map(({ digest }) => digest)).size).toBe(100);
    const fees = [split, ...results].reduce((sum, { fee }) => sum + fee.totalFee, 0n);
    expect(await client.getBalance({ address: signer.address })).toBe(parseSoma('2') - 100n * amount - fees);
    for (const recipient of recipients) expect(await client.getBalance({ address: recipient })).toBe(amount);
  }, 60_000);
});

describe('a node that goes down between a submission and its answer', () => {
  it.each(['answers', 'requests'] as const)(
    'leaves no doubt once it is back, when its %s are lost',
    async (lost) => {
      const dataDir = await mkdtemp(join(tmpdir(), 'somakit-fault-'));
      const start = (rpc: number) => startLocalnet({ ports: { rpc }, smallModel: true, accounts: 1, dataDir });
      let node = await start(0);
      const wire = await openLine(node.ports.rpc);
      const signer = Keypair.generate();
      await node.fund(signer.address, parseSoma('2'));
      const client = createSomaClient({ rpcUrl: wire.url, signer, retry: false });
      const witness = createSomaClient({ rpcUrl: node.rpcUrl });
      try {
        const recipient = Keypair.generate().address;
        const amount = parseSoma('0.5');
        let digest = '';
        const onSigned = (signed: { readonly digest: string }) => {
          digest = signed.digest;
          wire.hold(lost);
        };
        const write = client.transferCoin({ recipient, amount, onSigned }).catch((error: unknown) => error);
        // With lost answers the node executes it; with lost requests it never hears of it.
        const there = () =>
          witness.getTransaction({ digest }).then(
            () => true,
            () => false,
          );
        if (lost === 'answers') await expect.poll(there, { timeout: 10_000 }).toBe(true);
        else await expect.poll(wire.heldBytes, { timeout: 10_000 }).toBeGreaterThan(0);
        const { rpc } = node.ports;
        await Promise.all([wire.cut(), node.stop()]);
        const error = await write;
        expect(isError(error, 'OUTCOME_UNKNOWN') && error.hint).toContain('resume');
        if (!isError(error, 'OUTCOME_UNKNOWN')) return;
        const { transaction } = error.context;
        await expect(client.resume({ transaction })).rejects.toMatchObject({ code: 'OUTCOME_UNKNOWN' });

        node = await start(rpc);
        await wire.open();
        const result = await client.resume({ transaction });
        expect(result.digest).toBe(digest);
        const again = await client.resume({ transaction });
        expect(again.digest).toBe(digest);
        expect(await client.getBalance({ address: recipient })).toBe(amount);
        expect(await client.getBalance({ address: signer.address })).toBe(
          parseSoma('2') - amount - result.fee.totalFee,
        );
        // The coin that was in doubt is free again.
        const next = await client.transferCoin({ recipient, amount });
        const left = parseSoma('2') - 2n * amount - result.fee.totalFee - next.fee.totalFee;
        expect(await client.getBalance({ address: signer.address })).toBe(left);
      } finally {
        client.close();
        witness.close();
        await wire.cut();
        await node.stop();
        await rm(dataDir, { recursive: true, force: true });
      }
    },
    60_000,
  );
});

describe('a network that is not there', () => {
  it('is named with what to do, by every kind of call', async () => {
    const client = createSomaClient({ rpcUrl: 'http://127.0.0.1:1', signer: Keypair.generate(), retry: false });
    ends.push(() => client.close());
    for (const call of [client.getLatestSystemState(), client.transferCoin({ recipient: '0x1', amount: 1n })]) {
      const error = await call.catch((thrown: unknown) => thrown);
      expect(isError(error, 'RPC_UNAVAILABLE') && error.retryable).toBe(true);
    }
  });
});
