import { invalidArgument } from '@somakit/core';
import { readTime } from './time.js';
import type { DailyCount } from './types.js';

const BARS = '▁▂▃▄▅▆▇█';
const DAY_MS = 86_400_000;

/**
 * Counts as one line of bars, from the smallest count (or 0, whichever is less) to the largest.
 *
 * @throws INVALID_ARGUMENT for a value that is no finite number.
 * @example
 * import { createFlockClient, sparkline } from '@somakit/flock';
 * const days = await createFlockClient().submissionStats();
 * console.log(sparkline(days.map(({ count }) => count)));
 */
export const sparkline = (counts: readonly number[]): string => {
  let low = 0;
  let high = 0;
  for (const count of counts) {
    if (!Number.isFinite(count)) throw invalidArgument('counts', 'finite numbers', count);
    low = Math.min(low, count);
    high = Math.max(high, count);
  }
  const scale = high === low ? 0 : (BARS.length - 1) / (high - low);
  return counts.map((count) => BARS[Math.round((count - low) * scale)]).join('');
};

/**
 * The days in order, oldest first, with a 0 for every day that the service leaves out, and only the `last` ones if given.
 * @throws INVALID_ARGUMENT for a day that is no date, and for days more than 100 years apart.
 */
export const fillDays = (
  days: readonly DailyCount[],
  { last }: { readonly last?: number | undefined } = {},
): readonly DailyCount[] => {
  const counts = new Map<number, DailyCount>();
  for (const day of days) {
    const at = readTime(day.time);
    if (at === undefined) throw invalidArgument('days', 'days with a time such as 2025-04-10', day.time);
    counts.set(Math.floor(at / DAY_MS), day);
  }
  if (counts.size === 0) return [];
  const numbers = [...counts.keys()];
  const to = numbers.reduce((a, b) => Math.max(a, b));
  const first = numbers.reduce((a, b) => Math.min(a, b));
  if (to - first > 36_525) throw invalidArgument('days', 'days less than 100 years apart');
  const from = last === undefined ? first : Math.max(first, to - last + 1);
  const filled: DailyCount[] = [];
  for (let day = from; day <= to; day++) {
    filled.push(counts.get(day) ?? { time: new Date(day * DAY_MS).toISOString().slice(0, 10), count: 0 });
  }
  return filled;
};
