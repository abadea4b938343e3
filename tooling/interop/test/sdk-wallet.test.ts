import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Localnet, startLocalnet } from '@somakit/localnet';
import { Keypair, parseSoma } from '@somakit/sdk';
import { openWallet } from '@somakit/sdk/node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

let network: Localnet;
let folder: string;

beforeAll(async () => {
  network = await startLocalnet({ ports: 'free', smallModel: true, accounts: 1 });
  folder = await mkdtemp(join(tmpdir(), 'somakit-wallet-'));
});
afterAll(async () => {
  await network.stop();
  await rm(folder, { recursive: true, force: true });
});

describe('a wallet on a network', () => {
  it('is made, funded, and pays from one of its keys to another', async () => {
    const { faucetUrl } = network;
    const wallet = await openWallet({ configDir: folder, create: true, env: {} });
    await wallet.addEnvironment({ alias: 'mine', rpc: network.rpcUrl });
    await wallet.switchEnvironment('mine');
    await wallet.generateKey({ alias: 'savings' });
    const client = wallet.createClient({ faucetUrl });
    await wallet.setChainId('mine', await client.getChainIdentifier());
    await client.requestFaucet({ address: wallet.activeAddress ?? '' });
    const amount = parseSoma('0.25');
    await client.transferCoin({ recipient: wallet.resolve('savings'), amount });
    const savings = wallet.createClient({ identity: 'savings' });
    const back = await savings.transferCoin({ recipient: wallet.activeAddress ?? '', amount: 1_000n });
    expect(await client.getBalance({ address: wallet.resolve('savings') })).toBe(amount + back.net);
    for (const each of [client, savings]) each.close();
    const again = await openWallet({ configDir: folder, env: {} });
    expect(again.environment()).toMatchObject({ alias: 'mine', chainId: 'localnet' });
  });

  it('writes with a key and a node that are given by variables alone', async () => {
    const keypair = Keypair.generate();
    await network.fund(keypair.address, parseSoma('1'));
    const env = { SOMAKIT_PRIVATE_KEY: keypair.toSecretKey(), SOMAKIT_RPC_URL: network.rpcUrl };
    const wallet = await openWallet({ configDir: join(folder, 'none'), env });
    const client = wallet.createClient();
    const { net, fee } = await client.transferCoin({ recipient: '0xb0b', amount: 1_000n });
    expect(net).toBe(-1_000n - fee.totalFee);
    client.close();
  });
});
