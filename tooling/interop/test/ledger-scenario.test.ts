import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { startLocalnet } from '@somakit/localnet';
import { findPart } from '@somakit/vitest-config/parts';
import { describe, expect, it } from 'vitest';

const python = findPart('python');
const run = promisify(execFile);
const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const MAX = { maxBuffer: 64 * 1024 * 1024 };

interface Expected {
  readonly status: string;
  readonly balances: Readonly<Record<string, string>>;
  readonly state?: unknown;
}
interface Scenario {
  readonly steps: readonly { readonly call: string; readonly expect: Expected }[];
}

/** What the pure ledger makes of a random scenario. */
const write = async (seed: number, steps: number): Promise<string> => {
  const ledger = at('../../../packages/ledger');
  const tsx = join(ledger, 'node_modules/.bin/tsx');
  const script = [join(ledger, 'scripts/write-scenario.ts'), String(seed), String(steps)];
  return (await run(tsx, ['--conditions=somakit-source', ...script], { ...MAX, cwd: ledger })).stdout;
};

/** What the official client sees of it on a localnet. */
const play = async (text: string): Promise<unknown> => {
  const folder = await mkdtemp(join(tmpdir(), 'somakit-scenario-'));
  const network = await startLocalnet({ ports: 'free', smallModel: true });
  try {
    const file = join(folder, 'scenario.json');
    await writeFile(file, text);
    const [{ address, keypair }] = network.validators as [(typeof network.validators)[0]];
    const urls = ['--rpc', network.rpcUrl, '--faucet', network.faucetUrl, '--admin', network.adminUrl];
    const validator = ['--validator', address, '--validator-secret', keypair.toSecretKeyHex()];
    return JSON.parse((await run(python!, [at('../python/scenario.py'), file, ...urls, ...validator], MAX)).stdout);
  } finally {
    await network.stop();
    await rm(folder, { recursive: true });
  }
};

/** Numbers as text: JSON of the one side has amounts as text, that of the other as numbers. */
const asText = (value: unknown): unknown =>
  typeof value === 'number'
    ? String(value)
    : Array.isArray(value)
      ? value.map(asText)
      : typeof value === 'object' && value !== null
        ? Object.fromEntries(Object.entries(value).map(([key, each]) => [key, asText(each)]))
        : value;

// SOMAKIT_SCENARIOS=20 plays as many, of 120 steps each.
const LONG = Number(process.env.SOMAKIT_SCENARIOS ?? 0);
const seeds = LONG > 0 ? Array.from({ length: LONG }, (_, i) => i + 1) : [2, 3];
const STEPS = LONG > 0 ? 120 : 45;

describe.runIf(python !== undefined)('a random scenario', () => {
  it.each(seeds)(
    '%i comes to the same statuses, balances and states in the ledger and under the Python client',
    async (seed) => {
      const text = await write(seed, STEPS);
      const { steps } = JSON.parse(text) as Scenario;
      const seen = await play(text);
      const label = (step: unknown, i: number) => ({ step: `${i} ${steps[i]!.call}`, ...(asText(step) as object) });
      expect((seen as unknown[]).map(label)).toEqual(steps.map(({ expect: expected }, i) => label(expected, i)));
    },
    300_000,
  );
});
