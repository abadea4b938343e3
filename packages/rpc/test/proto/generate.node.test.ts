import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));
const bin = join(root, 'node_modules/.bin');
const folder = mkdtempSync(join(tmpdir(), 'somakit-gen-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const read = (base: string): Record<string, string> =>
  Object.fromEntries(
    readdirSync(base, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .sort()
      .map((name) => [name, readFileSync(join(base, name), 'utf8')]),
  );

describe('the code generated from proto', () => {
  it('is what the generator makes of the checked-in .proto files', () => {
    execFileSync(join(bin, 'buf'), ['generate', '--output', folder], {
      cwd: root,
      env: { ...process.env, PATH: `${bin}${delimiter}${process.env.PATH}` },
      stdio: 'pipe',
    });
    const fresh = read(join(folder, 'src/gen'));
    expect(Object.keys(fresh).length).toBeGreaterThan(20);
    expect(read(join(root, 'src/gen'))).toEqual(fresh);
  }, 60_000);

  it('is all reachable through the proto subpath but for reflection', () => {
    const barrel = readFileSync(join(root, 'src/proto/index.ts'), 'utf8');
    const missing = Object.keys(read(join(root, 'src/gen')))
      .map((name) => name.replace(/\.ts$/, '.js'))
      .filter((name) => !name.includes('reflection') && !barrel.includes(`'../gen/${name}'`));
    expect(missing).toEqual([]);
  });
});
