import { randomBytes } from 'node:crypto';
import {
  chmod,
  link,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isError } from '@somakit/core';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { commitment } from '../../src/hash/index.js';
import { decryptFile, encryptFile, hashFile } from '../../src/node/index.js';
import { encryptWeights } from '../../src/weights.js';

let folder: string;
const at = (name: string) => join(folder, name);
const DATA = new Uint8Array(randomBytes(2_500_000));
const KEY = new Uint8Array(randomBytes(32));

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'somakit-files-'));
  await writeFile(at('plain'), DATA);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const failure = (promise: Promise<unknown>) =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  );
const code = async (promise: Promise<unknown>) => {
  const error = await failure(promise);
  return isError(error) ? error.code : error;
};

describe('encryptFile', () => {
  it('leaves nothing behind when it is aborted on the way', async () => {
    const controller = new AbortController();
    const onProgress = () => controller.abort();
    expect(await code(encryptFile({ from: at('plain'), to: at('out'), onProgress, signal: controller.signal }))).toBe(
      'ABORTED',
    );
    expect(await readdir(folder)).toEqual(['plain']);
  });
  it('leaves nothing behind when it is aborted after the last piece', async () => {
    const controller = new AbortController();
    const onProgress = ({ done, total }: { done: number; total: number | undefined }) => {
      if (done === total) controller.abort();
    };
    expect(await code(encryptFile({ from: at('plain'), to: at('out'), onProgress, signal: controller.signal }))).toBe(
      'ABORTED',
    );
    expect(await readdir(folder)).toEqual(['plain']);
  });
  it('does not start when it is aborted already', async () => {
    expect(await code(encryptFile({ from: at('plain'), to: at('out'), signal: AbortSignal.abort() }))).toBe('ABORTED');
    expect(await readdir(folder)).toEqual(['plain']);
  });
  it('leaves nothing behind when the progress callback throws, and hands its error on', async () => {
    const onProgress = () => {
      throw new RangeError('enough');
    };
    expect(await failure(encryptFile({ from: at('plain'), to: at('out'), onProgress }))).toBeInstanceOf(RangeError);
    expect(await readdir(folder)).toEqual(['plain']);
  });
  it('notices that its source shrinks', async () => {
    const onProgress = () => truncate(at('plain'), 1_200_000);
    expect(await code(encryptFile({ from: at('plain'), to: at('out'), onProgress, pieceBytes: 100_000 }))).toBe(
      'FILE_CHANGED',
    );
    expect(await readdir(folder)).toEqual(['plain']);
  });
  it('refuses an existing target and keeps it', async () => {
    await writeFile(at('out'), 'old');
    expect(await code(encryptFile({ from: at('plain'), to: at('out') }))).toBe('FILE_EXISTS');
    expect(await readFile(at('out'), 'utf8')).toBe('old');
    await symlink(at('nowhere'), at('dangling'));
    expect(await code(encryptFile({ from: at('plain'), to: at('dangling') }))).toBe('FILE_EXISTS');
  });
  it('does not replace a file that appears while it runs', async () => {
    const onProgress = () => writeFile(at('out'), 'theirs');
    expect(await code(encryptFile({ from: at('plain'), to: at('out'), onProgress }))).toBe('FILE_EXISTS');
    expect(await readFile(at('out'), 'utf8')).toBe('theirs');
    expect(await readdir(folder)).toEqual(['out', 'plain']);
  });
  it('refuses to write onto its source, under any name of it', async () => {
    await link(at('plain'), at('hard'));
    await symlink(at('plain'), at('soft'));
    for (const to of [at('plain'), join(folder, '.', 'plain'), at('hard'), at('soft')]) {
      expect(await code(encryptFile({ from: at('plain'), to, overwrite: true }))).toBe('SAME_FILE');
    }
    expect(Buffer.compare(await readFile(at('plain')), DATA)).toBe(0);
  });
  it('tells what is wrong with its paths', async () => {
    await mkdir(at('dir'));
    expect(await code(encryptFile({ from: at('missing'), to: at('out') }))).toBe('FILE_NOT_FOUND');
    expect(await code(encryptFile({ from: at('dir'), to: at('out') }))).toBe('NOT_A_FILE');
    expect(await code(encryptFile({ from: at('plain'), to: at('nowhere/out') }))).toBe('FILE_NOT_FOUND');
    expect(await code(encryptFile({ from: at('plain'), to: at('plain/out') }))).toBe('FILE_ACCESS');
    expect(await code(encryptFile({ from: at('plain'), to: at('dir'), overwrite: true }))).toBe('NOT_A_FILE');
    expect(await code(encryptFile({ from: '', to: at('out') }))).toBe('INVALID_ARGUMENT');
    expect(await code(encryptFile({ from: at('plain'), to: 7 as never }))).toBe('INVALID_ARGUMENT');
    expect(await readdir(folder)).toEqual(['dir', 'plain']);
  });
  it('refuses a wrong key without quoting it', async () => {
    const error = await failure(encryptFile({ from: at('plain'), to: at('out'), key: 'my secret key' }));
    expect(isError(error, 'INVALID_WEIGHT_KEY')).toBe(true);
    expect(JSON.stringify(isError(error) && error.toJSON())).not.toContain('my secret');
    expect(await readdir(folder)).toEqual(['plain']);
  });
  it.each([0, -1, 1.5, Number.NaN, 1n, '5', 2 ** 27])('refuses pieces of %s bytes', async (pieceBytes) => {
    expect(await code(encryptFile({ from: at('plain'), to: at('out'), pieceBytes: pieceBytes as never }))).toBe(
      'INVALID_ARGUMENT',
    );
  });
  it('equals the cipher in memory for any size and any cut', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: 5000 }),
        fc.integer({ min: 1, max: 6000 }),
        async (size, pieceBytes) => {
          const data = DATA.subarray(0, size);
          await writeFile(at('in'), data);
          const expected = encryptWeights(data, KEY);
          const result = await encryptFile({
            from: at('in'),
            to: at('out'),
            key: KEY,
            overwrite: true,
            pieceBytes: Math.max(pieceBytes, size >> 6),
          });
          expect(result).toEqual({ key: expected.key, checksum: commitment(expected.encrypted), size });
          expect(Buffer.compare(await readFile(at('out')), expected.encrypted)).toBe(0);
          const back = await decryptFile({
            from: at('out'),
            to: at('back'),
            key: result.key,
            checksum: result.checksum,
            overwrite: true,
            pieceBytes: Math.max(pieceBytes, size >> 6),
          });
          expect(back).toEqual({ checksum: result.checksum, size });
          expect(Buffer.compare(await readFile(at('back')), data)).toBe(0);
        },
      ),
      { numRuns: 40 },
    );
  });
  it('says how far it is, and makes a new key each time', async () => {
    const progress: unknown[] = [];
    const first = await encryptFile({ from: at('plain'), to: at('a'), onProgress: (each) => progress.push(each) });
    const second = await encryptFile({ from: at('plain'), to: at('b') });
    expect(progress).toEqual([1048576, 2097152, 2500000].map((done) => ({ done, total: 2500000 })));
    expect(first.key).not.toBe(second.key);
    expect(Buffer.compare(await readFile(at('a')), encryptWeights(DATA, first.key).encrypted)).toBe(0);
  });
  it('gives the new file the rights of its source', async () => {
    for (const mode of [0o600, 0o640, 0o444]) {
      await chmod(at('plain'), mode);
      await encryptFile({ from: at('plain'), to: at('out'), overwrite: true });
      expect((await stat(at('out'))).mode & 0o777).toBe(mode);
    }
  });
  it('replaces a link and not what it leads to', async () => {
    await writeFile(at('other'), 'keep');
    await symlink(at('other'), at('out'));
    await encryptFile({ from: at('plain'), to: at('out'), overwrite: true });
    expect(await readFile(at('other'), 'utf8')).toBe('keep');
    expect((await stat(at('out'))).size).toBe(DATA.length);
  });
});

describe('decryptFile', () => {
  it('shows no file when the checksum is another one', async () => {
    const { key, checksum } = await encryptFile({ from: at('plain'), to: at('encrypted') });
    const bytes = await readFile(at('encrypted'));
    bytes[1_234_567]! ^= 1;
    await writeFile(at('encrypted'), bytes);
    const error = await failure(decryptFile({ from: at('encrypted'), to: at('out'), key, checksum }));
    expect(isError(error, 'FILE_CHECKSUM_MISMATCH') && error.context).toEqual({
      path: at('encrypted'),
      expected: checksum,
      received: commitment(bytes),
    });
    expect(await readdir(folder)).toEqual(['encrypted', 'plain']);
  });
  it('keeps the old file when the checksum is another one', async () => {
    await writeFile(at('out'), 'old');
    expect(
      await code(
        decryptFile({ from: at('plain'), to: at('out'), key: KEY, checksum: new Uint8Array(32), overwrite: true }),
      ),
    ).toBe('FILE_CHECKSUM_MISMATCH');
    expect(await readFile(at('out'), 'utf8')).toBe('old');
  });
  it('refuses a checksum that is none, and a missing key', async () => {
    expect(await code(decryptFile({ from: at('plain'), to: at('out'), key: KEY, checksum: 'no' }))).toBe(
      'INVALID_DIGEST',
    );
    expect(await code(decryptFile({ from: at('plain'), to: at('out'), key: undefined as never }))).toBe(
      'INVALID_WEIGHT_KEY',
    );
  });
});

describe('hashFile', () => {
  it('tells what is wrong with its path', async () => {
    expect(await code(hashFile(at('missing')))).toBe('FILE_NOT_FOUND');
    expect(await code(hashFile(folder))).toBe('NOT_A_FILE');
    expect(await code(hashFile(null as never))).toBe('INVALID_ARGUMENT');
    expect(await code(hashFile('a\0b'))).toBe('INVALID_ARGUMENT');
  });
  it('ends when it is aborted', async () => {
    const controller = new AbortController();
    expect(await code(hashFile(at('plain'), { signal: controller.signal, onProgress: () => controller.abort() }))).toBe(
      'ABORTED',
    );
  });
  it('gives the commitment of the whole content', async () => {
    await writeFile(at('empty'), '');
    expect(await hashFile(at('empty'))).toEqual({ checksum: commitment(new Uint8Array()), size: 0 });
    expect(await hashFile(at('plain'), { pieceBytes: 77_777 })).toEqual({
      checksum: commitment(DATA),
      size: DATA.length,
    });
  });
});
