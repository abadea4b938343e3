import type { ResolvedConfig } from '../core/config.js';
import { emptyData } from '../core/errors.js';
import { batchesOf } from '../core/sequences.js';
import type { UrlPolicy } from './blobs/url-policy.js';
import type { Approximation, SessionPool } from './engine/session-pool.js';
import type { Gate } from './gate.js';
import { sourceKey } from './score-checks.js';
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
} from './sources.js';
import type { ModelScore, ScoreProgress, ScorerEvent } from './types.js';

/** What the parts of a scorer share. */
export interface ScorerParts {
  readonly config: ResolvedConfig;
  readonly context: SourceContext;
  readonly urlPolicy: UrlPolicy;
  readonly pool: SessionPool;
  readonly gate: Gate;
  readonly onEvent: ((event: ScorerEvent) => void) | undefined;
}

/** Models to be run over data. */
export interface ModelJob {
  readonly data: DataSource;
  readonly models: readonly ModelSource[];
  readonly seed: bigint;
  readonly withLoss: boolean;
  /** For screening alone. */
  readonly approximation?: Approximation | undefined;
  readonly onProgress?: ((progress: ScoreProgress) => void) | undefined;
}

/** Data and models, fetched and checked; the first failure ends the other downloads. */
const openAll = async (
  job: ModelJob,
  models: Iterable<CheckedModel>,
  { context, urlPolicy }: ScorerParts,
  controller: AbortController,
  outer: AbortSignal,
  opened: ReadyModel[],
): Promise<readonly [Uint8Array, readonly ReadyModel[]]> => {
  const signal = AbortSignal.any([outer, controller.signal]);
  const bytesOpening = openData(checkData(job.data, context.limits, urlPolicy), context, signal);
  const modelsOpening = [...models].map(async (model) => {
    const ready = await openModel(model, context, signal);
    opened.push(ready);
    return ready;
  });
  const all = Promise.all([bytesOpening, Promise.all(modelsOpening)]);
  all.catch((error: unknown) => controller.abort(error));
  const settled = Promise.allSettled([bytesOpening, ...modelsOpening]);
  return all.catch(async (error: unknown) => {
    await settled;
    throw error;
  });
};

/** Runs every model over the data, one after another; the same model twice is run once. */
export const scoreModels = async (job: ModelJob, parts: ScorerParts, signal: AbortSignal): Promise<ModelScore[]> => {
  const { seed, withLoss, approximation, onProgress } = job;
  const { config, context, urlPolicy, pool, gate, onEvent } = parts;
  checkData(job.data, context.limits, urlPolicy);
  const unique = new Map<string, CheckedModel>();
  const places = checkModels(job.models, context.limits, urlPolicy).map((model, i) => {
    const key = sourceKey(model, String(i));
    if (!unique.has(key)) unique.set(key, model);
    return key;
  });
  const controller = new AbortController();
  const opened: ReadyModel[] = [];
  try {
    const [data, ready] = await openAll(job, unique.values(), parts, controller, signal, opened);
    const sequences = batchesOf(data.length, config).reduce((sum, { count }) => sum + count, 0);
    if (sequences === 0) throw emptyData();
    const progress = { done: 0, total: sequences * ready.length };
    const onSequence = () => {
      progress.done += 1;
      onProgress?.({ ...progress });
    };
    const runModel = (model: ReadyModel) =>
      pool.with(model, sequences, approximation, async (session) => {
        const started = performance.now();
        const work = { data, seed, withLoss, tail: approximation?.tail };
        const outcome = await session.run(work, { signal, onSequence });
        onEvent?.({ kind: 'model', ms: performance.now() - started, sequences });
        return outcome;
      });
    const scores = new Map<string, ModelScore>();
    for (const [i, key] of [...unique.keys()].entries()) {
      const model = ready[i]!;
      const { loss, embedding } = await gate.run(signal, () => runModel(model));
      scores.set(key, { loss, embedding, checksum: model.checksum });
    }
    return places.map((key) => scores.get(key)!);
  } finally {
    controller.abort();
    for (const model of opened) model.release();
  }
};
