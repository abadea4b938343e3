import { mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { updateFile } from '../../src/node/index.js';

let folder: string;
const path = () => join(folder, 'file');
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'somakit-update-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const text = (value: string) => new TextEncoder().encode(value);
const append = (bytes: Uint8Array | undefined) => text(`${new TextDecoder().decode(bytes)}x`);

describe('updateFile', () => {
  it('leaves the old file when the change fails, and no lock', async () => {
    await writeFile(path(), 'old');
    const failing = updateFile(path(), {}, () => {
      throw new RangeError('no');
    });
    await expect(failing).rejects.toThrow('no');
    expect(await readFile(path(), 'utf8')).toBe('old');
    expect(await readdir(folder)).toEqual(['file']);
  });

  it('gives up on a folder that is not there, and on another writer', async () => {
    await expect(updateFile(join(folder, 'no', 'file'), {}, append)).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' });
    const inner = updateFile(path(), {}, async () => {
      await updateFile(path(), {}, append);
      return undefined;
    });
    await expect(inner).rejects.toMatchObject({ code: 'KEYSTORE_LOCKED', retryable: true });
  });

  it('loses no change of many at once, and sets the mode', async () => {
    await Promise.all(Array.from({ length: 10 }, () => updateFile(path(), { lockTimeoutMs: 10_000 }, append)));
    expect(await readFile(path(), 'utf8')).toBe('x'.repeat(10));
    expect((await stat(path())).mode & 0o777).toBe(0o600);
  });

  it('writes nothing when there is no change, and through links', async () => {
    await writeFile(path(), 'old');
    const before = await stat(path());
    await updateFile(path(), {}, () => undefined);
    expect((await stat(path())).ino).toBe(before.ino);
    const link = join(folder, 'link');
    await symlink(path(), link);
    await updateFile(link, { mode: 0o640 }, append);
    expect(await readFile(path(), 'utf8')).toBe('oldx');
    expect((await stat(path())).mode & 0o777).toBe(0o640);
  });
});
