import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { createScorer, type ScorerEvent, serveScoring } from '../../src/index.js';
import { configOf } from '../vectors.js';
import { dataBytes, modelPath, temporaryFolder } from './files.js';

const folder = temporaryFolder();
const config = configOf('small', 32, 4);
const options = { config, device: 'cpu', cacheDir: folder.path } as const;
const item = (data = dataBytes('rand129')) => ({
  data,
  models: ['small-a', 'small-b'].map((name) => ({ path: modelPath(name) })),
  targetEmbedding: Float32Array.from({ length: 16 }, (_, i) => Math.cos(i)),
});
// One sequence of this takes as long as many health checks.
const long = { ...options, config: configOf('small', 4096, 1) };
const longItem = () => ({
  ...item(Uint8Array.from({ length: 4096 }, (_, i) => i * 7)),
  models: [{ path: modelPath('small-a') }],
});

afterAll(() => folder.remove());

describe('the engine in a thread of its own', () => {
  it('gives the very numbers that it gives in the calling thread', async () => {
    const own = await createScorer({ ...options, engineThread: 'worker' });
    const caller = await createScorer({ ...options, engineThread: 'caller' });
    expect([own.engineThread, caller.engineThread]).toEqual(['worker', 'caller']);
    expect(await own.score(item())).toEqual(await caller.score(item()));
    // The engine's library would report its use.
    expect(process.env.ORT_DISABLE_TELEMETRY).toBe('1');
    const targets = [{ ...item(), targetEmbedding: item().targetEmbedding }];
    const candidates = Array.from({ length: 4 }, (_, i) => new Uint8Array(9 + i).fill(i));
    const { speedUp: _own, ...error } = (await own.screen(candidates, targets, { keep: 1 })).error;
    const { speedUp: _caller, ...same } = (await caller.screen(candidates, targets, { keep: 1 })).error;
    expect(error).toEqual(same);
    await own.close();
    await caller.close();
  });

  it('lets the service answer health while one sequence is computed', async () => {
    const service = await serveScoring({ ...long, port: 0 });
    const { scorer } = service;
    let scoring = true;
    const scored = scorer.score(longItem()).finally(() => {
      scoring = false;
    });
    let answered = 0;
    while (scoring) {
      expect((await fetch(`${service.url}/healthz`)).status).toBe(200);
      if (scoring) answered += 1;
    }
    await scored;
    // In the calling thread it is one between two steps of the engine: four here.
    expect(answered).toBeGreaterThan(10);
    await service.drain();
  }, 60_000);

  it('settles at once when it is told to stop in the middle of a sequence, and then works on', async () => {
    const scorer = await createScorer(long);
    const expected = await scorer.score(longItem());
    const controller = new AbortController();
    let done = 0;
    const stopped = scorer.score({ ...longItem(), signal: controller.signal, onProgress: () => (done += 1) });
    await expect.poll(() => scorer.stats().openModels).toBe(1);
    controller.abort();
    await expect(stopped).rejects.toMatchObject({ code: 'ABORTED' });
    expect(done).toBe(0);
    expect(await scorer.score(longItem())).toEqual(expected);
    await scorer.close();
  }, 60_000);

  it('says so when its thread ends, to all who wait, and starts another one', async () => {
    const events: ScorerEvent[] = [];
    const scorer = await createScorer({
      ...options,
      engineWorkerUrl: new URL('./crashing-engine.ts', import.meta.url),
      onEvent: (event) => events.push(event),
    });
    const expected = await scorer.score(item());
    const failing = scorer.score(item(Uint8Array.of(0xde)));
    await expect(failing).rejects.toMatchObject({ code: 'ENGINE_CRASHED', retryable: true });
    expect(events.filter(({ kind }) => kind === 'engine')).toEqual([{ kind: 'engine', event: 'crashed' }]);
    // Several at once start one thread.
    const results = await Promise.all([scorer.score(item()), scorer.score(item())]);
    expect(results).toEqual([expected, expected]);
    await scorer.close();
    expect(events.filter(({ kind }) => kind === 'engine')).toHaveLength(1);
  });

  it('closes after a crash, and twice', async () => {
    const engineWorkerUrl = new URL('./crashing-engine.ts', import.meta.url);
    const scorer = await createScorer({ ...options, engineWorkerUrl });
    await expect(scorer.score(item(Uint8Array.of(0xde)))).rejects.toMatchObject({ code: 'ENGINE_CRASHED' });
    await Promise.all([scorer.close(), scorer.close()]);
    expect(scorer.stats().openModels).toBe(0);
  });

  it('lets a listener that fails end its own call, and nothing else', async () => {
    const scorer = await createScorer(options);
    const onProgress = () => {
      throw new TypeError('not mine');
    };
    await expect(scorer.score({ ...item(), onProgress })).rejects.toThrow('not mine');
    await expect(scorer.score(item())).resolves.toHaveProperty('winner');
    await scorer.close();
  });

  it('refuses a program that is not there, and a thread that nobody knows', async () => {
    const engineWorkerUrl = new URL('./nothing.js', import.meta.url);
    await expect(createScorer({ ...options, engineWorkerUrl })).rejects.toMatchObject({
      code: 'ENGINE_WORKER_MISSING',
    });
    await expect(createScorer({ ...options, engineThread: 'gpu' as 'worker' })).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
    });
  });

  it('sends the bytes of a view alone, not the memory behind it', async () => {
    const scorer = await createScorer(options);
    const memory = new Uint8Array(2 ** 20);
    memory.set(dataBytes('rand129'), 1000);
    expect(await scorer.score(item(memory.subarray(1000, 1129)))).toEqual(await scorer.score(item()));
    await scorer.close();
  });

  it.each([
    ['closes its scorer', 'await scorer.close();'],
    ['forgets to close it', ''],
    ['exits in the middle of a run', 'scorer.score(item); process.exit();'],
  ])(
    'lets a program end that %s',
    async (_, last) => {
      const source = fileURLToPath(new URL('../../src/node/scorer.ts', import.meta.url));
      const model = modelPath('small-a');
      const program = `
      import { createScorer } from ${JSON.stringify(source)};
      const scorer = await createScorer({ config: 'small', device: 'cpu', cacheDir: ${JSON.stringify(folder.path)} });
      const item = { data: new Uint8Array(9), models: [{ path: ${JSON.stringify(model)} }], targetEmbedding: new Float32Array(16).fill(1) };
      await scorer.score(item);
      ${last}`;
      const args = ['--conditions=somakit-source', '--import', 'tsx', '--input-type=module', '--eval', program];
      const child = spawn(process.execPath, args, {
        cwd: fileURLToPath(new URL('../..', import.meta.url)),
        stdio: ['ignore', 'inherit', 'inherit'],
      });
      const ended = await new Promise((resolve) => child.on('exit', (code, signal) => resolve(code ?? signal)));
      expect(ended).toBe(0);
    },
    60_000,
  );
});
