import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, readlink, rm, writeFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { type Clock, isError, type SomaKitError, systemClock } from '@somakit/core';
import { type DownloadProgress, download, memorySink } from '@somakit/core/http';
import { fileSink } from '@somakit/core/node';
import { closeServers, endlessBody, serve } from '@somakit/vitest-config/http-server';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { failure } from '../support/failure.js';

const quick = { baseDelayMs: 1, maxDelayMs: 2 };
const hash = () => createHash('sha256');
const sha256 = (bytes: Uint8Array) => new Uint8Array(hash().update(bytes).digest());

interface Behaviour {
  readonly etag?: string | undefined;
  readonly ranges?: boolean;
  /** Cut the answer after so many bytes. */
  readonly cutAfter?: (request: IncomingMessage, count: number) => number | undefined;
  readonly contentRange?: (start: number, end: number, size: number) => string;
  readonly content?: (count: number) => { readonly bytes: Uint8Array; readonly etag?: string };
}

/** A file server as object stores are: ranges, If-Range, and the faults asked for. */
const serveFile = (bytes: Uint8Array, behaviour: Behaviour = {}) => {
  let count = 0;
  return serve((request: IncomingMessage, response: ServerResponse) => {
    count++;
    const current = behaviour.content?.(count) ?? { bytes, etag: behaviour.etag ?? '"one"' };
    const body = Buffer.from(current.bytes);
    const headers: Record<string, string> = {};
    if (current.etag !== undefined) headers.etag = current.etag;
    const range = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '');
    const ifRange = request.headers['if-range'];
    let [start, end] = [0, body.length];
    if (behaviour.ranges !== false) headers['accept-ranges'] = 'bytes';
    const partial = behaviour.ranges !== false && range !== null && (ifRange === undefined || ifRange === current.etag);
    if (partial) {
      start = Number(range[1]);
      end = range[2] === '' ? body.length : Math.min(body.length, Number(range[2]) + 1);
      if (start >= body.length) {
        response.writeHead(416, { 'content-range': `bytes */${body.length}` }).end();
        return;
      }
      headers['content-range'] =
        behaviour.contentRange?.(start, end, body.length) ?? `bytes ${start}-${end - 1}/${body.length}`;
    }
    headers['content-length'] = String(end - start);
    response.writeHead(partial ? 206 : 200, headers);
    const cut = behaviour.cutAfter?.(request, count);
    if (cut === undefined || cut >= end - start) response.end(body.subarray(start, end));
    else response.write(body.subarray(start, start + cut), () => setTimeout(() => response.destroy(), 5));
  });
};

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'somakit-download-'));
});
afterEach(async () => {
  await closeServers();
  await rm(folder, { recursive: true, force: true });
});

describe('a download that fails', () => {
  it('leaves nothing under the final name when one byte is wrong', async () => {
    const bytes = randomBytes(100_000);
    const wrong = Uint8Array.from(bytes);
    wrong[5000]! ^= 1;
    const server = await serveFile(wrong);
    const error = await failure(
      download({ url: `${server.url}/w`, to: fileSink(join(folder, 'w')), expected: { digest: sha256(bytes), hash } }),
    );
    expect(error).toMatchObject({ code: 'DOWNLOAD_CORRUPT', context: { what: 'digest' } });
    expect(await readdir(folder)).toEqual([]);
  });

  it('keeps the old file when the new content is wrong', async () => {
    const path = join(folder, 'w');
    await writeFile(path, 'old');
    const server = await serveFile(randomBytes(1000));
    const error = await failure(download({ url: `${server.url}/w`, to: fileSink(path), expected: { size: 999 } }));
    expect(error).toMatchObject({
      code: 'DOWNLOAD_CORRUPT',
      context: { what: 'size', expected: '999', received: '1000' },
    });
    expect(await readFile(path, 'utf8')).toBe('old');
    expect(await readdir(folder)).toEqual(['w']);
  });

  it('refuses a part that is not the one asked for', async () => {
    const server = await serveFile(randomBytes(1000), {
      cutAfter: (_, count) => (count === 1 ? 400 : undefined),
      contentRange: (start, end, size) => `bytes ${start - 1}-${end - 2}/${size}`,
    });
    const error = await failure(download({ url: server.url, retry: quick }));
    expect(error.code).toBe('DOWNLOAD_BAD_RANGE');
  });

  it('refuses content over the limit by its announced length', async () => {
    const server = await serveFile(randomBytes(1000));
    expect((await failure(download({ url: server.url, maxBytes: 999 }))).code).toBe('HTTP_TOO_LARGE');
    expect((await failure(download({ url: server.url, to: memorySink({ maxBytes: 999 }) }))).code).toBe(
      'HTTP_TOO_LARGE',
    );
  });

  it('refuses an endless body at the limit', async () => {
    const server = await serve(endlessBody);
    expect((await failure(download({ url: server.url, maxBytes: 1_000_000 }))).code).toBe('HTTP_TOO_LARGE');
    await server.until(() => server.busy === 0);
  });

  it('gives up on a server that is gone, after its attempts', async () => {
    const server = await serve(() => {});
    await server.close();
    const retries: number[] = [];
    const error = await failure(
      download({ url: server.url, retry: { ...quick, attempts: 3 }, onRetry: ({ attempt }) => retries.push(attempt) }),
    );
    expect(error).toMatchObject({ code: 'HTTP_NETWORK', context: { reason: 'ECONNREFUSED' } });
    expect(retries).toEqual([1, 2]);
  });

  it('does not go on for ever when each answer is cut at the same place and ranges are not known', async () => {
    const server = await serveFile(randomBytes(1000), { ranges: false, cutAfter: () => 500 });
    expect((await failure(download({ url: server.url, retry: { ...quick, attempts: 3 } }))).code).toBe('HTTP_NETWORK');
    expect(server.requests.length).toBeLessThan(8);
  });

  it('says that content keeps changing', async () => {
    const server = await serveFile(new Uint8Array(), {
      content: (count) => ({ bytes: randomBytes(1000), etag: `"${count}"` }),
      cutAfter: () => 300,
    });
    const error = await failure(download({ url: server.url, retry: { ...quick, attempts: 4 } }));
    expect(['DOWNLOAD_CHANGED', 'HTTP_NETWORK']).toContain(error.code);
  });

  it('lists what became of each source', async () => {
    const a = await serve((_, response) => void response.writeHead(404).end());
    const b = await serveFile(randomBytes(10));
    const error = (await failure(
      download({ urls: [`${a.url}/x?token=hush`, b.url], expected: { size: 11 } }),
    )) as SomaKitError<'DOWNLOAD_FAILED'>;
    expect(error.code).toBe('DOWNLOAD_FAILED');
    expect(error.context.failures.map(({ code }) => code)).toEqual(['HTTP_STATUS', 'DOWNLOAD_CORRUPT']);
    expect(JSON.stringify(error)).not.toContain('hush');
  });

  it('lets one of two downloads to the same file go first', async () => {
    const server = await serveFile(randomBytes(1000));
    const to = fileSink(join(folder, 'w'));
    const results = await Promise.allSettled([download({ url: server.url, to }), download({ url: server.url, to })]);
    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(results.some((each) => each.status === 'rejected' && isError(each.reason, 'DOWNLOAD_BUSY'))).toBe(true);
    expect(await readdir(folder)).toEqual(['w']);
  });
});

describe('a download', () => {
  it('arrives whole after ten cuts, asking only for what is missing', async () => {
    const bytes = randomBytes(1_000_000);
    const server = await serveFile(bytes, { cutAfter: (_, count) => (count <= 10 ? 70_000 : undefined) });
    const { output, digest } = await download({
      url: server.url,
      expected: { hash, digest: sha256(bytes) },
      retry: { ...quick, attempts: 2 },
    });
    expect(digest).toEqual(hash().update(bytes).digest());
    expect(Buffer.compare(output, bytes)).toBe(0);
    expect(server.requests).toHaveLength(11);
    expect(server.requests[1]!.headers).toMatchObject({ range: 'bytes=70000-999999', 'if-range': '"one"' });
  });

  it('uses several connections for a big file and puts the parts together', async () => {
    const bytes = randomBytes(3_000_000);
    const server = await serveFile(bytes, { cutAfter: (_, count) => (count % 2 === 0 ? 100_000 : undefined) });
    const path = join(folder, 'w');
    const progress: DownloadProgress[] = [];
    const { output, size } = await download({
      url: server.url,
      to: fileSink(path),
      expected: { hash, digest: sha256(bytes) },
      parallel: 3,
      minPartBytes: 500_000,
      retry: quick,
      onProgress: (each) => progress.push(each),
    });
    expect({ output, size }).toEqual({ output: path, size: 3_000_000 });
    expect(Buffer.compare(await readFile(path), bytes)).toBe(0);
    expect(
      server.requests
        .slice(0, 3)
        .map(({ headers }) => headers.range)
        .sort(),
    ).toContain('bytes=1500000-2999999');
    expect(progress.at(-1)).toMatchObject({ received: 3_000_000, size: 3_000_000 });
  });

  it('starts over when the content changed in the middle', async () => {
    const [old, fresh] = [randomBytes(1000), randomBytes(1200)];
    const server = await serveFile(old, {
      content: (count) => (count === 1 ? { bytes: old, etag: '"old"' } : { bytes: fresh, etag: '"new"' }),
      cutAfter: (_, count) => (count === 1 ? 500 : undefined),
    });
    const { output, digest } = await download({ url: server.url, retry: quick, expected: { hash } });
    expect(Buffer.compare(output, fresh)).toBe(0);
    expect(digest).toEqual(hash().update(fresh).digest());
  });

  it('starts over when the server knows no ranges although it says so', async () => {
    const bytes = randomBytes(2_000_000);
    let count = 0;
    const server = await serve((_, response) => {
      count++;
      response.writeHead(200, { 'content-length': bytes.length, etag: '"x"', 'accept-ranges': 'bytes' });
      response.end(bytes);
    });
    const { output } = await download({ url: server.url, retry: quick, minPartBytes: 100_000 });
    expect(Buffer.compare(output, bytes)).toBe(0);
    expect(count).toBeLessThan(10);
  });

  it('takes up in another run what an aborted one left', async () => {
    const bytes = randomBytes(1_000_000);
    const path = join(folder, 'w');
    const stalling = await serve((_, response) => {
      response.writeHead(200, { 'content-length': bytes.length, etag: '"one"' });
      response.write(bytes.subarray(0, 300_000));
    });
    const controller = new AbortController();
    const first = download({
      url: `${stalling.url}/w`,
      to: fileSink(path),
      expected: { digest: sha256(bytes), hash },
      signal: controller.signal,
      onProgress: ({ received }) => {
        if (received > 0) controller.abort();
      },
    });
    expect((await failure(first)).code).toBe('ABORTED');
    await stalling.until(() => stalling.busy === 0);
    expect((await readdir(folder)).sort()).toEqual(['w.part', 'w.part.json']);
    const server = await serveFile(bytes);
    const { resumed } = await download({
      url: `${server.url}/w`,
      to: fileSink(path),
      expected: { digest: sha256(bytes), hash },
    });
    expect(resumed).toBeGreaterThan(0);
    expect(server.requests[0]!.headers.range).toBe(`bytes=${resumed}-999999`);
    expect(Buffer.compare(await readFile(path), bytes)).toBe(0);
    expect(await readdir(folder)).toEqual(['w']);
  });

  it('fetches everything anew when what an earlier run left turns out damaged', async () => {
    const bytes = randomBytes(10_000);
    const path = join(folder, 'w');
    await writeFile(`${path}.part`, new Uint8Array(5000));
    const digest = hash().update(bytes).digest('hex');
    await writeFile(
      `${path}.part.json`,
      JSON.stringify({ format: 1, identity: digest, etag: '"one"', size: 10_000, done: [[0, 5000]] }),
    );
    const server = await serveFile(bytes);
    await download({ url: server.url, to: fileSink(path), expected: { digest, hash } });
    expect(Buffer.compare(await readFile(path), bytes)).toBe(0);
  });

  it('goes to the next source, without the headers of the first', async () => {
    const bytes = randomBytes(1000);
    const broken = await serve((_, response) => void response.writeHead(403).end('no'));
    const server = await serveFile(bytes);
    const { output, url } = await download({
      urls: [`${broken.url}/a`, `${server.url}/b`],
      headers: { authorization: 'Bearer secret' },
    });
    expect(Buffer.compare(output, bytes)).toBe(0);
    expect(url).toBe(`${server.url}/b`);
    expect(broken.requests[0]!.headers.authorization).toBe('Bearer secret');
    expect(server.requests[0]!.headers.authorization).toBeUndefined();
  });

  it('gets an empty file and one without a length', async () => {
    const empty = await serveFile(new Uint8Array());
    expect((await download({ url: empty.url, expected: { size: 0 } })).output).toEqual(new Uint8Array());
    const chunked = await serve((_, response) => {
      response.write('ab');
      response.end('cd');
    });
    expect(new TextDecoder().decode((await download({ url: chunked.url })).output)).toBe('abcd');
  });

  it('counts the content itself when a server compresses although it was asked not to', async () => {
    const bytes = new Uint8Array(100_000);
    const server = await serve((request, response) => {
      expect(request.headers['accept-encoding']).toBe('identity');
      const packed = gzipSync(bytes);
      const headers = {
        'content-encoding': 'gzip',
        'content-length': packed.length,
        etag: '"z"',
        'accept-ranges': 'bytes',
      };
      response.writeHead(200, headers).end(packed);
    });
    const { size } = await download({
      url: server.url,
      expected: { size: 100_000, hash, digest: sha256(bytes) },
      minPartBytes: 1,
    });
    expect(size).toBe(100_000);
    expect(server.requests).toHaveLength(1);
  });

  it('ends a stalled body and takes it up', async () => {
    const bytes = randomBytes(1000);
    const server = await serve((request, response) => {
      if (request.headers.range === undefined) {
        response.writeHead(200, { 'content-length': 1000, etag: '"a"' });
        response.write(bytes.subarray(0, 400));
      } else {
        response.writeHead(206, { 'content-range': 'bytes 400-999/1000', etag: '"a"', 'content-length': 600 });
        response.end(bytes.subarray(400));
      }
    });
    const { output } = await download({ url: server.url, idleMs: 50, retry: quick });
    expect(Buffer.compare(output, bytes)).toBe(0);
  });

  it('leaves no timer, connection or open file when it is aborted', async () => {
    const server = await serve((request, response) => {
      const ranged = request.headers.range !== undefined;
      response.writeHead(ranged ? 206 : 200, {
        etag: '"one"',
        'accept-ranges': 'bytes',
        'content-length': ranged ? 250_000 : 1_000_000,
        ...(ranged ? { 'content-range': `${request.headers.range?.replace('=', ' ')}/1000000` } : {}),
      });
      response.write(new Uint8Array(1000));
    });
    let timers = 0;
    const clock: Clock = {
      ...systemClock,
      schedule: (callback, delayMs) => {
        let open = 1;
        timers++;
        const close = () => {
          timers -= open;
          open = 0;
        };
        const cancel = systemClock.schedule(() => {
          close();
          callback();
        }, delayMs);
        return () => {
          close();
          cancel();
        };
      },
    };
    const controller = new AbortController();
    const path = join(folder, 'w');
    const options = { parallel: 4, minPartBytes: 1000, timeoutMs: 60_000, signal: controller.signal, clock };
    const result = failure(download({ url: server.url, to: fileSink(path), ...options }));
    await server.until(() => server.busy === 4);
    expect(timers).toBeGreaterThan(0);
    controller.abort();
    expect((await result).code).toBe('ABORTED');
    expect(timers).toBe(0);
    await server.until(() => server.busy === 0);
    expect(server.requests.map(({ headers }) => headers.range).sort()).toEqual([
      'bytes=250000-499999',
      'bytes=500000-749999',
      'bytes=750000-999999',
      undefined,
    ]);
    if (process.platform === 'linux') {
      const files = await readdir('/proc/self/fd');
      const open = await Promise.all(files.map((each) => readlink(`/proc/self/fd/${each}`).catch(() => '')));
      expect(open.filter((each) => each.startsWith(folder))).toEqual([]);
    }
    expect((await readdir(folder)).filter((each) => each.endsWith('.lock'))).toEqual([]);
  });
});
