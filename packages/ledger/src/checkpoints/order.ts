import type { Digest } from '@somakit/core';
import { compareDigests } from '../encode/known.js';
import { digestPrefix, sortByPrefix } from './sort.js';

/** A transaction with what it depends on. */
export interface Dependent {
  readonly outcome: { readonly digest: Digest; readonly dependencies: readonly Digest[] };
}

/**
 * The order of a commit's transactions in a checkpoint: the smallest digest that is not yet placed comes next, and
 * before it those of its dependencies that are in the commit too.
 *
 * Source: authority/src/checkpoints `causal_sort`.
 */
export const causalOrder = <T extends Dependent>(transactions: readonly T[]): T[] => {
  const entries = sortByPrefix(
    transactions,
    ({ outcome }) => digestPrefix(outcome.digest),
    (a, b) => compareDigests(a.outcome.digest, b.outcome.digest),
  );
  const rank = new Map<Digest, number>();
  for (let i = 0; i < entries.length; i++) rank.set(entries[i]!.outcome.digest, i);
  const placed = new Uint8Array(entries.length);
  const ordered: T[] = [];
  // Without recursion: chains of dependencies may be as long as the commit. An entry is its number, and waits for those
  // above it when its complement stands there.
  const stack: number[] = [];
  for (let first = 0; first < entries.length; first++) {
    if (placed[first] === 0) stack.push(first);
    while (stack.length > 0) {
      const next = stack.pop()!;
      const at = next < 0 ? ~next : next;
      if (placed[at] === 1) continue;
      const transaction = entries[at]!;
      const waiting = stack.length;
      if (next >= 0) {
        stack.push(~at);
        for (const digest of transaction.outcome.dependencies) {
          const i = rank.get(digest);
          if (i !== undefined && placed[i] === 0) stack.push(i);
        }
        if (stack.length > waiting + 1) {
          // The smallest on top.
          if (stack.length > waiting + 2) stack.push(...stack.splice(waiting + 1).sort((a, b) => b - a));
          continue;
        }
        stack.pop();
      }
      placed[at] = 1;
      ordered.push(transaction);
    }
  }
  return ordered;
};
