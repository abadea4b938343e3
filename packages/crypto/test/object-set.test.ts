import { sha256 } from '@noble/hashes/sha2.js';
import { toBase58 } from '@somakit/core';
import node from '@somakit/vectors/node-digests.json';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createObjectSet } from '../src/index.js';
import { bytesOf, codeOf, hexOf } from './support.js';

const digest = fc.uint8Array({ minLength: 32, maxLength: 32 });

describe('an object set', () => {
  it('that is empty has the digest of the sheet', () => {
    const { epoch_randomness } = node.epoch_ends[0];
    expect(createObjectSet().digest()).toBe(toBase58(bytesOf(epoch_randomness)));
    expect(hexOf(createObjectSet().toBytes())).toBe('00'.repeat(32));
  });

  it.each<{ digest: string; point: string }>(node.ristretto)('of $digest alone is its point', ({ digest, point }) => {
    const set = createObjectSet();
    set.add(digest);
    expect(hexOf(set.toBytes())).toBe(point);
    expect(set.digest()).toBe(toBase58(sha256(bytesOf(point))));
  });

  it('depends on what is in it and not on how it came there', () => {
    fc.assert(
      fc.property(
        fc.array(digest, { maxLength: 6 }),
        fc.array(digest, { maxLength: 4 }),
        fc.nat(),
        (stay, go, turn) => {
          const plain = createObjectSet();
          for (const one of stay) plain.add(one);
          const winding = createObjectSet();
          for (const one of go) winding.remove(one);
          const middle = createObjectSet(winding.toBytes());
          const rest = createObjectSet();
          [...stay, ...go]
            .sort((a, b) => (a[turn % 32]! < b[turn % 32]! ? -1 : 1))
            .forEach((one) => void rest.add(one));
          middle.union(rest);
          expect(middle.digest()).toBe(plain.digest());
        },
      ),
      { numRuns: 20 },
    );
  });

  it('forgets no more than what went, after more objects than it has points at hand', () => {
    const name = (i: number) => sha256(new Uint8Array([i & 255, i >> 8]));
    const set = createObjectSet();
    for (let i = 0; i < 2200; i++) set.add(name(i));
    for (let i = 0; i < 2199; i++) set.remove(name(i));
    const last = createObjectSet();
    last.add(name(2199));
    expect(hexOf(set.toBytes())).toBe(hexOf(last.toBytes()));
  }, 60_000);

  it('is not changed through its copies and bytes', () => {
    const set = createObjectSet();
    set.add(node.ristretto[0].digest);
    const before = set.digest();
    set.clone().add(node.ristretto[1].digest);
    set.toBytes().fill(0);
    expect(set.digest()).toBe(before);
  });

  it('refuses digests and states that are none', () => {
    expect(codeOf(() => createObjectSet().add('xyz'))).toBe('INVALID_DIGEST');
    expect(codeOf(() => createObjectSet().remove(new Uint8Array(31)))).toBe('INVALID_DIGEST');
    expect(codeOf(() => createObjectSet(new Uint8Array(31)))).toBe('INVALID_ARGUMENT');
    expect(codeOf(() => createObjectSet(new Uint8Array(32).fill(0xff)))).toBe('INVALID_OBJECT_SET');
  });
});
