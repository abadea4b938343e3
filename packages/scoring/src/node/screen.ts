import { invalidArgument, isError, throwIfAborted } from '@somakit/core';
import { createScreenMeter, type RoughScore, roughScore, type ScreenError } from './screen-error.js';
import type { DataSource } from './sources.js';
import type { ScoreResult } from './types.js';

/** How candidates are screened. */
export interface ScreenOptions {
  /**
   * Share of the candidates that is scored exactly, best first. Default 0.25. Holds all candidates of a stream until it
   * ends; `count` and `maxDistance` do not.
   */
  readonly keep?: number | undefined;
  /** In the place of `keep`: how many are scored exactly, best first. */
  readonly count?: number | undefined;
  /**
   * In the place of `keep`: every candidate that may be this near to one of the targets is scored exactly at once, and kept
   * when it is. The threshold of the targets, for example.
   */
  readonly maxDistance?: number | undefined;
  /** Candidates on which the error is measured first; 2 at least. Default 8, taken evenly from a list, from the start of a stream. */
  readonly sample?: number | undefined;
  /** Whether matrices are computed in 8 bits. Default true. Weights that are not f32 are left as they are. */
  readonly int8?: boolean | undefined;
  /** How many places stand for the PADs behind the data; `exact` computes them all. Default 64. */
  readonly tail?: number | 'exact' | undefined;
  readonly seed?: bigint | undefined;
  /** Hears of each candidate as it is kept. What it throws ends the screening. */
  readonly onKept?: ((candidate: ScreenedCandidate) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A candidate that was kept. */
export interface ScreenedCandidate {
  /** Place in the list or stream. */
  readonly index: number;
  readonly data: DataSource;
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
  /** Approximate smallest distance of every candidate, never to be submitted; NaN for empty and too large data. */
  readonly estimates: Float32Array;
  /** Measured on the sample, before any candidate was left out. Those within twice the error of the last one kept are scored too. */
  readonly error: ScreenError;
  /** The same on all that were scored both ways, the sample and the promising. */
  readonly checked: ScreenError;
}

/** What screening needs of a scorer. */
export type ScreenScore = (data: DataSource, approximate: boolean) => Promise<readonly ScoreResult[]>;

/** What is remembered of a candidate: of thousands, embeddings would fill the memory. */
interface Candidate {
  readonly index: number;
  readonly data: DataSource;
  readonly estimate: number;
  readonly rough: RoughScore;
  readonly exact: readonly ScoreResult[] | undefined;
}

const best = (results: readonly ScoreResult[]): { readonly distance: number; readonly target: number } => {
  let target = 0;
  for (const [i, { distance }] of results.entries()) if (distance[0]! < results[target]!.distance[0]!) target = i;
  return { distance: results[target]!.distance[0]!, target };
};

/** Data that no scorer takes: no reason to end a long screening. */
const isUnfit = (error: unknown): boolean =>
  isError(error, 'EMPTY_DATA') || (isError(error, 'LIMIT_EXCEEDED') && error.context.what.startsWith('data'));

const checkOptions = ({ keep, count, maxDistance, sample = 8, tail = 64 }: ScreenOptions): void => {
  const wholeFrom = (argument: string, value: number, least: number) => {
    if (!(Number.isInteger(value) && value >= least))
      throw invalidArgument(argument, `an integer of ${least} or more`, value);
  };
  if (keep !== undefined && !(keep > 0 && keep <= 1))
    throw invalidArgument('keep', 'a share above 0 and up to 1', keep);
  if (count !== undefined) wholeFrom('count', count, 1);
  if (maxDistance !== undefined && !(typeof maxDistance === 'number' && !Number.isNaN(maxDistance)))
    throw invalidArgument('maxDistance', 'a distance', maxDistance);
  if ([keep, count, maxDistance].filter((each) => each !== undefined).length > 1)
    throw invalidArgument('keep', 'one of keep, count and maxDistance', { keep, count, maxDistance });
  wholeFrom('sample', sample, 2);
  if (tail !== 'exact') wholeFrom('tail', tail, 1);
};

/** Reads `candidates` one by one; of a list, the sample comes from all over it. */
async function* sampledFirst(
  candidates: Iterable<DataSource> | AsyncIterable<DataSource>,
  sample: number,
): AsyncGenerator<readonly [index: number, data: DataSource]> {
  if (Array.isArray(candidates)) {
    const list: readonly DataSource[] = candidates;
    const count = Math.min(sample, list.length);
    const chosen = new Set(Array.from({ length: count }, (_, i) => Math.floor((i * list.length) / count)));
    for (const i of chosen) yield [i, list[i]!];
    for (const [i, data] of list.entries()) if (!chosen.has(i)) yield [i, data];
    return;
  }
  let index = 0;
  for await (const data of candidates) yield [index++, data];
}

/** Ranks by approximate scores, measures their error on a sample, and scores the promising exactly. */
export const runScreen = async (
  candidates: Iterable<DataSource> | AsyncIterable<DataSource>,
  options: ScreenOptions,
  score: ScreenScore,
  signal: AbortSignal,
): Promise<ScreenReport> => {
  checkOptions(options);
  const { keep = 0.25, count, maxDistance, sample = 8, onKept } = options;
  const meter = createScreenMeter();
  const estimates: number[] = [];
  const kept: ScreenedCandidate[] = [];
  let waiting: Candidate[] = [];
  const measured: { error?: ScreenError } = {};

  const timed = async (data: DataSource, approximate: boolean): Promise<readonly ScoreResult[]> => {
    throwIfAborted(signal, 'screen');
    const start = performance.now();
    const results = await score(data, approximate);
    meter.time(approximate, performance.now() - start);
    return results;
  };
  const examine = async (index: number, data: DataSource): Promise<Candidate> => {
    const inSample = meter.compared < sample;
    if (meter.compared === 0) {
      // Opens the models both ways, so that the times are those of scoring alone.
      await score(data, true);
      await score(data, false);
    }
    const exact = inSample ? await timed(data, false) : undefined;
    const results = await timed(data, true);
    const rough = roughScore(results);
    if (exact !== undefined) {
      meter.compare(exact, rough, results);
      measured.error = meter.report();
    }
    return { index, data, estimate: best(results).distance, rough, exact };
  };
  const take = async ({ index, data, rough, exact }: Candidate): Promise<void> => {
    const results = exact ?? (await timed(data, false));
    if (exact === undefined) meter.compare(results, rough);
    const candidate = { index, data, results, ...best(results) };
    if (maxDistance !== undefined && !(candidate.distance <= maxDistance)) return;
    kept.push(candidate);
    onKept?.(candidate);
  };
  /** Those that may still be among the best `places`. */
  const promising = (places: number): Candidate[] => {
    waiting.sort((a, b) => a.estimate - b.estimate || a.index - b.index);
    const limit = (waiting[places - 1]?.estimate ?? Number.POSITIVE_INFINITY) + 2 * meter.distance;
    return waiting.filter(({ estimate }, rank) => rank < places || estimate <= limit);
  };

  let ranked = 0;
  for await (const [index, data] of sampledFirst(candidates, sample)) {
    const candidate = await examine(index, data).catch((error: unknown) => {
      if (!isUnfit(error)) throw error;
      return undefined;
    });
    estimates[index] = candidate?.estimate ?? Number.NaN;
    // A distance that is no number is nobody's best.
    if (candidate === undefined || Number.isNaN(candidate.estimate)) continue;
    ranked += 1;
    if (maxDistance === undefined) waiting.push(candidate);
    else if (candidate.exact !== undefined || candidate.estimate <= maxDistance + 2 * meter.distance)
      await take(candidate);
    if (count !== undefined && waiting.length > 2 * count + sample) waiting = promising(count);
  }
  const { error } = measured;
  if (error === undefined || meter.compared < 2)
    throw invalidArgument('candidates', 'two candidates or more that can be scored', meter.compared);
  if (maxDistance === undefined) {
    for (const each of promising(count ?? Math.max(1, Math.ceil(ranked * keep)))) await take(each);
  }
  kept.sort((a, b) => a.distance - b.distance || a.index - b.index);
  return { kept, estimates: Float32Array.from(estimates), error, checked: meter.report() };
};
