import { getPublicKey, hashes, sign } from '@noble/ed25519';
import { sha512 } from '@noble/hashes/sha2.js';
import { fromBase64, toBase64 } from '@somakit/core';
import { nodeCrypto } from '../internal/native.js';
import { loadSodium } from './sodium.js';

/** A secret key ready to sign: the slow part of the preparation is done once. */
export interface Ed25519Key {
  readonly publicKey: Uint8Array;
  sign(message: Uint8Array): Uint8Array;
}

// Twice as fast as OpenSSL, and a tenth of the way of a key object.
const sodiumKey = (seed: Uint8Array): Ed25519Key | undefined => {
  const sodium = loadSodium();
  if (sodium === null) return undefined;
  const publicKey = new Uint8Array(32);
  const secretKey = new Uint8Array(64);
  sodium.crypto_sign_seed_keypair(publicKey, secretKey, seed);
  return {
    publicKey,
    sign: (message) => {
      const signature = new Uint8Array(64);
      sodium.crypto_sign_detached(signature, message, secretKey);
      return signature;
    },
  };
};

const base64Url = (bytes: Uint8Array) => toBase64(bytes).replace(/=/g, '').replace(/\+/g, '-').replace(/\//g, '_');
const fromBase64Url = (text: string) => fromBase64(`${text.replace(/-/g, '+').replace(/_/g, '/')}=`);

// As JWK and not as DER: Node takes ten times longer over the DER form.
const nativeKey = (secret: Uint8Array): Ed25519Key | undefined => {
  const node = nodeCrypto();
  if (node === undefined) return undefined;
  try {
    const format = 'jwk';
    // The public half may be empty: OpenSSL computes it.
    const key = node.createPrivateKey({ key: { kty: 'OKP', crv: 'Ed25519', d: base64Url(secret), x: '' }, format });
    const publicKey = fromBase64Url(key.export({ format }).x ?? '');
    if (publicKey.length !== 32) return undefined;
    return {
      publicKey,
      sign: (message) => {
        const signature = node.sign(null, message, key);
        return new Uint8Array(signature.buffer, signature.byteOffset, signature.length);
      },
    };
  } catch {
    // A build of Node without Ed25519; noble does the same, slower.
    return undefined;
  }
};

// The small Ed25519 of noble and not the one of its curves, which is 5 kB more for everybody who imports `Keypair`.
const portableKey = (secret: Uint8Array): Ed25519Key => {
  // It comes without a hash, so that it need not bring its own.
  hashes.sha512 ??= sha512;
  return { publicKey: getPublicKey(secret), sign: (message) => sign(message, secret) };
};

/** Prepares a 32-byte secret key: libsodium, else Node's OpenSSL, else noble. The signatures are the same. */
export const prepareKey = (secret: Uint8Array): Ed25519Key =>
  sodiumKey(secret) ?? nativeKey(secret) ?? portableKey(secret);
