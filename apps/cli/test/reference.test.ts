import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { generateReference } from '../scripts/reference.js';

const folder = new URL('../../../docs/cli/', import.meta.url);

describe('the reference in docs/cli', () => {
  it('is what the commands say: pnpm --filter somakit docs writes it', async () => {
    const pages = await generateReference();
    expect(readdirSync(folder).sort()).toEqual([...pages.keys()].sort());
    for (const [file, text] of pages) expect(readFileSync(new URL(file, folder), 'utf8')).toBe(text);
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
