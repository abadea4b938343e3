import { parseDigest, parseObjectId } from '@somakit/core';
import type { CoinObject } from '@somakit/tx-builders';
import { describe, expect, it } from 'vitest';
import { createOwnVersions } from '../../src/write/own-versions.js';

const coin = (id: string, version: bigint): CoinObject => ({
  objectId: parseObjectId(id),
  version,
  digest: parseDigest(new Uint8Array(32)),
  balance: 1n,
});

const at = () => {
  let now = 1_000;
  const own = createOwnVersions({ now: () => now, monotonic: () => now, schedule: () => () => {} });
  return { own, wait: (ms: number) => (now += ms), now: () => now };
};

/** A wait for a checkpoint that has not come, or came at some time. */
const expectation = (seenAt?: number) => ({ seenAt, checkpoint: () => Promise.resolve(1n), close: () => {} });

describe('versions that a client wrote itself', () => {
  it('are nobody else’s business before their checkpoint, unless it stays away for long', () => {
    const { own, wait } = at();
    own.wrote([parseObjectId('0x1')], 5n, expectation());
    wait(399);
    expect(own.areOurs([coin('0x1', 5n)], 0)).toBe(true);
    wait(1);
    expect(own.areOurs([coin('0x1', 5n)], 0)).toBe(false);
  });

  it('are known to others from their checkpoint on', () => {
    const { own, wait, now } = at();
    own.wrote([parseObjectId('0x1')], 5n, expectation(now()));
    expect(own.areOurs([coin('0x1', 5n)], 1)).toBe(true);
    wait(1);
    expect(own.areOurs([coin('0x1', 5n)], 1)).toBe(false);
    expect(own.areOurs([coin('0x1', 5n)], 2)).toBe(true);
  });

  it('count from the answer where nobody waits for the checkpoint', () => {
    const { own, wait } = at();
    own.wrote([parseObjectId('0x1')], 5n, undefined);
    expect(own.areOurs([coin('0x1', 5n)], 0)).toBe(false);
    expect(own.areOurs([coin('0x1', 5n)], 3)).toBe(true);
    wait(3);
    expect(own.areOurs([coin('0x1', 5n)], 3)).toBe(false);
  });

  it('are not those that were listed, nor any other of the same coin; one of several is enough for a doubt', () => {
    const { own } = at();
    own.wrote([parseObjectId('0x1'), parseObjectId('0x2')], 5n, expectation());
    expect(own.areOurs([coin('0x1', 5n), coin('0x2', 5n)], 0)).toBe(true);
    expect(own.areOurs([coin('0x1', 6n)], 100)).toBe(false);
    expect(own.areOurs([coin('0x1', 4n)], 100)).toBe(false);
    expect(own.areOurs([coin('0x1', 5n), coin('0x3', 5n)], 100)).toBe(false);
  });
});
