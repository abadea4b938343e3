import { bls12_381 } from '@noble/curves/bls12-381.js';
import { expectBytes, SomaKitError } from '@somakit/core';
import '../errors.js';

export type G1 = ReturnType<typeof bls12_381.G1.Point.fromBytes>;
export type G2 = ReturnType<typeof bls12_381.G2.Point.fromBytes>;

const SIGNATURE = '48 bytes: a compressed point of G1';
const PUBLIC_KEY = '96 bytes: a compressed point of G2 other than infinity';

/** Reads a signature: a point of the right subgroup, infinity included. @throws INVALID_BLS_SIGNATURE */
export const signaturePoint = (signature: Uint8Array): G1 => {
  expectBytes('signature', signature, 48);
  try {
    // Checks the subgroup too.
    return bls12_381.G1.Point.fromBytes(signature);
  } catch (error) {
    throw new SomaKitError('INVALID_BLS_SIGNATURE', `The signature is not ${SIGNATURE}.`, {
      context: { expected: SIGNATURE },
      cause: error,
    });
  }
};

// Checking a key takes as long as signing with it, and the same committee signs every checkpoint of an epoch.
const CACHE_SIZE = 512;
const points = /* @__PURE__ */ new Map<string, G2>();

/** Reads a public key: a point of the right subgroup that is not infinity. @throws INVALID_BLS_PUBLIC_KEY */
export const publicKeyPoint = (publicKey: Uint8Array): G2 => {
  const name = String.fromCharCode(...expectBytes('publicKey', publicKey, 96));
  const known = points.get(name);
  if (known !== undefined) return known;
  let point: G2 | undefined;
  try {
    point = bls12_381.G2.Point.fromBytes(publicKey);
  } catch {
    point = undefined;
  }
  if (point === undefined || point.is0()) {
    throw new SomaKitError('INVALID_BLS_PUBLIC_KEY', `The public key is not ${PUBLIC_KEY}.`, {
      context: { expected: PUBLIC_KEY },
    });
  }
  if (points.size >= CACHE_SIZE) points.delete(points.keys().next().value!);
  points.set(name, point);
  return point;
};
