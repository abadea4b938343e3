import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { generateWeightKey } from '@somakit/crypto';
import { createSomaClient } from '@somakit/sdk';
import { describe, expect, it } from 'vitest';
import { type Fate, type Gate, gateTo } from '../support/gate.js';
import { type Home, network } from '../support/localnet.js';
import { atTheEnd, executable, type Finished, serve } from '../support/somakit.js';

const { net, home } = network({ accounts: 2, revertAfterEach: true });

// Known to all runs, so that what they leave on the chain can be compared bit by bit.
const weights = Uint8Array.from({ length: 6_000_000 }, (_, i) => (i * 7) % 251);
const values = Array.from({ length: 16 }, (_, i) => (i % 2 === 0 ? -1 : 1) / (i + 1));
const KEY = generateWeightKey();

interface Line extends Record<string, unknown> {
  readonly state: string;
  readonly model_id: string | null;
}

/** Somebody with encrypted weights on a server. */
const owner = async () => {
  const who = await home();
  writeFileSync(join(who.folder, 'model.enc'), weights);
  writeFileSync(join(who.folder, 'model.key'), `${KEY}\n`);
  writeFileSync(join(who.folder, 'embedding.json'), JSON.stringify(values));
  let waiting: (() => void)[] = [];
  let hold: 'host' | 'bytes' | undefined;
  const host = await serve((request, response) => {
    const tell = () => {
      for (const each of waiting.splice(0)) each();
    };
    if (hold === 'host') {
      tell();
      return undefined;
    }
    const [, from, to] = /bytes=(\d+)-(\d+)/.exec(String(request.headers.range)) ?? [];
    const part = from === undefined ? weights : weights.subarray(Number(from), Number(to) + 1);
    if (hold === 'bytes' && from === undefined) {
      response.writeHead(200, { 'content-length': part.length });
      response.write(part.subarray(0, part.length / 2), tell);
      return undefined;
    }
    response.writeHead(from === undefined ? 200 : 206, {
      'content-length': part.length,
      'accept-ranges': 'bytes',
      ...(from === undefined ? {} : { 'content-range': `bytes ${from}-${to}/${weights.length}` }),
    });
    response.end(part);
    return undefined;
  });
  const args = [
    ...['model', 'publish', '--weights', 'model.enc', '--decryption-key-file', 'model.key'],
    ...['--url', `${host.url}/model.enc`, '--embedding', 'embedding.json', '--yes', '--json'],
  ];
  return {
    who,
    host,
    args,
    holdHost: (how: typeof hold) => {
      hold = how;
      waiting = [];
      return new Promise<string>((resolve) => waiting.push(() => resolve('host')));
    },
  };
};

const folderOf = ({ configFolder }: Home): string => join(configFolder, 'publish');

const journalOf = (
  who: Home,
): { readonly record: { readonly state: string } & Record<string, unknown> } | undefined => {
  const folder = folderOf(who);
  const name = existsSync(folder) ? readdirSync(folder).find((each) => each.endsWith('.json')) : undefined;
  return name === undefined ? undefined : JSON.parse(readFileSync(join(folder, name), 'utf8'));
};

const stateOf = (who: Home): string | undefined => journalOf(who)?.record.state;

/** Starts the program and leaves it alone. */
const start = (who: Home, args: readonly string[]): ChildProcess & { printed: () => string } => {
  const child = spawn(process.execPath, [...executable, ...args], {
    cwd: who.folder,
    env: { PATH: process.env.PATH ?? '', HOME: who.folder },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (part: string) => {
      text += part;
    });
  atTheEnd(() => child.kill('SIGKILL'));
  return Object.assign(child, { printed: () => text });
};

const exitOf = (child: ChildProcess): Promise<number | string | null> =>
  new Promise((resolve) => {
    if (child.exitCode !== null) resolve(child.exitCode);
    child.on('exit', (code, signal) => resolve(signal ?? code));
  });

const until = async (what: string, look: () => boolean): Promise<void> => {
  const end = performance.now() + 60_000;
  while (!look()) {
    if (performance.now() > end) throw new RangeError(`${what} did not come`);
    await new Promise((resolve) => setImmediate(resolve));
  }
};

/** Runs to the end, with an epoch change as soon as the commit waits for one. */
const finish = async (who: Home, args: readonly string[]): Promise<Finished> => {
  let over = false;
  const advancing = (async () => {
    while (!over) {
      if (stateOf(who) === 'committed') {
        const { commitEpoch } = journalOf(who)!.record as unknown as { commitEpoch: string };
        if (net.epoch() === BigInt(commitEpoch)) await net.advanceEpoch();
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  })();
  const finished = await who.run(args);
  over = true;
  await advancing;
  return finished;
};

/** Everything on the chain that a publication leaves, without what chance decides. */
const outcomeOf = async (who: Home) => {
  const client = createSomaClient({ rpcUrl: net.rpcUrl });
  try {
    const { modelRegistry } = await client.getLatestSystemState();
    const models = [...modelRegistry.models.values()].filter(({ owner: by }) => by === who.address);
    expect(models).toHaveLength(1);
    const model = models[0]!;
    if (model.kind !== 'Active') throw new RangeError(`the model is ${model.kind}`);
    const { owner: _, stakingPool, manifest, ...rest } = model;
    return {
      balance: await client.getBalance({ address: who.address }),
      stake: stakingPool.somaBalance,
      activation: stakingPool.activationEpoch,
      deactivation: stakingPool.deactivationEpoch,
      manifest: { checksum: manifest.checksum, size: manifest.size },
      embedding: createHash('sha256').update(new Uint8Array(rest.embedding.data.buffer)).digest('hex'),
      key: rest.decryptionKey,
      commission: rest.commissionRate,
      pending: rest.pendingUpdate,
      commitments: [rest.weightsCommitment, rest.embeddingCommitment, rest.decryptionKeyCommitment],
      epoch: net.epoch(),
    };
  } finally {
    client.close();
  }
};

/** What an uninterrupted run leaves: the measure of all others. */
let measure: Awaited<ReturnType<typeof outcomeOf>> | undefined;

describe('somakit model publish', () => {
  it('creates, commits, waits for the next epoch and reveals, one line for each state', async () => {
    const { who, args } = await owner();
    const done = await finish(who, args);
    expect(done).toMatchObject({ code: 0 });
    const lines = done.json<Line>();
    expect(lines.map(({ state }) => state)).toEqual([
      'prepared',
      'creating',
      'created',
      'committing',
      'committed',
      'revealing',
      'done',
    ]);
    const last = lines.at(-1)!;
    expect(last).toMatchObject({
      schema: 'model.publication/1',
      kind: 'create',
      commit_epoch: '0',
      stake: '1000000000',
    });
    expect(
      (last.transactions as { step: string; outcome: string }[]).map(({ step, outcome }) => [step, outcome]),
    ).toEqual([
      ['create', 'success'],
      ['commit', 'success'],
      ['reveal', 'success'],
    ]);
    measure = await outcomeOf(who);
    expect(measure).toMatchObject({ stake: 1_000_000_000n, key: KEY, commission: 0n, pending: undefined });
    const fees = (last.transactions as { fee: string }[]).reduce((sum, { fee }) => sum + BigInt(fee), 0n);
    expect(measure.balance).toBe(99_000_000_000n - fees);
    // No secret has left the journal, which is for its owner alone.
    expect(done.stdout + done.stderr).not.toContain(KEY);
    const [name] = readdirSync(folderOf(who));
    expect(statSync(join(folderOf(who), name!)).mode & 0o777).toBe(0o600);
    expect(readdirSync(folderOf(who))).toHaveLength(1);
    const again = await who.run(['model', 'publish', '--resume', String(last.id), '--yes', '--json']);
    expect(again).toMatchObject({ code: 0 });
    expect(again.json<Line>().map(({ state }) => state)).toEqual(['done']);
    expect(await outcomeOf(who)).toEqual(measure);
  });
});

type Step = readonly [
  what: string,
  state: string,
  /** Which calls are held, once the journal has the state; or the server of the weights: at once, or half-way. */
  at: 'host' | 'bytes' | ((method: string) => Fate),
  /** Whether the epoch of the reveal has begun. */
  due: boolean,
];

const any = () => 'never-arrives' as const;
const executing = (fate: Fate) => (method: string) => (method === 'ExecuteTransaction' ? fate : 'pass');
/** The answer has come, and the wait for the checkpoint goes on for ever. */
const unseen = (method: string): Fate =>
  method === 'SubscribeCheckpoints' || method === 'GetTransaction' ? 'never-arrives' : 'pass';

const STEPS: readonly Step[] = [
  ['while the URL is checked', 'prepared', 'host', false],
  ['with half of the bytes checked', 'prepared', 'bytes', false],
  ['with the creation signed and not sent', 'creating', executing('never-arrives'), false],
  ['with the creation executed and its answer lost', 'creating', executing('never-answered'), false],
  ['with the creation executed and no checkpoint seen', 'creating', unseen, false],
  ['after the creation', 'created', any, false],
  ['with the commit signed and not sent', 'committing', executing('never-arrives'), false],
  ['with the commit executed and its answer lost', 'committing', executing('never-answered'), false],
  ['with the commit executed and no checkpoint seen', 'committing', unseen, false],
  ['while it waits for the next epoch', 'committed', any, false],
  ['before the reveal is signed', 'committed', any, true],
  ['with the reveal signed and not sent', 'revealing', executing('never-arrives'), true],
  ['with the reveal executed and its answer lost', 'revealing', executing('never-answered'), true],
  ['with the reveal executed and no checkpoint seen', 'revealing', unseen, true],
];

/** Brings a publication to a step and holds it there. */
const bringTo = async (
  { who, args, holdHost }: Awaited<ReturnType<typeof owner>>,
  gate: Gate,
  [, state, at, due]: Step,
): Promise<ReturnType<typeof start>> => {
  let changed = false;
  const reached =
    typeof at === 'string'
      ? holdHost(at)
      : new Promise<string>((resolve) => {
          // The streams that wait for checkpoints are opened before the state is written.
          const early = at === unseen;
          const before = { creating: 'prepared', committing: 'created', revealing: 'committed' }[state] ?? '';
          gate.rule((method) => {
            const now = stateOf(who);
            if (due && !changed) return 'pass';
            const fits = now === state || (early && now === before && method === 'SubscribeCheckpoints');
            return fits ? at(method) : 'pass';
          });
          const wait = (): void => {
            void gate.held().then((method) => (early && method === 'SubscribeCheckpoints' ? wait() : resolve(method)));
          };
          wait();
        });
  const child = start(who, [...args, '--rpc', gate.url]);
  const ended = exitOf(child).then((code) => {
    throw new RangeError(`it ended with ${code} before: ${child.printed()}`);
  });
  ended.catch(() => {});
  if (due) {
    await Promise.race([until('the commit', () => stateOf(who) === 'committed'), ended]);
    await net.advanceEpoch();
    changed = true;
  }
  await Promise.race([reached, ended]);
  expect(stateOf(who)).toBe(state);
  return child;
};

const signed = new Set(['creating', 'committing', 'revealing']);

describe('a publication that is killed with -9', () => {
  it.each(STEPS)('%s (%s) is resumed as if nothing had happened', async (...step) => {
    const everything = await owner();
    const { who, holdHost } = everything;
    const gate = await gateTo(net.rpcUrl);
    const child = await bringTo(everything, gate, step);
    child.kill('SIGKILL');
    expect(await exitOf(child)).toBe('SIGKILL');
    expect(stateOf(who)).toBe(step[1]);
    expect(journalOf(who)?.record.pending !== undefined).toBe(signed.has(step[1]));
    void holdHost(undefined);
    gate.rule(() => 'pass');
    const done = await finish(who, ['model', 'publish', '--resume', '--rpc', gate.url, '--yes', '--json']);
    expect(done).toMatchObject({ code: 0 });
    expect(done.json<Line>().at(-1)).toMatchObject({ state: 'done' });
    expect(await outcomeOf(who)).toEqual(measure);
    expect(readdirSync(folderOf(who))).toHaveLength(1);
  });
});

describe('a publication that is interrupted with Ctrl-C', () => {
  it.each(STEPS.filter((_, i) => i % 3 === 0 || i === 10))('%s (%s) says how to go on, and does', async (...step) => {
    const everything = await owner();
    const { who, holdHost } = everything;
    const gate = await gateTo(net.rpcUrl);
    const child = await bringTo(everything, gate, step);
    child.kill('SIGINT');
    expect(await exitOf(child)).toBe(130);
    const { id } = journalOf(who)!.record as unknown as { id: string };
    expect(child.printed()).toContain(`somakit model publish --resume ${id}`);
    void holdHost(undefined);
    gate.rule(() => 'pass');
    const done = await finish(who, ['model', 'publish', '--resume', '--rpc', gate.url, '--yes', '--json']);
    expect(done).toMatchObject({ code: 0 });
    expect(await outcomeOf(who)).toEqual(measure);
  });
});
