import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { type SomaObject, Target } from '@somakit/bcs';
import type { Digest } from '@somakit/core';
import { commitment } from '@somakit/crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Localnet, startLocalnet } from '../src/index.js';
import { startStubNode } from './support/stub-node.js';

const KEY = '1'.repeat(32) as Digest;
const WEIGHTS = createHash('shake256', { outputLength: 3_000_000 }).update('weights').digest();
const DATA = new TextEncoder().encode('the data that won');
const asked: string[] = [];
let waiting: ServerResponse | undefined;

/** The host of the published files. */
const host = createServer((request, response) => {
  const path = request.url!;
  asked.push(path);
  if (path === '/weights' || path === '/slow') {
    if (path === '/slow') waiting = response;
    else response.end(WEIGHTS);
  } else if (path === '/empty') response.end();
  else if (path === '/moved') response.writeHead(302, { location: '/data' }).end();
  else if (path === '/data') response.end(DATA);
  else if (path === '/cut') {
    response.writeHead(200, { 'content-length': '100' });
    response.write('half', () => response.destroy());
  } else response.writeHead(404).end('nope');
});
let network: Localnet;
const MODELS = ['weights', 'gone', 'wrong-sum', 'wrong-size', 'cut', 'huge', 'slow'] as const;
const model: Record<string, string> = {};
const target: Record<string, string> = {};

beforeAll(async () => {
  await new Promise<void>((resolve) => host.listen(0, '127.0.0.1', resolve));
  const base = `http://127.0.0.1:${(host.address() as AddressInfo).port}`;
  const weights = { checksum: commitment(WEIGHTS), size: BigInt(WEIGHTS.length) };
  const manifests: Record<(typeof MODELS)[number], { url: string; checksum: Digest; size: bigint }> = {
    weights: { url: `${base}/weights`, ...weights },
    gone: { url: `${base}/gone`, ...weights },
    'wrong-sum': { url: `${base}/weights`, ...weights, checksum: KEY },
    'wrong-size': { url: `${base}/weights`, checksum: commitment(DATA), size: 5n },
    cut: { url: `${base}/cut`, checksum: KEY, size: 100n },
    huge: { url: `${base}/huge`, checksum: KEY, size: 17n * 1024n ** 3n },
    slow: { url: `${base}/slow`, ...weights, checksum: commitment(WEIGHTS.subarray(1)), size: weights.size - 1n },
  };
  const chain = await startLocalnet({
    ports: 'free',
    smallModel: true,
    models: MODELS.map((name) => ({ owner: '0x1', manifest: manifests[name], decryptionKey: KEY })),
  });
  for (const [i, name] of MODELS.entries()) model[name] = chain.modelIds[i]!;
  // Targets as they are when somebody has won them.
  const open = [...chain.ledger.listObjects({ type: 'Target' })];
  const filled = Object.entries({
    data: { url: `${base}/data`, checksum: commitment(DATA), size: BigInt(DATA.length) },
    moved: { url: `${base}/moved`, checksum: commitment(DATA), size: BigInt(DATA.length) },
    empty: { url: `${base}/empty`, checksum: commitment(new Uint8Array()), size: 0n },
  }).map(([name, winningDataManifest], i): SomaObject => {
    const { digest: _, ...object } = open[i]!;
    target[name] = object.objectId;
    const contents = Target.decode(object.contents);
    return { ...object, contents: Target.encode({ ...contents, winningDataManifest }) };
  });
  const node = await startStubNode({
    chainId: chain.chainId,
    state: chain.ledger.systemState(),
    objects: [...filled, open[5]!],
    height: 0n,
    timestampMs: chain.time(),
  });
  target.open = open[5]!.objectId;
  network = await startLocalnet({ ports: 'free', fork: { rpcUrl: node.url } });
  await node.close();
  await chain.stop();
});
afterAll(async () => {
  await network?.stop();
  host.close();
});
const get = (path: string, init: RequestInit = {}) => fetch(network.rpcUrl + path, init);
const bytesOf = async (response: Response) => Buffer.from(await response.arrayBuffer());

describe('a file that cannot be passed on', () => {
  it.each([
    ['gone', /^Download failed: HTTP 404 from http:\/\/127\.0\.0\.1:\d+\/gone$/],
    ['wrong-sum', new RegExp(`^Download failed: checksum mismatch: expected ${KEY}, computed ${commitment(WEIGHTS)}$`)],
    ['wrong-size', /^Download failed: size mismatch: expected 5 bytes, got \d+ bytes$/],
    ['cut', /^Download failed: /],
    ['huge', /^Download failed: the file has 18253611008 bytes, the limit is 17179869184 bytes$/],
  ])('%s: 502 with the reason', async (name, reason) => {
    const response = await get(`/model/${model[name]}`);
    expect([response.status, response.headers.get('content-type')]).toEqual([502, 'text/plain; charset=utf-8']);
    expect(await response.text()).toMatch(reason);
  });

  it('is not asked for when its id is none, when nobody won it, or when it is of the other kind', async () => {
    const before = asked.length;
    const id = model.weights!.slice(2);
    for (const [path, status] of [
      [`/model/${id}0`, 400],
      [`/model/${id.slice(1)}`, 400],
      [`/model/0X${id}`, 400],
      [`/model/%30x${id}`, 400],
      [`/model/${id}/more`, 404],
      ['/model', 404],
      [`/data/${id}`, 404],
      [`/model/${target.data}`, 404],
      [`/data/${target.open}`, 404],
      [`/data/0x${'5'.padStart(64, '0')}`, 404],
    ] as const) {
      expect([path, (await get(path)).status]).toEqual([path, status]);
    }
    expect(asked).toHaveLength(before);
  });
});

describe('a published file', () => {
  it.each(['', '?a=b'])('comes whole, under every spelling of the id (%s)', async (query) => {
    const id = model.weights!;
    for (const each of [id, id.slice(2), `0x${id.slice(2).toUpperCase()}`]) {
      const response = await get(`/model/${each}${query}`);
      expect([response.status, response.headers.get('content-type')]).toEqual([200, 'application/octet-stream']);
      expect([...response.headers.keys()].filter((name) => name.startsWith('x-soma'))).toEqual([]);
      expect((await bytesOf(response)).equals(WEIGHTS)).toBe(true);
    }
  });

  it('is fetched once for all who ask', async () => {
    await Promise.all(Array.from({ length: 20 }, async () => bytesOf(await get(`/model/${model.weights}`))));
    expect(asked.filter((path) => path === '/weights').length).toBeLessThanOrEqual(3);
  });

  it.each([
    ['bytes=0-0', 0, 1],
    ['bytes=100-199', 100, 200],
    ['bytes=2999990-', 2_999_990, 3_000_000],
    ['bytes=-7', 2_999_993, 3_000_000],
    ['bytes=2999999-99999999', 2_999_999, 3_000_000],
  ])('comes in part: %s', async (range, start, end) => {
    const response = await get(`/model/${model.weights}`, { headers: { range } });
    expect([response.status, response.headers.get('content-range')]).toEqual([
      206,
      `bytes ${start}-${end - 1}/3000000`,
    ]);
    expect((await bytesOf(response)).equals(WEIGHTS.subarray(start, end))).toBe(true);
  });

  it.each(['bytes=3000000-', 'bytes=5-4', 'bytes=-0'])('has no such part: %s', async (range) => {
    const response = await get(`/model/${model.weights}`, { headers: { range } });
    expect([response.status, response.headers.get('content-range')]).toEqual([416, 'bytes */3000000']);
  });

  it.each(['items=0-1', 'bytes=', 'bytes=1-2,4-5'])('comes whole for a range that is none: %s', async (range) => {
    const response = await get(`/model/${model.weights}`, { headers: { range } });
    expect([response.status, (await bytesOf(response)).length]).toEqual([200, 3_000_000]);
  });

  it('may be the winning data of a target, moved or empty too', async () => {
    for (const name of ['data', 'moved'] as const) {
      const response = await get(`/data/${target[name]}`);
      expect([response.status, await response.text()]).toEqual([200, 'the data that won']);
    }
    const empty = await get(`/data/${target.empty}`);
    expect([empty.status, await empty.text()]).toEqual([200, '']);
    const head = await get(`/data/${target.data}`, { method: 'HEAD' });
    expect([head.status, head.headers.get('content-length')]).toEqual([200, String(DATA.length)]);
  });

  it('is of no harm to the network when its reader leaves, nor when its host never answers', async () => {
    await new Promise<void>((resolve) => {
      const socket = connect(network.ports.rpc, '127.0.0.1', () => {
        socket.write(`GET /model/${model.weights} HTTP/1.1\r\nhost: x\r\n\r\n`);
        socket.once('data', () => socket.destroy());
        socket.once('close', () => resolve());
      });
      socket.on('error', () => {});
    });
    const controller = new AbortController();
    const never = get(`/model/${model.slow}`, { signal: controller.signal }).catch(() => 'left');
    await expect.poll(() => waiting !== undefined).toBe(true);
    controller.abort();
    expect(await never).toBe('left');
    expect((await get(`/data/${target.data}`)).status).toBe(200);
  });

  it('is gone from this machine when the network stops', async () => {
    const folders = () => readdirSync(tmpdir()).filter((name) => name.startsWith('somakit-files-'));
    const before = folders();
    expect(before.length).toBeGreaterThan(0);
    await network.stop();
    expect(folders()).not.toEqual(expect.arrayContaining(before));
  });
});
