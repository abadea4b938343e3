import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { scratch, somakit } from './support/somakit.js';
import { KEYS, terminal } from './support/terminal.js';

describe('somakit demo', () => {
  it('says usage for a folder without files that fit', async () => {
    const cwd = scratch();
    mkdirSync(join(cwd, 'empty'));
    expect(await somakit(['demo', '--data', 'empty'], { cwd })).toMatchObject({ code: 2 });
  });

  it('plays the whole job and accounts for every shannon', async () => {
    const cwd = scratch();
    mkdirSync(join(cwd, 'texts'));
    for (const name of ['a', 'b', 'c']) writeFileSync(join(cwd, 'texts', name), `${name} text `.repeat(100));
    const done = await somakit(['demo', '--data', 'texts', '--json'], { cwd });
    expect(done).toMatchObject({ code: 0 });
    const lines = done.json();
    const report = lines.at(-1) as { wallets: { rewards: string }[]; submissions: unknown[] };
    expect(report).toMatchObject({ schema: 'demo.report/1' });
    expect(report.submissions.length).toBeGreaterThan(0);
    expect(report.wallets.some(({ rewards }) => BigInt(rewards) > 0n)).toBe(true);
    expect(lines.slice(0, -1).every(({ schema }) => schema === 'demo.step/1')).toBe(true);
  });

  it('leaves nothing behind on Ctrl-C at any of its stages', async () => {
    const temporary = scratch();
    for (const stage of ['start network', 'fund three wallets', 'commit two models', 'score the files']) {
      const screen = terminal(['demo', '--files', '4'], { env: { TMPDIR: temporary } });
      await screen.waitFor(stage);
      screen.write(KEYS.ctrlC);
      expect(await screen.ended()).toBe(130);
      // Not even the engine's log of what it would tell its maker.
      expect(readdirSync(temporary)).toEqual([]);
    }
  });
});
