import { homedir, totalmem } from 'node:os';
import { join } from 'node:path';
import { invalidArgument, SomaKitError, withDeadline } from '@somakit/core';
import { resolveConfig } from '../core/config.js';
import { createBlobCache } from './blobs/blob-cache.js';
import { guardedFetch } from './blobs/url-policy.js';
import type { Engine } from './engine/engine.js';
import { createLocalEngine, type EngineOptions } from './engine/local-engine.js';
import { createSessionPool } from './engine/session-pool.js';
import { createWorkerEngine } from './engine/worker-engine.js';
import { findEngineWorker } from './engine/worker-program.js';
import { createGate } from './gate.js';
import { checkSeed, checkTarget, targetResult } from './score-checks.js';
import { scoreStream } from './score-many.js';
import { type ScorerParts, scoreModels } from './score-models.js';
import { scoreUnion } from './score-targets.js';
import { runScreen } from './screen.js';
import { checkModels, type DataSource, type SourceLimits } from './sources.js';
import type { CallOptions, Scorer, ScorerOptions } from './types.js';

const DEFAULT_LIMITS: SourceLimits = { maxDataBytes: 1_048_576, maxWeightBytes: 16 * 2 ** 30, maxModels: 64 };

const checkOptions = ({ device = 'auto', threads, engineThread = 'auto' }: ScorerOptions): void => {
  if (!['auto', 'cpu', 'cuda', 'webgpu'].includes(device))
    throw invalidArgument('device', 'auto, cpu, cuda or webgpu', device);
  if (threads !== undefined && !(Number.isInteger(threads) && threads >= 1))
    throw invalidArgument('threads', 'an integer of 1 or more', threads);
  if (!['auto', 'worker', 'caller'].includes(engineThread))
    throw invalidArgument('engineThread', 'auto, worker or caller', engineThread);
};

const startEngine = async (
  { engineThread = 'auto', engineWorkerUrl, onEvent }: ScorerOptions,
  engineOptions: EngineOptions,
): Promise<Engine> => {
  const program = engineThread === 'caller' ? undefined : findEngineWorker(engineWorkerUrl);
  if (program !== undefined) {
    const onCrash = () => onEvent?.({ kind: 'engine', event: 'crashed' });
    return createWorkerEngine({ ...engineOptions, program, onCrash });
  }
  if (engineThread === 'worker') {
    throw new SomaKitError('ENGINE_WORKER_MISSING', "The engine's program is not beside this one.", {
      context: { url: new URL('./engine-worker.js', import.meta.url).href },
      hint: 'Bundlers must put @somakit/scoring/engine-worker there, or name its place in engineWorkerUrl.',
    });
  }
  return createLocalEngine(engineOptions);
};

/** Counts what runs, and lets nothing begin once it is closed. */
const createCalls = () => {
  let closed = false;
  let running = 0;
  let idle: (() => void) | undefined;
  return {
    async run<T>(
      operation: string,
      { signal, timeoutMs }: CallOptions,
      task: (signal: AbortSignal) => Promise<T>,
    ): Promise<T> {
      if (closed) {
        throw new SomaKitError('SCORER_CLOSED', `The scorer has been closed; ${operation} needs an open one.`, {
          context: { operation },
        });
      }
      running += 1;
      try {
        return await withDeadline({ signal, timeoutMs, operation }, task);
      } finally {
        running -= 1;
        if (running === 0) idle?.();
      }
    },
    async close(): Promise<void> {
      closed = true;
      if (running === 0) return;
      await new Promise<void>((resolve) => {
        idle = resolve;
      });
    },
  };
};

/**
 * Opens a scorer: finds the device, and nothing else yet. Models are opened when they are first used and stay open within
 * the memory budget. Results are those of the reference with batches in order: an audit's, for seed 0.
 *
 * @throws ENGINE_MISSING, ENGINE_WORKER_MISSING, ENGINE_CRASHED, DEVICE_UNAVAILABLE, INVALID_ARGUMENT
 * @example
 * import { createScorer } from '@somakit/scoring';
 * const scorer = await createScorer({ config: 'small', device: 'cpu' });
 * const { winner, distance } = await scorer.score({
 *   data: new TextEncoder().encode('any bytes'),
 *   models: [{ path: 'a.safetensors' }, { path: 'b.safetensors' }],
 *   targetEmbedding: new Float32Array(16).fill(1),
 * });
 * console.log(winner, distance[0]);
 * await scorer.close();
 */
export const createScorer = async (options: ScorerOptions = {}): Promise<Scorer> => {
  const config = resolveConfig(options.config ?? 'v1');
  checkOptions(options);
  const { urlPolicy = {}, device = 'auto', threads, repack = 'auto', onEvent } = options;
  const limits: SourceLimits = { ...DEFAULT_LIMITS, ...options.limits };
  const engine = await startEngine(options, { config, device });
  const folder =
    options.cacheDir ?? join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'somakit', 'scoring');
  const cache = createBlobCache({
    folder,
    budgetBytes: options.cacheBudgetBytes ?? 200e9,
    fetch: options.fetch ?? guardedFetch(urlPolicy),
    onEvent: (event) => onEvent?.({ kind: 'cache', event }),
  });
  const pool = createSessionPool({
    engine,
    config,
    threads,
    repack,
    budgetBytes: options.memoryBudgetBytes ?? totalmem() / 2,
    screenFolder: join(folder, 'screen'),
    onEvent: (event, ms) => onEvent?.({ kind: 'session', event, ms }),
  });
  // The engine uses all cores for one model.
  const gate = createGate(1);
  const parts: ScorerParts = { config, context: { cache, config, limits }, urlPolicy, pool, gate, onEvent };
  const calls = createCalls();
  let closing: Promise<void> | undefined;

  const scorer: Scorer = {
    config,
    device: engine.device,
    engine: `onnxruntime-node ${engine.version}`.trim(),
    engineThread: engine.thread,
    score: (parameters) =>
      calls.run('score', parameters, async (signal) => {
        const { data, models, seed = 0n, onProgress } = parameters;
        const job = { data, models, seed: checkSeed(seed), withLoss: true, onProgress };
        checkModels(models, limits, urlPolicy);
        const target = checkTarget('targetEmbedding', parameters.targetEmbedding, config.embeddingDim);
        return targetResult(await scoreModels(job, parts, signal), target);
      }),
    scoreTargets: (parameters) =>
      calls.run('scoreTargets', parameters, (signal) => scoreUnion(parameters, parts, signal)),
    screen: (candidates, targets, screening = {}) =>
      calls.run('screen', { signal: screening.signal }, async (signal) => {
        const { seed, int8 = true, tail = 64 } = screening;
        const score = (data: DataSource, approximate: boolean) =>
          scoreUnion({ data, targets, seed }, parts, signal, approximate ? { int8, tail } : undefined);
        return runScreen(candidates, screening, score, signal);
      }),
    scoreMany: (items, many = {}) => scoreStream(items, many, scorer.score),
    embed: (parameters) =>
      calls.run('embed', parameters, async (signal) => {
        const job = { data: parameters.data, models: [parameters.model], seed: 0n, withLoss: false };
        const [score] = await scoreModels(job, parts, signal);
        return score!.embedding;
      }),
    stats: () => ({ openModels: pool.count, openModelBytes: pool.bytes, waiting: gate.waiting }),
    close() {
      closing ??= calls.close().then(async () => {
        await pool.close();
        await engine.close();
      });
      return closing;
    },
  };
  return scorer;
};
