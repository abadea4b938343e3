import type { Fetch } from '@somakit/core/http';
import type { ConfigInput, ResolvedConfig } from '../core/config.js';
import type { UrlPolicy } from './blobs/url-policy.js';
import type { Device } from './engine/runtime.js';
import type { ScreenOptions, ScreenReport } from './screen.js';
import type { DataSource, ModelSource, SourceLimits } from './sources.js';

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
   * once thirty sequences are to be scored and the memory budget allows it; before that they stay in the mapped file.
   */
  readonly repack?: boolean | 'auto' | undefined;
  /**
   * Where the engine computes. `worker`: in a thread of its own, so that this one goes on meanwhile. `caller`: in this thread,
   * which it blocks for the length of a sequence. Default `auto`: a worker when its program is found.
   */
  readonly engineThread?: 'auto' | 'worker' | 'caller' | undefined;
  /**
   * The program of that thread, for bundlers: `@somakit/scoring/engine-worker`, built as a file of its own. Default
   * `engine-worker.js` beside the bundle.
   */
  readonly engineWorkerUrl?: URL | undefined;
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
  | { readonly kind: 'model'; readonly ms: number; readonly sequences: number }
  | { readonly kind: 'engine'; readonly event: 'crashed' };

/** What bounds a call. */
export interface CallOptions {
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
  /** Whether the engine computes in a thread of its own. */
  readonly engineThread: 'worker' | 'caller';
  /**
   * Loss and embedding of every model, and the winner with its distance to the target.
   *
   * @throws INVALID_ARGUMENT, EMPTY_DATA, LIMIT_EXCEEDED, URL_REFUSED, CONTENT_MISMATCH, INVALID_WEIGHTS, ENGINE_FAILED,
   * ENGINE_CRASHED, ABORTED, TIMEOUT, SCORER_CLOSED; the errors of `download` and `decryptFile`.
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
   * Ranks candidates, read one by one, with weights in 8 bits and few of the PADs behind the data, several times cheaper for large
   * models, and scores exactly only those that are promising. The approximation never leaves this call: its error is
   * measured on a sample of these candidates with these models first, shown, and allowed for.
   */
  screen(
    candidates: Iterable<DataSource> | AsyncIterable<DataSource>,
    targets: readonly ScoreTarget[],
    options?: ScreenOptions,
  ): Promise<ScreenReport>;
  /** The embedding that one model gives the data: the D values of `score`, without loss. */
  embed(parameters: EmbedParameters): Promise<Float32Array>;
  /** Memory and files in use. */
  stats(): { readonly openModels: number; readonly openModelBytes: number; readonly waiting: number };
  /** Lets what runs end, then closes all models and the engine's thread. */
  close(): Promise<void>;
}
