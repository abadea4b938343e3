import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { type AddressInfo, createServer as createSocketServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { commitment } from '@somakit/crypto';
import { createScorer } from '@somakit/scoring';
import { createLocalQueue, createRedisQueue, type ScoreJob, type ScoreQueue } from '@somakit/scoring/queue';
import { findPart } from '@somakit/vitest-config/parts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const redis = findPart('redis');
const JOBS = 1000;
// Eight bytes a sequence: the queue is what is tested here.
const config = { embeddingDim: 4, pwffHiddenDim: 8, numLayers: 2, numHeads: 2, seqLen: 8, batchSize: 2 };
const folder = mkdtempSync(join(tmpdir(), 'somakit-queue-'));
const vectors = dirname(fileURLToPath(import.meta.resolve('@somakit/vectors/package.json')));
const weights = new Uint8Array(readFileSync(join(vectors, 'data', 'scoring', 'tiny-42.safetensors')));
const app = fileURLToPath(new URL('..', import.meta.url));
const main = join(app, 'src', 'main.ts');

const blobs = new Map<string, Uint8Array>([['/weights', weights]]);
const web = createServer((request, response) => {
  const blob = blobs.get(request.url ?? '');
  response.writeHead(blob === undefined ? 404 : 200).end(blob);
});
let base: string;
const jobOf = (i: number, path = `/data/${i}`): ScoreJob => {
  const data = new TextEncoder().encode(`item ${i}`);
  blobs.set(`/data/${i}`, data);
  return {
    data: { url: `${base}${path}`, checksum: commitment(data), size: BigInt(data.length) },
    models: [{ url: `${base}/weights`, checksum: commitment(weights), size: BigInt(weights.length) }],
    targetEmbedding: [1, 2, 3, 4],
  };
};

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createSocketServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });

interface Running {
  readonly child: ChildProcess;
  readonly ready: Promise<void>;
  readonly ended: Promise<number | NodeJS.Signals | null>;
  readonly done: string[];
}

const start = (command: string, args: readonly string[], readyText: string): Running => {
  const child = spawn(command, args, { cwd: app, stdio: ['ignore', 'pipe', 'inherit'] });
  const done: string[] = [];
  const ended = new Promise<number | NodeJS.Signals | null>((resolve) =>
    child.on('exit', (code, signal) => resolve(code ?? signal)),
  );
  const ready = new Promise<void>((resolve, reject) => {
    createInterface({ input: child.stdout! }).on('line', (line) => {
      if (line.includes(readyText)) resolve();
      if (line.includes('"job done"')) done.push(JSON.parse(line).job as string);
    });
    ended.then((status) => reject(new Error(`${command} ended with ${status}`)));
  });
  return { child, ready, ended, done };
};

beforeAll(async () => {
  await new Promise<void>((resolve) => web.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${(web.address() as AddressInfo).port}`;
});
afterAll(() => {
  web.close();
  web.closeAllConnections();
  rmSync(folder, { recursive: true, force: true });
});

describe('the queue of one process', () => {
  it('gives results, knows equal content, keeps dead letters and tries them anew', async () => {
    const scorer = await createScorer({
      config,
      device: 'cpu',
      cacheDir: join(folder, 'local'),
      urlPolicy: { allowPrivate: true },
    });
    const queue = createLocalQueue({ scorer });
    const id = await queue.submit(jobOf(1));
    const result = await queue.result(id);
    expect(result.winner).toBe(0);
    expect(result.provenance).toMatchObject({ models: [commitment(weights)], device: 'cpu', worker: 'local' });
    expect(await queue.submit(jobOf(1))).toBe(id);
    const bad = await queue.submit(jobOf(-1, '/nowhere'));
    await expect(queue.result(bad)).rejects.toMatchObject({ code: 'JOB_FAILED' });
    expect(await queue.deadLetters()).toMatchObject([{ id: bad }]);
    // The address is no part of the content.
    expect(await queue.submit(jobOf(-1))).toBe(bad);
    await expect(queue.result(bad)).resolves.toHaveProperty('winner', 0);
    expect(await queue.counts()).toEqual({ waiting: 0, active: 0, done: 2, failed: 0 });
    await expect(queue.result('none')).rejects.toMatchObject({ code: 'JOB_NOT_FOUND' });
    // Two hundred sequences, so that it is seen while it runs.
    const bytes = new Uint8Array(1600).fill(7);
    blobs.set('/data/long', bytes);
    const { data: _short, ...rest } = jobOf(2);
    const data = { url: `${base}/data/long`, checksum: commitment(bytes), size: BigInt(bytes.length) };
    const long = await queue.submit({ ...rest, data });
    await expect
      .poll(async () => (await queue.state(long)).progress?.total, { timeout: 20_000, interval: 1 })
      .toBe(200);
    await expect(queue.result(long)).resolves.toHaveProperty('winner', 0);
    expect(await queue.state(long)).toEqual({ state: 'done' });
    await queue.close();
    await scorer.close();
  });
});

describe.skipIf(redis === undefined)('the queue in Redis', () => {
  let server: Running;
  let queue: ScoreQueue;
  let url: string;
  const workers: Running[] = [];

  beforeAll(async () => {
    const port = await freePort();
    url = `redis://127.0.0.1:${port}`;
    const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--dir', folder];
    server = start(redis ?? '', args, 'Ready to accept connections');
    await server.ready;
    queue = await createRedisQueue({ url, backoffMs: 50 });
  });
  afterAll(async () => {
    await queue?.close();
    for (const { child, ended } of workers) {
      child.kill('SIGKILL');
      await ended;
    }
    server.child.kill();
    await server.ended;
  });

  const startWorker = (name: string): Running => {
    const options = ['--queue', url, '--no-serve', '--allow-private', '--lock-time', '2', '--device', 'cpu'];
    const place = ['--config', JSON.stringify(config), '--cache-dir', join(folder, name)];
    const node = ['--conditions=somakit-source', '--import', 'tsx', main];
    const worker = start(process.execPath, [...node, ...options, ...place], 'working for the queue');
    workers.push(worker);
    return worker;
  };

  it('loses no job and stores every result once when one of three workers is killed', async () => {
    const ids = await Promise.all(Array.from({ length: JOBS }, (_, i) => queue.submit(jobOf(i))));
    expect(new Set(ids).size).toBe(JOBS);
    // The same content again adds nothing.
    await queue.submit(jobOf(0));
    expect((await queue.counts()).waiting).toBe(JOBS);

    const [victim, ...others] = ['one', 'two', 'three'].map(startWorker);
    await Promise.all(workers.map(({ ready }) => ready));
    await expect.poll(() => victim!.done.length, { timeout: 60_000, interval: 20 }).toBeGreaterThan(20);
    victim!.child.kill('SIGKILL');
    expect(await victim!.ended).toBe('SIGKILL');

    const results = await Promise.all(ids.map((id) => queue.result(id, { timeoutMs: 100_000 })));
    expect(await queue.counts()).toEqual({ waiting: 0, active: 0, done: JOBS, failed: 0 });
    expect(await queue.deadLetters()).toEqual([]);
    const by = new Set(results.map(({ provenance }) => provenance.worker));
    expect(by.size).toBeGreaterThanOrEqual(2);
    // A worker may have died between its last result and its log line, never the other way round.
    const logged = [...victim!.done, ...others.flatMap(({ done }) => done)];
    expect(new Set(logged).size).toBeGreaterThanOrEqual(JOBS - 2);
    expect(
      results.every(({ distance, provenance }) => Number.isFinite(distance[0]) && provenance.durationMs >= 0),
    ).toBe(true);
  }, 180_000);

  it('keeps dead letters, and stops in order when it is told to', async () => {
    const id = await queue.submit(jobOf(JOBS + 1, '/nowhere'));
    await expect(queue.result(id, { timeoutMs: 30_000 })).rejects.toMatchObject({ code: 'JOB_FAILED' });
    expect(await queue.deadLetters()).toMatchObject([{ id, attempts: 1 }]);
    expect(await queue.state(id)).toMatchObject({ state: 'failed' });
    expect(await queue.submit(jobOf(JOBS + 1))).toBe(id);
    await expect(queue.result(id, { timeoutMs: 30_000 })).resolves.toHaveProperty('winner', 0);
    const alive = workers.slice(1);
    for (const { child } of alive) child.kill('SIGTERM');
    for (const { ended } of alive) expect(await ended).toBe(0);
  }, 60_000);
});
