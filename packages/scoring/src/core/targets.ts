import { invalidArgument } from '@somakit/core';

/** A target's place in the list that was given, and its distance. */
export interface NearTarget {
  readonly index: number;
  /** Cosine distance; within 1e-6 of what `cosineDistance` gives. */
  readonly distance: number;
}

/** Targets, ready to be searched many times. */
export interface TargetIndex {
  readonly length: number;
  /** The `count` nearest targets (all when left out), nearest first; those without a direction (zero vectors) come never. */
  nearest(embedding: Float32Array, count?: number): readonly NearTarget[];
}

/**
 * Puts the directions of many targets side by side, so that a search is one pass over one array.
 *
 * @throws INVALID_ARGUMENT when the embeddings have different lengths.
 * @example
 * import { createTargetIndex } from '@somakit/scoring/core';
 * const index = createTargetIndex([new Float32Array([1, 0]), new Float32Array([0, 1])]);
 * console.log(index.nearest(new Float32Array([0.1, 0.9]), 1)[0]?.index); // 1
 */
export const createTargetIndex = (targets: readonly Float32Array[]): TargetIndex => {
  const width = targets[0]?.length ?? 0;
  const units = new Float32Array(targets.length * width);
  const usable = new Uint8Array(targets.length);
  for (const [i, target] of targets.entries()) {
    if (target.length !== width)
      throw invalidArgument(`targets[${i}]`, `${width} values like the first`, target.length);
    let sum = 0;
    for (const value of target) sum += value * value;
    if (!(sum > 0 && Number.isFinite(sum))) continue;
    usable[i] = 1;
    const scale = 1 / Math.sqrt(sum);
    for (let d = 0; d < width; d++) units[i * width + d] = target[d]! * scale;
  }
  return {
    length: targets.length,
    nearest(embedding, count = targets.length) {
      if (targets.length > 0 && embedding.length !== width) {
        throw invalidArgument('embedding', `${width} values as the targets`, embedding.length);
      }
      let sum = 0;
      for (const value of embedding) sum += value * value;
      const scale = 1 / Math.sqrt(sum);
      const found: NearTarget[] = [];
      for (let i = 0; i < targets.length; i++) {
        if (usable[i] === 0) continue;
        const at = i * width;
        // Four sums, because one would wait for itself at every step.
        let [a, b, c, e] = [0, 0, 0, 0];
        let d = 0;
        for (; d + 3 < width; d += 4) {
          a += units[at + d]! * embedding[d]!;
          b += units[at + d + 1]! * embedding[d + 1]!;
          c += units[at + d + 2]! * embedding[d + 2]!;
          e += units[at + d + 3]! * embedding[d + 3]!;
        }
        for (; d < width; d++) a += units[at + d]! * embedding[d]!;
        const distance = 1 - (a + b + c + e) * scale;
        if (!Number.isNaN(distance)) found.push({ index: i, distance });
      }
      return found.sort((one, other) => one.distance - other.distance || one.index - other.index).slice(0, count);
    },
  };
};

/**
 * The targets nearest to an embedding, nearest first. For several searches over the same targets make
 * {@link createTargetIndex} once.
 *
 * A near target is served only by a result whose winner also wins among that target's own models: see `scoreTargets`.
 *
 * @throws INVALID_ARGUMENT
 * @example
 * import { nearestTargets } from '@somakit/scoring/core';
 * nearestTargets(new Float32Array([1, 0]), [new Float32Array([0, 1]), new Float32Array([1, 0])], 1);
 */
export const nearestTargets = (
  embedding: Float32Array,
  targets: readonly Float32Array[],
  count?: number,
): readonly NearTarget[] => createTargetIndex(targets).nearest(embedding, count);
