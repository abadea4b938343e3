import { PAD, type Sequence } from './sequences.js';

/** What a place adds to the scores of those that must not see it. */
const UNSEEN = -1e9;

/** A sequence some of whose places stand for several. */
export interface CompressedSequence extends Sequence {
  /** How many places each one stands for; S in sum. */
  readonly counts: Float32Array;
}

/**
 * Sizes of up to `groups` groups of `total` places, growing like a geometric row: the first PADs differ most from each
 * other, and later ones less and less.
 */
export const tailGroups = (total: number, groups: number): readonly number[] => {
  if (total <= groups) return new Array(total).fill(1);
  const end = (ratio: number, i: number): number => (ratio === 1 ? i : (ratio ** i - 1) / (ratio - 1));
  let [low, high] = [1, 2];
  while (end(high, groups) < total) high *= 2;
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (end(middle, groups) < total) low = middle;
    else high = middle;
  }
  const sizes: number[] = [];
  let done = 0;
  for (let i = 1; i <= groups; i++) {
    // Each group has one place at least, and leaves one for each that follows.
    const until = i === groups ? total : Math.min(total - (groups - i), Math.max(done + 1, Math.round(end(high, i))));
    sizes.push(until - done);
    done = until;
  }
  return sizes;
};

/**
 * The sequence with `representatives` places in the place of all its PADs; as it is when that saves nothing. They share token and
 * position and differ only in how many PADs come before them, which makes them a smooth curve: a group of neighbours is
 * computed once. Never for a result that counts.
 */
export const compressTail = (sequence: Sequence, representatives: number): CompressedSequence => {
  const { tokens, positions, targets, dataLength } = sequence;
  const pads = tokens.length - dataLength - 1;
  if (pads <= representatives) return { ...sequence, counts: new Float32Array(tokens.length).fill(1) };
  const sizes = tailGroups(pads, representatives);
  const kept = dataLength + 1;
  const length = kept + sizes.length;
  const counts = new Float32Array(length).fill(1);
  counts.set(sizes, kept);
  const shorter = targets.slice(0, length);
  shorter[length - 1] = PAD;
  return {
    tokens: tokens.slice(0, length),
    positions: positions.slice(0, length),
    targets: shorter,
    dataLength,
    counts,
  };
};

/**
 * What is added to the scores of attention, [places, places]: a place that stands for n counts n times, for itself as often as
 * the middle one of them sees its group, and nobody sees what comes later.
 */
export const tailBias = (counts: Float32Array): Float32Array => {
  const places = counts.length;
  const bias = new Float32Array(places * places);
  const whole = counts.map((count) => Math.log(count));
  for (let query = 0; query < places; query++) {
    const row = bias.subarray(query * places, (query + 1) * places);
    row.set(whole.subarray(0, query));
    row[query] = Math.log((counts[query]! + 1) / 2);
    row.fill(UNSEEN, query + 1);
  }
  return bias;
};
