import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Fate, type Gate, gateTo } from '../support/gate.js';
import { network } from '../support/localnet.js';
import {
  exitOf,
  folderOf,
  journalOf,
  KEY,
  type Line,
  type Owner,
  orItsEnd,
  publisher,
  start,
  stateOf,
  until,
} from '../support/publisher.js';

const { net, home } = network({ accounts: 2, revertAfterEach: true });
const { owner, finish, outcomeOf } = publisher(net, home);

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
  { who, args, holdHost }: Owner,
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
  if (due) {
    await orItsEnd(
      child,
      until('the commit', () => stateOf(who) === 'committed'),
    );
    await net.advanceEpoch();
    changed = true;
  }
  await orItsEnd(child, reached);
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
