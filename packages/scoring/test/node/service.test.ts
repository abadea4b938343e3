import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { HealthResponse, ScoreRequest, ScoreResponse } from '@somakit/bcs';
import { commitment, encryptWeights } from '@somakit/crypto';
import { createNodeTransport } from '@somakit/rpc/node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ScoringService, serveScoring } from '../../src/index.js';
import { guardedFetch } from '../../src/node/blobs/url-policy.js';
import { scoringCases } from '../vectors.js';
import { type BlobServer, startBlobServer } from './blob-server.js';
import { dataBytes, modelBytes, temporaryFolder } from './files.js';
import { brokenWeights } from './hostile.js';

const cases = scoringCases.find(({ name }) => name === 'service-hello')!;
const folder = temporaryFolder();
let blobs: BlobServer;
let service: ScoringService;
let transport: ReturnType<typeof createNodeTransport>;

const call = async (method: string, body: Uint8Array, signal?: AbortSignal): Promise<Uint8Array> => {
  const answer = await transport.rawUnary({ path: `/scoring.Scoring/${method}`, body, ...(signal ? { signal } : {}) });
  return answer.body;
};
const score = async (request: ScoreRequest) => ScoreResponse.decode(await call('Score', ScoreRequest.encode(request)));
const cached = (): string[] =>
  ['data', 'weights'].flatMap((kind) => {
    try {
      return readdirSync(join(folder.path, 'cache', kind));
    } catch {
      return [];
    }
  });

let made = 0;
const blob = (bytes: Uint8Array, name = `/b${made++}`) => ({
  url: blobs.put(name, bytes),
  checksum: commitment(bytes) as string,
  size: BigInt(bytes.length),
});
const encrypted = (name: string) => {
  const { encrypted: bytes, key } = encryptWeights(modelBytes(name));
  return { ...blob(bytes), decryptionKey: key as string };
};
const request = (over: Partial<ScoreRequest> = {}): ScoreRequest => {
  const data = blob(dataBytes('hello'));
  return {
    dataUrl: data.url,
    dataChecksum: data.checksum,
    dataSize: data.size,
    modelManifests: [{ ...blob(modelBytes('small-a')), decryptionKey: undefined }],
    targetEmbedding: Float32Array.from(cases.target_embedding),
    seed: BigInt(cases.seed),
    ...over,
  };
};

beforeAll(async () => {
  blobs = await startBlobServer();
  service = await serveScoring({
    config: 'small',
    device: 'cpu',
    port: 0,
    cacheDir: join(folder.path, 'cache'),
    urlPolicy: { allowPrivate: true },
  });
  transport = createNodeTransport({ url: service.url });
});
afterAll(async () => {
  await transport.close();
  await service.drain();
  await blobs.stop();
  folder.remove();
});

describe('the scoring service', () => {
  it('answers health with one byte', async () => {
    expect(HealthResponse.decode(await call('Health', new Uint8Array(0)))).toEqual({ ok: true });
  });

  it('scores encrypted weights that it fetches, as the reference does, and asks for nothing twice', async () => {
    const manifests = cases.models.map(encrypted);
    const asked = request({ modelManifests: manifests });
    const first = await score(asked);
    expect(first.winner).toBe(BigInt(cases.score.winner));
    expect(Math.abs(first.lossScore[0]! - cases.score.loss_score[0]!)).toBeLessThan(1e-4);
    expect(Math.abs(first.distance[0]! - cases.score.distance[0]!)).toBeLessThan(1e-6);
    const again = await score(asked);
    expect(again).toEqual(first);
    for (const { url } of manifests) expect(blobs.hits(new URL(url).pathname)).toBe(1);
    // Only decrypted copies are kept.
    expect(cached().filter((name) => manifests.some(({ checksum }) => checksum === name))).toEqual([]);
  });

  const wrongBase58 = '0OIl';
  const refusals: [string, () => Partial<ScoreRequest>, string, string | RegExp][] = [
    ['no models', () => ({ modelManifests: [] }), 'InvalidArgument', 'At least one model manifest is required'],
    [
      'no target',
      () => ({ targetEmbedding: new Float32Array(0) }),
      'InvalidArgument',
      'Target embedding must not be empty',
    ],
    [
      'a target of another length',
      () => ({ targetEmbedding: new Float32Array(15) }),
      'InvalidArgument',
      'Target embedding must have 16 values, got 15',
    ],
    ['a relative data URL', () => ({ dataUrl: 'd.bin' }), 'Internal', 'relative URL without a base'],
    [
      'a checksum that is no Base58',
      () => ({ dataChecksum: wrongBase58 }),
      'InvalidArgument',
      /^Invalid base58 checksum/,
    ],
    [
      'a checksum of other length',
      () => ({ dataChecksum: '2g' }),
      'InvalidArgument',
      'Checksum must be 32 bytes, got 1',
    ],
    [
      'a key of other length',
      () => ({ modelManifests: [{ ...blob(modelBytes('small-a')), decryptionKey: '2g' }] }),
      'InvalidArgument',
      'Decryption key must be Base58 of 32 bytes',
    ],
    ['a file URL', () => ({ dataUrl: 'file:///etc/passwd' }), 'InvalidArgument', /may not be fetched/],
    ['data that is too large', () => ({ dataSize: 1_048_577n }), 'InvalidArgument', /1048576/],
    [
      'a missing blob',
      () => ({ dataUrl: `${blobs.url}/none`, dataChecksum: commitment(new Uint8Array([7])) as string, dataSize: 1n }),
      'Internal',
      'Runtime competition error: Blob error: HTTP 404 from URL',
    ],
  ];
  it.each(refusals)('refuses %s', async (_, over, code, text) => {
    const error = await score(request(over())).catch((error: unknown) => error);
    expect((error as { rawMessage: string }).rawMessage).toMatch(typeof text === 'string' ? text : text);
    expect(String(error).toLowerCase()).toContain(code === 'Internal' ? '[internal]' : '[invalid_argument]');
  });

  it('refuses empty data in the words of the reference', async () => {
    const empty = blob(new Uint8Array(0));
    await expect(score(request({ dataUrl: empty.url, dataChecksum: empty.checksum, dataSize: 0n }))).rejects.toThrow(
      'Runtime competition error: Model error: "Empty data: data loader produced no batches"',
    );
  });

  it.each([
    [
      'a wrong checksum',
      { checksum: commitment(new Uint8Array([1])) as string },
      /checksum mismatch: expected \w+, computed \w+/,
    ],
    ['a size that is too small', { size: 56_303n }, /size mismatch: expected 56303 bytes/],
    ['a size that is too large', { size: 56_305n }, /size mismatch: expected 56305 bytes, got 56304 bytes/],
  ])('refuses weights with %s, and keeps nothing', async (_, over, text) => {
    const before = cached();
    const bytes = modelBytes('small-b');
    bytes[bytes.length - 1] = made;
    const manifest = { ...blob(bytes), decryptionKey: undefined, ...over };
    await expect(score(request({ modelManifests: [manifest] }))).rejects.toThrow(text);
    expect(
      cached()
        .filter((name) => !before.includes(name))
        .filter((name) => name.startsWith(manifest.checksum)),
    ).toEqual([]);
  });

  it('takes the noise behind a wrong key for no model, keeps nothing, and then takes the right key', async () => {
    const manifest = encrypted('small-c');
    const wrong = encrypted('small-c').decryptionKey;
    const before = cached();
    await expect(score(request({ modelManifests: [{ ...manifest, decryptionKey: wrong }] }))).rejects.toThrow(
      'SafeTensor store error',
    );
    expect(cached().filter((name) => !before.includes(name) && name.startsWith(manifest.checksum))).toEqual([]);
    await expect(score(request({ modelManifests: [manifest] }))).resolves.toHaveProperty('winner', 0n);
  });

  it.each(brokenWeights('small-a'))('refuses weights with %s, keeps nothing and stays alive', async (_, bytes) => {
    const manifest = { ...blob(bytes), decryptionKey: undefined };
    await expect(score(request({ modelManifests: [manifest] }))).rejects.toThrow('SafeTensor store error');
    expect(cached().filter((name) => name.startsWith(manifest.checksum))).toEqual([]);
  });

  it('gives up an endless body at the size that was agreed', async () => {
    const url = blobs.put('/endless', (_request, response) => {
      response.writeHead(200);
      const more = () => {
        while (!response.destroyed && response.write(new Uint8Array(65_536))) {
          // until the buffer is full
        }
      };
      response.on('drain', more);
      more();
    });
    const digest = commitment(new Uint8Array([9])) as string;
    await expect(score(request({ dataUrl: url, dataChecksum: digest, dataSize: 1000n }))).rejects.toThrow(
      /size mismatch/,
    );
  });

  it('says so when nobody answers', async () => {
    const gone = await startBlobServer();
    await gone.stop();
    const digest = commitment(new Uint8Array([9])) as string;
    await expect(score(request({ dataUrl: `${gone.url}/x`, dataChecksum: digest, dataSize: 1n }))).rejects.toThrow(
      /Blob error: Failed to send request/,
    );
  });

  it('gives up a server that never answers when its time is over, and is free again', async () => {
    const impatient = await serveScoring({
      config: 'small',
      device: 'cpu',
      port: 0,
      cacheDir: join(folder.path, 'impatient'),
      urlPolicy: { allowPrivate: true },
      requestTimeoutMs: 200,
      limits: { maxWeightBytes: 60_000, maxModels: 2 },
    });
    const to = createNodeTransport({ url: impatient.url });
    const send = (over: Partial<ScoreRequest>) =>
      to.rawUnary({ path: '/scoring.Scoring/Score', body: ScoreRequest.encode(request(over)) });
    const url = blobs.put('/silent', () => {});
    await expect(send({ dataUrl: url })).rejects.toThrow(/deadline_exceeded/);
    const model = request().modelManifests[0]!;
    await expect(send({ modelManifests: [{ ...model, size: 60_001n }] })).rejects.toThrow(/60000/);
    await expect(send({ modelManifests: [model, model, model] })).rejects.toThrow(
      /models: 3 is more than the limit of 2/,
    );
    const text = await fetch(`${impatient.url}/metrics`).then((answer) => answer.text());
    expect(text).toMatch(/somakit_scoring_in_flight 0/);
    expect(text).toMatch(/somakit_scoring_calls_total\{method="Score",code="DEADLINE_EXCEEDED"\} 1/);
    await to.close();
    await impatient.drain();
  });

  it('gives up a server that redirects without end', async () => {
    const url = blobs.put('/round', (_request, response) => {
      response.writeHead(302, { location: '/round' }).end();
    });
    const digest = commitment(new Uint8Array([9])) as string;
    await expect(score(request({ dataUrl: url, dataChecksum: digest, dataSize: 1n }))).rejects.toThrow(
      /Blob error: Failed to send request/,
    );
    expect(blobs.hits('/round')).toBeLessThanOrEqual(25);
    await expect(score(request())).resolves.toHaveProperty('winner', 0n);
  });

  it('answers bytes that are no request with INTERNAL', async () => {
    await expect(call('Score', new Uint8Array([255, 255]))).rejects.toThrow('cannot read the request');
  });

  it('shows health, readiness and metrics over HTTP', async () => {
    await expect(fetch(`${service.url}/healthz`).then((answer) => answer.text())).resolves.toBe('ok\n');
    await expect(fetch(`${service.url}/readyz`).then((answer) => answer.status)).resolves.toBe(200);
    const text = await fetch(`${service.url}/metrics`).then((answer) => answer.text());
    expect(text).toMatch(/somakit_scoring_calls_total\{method="Score",code="OK"\} \d/);
    expect(text).toMatch(/somakit_scoring_sequences_total [1-9]/);
  });
});

describe('a scoring service for the public', () => {
  it('does not fetch from loopback, nor follow a redirect to it', async () => {
    const guarded = await serveScoring({
      config: 'small',
      device: 'cpu',
      port: 0,
      cacheDir: join(folder.path, 'guarded'),
    });
    const to = createNodeTransport({ url: guarded.url });
    const refused = (over: Partial<ScoreRequest>) =>
      to.rawUnary({ path: '/scoring.Scoring/Score', body: ScoreRequest.encode(request(over)) });
    await expect(refused({})).rejects.toThrow('the address is not public');
    const port = new URL(blobs.url).port;
    await expect(refused({ dataUrl: `http://localhost:${port}/b0` })).rejects.toThrow(/public address|not public/);
    for (const host of ['10.0.0.1', '169.254.169.254', '[::1]', '[::ffff:127.0.0.1]', '0x7f.1', '2130706433']) {
      await expect(refused({ dataUrl: `http://${host}/x` })).rejects.toThrow('the address is not public');
    }
    await to.close();
    await guarded.drain();
  });

  it.each([
    ['loopback', (port: string) => `http://127.0.0.1:${port}/secret`],
    ['a name that leads to loopback', (port: string) => `http://localhost:${port}/secret`],
    ['loopback of the newer kind', (port: string) => `http://[::1]:${port}/secret`],
    ['a number that is loopback', (port: string) => `http://2130706433:${port}/secret`],
    ['the metadata of a cloud', () => 'http://169.254.169.254/latest/meta-data'],
    ['a file', () => 'file:///etc/passwd'],
  ])('goes along with a redirect to %s no further, keeps nothing and stays alive', async (_, place) => {
    const port = new URL(blobs.url).port;
    const secret = dataBytes('hello');
    blobs.put('/secret', secret);
    blobs.put('/way', (_request, response) => {
      response.writeHead(302, { location: place(port) }).end();
    });
    const cacheDir = join(folder.path, 'redirected');
    // The one public server of this test; everything else goes through the guard, sockets and look-ups and all.
    const guard = guardedFetch({});
    const open = guardedFetch({ allowPrivate: true });
    const served = await serveScoring({
      config: 'small',
      device: 'cpu',
      port: 0,
      cacheDir,
      fetch: (url, init) => (url === 'http://public.example/way' ? open(`${blobs.url}/way`, init) : guard(url, init)),
    });
    const to = createNodeTransport({ url: served.url });
    const before = blobs.hits('/secret');
    const asked = request({ dataUrl: 'http://public.example/way', modelManifests: [] });
    const model = { ...blob(modelBytes('small-a')), url: 'http://public.example/way', decryptionKey: undefined };
    const body = ScoreRequest.encode({ ...asked, modelManifests: [model] });
    await expect(to.rawUnary({ path: '/scoring.Scoring/Score', body })).rejects.toThrow(
      /may not be fetched|does not lead to an http/,
    );
    expect(blobs.hits('/secret')).toBe(before);
    const kept = ['data', 'weights'].flatMap((kind) => readdirSync(join(cacheDir, kind)));
    expect(kept).toEqual([]);
    const health = await to.rawUnary({ path: '/scoring.Scoring/Health', body: new Uint8Array(0) });
    expect(HealthResponse.decode(health.body)).toEqual({ ok: true });
    await to.close();
    await served.drain();
  });

  it('answers busy when its queue is full, and drains what it has', async () => {
    const small = await serveScoring({
      config: 'small',
      device: 'cpu',
      port: 0,
      cacheDir: join(folder.path, 'busy'),
      urlPolicy: { allowPrivate: true },
      maxRequests: 1,
    });
    const to = createNodeTransport({ url: small.url });
    let release: (() => void) | undefined;
    const asked = new Promise<void>((resolve) => {
      blobs.put('/slow', (_request, response) => {
        release = () => response.writeHead(200).end(dataBytes('hello'));
        resolve();
      });
    });
    const slow = { dataUrl: `${blobs.url}/slow` };
    const send = (over: Partial<ScoreRequest>) =>
      to.rawUnary({ path: '/scoring.Scoring/Score', body: ScoreRequest.encode(request(over)) });
    const first = send(slow);
    await asked;
    await expect(send({})).rejects.toThrow(/busy/);
    const text = await fetch(`${small.url}/metrics`).then((answer) => answer.text());
    expect(text).toMatch(/calls_total\{method="Score",code="RESOURCE_EXHAUSTED"\} 1/);
    expect(text).toMatch(/somakit_scoring_in_flight 1/);
    const drained = small.drain();
    // Nobody is to send more.
    const ready = await fetch(`${small.url}/readyz`).then(
      ({ status }) => status,
      () => 'refused',
    );
    expect([503, 'refused']).toContain(ready);
    release?.();
    await expect(first.then(({ body }) => ScoreResponse.decode(body).winner)).resolves.toBe(0n);
    await drained;
    await to.close();
  });
});
