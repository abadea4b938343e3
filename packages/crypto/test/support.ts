import { isError } from '@somakit/core';
import fc from 'fast-check';
import { useSodium } from '../src/ed25519/sodium.js';
import { useNative } from '../src/internal/native.js';

// Encodings of the tests' own, so that a fault in ours cannot hide itself.
export const bytesOf = (hex: string): Uint8Array =>
  Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
export const hexOf = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
export const base64Of = (text: string): Uint8Array => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
export const toBase64 = (bytes: Uint8Array): string => btoa(String.fromCharCode(...bytes));

export const secretBytes = fc.uint8Array({ minLength: 32, maxLength: 32 });

/** The code that a call throws, or `none`. Anything but a SomaKit error fails the test. */
export const codeOf = (call: () => unknown): string => {
  try {
    call();
  } catch (error) {
    if (isError(error)) return error.code;
    throw error;
  }
  return 'none';
};

/** The bytes with one bit turned over. */
export const flip = (bytes: Uint8Array, bit: number): Uint8Array => {
  const changed = bytes.slice();
  changed[bit >> 3]! ^= 1 << (bit & 7);
  return changed;
};

/** What does Ed25519, best first. In browsers, and where a part is missing, the next one stands in. */
export const ENGINES = ['libsodium', 'OpenSSL', 'noble'] as const;

/** Lets one engine do the work. */
export const useEngine = (engine: (typeof ENGINES)[number]): void => {
  useSodium(engine === 'libsodium');
  useNative(engine !== 'noble');
};
