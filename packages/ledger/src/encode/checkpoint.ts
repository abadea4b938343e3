import type { Digest, ObjectId } from '@somakit/core';
import type { WrittenItems } from '@somakit/crypto';
import { writeDigest, writeId } from './known.js';

/** The leaves of a checkpoint's contents: its transactions and their effects. Source: `CheckpointContents::digest`. */
export const executionItems = (
  items: readonly { readonly outcome: { readonly digest: Digest; readonly effectsDigest: Digest } }[],
): WrittenItems => ({
  count: items.length,
  length: 66,
  write: (view, at, index) => {
    const { digest, effectsDigest } = items[index]!.outcome;
    view.setUint8(at, 32);
    writeDigest(digest, view, at + 1);
    view.setUint8(at + 33, 32);
    writeDigest(effectsDigest, view, at + 34);
  },
});

/** An object as a checkpoint leaves it. */
interface Artifact {
  readonly objectId: ObjectId;
  readonly version: bigint;
  /** What it is now; undefined when it is no more. */
  readonly after: { readonly digest: Digest } | undefined;
  /** What stands for an object that is no more. */
  readonly gone: Digest;
}

/** The leaves of a checkpoint's artifacts: objects in ascending order of their ids. Source: `CheckpointArtifacts::digest`. */
export const artifactItems = (objects: readonly Artifact[]): WrittenItems => ({
  count: objects.length,
  length: 73,
  write: (view, at, index) => {
    const { objectId, version, after, gone } = objects[index]!;
    writeId(objectId, view, at);
    view.setBigUint64(at + 32, version, true);
    view.setUint8(at + 40, 32);
    writeDigest(after === undefined ? gone : after.digest, view, at + 41);
  },
});
