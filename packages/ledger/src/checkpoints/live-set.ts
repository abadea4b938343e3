import type { Digest } from '@somakit/core';
import { createObjectSet, type ObjectSet } from '@somakit/crypto';
import type { LedgerObject } from '../object.js';

/** Digests that still have to be counted, and how often: below zero for those that go. */
export type Unsettled = ReadonlyMap<Digest, number>;

/**
 * The commitment to all live objects, kept up to date lazily: changes are counted by digest, where what comes and goes
 * cancels out, and turned into curve points only when the digest is asked for or somebody has time.
 */
export interface LiveSet {
  /** Notes changes, or takes them back. */
  note(
    changes: Iterable<{ readonly before: LedgerObject | undefined; readonly after: LedgerObject | undefined }>,
    direction: 1 | -1,
  ): void;
  /** Works off at most `limit` noted digests; gives how many are left. */
  settle(limit?: number): number;
  /** The commitment to the objects as they stand. Settles everything. */
  digest(): Digest;
  /** The state, for {@link createLiveSet}. Settles nothing. */
  save(): { readonly point: Uint8Array; readonly unsettled: Unsettled };
}

/** So many digests are noted at most: what comes and goes would pile up otherwise. */
const MOST_NOTED = 50_000;

/** A live set, empty or from an earlier state. */
export const createLiveSet = (state?: { readonly point: Uint8Array; readonly unsettled: Unsettled }): LiveSet => {
  const set: ObjectSet = createObjectSet(state?.point);
  const pending = new Map<Digest, number>(state?.unsettled);
  // What was noted and not counted yet: counting takes a while, and can wait for somebody who wants to know.
  let added: Digest[] = [];
  let removed: Digest[] = [];
  const count = (digest: Digest, by: number): void => {
    const next = (pending.get(digest) ?? 0) + by;
    if (next === 0) pending.delete(digest);
    else pending.set(digest, next);
  };
  const countNoted = (): void => {
    for (const digest of added) count(digest, 1);
    for (const digest of removed) count(digest, -1);
    added = [];
    removed = [];
  };
  const settle = (limit = Number.POSITIVE_INFINITY): number => {
    countNoted();
    let left = limit;
    for (const [digest, times] of pending) {
      if (left-- <= 0) break;
      for (let i = 0; i < Math.abs(times); i++) times > 0 ? set.add(digest) : set.remove(digest);
      pending.delete(digest);
    }
    return pending.size;
  };
  return {
    note: (changes, direction) => {
      for (const { before, after } of changes) {
        if (before !== undefined) (direction > 0 ? removed : added).push(before.digest);
        if (after !== undefined) (direction > 0 ? added : removed).push(after.digest);
      }
      if (added.length + removed.length > MOST_NOTED) countNoted();
    },
    settle,
    digest: () => {
      settle();
      return set.digest();
    },
    save: () => {
      countNoted();
      return { point: set.toBytes(), unsettled: new Map(pending) };
    },
  };
};
