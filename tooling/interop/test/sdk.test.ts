import { type Localnet, startLocalnet } from '@somakit/localnet';
import { createSomaClient, isError, Keypair, parseSoma, type SomaClient, type WriteResult } from '@somakit/sdk';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

let network: Localnet;
const clients: SomaClient[] = [];

const clientOf = (signer?: Keypair, over: Partial<Parameters<typeof createSomaClient>[0]> = {}): SomaClient => {
  const { rpcUrl, faucetUrl, adminUrl, scoringUrl } = network;
  const client = createSomaClient({ rpcUrl, faucetUrl, adminUrl, scoringUrl, signer, ...over });
  clients.push(client);
  return client;
};

/** A client of a new account that holds 2 SOMA in one coin. */
const funded = async (): Promise<{ client: SomaClient; signer: Keypair }> => {
  const signer = Keypair.generate();
  const client = clientOf(signer);
  await client.requestFaucet({ address: signer.address });
  return { client, signer };
};

beforeAll(async () => {
  network = await startLocalnet({ ports: 'free', smallModel: true });
});
afterAll(async () => {
  for (const client of clients) client.close();
  await network.stop();
});

/** Every shannon that a write moved is in its balance changes and its fee. */
const addsUp = ({ balanceChanges, fee, bond }: WriteResult): boolean =>
  balanceChanges.reduce((sum, { amount }) => sum + amount, 0n) === -fee.totalFee - bond;

describe('the client on a localnet', () => {
  it('funds, transfers and reports what it cost to the shannon', async () => {
    const { client, signer } = await funded();
    const recipient = Keypair.generate().address;
    const before = await client.getBalance({ address: signer.address });
    expect(before).toBe(parseSoma('2'));
    const result = await client.transferCoin({ recipient, amount: parseSoma('0.5') });
    expect(result.checkpoint).toBeTypeOf('bigint');
    expect(result.created).toHaveLength(1);
    expect(addsUp(result)).toBe(true);
    expect(await client.getBalance({ address: recipient })).toBe(parseSoma('0.5'));
    expect(await client.getBalance({ address: signer.address })).toBe(before + result.net);
    expect(result.net).toBe(-parseSoma('0.5') - result.fee.totalFee);
    const seen = await client.waitForTransaction({ digest: result.digest });
    expect(seen.effects).toEqual(result.effects);
    expect(seen.checkpoint).toBe(result.checkpoint);
  });

  it('says in a dry run what the write then costs, and leaves everything as it was', async () => {
    const { client, signer } = await funded();
    const parameters = { recipient: Keypair.generate().address, amount: parseSoma('0.25') };
    const dry = await client.transferCoin({ ...parameters, dryRun: true });
    expect(dry.dryRun).toBe(true);
    expect(await client.getBalance({ address: signer.address })).toBe(parseSoma('2'));
    const wet = await client.transferCoin(parameters);
    expect({ fee: dry.fee, net: dry.net, balanceChanges: dry.balanceChanges }).toEqual({
      fee: wet.fee,
      net: wet.net,
      balanceChanges: wet.balanceChanges,
    });
  });

  it('refuses what the account cannot pay before anything is sent', async () => {
    const { client, signer } = await funded();
    const call = client.transferCoin({ recipient: Keypair.generate().address, amount: parseSoma('3') });
    await expect(call).rejects.toMatchObject({ code: 'INSUFFICIENT_COINS' });
    expect(await client.getBalance({ address: signer.address })).toBe(parseSoma('2'));
  });

  it('says which option a missing service needs', async () => {
    const client = clientOf(undefined, { faucetUrl: undefined });
    await expect(client.requestFaucet({ address: Keypair.generate().address })).rejects.toMatchObject({
      code: 'SERVICE_NOT_CONFIGURED',
      context: { service: 'faucet', option: 'faucetUrl' },
    });
    await expect(client.transferCoin({ recipient: '0x1', amount: 1n })).rejects.toMatchObject({ code: 'NO_SIGNER' });
  });

  it('makes 100 transfers from one wallet at a time', async () => {
    const { client, signer } = await funded();
    await client.splitCoins({ count: 10 });
    const recipients = Array.from({ length: 100 }, () => Keypair.generate().address);
    const amount = parseSoma('0.001');
    const results = await Promise.all(recipients.map((recipient) => client.transferCoin({ recipient, amount })));
    expect(new Set(results.map(({ digest }) => digest)).size).toBe(100);
    for (const recipient of recipients) expect(await client.getBalance({ address: recipient })).toBe(amount);
    const spent = results.reduce((sum, { net }) => sum + net, 0n);
    const left = await client.getBalance({ address: signer.address });
    expect(left - spent).toBeGreaterThan(parseSoma('1.99'));
  }, 60_000);

  it('makes parallel transfers from a single coin, one after the other', async () => {
    const { client } = await funded();
    const recipient = Keypair.generate().address;
    await Promise.all(Array.from({ length: 20 }, () => client.transferCoin({ recipient, amount: 1_000_000n })));
    expect(await client.getBalance({ address: recipient })).toBe(20_000_000n);
  }, 30_000);

  it('goes on with other versions when a coin was spent elsewhere', async () => {
    const { client, signer } = await funded();
    const other = clientOf(signer);
    const recipient = Keypair.generate().address;
    // Both learn the same coin, then one of them spends it.
    await client.transferCoin({ recipient, amount: 1n, dryRun: true });
    await other.transferCoin({ recipient, amount: 1_000n });
    await client.transferCoin({ recipient, amount: 500n });
    expect(await client.getBalance({ address: recipient })).toBe(1_500n);
  });

  it('keeps what executed when the wait for its checkpoint is ended', async () => {
    const { client } = await funded();
    const recipient = Keypair.generate().address;
    const controller = new AbortController();
    const call = client.transferCoin({
      recipient,
      amount: 1_000n,
      signal: controller.signal,
      onSigned: () => queueMicrotask(() => controller.abort()),
    });
    const error = await call.catch((thrown: unknown) => thrown);
    if (isError(error, 'OUTCOME_UNKNOWN')) {
      await client.resume({ transaction: error.context.transaction });
    } else expect(isError(error)).toBe(true);
    await client.transferCoin({ recipient, amount: 1_000n });
    const balance = await client.getBalance({ address: recipient });
    expect([1_000n, 2_000n]).toContain(balance);
  });

  it('pays, merges, splits and hands over objects', async () => {
    const { client, signer } = await funded();
    const [a, b] = [Keypair.generate().address, Keypair.generate().address];
    const paid = await client.payCoins({ recipients: [a, b], amounts: [1_000n, 2_000n] });
    expect(addsUp(paid)).toBe(true);
    await client.splitCoins({ count: 4 });
    expect(await client.listOwnedObjects({ owner: signer.address, objectType: 'coin' })).toHaveLength(4);
    const [coin] = await client.listOwnedObjects({ owner: signer.address, objectType: 'coin', limit: 1 });
    await client.transferObjects({ recipient: a, objectIds: [coin!.objectId] });
    expect(await client.listOwnedObjects({ owner: a, objectType: 'coin' })).toHaveLength(2);
    await client.mergeCoins();
    expect(await client.listOwnedObjects({ owner: signer.address, objectType: 'coin' })).toHaveLength(1);
    await expect(client.mergeCoins()).rejects.toMatchObject({ code: 'NOTHING_TO_MERGE' });
    const foreign = client.transferObjects({ recipient: b, objectIds: [coin!.objectId] });
    await expect(foreign).rejects.toMatchObject({ code: 'WRONG_OBJECT' });
  });

  it('stakes with a validator, says what the position is worth, and takes it back', async () => {
    const { client, signer } = await funded();
    const [validator] = await client.getValidators();
    await expect(client.addStake({ validator: signer.address, amount: 1_000_000_000n })).rejects.toMatchObject({
      code: 'PREFLIGHT_FAILED',
      context: { failure: { kind: 'ValidatorNotFound' } },
    });
    await client.addStake({ validator: validator!.address, amount: parseSoma('1') });
    const [position] = await client.getStakes({ owner: signer.address });
    expect(position).toMatchObject({ principal: parseSoma('1'), value: parseSoma('1') });
    expect(position!.stakedWith).toEqual({ kind: 'validator', address: validator!.address });
    const back = await client.withdrawStake({ stakedSomaId: position!.stakedSomaId });
    expect(back.net).toBe(parseSoma('1') - back.fee.totalFee);
    expect(await client.getStakes({ owner: signer.address })).toEqual([]);
  });

  it('tells what the chain is and how long its epoch lasts', async () => {
    const client = clientOf();
    expect(await client.getChainIdentifier()).toBe('localnet');
    expect(await client.getChainId()).toBe(network.chainId);
    expect(await client.getEmbeddingDim()).toBe(16);
    expect(await client.checkApiVersion()).toMatchObject({ same: true, compatible: true });
    const state = await client.getLatestSystemState();
    const { epochDurationMs } = state.parameters;
    expect(await client.getNextEpochTimestamp()).toBe(state.epochStartTimestampMs + epochDurationMs);
    expect(await client.getFollowingEpochTimestamp()).toBe(state.epochStartTimestampMs + 2n * epochDurationMs);
    expect(await client.getModelMinStake()).toBe(state.parameters.modelMinStake);
    const { epoch } = await client.getEpoch();
    expect(epoch).toBe(state.epoch);
    const { data } = await client.getLatestCheckpoint();
    const same = await client.getCheckpointSummary({ sequenceNumber: data.sequenceNumber });
    expect(same.data).toEqual(data);
  });

  it('takes methods of the caller', async () => {
    const client = clientOf().extend((base) => ({ richest: async () => (await base.getValidators())[0]?.address }));
    const again = client.extend((base) => ({ twice: async () => [await base.richest(), await base.richest()] }));
    expect(await again.twice()).toEqual([network.validators[0]?.address, network.validators[0]?.address]);
  });

  it('sees a new epoch at once', async () => {
    const client = clientOf();
    const before = (await client.getEpochClock()).epoch;
    const waiting = client.waitForNextEpoch({ after: before });
    expect(await client.advanceEpoch()).toBe(before + 1n);
    expect(await waiting).toBe(before + 1n);
    expect((await client.getEpochClock()).epoch).toBe(before + 1n);
    await expect(client.waitForNextEpoch({ timeoutMs: 20 })).rejects.toMatchObject({ code: 'EPOCH_NOT_ADVANCED' });
  });
});
