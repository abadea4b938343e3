import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { network } from './support/localnet.js';

const { net, home } = network({ validators: 2 });

/** Somebody who acts with the key of a validator of the network. */
const validatorHome = async (index: number) => {
  const who = await home({ soma: 0n });
  const { keypair: account } = net.validators[index]!;
  await net.fund(account.address, 10_000_000_000n);
  const env = { SOMAKIT_PRIVATE_KEY: account.toSecretKey() };
  return { address: account.address, run: (args: readonly string[]) => who.run(args, { env }) };
};

describe('somakit validator', () => {
  it('lists validators and shows one', async () => {
    const { run } = await home({ soma: 0n });
    const list = await run(['validator', 'list', '--json']);
    expect(list.json().map(({ schema, status }) => [schema, status])).toEqual([
      ['validator/1', 'active'],
      ['validator/1', 'active'],
    ]);
    const { address } = net.validators[0]!;
    expect((await run(['validator', 'list'])).stdout).toContain(address);
    const one = await run(['validator', 'display-metadata', address, '--json']);
    expect(one.json()[0]).toMatchObject({ schema: 'validator/1', address });
    expect((await run(['validator', 'display-metadata', address])).stdout).toContain('/tcp/');
    const nobody = await run(['validator', 'display-metadata']);
    expect(nobody.code).toBe(5);
    expect(nobody.stderr).toContain('CLI_NOT_FOUND');
  });

  it('makes the files of a validator, and joins with them once', async () => {
    const { run, folder, address, keypair } = await home();
    const made = await run(['validator', 'make-validator-info', 'node.example', '--json']);
    expect(made.json()[0]).toMatchObject({
      schema: 'validator.info/1',
      account_address: address,
      files: ['protocol.key', 'account.key', 'network.key', 'worker.key', 'validator.info'],
    });
    for (const name of ['protocol.key', 'account.key', 'network.key', 'worker.key']) {
      expect(statSync(join(folder, name)).mode & 0o777).toBe(0o600);
    }
    expect(readFileSync(join(folder, 'account.key'), 'utf8')).toBe(keypair.toKeystoreEntry());
    const { info } = parse(readFileSync(join(folder, 'validator.info'), 'utf8')) as { info: Record<string, unknown> };
    expect(info).toMatchObject({
      'account-address': address.slice(2),
      'commission-rate': 200,
      'network-address': '/dns/node.example/tcp/8080/http',
    });
    expect(info['proof-of-possession']).toHaveLength(48);
    // Keys that are there stay.
    const protocol = readFileSync(join(folder, 'protocol.key'), 'utf8');
    const again = await run(['validator', 'make-validator-info', 'other.example', '500', '--json']);
    expect(again.json()[0]).toMatchObject({ created: ['validator.info'] });
    expect(readFileSync(join(folder, 'protocol.key'), 'utf8')).toBe(protocol);

    const join1 = ['validator', 'join-committee', 'validator.info'];
    expect(await run(join1)).toMatchObject({ code: 2, stdout: '' });
    const joined = await run([...join1, '--yes', '--json']);
    expect(joined.json()[0]).toMatchObject({ action: 'validator join-committee', status: 'success' });
    const pending = await run(['validator', 'display-metadata', '--json']);
    expect(pending.json()[0]).toMatchObject({ address, status: 'pending' });
    const twice = await run([...join1, '--yes', '--json']);
    expect(twice.code).toBe(5);
    expect(JSON.parse(twice.stderr)).toMatchObject({ code: 'PREFLIGHT_FAILED' });
    const missing = await run(['validator', 'join-committee', 'nothing', '--yes']);
    expect(missing.code).toBe(3);
  });

  it('sets the commission, changes metadata, and refuses others', async () => {
    const { run, address } = await validatorHome(0);
    const rate = await run(['validator', 'set-commission-rate', '700', '--yes', '--json']);
    expect(rate.json()[0]).toMatchObject({ status: 'success' });
    const shown = await run(['validator', 'display-metadata', address, '--json']);
    expect(shown.json()[0]).toMatchObject({ next_epoch_commission_rate: 700 });
    expect((await run(['validator', 'set-commission-rate', '10001'])).code).toBe(2);
    const update = ['validator', 'update-metadata', 'p2p-address', '/dns/new.example/tcp/8084/http'];
    expect((await run([...update, '--yes', '--json'])).json()[0]).toMatchObject({ status: 'success' });
    expect((await run(['validator', 'update-metadata', 'colour', 'red'])).code).toBe(2);
    const key = await run(['keys', 'generate', 'bls12381', '--json']);
    const { file } = key.json<{ file: string }>()[0]!;
    const rotated = await run(['validator', 'update-metadata', 'protocol-pub-key', file, '--yes', '--json']);
    expect(rotated.json()[0]).toMatchObject({ status: 'success' });
    const stranger = await home();
    const refused = await stranger.run(['validator', 'set-commission-rate', '100', '--yes', '--json']);
    expect(refused.code).toBe(5);
    expect(JSON.parse(refused.stderr)).toMatchObject({ code: 'PREFLIGHT_FAILED' });
  });

  it('reports a validator, takes it back, and leaves', async () => {
    const { run } = await validatorHome(1);
    const other = net.validators[0]!.address;
    const report = ['validator', 'report-validator', other, '--yes', '--json'];
    expect((await run([...report, '--undo-report'])).code).toBe(5);
    expect((await run(report)).json()[0]).toMatchObject({ status: 'success' });
    expect((await run([...report, '--undo-report'])).json()[0]).toMatchObject({ status: 'success' });
    const ghost = `0x${'9'.repeat(64)}`;
    expect((await run(['validator', 'report-model', ghost, '--yes'])).code).toBe(5);
    expect((await run(['validator', 'report-submission', ghost, '--yes'])).code).toBe(5);
    const left = await run(['validator', 'leave-committee', '--yes', '--json']);
    expect(left.json()[0]).toMatchObject({ status: 'success' });
    expect((await run(['validator', 'list', '--json'])).json().map(({ status }) => status)).toContain('leaving');
  });
});
