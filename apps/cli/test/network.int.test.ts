import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { network } from './support/localnet.js';
import { start } from './support/running.js';
import { scratch, somakit } from './support/somakit.js';

const { net, home } = network();

describe('somakit status', () => {
  it('shows network, epoch and account', async () => {
    const { run, address } = await home();
    const status = await run(['status', '--json']);
    expect(status.json()[0]).toMatchObject({
      schema: 'status/1',
      network: 'localnet',
      rpc_url: net.rpcUrl,
      server_reachable: true,
      chain_id: net.chainId,
      active_address: address,
      balance: '100000000000',
      staked: '0',
    });
    const shown = await run(['status']);
    expect(shown.stdout).toMatch(/Epoch +\d+; next in 23 h/);
    expect(shown.stdout).toContain('100 SOMA');
  });

  it('prints what is known when the node is away, and ends with 4', async () => {
    const { run, address } = await home({ soma: 0n });
    const status = await run(['status', '--rpc', 'http://127.0.0.1:1', '--timeout', '3', '--json']);
    expect(status.code).toBe(4);
    expect(status.json()[0]).toMatchObject({ server_reachable: false, active_address: address });
    const nobody = await somakit(['status', '--rpc', net.rpcUrl]);
    expect(nobody.code).toBe(0);
    expect(nobody.stdout).toContain('somakit wallet new');
  });
});

describe('somakit epoch', () => {
  it('tells of each new epoch until it is stopped', async () => {
    const { folder } = await home({ soma: 0n });
    const one = await somakit(['epoch'], { cwd: folder });
    expect(one.stdout).toContain('Next epoch');
    const watching = start(['epoch', '--watch', '--interval', '1'], { cwd: folder });
    const { epoch } = await watching.line<{ epoch: string }>('epoch/1');
    await net.advanceEpoch();
    await expect.poll(() => watching.lines().at(-1)?.epoch, { timeout: 30_000 }).toBe(String(BigInt(epoch) + 1n));
    expect(await watching.end('SIGINT')).toBe(130);
  });
});

describe('somakit env', () => {
  it('adds an environment once its node has answered, and keeps its chain', async () => {
    const { run, configFolder } = await home({ soma: 0n });
    const dead = ['env', 'new', '--alias', 'dead', '--rpc', 'http://127.0.0.1:1'];
    const before = readFileSync(join(configFolder, 'client.yaml'), 'utf8');
    expect((await run(dead)).code).toBe(4);
    expect(readFileSync(join(configFolder, 'client.yaml'), 'utf8')).toBe(before);
    expect((await run([...dead, '--no-test'])).code).toBe(0);
    const added = await run(['env', 'new', '--alias', 'second', '--rpc', net.rpcUrl, '--switch', '--json']);
    expect(added.json()[0]).toMatchObject({ schema: 'env/1', alias: 'second', chain_id: net.chainId, active: true });
    expect((await run(['env', 'new', '--alias', 'second', '--rpc', net.rpcUrl])).code).toBe(5);
    expect((await run(['env', 'active', '--json'])).json()[0]).toMatchObject({ alias: 'second' });
    expect((await run(['env', 'list', '--json'])).json().map(({ alias }) => alias)).toEqual([
      'localnet',
      'dead',
      'second',
    ]);
    expect((await run(['env', 'list'])).stdout).toContain('* ');
    expect((await run(['env', 'switch', 'nowhere'])).code).toBe(3);
    expect((await run(['env', 'remove', 'second', '--yes'])).code).toBe(5);
    expect((await run(['env', 'remove', 'dead'])).code).toBe(2);
    expect((await run(['env', 'remove', 'dead', '--yes', '--json'])).json()[0]).toMatchObject({ alias: 'dead' });
    expect((await run(['env', 'switch', 'localnet', '--json'])).json()[0]).toMatchObject({ active: true });
    const chain = await run(['env', 'chain-id', '--json']);
    expect(chain.json()[0]).toMatchObject({ schema: 'env.chain/1', chain_id: net.chainId });
    expect(readFileSync(join(configFolder, 'client.yaml'), 'utf8')).toContain(net.chainId);
  });
});

describe('settings', () => {
  const away = 'http://127.0.0.1:1';

  it('go by flag, then environment, then file, then client.yaml', async () => {
    const { run, folder } = await home({ soma: 0n });
    const used = async (args: readonly string[], env: Record<string, string>) =>
      (await run(['status', '--timeout', '3', '--json', ...args], { env })).json()[0]?.rpc_url;
    mkdirSync(join(folder, '.config', 'somakit'), { recursive: true });
    const write = (value: object) =>
      writeFileSync(join(folder, '.config', 'somakit', 'config.json'), JSON.stringify(value));
    expect(await used([], {})).toBe(net.rpcUrl);
    write({ rpc: away });
    expect(await used([], {})).toBe(away);
    expect(await used([], { SOMAKIT_RPC: `${net.rpcUrl}/` })).toBe(`${net.rpcUrl}/`);
    expect(await used(['--rpc', net.rpcUrl], { SOMAKIT_RPC: away })).toBe(net.rpcUrl);
    // An environment that was named more nearly goes before a node of the file.
    expect(await used(['--env', 'localnet'], { SOMAKIT_RPC: away })).toBe(net.rpcUrl);
    expect(await used([], { SOMAKIT_ENV: 'localnet' })).toBe(net.rpcUrl);
    write({ env: 'localnet', json: true, environments: { localnet: { faucetUrl: net.faucetUrl } } });
    const faucet = await run(['faucet'], { env: { SOMAKIT_FAUCET_URL: '' } });
    expect(JSON.parse(faucet.stdout)).toMatchObject({ schema: 'faucet/1' });
    const people = await run(['balance'], { env: { SOMAKIT_JSON: '0' } });
    expect(people.stdout).toContain('2 SOMA');
  });

  it('choose the account too, and are heeded for errors of usage', async () => {
    const { run } = await home({ aliases: ['main', 'other'], soma: 0n });
    const other = await run(['balance', '--json'], { env: { SOMAKIT_FROM: 'other' } });
    const main = await run(['balance', '--from', 'main', '--json'], { env: { SOMAKIT_FROM: 'other' } });
    expect(other.json()[0]?.address).not.toBe(main.json()[0]?.address);
    const usage = await run(['nonsense'], { env: { SOMAKIT_JSON: '1' } });
    expect(JSON.parse(usage.stderr)).toMatchObject({ code: 'CLI_USAGE', exitCode: 2 });
    const said = await run(['balance', '--verbose']);
    expect(said.stderr).toContain(`network: localnet, ${net.rpcUrl}`);
  });

  it('are refused when the file says what nobody knows', async () => {
    const cwd = scratch();
    for (const content of ['{', '[]', '{"rcp":"x"}', '{"json":"yes"}', '{"environments":[]}']) {
      writeFileSync(join(cwd, 'settings'), content);
      const { code, stderr } = await somakit(['status'], { cwd, env: { SOMAKIT_CONFIG_FILE: join(cwd, 'settings') } });
      expect([content, code]).toEqual([content, 3]);
      expect(stderr).toContain('code: CLI_CONFIG');
    }
    const missing = await somakit(['status'], { cwd, env: { SOMAKIT_CONFIG_FILE: join(cwd, 'missing') } });
    expect(missing.code).toBe(3);
  });
});
