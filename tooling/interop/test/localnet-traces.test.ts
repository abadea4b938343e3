import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type LocalnetOptions, startLocalnet } from '@somakit/localnet';
import coins from '@somakit/vectors/traces/coins.json';
import market from '@somakit/vectors/traces/market.json';
import staking from '@somakit/vectors/traces/staking.json';
import { findPart } from '@somakit/vitest-config/parts';
import { describe, expect, it } from 'vitest';

const python = findPart('python');
const scriptOf = (name: string): string => fileURLToPath(new URL(`../python/${name}.py`, import.meta.url));

/** What the official client sees of a fresh network in a scenario. */
const trace = async (args: readonly string[], options: LocalnetOptions = {}): Promise<unknown> => {
  const network = await startLocalnet({ ports: 'free', smallModel: true, ...options });
  try {
    const [script, ...rest] = args;
    const urls = ['--rpc', network.rpcUrl, '--faucet', network.faucetUrl, '--admin', network.adminUrl];
    const whole = [scriptOf(script!), ...rest, ...urls];
    const { stdout } = await promisify(execFile)(python!, whole, { maxBuffer: 64 * 1024 * 1024 });
    return JSON.parse(stdout);
  } finally {
    await network.stop();
  }
};

describe.runIf(python !== undefined)('the localnet under the official Python client', () => {
  it('gives the trace of the reference node for coins', async () => {
    expect(await trace(['trace', 'coins'])).toEqual(coins);
  }, 60_000);

  it('gives the trace of the reference node for staking', async () => {
    expect(await trace(['trace', 'staking'])).toEqual(staking);
  }, 60_000);

  it('gives the trace of the reference node for the market', async () => {
    expect(await trace(['trace', 'market'])).toEqual(market);
  }, 60_000);

  interface Step {
    readonly step?: string;
    readonly ok?: boolean;
    readonly error?: string;
    readonly result?: unknown;
  }

  it('ends epochs by time while the client waits, with models that live through them', async () => {
    const steps = (await trace(['timed'], { epochDurationMs: 6_000 })) as (Step & Record<string, unknown>)[];
    expect(steps.filter(({ ok }) => ok === false)).toEqual([]);
    expect(steps.filter(({ step }) => step === undefined)).toEqual([
      { next: true, following: true },
      { active: 1, open: true },
      { paid: true, 'whole epochs': true, 'safe mode': false },
      { 'by hand too': true },
    ]);
    const waits = steps.filter(({ result }) => typeof result === 'boolean');
    expect(waits.map(({ step, result }) => [step, result])).toEqual([
      ['begin', true],
      ['after the commit', true],
      ['after the reveal', true],
      ['one more', true],
    ]);
  }, 120_000);
});
