import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { printReport, runDemo } from '../src/index.js';

const sources = fileURLToPath(new URL('../src', import.meta.url));
const leftovers = (): string[] => readdirSync(tmpdir()).filter((name) => name.startsWith('somakit-demo-'));

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

  it('publishes, scores, submits and claims, and accounts for every shannon', async () => {
    const before = leftovers();
    const report = await runDemo({ data: sources, files: 4 });
    expect(report.submissions.length).toBeGreaterThan(0);
    expect(report.models).toHaveLength(2);
    const submitter = report.wallets.find(({ name }) => name === 'submitter')!;
    expect(submitter.bonds).toBe(submitter.bondsBack);
    expect(submitter.rewards).toBeGreaterThan(0n);
    for (const { funded, staked, fees, rewards, balance } of report.wallets) {
      expect(balance).toBe(funded - staked - fees + rewards);
    }
    expect(printReport(report)).toContain(report.transactions[0]!.digest);
    expect(leftovers()).toEqual(before);
  }, 60_000);

  it('ends in the middle when it is told to, and leaves nothing behind', async () => {
    const before = leftovers();
    const controller = new AbortController();
    const run = runDemo({
      data: sources,
      signal: controller.signal,
      onStep: ({ name }) => {
        if (name.startsWith('make')) controller.abort();
      },
    });
    await expect(run).rejects.toMatchObject({ code: 'ABORTED' });
    expect(leftovers()).toEqual(before);
  }, 60_000);
});
