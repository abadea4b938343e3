import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const ours = fileURLToPath(new URL('../data/', import.meta.url));
// Where the data came from, on machines that have it beside the checkout.
const origin = fileURLToPath(new URL('../../../../shared/vectors/', import.meta.url));

const list = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)));

describe('the golden data', () => {
  it.each(list(ours).filter((path) => path.endsWith('.json')))('%s is JSON', (path) => {
    expect(() => JSON.parse(readFileSync(join(ours, path), 'utf8'))).not.toThrow();
  });

  it.runIf(existsSync(origin))('holds every file of its origin, unchanged', () => {
    const changed = list(origin).filter(
      (path) =>
        !existsSync(join(ours, path)) || !readFileSync(join(ours, path)).equals(readFileSync(join(origin, path))),
    );
    expect(changed).toEqual([]);
  });
});
