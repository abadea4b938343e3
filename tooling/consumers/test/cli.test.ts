import { execFileSync, spawnSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packApp } from '../pack.mjs';

const source = fileURLToPath(new URL('../../../apps/cli', import.meta.url));
let folder: string;

const installed = (...path: string[]): string => join(folder, 'node_modules', 'somakit', ...path);
const run = (...args: string[]) =>
  spawnSync(join(folder, 'node_modules', '.bin', 'somakit'), args, {
    cwd: folder,
    encoding: 'utf8',
    env: { PATH: process.env.PATH ?? '', HOME: folder, TMPDIR: folder },
    timeout: 240_000,
  });

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'somakit-cli-consumer-'));
  const tarball = packApp(source, folder);
  writeFileSync(join(folder, 'package.json'), '{ "name": "consumer", "private": true }');
  // The native parts are large: they are linked below, and the rest must do without.
  execFileSync(
    'npm',
    ['install', tarball, '--omit=optional', '--no-audit', '--no-fund', '--ignore-scripts', '--offline'],
    {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
}, 300_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Everything that is loaded before the command is known. */
const loadedAtOnce = (file: string, seen = new Map<string, number>()): Map<string, number> => {
  const text = readFileSync(file, 'utf8');
  seen.set(file, Buffer.byteLength(text));
  for (const [, path] of text.matchAll(/(?:^|[;}\s])(?:import|export)(?:[^"'();]*from)?"(\.\/[^"]+)"/g)) {
    const next = join(dirname(file), path!);
    if (!seen.has(next)) loadedAtOnce(next, seen);
  }
  return seen;
};

describe('the terminal, installed from its one tarball into an empty folder', () => {
  it('needs no other package', () => {
    expect(readdirSync(join(folder, 'node_modules')).filter((name) => !name.startsWith('.'))).toEqual(['somakit']);
    const { dependencies = {}, optionalDependencies = {} } = JSON.parse(
      readFileSync(installed('package.json'), 'utf8'),
    );
    expect(
      Object.keys({ ...dependencies, ...optionalDependencies }).filter((name) => name.includes('somakit')),
    ).toEqual([]);
    expect(JSON.stringify({ dependencies, optionalDependencies })).not.toMatch(/catalog:|workspace:/);
  });

  it('holds the program, its schemas, and the licences of what is in it', () => {
    expect(readdirSync(installed()).sort()).toEqual(['README.md', 'dist', 'package.json', 'schemas']);
    expect(readFileSync(installed('dist', 'LICENSE'), 'utf8')).toContain('Apache License');
    expect(readFileSync(installed('dist', 'THIRD-PARTY-LICENSES.txt'), 'utf8')).toContain('commander 14');
    expect(readdirSync(installed('dist')).filter((name) => name.endsWith('.ts'))).toEqual([]);
  });

  it('shows version and help', () => {
    const { version } = JSON.parse(readFileSync(installed('package.json'), 'utf8'));
    expect(run('--version').stdout).toBe(`${version}\n`);
    expect(run('--help').stdout).toContain('localnet');
    for (const group of ['wallet', 'model', 'target', 'localnet', 'scoring', 'weights', 'flock', 'tinker']) {
      expect(run(group, '--help')).toMatchObject({ status: 0 });
    }
  });

  it('loads little before it knows what is asked', () => {
    const bytes = [...loadedAtOnce(installed('dist', 'main.js')).values()].reduce((sum, each) => sum + each, 0);
    expect(bytes).toBeLessThan(150_000);
  });

  it('says what is missing for scoring when the native part is not there', () => {
    writeFileSync(join(folder, 'data'), 'x');
    const { status, stderr } = run('scoring', 'score', 'data', '--model', 'data', '--model-size', 'small', '--json');
    expect(status).toBe(3);
    expect(JSON.parse(stderr.trim().split('\n').at(-1)!)).toMatchObject({ code: 'ENGINE_MISSING' });
  });

  it('plays the whole job with the native parts beside it', () => {
    const { optionalDependencies } = JSON.parse(readFileSync(join(source, 'package.json'), 'utf8'));
    for (const name of Object.keys(optionalDependencies)) {
      const target = join(folder, 'node_modules', name);
      mkdirSync(dirname(target), { recursive: true });
      symlinkSync(realpathSync(join(source, 'node_modules', name)), target);
    }
    const { status, stdout, stderr } = run('demo', '--files', '3', '--json');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(JSON.parse(stdout.trim().split('\n').at(-1)!)).toMatchObject({ schema: 'demo.report/1' });
  }, 300_000);
});
