import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { commitment, encryptWeights } from '@somakit/crypto';
import { createSomaClient } from '@somakit/sdk';
import { describe, expect, it } from 'vitest';
import { type Fate, gateTo } from './support/gate.js';
import { type Home, network } from './support/localnet.js';
import { serve } from './support/somakit.js';

const { net, home } = network({ accounts: 2, revertAfterEach: true });

const plain = Uint8Array.from({ length: 300_000 }, (_, i) => i % 253);
const { encrypted, key } = encryptWeights(plain);
const EMBEDDING = Array.from({ length: 16 }, (_, i) => (i - 8) / 10).join(',');
const SOMA = 1_000_000_000n;

const balanceOf = async (address: string): Promise<bigint> => {
  const client = createSomaClient({ rpcUrl: net.rpcUrl });
  try {
    return await client.getBalance({ address });
  } finally {
    client.close();
  }
};

/** Somebody with weights, their key and a server that has them. */
const owner = async (options: Parameters<typeof home>[0] = {}) => {
  const who = await home(options);
  writeFileSync(join(who.folder, 'model.enc'), encrypted);
  writeFileSync(join(who.folder, 'model.safetensors'), plain);
  writeFileSync(join(who.folder, 'model.key'), `${key}\n`);
  const asked: (string | undefined)[] = [];
  let cut = 0;
  const host = await serve(({ headers }, response) => {
    asked.push(headers.range);
    const [, from = '0', to] = /bytes=(\d+)-(\d*)/.exec(headers.range ?? '') ?? [];
    const end = to === undefined || to === '' ? encrypted.length - 1 : Number(to);
    const part = encrypted.subarray(Number(from), end + 1);
    response.writeHead(headers.range === undefined ? 200 : 206, {
      'content-length': part.length,
      'accept-ranges': 'bytes',
      etag: '"1"',
      ...(headers.range === undefined ? {} : { 'content-range': `bytes ${from}-${end}/${encrypted.length}` }),
    });
    if (cut > 0) {
      response.write(part.subarray(0, cut), () => response.destroy());
      return undefined;
    }
    response.end(part);
    return undefined;
  });
  const cutAfter = (bytes: number) => {
    cut = bytes;
  };
  return { who, host, asked, cutAfter, url: `${host.url}/model.enc` };
};

const create = async (who: Home): Promise<string> => {
  const done = await who.run(['model', 'create', '--commission-rate', '500', '--yes', '--json']);
  expect(done).toMatchObject({ code: 0, stderr: '' });
  return String(done.json()[0]!.model_id);
};

const commitArgs = (id: string, url: string): string[] => [
  ...['model', 'commit', id, '--weights-file', 'model.enc', '--weights-url', url],
  ...['--embedding', EMBEDDING, '--decryption-key-file', 'model.key', '--json'],
];
const revealArgs = (id: string): string[] => [
  ...['model', 'reveal', id, '--embedding', EMBEDDING, '--decryption-key-file', 'model.key', '--json'],
];

const active = async (of: Awaited<ReturnType<typeof owner>>): Promise<string> => {
  const id = await create(of.who);
  expect(await of.who.run([...commitArgs(id, of.url), '--yes'])).toMatchObject({ code: 0 });
  await net.advanceEpoch();
  expect(await of.who.run([...revealArgs(id), '--yes'])).toMatchObject({ code: 0 });
  return id;
};

describe('somakit model create, commit and reveal', () => {
  it('refuses before a fee is paid', async () => {
    const { who, url } = await owner();
    const id = await create(who);
    const before = await balanceOf(who.address);
    const commit = commitArgs(id, url);
    const without = (args: string[], option: string) =>
      args.filter((_, i) => ![0, 1].includes(i - args.indexOf(option)));
    const cases: readonly (readonly [readonly string[], number, string])[] = [
      [['model', 'create', '--stake', '0.5', '--yes'], 5, 'PREFLIGHT_FAILED'],
      [['model', 'create', '--stake', '1000', '--yes'], 5, 'INSUFFICIENT_COINS'],
      [['model', 'create', '--commission-rate', '10001', '--yes'], 2, 'CLI_USAGE'],
      [['model', 'create', '--architecture-version', '9', '--yes'], 2, 'INVALID_ARGUMENT'],
      [['model', 'create'], 2, 'CLI_USAGE'],
      [[...commit], 2, 'CLI_USAGE'],
      [[...without(commit, '--decryption-key-file'), '--yes'], 2, 'CLI_USAGE'],
      [[...without(commit, '--embedding'), '--embedding', '-0.1,0.2', '--yes'], 2, 'INVALID_ARGUMENT'],
      [[...without(commit, '--weights-file'), '--weights-file', 'none', '--yes'], 3, 'FILE_NOT_FOUND'],
      [[...commitArgs('0x1', url), '--yes'], 5, 'PREFLIGHT_FAILED'],
      [[...revealArgs(id), '--yes'], 5, 'PREFLIGHT_FAILED'],
      [['model', 'deactivate', id, '--yes'], 5, 'PREFLIGHT_FAILED'],
    ];
    for (const [args, code, name] of cases) {
      const done = await who.run([...args, ...(args.includes('--json') ? [] : ['--json'])]);
      expect([args.join(' '), done.code, done.stdout]).toEqual([args.join(' '), code, '']);
      expect(JSON.parse(done.stderr)).toMatchObject({ code: name, exitCode: code });
    }
    expect(await balanceOf(who.address)).toBe(before);
  });

  it('goes the whole way with the official words, and shows each step', async () => {
    const { who, url } = await owner();
    const id = await create(who);
    expect(await balanceOf(who.address)).toBeLessThan(99n * SOMA);
    const dry = await who.run([...commitArgs(id, url), '--dry-run']);
    expect(dry.json()[0]).toMatchObject({ action: 'model.commit', dry_run: true, model_id: id });
    const committed = await who.run([...commitArgs(id, url), '--yes']);
    expect(committed.json()[0]).toMatchObject({
      schema: 'transaction/1',
      status: 'success',
      checksum: commitment(encrypted),
      size: '300000',
      reveal_epoch: '1',
    });
    expect(committed.stdout + committed.stderr).not.toContain(key);
    const early = await who.run([...revealArgs(id), '--yes']);
    expect(early.code).toBe(5);
    expect(early.stderr).toContain('ModelRevealEpochMismatch');
    const pending = await who.run(['model', 'info', id, '--json']);
    expect(pending.json()[0]).toMatchObject({
      status: 'pending',
      commit_epoch: '0',
      decryption_key: null,
      selection_power: null,
      reveal: { first_epoch: '1', last_epoch: '1' },
    });
    await net.advanceEpoch();
    expect(await who.run([...revealArgs(id), '--yes'])).toMatchObject({ code: 0 });
    const shown = await who.run(['model', 'info', id, '--with-embedding', '--json']);
    expect(shown.json()[0]).toMatchObject({
      status: 'active',
      owner: who.address,
      stake: '1000000000',
      selection_power: 1,
      commission_rate: 500,
      decryption_key: key,
      manifest: { url, checksum: commitment(encrypted), size: '300000' },
      embedding: EMBEDDING.split(',').map((each) => Math.fround(Number(each))),
    });
    const text = await who.run(['model', 'info', id]);
    expect(text.stdout).toMatch(/Selection power +100\.00 %/);
    expect(text.stdout).toContain('(you)');
  });

  it('takes the key from a variable, a command or standard input, and warns of one on the command line', async () => {
    const { who, url } = await owner();
    const id = await create(who);
    const base = commitArgs(id, url).filter((each) => each !== '--decryption-key-file' && each !== 'model.key');
    for (const [args, options] of [
      [[], { env: { SOMAKIT_DECRYPTION_KEY: key } }],
      [['--decryption-key-command', 'cat model.key'], {}],
      [['--decryption-key-file', '-'], { stdin: key }],
    ] as const) {
      const done = await who.run([...base, ...args, '--dry-run'], options);
      expect(done).toMatchObject({ code: 0, stderr: '' });
    }
    const shown = await who.run([...base, '--decryption-key', key, '--dry-run']);
    expect(shown).toMatchObject({ code: 0 });
    expect(shown.stderr).toContain('stays in the history');
    const wrong = await who.run([...base, '--decryption-key-command', 'echo not-a-key-0OIl', '--dry-run']);
    expect(wrong.code).toBe(3);
    expect(wrong.stdout + wrong.stderr).not.toContain('0OIl');
  });

  it('ends with 6 when the chain fails a transaction after all', async () => {
    const of = await owner();
    const { who } = of;
    const id = await create(who);
    expect(await who.run([...commitArgs(id, of.url), '--yes'])).toMatchObject({ code: 0 });
    await net.advanceEpoch();
    const gate = await gateTo(net.rpcUrl);
    // The epoch of the reveal ends while the transaction is on its way.
    gate.rule(async (method): Promise<Fate> => {
      if (method === 'ExecuteTransaction') await net.advanceEpoch();
      return 'pass';
    });
    const failed = await who.run([...revealArgs(id), '--yes', '--rpc', gate.url]);
    expect(failed).toMatchObject({ code: 6, stdout: '' });
    expect(JSON.parse(failed.stderr)).toMatchObject({ code: 'TRANSACTION_FAILED', exitCode: 6 });
    const shown = await who.run(['model', 'info', id, '--json']);
    expect(shown.json()[0]).toMatchObject({ status: 'inactive' });
  });

  it('ends with 7 when no answer comes, and tx resume finds out', async () => {
    const { who } = await owner();
    const gate = await gateTo(net.rpcUrl);
    let sent = false;
    gate.rule((method) => {
      if (method === 'ExecuteTransaction') sent = true;
      return sent && method !== 'GetServiceInfo' ? 'never-answered' : 'pass';
    });
    const args = ['model', 'create', '--yes', '--json', '--rpc', gate.url, '--timeout', '3'];
    const lost = await who.run(args);
    expect(lost).toMatchObject({ code: 7, stdout: '' });
    const { context } = JSON.parse(lost.stderr) as { context: { digest: string } };
    gate.rule(() => 'pass');
    const found = await who.run(['tx', 'resume', context.digest, '--json']);
    expect(found).toMatchObject({ code: 0 });
    const mine = await who.run(['model', 'list', '--mine', '--json']);
    expect(mine.json()).toHaveLength(1);
  });
});

describe('somakit model list', () => {
  it('shows stake, power and what comes next; filters', async () => {
    const of = await owner();
    const { who } = of;
    const first = await active(of);
    const other = await home();
    const second = await create(other);
    const all = await who.run(['model', 'list', '--json']);
    expect(
      all
        .json()
        .map(({ status }) => status)
        .sort(),
    ).toEqual(['active', 'created']);
    expect((await who.run(['model', 'list', '--mine', '--json'])).json().map(({ model_id }) => model_id)).toEqual([
      first,
    ]);
    const created = await who.run(['model', 'list', '--status', 'created', '--owner', other.address, '--json']);
    expect(created.json()).toMatchObject([{ model_id: second, create_epoch: '1', manifest: null }]);
    const table = await who.run(['model', 'list']);
    expect(table.stdout).toMatch(/^Model +Owner +Status +Stake +Power +Commission +Next/);
    expect(table.stdout).toMatch(/active +1 SOMA +100\.00 % +5 %/);
    expect(table.stdout).toMatch(/created +1 SOMA +- +5 % +commit by epoch 2/);
    expect((await who.run(['model', 'list', '--status', 'odd'])).code).toBe(2);
    expect((await who.run(['model', 'info', '0x123'])).code).toBe(5);
  });
});

describe('somakit model set-commission-rate and deactivate', () => {
  it('change an active model', async () => {
    const of = await owner();
    const { who } = of;
    const id = await active(of);
    const rate = await who.run(['model', 'set-commission-rate', id, '--commission-rate', '6000', '--yes', '--json']);
    expect(rate).toMatchObject({ code: 0 });
    expect(rate.stderr).toContain('60 %');
    expect((await who.run(['model', 'info', id, '--json'])).json()[0]).toMatchObject({
      commission_rate: 500,
      next_epoch_commission_rate: 6000,
    });
    const stranger = await home();
    expect((await stranger.run(['model', 'deactivate', id, '--yes'])).code).toBe(5);
    expect(await who.run(['model', 'deactivate', id, '--yes', '--json'])).toMatchObject({ code: 0 });
    expect((await who.run(['model', 'info', id, '--json'])).json()[0]).toMatchObject({ status: 'inactive' });
  });
});

describe('somakit model download', () => {
  it('verifies, decrypts, and does nothing twice', async () => {
    const of = await owner();
    const { who, asked } = of;
    const id = await active(of);
    const done = await who.run(['model', 'download', id, '-o', 'got.enc', '--json']);
    expect(done).toMatchObject({ code: 0, stderr: '' });
    expect(done.json()[0]).toMatchObject({ path: 'got.enc', checksum: commitment(encrypted), skipped: false });
    expect(new Uint8Array(readFileSync(join(who.folder, 'got.enc')))).toEqual(encrypted);
    const requests = asked.length;
    expect((await who.run(['model', 'download', id, '-o', 'got.enc', '--json'])).json()[0]).toMatchObject({
      skipped: true,
    });
    expect(asked).toHaveLength(requests);
    const clear = await who.run(['model', 'download', id, '--decrypt', '-o', 'got.safetensors', '--json']);
    expect(clear.json()[0]).toMatchObject({ decrypted: true });
    expect(new Uint8Array(readFileSync(join(who.folder, 'got.safetensors')))).toEqual(plain);
    expect(existsSync(join(who.folder, 'got.safetensors.encrypted'))).toBe(false);
    writeFileSync(join(who.folder, 'mine.txt'), 'precious');
    const kept = await who.run(['model', 'download', id, '-o', 'mine.txt']);
    expect(kept.code).toBe(5);
    expect(readFileSync(join(who.folder, 'mine.txt'), 'utf8')).toBe('precious');
  });

  it('goes on where it was cut, and leaves no half-written file under its name', async () => {
    const of = await owner();
    const { who, asked, cutAfter } = of;
    const id = await active(of);
    cutAfter(100_000);
    const args = ['model', 'download', id, '-o', 'got.enc', '--no-proxy', '--json'];
    // Every attempt gets a little further; Ctrl-C comes while it tries.
    const stopped = await who.run(args, {
      interrupt: {
        when: (async () => {
          while (!asked.some((range) => range?.startsWith('bytes=1'))) await new Promise((ok) => setTimeout(ok, 10));
        })(),
        signal: 'SIGINT',
      },
    });
    expect([130, 0]).toContain(stopped.code);
    if (stopped.code === 130) expect(existsSync(join(who.folder, 'got.enc'))).toBe(false);
    cutAfter(0);
    asked.length = 0;
    const done = await who.run(args);
    expect(done).toMatchObject({ code: 0 });
    if (stopped.code === 130) expect(asked[0]).toMatch(/^bytes=[1-9]/);
    expect(new Uint8Array(readFileSync(join(who.folder, 'got.enc')))).toEqual(encrypted);
  });
});
