import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Keypair } from '@somakit/crypto';
import { describe, expect, it } from 'vitest';
import { network } from './support/localnet.js';
import { terminal } from './support/terminal.js';

const { net, home } = network();

interface Transaction {
  readonly digest: string;
  readonly status: string;
  readonly fee: { readonly total_fee: string };
  readonly created: readonly { readonly object_id: string }[];
  readonly net: string;
}

const ghost = `0x${'9'.repeat(64)}`;

describe('somakit balance', () => {
  it('shows what accounts have, exactly', async () => {
    const { run, address } = await home({ aliases: ['main', 'empty'] });
    const shown = await run(['balance', '--with-coins', '--json']);
    expect(shown).toMatchObject({ code: 0, stderr: '' });
    expect(shown.json()[0]).toMatchObject({
      schema: 'balance/1',
      address,
      balance: '100000000000',
      coins: [{ balance: '100000000000' }],
    });
    expect((await run(['balance'])).stdout).toContain('100 SOMA (100000000000 shannons)');
    expect((await run(['balance', 'empty', '--json'])).json()[0]).toMatchObject({ balance: '0' });
    const bare = await run(['balance', address.slice(2), '--json']);
    expect(bare.json()[0]).toMatchObject({ address });
  });

  it('tells an unknown alias from a node that is away', async () => {
    const { run } = await home({ soma: 0n });
    const alias = await run(['balance', 'nobody', '--json']);
    expect(alias.code).toBe(3);
    expect(JSON.parse(alias.stderr)).toMatchObject({ code: 'KEYSTORE_KEY_NOT_FOUND', exitCode: 3 });
    const away = await run(['balance', '--rpc', 'http://127.0.0.1:1', '--timeout', '5']);
    expect(away.code).toBe(4);
    expect(away.stderr).toContain('code: RPC_UNAVAILABLE');
  });
});

describe('somakit transfer', () => {
  it('sends nothing without a yes, and with one what it showed', async () => {
    const { run, address } = await home();
    const to = Keypair.generate().address;
    const args = ['transfer', '--to', to, '--amount', '1.5'];
    const refused = await run(args);
    expect(refused).toMatchObject({ code: 2, stdout: '' });
    expect(refused.stderr).toContain('--yes');
    const dry = await run([...args, '--dry-run', '--json']);
    expect(dry.json()[0]).toMatchObject({ schema: 'transaction/1', action: 'transfer', dry_run: true });
    expect((await run([...args, '--simulate'])).stdout).toContain('Dry run: nothing was sent.');
    const before = await run(['balance', to, '--json']);
    expect(before.json()[0]).toMatchObject({ balance: '0' });

    const done = await run([...args, '--yes', '--json']);
    expect(done).toMatchObject({ code: 0, stderr: '' });
    const { fee, net: left } = done.json<Transaction>()[0]!;
    expect(dry.json<Transaction>()[0]!.fee).toEqual(fee);
    expect(BigInt(left)).toBe(-1_500_000_000n - BigInt(fee.total_fee));
    expect((await run(['balance', to, '--json'])).json()[0]).toMatchObject({ balance: '1500000000' });
    const people = await run(['send', '--to', to, '--amount', '0.5', '-y']);
    expect(people.code).toBe(0);
    expect(people.stderr).toContain(`Sends 0.5 SOMA from ${address} to ${to}.`);
    expect(people.stderr).toMatch(/Fee: 0\.\d+ SOMA\./);
    expect(people.stdout).toContain('Status      success');
  });

  it('asks on a terminal, and takes anything but yes as no', async () => {
    const { run, folder, env } = await home();
    const to = Keypair.generate().address;
    const start = () => terminal(['transfer', '--to', to, '--amount', '2'], { cwd: folder, env });
    const no = start();
    await no.waitFor('Send 2 SOMA? [y/N]');
    no.write('\r');
    expect(await no.ended()).toBe(0);
    expect(no.text()).toContain('Nothing was done.');
    const stopped = start();
    await stopped.waitFor('[y/N]');
    stopped.write('\u0003');
    expect(await stopped.ended()).toBe(130);
    expect((await run(['balance', to, '--json'])).json()[0]).toMatchObject({ balance: '0' });
    const yes = start();
    await yes.waitFor('[y/N]');
    yes.write('y\r');
    expect(await yes.ended()).toBe(0);
    expect((await run(['balance', to, '--json'])).json()[0]).toMatchObject({ balance: '2000000000' });
  });

  it('refuses what cannot work before anything is sent', async () => {
    const { run } = await home({ soma: 1n });
    const cases: readonly (readonly [readonly string[], number, string])[] = [
      [['--to', ghost, '--amount', '0'], 2, 'CLI_USAGE'],
      [['--to', ghost, '--amount', '-1'], 2, 'CLI_USAGE'],
      [['--to', ghost, '--amount', '0.0000000001'], 2, 'CLI_USAGE'],
      [['--to', ghost], 2, 'CLI_USAGE'],
      [['--to', '0xzz', '--amount', '1'], 2, 'INVALID_ADDRESS'],
      [['--to', ghost, '--amount', '5'], 5, 'INSUFFICIENT_COINS'],
      [['--to', ghost, '--object', ghost], 5, 'RPC_NOT_FOUND'],
      [['--to', ghost, '--amount', '0.5', '--from', ghost], 3, 'KEYSTORE_KEY_NOT_FOUND'],
      [['--to', ghost, '--amount', '0.5', '--env', 'nowhere'], 3, 'CLI_CONFIG'],
    ];
    for (const [args, code, name] of cases) {
      const refused = await run(['transfer', ...args, '--yes', '--json']);
      expect([args.join(' '), refused.code, JSON.parse(refused.stderr).code]).toEqual([args.join(' '), code, name]);
      expect(refused.stdout).toBe('');
    }
  });

  it('gives objects away whole', async () => {
    const { run } = await home();
    const to = Keypair.generate().address;
    await run(['split', '--count', '3', '--each', '5', '--yes', '--json']);
    const coins = (await run(['objects', 'gas', '--json'])).json<{ object_id: string; balance: string }>();
    const five = coins.find(({ balance }) => balance === '5000000000')!;
    const done = await run(['transfer', '--to', to, '--object-id', five.object_id, '--yes', '--json']);
    expect(done).toMatchObject({ code: 0 });
    expect((await run(['balance', to, '--json'])).json()[0]).toMatchObject({ balance: '5000000000' });
    const gone = await run(['transfer', '--to', to, '--object', five.object_id, '--yes', '--json']);
    expect(gone.code).toBe(5);
    expect(JSON.parse(gone.stderr)).toMatchObject({ code: 'WRONG_OBJECT' });
  });
});

describe('keys from elsewhere', () => {
  it('sign without any wallet: from the environment, a file, standard input and a command', async () => {
    const { folder, env, run } = await home({ soma: 0n });
    const key = Keypair.generate();
    await net.fund(key.address, 10_000_000_000n);
    const secret = key.toSecretKey();
    writeFileSync(join(folder, 'key'), `${secret}\n`);
    const to = Keypair.generate().address;
    const args = ['transfer', '--to', to, '--amount', '1', '--yes', '--json', '--rpc', net.rpcUrl];
    const { SOMA_CONFIG_DIR } = { SOMA_CONFIG_DIR: join(folder, 'nothing') };
    const ways = [
      { more: [], options: { env: { ...env, SOMAKIT_PRIVATE_KEY: secret } } },
      { more: ['--key-file', 'key'], options: {} },
      { more: ['--key-file', '-'], options: { stdin: secret } },
      { more: ['--key-command', 'cat key'], options: {} },
    ];
    for (const { more, options } of ways) {
      const done = await run([...args, ...more], { ...options, env: { SOMA_CONFIG_DIR, ...options.env } });
      expect(done.stderr).toBe('');
      expect(done.json()[0]).toMatchObject({ status: 'success' });
      expect(done.stdout).not.toContain(secret);
    }
    expect((await run(['balance', to, '--json'])).json()[0]).toMatchObject({ balance: '4000000000' });
    const none = await run(args, { env: { SOMA_CONFIG_DIR } });
    expect(none.code).toBe(3);
    expect(JSON.parse(none.stderr)).toMatchObject({ code: 'CLI_NO_ACCOUNT' });
    const wrong = await run(args, { env: { SOMA_CONFIG_DIR, SOMAKIT_PRIVATE_KEY: 'hunter2' } });
    expect(wrong.code).toBe(3);
    expect(wrong.stderr).not.toContain('hunter2');
    const failing = await run([...args, '--key-command', 'echo oops; exit 3']);
    expect(failing.code).toBe(3);
    expect(failing.stderr).not.toContain('oops');
  });
});

describe('somakit pay, split and merge', () => {
  it('pays several at once', async () => {
    const { run } = await home();
    const [a, b] = [Keypair.generate().address, Keypair.generate().address];
    const uneven = await run(['pay', '--recipients', a, b, '--amounts', '1', '--yes']);
    expect(uneven.code).toBe(2);
    const done = await run(['pay', '--recipients', a, b, '--amounts', '1', '2.25', '--yes', '--json']);
    expect(done.json()[0]).toMatchObject({ action: 'pay', status: 'success' });
    expect((await run(['balance', b, '--json'])).json()[0]).toMatchObject({ balance: '2250000000' });
  });

  it('splits into equal coins, and merges them again to one', async () => {
    const { run } = await home();
    const split = await run(['split', '--count', '4', '--yes', '--json']);
    expect(split.json()[0]).toMatchObject({ action: 'split', status: 'success' });
    expect((await run(['objects', 'gas', '--json'])).json()).toHaveLength(4);
    expect((await run(['merge', '--dry-run', '--json'])).json()[0]).toMatchObject({ dry_run: true });
    const merged = await run(['merge-coins', '--yes', '--json']);
    expect(merged.json()[0]).toMatchObject({ action: 'merge-coins', status: 'success' });
    expect((await run(['objects', 'gas', '--json'])).json()).toHaveLength(1);
    const nothing = await run(['merge-coins', '--yes', '--json']);
    expect(nothing.code).toBe(5);
    expect(JSON.parse(nothing.stderr)).toMatchObject({ code: 'NOTHING_TO_MERGE' });
    expect((await run(['split', '--count', '1'])).code).toBe(2);
  });
});

describe('coins that are named', () => {
  it('are the only ones that a write uses', async () => {
    const { run } = await home();
    await run(['split', '--count', '3', '--each', '5', '--yes', '--json']);
    const before = (await run(['objects', 'gas', '--json'])).json<{ object_id: string; balance: string }>();
    const [five, other] = before.filter(({ balance }) => balance === '5000000000');
    const to = Keypair.generate().address;
    const args = ['transfer', '--to', to, '--yes', '--json'];
    const done = await run([...args, '--amount', '1', '--coins', five!.object_id]);
    expect(done.json()[0]).toMatchObject({ status: 'success', gas_object: five!.object_id });
    const tooMuch = await run([...args, '--amount', '7', '--coin', five!.object_id]);
    expect(tooMuch.code).toBe(5);
    expect(JSON.parse(tooMuch.stderr)).toMatchObject({ code: 'INSUFFICIENT_COINS' });
    const both = await run([...args, '--amount', '7', '--coins', five!.object_id, '--gas', other!.object_id]);
    expect(both.json()[0]).toMatchObject({ status: 'success' });
    const foreign = await run([...args, '--amount', '1', '--coins', ghost]);
    expect(foreign.code).toBe(5);
  });
});

describe('somakit objects', () => {
  it('shows objects one by one and as a list', async () => {
    const { run, address } = await home();
    const list = await run(['objects', 'list', '--json']);
    const coin = list.json<{ object_id: string; version: string }>()[0]!;
    expect(coin).toMatchObject({ schema: 'object/1', content: { type: 'coin', balance: '100000000000' } });
    const one = await run(['objects', 'get', coin.object_id, '--bcs', '--json']);
    expect(one.json()[0]).toMatchObject({ owner: { type: 'address_owner', address }, bcs_bytes: 'AOh2SBcAAAA=' });
    const then = await run(['objects', 'get', coin.object_id, '--version-number', coin.version, '--json']);
    expect(then.json()[0]).toMatchObject({ version: coin.version });
    const state = await run(['objects', 'get', '0x5', '--json']);
    expect(state.json()[0]).toMatchObject({ content: { type: 'system_state' }, owner: { type: 'shared' } });
    expect((await run(['objects', 'list'])).stdout).toContain('100 SOMA');
    expect((await run(['objects', 'gas'])).stdout).toContain('100 SOMA');
    expect((await run(['objects', 'get', '0x5'])).stdout).toContain('SystemState');
    expect((await run(['objects', 'list', '--type', 'StakedSoma'])).stdout).toBe('There are no objects.\n');
    expect((await run(['objects', 'get', ghost])).code).toBe(5);
    expect((await run(['objects', 'get', 'nonsense'])).code).toBe(2);
  });
});

describe('somakit faucet', () => {
  it('gives coins, and says where they are', async () => {
    const { run, address } = await home({ soma: 0n });
    const done = await run(['faucet', '--json']);
    expect(done.json()[0]).toMatchObject({ schema: 'faucet/1', address, coins: [{ amount: '2000000000' }] });
    expect((await run(['balance', '--json'])).json()[0]).toMatchObject({ balance: '2000000000' });
    const people = await run(['faucet', '--address', net.accounts[0]!.address, '--url', net.faucetUrl], {
      env: { SOMAKIT_FAUCET_URL: 'http://127.0.0.1:1' },
    });
    expect(people.stdout).toContain('got 2 SOMA.');
    const away = await run(['faucet', '--url', 'http://127.0.0.1:1', '--timeout', '5']);
    expect(away.code).toBe(4);
  });
});

describe('staking', () => {
  it('stakes, shows what it is worth, and pays it out', async () => {
    const { run } = await home();
    const validator = net.validators[0]!.address;
    expect((await run(['stake', '--amount', '1', '--yes'])).code).toBe(2);
    const unknown = await run(['stake', '--validator', ghost, '--amount', '1', '--yes', '--json']);
    expect(unknown.code).toBe(5);
    expect(JSON.parse(unknown.stderr)).toMatchObject({ code: 'PREFLIGHT_FAILED' });
    const done = await run(['stake', '--validator', validator, '--amount', '10', '--yes', '--json']);
    expect(done.json()[0]).toMatchObject({ action: 'stake', status: 'success' });
    await net.advanceEpoch({ count: 3, fullLength: true });
    const [stake] = (await run(['stakes', '--json'])).json<{ staked_soma_id: string; value: string }>();
    expect(stake).toMatchObject({ schema: 'stake/1', validator, principal: '10000000000' });
    expect(BigInt(stake!.value)).toBeGreaterThan(10_000_000_000n);
    const shown = await run(['stakes']);
    expect(shown.stdout).toContain('10 SOMA');
    expect(shown.stdout).toMatch(/[▁▂▃▄▅▆▇█]{3,}/);
    const dry = await run(['unstake', stake!.staked_soma_id, '--dry-run', '--json']);
    expect(BigInt(dry.json<Transaction>()[0]!.net)).toBeGreaterThan(9_990_000_000n);
    const paid = await run(['unstake', stake!.staked_soma_id, '--yes', '--json']);
    expect(paid.json()[0]).toMatchObject({ action: 'unstake', status: 'success' });
    expect((await run(['stakes'])).stdout).toBe('Nothing is staked.\n');
    const twice = await run(['unstake', stake!.staked_soma_id, '--yes']);
    expect(twice.code).toBe(5);
  });
});
