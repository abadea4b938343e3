import type { SomaObject } from '@somakit/bcs';
import type { Digest } from '@somakit/core';
import { namePrefix } from '@somakit/crypto';
import { closeDigest, open, putByte, putBytes, putDigest, putId, putOwner, putU64, putUleb } from './scratch.js';

const OBJECT = /* @__PURE__ */ namePrefix('Object');
const TYPES = { SystemState: 0, Coin: 1, StakedSoma: 2, Target: 3 } as const;

/** The digest of an object. Source: types/src/object.rs `Object::digest`. */
export const digestOfObject = (object: SomaObject): Digest => {
  const { contents } = object;
  open(OBJECT);
  putByte(TYPES[object.objectType.kind]);
  putU64(object.version);
  putUleb(contents.length + 32);
  putId(object.objectId);
  putBytes(contents);
  putOwner(object.owner);
  putDigest(object.previousTransaction);
  return closeDigest();
};
