import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { generateManual } from '../scripts/man.js';
import { generateReference } from '../scripts/reference.js';

const folder = new URL('../../../docs/cli/', import.meta.url);

describe('the reference in docs/cli', () => {
  it('is what the commands say: pnpm --filter somakit docs writes it', async () => {
    const pages = await generateReference();
    expect(readdirSync(folder).sort()).toEqual([...pages.keys()].sort());
    for (const [file, text] of pages) expect(readFileSync(new URL(file, folder), 'utf8')).toBe(text);
  });

  it('is a manual page too, in which no line of help is taken for a request', async () => {
    const page = await generateManual('1.2.3');
    expect(page).toContain('.SS somakit localnet start');
    const requests = page.split('\n').flatMap((line) => /^['.](\S*)/.exec(line)?.[1] ?? []);
    expect([...new Set(requests)].sort()).toEqual(['B', 'I', 'SH', 'SS', 'TH', 'TP', 'fi', 'nf']);
    expect(page).not.toMatch(/(?<!\\)-/);
  });

  it('has examples for every command that does something', async () => {
    const pages = await generateReference();
    const without = [...pages].flatMap(([file, text]) =>
      file === 'README.md'
        ? []
        : text
            .split(/^## /m)
            .slice(1)
            .filter((part) => !/\nCommands:\n/.test(part) && !/Examples?:/.test(part))
            .map((part) => part.split('\n')[0]),
    );
    expect(without).toEqual([]);
  });
});
