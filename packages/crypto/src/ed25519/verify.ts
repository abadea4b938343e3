import type { KeyObject } from 'node:crypto';
import { ed25519 } from '@noble/curves/ed25519.js';
import { toBase64, toHex } from '@somakit/core';
import { nodeCrypto } from '../internal/native.js';
import { loadSodium, sodiumVerify } from './sodium.js';

// 2^252 + 27742317777372353535851937790883648493, little-endian.
const GROUP_ORDER = /* @__PURE__ */ Uint8Array.of(
  0xed,
  0xd3,
  0xf5,
  0x5c,
  0x1a,
  0x63,
  0x12,
  0x58,
  0xd6,
  0x9c,
  0xf7,
  0xa2,
  0xde,
  0xf9,
  0xde,
  0x14,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0x10,
);

/** Whether the number S of a signature, its last 32 bytes, is below the group order. */
export const isCanonicalScalar = (signature: Uint8Array): boolean => {
  for (let i = 31; i >= 0; i--) {
    const difference = signature[32 + i]! - GROUP_ORDER[i]!;
    if (difference !== 0) return difference < 0;
  }
  return false;
};

// The y coordinates of the eight points of small order, canonical and not, without the sign of x.
const SMALL_ORDER_Y = /* @__PURE__ */ new Set([
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
]);

/** Whether a public key is one of the few that have no secret and for which anyone can sign. */
export const isSmallOrderPublicKey = (publicKey: Uint8Array): boolean => {
  const y = Uint8Array.from(publicKey);
  y[31]! &= 0x7f;
  return SMALL_ORDER_Y.has(toHex(y));
};

/** Whether bytes are a point of the curve by the rules of ZIP-215, which take unreduced coordinates too. */
export const isPoint = (publicKey: Uint8Array): boolean => ed25519.utils.isValidPublicKey(publicKey, true);

// Making a KeyObject costs a fifth of a verification, and the same few accounts sign again and again.
const CACHE_SIZE = 1024;
const keyObjects = /* @__PURE__ */ new Map<string, KeyObject>();

const nativeVerify = (message: Uint8Array, signature: Uint8Array, publicKey: Uint8Array): boolean => {
  const node = nodeCrypto();
  if (node === undefined) return false;
  try {
    const name = String.fromCharCode(...publicKey);
    let key = keyObjects.get(name);
    if (key === undefined) {
      const x = toBase64(publicKey).replace(/=/g, '').replace(/\+/g, '-').replace(/\//g, '_');
      key = node.createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
      if (keyObjects.size >= CACHE_SIZE) keyObjects.delete(keyObjects.keys().next().value!);
      keyObjects.set(name, key);
    }
    return node.verify(null, message, key, signature);
  } catch {
    return false;
  }
};

/**
 * Verifies as the chain does, by the rules of ZIP-215. Whatever libsodium and OpenSSL accept is valid under ZIP-215, but
 * not the reverse, so the "no" of either is only a reason to ask noble.
 */
export const verifyZip215 = (message: Uint8Array, signature: Uint8Array, publicKey: Uint8Array): boolean =>
  (loadSodium() === null ? nativeVerify(message, signature, publicKey) : sodiumVerify(message, signature, publicKey)) ||
  ed25519.verify(signature, message, publicKey, { zip215: true });
