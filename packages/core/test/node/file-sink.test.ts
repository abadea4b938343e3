import { mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileSink } from '@somakit/core/node';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { failure } from '../support/failure.js';

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'somakit-sink-'));
  path = join(folder, 'file');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const open = async () => fileSink(path).open();
const bytes = new Uint8Array([1, 2, 3, 4]);
const state = { identity: 'x', etag: '"a"', size: 4, done: [[0, 2]] as const };

describe('fileSink', () => {
  it('says why a place cannot be written', async () => {
    await writeFile(path, '');
    const error = await failure(Promise.resolve(fileSink(join(path, 'below')).open()));
    expect(error).toMatchObject({ code: 'DOWNLOAD_WRITE', context: { path: join(path, 'below') } });
  });

  it('shows nothing under the final name before commit, and leaves nothing else after it', async () => {
    const writer = await open();
    await writer.write(bytes.subarray(2), 2);
    await writer.write(bytes.subarray(0, 2), 0);
    expect(await readdir(folder)).not.toContain('file');
    expect(await writer.read(1, 10)).toEqual(bytes.slice(1));
    expect(await writer.commit(3)).toBe(path);
    expect(new Uint8Array(await readFile(path))).toEqual(bytes.slice(0, 3));
    expect(await readdir(folder)).toEqual(['file']);
  });

  it('hands on what was saved, and forgets it when that is not wanted', async () => {
    const first = await open();
    await first.write(bytes, 0);
    await first.save?.(state);
    await first.close(true);
    const second = await open();
    expect(second.state).toMatchObject(state);
    expect(await second.read(0, 4)).toEqual(bytes);
    await second.close(false);
    expect(await readdir(folder)).toEqual([]);
  });

  it.each([
    ['is no JSON', '{"format":1'],
    ['has another format', '{"format":2,"identity":"x","done":[]}'],
    ['has ranges out of order', '{"format":1,"identity":"x","done":[[5,2]]}'],
    ['has ranges that are none', '{"format":1,"identity":"x","done":[[0]]}'],
    ['promises more than there is', '{"format":1,"identity":"x","done":[[0,99]]}'],
  ])('starts afresh when the list %s', async (_, text) => {
    await writeFile(`${path}.part`, 'old');
    await writeFile(`${path}.part.json`, text);
    const writer = await open();
    expect(writer.state).toBeUndefined();
    expect((await writer.read(0, 10)).length).toBe(0);
    await writer.close(false);
  });

  it('does not write through a link that lies in its place', async () => {
    const victim = join(folder, 'victim');
    await writeFile(victim, 'safe');
    await symlink(victim, `${path}.part`);
    await writeFile(`${path}.part.json`, '{"format":1,"identity":"x","done":[[0,2]]}');
    const writer = await open();
    await writer.write(bytes, 0);
    await writer.commit(4);
    expect(await readFile(victim, 'utf8')).toBe('safe');
  });

  it('lets nobody else write, but takes over from a process that died', async () => {
    const writer = await open();
    expect((await failure(open())).code).toBe('DOWNLOAD_BUSY');
    await writer.close(false);
    await writeFile(`${path}.part.lock`, String(process.ppid));
    expect((await failure(open())).code).toBe('DOWNLOAD_BUSY');
    // Above what Linux gives out.
    for (const dead of ['4194999', String(process.pid), 'nonsense']) {
      await writeFile(`${path}.part.lock`, dead);
      await (await open()).close(false);
    }
    expect(await readdir(folder)).toEqual([]);
  });
});
