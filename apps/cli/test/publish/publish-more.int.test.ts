import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { commitment, createWeightCipher, type Keypair } from '@somakit/crypto';
import { Keystore } from '@somakit/crypto/node';
import { startLocalnet } from '@somakit/localnet';
import { createSomaClient } from '@somakit/sdk';
import { describe, expect, it } from 'vitest';
import { gateTo } from '../support/gate.js';
import { network } from '../support/localnet.js';
import {
  exitOf,
  folderOf,
  journalOf,
  KEY,
  type Line,
  orItsEnd,
  publisher,
  start,
  stateOf,
  until,
} from '../support/publisher.js';
import { atTheEnd } from '../support/somakit.js';

const { net, home } = network({ accounts: 2, revertAfterEach: true });
const { owner, finish, outcomeOf } = publisher(net, home);

const SHANNONS = 1_000_000_000n;

const withClient = async <T>(
  signer: Keypair | undefined,
  use: (client: ReturnType<typeof createSomaClient>) => Promise<T>,
): Promise<T> => {
  const client = createSomaClient({ rpcUrl: net.rpcUrl, signer });
  try {
    return await use(client);
  } finally {
    client.close();
  }
};

const resume = (...more: readonly string[]) => ['model', 'publish', '--resume', ...more, '--yes', '--json'];
const change = (args: readonly string[], option: string, value: string) =>
  args.map((each, i) => (args[i - 1] === option ? value : each));

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });

describe('somakit model publish', () => {
  it('refuses before anything is written or sent', async () => {
    const { who, args } = await owner();
    const cases: readonly (readonly [readonly string[], number, string])[] = [
      [args.filter((each) => each !== '--yes'), 2, 'CLI_USAGE'],
      [change(args, '--embedding', '1,2'), 2, 'INVALID_ARGUMENT'],
      [[...args, '--serve', '127.0.0.1:8080'], 2, 'CLI_USAGE'],
      [[...args, '--stake', '1000'], 5, 'INSUFFICIENT_COINS'],
      [[...args, '--stake', '0.1'], 5, 'PREFLIGHT_FAILED'],
      [[...args, '--encrypt'], 2, 'CLI_USAGE'],
      [['model', 'publish', '--resume', '--yes', '--json'], 5, 'PUBLISH_NOT_FOUND'],
    ];
    for (const [each, code, name] of cases) {
      const done = await who.run(each);
      expect([each.join(' '), done.code, done.stdout]).toEqual([each.join(' '), code, '']);
      expect(JSON.parse(done.stderr.slice(done.stderr.indexOf('{')))).toMatchObject({ code: name });
      expect(existsSync(folderOf(who))).toBe(false);
    }
    const dry = await who.run([...args, '--dry-run']);
    expect(dry).toMatchObject({ code: 0, stderr: '' });
    expect(dry.json()[0]).toMatchObject({ schema: 'dry-run/1', action: 'model.publish', stake: '1000000000' });
    expect(dry.stdout).not.toContain(KEY);
    expect(existsSync(folderOf(who))).toBe(false);
  });

  it('sends nothing while the URL serves other bytes; --resume --url goes on elsewhere', async () => {
    const { who, args, host } = await owner();
    const wrong = await who.run(change(args, '--weights', 'embedding.json'));
    expect(wrong.code).toBe(5);
    expect(wrong.stderr).toContain('WEIGHTS_URL_MISMATCH');
    expect(wrong.stderr).toContain('--resume');
    expect(await withClient(undefined, (client) => client.getBalance({ address: who.address }))).toBe(100n * SHANNONS);
    const { id } = journalOf(who)!.record as unknown as { id: string };
    expect(await who.run(['model', 'publish', '--discard', id, '--yes'])).toMatchObject({ code: 0 });
    const missing = await who.run(change(args, '--url', 'http://127.0.0.1:9/none'));
    expect(missing.code).toBe(4);
    expect(stateOf(who)).toBe('prepared');
    const done = await finish(who, resume('--url', `${host.url}/model.enc`));
    expect(done).toMatchObject({ code: 0 });
    expect((await outcomeOf(who)).key).toBe(KEY);
  });

  it('ends after the commit with --no-wait, shows how it stands without a key, and forgets nothing that is open', async () => {
    const { who, args } = await owner();
    const done = await who.run([...args, '--no-wait']);
    expect(done).toMatchObject({ code: 0 });
    expect(done.json<Line>().at(-1)).toMatchObject({ state: 'committed', reveal: { first_epoch: '1' } });
    expect(done.stderr).toMatch(/Reveal it in epoch 1, which can begin in .* and in no other/);
    rmSync(join(who.configFolder, 'soma.keystore'));
    const status = await who.run(['model', 'publish', '--status', '--json']);
    expect(status).toMatchObject({ code: 0, stderr: '' });
    expect(status.json()[0]).toMatchObject({ state: 'committed', reveal: { opens_at_ms: expect.any(Number) } });
    const table = await who.run(['model', 'publish', '--status']);
    expect(table.stdout).toContain('committed, waits for its reveal');
    expect(table.stdout).toMatch(/epoch 1, which can begin in/);
    const { id } = journalOf(who)!.record as unknown as { id: string };
    expect((await who.run(['model', 'publish', '--discard', id, '--yes'])).code).toBe(5);
    expect(stateOf(who)).toBe('committed');
  });

  it('is worked on by one process at a time, and on its own chain only', async () => {
    const { who, args } = await owner();
    const gate = await gateTo(net.rpcUrl);
    gate.rule((method) => (stateOf(who) === 'created' && method !== 'GetServiceInfo' ? 'never-arrives' : 'pass'));
    const child = start(who, [...args, '--rpc', gate.url]);
    await until('the creation', () => stateOf(who) === 'created');
    const busy = await who.run(resume('--rpc', net.rpcUrl));
    expect(busy.code).toBe(5);
    expect(busy.stderr).toContain(`PUBLISH_BUSY`);
    child.kill('SIGKILL');
    await exitOf(child);
    const other = await startLocalnet({ ports: 'free', smallModel: true, seed: 'another' });
    atTheEnd(() => other.stop());
    const elsewhere = await who.run(resume('--rpc', other.rpcUrl));
    expect(elsewhere.code).toBe(5);
    expect(elsewhere.stderr).toContain('PUBLISH_MISMATCH');
    expect(await finish(who, resume('--rpc', net.rpcUrl))).toMatchObject({ code: 0 });
    await outcomeOf(who);
  });

  it('builds a new creation when the coins of the signed one have moved on, and only then', async () => {
    const { who, args } = await owner();
    const gate = await gateTo(net.rpcUrl);
    gate.rule((method) => (method === 'ExecuteTransaction' ? 'never-arrives' : 'pass'));
    const held = gate.held();
    const child = start(who, [...args, '--rpc', gate.url]);
    await orItsEnd(child, held);
    child.kill('SIGKILL');
    await exitOf(child);
    expect(stateOf(who)).toBe('creating');
    // The owner has used the coin for something else since.
    await withClient(who.keypair, (client) =>
      client.transferCoin({ recipient: net.accounts[0]!.address, amount: SHANNONS }),
    );
    const done = await finish(who, resume('--rpc', net.rpcUrl));
    expect(done).toMatchObject({ code: 0 });
    const last = done.json<Line>().at(-1)!;
    expect(
      (last.transactions as { step: string; outcome: string }[]).map(({ step, outcome }) => [step, outcome]),
    ).toEqual([
      ['create', 'refused'],
      ['create', 'success'],
      ['commit', 'success'],
      ['reveal', 'success'],
    ]);
    await outcomeOf(who);
  });

  it('says what was lost when the epoch of a first reveal is over', async () => {
    const { who, args } = await owner();
    expect(await who.run([...args, '--no-wait'])).toMatchObject({ code: 0 });
    await net.advanceEpoch({ count: 2 });
    const missed = await who.run(resume());
    expect(missed.code).toBe(5);
    expect(missed.stderr).toContain('PUBLISH_MISSED');
    expect(missed.stderr).toContain('half of the stake');
    expect(stateOf(who)).toBe('missed');
  });
});

describe('somakit model update', () => {
  it('commits new weights by the same steps, killed on the way, and once more after a missed reveal', async () => {
    const { who, args } = await owner();
    const first = await finish(who, args);
    const id = String(first.json<Line>().at(-1)!.model_id);
    writeFileSync(join(who.folder, 'other.csv'), Array.from({ length: 16 }, (_, i) => i - 7.5).join(','));
    const update = ['model', 'update', id, ...change(args.slice(2), '--embedding', 'other.csv')];
    const stranger = await home();
    const refused = await stranger.run(['model', 'update', id, '--weights', 'x', '--url', 'http://x/y', '--yes']);
    expect(refused.code).toBe(5);
    expect(refused.stderr).toContain('NotModelOwner');
    const before = await outcomeOf(who);
    const gate = await gateTo(net.rpcUrl);
    gate.rule((method) => (method === 'ExecuteTransaction' ? 'never-answered' : 'pass'));
    const held = gate.held();
    const child = start(who, [...update, '--rpc', gate.url]);
    await orItsEnd(child, held);
    child.kill('SIGKILL');
    await exitOf(child);
    const info = async () => (await who.run(['model', 'info', id, '--json'])).json()[0]!;
    expect(await info()).toMatchObject({ has_pending_update: true, commit_epoch: '1' });
    // The window goes by.
    await net.advanceEpoch({ count: 2 });
    const missed = await who.run(resume('--rpc', net.rpcUrl));
    expect(missed.code).toBe(5);
    expect(missed.stderr).toContain('The update is cancelled');
    expect(await info()).toMatchObject({ status: 'active', stake: '1000000000', has_pending_update: false });
    const { id: publication } = (await who.run(['model', 'publish', '--status', '--json']))
      .json<{ id: string; kind: string }>()
      .find(({ kind }) => kind === 'update')!;
    const again = who.run(resume(publication, '--rpc', net.rpcUrl));
    await until('the commit', () =>
      readdirSync(folderOf(who)).some(
        (name) =>
          name === `${publication}.json` && readFileSync(join(folderOf(who), name), 'utf8').includes('"committed"'),
      ),
    );
    await net.advanceEpoch();
    const done = await again;
    expect(done).toMatchObject({ code: 0 });
    expect(done.json<Line>().at(-1)).toMatchObject({ kind: 'update', state: 'done', model_id: id, commit_epoch: '3' });
    const after = await outcomeOf(who);
    const { balance, embedding, commitments } = after;
    expect(after).toEqual({ ...before, balance, embedding, commitments, epoch: 4n });
    expect(embedding).not.toBe(before.embedding);
  });
});

describe('a publication with an encrypted keystore', () => {
  it('has no secret in clear on disk, and needs the password to go on', async () => {
    const { who, args } = await owner();
    const path = join(who.configFolder, 'soma.keystore');
    const plain = await Keystore.open(path);
    await plain.saveAs(path, { password: 'correct horse', overwrite: true, scrypt: { n: 1024 } });
    const env = { SOMAKIT_PASSWORD: 'correct horse' };
    expect(await who.run([...args, '--no-wait'], { env })).toMatchObject({ code: 0 });
    const [name] = readdirSync(folderOf(who));
    const content = readFileSync(join(folderOf(who), name!), 'utf8');
    expect(content).not.toContain(KEY);
    expect(content).toContain('"sealed"');
    expect((await who.run(resume())).code).toBe(3);
    expect(await who.run(['model', 'publish', '--status', '--json'])).toMatchObject({ code: 0 });
    expect(await finish(who, resume(), { env })).toMatchObject({ code: 0 });
    expect((await outcomeOf(who)).key).toBe(KEY);
  });
});

describe('a publication that encrypts and serves', () => {
  it('makes key, file and embedding itself, survives kills, and serves under the same URL again', async () => {
    const { who } = await owner();
    expect(await who.run(['weights', 'random', 'model.safetensors'])).toMatchObject({ code: 0 });
    writeFileSync(join(who.folder, 'sample.bin'), 'some sample data');
    const serve = `127.0.0.1:${await freePort()}`;
    const args = [
      ...['model', 'publish', '--weights', 'model.safetensors', '--encrypt', '--serve', serve],
      ...['--embedding-from', 'sample.bin', '--yes', '--json'],
    ];
    const child = start(who, args);
    // As soon as there is a journal: the weights are being encrypted, or are just about to be.
    await until('a journal', () => journalOf(who) !== undefined);
    child.kill('SIGKILL');
    await exitOf(child);
    const second = start(who, resume());
    await until('the commit', () => stateOf(who) === 'committed');
    second.kill('SIGKILL');
    await exitOf(second);
    const third = start(who, resume());
    await net.advanceEpoch();
    await until('the reveal', () => stateOf(who) === 'done');
    const { url, checksum } = journalOf(who)!.record as unknown as { url: string; checksum: string };
    expect(url).toBe(`http://${serve}/${checksum}`);
    const served = new Uint8Array(await (await fetch(url)).arrayBuffer());
    expect(commitment(served)).toBe(checksum);
    third.kill('SIGINT');
    expect(await exitOf(third)).toBe(130);
    const found = await withClient(undefined, (client) => client.getActiveModels());
    expect(found).toHaveLength(1);
    expect(found[0]!.manifest).toMatchObject({ url, checksum });
    const clear = createWeightCipher(found[0]!.decryptionKey).update(served);
    expect(clear).toEqual(new Uint8Array(readFileSync(join(who.folder, 'model.safetensors'))));
    expect(found[0]!.embedding.some((each) => each !== 0)).toBe(true);
    // Done, and yet served again.
    const fourth = start(who, resume(String((journalOf(who)!.record as unknown as { id: string }).id)));
    await until('the server', () => fourth.printed().includes('Serving the weights'));
    expect((await fetch(url)).status).toBe(200);
    fourth.kill('SIGTERM');
    expect(await exitOf(fourth)).toBe(143);
    const again = await who.run(args);
    expect(again.code).toBe(5);
    expect(again.stderr).toContain('FILE_EXISTS');
  });
});

// The whole of it: SOMAKIT_KILL_ROUNDS=50 pnpm vitest run --project somakit publish-more
const ROUNDS = Number(process.env.SOMAKIT_KILL_ROUNDS ?? 2);

describe('a publication that is killed again and again at any moment', () => {
  it(
    'ends as one that was left alone',
    async () => {
      const quiet = await owner();
      await finish(quiet.who, quiet.args);
      const measure = await outcomeOf(quiet.who);
      let moment = 1;
      const random = (): number => {
        moment = (moment * 48_271) % 2_147_483_647;
        return moment / 2_147_483_647;
      };
      for (let round = 0; round < ROUNDS; round++) {
        const { who, args } = await owner();
        let command: readonly string[] = args;
        let kills = 0;
        while (!['committed', 'done'].includes(stateOf(who) ?? '') && kills < 30) {
          const child = start(who, command);
          const ended = exitOf(child);
          // Later each time: on a busy machine a start alone may take seconds.
          const timer = setTimeout(() => child.kill('SIGKILL'), (300 + random() * 2_500) * (1 + kills / 5));
          await ended;
          clearTimeout(timer);
          kills += 1;
          if (journalOf(who) !== undefined) command = resume();
        }
        const begun = net.epoch();
        expect(stateOf(who)).toBe('committed');
        await net.advanceEpoch();
        const done = await who.run(resume());
        expect(done).toMatchObject({ code: 0 });
        const { epoch, activation, balance, ...rest } = await outcomeOf(who);
        expect(epoch).toBe(begun + 1n);
        expect(activation).toBe(begun + 1n);
        const { epoch: _, activation: __, balance: whole, ...same } = measure;
        expect(rest).toEqual(same);
        // Fees move a little from epoch to epoch; a transaction more would cost a thousand shannons at the least.
        const { transactions } = journalOf(who)!.record as unknown as { transactions: { fee: string }[] };
        const fees = transactions.reduce((sum, { fee }) => sum + BigInt(fee), 0n);
        expect(transactions).toHaveLength(3);
        expect(balance).toBe(99n * SHANNONS - fees);
        expect(whole).toBeGreaterThan(98n * SHANNONS);
      }
    },
    180_000 + ROUNDS * 60_000,
  );
});
