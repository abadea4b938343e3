import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { allCodecs } from './all.js';

describe('TYPES.md', () => {
  it('lists every codec that is exported', () => {
    const page = readFileSync(new URL('../TYPES.md', import.meta.url), 'utf8');
    expect(allCodecs.filter(([name]) => !page.includes(`- \`${name}\`: `)).map(([name]) => name)).toEqual([]);
  });
});
