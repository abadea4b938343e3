import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isError } from '@somakit/core';
import { closeServers, json, serve, type TestServer } from '@somakit/vitest-config/http-server';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createTinkerClient } from '../../src/index.js';
import { type CheckpointProgress, downloadCheckpoint } from '../../src/node/index.js';
import { KEY } from '../support/replay.js';
import { tarOf } from '../support/tar.js';

const PATH = 'tinker://run:train:0/sampler_weights/step-000100';
const EXTERNAL = 'tinker://run:train:0/external_weights/export';
const WEIGHTS = new Uint8Array(300_000).map((_, i) => (i * 7919) >> 3);
const ARCHIVE = tarOf([
  { name: 'adapter_config.json', data: '{}' },
  { name: 'adapter_model.safetensors', data: WEIGHTS },
  { name: 'checkpoint_complete' },
]);

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'somakit-ckpt-'));
});
afterEach(async () => {
  await closeServers();
  await rm(folder, { recursive: true, force: true });
});

const listed = async (): Promise<string[]> => (await readdir(folder, { recursive: true })).sort();

type Handler = Parameters<typeof serve>[0];

/** The API and, at another origin, the store. */
const both = async (store: Handler, api: (base: string) => Handler) => {
  const blobs = await serve(store);
  const server = await serve((request, response) => {
    if (request.url?.includes('/client/')) return json(response, 200, {});
    return api(blobs.url)(request, response);
  });
  return { blobs, server, client: createTinkerClient({ apiKey: KEY, baseUrl: server.url, env: {} }) };
};

const redirectTo =
  (path: string) =>
  (base: string): Handler =>
  (_, response) => {
    response.writeHead(302, { location: `${base}${path}` });
    response.end();
  };

const expectNoKey = (blobs: TestServer): void => {
  for (const { headers } of blobs.requests) expect(JSON.stringify(headers)).not.toContain(KEY);
};

describe('a checkpoint as an archive', () => {
  it('is fetched without the key, unpacked, and told about', async () => {
    const { blobs, client } = await both((_, response) => {
      response.writeHead(200, { 'content-length': ARCHIVE.length });
      response.end(ARCHIVE);
    }, redirectTo('/blob?X-Sig=secret'));
    const heard: CheckpointProgress[] = [];
    const to = join(folder, 'a/b');
    const result = await downloadCheckpoint({ client, tinkerPath: PATH, to, onProgress: (each) => heard.push(each) });
    expect(result).toMatchObject({
      directory: to,
      via: 'archive',
      totalBytes: 300_002,
      archiveBytes: ARCHIVE.length,
      complete: true,
    });
    expect(Buffer.compare(await readFile(join(to, 'adapter_model.safetensors')), WEIGHTS)).toBe(0);
    expect(await readdir(join(folder, 'a'))).toEqual(['b']);
    expect(heard.find(({ phase, received }) => phase === 'download' && received === ARCHIVE.length)?.size).toBe(
      ARCHIVE.length,
    );
    expect(heard.at(-1)).toMatchObject({ phase: 'extract', received: 300_002, filesDone: 3 });
    expectNoKey(blobs);
  });

  it('that breaks off goes on where it ended, in another run too', async () => {
    let cut = true;
    const ranges: (string | undefined)[] = [];
    const { client } = await both((request, response) => {
      const { range } = request.headers;
      ranges.push(range);
      const from = range === undefined ? 0 : Number(/bytes=(\d+)-/.exec(range)?.[1]);
      const head = { etag: '"v1"', 'accept-ranges': 'bytes', 'content-length': ARCHIVE.length - from };
      if (from > 0) {
        response.writeHead(206, { ...head, 'content-range': `bytes ${from}-${ARCHIVE.length - 1}/${ARCHIVE.length}` });
      } else response.writeHead(200, head);
      if (cut) response.write(ARCHIVE.subarray(from, from + 100_000), () => request.socket.destroy());
      else response.end(ARCHIVE.subarray(from));
    }, redirectTo('/blob'));
    const to = join(folder, 'out');
    const controller = new AbortController();
    const first = downloadCheckpoint({
      client,
      tinkerPath: PATH,
      to,
      signal: controller.signal,
      onRetry: () => controller.abort(),
    });
    await expect(first).rejects.toMatchObject({ code: 'ABORTED' });
    expect(await readdir(folder)).toEqual(['out.partial']);
    cut = false;
    let resumed = 0;
    await downloadCheckpoint({
      client,
      tinkerPath: PATH,
      to,
      onProgress: (each) => {
        resumed = Math.max(resumed, each.resumed);
      },
    });
    expect(resumed).toBeGreaterThan(0);
    expect(ranges.at(-1)).toMatch(new RegExp(`^bytes=${resumed}-`));
    expect(Buffer.compare(await readFile(join(to, 'adapter_model.safetensors')), WEIGHTS)).toBe(0);
    expect(await readdir(folder)).toEqual(['out']);
  });

  it('gets a new link when the old one has run out', async () => {
    let signed = 0;
    const { client } = await both(
      (request, response) => {
        response.writeHead(request.url?.endsWith('3') ? 200 : 403);
        response.end(request.url?.endsWith('3') ? ARCHIVE : 'expired');
      },
      (base) => (_, response) => json(response, 200, { url: `${base}/blob?sig=${++signed}`, expires: 1e10 }),
    );
    const { complete } = await downloadCheckpoint({ client, tinkerPath: PATH, to: join(folder, 'out') });
    expect([complete, signed]).toEqual([true, 3]);
  });

  it.each([
    [
      'is hostile',
      tarOf([
        { name: 'ok', data: 'x' },
        { name: '../../evil', data: 'x' },
      ]),
      'name',
    ],
    ['is 12 KB of zeros', Buffer.alloc(12_288), 'empty'],
    ['has no bytes', Buffer.alloc(0), 'empty'],
    ['is an error page', Buffer.from('<Error>AccessDenied</Error>'.repeat(40)), 'damaged'],
  ])('that %s leaves nothing', async (_, bytes, reason) => {
    const { client } = await both((_, response) => void response.end(bytes), redirectTo('/blob'));
    const failed = downloadCheckpoint({ client, tinkerPath: PATH, to: join(folder, 'x/y') });
    await expect(failed).rejects.toMatchObject({ code: 'TINKER_ARCHIVE', context: { reason } });
    expect(await listed()).toEqual([]);
  });

  it('does not touch a folder that is there, unless it is told to and all went well', async () => {
    let bytes: Uint8Array = Buffer.alloc(12_288);
    const { client, server } = await both((_, response) => void response.end(bytes), redirectTo('/blob'));
    const to = join(folder, 'out');
    await mkdir(to);
    await writeFile(join(to, 'mine'), 'mine');
    await expect(downloadCheckpoint({ client, tinkerPath: PATH, to })).rejects.toMatchObject({
      code: 'TINKER_TARGET_EXISTS',
    });
    expect(server.requests).toHaveLength(0);
    await expect(downloadCheckpoint({ client, tinkerPath: PATH, to, force: true })).rejects.toMatchObject({
      code: 'TINKER_ARCHIVE',
    });
    expect(await listed()).toEqual(['out', 'out/mine']);
    bytes = ARCHIVE;
    await downloadCheckpoint({ client, tinkerPath: PATH, to, force: true });
    expect(await readdir(to)).not.toContain('mine');
  });

  it('is downloaded once at a time into one folder', async () => {
    const { client } = await both((_, response) => void response.end(ARCHIVE), redirectTo('/blob'));
    const to = join(folder, 'out');
    const first = downloadCheckpoint({ client, tinkerPath: PATH, to });
    await expect(downloadCheckpoint({ client, tinkerPath: PATH, to })).rejects.toMatchObject({ code: 'DOWNLOAD_BUSY' });
    expect((await first).complete).toBe(true);
  });

  it('that does not exist is told with the code of the API, and leaves nothing', async () => {
    const { client } = await both(
      (_, response) => void response.end(),
      () => (_, response) => json(response, 404, { detail: 'Checkpoint not found' }),
    );
    const error: unknown = await downloadCheckpoint({ client, tinkerPath: PATH, to: join(folder, 'x/y') }).catch(
      (e) => e,
    );
    expect(isError(error, 'TINKER_NOT_FOUND')).toBe(true);
    expect(await listed()).toEqual([]);
  });
});

describe('a checkpoint file by file', () => {
  const sign =
    (names: readonly string[], expires: unknown = 1e10) =>
    (base: string): Handler =>
    (_, response) =>
      json(response, 200, { urls: Object.fromEntries(names.map((name, i) => [name, `${base}/f${i}?sig=1`])), expires });

  it('is fetched in the order of names, without the key', async () => {
    const { blobs, client } = await both(
      (request, response) => void response.end(`content of ${request.url?.slice(1, 3)}`),
      sign(['sub/x.safetensors', 'adapter_config.json']),
    );
    const to = join(folder, 'out');
    const result = await downloadCheckpoint({ client, tinkerPath: EXTERNAL, to });
    expect(result).toMatchObject({ via: 'files', totalBytes: 26, archiveBytes: null, complete: false });
    expect(result.files).toEqual([
      { path: 'adapter_config.json', size: 13 },
      { path: 'sub/x.safetensors', size: 13 },
    ]);
    expect(await readFile(join(to, 'sub/x.safetensors'), 'utf8')).toBe('content of f0');
    expect(blobs.requests.map(({ url }) => url)).toEqual(['/f1?sig=1', '/f0?sig=1']);
    expect(await readdir(folder)).toEqual(['out']);
    expectNoKey(blobs);
  });

  it.each([['../evil'], ['/etc/evil'], ['a/../../evil'], ['C:\\evil'], ['']])(
    'with the name %j is refused before anything is fetched',
    async (name) => {
      const { blobs, client } = await both((_, response) => void response.end('x'), sign(['good', name]));
      const failed = downloadCheckpoint({ client, tinkerPath: EXTERNAL, to: join(folder, 'x/y') });
      await expect(failed).rejects.toMatchObject({ code: 'TINKER_ARCHIVE', context: { reason: 'name' } });
      expect(blobs.requests).toHaveLength(0);
      expect(await listed()).toEqual([]);
    },
  );

  it('signs anew when little time is left, and keeps what is done for another run', async () => {
    let fail = true;
    const { blobs, server, client } = await both(
      (request, response) => {
        if (fail && request.url?.startsWith('/f1')) {
          response.writeHead(404);
          response.end();
        } else response.end('abc');
      },
      sign(['a', 'b'], Math.floor(Date.now() / 1000) + 60),
    );
    const to = join(folder, 'out');
    await expect(downloadCheckpoint({ client, tinkerPath: EXTERNAL, to })).rejects.toMatchObject({
      code: 'HTTP_STATUS',
    });
    // The list itself, and once more before each file.
    expect(server.requests.filter(({ url }) => url.endsWith('_urls'))).toHaveLength(3);
    expect(await readdir(folder)).toEqual(['out.partial']);
    fail = false;
    const before = blobs.requests.length;
    expect((await downloadCheckpoint({ client, tinkerPath: EXTERNAL, to })).totalBytes).toBe(6);
    expect(blobs.requests.slice(before).map(({ url }) => url)).toEqual(['/f1?sig=1']);
    expect(await readdir(folder)).toEqual(['out']);
  });
});
