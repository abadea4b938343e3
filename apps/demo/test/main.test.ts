import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundlePrograms, runProgram, startProgram } from '@somakit/harness';
import { Keypair } from '@somakit/sdk';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

const generated = fileURLToPath(new URL(`./.generated/${process.pid}`, import.meta.url));
const sources = fileURLToPath(new URL('../src', import.meta.url));
let main: string;
let scratch: string;
let env: Record<string, string>;

beforeAll(async () => {
  [main = ''] = await bundlePrograms([fileURLToPath(new URL('../src/main.ts', import.meta.url))], generated);
  scratch = mkdtempSync(join(tmpdir(), 'somakit-main-'));
});
beforeEach(() => {
  // Whatever the program leaves behind is in here.
  const folder = mkdtempSync(join(scratch, 'run-'));
  for (const name of ['tmp', 'home']) mkdirSync(join(folder, name));
  const nowhere = join(folder, 'wallet');
  env = { TMPDIR: join(folder, 'tmp'), HOME: join(folder, 'home'), SOMA_CONFIG_DIR: nowhere, SOMAKIT_PRIVATE_KEY: '' };
});
afterAll(() => {
  for (const folder of [generated, scratch]) rmSync(folder, { recursive: true, force: true });
});

const left = (): string[] => ['TMPDIR', 'HOME'].flatMap((name) => readdirSync(env[name]!));
const run = (...args: string[]) => runProgram(main, { args, env });

describe('npm run demo', () => {
  it.each([
    ['an option that it does not know', ['--dta', 'x'], 2, '--dta'],
    ['a folder that is not there', ['--data', '/nonexistent'], 1, 'a folder that can be read'],
    ['a number of files that is none', ['--data', sources, '--files', 'many'], 1, 'an integer of 1 or more'],
    ['a network that it does not know', ['--network', 'mainnet'], 1, 'localnet or testnet'],
    ['testnet without a key', ['--network', 'testnet'], 1, 'SOMAKIT_PRIVATE_KEY'],
  ])('ends with a status and a sentence for %s', async (_, args, status, said) => {
    const end = await run(...args);
    expect(end).toMatchObject({ status, stdout: '' });
    expect(end.stderr).toContain(said);
    expect(left()).toEqual([]);
  });

  it('says as JSON, too, what failed and what to do', async () => {
    env.SOMAKIT_PRIVATE_KEY = Keypair.generate().toSecretKey();
    const nowhere = 'http://127.0.0.1:1/';
    const place = ['--rpc', nowhere, '--scoring', nowhere, '--data-url', nowhere];
    const end = await run('--json', '--data', sources, '--network', 'testnet', ...place);
    expect(end).toMatchObject({ status: 1, stderr: '' });
    const { ok, error } = JSON.parse(end.stdout);
    expect(ok).toBe(false);
    expect(error).toMatchObject({ code: 'DEMO_NOT_READY', hint: expect.stringContaining('--rpc URL') });
  }, 60_000);

  it('fails with a hint, and stops what runs, when a step cannot be done on this machine', async () => {
    env.TMPDIR = join(env.TMPDIR!, 'gone');
    const end = await run('--data', sources);
    expect(end.status).toBe(1);
    expect(end.stderr).toMatch(/"start network.*" failed: ENOENT.*\[DEMO_STEP_FAILED\]\nhint: .*TMPDIR/);
  }, 60_000);

  it('prints one object with --json, with exact figures as text', async () => {
    const end = await run('--json', '--data', sources, '--files', '2');
    expect(end).toMatchObject({ status: 0, stderr: '' });
    const { ok, wallets, steps, transactions } = JSON.parse(end.stdout);
    expect(ok).toBe(true);
    for (const { funded, staked, fees, bonds, bondsBack, rewards, balance } of wallets) {
      expect(balance).toMatch(/^\d+$/);
      const [f, s, e, b, back, r] = [funded, staked, fees, bonds, bondsBack, rewards].map(BigInt) as bigint[];
      expect(BigInt(balance)).toBe(f! - s! - e! - b! + back! + r!);
    }
    for (const { ms } of steps) expect(ms).toBeTypeOf('number');
    for (const { digest } of transactions) expect(digest).toMatch(/^[1-9A-HJ-NP-Za-km-z]{40,}$/);
    expect(left()).toEqual([]);
  }, 60_000);

  it.each(['read the files', 'start network', 'fund', 'make, encrypt', 'advance an epoch', 'score', 'claim'])(
    'leaves no process and no folder after Ctrl-C at "%s"',
    async (step) => {
      const program = startProgram(main, { args: ['--data', sources, '--files', '3'], env });
      await program.line(new RegExp(`^${step}`));
      const end = await program.end('SIGINT');
      expect(end).toMatchObject({ status: 130, stdout: '' });
      expect(end.stderr).toContain('[ABORTED]');
      expect(left()).toEqual([]);
    },
    60_000,
  );

  it('leaves no folder when Ctrl-C comes twice', async () => {
    const program = startProgram(main, { args: ['--data', sources], env });
    await program.line(/^score/);
    void program.end('SIGINT');
    const end = await program.end('SIGINT');
    expect(end.status).toBe(130);
    expect(left()).toEqual([]);
  }, 60_000);

  it('shows the transactions, the wallets with what they earned, and the time of each step', async () => {
    const end = await run('--data', sources, '--files', '2');
    expect(end.status).toBe(0);
    expect(end.stdout).toMatch(/wallet +what +fee \(SOMA\) +digest/);
    expect(end.stdout).toMatch(/submitter +0x[0-9a-f]{8}… +2 /);
    expect(end.stdout).toMatch(/claim +\d+\n/);
    expect(end.stdout).toContain('every shannon is accounted for');
  }, 60_000);
});
