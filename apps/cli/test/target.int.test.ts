import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { commitment, generateWeightKey } from '@somakit/crypto';
import { createSomaClient } from '@somakit/sdk';
import { describe, expect, it } from 'vitest';
import { gateTo } from './support/gate.js';
import { type Home, network } from './support/localnet.js';
import { serve } from './support/somakit.js';

const key = generateWeightKey();
const manifest = { url: 'http://127.0.0.1:9/weights', checksum: key, size: 1n };
const { net, home } = network({
  accounts: 2,
  revertAfterEach: true,
  models: [
    { owner: '0xa', manifest, decryptionKey: key },
    { owner: '0xb', manifest, decryptionKey: key, initialStake: 4_000_000_000n },
  ],
});

const data = new TextEncoder().encode('some data that hits');
const EMBEDDING = Array.from({ length: 16 }, (_, i) => (i - 8) / 10).join(',');

interface TargetLine extends Record<string, unknown> {
  readonly target_id: string;
  readonly model_ids: string[];
  readonly reward_pool: string;
}

const balanceOf = async (address: string): Promise<bigint> => {
  const client = createSomaClient({ rpcUrl: net.rpcUrl });
  try {
    return await client.getBalance({ address });
  } finally {
    client.close();
  }
};

const open = async (who: Home): Promise<TargetLine> =>
  (await who.run(['target', 'list', '--limit', '1', '--json'])).json<TargetLine>()[0]!;

/** Somebody with data and a server that has it. */
const submitter = async () => {
  const who = await home();
  writeFileSync(join(who.folder, 'data.bin'), data);
  const host = await serve((_, response) => {
    response.writeHead(200, { 'content-length': data.length }).end(data);
    return undefined;
  });
  return { who, host, url: `${host.url}/data.bin` };
};

const submitArgs = ({ target_id, model_ids }: TargetLine, url: string): string[] => [
  ...['target', 'submit', '--target-id', target_id, '--data-file', 'data.bin', '--data-url', url],
  ...[
    '--model-id',
    model_ids[0]!,
    '--embedding',
    EMBEDDING,
    '--distance-score',
    '0.5',
    '--loss-score',
    '5.25',
    '--json',
  ],
];

const filled = async (of: Awaited<ReturnType<typeof submitter>>): Promise<TargetLine> => {
  const target = await open(of.who);
  const done = await of.who.run([...submitArgs(target, of.url), '--yes']);
  expect(done).toMatchObject({ code: 0, stderr: '' });
  return target;
};

describe('somakit target list', () => {
  it('walks all pages, and says when it has not', async () => {
    const who = await home();
    const all = (await who.run(['target', 'list', '--all', '--json'])).json<TargetLine>();
    expect(all.length).toBe(100);
    expect(new Set(all.map(({ target_id }) => target_id)).size).toBe(100);
    expect(all[0]).toMatchObject({ schema: 'target/1', status: 'open', claimable: false, generation_epoch: '0' });
    const few = await who.run(['target', 'list', '--limit', '3', '--json']);
    expect(few.json()).toHaveLength(3);
    expect(few.stderr).toContain('--all');
    const exactly = await who.run(['target', 'list', '--limit', '100', '--json']);
    expect(exactly).toMatchObject({ code: 0, stderr: '' });
    expect(exactly.json()).toHaveLength(100);
  });

  it('filters by status, epoch and submitter', async () => {
    const of = await submitter();
    const { who } = of;
    const target = await filled(of);
    const ids = async (...args: string[]) => {
      const done = await who.run(['target', 'list', ...args, '--all', '--json']);
      expect(done).toMatchObject({ code: 0 });
      return done.json<TargetLine>().map(({ target_id }) => target_id);
    };
    expect(await ids('--status', 'filled')).toEqual([target.target_id]);
    expect(await ids('--mine', '--status', 'filled')).toEqual([target.target_id]);
    expect(await ids('--submitter', net.accounts[0]!.address, '--status', 'filled')).toEqual([]);
    expect(await ids('--epoch', '0')).toHaveLength(100);
    expect(await ids('--epoch', '7')).toEqual([]);
    expect(await ids('--claimable')).toEqual([]);
    await net.advanceEpoch();
    expect((await ids('--status', 'expired')).length).toBe(100);
    expect((await who.run(['target', 'list', '--status', 'odd'])).code).toBe(2);
  });

  it('draws how far targets are, from their models, from one model or from an embedding', async () => {
    const who = await home();
    const { stdout } = await who.run(['target', 'list', '--distances', '--limit', '20']);
    expect(stdout).toContain('Distance to the nearest of its models');
    expect(stdout).toMatch(/\d\.\d{4} to \d\.\d{4} +\d+ █/);
    expect(stdout).toMatch(/\d+ of 20 within their threshold/);
    const one = await who.run(['target', 'list', '--distances-from', net.modelIds[0]!, '--limit', '5', '--json']);
    for (const { distance } of one.json()) expect(distance).toEqual(expect.any(Number));
    const own = await who.run(['target', 'list', '--distances-from', EMBEDDING, '--limit', '5', '--json']);
    expect(own).toMatchObject({ code: 0 });
    expect((await who.run(['target', 'list', '--distances-from', '1,2'])).code).toBe(2);
    expect((await who.run(['target', 'list', '--distances-from', '0x77'])).code).toBe(5);
  });
});

describe('somakit target submit', () => {
  it('refuses before a fee is paid', async () => {
    const of = await submitter();
    const { who, url } = of;
    const target = await open(who);
    const before = await balanceOf(who.address);
    const args = submitArgs(target, url);
    const change = (option: string, value: string) => args.map((each, i) => (args[i - 1] === option ? value : each));
    writeFileSync(join(who.folder, 'large.bin'), new Uint8Array(1_048_577));
    writeFileSync(join(who.folder, 'other.bin'), 'other');
    for (const [wrong, code, name] of [
      [args, 2, 'CLI_USAGE'],
      [[...change('--data-file', 'large.bin'), '--yes'], 2, 'INVALID_ARGUMENT'],
      [[...change('--data-file', 'none.bin'), '--yes'], 2, 'INVALID_ARGUMENT'],
      [[...change('--data-file', 'other.bin'), '--yes'], 5, 'WEIGHTS_URL_MISMATCH'],
      [[...change('--target-id', '0x99'), '--yes'], 5, 'CLI_NOT_FOUND'],
      [[...change('--distance-score', '1.9'), '--yes'], 5, 'PREFLIGHT_FAILED'],
      [[...change('--model-id', '0x99'), '--yes'], 5, 'PREFLIGHT_FAILED'],
      [[...change('--embedding', '-1,2'), '--yes'], 5, 'PREFLIGHT_FAILED'],
      [[...change('--data-url', 'ftp://x/y'), '--yes'], 2, 'INVALID_ARGUMENT'],
    ] as const) {
      const done = await who.run([...wrong]);
      expect([wrong.join(' '), done.code, done.stdout]).toEqual([wrong.join(' '), code, '']);
      expect(JSON.parse(done.stderr)).toMatchObject({ code: name });
    }
    expect(await balanceOf(who.address)).toBe(before);
  });

  it('shows the bond, submits, and says when to claim', async () => {
    const of = await submitter();
    const { who, url } = of;
    const target = await open(who);
    const dry = await who.run([...submitArgs(target, url), '--dry-run']);
    expect(dry.json()[0]).toMatchObject({ dry_run: true, bond: String(data.length * 65) });
    const plan = await who.run([...submitArgs(target, url).filter((each) => each !== '--json'), '--dry-run']);
    expect(plan.stdout).toContain('nothing was sent');
    expect(plan.stdout).toContain('Distance 0.5000');
    const done = await who.run([...submitArgs(target, url), '--yes']);
    expect(done.json()[0]).toMatchObject({
      schema: 'transaction/1',
      action: 'target.submit',
      target_id: target.target_id,
      checksum: commitment(data),
      size: String(data.length),
      bond: String(data.length * 65),
      claim_epoch: '2',
    });
    const again = await who.run([...submitArgs(target, url), '--yes']);
    expect(again.code).toBe(5);
    expect(again.stderr).toContain('TargetNotOpen');
    const shown = await who.run(['target', 'info', target.target_id, '--json']);
    expect(shown.json()[0]).toMatchObject({
      status: 'filled',
      fill_epoch: '0',
      submitter: who.address,
      winning_distance: 0.5,
      winning_loss: 5.25,
      data: { url, checksum: commitment(data), size: String(data.length) },
      claim: { first_epoch: '2', last_epoch: null },
      reports: [],
    });
    const text = await who.run(['target', 'show', target.target_id]);
    expect(text.stdout).toMatch(/Submitter +0x[0-9a-f]{64} \(you\)/);
    expect(text.stdout).toMatch(/Claim +from epoch 2, which can begin in/);
  });

  it('takes scores from a file', async () => {
    const { who, url } = await submitter();
    const target = await open(who);
    const scores = {
      model_id: target.model_ids[0],
      embedding: EMBEDDING.split(',').map(Number),
      distance: [0.25],
      loss: 5,
    };
    writeFileSync(join(who.folder, 'scores.json'), JSON.stringify(scores));
    const args = ['target', 'submit', '--target-id', target.target_id, '--data-file', 'data.bin', '--data-url', url];
    const done = await who.run([...args, '--scores', 'scores.json', '--yes', '--json']);
    expect(done).toMatchObject({ code: 0 });
    writeFileSync(join(who.folder, 'scores.json'), '{"embedding": []}');
    expect((await who.run([...args, '--scores', 'scores.json', '--yes'])).code).toBe(2);
    expect((await who.run([...args, '--yes'])).code).toBe(2);
  });
});

describe('somakit target claim', () => {
  it('refuses before the audit is over, and pays rewards and bond afterwards', async () => {
    const of = await submitter();
    const { who } = of;
    const target = await filled(of);
    const early = await who.run(['target', 'claim', target.target_id, '--yes', '--json']);
    expect(early.code).toBe(5);
    expect(early.json()[0]).toMatchObject({ outcome: 'failed', error: { code: 'PREFLIGHT_FAILED', exit_code: 5 } });
    expect((await who.run(['target', 'claim', '0x99', '--yes'])).code).toBe(5);
    expect((await who.run(['target', 'claim'])).code).toBe(2);
    await net.advanceEpoch({ count: 2 });
    const before = await balanceOf(who.address);
    const dry = await who.run(['target', 'claim', target.target_id, '--dry-run', '--json']);
    expect(dry.json()[0]).toMatchObject({ outcome: 'would-claim', roles: ['submitter', 'claimer'], digest: null });
    expect(await balanceOf(who.address)).toBe(before);
    const done = await who.run(['target', 'claim', target.target_id, '--yes', '--json']);
    expect(done).toMatchObject({ code: 0 });
    const [line] = done.json<{ net: string; fee: string; expected_reward: string; bond_back: string }>();
    expect(await balanceOf(who.address)).toBe(before + BigInt(line!.net));
    expect(BigInt(line!.net)).toBe(BigInt(line!.expected_reward) + BigInt(line!.bond_back) - BigInt(line!.fee));
    const gone = await who.run(['target', 'show', target.target_id]);
    expect(gone.code).toBe(5);
    expect(gone.stderr).toContain('whoever claimed it');
  });

  it('claims all of mine, and those of others only when told so', async () => {
    const of = await submitter();
    const { who } = of;
    const first = await filled(of);
    const second = await filled(of);
    await net.advanceEpoch({ count: 2 });
    const nothing = await (await home()).run(['target', 'claim', '--all', '--yes', '--json']);
    expect(nothing).toMatchObject({ code: 0, stdout: '' });
    expect(nothing.stderr).toContain('--third-party');
    const done = await who.run(['target', 'claim', '--all', '--yes', '--json']);
    expect(done).toMatchObject({ code: 0 });
    expect(
      done
        .json<TargetLine>()
        .map(({ target_id }) => target_id)
        .sort(),
    ).toEqual([first.target_id, second.target_id].sort());
    const dry = await who.run(['target', 'claim', '--all', '--third-party', '--dry-run', '--json']);
    expect(dry.json<{ roles: string[] }>().length).toBeGreaterThan(100);
    expect(dry.json<{ roles: string[] }>().every(({ roles }) => roles.join() === 'claimer')).toBe(true);
  });

  it('goes on after one that fails, and takes one that is gone for no failure', async () => {
    const of = await submitter();
    const { who } = of;
    const first = await filled(of);
    await net.advanceEpoch({ count: 2 });
    const fresh = await open(who);
    const ids = [fresh.target_id, first.target_id, '0x99'];
    const done = await who.run(['target', 'claim', ...ids, '--yes', '--json']);
    expect(done.code).toBe(5);
    expect(done.json<{ outcome: string }>().map(({ outcome }) => outcome)).toEqual(['failed', 'claimed', 'gone']);
    const again = await who.run(['target', 'claim', first.target_id, '0x99', '--yes', '--json']);
    expect(again).toMatchObject({ code: 0 });
    expect(again.json<{ outcome: string }>().map(({ outcome }) => outcome)).toEqual(['gone', 'gone']);
  });

  it('ends with 7 when an answer is lost, having tried the others', async () => {
    const of = await submitter();
    const { who } = of;
    await filled(of);
    await net.advanceEpoch({ count: 2 });
    const gate = await gateTo(net.rpcUrl);
    let lost = false;
    gate.rule((method) => {
      if (method === 'ExecuteTransaction') lost = true;
      return lost && (method === 'ExecuteTransaction' || method === 'GetTransaction') ? 'never-answered' : 'pass';
    });
    const done = await who.run(['target', 'claim', '--all', '--yes', '--json', '--rpc', gate.url, '--timeout', '3']);
    expect(done.code).toBe(7);
    expect(done.json()[0]).toMatchObject({ outcome: 'unknown', error: { code: 'OUTCOME_UNKNOWN', exit_code: 7 } });
  });
});

describe('somakit target report', () => {
  it('is for validators', async () => {
    const of = await submitter();
    const target = await filled(of);
    await net.advanceEpoch();
    const refused = await of.who.run(['target', 'report', target.target_id, '--yes']);
    expect(refused.code).toBe(5);
    expect(refused.stderr).toContain('NotAValidator');
    const validator = net.validators[0]!;
    await net.fund(validator.address, 1_000_000_000n);
    writeFileSync(join(of.who.folder, 'validator.key'), validator.keypair.toSecretKey());
    const as = ['--key-file', 'validator.key', '--yes', '--json'];
    expect(await of.who.run(['target', 'report', target.target_id, ...as])).toMatchObject({ code: 0 });
    const shown = await of.who.run(['target', 'show', target.target_id, '--json']);
    expect(shown.json()[0]).toMatchObject({ reports: [validator.address] });
    expect(await of.who.run(['target', 'report', target.target_id, '--undo', ...as])).toMatchObject({ code: 0 });
    const undone = await of.who.run(['target', 'show', target.target_id, '--json']);
    expect(undone.json()[0]).toMatchObject({ reports: [] });
  });
});

describe('somakit target download', () => {
  it('fetches the data of a filled target, verified, once', async () => {
    const of = await submitter();
    const { who } = of;
    const target = await filled(of);
    const args = ['target', 'download', target.target_id, '-o', 'got.bin', '--json'];
    expect((await who.run(args)).json()[0]).toMatchObject({ skipped: false, checksum: commitment(data) });
    expect(new Uint8Array(readFileSync(join(who.folder, 'got.bin')))).toEqual(data);
    expect((await who.run(args)).json()[0]).toMatchObject({ skipped: true });
    const empty = await open(who);
    const refused = await who.run(['target', 'download', empty.target_id]);
    expect(refused.code).toBe(5);
    expect(existsSync(join(who.folder, `${empty.target_id}.data`))).toBe(false);
  });
});

describe('somakit target watch', () => {
  it('tells of fills and new targets as lines, and ends with 130 on Ctrl-C', async () => {
    const of = await submitter();
    const { who } = of;
    const target = await open(who);
    const gate = await gateTo(net.rpcUrl);
    let listening = () => {};
    const ready = new Promise<void>((resolve) => {
      listening = resolve;
    });
    gate.rule((method) => {
      if (method === 'SubscribeCheckpoints') setTimeout(listening, 300);
      return 'pass';
    });
    const watching = who.run(['target', 'watch', '--count', '2', '--json', '--rpc', gate.url]);
    await ready;
    expect(await who.run([...submitArgs(target, of.url), '--yes'])).toMatchObject({ code: 0 });
    const done = await watching;
    expect(done).toMatchObject({ code: 0 });
    const events = done.json<{ event: string; target_id: string }>();
    expect(events).toContainEqual(expect.objectContaining({ event: 'filled', target_id: target.target_id }));
    expect(events.map(({ event }) => event).sort()).toEqual(['filled', 'open']);
    let again = () => {};
    const second = new Promise<void>((resolve) => {
      again = resolve;
    });
    gate.rule((method) => {
      if (method === 'SubscribeCheckpoints') setTimeout(again, 100);
      return 'pass';
    });
    const stopped = await who.run(['target', 'watch', '--json', '--rpc', gate.url], {
      interrupt: { when: second, signal: 'SIGINT' },
    });
    expect(stopped.code).toBe(130);
  });
});
