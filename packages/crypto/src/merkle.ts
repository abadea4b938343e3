import {
  type Digest,
  digestBytes,
  expectBytes,
  idBytes,
  invalidArgument,
  type ObjectId,
  parseDigest,
  parseObjectId,
  toBase58,
} from '@somakit/core';
import { blake2b256 } from './hash/index.js';
import { concat, u64Bytes } from './internal/bytes.js';

const LEAF = /* @__PURE__ */ Uint8Array.of(0);
const INNER = /* @__PURE__ */ Uint8Array.of(1);
const EMPTY = /* @__PURE__ */ new Uint8Array(32);
/** The BCS length of a digest, which stands in front of it. */
const DIGEST_LENGTH = /* @__PURE__ */ Uint8Array.of(32);

/**
 * The root of a Merkle tree over the BCS bytes of its items. 32 zero bytes for no item.
 *
 * Source: fastcrypto `merkle.rs`: leaves hash `00` and the item, inner nodes `01` and both children, an odd level is
 * filled with one empty node.
 * @throws INVALID_ARGUMENT when an item is not a Uint8Array.
 */
export const merkleRoot = (items: Iterable<Uint8Array>): Uint8Array => {
  let level = Array.from(items, (item) => blake2b256(concat(LEAF, expectBytes('item', item))));
  if (level.length === 0) return EMPTY.slice();
  while (level.length > 1) {
    const above: Uint8Array[] = [];
    for (let i = 0; i < level.length; i += 2) above.push(blake2b256(concat(INNER, level[i]!, level[i + 1] ?? EMPTY)));
    level = above;
  }
  return level[0]!;
};

/** A transaction of a checkpoint: its digest and that of its effects. */
export interface ExecutionDigests {
  readonly transaction: string;
  readonly effects: string;
}

/**
 * The digest of a checkpoint's contents, from its transactions in their order: pairs of digests, or their 66 BCS
 * bytes. A Merkle root and not a default hash; user signatures are not part of it.
 *
 * Source: `types/src/checkpoints.rs`, `CheckpointContents::digest`.
 * @throws INVALID_DIGEST INVALID_ARGUMENT
 */
export const checkpointContentsDigest = (items: Iterable<Uint8Array | ExecutionDigests>): Digest =>
  toBase58(
    merkleRoot(
      Array.from(items, (item) => {
        if (!(item instanceof Uint8Array)) return concat(encodeDigest(item.transaction), encodeDigest(item.effects));
        if (item.length !== 66 || item[0] !== 32 || item[33] !== 32) {
          throw invalidArgument('item', '66 bytes: 32, a transaction digest, 32, an effects digest', item.length);
        }
        return item;
      }),
    ),
  ) as Digest;

const encodeDigest = (digest: string): Uint8Array => concat(DIGEST_LENGTH, digestBytes(parseDigest(digest)));

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
  objects: Iterable<{ readonly objectId: string; readonly version: bigint; readonly digest: string }>,
): Digest => {
  const latest = new Map<ObjectId, { readonly version: bigint; readonly item: Uint8Array }>();
  for (const { objectId, version, digest } of objects) {
    const id = parseObjectId(objectId);
    const known = latest.get(id);
    if (known !== undefined && known.version > version) continue;
    latest.set(id, { version, item: concat(idBytes(id), u64Bytes('version', version), encodeDigest(digest)) });
  }
  // Canonical ids sort as text exactly as their bytes do.
  const items = [...latest].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, { item }]) => item);
  return parseDigest(blake2b256(concat(Uint8Array.of(1), DIGEST_LENGTH, merkleRoot(items))));
};
