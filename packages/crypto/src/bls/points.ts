import { bls12_381 } from '@noble/curves/bls12-381.js';
import { isError, SomaKitError } from '@somakit/core';
import '../errors.js';
import { expectBytes } from '../internal/bytes.js';

export type G1 = ReturnType<typeof bls12_381.G1.Point.fromBytes>;
export type G2 = ReturnType<typeof bls12_381.G2.Point.fromBytes>;

const SIGNATURE = '48 bytes: a compressed point of G1';
const PUBLIC_KEY = '96 bytes: a compressed point of G2 other than infinity';

/** Reads a signature: a point of the right subgroup, infinity included. @throws INVALID_BLS_SIGNATURE */
export const signaturePoint = (signature: Uint8Array): G1 => {
  try {
    const point = bls12_381.G1.Point.fromBytes(expectBytes('signature', signature, 48));
    point.assertValidity();
    return point;
  } catch (error) {
    if (isError(error)) throw error;
    throw new SomaKitError('INVALID_BLS_SIGNATURE', `The signature is not ${SIGNATURE}.`, {
      context: { expected: SIGNATURE },
      cause: error,
    });
  }
};

/** Reads a public key: a point of the right subgroup that is not infinity. @throws INVALID_BLS_PUBLIC_KEY */
export const publicKeyPoint = (publicKey: Uint8Array): G2 => {
  try {
    const point = bls12_381.G2.Point.fromBytes(expectBytes('publicKey', publicKey, 96));
    point.assertValidity();
    if (!point.is0()) return point;
  } catch (error) {
    if (isError(error)) throw error;
  }
  throw new SomaKitError('INVALID_BLS_PUBLIC_KEY', `The public key is not ${PUBLIC_KEY}.`, {
    context: { expected: PUBLIC_KEY },
  });
};
