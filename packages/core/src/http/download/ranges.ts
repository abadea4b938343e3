/** A run of bytes: `start` included, `end` not. */
export type ByteRange = readonly [start: number, end: number];

/** `ranges` with `added` in it: sorted, joined where they touch. */
export const addRange = (ranges: readonly ByteRange[], [start, end]: ByteRange): ByteRange[] => {
  if (end <= start) return [...ranges];
  const before = ranges.filter((range) => range[1] < start);
  const after = ranges.filter((range) => range[0] > end);
  const touching = ranges.filter((range) => range[1] >= start && range[0] <= end);
  const joined: ByteRange = [
    Math.min(start, ...touching.map((range) => range[0])),
    Math.max(end, ...touching.map((range) => range[1])),
  ];
  return [...before, joined, ...after];
};

/** What `ranges` leave out of 0 to `size`. */
export const missingRanges = (ranges: readonly ByteRange[], size: number): ByteRange[] => {
  const missing: ByteRange[] = [];
  let at = 0;
  for (const [start, end] of ranges) {
    if (start > at) missing.push([at, Math.min(start, size)]);
    at = Math.max(at, end);
  }
  if (at < size) missing.push([at, size]);
  return missing;
};

/** How many bytes the ranges hold. */
export const bytesIn = (ranges: readonly ByteRange[]): number =>
  ranges.reduce((sum, [start, end]) => sum + end - start, 0);

/** Cuts the longest ranges in halves until there are `count` of them, or pieces would fall under `minBytes`. */
export const splitRanges = (ranges: readonly ByteRange[], count: number, minBytes: number): ByteRange[] => {
  const pieces = [...ranges];
  while (pieces.length < count) {
    const longest = pieces.reduce(
      (best, [start, end], i) => (end - start > pieces[best]![1] - pieces[best]![0] ? i : best),
      0,
    );
    const [start, end] = pieces[longest] ?? [0, 0];
    if (end - start < 2 * minBytes) break;
    const middle = start + Math.ceil((end - start) / 2);
    pieces.splice(longest, 1, [start, middle], [middle, end]);
  }
  return pieces;
};

/** `Content-Range: bytes 5-9/10` as numbers; `undefined` for anything else. */
export const parseContentRange = (
  text: string | null,
): { readonly start: number; readonly end: number; readonly size: number | undefined } | undefined => {
  const match = /^bytes\s+(\d{1,15})-(\d{1,15})\/(?:(\d{1,15})|\*)$/i.exec(text?.trim() ?? '');
  if (match === null) return undefined;
  const [start, last, size] = [
    Number(match[1]),
    Number(match[2]),
    match[3] === undefined ? undefined : Number(match[3]),
  ];
  if (last < start || (size !== undefined && last >= size)) return undefined;
  return { start, end: last + 1, size };
};
