import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { startLocalnet } from '@somakit/localnet';
import coins from '@somakit/vectors/traces/coins.json';
import market from '@somakit/vectors/traces/market.json';
import staking from '@somakit/vectors/traces/staking.json';
import { findPart } from '@somakit/vitest-config/parts';
import { describe, expect, it } from 'vitest';

const python = findPart('python');
const script = fileURLToPath(new URL('../python/trace.py', import.meta.url));

/** What the official client sees of a fresh network in a scenario. */
const trace = async (scenario: string): Promise<unknown> => {
  const network = await startLocalnet({ ports: 'free', smallModel: true });
  try {
    const urls = ['--rpc', network.rpcUrl, '--faucet', network.faucetUrl, '--admin', network.adminUrl];
    const { stdout } = await promisify(execFile)(python!, [script, scenario, ...urls], { maxBuffer: 64 * 1024 * 1024 });
    return JSON.parse(stdout);
  } finally {
    await network.stop();
  }
};

describe.runIf(python !== undefined)('the localnet under the official Python client', () => {
  it('gives the trace of the reference node for coins', async () => {
    expect(await trace('coins')).toEqual(coins);
  }, 60_000);

  it('gives the trace of the reference node for staking', async () => {
    expect(await trace('staking')).toEqual(staking);
  }, 60_000);

  it('gives the trace of the reference node for the market', async () => {
    expect(await trace('market')).toEqual(market);
  }, 60_000);
});
