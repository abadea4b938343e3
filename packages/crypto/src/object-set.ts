import { sha256, sha512 } from '@noble/hashes/sha2.js';
import { type Digest, digestBytes, expectBytes, parseDigest, SomaKitError } from '@somakit/core';
import './errors.js';
import { decode, encode, fromUniform, opposite, type Point, sum, zero } from './ristretto/ristretto.js';

/**
 * A set of objects as one point of a curve (an elliptic-curve multiset hash): objects come and go in any order and at
 * the same cost, whatever the size of the set.
 */
export interface ObjectSet {
  /** Adds an object by its digest. @throws INVALID_DIGEST */
  add(digest: string | Uint8Array): void;
  /** Takes an object out by its digest. Whether it was in is not known here. @throws INVALID_DIGEST */
  remove(digest: string | Uint8Array): void;
  /** Adds all that another set holds. @throws INVALID_OBJECT_SET */
  union(other: ObjectSet): void;
  /** The commitment to the set, as the last checkpoint of an epoch carries it. */
  digest(): Digest;
  /** The state, 32 bytes, for {@link createObjectSet}. */
  toBytes(): Uint8Array;
  /** An independent copy. */
  clone(): ObjectSet;
}

const pointOf = (digest: Digest): Point => fromUniform(sha512(digestBytes(digest)));

const pointOfState = (state: Uint8Array): Point => {
  const point = decode(state);
  if (point !== undefined) return point;
  const expected = 'the 32 bytes that toBytes() of an object set gave';
  throw new SomaKitError('INVALID_OBJECT_SET', `The state is not ${expected}.`, { context: { expected } });
};

/** What came last is what goes next: its points are kept, because finding one takes forty times as long as adding it. */
const KEPT_POINTS = 2048;

/**
 * The live-object commitment (ECMH over Ristretto255), empty or from an earlier state.
 *
 * Source: fastcrypto `hash.rs`, `EllipticCurveMultisetHash`; `authority/src/global_state_hasher.rs`.
 * @throws INVALID_OBJECT_SET when the bytes are no state. @throws INVALID_ARGUMENT unless they are 32.
 * @example
 * import { createObjectSet } from '@somakit/crypto';
 * const live = createObjectSet();
 * live.add('ELYJ5TikxaV4AbFfLVG5uosUaeqe4YrJhvjHTsAQzrZz');
 * live.digest();
 */
export const createObjectSet = (state?: Uint8Array | undefined): ObjectSet => {
  return objectSetOf(state === undefined ? zero : pointOfState(expectBytes('state', state, 32)));
};

const objectSetOf = (start: Point): ObjectSet => {
  let all = start;
  const recent = new Map<Digest, Point>();
  return {
    add: (digest) => {
      const name = parseDigest(digest);
      const point = recent.get(name) ?? pointOf(name);
      all = sum(all, point);
      recent.set(name, point);
      if (recent.size > KEPT_POINTS) {
        for (const oldest of recent.keys()) {
          recent.delete(oldest);
          break;
        }
      }
    },
    remove: (digest) => {
      const name = parseDigest(digest);
      all = sum(all, opposite(recent.get(name) ?? pointOf(name)));
      recent.delete(name);
    },
    union: (other) => {
      all = sum(all, pointOfState(other.toBytes()));
    },
    digest: () => parseDigest(sha256(encode(all))),
    toBytes: () => encode(all),
    clone: () => objectSetOf(all),
  };
};
