import { invalidArgument } from '@somakit/core';

/** An active model as a candidate for targets. */
export interface ModelCandidate {
  /** Canonical object id. */
  readonly modelId: string;
  readonly embedding: Float32Array;
  /** The balance of its staking pool, in shannons. */
  readonly stake: bigint;
}

/** A chosen model. Lower scores are better. */
export interface ModelMatch {
  readonly modelId: string;
  /** 1 - cosine similarity, binary32. */
  readonly distance: number;
  /** Distance over voting power, binary32. */
  readonly weightedScore: number;
}

const { fround, sqrt } = Math;
const MIN_NORM = fround(1e-8);
const MIN_POWER = fround(1e-10);

/**
 * The dot product in binary32 as the reference sums a row: eight running lanes over blocks of eight, the lanes joined as
 * (0+4), (1+5), (2+6), (3+7) onto zero, then the rest one by one.
 */
const dot = (a: Float32Array, b: Float32Array): number => {
  const length = a.length;
  const blocks = length - (length % 8);
  let l0 = 0;
  let l1 = 0;
  let l2 = 0;
  let l3 = 0;
  let l4 = 0;
  let l5 = 0;
  let l6 = 0;
  let l7 = 0;
  for (let i = 0; i < blocks; i += 8) {
    l0 = fround(l0 + fround(a[i]! * b[i]!));
    l1 = fround(l1 + fround(a[i + 1]! * b[i + 1]!));
    l2 = fround(l2 + fround(a[i + 2]! * b[i + 2]!));
    l3 = fround(l3 + fround(a[i + 3]! * b[i + 3]!));
    l4 = fround(l4 + fround(a[i + 4]! * b[i + 4]!));
    l5 = fround(l5 + fround(a[i + 5]! * b[i + 5]!));
    l6 = fround(l6 + fround(a[i + 6]! * b[i + 6]!));
    l7 = fround(l7 + fround(a[i + 7]! * b[i + 7]!));
  }
  let sum = fround(0 + fround(l0 + l4));
  sum = fround(sum + fround(l1 + l5));
  sum = fround(sum + fround(l2 + l6));
  sum = fround(sum + fround(l3 + l7));
  for (let i = blocks; i < length; i++) sum = fround(sum + fround(a[i]! * b[i]!));
  return sum;
};

/** The Euclidean norm in binary32, at least 1e-8. NaN stays NaN. */
const norm = (values: Float32Array): number => {
  const length = fround(sqrt(dot(values, values)));
  return Math.max(length, MIN_NORM);
};

/**
 * The shares of voting power of models: the square roots of their stakes over the sum of those roots, in binary64, then
 * rounded to binary32. Equal shares when nobody has stake.
 *
 * Source: types/src/model_selection.rs `compute_normalized_voting_power`.
 */
export const modelVotingPowers = (stakes: readonly bigint[]): Float32Array => {
  const roots = stakes.map((stake) => sqrt(Number(stake)));
  const total = roots.reduce((sum, root) => sum + root, 0);
  return total === 0
    ? new Float32Array(stakes.length).fill(1 / stakes.length)
    : Float32Array.from(roots, (root) => root / total);
};

/** Ascending by binary32 total order. A NaN, whose sign JavaScript does not show, goes last. */
const ascending = (a: number, b: number): number => {
  if (a < b) return -1;
  if (a > b) return 1;
  if (a === b) return a === 0 ? (Object.is(a, b) ? 0 : Object.is(a, -0) ? -1 : 1) : 0;
  return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
};

/**
 * Prepares the choice of models for many targets: powers and norms are computed once.
 *
 * The candidates are the active models in ascending id order. Exact ties go to the lower id: so does the reference with
 * up to 20 models; with more its order among ties is unspecified.
 *
 * Source: types/src/model_selection.rs `ModelSelectionData`, `select_models`.
 * @throws INVALID_ARGUMENT when the embeddings differ in length (the reference panics).
 */
export const createModelSelector = (
  models: readonly ModelCandidate[],
): ((target: Float32Array, count: number | bigint) => ModelMatch[]) => {
  const candidates = [...models].sort((a, b) => (a.modelId < b.modelId ? -1 : a.modelId > b.modelId ? 1 : 0));
  const dim = candidates[0]?.embedding.length ?? 0;
  for (const { modelId, embedding } of candidates) {
    if (embedding.length !== dim) {
      throw invalidArgument(
        'embedding',
        `${dim} values, as the other models have`,
        embedding.length,
        `Model ${modelId} has another dimension.`,
      );
    }
  }
  const powers = modelVotingPowers(candidates.map(({ stake }) => stake));
  const norms = candidates.map(({ embedding }) => norm(embedding));
  return (target, count) => {
    if (candidates.length === 0) return [];
    if (target.length !== dim) throw invalidArgument('target', `${dim} values, as the models have`, target.length);
    const targetNorm = norm(target);
    const matches = candidates.map(({ modelId, embedding }, i): ModelMatch => {
      const similarity = fround(dot(target, embedding) / fround(targetNorm * norms[i]!));
      const distance = fround(1 - similarity);
      return { modelId, distance, weightedScore: fround(distance / fround(powers[i]! + MIN_POWER)) };
    });
    return matches.sort((a, b) => ascending(a.weightedScore, b.weightedScore)).slice(0, Number(count));
  };
};

/**
 * The models of one target: those with the lowest distance for their stake, best first. Empty when there are none.
 *
 * @throws INVALID_ARGUMENT when the lengths of the embeddings differ.
 * @example
 * import { selectModels } from '@somakit/protocol';
 * selectModels({
 *   target: Float32Array.of(1, 0),
 *   models: [
 *     { modelId: '0xa', embedding: Float32Array.of(0, 1), stake: 1n },
 *     { modelId: '0xb', embedding: Float32Array.of(1, 0), stake: 1n },
 *   ],
 *   count: 1,
 * })[0]?.modelId; // '0xb'
 */
export const selectModels = (of: {
  readonly target: Float32Array;
  readonly models: readonly ModelCandidate[];
  /** How many at most: the parameter `targetModelsPerTarget`. */
  readonly count: number | bigint;
}): ModelMatch[] => createModelSelector(of.models)(of.target, of.count);
