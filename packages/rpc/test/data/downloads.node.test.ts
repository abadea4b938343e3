import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ScoreRequest, ScoreResponse } from '@somakit/bcs';
import { isError } from '@somakit/core';
import { fileSink } from '@somakit/core/node';
import { commitment } from '@somakit/crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRpc, createScoring } from '../../src/index.node.js';
import { createDataServer, scoreLocal } from '../../src/node/index.js';
import { implementRaw, startRpcServer } from '../../src/server/index.js';

const bytes = Uint8Array.from({ length: 100_000 }, (_, index) => index % 251);
const manifest = (url: string) => ({ url, checksum: commitment(bytes), size: bytes.length });
const id = `0x${'ab'.repeat(32)}`;

let server: Server;
let origin: string;
let folder: string;
const asked: string[] = [];
let served: Readonly<Record<string, Uint8Array>> = {};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'somakit-rpc-'));
  server = createServer((request, response) => {
    asked.push(request.url!);
    const body = served[request.url!];
    if (body === undefined) response.writeHead(404).end('nope');
    else response.writeHead(200, { 'content-length': body.length }).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await rm(folder, { recursive: true });
});

const failed = async (call: Promise<unknown>) => {
  const error = await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!isError(error)) throw error ?? new TypeError('a failure was expected');
  return error;
};
const fast = { download: { retry: { attempts: 1 } } };

describe('downloads', () => {
  it('take the URL of the manifest first', async () => {
    served = { '/w': bytes };
    asked.length = 0;
    const rpc = createRpc({ url: origin });
    const { output, url } = await rpc.downloadModel({ modelId: id, manifest: manifest(`${origin}/w`) });
    expect(commitment(output)).toBe(commitment(bytes));
    expect([url, asked]).toEqual([`${origin}/w`, ['/w']]);
  });

  it('go through the node when that fails, with all digits of the id', async () => {
    served = { [`/model/${id}`]: bytes, [`/data/${id}`]: bytes };
    const rpc = createRpc({ url: `${origin}/some/path` });
    const model = await rpc.downloadModel({ modelId: id.slice(2), manifest: manifest(`${origin}/gone`), ...fast });
    const data = await rpc.downloadData({ targetId: id, manifest: manifest(`${origin}/gone`), ...fast });
    expect([model.url, data.url]).toEqual([`${origin}/model/${id}`, `${origin}/data/${id}`]);
  });

  it('never give bytes that are not those of the manifest', async () => {
    const wrong = bytes.slice().fill(1, 5, 6);
    served = { '/w': wrong, [`/model/${id}`]: bytes.subarray(1) };
    const rpc = createRpc({ url: origin });
    const path = join(folder, 'never.bin');
    const error = await failed(
      rpc.downloadModel({ modelId: id, manifest: manifest(`${origin}/w`), to: fileSink(path), ...fast }),
    );
    expect(error.code).toBe('DOWNLOAD_FAILED');
    await expect(readFile(path)).rejects.toMatchObject({ code: 'ENOENT' });
    served = { '/w': wrong };
    const alone = rpc.downloadModel({ modelId: id, manifest: manifest(`${origin}/w`), proxy: false, ...fast });
    expect((await failed(alone)).code).toBe('DOWNLOAD_CORRUPT');
  });

  it('write files', async () => {
    served = { '/w': bytes };
    const path = join(folder, 'weights.bin');
    const { output } = await createRpc({ url: origin }).downloadModel({
      modelId: id,
      manifest: manifest(`${origin}/w`),
      to: fileSink(path),
    });
    expect(output).toBe(path);
    expect(commitment(await readFile(path))).toBe(commitment(bytes));
  });

  it('refuse a manifest that is none', async () => {
    const rpc = createRpc({ url: origin });
    const bad = { url: 'nowhere', checksum: commitment(bytes), size: 1 };
    expect((await failed(rpc.downloadModel({ modelId: id, manifest: bad }))).code).toBe('INVALID_ARGUMENT');
    const short = { url: origin, checksum: 'abc', size: 1 };
    expect((await failed(rpc.downloadModel({ modelId: id, manifest: short }))).code).toBe('INVALID_DIGEST');
  });
});

describe('a data server', () => {
  it('serves bytes and files, whole and in parts, and nothing else', async () => {
    const data = await createDataServer();
    try {
      const path = join(folder, 'file.bin');
      await writeFile(path, bytes);
      for (const each of [await data.add(bytes), await data.add({ path })]) {
        expect(each).toMatchObject({ checksum: commitment(bytes), size: 100_000n });
        const whole = new Uint8Array(await (await fetch(each.url)).arrayBuffer());
        expect(commitment(whole)).toBe(commitment(bytes));
        const part = await fetch(each.url, { headers: { range: 'bytes=10-19' } });
        expect([part.status, part.headers.get('content-range')]).toEqual([206, 'bytes 10-19/100000']);
        expect(new Uint8Array(await part.arrayBuffer())).toEqual(bytes.slice(10, 20));
        const tail = await fetch(each.url, { headers: { range: 'bytes=-5' } });
        expect(new Uint8Array(await tail.arrayBuffer())).toEqual(bytes.slice(-5));
        expect((await fetch(each.url, { headers: { range: 'bytes=100000-' } })).status).toBe(416);
        expect((await fetch(each.url, { method: 'HEAD' })).headers.get('content-length')).toBe('100000');
        expect((await fetch(each.url, { method: 'POST' })).status).toBe(405);
      }
      const empty = await data.add(new Uint8Array());
      expect((await (await fetch(empty.url)).arrayBuffer()).byteLength).toBe(0);
      expect((await fetch(`${data.url}/etc/passwd`)).status).toBe(404);
    } finally {
      await data.close();
    }
  });

  it('serves under a given name, so that a restart keeps the URL, and refuses names that are paths', async () => {
    const data = await createDataServer();
    try {
      const { url } = await data.add(bytes, { name: 'weights-1.enc' });
      expect(url).toBe(`${data.url}/weights-1.enc`);
      expect((await fetch(url)).headers.get('content-length')).toBe('100000');
      for (const name of ['', '../x', 'a/b', 'a b']) {
        expect((await failed(data.add(bytes, { name }))).code).toBe('INVALID_ARGUMENT');
      }
    } finally {
      await data.close();
    }
  });

  it('says when its port is taken', async () => {
    const { port } = server.address() as AddressInfo;
    expect((await failed(createDataServer({ port }))).code).toBe('DATA_SERVER_FAILED');
  });

  it('lets a scoring service fetch local data and weights for the time of the call', async () => {
    const urls: string[] = [];
    const scorer = await startRpcServer({
      rawServices: [
        implementRaw('scoring.Scoring', {
          Score: async (body) => {
            const { dataUrl, modelManifests } = ScoreRequest.decode(body);
            urls.push(dataUrl, modelManifests[0]!.url);
            const fetched = await Promise.all(
              urls.map(async (url) => new Uint8Array(await (await fetch(url)).arrayBuffer())),
            );
            const same = fetched.every((each) => commitment(each) === commitment(bytes));
            return ScoreResponse.encode({
              winner: same ? 0n : 9n,
              lossScore: Float32Array.of(0.5),
              embedding: Float32Array.of(1),
              distance: Float32Array.of(0.25),
            });
          },
        }),
      ],
    });
    const scoring = createScoring({ url: scorer.url });
    try {
      const path = join(folder, 'weights');
      await writeFile(path, bytes);
      const result = await scoreLocal(scoring, {
        data: bytes,
        models: [{ weights: { path } }],
        targetEmbedding: [1, 0],
      });
      expect(result).toMatchObject({ winner: 0, distance: Float32Array.of(0.25) });
      await expect(fetch(urls[0]!)).rejects.toThrow();
    } finally {
      scoring.close();
      await scorer.close();
    }
  });
});
