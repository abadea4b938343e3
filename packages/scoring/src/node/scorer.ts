import { homedir, totalmem } from 'node:os';
import { join } from 'node:path';
import { invalidArgument, SomaKitError, throwIfAborted, withDeadline } from '@somakit/core';
import type { Fetch } from '@somakit/core/http';
import type { Tensor } from 'onnxruntime-node';
import { type ConfigInput, type ResolvedConfig, resolveConfig } from '../core/config.js';
import { emptyData } from '../core/errors.js';
import { batchLoss, createRunningMean, crossEntropySum } from '../core/loss.js';
import { noiseSeed, unitDirections } from '../core/noise.js';
import { type BatchRange, batchesOf, sequenceAt } from '../core/sequences.js';
import { sigRegSum } from '../core/sig-reg.js';
import { cosineDistance, pickWinner } from '../core/winner.js';
import { createBlobCache } from './blobs/blob-cache.js';
import { guardedFetch, type UrlPolicy } from './blobs/url-policy.js';
import {
  directionsTensor,
  runSequence,
  type SequenceFeeds,
  type SequenceOutput,
  sequenceFeeds,
} from './engine/model-session.js';
import { chooseDevice, type Device, loadRuntime } from './engine/runtime.js';
import { createSessionPool } from './engine/session-pool.js';
import { createGate } from './gate.js';
import { runScreen, type ScreenOptions, type ScreenReport } from './screen.js';
import {
  type CheckedModel,
  checkData,
  checkModels,
  type DataSource,
  type ModelSource,
  openData,
  openModel,
  type ReadyModel,
  type SourceContext,
  type SourceLimits,
} from './sources.js';

/** How a scorer works. */
export interface ScorerOptions {
  /** Default `v1`. */
  readonly config?: ConfigInput | undefined;
  /** Default `auto`: CUDA where it works, the CPU otherwise. */
  readonly device?: Device | undefined;
  /** Where fetched and decrypted blobs are kept. Default `~/.cache/somakit/scoring`. */
  readonly cacheDir?: string | undefined;
  /** Most bytes in `cacheDir`; what was used longest ago goes first. Default 200 GB. */
  readonly cacheBudgetBytes?: number | undefined;
  /** Most bytes of memory for models that stay open. Default half of the machine's. */
  readonly memoryBudgetBytes?: number | undefined;
  /** Threads of the engine. Default: its own choice, one for each core. */
  readonly threads?: number | undefined;
  /**
   * Whether the engine copies the weights into memory in its own layout. `auto`: for models up to 256 MiB, and for larger ones
   * once six sequences are to be scored and the memory budget allows it; before that they stay in the mapped file.
   */
  readonly repack?: boolean | 'auto' | undefined;
  readonly urlPolicy?: UrlPolicy | undefined;
  readonly limits?: Partial<SourceLimits> | undefined;
  /** In the place of the guarded fetch: then `urlPolicy` sees the first URL only. */
  readonly fetch?: Fetch | undefined;
  /** Hears of what happens, for metrics. Must not throw. */
  readonly onEvent?: ((event: ScorerEvent) => void) | undefined;
}

/** What a scorer tells. */
export type ScorerEvent =
  | { readonly kind: 'cache'; readonly event: 'hit' | 'miss' | 'evicted' }
  | { readonly kind: 'session'; readonly event: 'opened' | 'closed'; readonly ms: number }
  | { readonly kind: 'model'; readonly ms: number; readonly sequences: number };

interface CallOptions {
  readonly signal?: AbortSignal | undefined;
  readonly timeoutMs?: number | undefined;
}

/** How far a call is. */
export interface ScoreProgress {
  /** Sequences times models that are done. */
  readonly done: number;
  readonly total: number;
}

/** One item to be scored. */
export interface ScoreParameters extends CallOptions {
  readonly data: DataSource;
  readonly models: readonly ModelSource[];
  /** D values. */
  readonly targetEmbedding: Float32Array | readonly number[];
  /** Seed of the noise. Default 0, the only one that counts for what is submitted. */
  readonly seed?: bigint | undefined;
  readonly onProgress?: ((progress: ScoreProgress) => void) | undefined;
}

/** What one model makes of the data. */
export interface ModelScore {
  readonly loss: number;
  readonly embedding: Float32Array;
  /** Checksum of the weights (of encrypted ones as served); undefined for a local file without one. */
  readonly checksum: string | undefined;
}

/** The winner's values, as the network takes them, and those of all models. */
export interface ScoreResult {
  /** Index into `models` of the request. */
  readonly winner: number;
  /** One value. */
  readonly lossScore: Float32Array;
  /** D values. */
  readonly embedding: Float32Array;
  /** One value: cosine distance of the embedding to the target. */
  readonly distance: Float32Array;
  readonly models: readonly ModelScore[];
}

/** One target of several that the same data is scored for. */
export interface ScoreTarget {
  readonly targetEmbedding: Float32Array | readonly number[];
  /** In the target's order, which decides between equal losses. */
  readonly models: readonly ModelSource[];
}

/** Parameters of `scoreTargets`. */
export interface ScoreTargetsParameters extends CallOptions {
  readonly data: DataSource;
  readonly targets: readonly ScoreTarget[];
  readonly seed?: bigint | undefined;
  readonly onProgress?: ((progress: ScoreProgress) => void) | undefined;
}

/** Parameters of `embed`. */
export interface EmbedParameters extends CallOptions {
  readonly data: DataSource;
  readonly model: ModelSource;
}

/** An outcome of `scoreMany`: the item's place in the stream, and its result or its error. */
export type ScoreOutcome<I> =
  | { readonly index: number; readonly item: I; readonly status: 'scored'; readonly result: ScoreResult }
  | { readonly index: number; readonly item: I; readonly status: 'failed'; readonly error: unknown };

/** How `scoreMany` goes through its items. */
export interface ScoreManyOptions extends CallOptions {
  /** Items in work at once: the next are fetched while one is computed. Default 2. */
  readonly concurrency?: number | undefined;
  /** Default true: outcomes come in the order of the items. False: as they are ready. */
  readonly ordered?: boolean | undefined;
}

/** Scores data. Made by {@link createScorer}. */
export interface Scorer {
  readonly config: ResolvedConfig;
  readonly device: Exclude<Device, 'auto'>;
  /** Engine and version, for provenance. */
  readonly engine: string;
  /**
   * Loss and embedding of every model, and the winner with its distance to the target.
   *
   * @throws INVALID_ARGUMENT, EMPTY_DATA, LIMIT_EXCEEDED, URL_REFUSED, CONTENT_MISMATCH, INVALID_WEIGHTS, ENGINE_FAILED, ABORTED,
   * TIMEOUT, SCORER_CLOSED; the errors of `download` and `decryptFile`.
   */
  score(parameters: ScoreParameters): Promise<ScoreResult>;
  /**
   * One result for each target, from one pass: every model of any target is run once. Each target gets the winner among its
   * own models, so that every result stands an audit. (A result for one list of models serves another target only if
   * its winner also has the smallest loss among that target's models.)
   */
  scoreTargets(parameters: ScoreTargetsParameters): Promise<readonly ScoreResult[]>;
  /** Scores a stream of items and reads no further ahead than `concurrency`. A failed item does not end the stream. */
  scoreMany<I extends ScoreParameters>(
    items: Iterable<I> | AsyncIterable<I>,
    options?: ScoreManyOptions,
  ): AsyncGenerator<ScoreOutcome<I>, void, undefined>;
  /**
   * Ranks candidates with weights in 8 bits, which takes a third of the time for large models, and scores exactly only those
   * that are promising. The approximation never leaves this call: its error is measured on a sample of these candidates with
   * these models first, shown, and allowed for. Weights that are not f32 are screened with the exact model.
   */
  screen(
    candidates: Iterable<DataSource>,
    targets: readonly ScoreTarget[],
    options?: ScreenOptions,
  ): Promise<ScreenReport>;
  /** The embedding that one model gives the data: the D values of `score`, without loss. */
  embed(parameters: EmbedParameters): Promise<Float32Array>;
  /** Memory and files in use. */
  stats(): { readonly openModels: number; readonly openModelBytes: number; readonly waiting: number };
  /** Lets what runs end, then closes all models. */
  close(): Promise<void>;
}

const DEFAULT_LIMITS: SourceLimits = { maxDataBytes: 1_048_576, maxWeightBytes: 16 * 2 ** 30, maxModels: 64 };
const U64_END = 2n ** 64n;
const KEPT_DIRECTIONS = 32;

const checkSeed = (seed: unknown): bigint => {
  if (typeof seed !== 'bigint' || seed < 0n || seed >= U64_END)
    throw invalidArgument('seed', 'a bigint of 0 to 2^64 - 1', seed);
  return seed;
};

const checkTarget = (argument: string, values: unknown, length: number): Float32Array => {
  const usable =
    values instanceof Float32Array || (Array.isArray(values) && values.every((value) => typeof value === 'number'));
  if (!usable) throw invalidArgument(argument, `${length} numbers`, typeof values);
  if (values.length === 0) throw invalidArgument(argument, `${length} numbers; it must not be empty`, 0);
  if (values.length !== length)
    throw invalidArgument(argument, `${length} numbers, one for each of the model's embedding`, values.length);
  return Float32Array.from(values);
};

const targetResult = (models: readonly ModelScore[], target: Float32Array): ScoreResult => {
  const losses = Float32Array.from(models, ({ loss }) => loss);
  const winner = pickWinner(losses);
  const { embedding, loss } = models[winner]!;
  return {
    winner,
    lossScore: Float32Array.of(loss),
    embedding: embedding.slice(),
    distance: Float32Array.of(cosineDistance(embedding, target)),
    models,
  };
};

/** The same source twice in a request is run once. */
const sourceKey = ({ source, key, digest }: CheckedModel, i: number): string => {
  if (digest === undefined && 'path' in source && key === undefined) return `path:${source.path}`;
  if (digest === undefined) return `own:${i}`;
  return `${digest.join()}/${key?.join() ?? ''}/${'url' in source ? `${source.url}/${source.size}` : 'path' in source ? source.path : 'bytes'}`;
};

/**
 * Opens a scorer: finds the device, and nothing else yet. Models are opened when they are first used and stay open within
 * the memory budget. Results are those of the reference with batches in order: an audit's, for seed 0.
 *
 * @throws ENGINE_MISSING, DEVICE_UNAVAILABLE, INVALID_ARGUMENT
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
  const { urlPolicy = {}, device: wanted = 'auto', threads, repack = 'auto', onEvent } = options;
  if (!['auto', 'cpu', 'cuda', 'webgpu'].includes(wanted))
    throw invalidArgument('device', 'auto, cpu, cuda or webgpu', wanted);
  if (threads !== undefined && !(Number.isInteger(threads) && threads >= 1))
    throw invalidArgument('threads', 'an integer of 1 or more', threads);
  const limits: SourceLimits = { ...DEFAULT_LIMITS, ...options.limits };
  const runtime = await loadRuntime();
  const device = await chooseDevice(runtime, wanted);
  const folder =
    options.cacheDir ?? join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'somakit', 'scoring');
  const cache = createBlobCache({
    folder,
    budgetBytes: options.cacheBudgetBytes ?? 200e9,
    fetch: options.fetch ?? guardedFetch(urlPolicy),
    onEvent: (event) => onEvent?.({ kind: 'cache', event }),
  });
  const pool = createSessionPool({
    runtime,
    device,
    config,
    threads,
    repack,
    budgetBytes: options.memoryBudgetBytes ?? totalmem() / 2,
    screenFolder: join(folder, 'screen'),
    onEvent: (event, ms) => onEvent?.({ kind: 'session', event, ms }),
  });
  const context: SourceContext = { cache, config, limits };
  // The engine uses all cores for one model.
  const gate = createGate(1);
  let closed = false;
  let running = 0;
  let idle: (() => void) | undefined;

  // All models of a batch share their noise, and seed 0 is used again and again.
  const directions = new Map<bigint, Tensor>();
  const directionsOf = (seed: bigint): Tensor => {
    let tensor = directions.get(seed);
    if (tensor === undefined) {
      tensor = directionsTensor(runtime, unitDirections(seed, config.embeddingDim), config.embeddingDim);
      if (directions.size >= KEPT_DIRECTIONS) directions.delete(directions.keys().next().value!);
    } else directions.delete(seed);
    directions.set(seed, tensor);
    return tensor;
  };

  interface Work {
    readonly data: Uint8Array;
    readonly batches: readonly BatchRange[];
    readonly seed: bigint;
    readonly withLoss: boolean;
    readonly approximate: boolean;
    readonly signal: AbortSignal;
    readonly feeds: Map<number, SequenceFeeds>;
    readonly onSequence: () => void;
  }

  const feedsOf = (work: Work, index: number): SequenceFeeds => {
    let feeds = work.feeds.get(index);
    if (feeds === undefined) {
      feeds = sequenceFeeds(runtime, sequenceAt(work.data, index, config), config);
      // Some megabytes for each: enough are kept for one batch.
      if (work.feeds.size < config.batchSize) work.feeds.set(index, feeds);
    }
    return feeds;
  };

  const runModel = async (model: ReadyModel, work: Work): Promise<{ loss: number; embedding: Float32Array }> => {
    const { seqLen, embeddingDim } = config;
    const sequences = work.batches.reduce((sum, { count }) => sum + count, 0);
    return pool.with(model, sequences, work.approximate, async (session) => {
      const loss = createRunningMean(1);
      const embedding = createRunningMean(embeddingDim);
      const started = performance.now();
      // The next sequence is handed over before the last one is summed up. The engine runs on this thread and blocks it for the
      // length of a sequence.
      const running: { readonly output: Promise<SequenceOutput>; readonly targets: Int32Array }[] = [];
      let next = 0;
      const startNext = () => {
        if (next >= sequences || work.signal.aborted) return;
        const batch = work.batches[Math.floor(next / config.batchSize)]!;
        const feeds = feedsOf(work, next);
        const output = runSequence(session, feeds, directionsOf(noiseSeed(work.seed, batch.index)));
        output.catch(() => {});
        running.push({ output, targets: feeds.targets!.data as Int32Array });
        next += 1;
      };
      const take = async (): Promise<SequenceOutput & { readonly targets: Int32Array }> => {
        throwIfAborted(work.signal);
        if (running.length === 0) startNext();
        // Still in the list while it runs, so that nothing is closed under it.
        const { output, targets } = running[0]!;
        const done = await output;
        running.shift();
        startNext();
        return { ...done, targets };
      };
      try {
        for (const batch of work.batches) {
          const sums = { crossEntropy: 0, sigReg: 0, places: batch.count * seqLen };
          const mean = new Float64Array(embeddingDim);
          for (let i = 0; i < batch.count; i++) {
            const output = await take();
            if (work.withLoss) {
              sums.crossEntropy += crossEntropySum(output.nll, output.targets);
              sums.sigReg += sigRegSum(output.projected);
            }
            for (let d = 0; d < embeddingDim; d++) mean[d] = mean[d]! + output.embedding[d]!;
            work.onSequence();
          }
          loss.add([batchLoss(sums)]);
          for (let d = 0; d < embeddingDim; d++) mean[d] = Math.fround(mean[d]! / batch.count);
          embedding.add(mean);
        }
      } finally {
        // The session must not be closed under a run.
        await Promise.allSettled(running.map(({ output }) => output));
      }
      onEvent?.({ kind: 'model', ms: performance.now() - started, sequences });
      return { loss: loss.mean[0]!, embedding: embedding.mean };
    });
  };

  const call = async <T>(
    operation: string,
    { signal, timeoutMs }: CallOptions,
    run: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> => {
    if (closed) {
      throw new SomaKitError('SCORER_CLOSED', `The scorer has been closed; ${operation} needs an open one.`, {
        context: { operation },
      });
    }
    running += 1;
    try {
      return await withDeadline({ signal, timeoutMs, operation }, run);
    } finally {
      running -= 1;
      if (running === 0) idle?.();
    }
  };

  interface Job {
    readonly data: DataSource;
    readonly models: readonly ModelSource[];
    readonly seed: bigint;
    readonly withLoss: boolean;
    readonly approximate?: boolean | undefined;
    readonly onProgress?: ((progress: ScoreProgress) => void) | undefined;
  }

  const scoreModels = async (
    { data, models, seed, withLoss, approximate = false, onProgress }: Job,
    outer: AbortSignal,
  ): Promise<ModelScore[]> => {
    const checkedData = checkData(data, limits, urlPolicy);
    const checked = checkModels(models, limits, urlPolicy);
    const unique = new Map<string, CheckedModel>();
    const places = checked.map((model, i) => {
      const key = sourceKey(model, i);
      if (!unique.has(key)) unique.set(key, model);
      return key;
    });
    // The first failure ends the other downloads.
    const controller = new AbortController();
    const signal = AbortSignal.any([outer, controller.signal]);
    const opened: ReadyModel[] = [];
    try {
      const bytesOpening = openData(checkedData, context, signal);
      const modelsOpening = [...unique.values()].map(async (model) => {
        const ready = await openModel(model, context, signal);
        opened.push(ready);
        return ready;
      });
      const all = Promise.all([bytesOpening, Promise.all(modelsOpening)]);
      all.catch((error: unknown) => controller.abort(error));
      const settled = Promise.allSettled([bytesOpening, ...modelsOpening]);
      const [bytes, ready] = await all.catch(async (error: unknown) => {
        await settled;
        throw error;
      });
      const batches = batchesOf(bytes.length, config);
      if (batches.length === 0) throw emptyData();
      const sequences = batches.reduce((sum, { count }) => sum + count, 0);
      const progress = { done: 0, total: sequences * ready.length };
      const work: Work = {
        data: bytes,
        batches,
        seed,
        withLoss,
        approximate,
        signal,
        feeds: new Map(),
        onSequence: () => {
          progress.done += 1;
          onProgress?.({ ...progress });
        },
      };
      const scores = new Map<string, ModelScore>();
      for (const [i, key] of [...unique.keys()].entries()) {
        const model = ready[i]!;
        const { loss, embedding } = await gate.run(signal, () => runModel(model, work));
        scores.set(key, { loss, embedding, checksum: model.checksum });
      }
      return places.map((key) => scores.get(key)!);
    } finally {
      controller.abort();
      for (const model of opened) model.release();
    }
  };

  const scoreTargets = async (
    parameters: ScoreTargetsParameters,
    signal: AbortSignal,
    approximate: boolean,
  ): Promise<readonly ScoreResult[]> => {
    const { data, targets, seed = 0n, onProgress } = parameters;
    if (!Array.isArray(targets) || targets.length === 0)
      throw invalidArgument('targets', 'at least one target', targets);
    const wanted = targets.map(({ targetEmbedding, models }: ScoreTarget, i) => ({
      target: checkTarget(`targets[${i}].targetEmbedding`, targetEmbedding, config.embeddingDim),
      keys: checkModels(models, limits, urlPolicy).map((model, j) => sourceKey(model, j)),
      models,
    }));
    const union = new Map<string, ModelSource>();
    for (const [i, { keys, models }] of wanted.entries()) {
      for (const [j, key] of keys.entries()) union.set(key.startsWith('own:') ? `${i}/${key}` : key, models[j]!);
    }
    const job: Job = {
      data,
      models: [...union.values()],
      seed: checkSeed(seed),
      withLoss: true,
      approximate,
      onProgress,
    };
    const scores = await scoreModels(job, signal);
    const byKey = new Map([...union.keys()].map((key, i) => [key, scores[i]!]));
    return wanted.map(({ target, keys }, i) =>
      targetResult(
        keys.map((key) => byKey.get(key.startsWith('own:') ? `${i}/${key}` : key)!),
        target,
      ),
    );
  };

  const scorer: Scorer = {
    config,
    device,
    engine: `onnxruntime-node ${runtime.env.versions.node ?? runtime.env.versions.common ?? ''}`.trim(),
    score: (parameters) =>
      call('score', parameters, async (signal) => {
        const { data, models, seed = 0n, onProgress } = parameters;
        const job: Job = { data, models, seed: checkSeed(seed), withLoss: true, onProgress };
        checkModels(models, limits, urlPolicy);
        const target = checkTarget('targetEmbedding', parameters.targetEmbedding, config.embeddingDim);
        return targetResult(await scoreModels(job, signal), target);
      }),
    scoreTargets: (parameters) => call('scoreTargets', parameters, (signal) => scoreTargets(parameters, signal, false)),
    screen: (candidates, targets, options = {}) =>
      call('screen', { signal: options.signal }, async (signal) => {
        const { seed } = options;
        const score = (data: DataSource, approximate: boolean) =>
          scoreTargets({ data, targets, seed }, signal, approximate);
        return runScreen([...candidates], targets, options, score, signal);
      }),
    async *scoreMany<I extends ScoreParameters>(
      items: Iterable<I> | AsyncIterable<I>,
      { concurrency = 2, ordered = true, signal, timeoutMs }: ScoreManyOptions = {},
    ): AsyncGenerator<ScoreOutcome<I>, void, undefined> {
      if (!(Number.isInteger(concurrency) && concurrency >= 1))
        throw invalidArgument('concurrency', 'an integer of 1 or more', concurrency);
      const controller = new AbortController();
      const iterator: Iterator<I> | AsyncIterator<I> =
        Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]();
      const own = (item: I): AbortSignal =>
        AbortSignal.any([controller.signal, ...[signal, item.signal].filter((each) => each !== undefined)]);
      const start = async (item: I, index: number): Promise<ScoreOutcome<I>> => {
        try {
          const result = await scorer.score({ ...item, signal: own(item), timeoutMs: item.timeoutMs ?? timeoutMs });
          return { index, item, status: 'scored', result };
        } catch (error) {
          return { index, item, status: 'failed', error };
        }
      };
      // Insertion order is the order of the items.
      const pending = new Map<number, Promise<ScoreOutcome<I>>>();
      let next = 0;
      let ended = false;
      try {
        while (true) {
          throwIfAborted(signal, 'scoreMany');
          while (!ended && pending.size < concurrency) {
            const step = await iterator.next();
            if (step.done === true) ended = true;
            else {
              pending.set(next, start(step.value, next));
              next += 1;
            }
          }
          const [first] = pending.values();
          if (first === undefined) return;
          const outcome = await (ordered ? first : Promise.race(pending.values()));
          throwIfAborted(signal, 'scoreMany');
          pending.delete(outcome.index);
          yield outcome;
        }
      } finally {
        controller.abort();
        await Promise.allSettled(pending.values());
        if (!ended) await iterator.return?.();
      }
    },
    embed: (parameters) =>
      call('embed', parameters, async (signal) => {
        const job: Job = { data: parameters.data, models: [parameters.model], seed: 0n, withLoss: false };
        const [score] = await scoreModels(job, signal);
        return score!.embedding;
      }),
    stats: () => ({ openModels: pool.count, openModelBytes: pool.bytes, waiting: gate.waiting }),
    async close() {
      closed = true;
      if (running > 0) {
        await new Promise<void>((resolve) => {
          idle = resolve;
        });
      }
      await pool.close();
    },
  };
  return scorer;
};
