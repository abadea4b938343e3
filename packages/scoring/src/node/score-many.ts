import { invalidArgument, throwIfAborted } from '@somakit/core';
import type { ScoreManyOptions, ScoreOutcome, ScoreParameters, ScoreResult } from './types.js';

/** Scores a stream of items with `score`. See `Scorer.scoreMany`. */
export async function* scoreStream<I extends ScoreParameters>(
  items: Iterable<I> | AsyncIterable<I>,
  { concurrency = 2, ordered = true, signal, timeoutMs }: ScoreManyOptions,
  score: (parameters: ScoreParameters) => Promise<ScoreResult>,
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
      const result = await score({ ...item, signal: own(item), timeoutMs: item.timeoutMs ?? timeoutMs });
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
}
