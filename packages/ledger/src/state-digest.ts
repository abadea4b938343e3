import { type Digest, digestBytes, idBytes, toBase58 } from '@somakit/core';
import { blake2b256 } from '@somakit/crypto';
import type { LedgerObject } from './object.js';

/**
 * One digest of a ledger: its own small state, then every live object by id, version and digest, ids ascending. In
 * blocks, so that no buffer as large as the state is needed.
 */
export const stateDigestOf = (meta: Uint8Array, objects: Iterable<LedgerObject>): Digest => {
  const block = new Uint8Array(32 + 72 * 512);
  let chain = blake2b256(meta);
  let at = 32;
  const close = (): void => {
    block.set(chain, 0);
    chain = blake2b256(block.subarray(0, at));
    at = 32;
  };
  for (const { objectId, version, digest } of objects) {
    block.set(idBytes(objectId), at);
    new DataView(block.buffer).setBigUint64(at + 32, version, true);
    block.set(digestBytes(digest), at + 40);
    at += 72;
    if (at === block.length) close();
  }
  close();
  return toBase58(chain) as Digest;
};
