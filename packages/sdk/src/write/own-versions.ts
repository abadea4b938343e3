import type { Clock, ObjectId } from '@somakit/core';
import type { CoinObject } from '@somakit/tx-builders';
import { type Expectation, PATIENCE_MS } from './watcher.js';

/**
 * The coins that this client's own transactions wrote last. Others learn of such a version with its checkpoint, so that
 * until then nobody else can have spent it.
 */
export interface OwnVersions {
  /** A transaction has written these coins. `expectation`: the wait for its checkpoint, where there is one. */
  wrote(objectIds: Iterable<ObjectId>, version: bigint, expectation: Expectation | undefined): void;
  /** Whether nobody else can have used one of these coins but in the last `withinMs`. */
  areOurs(coins: readonly CoinObject[], withinMs: number): boolean;
}

interface Written {
  readonly version: bigint;
  readonly at: number;
  readonly expectation: Expectation | undefined;
}

export const createOwnVersions = (clock: Clock): OwnVersions => {
  const written = new Map<ObjectId, Written>();

  const isOurs = ({ objectId, version }: CoinObject, withinMs: number, now: number): boolean => {
    const last = written.get(objectId);
    if (last === undefined || last.version !== version) return false;
    const { at, expectation } = last;
    if (expectation === undefined) return now - at < withinMs;
    const { seenAt } = expectation;
    // A stream that shows nothing for so long is not to be relied upon.
    return seenAt === undefined ? now - at < PATIENCE_MS : now - seenAt < withinMs;
  };

  return {
    wrote: (objectIds, version, expectation) => {
      const at = clock.monotonic();
      for (const id of objectIds) written.set(id, { version, at, expectation });
    },
    areOurs: (coins, withinMs) => {
      const now = clock.monotonic();
      return coins.every((coin) => isOurs(coin, withinMs, now));
    },
  };
};
