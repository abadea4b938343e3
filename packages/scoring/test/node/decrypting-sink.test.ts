import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { download } from '@somakit/core/http';
import { fileSink } from '@somakit/core/node';
import { blake2b256, createHasher, encryptWeights } from '@somakit/crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decryptingSink } from '../../src/node/blobs/decrypting-sink.js';
import { type BlobServer, startBlobServer } from './blob-server.js';
import { temporaryFolder } from './files.js';

const folder = temporaryFolder();
const key = Uint8Array.from({ length: 32 }, (_, i) => i * 3);
let blobs: BlobServer;
beforeAll(async () => {
  blobs = await startBlobServer();
});
afterAll(async () => {
  await blobs.stop();
  folder.remove();
});

let made = 0;
/** Serves ranges, and cuts the connections in `cuts` after so many bytes. */
const put = (bytes: Uint8Array, cuts: number[]): string =>
  blobs.put(`/${made++}`, (request, response) => {
    const range = /bytes=(\d+)-(\d*)/.exec(request.headers.range ?? '');
    const start = Number(range?.[1] ?? 0);
    const end = range?.[2] ? Number(range[2]) + 1 : bytes.length;
    response.writeHead(range === null ? 200 : 206, {
      'accept-ranges': 'bytes',
      etag: '"one"',
      'content-length': end - start,
      ...(range === null ? {} : { 'content-range': `bytes ${start}-${end - 1}/${bytes.length}` }),
    });
    const cut = cuts.shift();
    if (cut === undefined || cut >= end - start) response.end(bytes.subarray(start, end));
    else response.write(bytes.subarray(start, start + cut), () => response.destroy());
  });

const run = (encrypted: Uint8Array, url: string, path: string, digest = blake2b256(encrypted)) =>
  download({
    url,
    to: decryptingSink(fileSink(path), key),
    expected: { size: encrypted.length, digest, hash: createHasher },
    parallel: 3,
    minPartBytes: 700,
    retry: { attempts: 5, baseDelayMs: 1, maxDelayMs: 1 },
  });

describe('a sink that decrypts', () => {
  it('gives the plain bytes however the download comes in: in parts, cut, and taken up again', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 9000 }),
        fc.array(fc.integer({ min: 1, max: 3000 }), { maxLength: 4 }),
        async (length, cuts) => {
          const plain = Uint8Array.from({ length }, (_, i) => (i * i) >> 3);
          const { encrypted } = encryptWeights(plain, key);
          const path = join(folder.path, `p${made}`);
          await run(encrypted, put(encrypted, cuts), path);
          expect(new Uint8Array(readFileSync(path))).toEqual(plain);
        },
      ),
      { numRuns: 30 },
    );
  });

  it('makes nothing final of bytes that are not the expected ones, and leaves nothing', async () => {
    const { encrypted } = encryptWeights(new Uint8Array(5000), key);
    const path = join(folder.path, 'wrong');
    const running = run(encrypted, put(encrypted, [100, 100]), path, blake2b256(new Uint8Array(1)));
    await expect(running).rejects.toMatchObject({ code: 'DOWNLOAD_CORRUPT' });
    expect(readdirSync(folder.path).filter((name) => name.startsWith('wrong'))).toEqual([]);
  });
});
