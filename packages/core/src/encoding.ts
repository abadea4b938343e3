import { base58 as scureBase58, base64 as scureBase64, bech32 as scureBech32, hex as scureHex } from '@scure/base';
import { SomaKitError } from './errors.js';
import { describe } from './invalid.js';

declare module './errors.js' {
  interface ErrorContexts {
    /** A text is not in the encoding that it should be in. The text is in no message: it may be a secret. */
    INVALID_ENCODING: { readonly encoding: Encoding; readonly expected: string; readonly length?: number };
  }
}

/** The text encodings of the house. */
export type Encoding = 'base58' | 'base64' | 'bech32' | 'hex';

const invalid = (encoding: Encoding, text: unknown, expected: string, cause?: unknown) =>
  new SomaKitError('INVALID_ENCODING', `The text is not ${encoding}: expected ${expected}.`, {
    context: { encoding, expected, ...(typeof text === 'string' ? { length: text.length } : {}) },
    // The libraries' messages quote the text, which may be a key: only their kind is kept.
    cause: cause instanceof Error ? cause.name : cause,
  });

const decodeWith = (
  encoding: Encoding,
  text: string,
  expected: string,
  decode: (text: string) => Uint8Array,
): Uint8Array => {
  if (typeof text !== 'string') throw invalid(encoding, text, `a text, not ${typeof text}`);
  try {
    return decode(text);
  } catch (error) {
    throw invalid(encoding, text, expected, error);
  }
};

/** Lower-case hex without prefix. */
export const toHex = (bytes: Uint8Array): string => scureHex.encode(bytes);

/**
 * Reads hex of any case, with or without `0x`.
 * @throws INVALID_ENCODING for an odd number of digits and anything that is not a digit.
 */
export const fromHex = (text: string): Uint8Array =>
  decodeWith('hex', text, 'an even number of hex digits', (value) =>
    scureHex.decode(value.startsWith('0x') ? value.slice(2).toLowerCase() : value.toLowerCase()),
  );

/** Base58 with the Bitcoin alphabet and no checksum. */
export const toBase58 = (bytes: Uint8Array): string => scureBase58.encode(bytes);

/**
 * Reads Base58 (Bitcoin alphabet, no checksum).
 * @throws INVALID_ENCODING for characters outside the alphabet, and for texts over 1,024 characters, because the
 * cost grows with the square of the length.
 */
export const fromBase58 = (text: string): Uint8Array => {
  if (typeof text === 'string' && text.length > 1024) throw invalid('base58', text, 'at most 1024 characters');
  return decodeWith('base58', text, 'Base58 characters', scureBase58.decode);
};

/** Base64 with padding. */
export const toBase64 = (bytes: Uint8Array): string => scureBase64.encode(bytes);

/**
 * Reads Base64 with padding (standard alphabet).
 * @throws INVALID_ENCODING for wrong padding, other alphabets, blanks and leftover bits.
 */
export const fromBase64 = (text: string): Uint8Array => decodeWith('base64', text, 'padded Base64', scureBase64.decode);

/** Bech32 (the original checksum, not Bech32m) of `bytes` under a human-readable part. */
export const toBech32 = (prefix: string, bytes: Uint8Array): string => scureBech32.encodeFromBytes(prefix, bytes);

/**
 * Reads Bech32 (original checksum) and demands the human-readable part `prefix`.
 * @throws INVALID_ENCODING for a wrong checksum, mixed case, or another prefix.
 */
export const fromBech32 = (prefix: string, text: string): Uint8Array =>
  decodeWith('bech32', text, `Bech32 that starts with ${prefix}1 and has a valid checksum`, (value) => {
    const decoded = scureBech32.decodeToBytes(value);
    if (decoded.prefix !== prefix) throw new TypeError('prefix');
    return decoded.bytes;
  });

/** Whether two byte arrays hold the same bytes. Not constant time: not for secrets. */
export const equalBytes = (a: Uint8Array, b: Uint8Array): boolean => {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
};

/** @throws INVALID_ENCODING when `bytes` has not `length` bytes. */
export const expectLength = (encoding: Encoding, bytes: Uint8Array, length: number): Uint8Array => {
  if (bytes.length !== length) throw invalid(encoding, undefined, `${length} bytes, not ${describe(bytes)}`);
  return bytes;
};
