import type { Digest } from '@somakit/core';
import { compareDigests } from '../encode.js';

/** A transaction with what it depends on. */
export interface Dependent {
  readonly digest: Digest;
  readonly dependencies: readonly Digest[];
}

/**
 * The order of a commit's transactions in a checkpoint: the smallest digest that is not yet placed comes next, and
 * before it those of its dependencies that are in the commit too.
 *
 * Source: authority/src/checkpoints `causal_sort`.
 */
export const causalOrder = <T extends Dependent>(transactions: readonly T[]): T[] => {
  const entries = [...transactions].sort((a, b) => compareDigests(a.digest, b.digest));
  const rank = new Map(entries.map(({ digest }, i) => [digest, i]));
  const placed = new Set<number>();
  const ordered: T[] = [];
  // Without recursion: chains of dependencies may be as long as the commit.
  const place = (start: number): void => {
    const stack = [{ at: start, open: true }];
    while (stack.length > 0) {
      const { at, open } = stack.pop()!;
      if (placed.has(at)) continue;
      const transaction = entries[at]!;
      if (!open) {
        placed.add(at);
        ordered.push(transaction);
        continue;
      }
      stack.push({ at, open: false });
      const needed: number[] = [];
      for (const digest of transaction.dependencies) {
        const i = rank.get(digest);
        if (i !== undefined && !placed.has(i)) needed.push(i);
      }
      for (const next of needed.sort((a, b) => b - a)) stack.push({ at: next, open: true });
    }
  };
  for (let i = 0; i < entries.length; i++) place(i);
  return ordered;
};
