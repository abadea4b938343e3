import type { Digest, ObjectId } from '@somakit/core';
import { writeDigest, writeId } from './known.js';

/** The leaves of a checkpoint's contents, one after the other in one array: its transactions and their effects. */
export function* executionItems(items: Iterable<{ readonly digest: Digest; readonly effectsDigest: Digest }>) {
  const item = new Uint8Array(66);
  const view = new DataView(item.buffer);
  item[0] = 32;
  item[33] = 32;
  for (const { digest, effectsDigest } of items) {
    writeDigest(digest, view, 1);
    writeDigest(effectsDigest, view, 34);
    yield item;
  }
}

/** The leaves of a checkpoint's artifacts, likewise: objects in ascending order of their ids. */
export function* artifactItems(
  objects: Iterable<{ readonly objectId: ObjectId; readonly version: bigint; readonly digest: Digest }>,
) {
  const item = new Uint8Array(73);
  const view = new DataView(item.buffer);
  item[40] = 32;
  for (const { objectId, version, digest } of objects) {
    writeId(objectId, view, 0);
    view.setBigUint64(32, version, true);
    writeDigest(digest, view, 41);
    yield item;
  }
}
