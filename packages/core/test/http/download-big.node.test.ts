import { createHash } from 'node:crypto';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { download } from '@somakit/core/http';
import { fileSink } from '@somakit/core/node';
import { closeServers, serve } from '@somakit/vitest-config/http-server';
import { afterEach, beforeEach, expect, it } from 'vitest';

// 1 GiB with SOMAKIT_LONG=1.
const SIZE = process.env.SOMAKIT_LONG === '1' ? 2 ** 30 : 2 ** 28;
const CUTS = 10;
const BLOCK = 2 ** 20;

/** One block of the content: the same pattern with the block's number in front. */
const pattern = Uint8Array.from({ length: BLOCK }, (_, i) => (i * 167 + (i >> 8)) & 0xff);
const block = (index: number): Uint8Array => {
  const bytes = pattern.slice();
  new DataView(bytes.buffer).setUint32(0, index);
  return bytes;
};

const contentDigest = () => {
  const hash = createHash('sha256');
  for (let i = 0; i < SIZE / BLOCK; i++) hash.update(block(i));
  return hash.digest('hex');
};

/** Makes the content as it is read, and cuts ten answers at a tenth of their way. */
const serveGenerated = () => {
  let cuts = CUTS;
  return serve(async (request, response) => {
    const match = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '');
    const [start, end] = match === null ? [0, SIZE] : [Number(match[1]), Number(match[2]) + 1];
    response.writeHead(match === null ? 200 : 206, {
      etag: '"content"',
      'accept-ranges': 'bytes',
      'content-length': end - start,
      ...(match === null ? {} : { 'content-range': `bytes ${start}-${end - 1}/${SIZE}` }),
    });
    const cutAt = cuts > 0 ? start + Math.floor((end - start) / 10) : end;
    if (cuts > 0) cuts--;
    for (let at = start; at < cutAt && !response.destroyed; ) {
      const index = Math.floor(at / BLOCK);
      const part = block(index).subarray(at - index * BLOCK, Math.min(BLOCK, cutAt - index * BLOCK));
      at += part.length;
      if (!response.write(part)) {
        await new Promise<void>((resolve) => {
          const go = () => {
            response.off('drain', go);
            response.off('close', go);
            resolve();
          };
          response.on('drain', go);
          response.on('close', go);
        });
      }
    }
    if (cutAt < end) response.destroy();
    else response.end();
  });
};

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'somakit-big-'));
});
afterEach(async () => {
  await closeServers();
  await rm(folder, { recursive: true, force: true });
});

it.each([1, 4])(
  'a big download that is cut ten times arrives whole over %i connections, with flat memory',
  async (parallel) => {
    const server = await serveGenerated();
    const digest = contentDigest();
    const before = process.memoryUsage().rss;
    let peak = before;
    let retries = 0;
    const result = await download({
      url: server.url,
      to: fileSink(join(folder, 'big')),
      expected: { size: SIZE, digest, hash: () => createHash('sha256') },
      parallel,
      retry: { attempts: 4, baseDelayMs: 1 },
      onRetry: () => {
        retries++;
      },
      onProgress: () => {
        peak = Math.max(peak, process.memoryUsage().rss);
      },
    });
    expect(result).toMatchObject({ size: SIZE, resumed: 0 });
    expect(retries).toBe(CUTS);
    expect((await stat(join(folder, 'big'))).size).toBe(SIZE);
    expect(await readdir(folder)).toEqual(['big']);
    // The server is in this process too.
    expect(peak - before).toBeLessThan(200 * 2 ** 20);
  },
  120_000,
);
