import { invalidArgument, throwIfAborted } from '@somakit/core';
import { rankCorrelation } from '../core/quantise.js';
import { cosineDistance } from '../core/winner.js';
import type { ScoreResult, ScoreTarget } from './scorer.js';
import type { DataSource } from './sources.js';

/** How candidates are screened. */
export interface ScreenOptions {
  /** Share of the candidates that is scored exactly, best first. Default 0.25. */
  readonly keep?: number | undefined;
  /** Candidates on which the error is measured, taken evenly from the list; 2 at least. Default 8. */
  readonly sample?: number | undefined;
  readonly seed?: bigint | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What the approximation was found to do on these models and candidates. */
export interface ScreenError {
  readonly candidates: number;
  /** Largest cosine distance between an approximate embedding and the exact one. */
  readonly embedding: number;
  /** Largest difference of a distance to a target. */
  readonly distance: number;
  /** Share of the winners that came out the same. */
  readonly winners: number;
  /** Agreement of the two rankings of the sample, 1 at best. */
  readonly rankCorrelation: number;
  /** Time of the exact scores divided by that of the approximate ones. */
  readonly speedUp: number;
}

/** A candidate that was kept. */
export interface ScreenedCandidate {
  /** Place in the list. */
  readonly index: number;
  /** Exact: one for each target. Only these may be submitted. */
  readonly results: readonly ScoreResult[];
  /** The smallest exact distance, and the target that has it. */
  readonly distance: number;
  readonly target: number;
}

/** The outcome of a screening. */
export interface ScreenReport {
  /** Best first. */
  readonly kept: readonly ScreenedCandidate[];
  /** Approximate smallest distance of every candidate; never to be submitted. */
  readonly estimates: Float32Array;
  /** Measured before the estimates were used. Candidates within twice the error of the last one kept are scored too. */
  readonly error: ScreenError;
}

/** What screening needs of a scorer. */
export type ScreenScore = (
  data: DataSource,
  approximate: boolean,
  signal: AbortSignal,
) => Promise<readonly ScoreResult[]>;

const best = (results: readonly ScoreResult[]): { readonly distance: number; readonly target: number } => {
  let target = 0;
  for (const [i, { distance }] of results.entries()) if (distance[0]! < results[target]!.distance[0]!) target = i;
  return { distance: results[target]!.distance[0]!, target };
};

/** Ranks by approximate scores, measures their error on a sample, and scores the promising exactly. */
export const runScreen = async (
  candidates: readonly DataSource[],
  targets: readonly ScoreTarget[],
  { keep = 0.25, sample = 8 }: ScreenOptions,
  score: ScreenScore,
  signal: AbortSignal,
): Promise<ScreenReport> => {
  if (!(keep > 0 && keep <= 1)) throw invalidArgument('keep', 'a share above 0 and up to 1', keep);
  if (!(Number.isInteger(sample) && sample >= 2)) throw invalidArgument('sample', 'an integer of 2 or more', sample);
  if (candidates.length < 2) throw invalidArgument('candidates', 'two candidates or more', candidates.length);
  const estimates = new Float32Array(candidates.length);
  const rough: (readonly ScoreResult[])[] = [];
  const times = { exact: 0, rough: 0 };
  const timed = async (i: number, approximate: boolean): Promise<readonly ScoreResult[]> => {
    throwIfAborted(signal);
    const start = performance.now();
    const results = await score(candidates[i]!, approximate, signal);
    times[approximate ? 'rough' : 'exact'] += performance.now() - start;
    return results;
  };
  // Opens the models both ways, so that the times are those of scoring alone.
  await score(candidates[0]!, true, signal);
  await score(candidates[0]!, false, signal);
  const count = Math.min(sample, candidates.length);
  const chosen = Array.from({ length: count }, (_, i) => Math.floor((i * candidates.length) / count));
  const exact = new Map<number, readonly ScoreResult[]>();
  for (const i of chosen) {
    exact.set(i, await timed(i, false));
    rough[i] = await timed(i, true);
  }
  let [embedding, distance, same] = [0, 0, 0];
  for (const i of chosen) {
    for (const [t, result] of exact.get(i)!.entries()) {
      const other = rough[i]![t]!;
      if (other.winner === result.winner) same += 1;
      embedding = Math.max(embedding, cosineDistance(other.embedding, result.embedding));
      distance = Math.max(distance, Math.abs(other.distance[0]! - result.distance[0]!));
    }
  }
  const error: ScreenError = {
    candidates: count,
    embedding,
    distance,
    winners: same / (count * targets.length),
    rankCorrelation: rankCorrelation(
      chosen.map((i) => best(exact.get(i)!).distance),
      chosen.map((i) => best(rough[i]!).distance),
    ),
    speedUp: times.exact / times.rough,
  };
  for (const i of candidates.keys()) {
    rough[i] ??= await timed(i, true);
    estimates[i] = best(rough[i]!).distance;
    // Gone as soon as it is used: the results of thousands would fill the memory.
    rough[i] = [];
  }
  const ranked = [...candidates.keys()].sort((a, b) => estimates[a]! - estimates[b]! || a - b);
  const places = Math.max(1, Math.ceil(candidates.length * keep));
  const limit = estimates[ranked[places - 1]!]! + 2 * distance;
  const promising = ranked.filter((i, rank) => rank < places || estimates[i]! <= limit);
  const kept: ScreenedCandidate[] = [];
  for (const index of promising) {
    const results = exact.get(index) ?? (await timed(index, false));
    kept.push({ index, results, ...best(results) });
  }
  kept.sort((a, b) => a.distance - b.distance || a.index - b.index);
  return { kept, estimates, error };
};
