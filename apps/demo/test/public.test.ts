import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { type Market, startMarket } from '@somakit/harness';
import { createDataServer, type DataServer } from '@somakit/rpc/node';
import { createSomaClient, encryptWeights, Keypair, parseSoma, type SomaClient } from '@somakit/sdk';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runDemo } from '../src/index.js';
import { makeWeights } from '../src/weights.js';

// A network that is not the demo's own stands for the public one: the same calls, another URL.
let market: Market;
let host: DataServer;
let owner: SomaClient;
let data: string;
let dataUrl: string;

beforeAll(async () => {
  market = await startMarket({ weights: makeWeights(1n) });
  host = await createDataServer();
  const signer = Keypair.generate();
  owner = createSomaClient({ ...market.network, signer });
  await market.network.fund(signer.address, parseSoma('3'));
  const { encrypted, key: decryptionKey } = encryptWeights(readFileSync(join(market.folder, 'model.safetensors')));
  const weights = await host.add(encrypted);
  const embedding = new Float32Array(16).fill(0.5);
  const modelId = await owner.createModel({ commissionRate: 0 });
  await owner.commitModel({ modelId, weightsUrl: weights.url, weights, decryptionKey, embedding });
  await owner.advanceEpoch();
  await owner.revealModel({ modelId, decryptionKey, embedding });
  await owner.advanceEpoch();
  data = mkdtempSync(join(tmpdir(), 'somakit-published-'));
  cpSync(join(market.folder, 'data.txt'), join(data, 'data.txt'));
  const { url } = await host.add(readFileSync(join(data, 'data.txt')), { name: 'data.txt' });
  dataUrl = url.slice(0, -basename(url).length);
});
afterAll(async () => {
  rmSync(data, { recursive: true, force: true });
  owner.close();
  await host.close();
  await market.close();
});

const funded = async (): Promise<Keypair> => {
  const signer = Keypair.generate();
  await market.network.fund(signer.address, parseSoma('1'));
  return signer;
};

const play = async (over: Partial<Parameters<typeof runDemo>[0]> = {}) => {
  const { rpcUrl, scoringUrl } = market.network;
  const signer = 'signer' in over ? over.signer : await funded();
  return runDemo({ network: 'testnet', data, rpcUrl, scoringUrl, dataUrl, ...over, signer });
};

describe('the demo on a network of others', () => {
  it.each([
    ['a key', 'signer', { signer: undefined }],
    ['funds', 'funds', { signer: Keypair.generate() }],
    ['a scoring service', 'scoring', { scoringUrl: undefined }],
    ['a scoring service that answers', 'scoring', { scoringUrl: 'http://127.0.0.1:1' }],
    ['a place of the files', 'data', { dataUrl: undefined }],
    ['files at that place', 'data', { dataUrl: 'http://127.0.0.1:1/' }],
    ['a network that answers', 'network', { rpcUrl: 'http://127.0.0.1:1' }],
  ])('says that it lacks %s, and what to do', async (_, missing, over) => {
    await expect(play(over)).rejects.toMatchObject({
      code: 'DEMO_NOT_READY',
      context: { missing },
      hint: expect.stringMatching(/\w/),
    });
  });

  it('refuses files that are published with other contents, before it pays anything', async () => {
    const signer = await funded();
    const other = mkdtempSync(join(tmpdir(), 'somakit-other-'));
    try {
      const text = readFileSync(join(data, 'data.txt'), 'utf8');
      writeFileSync(join(other, 'data.txt'), text.replace('fox', 'cat'));
      await expect(play({ data: other, signer })).rejects.toMatchObject({ context: { missing: 'data' } });
    } finally {
      rmSync(other, { recursive: true });
    }
    expect(await owner.getBalance({ address: signer.address })).toBe(parseSoma('1'));
  });

  it('submits for real, and claims two epochs later what that has earned', async () => {
    const signer = await funded();
    const first = await play({ signer });
    expect(first.submissions).toHaveLength(1);
    const [paid] = first.wallets;
    expect(paid).toMatchObject({ funded: parseSoma('1'), bonds: first.submissions[0]!.bond, bondsBack: 0n });
    expect(paid!.balance).toBe(parseSoma('1') - paid!.fees - paid!.bonds);
    await owner.advanceEpoch();
    await owner.advanceEpoch();
    const second = await play({ signer });
    const [earned] = second.wallets;
    expect(earned!.bondsBack).toBe(paid!.bonds);
    expect(earned!.rewards).toBeGreaterThan(0n);
    expect(second.transactions[0]!.what).toBe(`claim ${first.submissions[0]!.targetId}`);
  }, 60_000);
});
