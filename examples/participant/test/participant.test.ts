import { rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { makeWeights } from '@somakit/demo/weights';
import { bundlePrograms, type Market, type ProgramEnd, runProgram, startMarket, startProgram } from '@somakit/harness';
import { createSomaClient, Keypair, parseSoma, type SomaClient } from '@somakit/sdk';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const NAMES = ['transfer', 'model-owner', 'submitter', 'staker', 'validator', 'multisig', 'make-weights'] as const;
type Name = (typeof NAMES)[number];

const generated = fileURLToPath(new URL(`./.generated/${process.pid}`, import.meta.url));
let market: Market;
let client: SomaClient;
let programs: Readonly<Record<Name, string>>;

beforeAll(async () => {
  market = await startMarket({ weights: makeWeights(1n) });
  client = createSomaClient(market.network);
  const sources = NAMES.map((name) => fileURLToPath(new URL(`../src/${name}.ts`, import.meta.url)));
  const built = await bundlePrograms(sources, generated);
  programs = Object.fromEntries(NAMES.map((name, index) => [name, built[index]!])) as Record<Name, string>;
});
afterAll(async () => {
  rmSync(generated, { recursive: true, force: true });
  client.close();
  await market.close();
});

/** A key for an example, so that the test knows its account. */
const actor = () => {
  const signer = Keypair.generate();
  return { address: signer.address, env: { ...market.env, SOMAKIT_PRIVATE_KEY: signer.toSecretKey() } };
};

const run = (name: Name, env: Readonly<Record<string, string>>, ...args: string[]): Promise<ProgramEnd> =>
  runProgram(programs[name], { args, env, cwd: market.folder });

const ENDED = { status: 0, stderr: '' };

describe('the examples, against a network', () => {
  it('submitter says what to do when there is no target', async () => {
    const end = await run('submitter', actor().env);
    expect(end).toMatchObject({ status: 1, stderr: '' });
    expect(end.stdout).toContain('publish a model first');
  }, 90_000);

  it('transfer sends what it was told to', async () => {
    const recipient = Keypair.generate().address;
    expect(await run('transfer', actor().env, recipient, '0.25')).toMatchObject(ENDED);
    expect(await client.getBalance({ address: recipient })).toBe(parseSoma('0.25'));
  }, 90_000);

  it('staker stakes and withdraws with what the stake has earned', async () => {
    const { address, env } = actor();
    const end = await run('staker', env);
    expect(end).toMatchObject(ENDED);
    expect(end.stdout).toMatch(/now worth 1(\.\d+)?\nwithdrew /);
    expect(await client.getStakes({ owner: address })).toEqual([]);
  }, 90_000);

  it('validator gets a seat and sets its commission', async () => {
    const { address, env } = actor();
    const end = await run('validator', env);
    expect(end).toMatchObject(ENDED);
    const seat = (await client.getValidators()).find((each) => each.address === address);
    expect(seat?.votingPower).toBeGreaterThan(0n);
    expect(seat?.nextEpochCommissionRate).toBe(500);
  }, 90_000);

  it('multisig pays twice, signed in both ways', async () => {
    const recipient = Keypair.generate().address;
    expect(await run('multisig', actor().env, recipient)).toMatchObject(ENDED);
    expect(await client.getBalance({ address: recipient })).toBe(parseSoma('0.2'));
  }, 90_000);

  it('make-weights, model-owner and submitter play the market together', async () => {
    expect(await run('make-weights', market.env, 'small.safetensors')).toMatchObject(ENDED);
    const owner = actor();
    const options = { args: ['small.safetensors'], cwd: market.folder, env: owner.env };
    const serving = startProgram(programs['model-owner'], options);
    try {
      await serving.line(/^serving /);
      const [model] = (await client.getActiveModels()).filter((each) => each.owner === owner.address);
      const kept = JSON.parse(await readFile(join(market.folder, 'small.safetensors.key.json'), 'utf8'));
      expect(kept).toMatchObject({ modelId: model!.modelId, decryptionKey: model!.decryptionKey });
      const before = await client.getBalance({ address: owner.address });
      const end = await run('submitter', actor().env);
      expect(end).toMatchObject(ENDED);
      expect(end.stdout).toMatch(/claimed \d/);
      expect(await client.getBalance({ address: owner.address })).toBeGreaterThan(before);
    } finally {
      expect(await serving.end()).toMatchObject(ENDED);
    }
  }, 120_000);
});
