import { describe, expect, it } from 'vitest';
import { network } from './support/localnet.js';

const { net, home } = network();

describe('somakit balance', () => {
  it('shows what the active account has, exactly', async () => {
    const { run, address } = await home();
    const { code, stdout, stderr } = await run(['balance', '--with-coins', '--json']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(JSON.parse(stdout)).toMatchObject({ schema: 'balance/1', address, balance: '100000000000' });
    const shown = await run(['balance']);
    expect(shown.stdout).toContain('100 SOMA (100000000000 shannons)');
  });
});

describe('somakit transfer', () => {
  it('sends nothing without a yes, and then what it showed', async () => {
    const { run } = await home();
    const to = net.accounts[0]!.address;
    const refused = await run(['transfer', '--to', to, '--amount', '1.5']);
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain('--yes');
    const done = await run(['transfer', '--to', to, '--amount', '1.5', '--yes', '--json']);
    expect(done).toMatchObject({ code: 0, stderr: '' });
    expect(done.json()[0]).toMatchObject({ schema: 'transaction/1', action: 'transfer', status: 'success' });
    const shown = await run(['send', '--to', to, '--amount', '1.5', '--yes']);
    console.log(shown.stdout, shown.stderr);
    expect(shown.code).toBe(0);
    const dry = await run(['send', '--to', to, '--amount', '1.5', '--dry-run']);
    console.log(dry.stdout, dry.stderr);
    const ser = await run(['send', '--to', to, '--amount', '1.5', '--serialize-unsigned-transaction']);
    console.log(ser.stdout, ser.stderr);
  });
});
