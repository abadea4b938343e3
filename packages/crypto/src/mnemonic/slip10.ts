import { hmac } from '@noble/hashes/hmac.js';
import { sha512 } from '@noble/hashes/sha2.js';
import { SomaKitError } from '@somakit/core';
import '../errors.js';
import { ascii } from '../internal/bytes.js';

const HARDENED = 0x8000_0000;
const MASTER = 'ed25519 seed';
const EXPECTED = "m/44'/784'/a'/c'/i' with numbers below 2^31";

/** The path of the first account of a mnemonic. */
export const DEFAULT_PATH = "m/44'/784'/0'/0'/0'";

/**
 * The five numbers of a derivation path, without the mark of hardening.
 * Source: `soma-keys/src/key_derive.rs`, `validate_path`.
 * @throws INVALID_DERIVATION_PATH
 */
export const parsePath = (path: string): readonly number[] => {
  const match =
    typeof path === 'string' ? /^m\/44'\/784'\/([0-9]{1,10})'\/([0-9]{1,10})'\/([0-9]{1,10})'$/.exec(path) : null;
  const numbers = match === null ? [] : [44, 784, Number(match[1]), Number(match[2]), Number(match[3])];
  if (match === null || numbers.some((number) => number >= HARDENED)) {
    // Somebody may have passed the mnemonic here: only what looks like a path is shown.
    const isPathLike = typeof path === 'string' && /^[m/'0-9hH]{1,80}$/.test(path);
    throw new SomaKitError(
      'INVALID_DERIVATION_PATH',
      `A derivation path must be ${EXPECTED}${isPathLike ? `, not ${path}` : ''}.`,
      {
        context: { expected: EXPECTED, received: isPathLike ? path : undefined },
        hint: `Every level is hardened, and there are five of them, as in ${DEFAULT_PATH}.`,
      },
    );
  }
  return numbers;
};

/** The Ed25519 secret at a path of hardened numbers below a seed. Source: SLIP-0010. */
export const deriveSecret = (seed: Uint8Array, path: readonly number[]): Uint8Array => {
  let node = hmac(sha512, ascii(MASTER), seed);
  for (const number of path) {
    const data = new Uint8Array(37);
    data.set(node.subarray(0, 32), 1);
    new DataView(data.buffer).setUint32(33, number + HARDENED);
    node = hmac(sha512, node.subarray(32), data);
  }
  return node.slice(0, 32);
};
