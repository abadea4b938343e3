import { toHex } from '@somakit/core';

/** The part of `sodium-native`, the binding of libsodium, that is used. */
export interface Sodium {
  crypto_sign_seed_keypair(publicKey: Uint8Array, secretKey: Uint8Array, seed: Uint8Array): void;
  crypto_sign_detached(signature: Uint8Array, message: Uint8Array, secretKey: Uint8Array): void;
  crypto_sign_verify_detached(signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array): unknown;
}

// That of a seed of 32 zeros.
const PUBLIC_KEY_OF_ZERO = '3b6a27bcceb6a42d62a3a8d02a6f0d73653215771de243a63ac048a18b59da29';

/** One key, one signature, and one that is no longer good: whatever is found under the name must do what is expected. */
export const works = (sodium: Sodium): boolean => {
  const [publicKey, secretKey, signature] = [new Uint8Array(32), new Uint8Array(64), new Uint8Array(64)];
  sodium.crypto_sign_seed_keypair(publicKey, secretKey, new Uint8Array(32));
  sodium.crypto_sign_detached(signature, publicKey, secretKey);
  const verifies = () => sodium.crypto_sign_verify_detached(signature, publicKey, publicKey);
  if (toHex(publicKey) !== PUBLIC_KEY_OF_ZERO || verifies() !== true) return false;
  signature[40]! ^= 1;
  return verifies() === false;
};

const load = (): Sodium | null => {
  try {
    if (typeof process === 'undefined') return null;
    const nodeModule = process.getBuiltinModule?.('node:module');
    if (nodeModule === undefined) return null;
    const addon = nodeModule.createRequire(import.meta.url)('sodium-native') as Sodium;
    return works(addon) ? addon : null;
  } catch {
    // An optional peer: not installed, or no binary for this platform.
    return null;
  }
};

let loaded: Sodium | null | undefined;
let allowed = true;

/** libsodium, looked for at the first call; null where it is not installed (browsers always). */
export const loadSodium = (): Sodium | null => {
  if (!allowed) return null;
  if (loaded === undefined) loaded = load();
  return loaded;
};

/** For the cross-checks of the tests: with false everything does without until it is called with true. */
export const useSodium = (on: boolean): void => {
  allowed = on;
};

/** Whether a view lies where the binding looks for it: it takes offsets and lengths modulo 2^32. */
const isInReach = ({ byteOffset, byteLength }: Uint8Array): boolean => byteOffset + byteLength < 2 ** 32;

/**
 * Whether libsodium accepts a signature. It wants canonical keys and points of large order and compares R as bytes (no
 * cofactor), so that whatever it accepts is valid under ZIP-215, but not the reverse.
 *
 * Source: libsodium `crypto_sign/ed25519/ref10/open.c`.
 */
export const sodiumVerify = (message: Uint8Array, signature: Uint8Array, publicKey: Uint8Array): boolean => {
  const sodium = loadSodium();
  if (sodium === null || !isInReach(message) || !isInReach(signature) || !isInReach(publicKey)) return false;
  try {
    return sodium.crypto_sign_verify_detached(signature, message, publicKey) === true;
  } catch {
    // Memory that the binding does not take.
    return false;
  }
};
