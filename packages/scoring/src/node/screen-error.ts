import { rankCorrelation } from '../core/quantise.js';
import { cosineDistance } from '../core/winner.js';
import type { ScoreResult } from './types.js';

/** What the approximation was found to do on these models and candidates. */
export interface ScreenError {
  /** Candidates that were scored both ways. */
  readonly candidates: number;
  /** Largest cosine distance between an approximate embedding and the exact one; of the sample in both reports. */
  readonly embedding: number;
  /** Largest difference of a distance to a target. */
  readonly distance: number;
  /** Share of the winners that came out the same. */
  readonly winners: number;
  /** Agreement of the two rankings, 1 at best. */
  readonly rankCorrelation: number;
  /** Mean time of the exact scores divided by that of the approximate ones. */
  readonly speedUp: number;
}

/** What is kept of approximate results: winner and distance for each target. */
export interface RoughScore {
  readonly winners: readonly number[];
  readonly distances: Float32Array;
}

export const roughScore = (results: readonly ScoreResult[]): RoughScore => ({
  winners: results.map(({ winner }) => winner),
  distances: Float32Array.from(results, ({ distance }) => distance[0]!),
});

const nearest = (distances: Iterable<number>): number => {
  let least = Number.POSITIVE_INFINITY;
  for (const distance of distances) if (distance < least) least = distance;
  return least;
};

/** Collects how far approximate scores are off. */
export const createScreenMeter = () => {
  let [embedding, distance, same, winners] = [0, 0, 0, 0];
  const ranks = { exact: [] as number[], rough: [] as number[] };
  const times = { exact: 0, rough: 0 };
  const calls = { exact: 0, rough: 0 };
  return {
    get compared() {
      return ranks.exact.length;
    },
    get distance() {
      return distance;
    },
    time(approximate: boolean, ms: number): void {
      const kind = approximate ? 'rough' : 'exact';
      times[kind] += ms;
      calls[kind] += 1;
    },
    /** `results`: the approximate ones whole, where they are still there. */
    compare(exact: readonly ScoreResult[], rough: RoughScore, results?: readonly ScoreResult[]): void {
      for (const [t, result] of exact.entries()) {
        winners += 1;
        if (rough.winners[t] === result.winner) same += 1;
        distance = Math.max(distance, Math.abs(rough.distances[t]! - result.distance[0]!));
        if (results !== undefined)
          embedding = Math.max(embedding, cosineDistance(results[t]!.embedding, result.embedding));
      }
      ranks.exact.push(nearest(exact.map((result) => result.distance[0]!)));
      ranks.rough.push(nearest(rough.distances));
    },
    report: (): ScreenError => ({
      candidates: ranks.exact.length,
      embedding,
      distance,
      winners: same / winners,
      rankCorrelation: rankCorrelation(ranks.exact, ranks.rough),
      speedUp: times.exact / calls.exact / (times.rough / calls.rough),
    }),
  };
};
