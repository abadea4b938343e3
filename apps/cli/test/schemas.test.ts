import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { generateSchemas } from '../src/schemas/generate.js';
import { expectSchema } from './support/schemas.js';

const folder = new URL('../schemas/', import.meta.url);

describe('the published JSON schemas', () => {
  it('are those that the sources say: pnpm --filter somakit schemas writes them', async () => {
    const files = await generateSchemas();
    expect(readdirSync(folder).sort()).toEqual([...files.keys()].sort());
    for (const [file, text] of files) expect(readFileSync(new URL(file, folder), 'utf8')).toBe(text);
  });

  it('let no member pass that they do not name, and none be missing', () => {
    const good = { schema: 'tinker.session-id/1', session_id: 's-1' };
    expectSchema(JSON.stringify(good));
    expect(() => expectSchema({ ...good, more: 1 })).toThrow('additional properties');
    expect(() => expectSchema({ schema: good.schema })).toThrow('session_id');
    expect(() => expectSchema({ schema: 'tinker.session-id/2', session_id: '' })).toThrow('no published schema');
  });

  it('are named in the order that people read: the name of the shape first', () => {
    expect(() => expectSchema('{"session_id":"s-1","schema":"tinker.session-id/1"}')).toThrow('first member');
  });
});
