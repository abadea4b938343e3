import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { makeWeights } from '@somakit/demo/weights';
import { bundlePrograms, type Market, runProgram, startMarket } from '@somakit/harness';
import { openWallet } from '@somakit/sdk/node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readmeBlocks } from '../blocks.mjs';

const root = fileURLToPath(new URL('../../../', import.meta.url));

/** The READMEs whose package.json says `"somakit": { "readme": "run" }`. */
const readmes = ['.', ...['packages', 'apps', 'examples'].flatMap((group) => listed(group))].filter((folder) => {
  const manifest = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
  return manifest.somakit?.readme === 'run';
});

function listed(group: string): string[] {
  return readdirSync(join(root, group))
    .map((name) => join(group, name))
    .filter((folder) => existsSync(join(root, folder, 'package.json')));
}

const blocks = readmes.flatMap((folder) => {
  const file = join(folder, 'README.md');
  return readmeBlocks(readFileSync(join(root, file), 'utf8')).map((block) => ({
    ...block,
    name: `${file}:${block.line}`,
  }));
});

let market: Market;
let generated: string;
let programs: readonly string[];

/** A block with the addresses of the test's network in the place of the usual ones, of which a machine has one set. */
const onNetwork = (code: string): string => {
  const { rpcUrl, faucetUrl, adminUrl, scoringUrl } = market.network;
  const urls = JSON.stringify({ rpcUrl, faucetUrl, adminUrl, scoringUrl }).slice(1, -1);
  return code
    .replace(/network: '(?:localnet|testnet)'/g, urls)
    .replace(/ports: 'default'/g, "ports: 'free'")
    .replace(/http:\/\/127\.0\.0\.1:9000/g, rpcUrl)
    .replace(/http:\/\/127\.0\.0\.1:9123/g, faucetUrl);
};

beforeAll(async () => {
  market = await startMarket({ weights: makeWeights(1n) });
  // A wallet as a user has it: an active key with funds, and the network as the active environment.
  const configDir = join(market.folder, 'wallet');
  const wallet = await openWallet({ configDir, create: true, env: {} });
  await wallet.addEnvironment({ alias: 'readme', rpc: market.network.rpcUrl });
  await wallet.switchEnvironment('readme');
  await market.network.fund(wallet.activeAddress!, 5_000_000_000n);
  mkdirSync(new URL('./.generated', import.meta.url), { recursive: true });
  generated = mkdtempSync(fileURLToPath(new URL('./.generated/readme-', import.meta.url)));
  const sources = blocks.map(({ code }, index) => {
    const file = join(generated, `block-${index}.ts`);
    writeFileSync(file, `export {};\n${onNetwork(code)}`);
    return file;
  });
  programs = await bundlePrograms(sources, join(generated, 'out'));
});
afterAll(async () => {
  rmSync(generated, { recursive: true, force: true });
  await market.close();
});

describe('the code blocks of READMEs', () => {
  it('are found', () => {
    expect(readmes).toEqual(expect.arrayContaining(['.', 'packages/sdk']));
    expect(blocks.length).toBeGreaterThanOrEqual(4);
  });

  it.each(blocks.map((block, index) => ({ ...block, index })).filter(({ notRun }) => notRun === undefined))(
    'do what they say and end by themselves: $name',
    async ({ index, prints = '' }) => {
      const env = { ...market.env, SOMA_CONFIG_DIR: join(market.folder, 'wallet') };
      const end = await runProgram(programs[index]!, { cwd: market.folder, env });
      expect(end).toMatchObject({ status: 0, stderr: '' });
      expect(end.stdout).toContain(prints);
    },
    90_000,
  );
});
