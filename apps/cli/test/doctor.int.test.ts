import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { network } from './support/localnet.js';
import { somakit } from './support/somakit.js';

interface Check {
  readonly check: string;
  readonly status: string;
  readonly message: string;
  readonly hint?: string;
}

const { home } = network({ accounts: 1 });
const find = (checks: readonly Check[], name: string): Check | undefined => checks.find(({ check }) => check === name);

describe('somakit doctor', () => {
  it('says network when no node answers, and looks at everything else', async () => {
    const done = await somakit(['doctor', '--rpc', 'http://127.0.0.1:1', '--json']);
    expect(done.code).toBe(4);
    const checks = done.json<Check & Record<string, unknown>>();
    expect(find(checks, 'network')).toMatchObject({ status: 'fail' });
    expect(find(checks, 'node')).toMatchObject({ status: 'ok' });
    expect(find(checks, 'wallet')).toMatchObject({ status: 'warn', hint: 'somakit wallet new makes one.' });
  });

  it('says configuration for keys that others can read', async () => {
    const { run, configFolder } = await home();
    const keystore = join(configFolder, 'soma.keystore');
    chmodSync(keystore, 0o644);
    const done = await run(['doctor', '--json']);
    expect(done.code).toBe(3);
    expect(find(done.json(), 'wallet')).toMatchObject({ status: 'fail', hint: `chmod 600 ${keystore}` });
  });

  it('finds nothing wrong with a funded account on a network that runs', async () => {
    const { run, address } = await home();
    const done = await run(['doctor', '--json'], { env: { SOMAKIT_PASSWORD: 'hunter2' } });
    expect(done).toMatchObject({ code: 0 });
    const checks = done.json<Check & Record<string, unknown>>();
    expect(checks.filter(({ status }) => status === 'fail')).toEqual([]);
    expect(find(checks, 'account')?.message).toContain(address);
    expect(find(checks, 'balance')?.message).toBe('100 SOMA in 1 coins');
    for (const name of ['chain', 'protocol', 'clock']) expect(find(checks, name)).toMatchObject({ status: 'ok' });
    // The names of variables, never what is in them.
    expect(find(checks, 'variables')?.message).toContain('SOMAKIT_PASSWORD');
    expect(done.stdout).not.toContain('hunter2');
  });

  it('warns of an account that has nothing, for people too', async () => {
    const { run } = await home({ soma: 0n });
    const { code, stdout, stderr } = await run(['doctor']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/balance +WARN/);
    expect(stdout).toContain('→ somakit faucet');
    expect(stderr).toContain('0 failures');
  });
});
