import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { commitment } from '@somakit/crypto';
import { describe, expect, it } from 'vitest';
import { start } from './support/running.js';
import { scratch, somakit } from './support/somakit.js';
import { KEYS, terminal } from './support/terminal.js';

describe('somakit host', () => {
  it('refuses files that are not there, and two of one name', async () => {
    const cwd = scratch();
    mkdirSync(join(cwd, 'sub'));
    for (const name of ['a', 'sub/a']) writeFileSync(join(cwd, name), 'x');
    expect(await somakit(['host', 'nothing', '--port', '0'], { cwd })).toMatchObject({ code: 3 });
    expect(await somakit(['host', 'a', 'sub/a', '--port', '0'], { cwd })).toMatchObject({ code: 2 });
  });

  it('serves these files and no others, with ranges, under the name that others know', async () => {
    const cwd = scratch();
    writeFileSync(join(cwd, 'a.bin'), '0123456789');
    writeFileSync(join(cwd, 'b.bin'), 'b');
    const args = ['host', 'a.bin', '--port', '0', '--public-url', 'http://files.example:1234'];
    const running = start(args, { cwd });
    const file = await running.line<{ url: string }>('host.file/1');
    const checksum = commitment(new TextEncoder().encode('0123456789'));
    expect(file).toMatchObject({ file: 'a.bin', size: 10, checksum, url: 'http://files.example:1234/a.bin' });
    expect(await running.end()).toBe(130);
    const local = start(['host', 'a.bin', '--port', '0'], { cwd });
    const { url } = await local.line<{ url: string }>('host.file/1');
    const part = await fetch(url, { headers: { range: 'bytes=2-4' } });
    expect([part.status, await part.text()]).toEqual([206, '234']);
    expect((await fetch(url.replace('a.bin', 'b.bin'))).status).toBe(404);
    const taken = await somakit(['host', 'b.bin', '--port', new URL(url).port], { cwd });
    expect(taken.code).not.toBe(0);
    expect(taken.stderr).toContain('EADDRINUSE');
  });

  it('ends at once on a second Ctrl-C', async () => {
    const screen = terminal(['localnet', 'start', '--free-ports', '--no-scoring', '--models', '0']);
    await screen.waitFor('Ready.');
    screen.write(KEYS.ctrlC + KEYS.ctrlC);
    expect(await screen.ended(5_000)).toBe(130);
  });
});

describe('somakit weights random', () => {
  it('makes equal weights of equal seeds, and replaces no file', async () => {
    const cwd = scratch();
    const make = (file: string, seed: string) =>
      somakit(['weights', 'random', file, '--seed', seed, '--json'], { cwd });
    expect((await make('a', '3')).json()[0]).toMatchObject({ file: 'a' });
    await make('b', '3');
    await make('c', '4');
    const hashes = (await somakit(['weights', 'hash', 'a', 'b', 'c', '--json'], { cwd })).json();
    expect(hashes[0]?.checksum).toBe(hashes[1]?.checksum);
    expect(hashes[0]?.checksum).not.toBe(hashes[2]?.checksum);
    expect(await make('a', '4')).toMatchObject({ code: 3 });
    expect(existsSync(join(cwd, 'a'))).toBe(true);
  });
});
