import { type Digest, digestBytes } from '@somakit/core';

/** A transaction with what it depends on. */
export interface Dependent {
  readonly digest: Digest;
  readonly dependencies: readonly Digest[];
}

const compareBytes = (a: Uint8Array, b: Uint8Array): number => {
  for (let i = 0; i < a.length; i++) {
    const difference = a[i]! - b[i]!;
    if (difference !== 0) return difference;
  }
  return 0;
};

/**
 * The order of a commit's transactions in a checkpoint: the smallest digest that is not yet placed comes next, and
 * before it those of its dependencies that are in the commit too.
 *
 * Source: authority/src/checkpoints `causal_sort`.
 */
export const causalOrder = <T extends Dependent>(transactions: readonly T[]): T[] => {
  const entries = transactions.map((transaction) => ({ transaction, bytes: digestBytes(transaction.digest) }));
  entries.sort((a, b) => compareBytes(a.bytes, b.bytes));
  const rank = new Map(entries.map(({ transaction }, i) => [transaction.digest, i]));
  const placed = new Set<number>();
  const ordered: T[] = [];
  // Without recursion: chains of dependencies may be as long as the commit.
  const place = (start: number): void => {
    const stack = [{ at: start, open: true }];
    while (stack.length > 0) {
      const { at, open } = stack.pop()!;
      if (placed.has(at)) continue;
      const { transaction } = entries[at]!;
      if (!open) {
        placed.add(at);
        ordered.push(transaction);
        continue;
      }
      stack.push({ at, open: false });
      const needed = transaction.dependencies.flatMap((digest) => rank.get(digest) ?? []).filter((i) => !placed.has(i));
      for (const next of needed.sort((a, b) => b - a)) stack.push({ at: next, open: true });
    }
  };
  for (let i = 0; i < entries.length; i++) place(i);
  return ordered;
};
