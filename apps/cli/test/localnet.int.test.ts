import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { network } from './support/localnet.js';
import { start } from './support/running.js';
import { scratch, somakit } from './support/somakit.js';
import { KEYS, terminal } from './support/terminal.js';

interface Ready {
  readonly rpc_url: string;
  readonly admin_url: string;
  readonly data_url: string | null;
  readonly scoring_url: string | null;
  readonly chain_id: string;
  readonly models: readonly string[];
}
const ACCOUNT = `0x${'a1'.repeat(32)}`;
const FREE = ['localnet', 'start', '--free-ports'];

describe('somakit localnet', () => {
  it('says configuration for a port that is taken, and network when no network runs', async () => {
    const running = start([...FREE, '--no-scoring', '--models', '0']);
    const { rpc_url: rpc } = await running.line<Ready>('localnet.ready/1');
    const again = await somakit([
      'localnet',
      'start',
      '--no-scoring',
      '--models',
      '0',
      '--rpc-port',
      new URL(rpc).port,
    ]);
    expect(again.code).toBe(3);
    expect(again.stderr).toContain('PORT_IN_USE');
    const none = await somakit(['localnet', 'status', '--admin-url', 'http://127.0.0.1:1', '--timeout', '5']);
    expect(none.code).toBe(4);
  });

  it('starts by the official words too', async () => {
    const words = ['start', 'localnet', '--no-scoring', '--models', '0', '--small-model', '--force-regenesis'];
    const running = start([...words, '--free-ports', '--epoch-duration-ms', '600000', '--committee-size', '2']);
    const { rpc_url: rpc, admin_url: admin } = await running.line<Ready>('localnet.ready/1');
    const [status] = (await somakit(['localnet', 'status', '--admin-url', admin, '--json'])).json();
    expect(status).toMatchObject({ epoch_duration_ms: '600000' });
    expect((await somakit(['validator', 'list', '--rpc', rpc, '--json'])).json()).toHaveLength(2);
    const taken = await somakit([...words, '--fullnode-rpc-port', new URL(rpc).port]);
    expect(taken).toMatchObject({ code: 3, stderr: expect.stringContaining('PORT_IN_USE') });
    expect(await somakit([...words, '--data-dir', 'chain'])).toMatchObject({ code: 2 });
    expect((await somakit(['start', 'scoring', '--help'])).stdout).toContain('Usage: somakit scoring serve');
    expect(await somakit(['start', 'validator'])).toMatchObject({ code: 2 });
  });

  it('is told, funded, moved and taken back from another terminal', async () => {
    const running = start([...FREE, '--no-scoring', '--models', '1', '--accounts', '2']);
    const ready = await running.line<Ready>('localnet.ready/1');
    const admin = (...args: string[]) => somakit(['localnet', ...args, '--admin-url', ready.admin_url, '--json']);
    const [status] = (await admin('status')).json();
    expect(status).toMatchObject({ chain_id: ready.chain_id, epoch: '0', models: ready.models });
    expect(status?.accounts).toHaveLength(2);
    expect((await admin('snapshot')).json()).toEqual([
      { schema: 'localnet.snapshot/1', id: 1, epoch: '0', checkpoint: '0' },
    ]);
    const funded = await admin('fund', ACCOUNT, '--amount', '12.5');
    expect(funded.json()[0]).toMatchObject({ address: ACCOUNT, amount: '12500000000' });
    const balance = await somakit(['balance', ACCOUNT, '--rpc', ready.rpc_url, '--json']);
    expect(balance.stdout).toContain('12500000000');
    expect((await admin('advance', '2')).json()).toEqual([{ schema: 'localnet.epoch/1', epoch: '2' }]);
    expect((await admin('revert', '1')).json()[0]).toMatchObject({ epoch: '0', checkpoint: '0' });
    expect(await admin('revert', '1')).toMatchObject({ code: 5 });
    expect(await admin('fund', 'nobody')).toMatchObject({ code: 3 });
    expect(await running.end()).toBe(130);
    expect(running.lines().at(-1)).toEqual({ schema: 'localnet.stopped/1' });
    expect(running.lines().some(({ schema }) => schema === 'localnet.checkpoint/1')).toBe(true);
  });

  it('has as many validators and accounts as it is told, ends epochs by time, and takes the large models', async () => {
    const args = [
      '--full',
      '--no-scoring',
      '--no-faucet',
      '--validators',
      '4',
      '--accounts',
      '7',
      '--epoch-duration',
      '1s',
    ];
    const running = start([...FREE, ...args]);
    const ready = await running.line<Ready & { accounts: unknown[] }>('localnet.ready/1');
    expect(ready).toMatchObject({
      small_model: false,
      models: [],
      faucet_url: null,
      scoring_url: null,
      data_url: null,
    });
    expect(ready.accounts).toHaveLength(7);
    const validators = await somakit(['validator', 'list', '--rpc', ready.rpc_url, '--json']);
    expect(validators.stdout.trim().split('\n')).toHaveLength(4);
    expect(await running.line('localnet.checkpoint/1')).toMatchObject({ epoch: '0' });
    expect(await running.end()).toBe(130);
  });

  it('goes on from its folder, weights at the same place', async () => {
    const folder = join(scratch(), 'chain');
    const args = [...FREE, '--no-scoring', '--data-dir', folder];
    const first = start(args);
    const before = await first.line<Ready>('localnet.ready/1');
    const weights = await (await fetch(`${before.data_url}/model-0.enc`)).arrayBuffer();
    await somakit(['localnet', 'advance', '--admin-url', before.admin_url]);
    expect(await first.end('SIGTERM')).toBe(143);
    const second = start(args);
    const after = await second.line<Ready & { epoch: string }>('localnet.ready/1');
    expect(after).toMatchObject({ chain_id: before.chain_id, epoch: '1', data_url: before.data_url });
    expect(await (await fetch(`${after.data_url}/model-0.enc`)).arrayBuffer()).toEqual(weights);
  });

  it('sets the environment of client.yaml only when it is told to', async () => {
    const { net, home } = user;
    const { folder, configFolder, env } = await home();
    const file = join(configFolder, 'client.yaml');
    const before = readFileSync(file, 'utf8');
    const quiet = start([...FREE, '--no-scoring', '--models', '0'], { cwd: folder, env: { ...env, HOME: folder } });
    await quiet.line('localnet.ready/1');
    expect(readFileSync(file, 'utf8')).toBe(before);
    const telling = start([...FREE, '--no-scoring', '--models', '0', '--update-config'], {
      cwd: folder,
      env: { ...env, HOME: folder },
    });
    const { rpc_url: rpc } = await telling.line<Ready>('localnet.ready/1');
    expect(readFileSync(file, 'utf8')).toBe(before.replace(net.rpcUrl, rpc));
  });

  it('stops in order on Ctrl-C, before it is ready and after', async () => {
    const temporary = scratch();
    const env = { TMPDIR: temporary };
    const early = terminal(FREE, { env });
    await early.waitFor('Starts the scoring engine.');
    early.write(KEYS.ctrlC);
    expect(await early.ended()).toBe(130);
    const late = terminal(FREE, { env });
    await late.waitFor('Ready. Ctrl-C stops it.');
    expect(late.text()).toMatch(/Models +3, weights at http/);
    late.write(KEYS.ctrlC);
    await late.waitFor('Stops.');
    expect(await late.ended()).toBe(130);
    // Not even the engine's log of what it would tell its maker.
    expect(readdirSync(temporary)).toEqual([]);
  });
});

const user = network({ accounts: 1 });
