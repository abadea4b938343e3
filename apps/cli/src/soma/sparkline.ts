const BARS = '▁▂▃▄▅▆▇█';

/** Values as a line of little bars, from the lowest to the highest. Nothing for fewer than two. */
export const sparkline = (values: readonly bigint[]): string => {
  if (values.length < 2) return '';
  const sorted = [...values].sort((a, b) => (a < b ? -1 : 1));
  const low = sorted[0]!;
  const high = sorted.at(-1)!;
  const range = high - low;
  return values
    .map((value) => BARS[range === 0n ? 0 : Number(((value - low) * BigInt(BARS.length - 1)) / range)])
    .join('');
};
