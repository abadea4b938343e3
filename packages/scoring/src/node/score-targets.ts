import { invalidArgument } from '@somakit/core';
import type { Approximation } from './engine/session-pool.js';
import { checkSeed, checkTarget, sourceKey, targetResult } from './score-checks.js';
import { type ScorerParts, scoreModels } from './score-models.js';
import { checkModels, type ModelSource } from './sources.js';
import type { ScoreResult, ScoreTarget, ScoreTargetsParameters } from './types.js';

/** Every model of any target once; each target's winner from its own list. See `Scorer.scoreTargets`. */
export const scoreUnion = async (
  { data, targets, seed = 0n, onProgress }: ScoreTargetsParameters,
  parts: ScorerParts,
  signal: AbortSignal,
  approximation?: Approximation | undefined,
): Promise<readonly ScoreResult[]> => {
  const { config, context, urlPolicy } = parts;
  if (!Array.isArray(targets) || targets.length === 0) throw invalidArgument('targets', 'at least one target', targets);
  const union = new Map<string, ModelSource>();
  const wanted = targets.map(({ targetEmbedding, models }: ScoreTarget, t) => {
    const target = checkTarget(`targets[${t}].targetEmbedding`, targetEmbedding, config.embeddingDim);
    const keys = checkModels(models, context.limits, urlPolicy).map((model, i) => {
      const key = sourceKey(model, `${t}/${i}`);
      union.set(key, models[i]!);
      return key;
    });
    return { target, keys };
  });
  const models = [...union.values()];
  const job = { data, models, seed: checkSeed(seed), withLoss: true, approximation, onProgress };
  const scores = await scoreModels(job, parts, signal);
  const byKey = new Map([...union.keys()].map((key, i) => [key, scores[i]!]));
  return wanted.map(({ target, keys }) =>
    targetResult(
      keys.map((key) => byKey.get(key)!),
      target,
    ),
  );
};
