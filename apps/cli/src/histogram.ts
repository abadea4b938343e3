/** A bin of a histogram. */
interface Bin {
  readonly from: number;
  readonly to: number;
  readonly count: number;
}

const WIDTH = 32;

/** Equal bins from the smallest to the largest value. */
const binsOf = (values: readonly number[], most: number): readonly Bin[] => {
  const low = Math.min(...values);
  const high = Math.max(...values);
  const number = high === low ? 1 : Math.max(1, Math.min(most, Math.ceil(Math.sqrt(values.length)) + 1));
  const step = (high - low) / number || 1;
  const counts = new Array<number>(number).fill(0);
  for (const value of values) {
    const at = Math.min(number - 1, Math.floor((value - low) / step));
    counts[at] = (counts[at] ?? 0) + 1;
  }
  return counts.map((count, i) => ({
    from: low + i * step,
    to: i === number - 1 ? high : low + (i + 1) * step,
    count,
  }));
};

/** Lines of a histogram: how many values lie where. */
export const histogram = (all: readonly number[], { most = 12 }: { readonly most?: number } = {}): string[] => {
  const values = all.filter((value) => Number.isFinite(value));
  if (values.length === 0) return [];
  const bins = binsOf(values, most);
  const largest = Math.max(...bins.map(({ count }) => count));
  const digits = String(largest).length;
  return bins.map(({ from, to, count }) => {
    const eighths = Math.round((count / largest) * WIDTH * 8);
    const rest = eighths % 8;
    const bar = '█'.repeat(Math.floor(eighths / 8)) + (rest === 0 ? '' : '▏▎▍▌▋▊▉'[rest - 1]);
    // However few: one of them is to be seen.
    const shown = count > 0 && bar === '' ? '▏' : bar;
    return `${from.toFixed(4)} to ${to.toFixed(4)}  ${String(count).padStart(digits)} ${shown}`.trimEnd();
  });
};
