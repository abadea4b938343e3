import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { type DemoReport, type DemoTransaction, printReport, runDemo } from '../src/index.js';

const sources = fileURLToPath(new URL('../src', import.meta.url));
const leftovers = (): string[] => readdirSync(tmpdir()).filter((name) => name.startsWith('somakit-demo-'));

const sum = (report: DemoReport, pick: (wallet: DemoReport['wallets'][number]) => bigint): bigint =>
  report.wallets.reduce((total, wallet) => total + pick(wallet), 0n);

describe('the demo', () => {
  it('says what is wrong with an empty folder, and starts nothing', async () => {
    const empty = mkdtempSync(join(tmpdir(), 'somakit-empty-'));
    await expect(runDemo({ data: empty })).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      context: { argument: 'data' },
    });
    rmSync(empty, { recursive: true });
    await expect(runDemo({ data: join(empty, 'nowhere') })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  });

  it.each([0, -1, 1.5, Number.NaN])('refuses %s files', async (files) => {
    await expect(runDemo({ data: sources, files })).rejects.toMatchObject({ context: { argument: 'files' } });
  });

  it('refuses a network that it does not know', async () => {
    const run = runDemo({ data: sources, network: 'mainnet' as 'testnet' });
    await expect(run).rejects.toMatchObject({ context: { argument: 'network' } });
  });

  it('publishes, scores, submits and claims, and accounts for every shannon', async () => {
    const before = leftovers();
    const heard: DemoTransaction[] = [];
    const report = await runDemo({
      data: sources,
      files: 4,
      onTransaction: (transaction) => heard.push(transaction),
    });
    expect(report.submissions.length).toBeGreaterThan(0);
    expect(report.models).toHaveLength(2);
    expect(heard).toEqual(report.transactions);
    const submitter = report.wallets.find(({ name }) => name === 'submitter')!;
    expect(submitter.bonds).toBe(report.submissions.reduce((total, { bond }) => total + bond, 0n));
    expect(submitter.bonds).toBe(submitter.bondsBack);
    expect(submitter.bonds).toBeGreaterThan(0n);
    expect(submitter.rewards).toBeGreaterThan(0n);
    for (const { name, funded, staked, fees, bonds, bondsBack, rewards, balance } of report.wallets) {
      expect(balance).toBe(funded - staked - fees - bonds + bondsBack + rewards);
      const own = report.transactions.filter(({ wallet }) => wallet === name);
      expect(fees).toBe(own.reduce((total, { fee }) => total + fee, 0n));
    }
    expect(sum(report, ({ rewards }) => rewards)).toBe(
      report.submissions.reduce((total, { reward }) => total + reward, 0n),
    );
    const printed = printReport(report);
    for (const { digest } of report.transactions) expect(printed).toContain(digest);
    for (const { name } of report.steps) expect(printed).toContain(name);
    expect(leftovers()).toEqual(before);
  }, 60_000);

  it('scores the files of the folder that it is given', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'somakit-texts-'));
    try {
      writeFileSync(join(folder, 'one.txt'), 'To be, or not to be, that is the question. '.repeat(10));
      writeFileSync(join(folder, 'two.txt'), 'The rain in Spain stays mainly in the plain. '.repeat(10));
      writeFileSync(join(folder, 'large.bin'), new Uint8Array(20_000));
      const { submissions, misses } = await runDemo({ data: folder });
      expect([...submissions.map(({ file }) => file), ...misses].sort()).toEqual(['one.txt', 'two.txt']);
    } finally {
      rmSync(folder, { recursive: true });
    }
  }, 60_000);
});
