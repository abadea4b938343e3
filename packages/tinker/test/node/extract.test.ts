import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { isError } from '@somakit/core';
import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { extractTar } from '../../src/node/index.js';
import { pax, type RawEntry, tarOf } from '../support/tar.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'somakit-tar-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const everything = async (): Promise<string[]> =>
  (await readdir(folder, { recursive: true })).filter((name) => name !== 'a.tar').sort();

const good: RawEntry = { name: 'good.txt', data: 'good' };

const codeOf = async (bytes: Uint8Array, options: object = {}): Promise<unknown> => {
  const archive = join(folder, 'a.tar');
  await writeFile(archive, bytes);
  try {
    await extractTar({ archive, to: join(folder, 'deep/er/out'), ...options });
  } catch (error) {
    if (!isError(error)) throw error;
    return isError(error, 'TINKER_ARCHIVE') ? error.context.reason : error.code;
  }
  return 'taken';
};

const hostile: readonly (readonly [string, string, readonly RawEntry[]])[] = [
  ['a name with ..', 'name', [{ name: '../evil', data: 'x' }]],
  ['.. in the middle', 'name', [{ name: 'a/../../evil', data: 'x' }]],
  ['.. that stays inside', 'name', [{ name: 'a/../b', data: 'x' }]],
  ['.. at the end', 'name', [{ name: 'a/..', type: '5' }]],
  ['an absolute name', 'name', [{ name: '/tmp/evil', data: 'x' }]],
  ['a name with two slashes first', 'name', [{ name: '//evil', data: 'x' }]],
  ['an empty name', 'name', [{ name: '', data: 'x' }]],
  ['the folder itself as a file', 'name', [{ name: '.', data: 'x' }]],
  ['a backslash', 'name', [{ name: '..\\evil', data: 'x' }]],
  ['a drive letter', 'name', [{ name: 'C:evil', data: 'x' }]],
  ['a drive and a folder', 'name', [{ name: 'c:/evil', data: 'x' }]],
  ['a part of dots', 'name', [{ name: 'a/.../b', data: 'x' }]],
  ['a part of dots and a blank', 'name', [{ name: '.. /b', data: 'x' }]],
  ['an empty part', 'name', [{ name: 'a//b', data: 'x' }]],
  ['a line break', 'name', [{ name: 'a\nb', data: 'x' }]],
  ['a zero byte in a pax name', 'name', [pax({ path: 'a\0b' }), { name: 'ok', data: 'x' }]],
  ['.. by the prefix field', 'name', [{ name: 'evil', prefix: '..', data: 'x' }]],
  ['.. by a pax name', 'name', [pax({ path: '../evil' }), { name: 'ok', data: 'x' }]],
  [
    '.. by a GNU long name',
    'name',
    [
      { name: 'long', type: 'L', data: '../evil\0' },
      { name: 'ok', data: 'x' },
    ],
  ],
  ['a very deep name', 'name', [pax({ path: `${'a/'.repeat(40)}b` }), { name: 'ok', data: 'x' }]],
  ['a very long part', 'name', [pax({ path: 'a'.repeat(300) }), { name: 'ok', data: 'x' }]],
  ['a symbolic link out', 'link', [{ name: 'out', type: '2', link: '/etc' }]],
  ['a symbolic link inside', 'link', [{ name: 'in', type: '2', link: 'good.txt' }]],
  [
    'a file through a symbolic link',
    'link',
    [
      { name: 'd', type: '2', link: '/tmp' },
      { name: 'd/x', data: 'x' },
    ],
  ],
  ['a hard link', 'link', [{ name: 'hard', type: '1', link: 'good.txt' }]],
  ['a character device', 'device', [{ name: 'c', type: '3' }]],
  ['a block device', 'device', [{ name: 'b', type: '4' }]],
  ['a pipe', 'device', [{ name: 'p', type: '6' }]],
  ['an unknown kind', 'type', [{ name: 'u', type: 'Z', data: 'x' }]],
  ['a sparse file', 'type', [pax({ 'GNU.sparse.major': '1' }), { name: 's', data: 'x' }]],
  ['the same name twice', 'duplicate', [good, good]],
  ['the same name in another case', 'duplicate', [good, { name: 'GOOD.txt', data: 'x' }]],
  ['the same name written otherwise', 'duplicate', [good, { name: './good.txt', data: 'x' }]],
  [
    'a file where a folder is',
    'duplicate',
    [
      { name: 'a/b', data: 'x' },
      { name: 'a', data: 'x' },
    ],
  ],
  ['a folder where a file is', 'duplicate', [good, { name: 'good.txt/x', data: 'x' }]],
  ['a folder over a file', 'duplicate', [good, { name: 'good.txt', type: '5' }]],
  ['a wrong checksum', 'damaged', [good, { name: 'bad', data: 'x', badChecksum: true }]],
  ['a size that is no number', 'damaged', [{ name: 'bad', data: 'x', size: 'zzzzzzzzzzz\0' }]],
  [
    'a negative size',
    'damaged',
    [{ name: 'bad', data: 'x', size: '\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff' }],
  ],
  ['a negative pax size', 'damaged', [pax({ size: '-1' }), { name: 'bad', data: 'x' }]],
  ['a huge pax header', 'damaged', [{ name: 'p', type: 'x', data: new Uint8Array(5 * 2 ** 20) }]],
  ['a size beyond the end', 'damaged', [{ name: 'bad', data: 'x', size: 100_000 }]],
  ['a size beyond the limit', 'limit', [{ name: 'bad', data: 'x', size: '77777777777\0' }]],
  ['folders only', 'empty', [{ name: 'a/', type: '5' }]],
  ['nothing', 'empty', []],
];

describe('a hostile archive', () => {
  it.each(hostile)('with %s is refused (%s) and leaves nothing', async (_, reason, entries) => {
    // First and last, so that something has been written before it is found out.
    const first = reason === 'empty' ? entries : [{ name: 'first.txt', data: 'first' }, ...entries];
    for (const bytes of [tarOf(first), gzipSync(tarOf(first))]) {
      expect(await codeOf(bytes, { limits: { maxBytes: 2 ** 24 } })).toBe(reason);
      expect(await everything()).toEqual([]);
    }
  });

  it('that unpacks to far more than it is ends at the limit', async () => {
    const bomb = gzipSync(tarOf([{ name: 'zeros', data: new Uint8Array(2 ** 22) }]));
    expect(bomb.length).toBeLessThan(10_000);
    expect(await codeOf(bomb, { limits: { maxBytes: 2 ** 20 } })).toBe('limit');
    const blocks = gzipSync(Buffer.alloc(2 ** 25));
    expect(await codeOf(blocks, { limits: { maxBytes: 2 ** 20, maxEntries: 10 } })).toBe('limit');
    expect(await everything()).toEqual([]);
  });

  it('with too many entries is refused', async () => {
    const many = tarOf(Array.from({ length: 11 }, (_, i) => ({ name: `f${i}`, data: 'x' })));
    expect(await codeOf(many, { limits: { maxEntries: 10 } })).toBe('limit');
    expect(await everything()).toEqual([]);
  });

  it('of 12 KB of zeros is refused as empty', async () => {
    expect(await codeOf(new Uint8Array(12_288))).toBe('empty');
    expect(await everything()).toEqual([]);
  });

  it('that is an error page, another packing, or cut off is refused', async () => {
    expect(await codeOf(Buffer.from('<html>no such key</html>'.repeat(50)))).toBe('damaged');
    expect(await codeOf(Buffer.from('BZh91AY&SY'))).toBe('compression');
    expect(await codeOf(Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0]))).toBe('compression');
    const whole = tarOf([{ name: 'f', data: new Uint8Array(5000).fill(7) }]);
    expect(await codeOf(whole.subarray(0, 3000))).toBe('damaged');
    expect(await codeOf(gzipSync(whole).subarray(0, 40))).toBe('damaged');
    expect(await everything()).toEqual([]);
  });

  it('does not take a neighbour with the same beginning for its folder', async () => {
    await mkdir(join(folder, 'deep/er/out-x'), { recursive: true });
    expect(await codeOf(tarOf([{ name: '../out-x/evil', data: 'x' }]))).toBe('name');
    expect(await everything()).toEqual(['deep', 'deep/er', 'deep/er/out-x']);
  });
});

describe('a damaged archive', () => {
  it('is unpacked into its folder or refused as one, whatever bytes are changed', async () => {
    const whole = tarOf([{ name: 'a/b', data: 'b' }, pax({ path: 'long/name' }), { name: 'c', data: 'c' }]);
    const change = fc.tuple(fc.nat(whole.length - 1), fc.nat(255));
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 4 }), async (changes) => {
        const bytes = Buffer.from(whole);
        for (const [at, value] of changes) bytes[at] = value;
        // A right checksum lets the changes through to what is behind it.
        for (let at = 0; at + 512 <= bytes.length - 1024; at += 512) {
          if (bytes.subarray(at + 257, at + 262).toString('latin1') !== 'ustar') continue;
          bytes.fill(0x20, at + 148, at + 156);
          const sum = bytes.subarray(at, at + 512).reduce((total, byte) => total + byte, 0);
          bytes.write(`${sum.toString(8).padStart(6, '0')}\0 `, at + 148);
        }
        const outcome = await codeOf(bytes, { limits: { maxBytes: 2 ** 20 }, to: join(folder, 'out') });
        expect([
          'taken',
          'name',
          'link',
          'device',
          'type',
          'duplicate',
          'limit',
          'damaged',
          'empty',
          'compression',
        ]).toContain(outcome);
        const outside = (await readdir(folder)).filter((name) => name !== 'a.tar' && name !== 'out');
        expect(outside).toEqual([]);
        expect((await readdir(folder)).includes('out')).toBe(outcome === 'taken');
        await rm(join(folder, 'out'), { recursive: true, force: true });
      }),
      { numRuns: 150 },
    );
  });
});

describe('a sound archive', () => {
  const entries: readonly RawEntry[] = [
    { name: './', type: '5' },
    { name: './adapter_config.json', data: '{}' },
    { name: 'sub/', type: '5' },
    { name: 'sub/adapter_model.safetensors', data: new Uint8Array(3000).fill(1) },
    pax({ path: `names/${'ä'.repeat(90)}.txt` }),
    { name: 'short', data: 'long' },
    { name: 'checkpoint_complete' },
  ];

  it.each([
    ['plain', tarOf(entries)],
    ['gzip', gzipSync(tarOf(entries))],
    ['without an end mark', tarOf(entries, { end: false })],
  ])('is unpacked: %s', async (_, bytes) => {
    const archive = join(folder, 'a.tar');
    await writeFile(archive, bytes);
    const { files, totalBytes, directory } = await extractTar({ archive, to: join(folder, 'out') });
    expect(totalBytes).toBe(3006);
    expect(files.map(({ path, size }) => [path, size])).toEqual([
      ['adapter_config.json', 2],
      ['sub/adapter_model.safetensors', 3000],
      [`names/${'ä'.repeat(90)}.txt`, 4],
      ['checkpoint_complete', 0],
    ]);
    expect(await readFile(join(directory, 'sub/adapter_model.safetensors'))).toEqual(Buffer.alloc(3000, 1));
    expect((await stat(join(directory, 'checkpoint_complete'))).size).toBe(0);
    expect((await readdir(folder)).sort()).toEqual(['a.tar', 'out']);
  });

  it('of many parts is unpacked without a warning of the platform', async () => {
    const warnings: Error[] = [];
    const hear = (warning: Error): number => warnings.push(warning);
    process.on('warning', hear);
    const archive = join(folder, 'a.tar');
    await writeFile(archive, gzipSync(tarOf([{ name: 'big', data: new Uint8Array(2 ** 24) }])));
    const { totalBytes } = await extractTar({ archive, to: join(folder, 'out') });
    await new Promise((resolve) => setImmediate(resolve));
    process.off('warning', hear);
    expect([totalBytes, warnings]).toEqual([2 ** 24, []]);
  });

  it('is refused when the folder is there, and replaces it whole with force', async () => {
    const archive = join(folder, 'a.tar');
    await writeFile(archive, tarOf([good]));
    await mkdir(join(folder, 'out'));
    await writeFile(join(folder, 'out/old.txt'), 'old');
    await expect(extractTar({ archive, to: join(folder, 'out') })).rejects.toMatchObject({
      code: 'TINKER_TARGET_EXISTS',
    });
    await writeFile(archive, tarOf([good, { name: '../x', data: 'x' }]));
    await expect(extractTar({ archive, to: join(folder, 'out'), force: true })).rejects.toMatchObject({
      code: 'TINKER_ARCHIVE',
    });
    expect(await readdir(join(folder, 'out'))).toEqual(['old.txt']);
    await writeFile(archive, tarOf([good]));
    await extractTar({ archive, to: join(folder, 'out'), force: true });
    expect(await everything()).toEqual(['out', 'out/good.txt']);
  });

  it('ends on the signal and leaves nothing', async () => {
    const archive = join(folder, 'a.tar');
    await writeFile(archive, tarOf([good, { name: 'b', data: 'b' }]));
    const controller = new AbortController();
    const running = extractTar({
      archive,
      to: join(folder, 'out'),
      signal: controller.signal,
      onFile: () => controller.abort(),
    });
    await expect(running).rejects.toMatchObject({ code: 'ABORTED' });
    expect(await everything()).toEqual([]);
  });
});
