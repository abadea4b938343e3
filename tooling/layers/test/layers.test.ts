import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { violations } from '../cruise.mjs';

describe('the layer rules', () => {
  it('refuse an import that goes up, into another package, into Node, or nowhere', async () => {
    const found = await violations(fileURLToPath(new URL('../fixture/', import.meta.url)));
    const rules = new Set(found.map((line) => line.split(':')[0]));
    expect(rules).toEqual(new Set(['layer-core', 'no-deep-imports', 'no-node-in-browser-code', 'not-resolvable']));
  });

  // It reads every source file; on a busy machine that takes its time.
  it('hold for this workspace', { timeout: 120_000 }, async () => {
    expect(await violations(fileURLToPath(new URL('../../../', import.meta.url)))).toEqual([]);
  });
});
