import {
  checkU64,
  type Digest,
  digestText,
  expectBytes,
  idBytes,
  invalidArgument,
  type ObjectId,
  parseDigest,
  parseObjectId,
} from '@somakit/core';
import { blake2b256, blake2b256Into, createHashBuffer, type HashBuffer } from './hash/index.js';
import { bytesOf, concat } from './internal/bytes.js';

const EMPTY = /* @__PURE__ */ new Uint8Array(32);

/** Items of one length that are written right where they are hashed: for who has very many of them. */
export interface WrittenItems {
  readonly count: number;
  /** Bytes of each. */
  readonly length: number;
  /** Writes an item from `at` on. They are asked for in their order. */
  readonly write: (view: DataView, at: number, index: number) => void;
}

const isWritten = (items: object): items is WrittenItems => 'write' in items;

/**
 * The root of a Merkle tree over the BCS bytes of its items. 32 zero bytes for no item.
 *
 * Source: fastcrypto `merkle.rs`: leaves hash `00` and the item, inner nodes `01` and both children, an odd level is
 * filled with one empty node.
 * @throws INVALID_ARGUMENT when an item is not a Uint8Array.
 */
export const merkleRoot = (items: Iterable<Uint8Array> | WrittenItems): Uint8Array => {
  const [level, count] = isWritten(items) ? writtenLeaves(items) : leaves(items);
  if (count === 0) return EMPTY.slice();
  buffer ??= createHashBuffer();
  // One level after the other in one place: 32 bytes for each node.
  const { bytes, view, digestView, hash } = buffer;
  const nodes = new DataView(level.buffer);
  bytes[0] = 1;
  for (let length = count; length > 1; length = Math.ceil(length / 2)) {
    for (let i = 0; i < length; i += 2) {
      const whole = i + 1 < length;
      for (let j = 0; j < 64; j += 4) view.setInt32(1 + j, whole || j < 32 ? nodes.getInt32(32 * i + j) : 0);
      hash(65);
      for (let j = 0; j < 32; j += 4) nodes.setInt32(16 * i + j, digestView.getInt32(j));
    }
  }
  return level.slice(0, 32);
};

let buffer: HashBuffer | undefined;

type Leaves = readonly [hashes: Uint8Array, count: number];

const leaves = (items: Iterable<Uint8Array>): Leaves => {
  let hashes = new Uint8Array(32 * 64);
  let count = 0;
  let leaf = new Uint8Array(128);
  for (const item of items) {
    expectBytes('item', item);
    if (item.length >= leaf.length) leaf = new Uint8Array(item.length + 1);
    if (32 * (count + 1) > hashes.length) {
      const larger = new Uint8Array(hashes.length * 2);
      larger.set(hashes);
      hashes = larger;
    }
    leaf.set(item, 1);
    blake2b256Into(leaf, hashes, 32 * count++, item.length + 1);
  }
  return [hashes, count];
};

const writtenLeaves = ({ count, length, write }: WrittenItems): Leaves => {
  buffer ??= createHashBuffer();
  const { bytes, view, digestView, hash } = buffer;
  const hashes = new Uint8Array(32 * count);
  const to = new DataView(hashes.buffer);
  for (let i = 0; i < count; i++) {
    bytes[0] = 0;
    write(view, 1, i);
    hash(1 + length);
    for (let j = 0; j < 32; j += 4) to.setInt32(32 * i + j, digestView.getInt32(j));
  }
  return [hashes, count];
};

/** A transaction of a checkpoint: its digest and that of its effects, as text or as the 32 bytes. */
export interface ExecutionDigests {
  readonly transaction: string | Uint8Array;
  readonly effects: string | Uint8Array;
}

/**
 * The digest of a checkpoint's contents, from its transactions in their order: pairs of digests, or their 66 BCS
 * bytes. A Merkle root and not a default hash; user signatures are not part of it.
 *
 * Source: `types/src/checkpoints.rs`, `CheckpointContents::digest`.
 * @throws INVALID_DIGEST INVALID_ARGUMENT
 */
export const checkpointContentsDigest = (items: Iterable<Uint8Array | ExecutionDigests> | WrittenItems): Digest =>
  digestText(merkleRoot(isWritten(items) ? items : pairs(items)));

function* pairs(items: Iterable<Uint8Array | ExecutionDigests>): Generator<Uint8Array> {
  // Each leaf is taken before the next one is asked for.
  const pair = new Uint8Array(66);
  pair[0] = 32;
  pair[33] = 32;
  for (const item of items) {
    if (!(item instanceof Uint8Array)) {
      pair.set(bytesOf(item.transaction), 1);
      pair.set(bytesOf(item.effects), 34);
      yield pair;
      continue;
    }
    if (item.length !== 66 || item[0] !== 32 || item[33] !== 32) {
      throw invalidArgument('item', '66 bytes: 32, a transaction digest, 32, an effects digest', item.length);
    }
    yield item;
  }
}

/** The digest that stands for a deleted object: 32 times 0x63. */
export const DELETED_OBJECT_DIGEST: Digest = /* @__PURE__ */ parseDigest(/* @__PURE__ */ new Uint8Array(32).fill(0x63));

/**
 * The digest of a checkpoint's artifacts, from every object that its effects wrote, in any order; of several versions
 * of one object the latest counts. Deleted objects come with {@link DELETED_OBJECT_DIGEST}.
 *
 * Source: `types/src/checkpoints.rs`, `CheckpointArtifacts::digest`.
 * @throws INVALID_OBJECT_ID INVALID_DIGEST INVALID_ARGUMENT
 */
export const checkpointArtifactsDigest = (
  objects: Iterable<{
    readonly objectId: string;
    readonly version: bigint;
    /** As text or as the 32 bytes. */
    readonly digest: string | Uint8Array;
  }>,
): Digest => {
  const latest = new Map<ObjectId, { readonly version: bigint; readonly digest: string | Uint8Array }>();
  for (const { objectId, version, digest } of objects) {
    const id = parseObjectId(objectId);
    const known = latest.get(id);
    if (known === undefined || known.version <= version) latest.set(id, { version, digest });
  }
  // Canonical ids sort as text exactly as their bytes do.
  const ids = [...latest.keys()].sort();
  return artifactsDigest(states(ids, (id) => latest.get(id)!));
};

/**
 * The digest of a checkpoint's artifacts from its items as they are hashed: 73 bytes each (id, version, 32, digest), in
 * ascending order of the ids. One array may serve for all of them, one after the other.
 *
 * @throws INVALID_ARGUMENT
 */
export const artifactsDigest = (items: Iterable<Uint8Array> | WrittenItems): Digest =>
  digestText(blake2b256(concat(Uint8Array.of(1, 32), merkleRoot(items))));

function* states(
  ids: Iterable<ObjectId>,
  of: (id: ObjectId) => { readonly version: bigint; readonly digest: string | Uint8Array },
): Generator<Uint8Array> {
  const item = new Uint8Array(73);
  const view = new DataView(item.buffer);
  item[40] = 32;
  for (const id of ids) {
    const { version, digest } = of(id);
    item.set(idBytes(id));
    view.setBigUint64(32, checkU64('version', version), true);
    item.set(bytesOf(digest), 41);
    yield item;
  }
}
