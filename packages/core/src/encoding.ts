import { base58 as scureBase58, bech32 as scureBech32 } from '@scure/base';
import { decode32, encode32 } from './base58.js';
import { decodeBase64, encodeBase64 } from './base64.js';
import { SomaKitError } from './errors.js';
import { describe, expectBytes } from './invalid.js';

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

let hex: { readonly pairs: readonly string[]; readonly digits: Int8Array } | undefined;
const hexTables = () => {
  if (hex !== undefined) return hex;
  const digits = new Int8Array(128).fill(-1);
  for (const [value, digit] of [...'0123456789abcdef'].entries()) {
    digits[digit.charCodeAt(0)] = value;
    digits[digit.toUpperCase().charCodeAt(0)] = value;
  }
  hex = { pairs: Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0')), digits };
  return hex;
};

/** Lower-case hex without prefix. @throws INVALID_ARGUMENT when `bytes` is not a Uint8Array. */
export const toHex = (bytes: Uint8Array): string => {
  expectBytes('bytes', bytes);
  const { pairs } = hexTables();
  let text = '';
  for (let i = 0; i < bytes.length; i++) text += pairs[bytes[i]!]!;
  return text;
};

/**
 * Reads hex of any case, with or without `0x`.
 * @throws INVALID_ENCODING for an odd number of digits and anything that is not a digit.
 */
export const fromHex = (text: string): Uint8Array => {
  if (typeof text !== 'string') throw invalid('hex', text, `a text, not ${typeof text}`);
  const start = text.startsWith('0x') ? 2 : 0;
  if (text.length % 2 !== 0) throw invalid('hex', text, 'an even number of hex digits');
  const bytes = new Uint8Array((text.length - start) / 2);
  const { digits } = hexTables();
  for (let i = 0, at = start; i < bytes.length; i++, at += 2) {
    const high = text.charCodeAt(at);
    const low = text.charCodeAt(at + 1);
    const value = (high | low) < 128 ? (digits[high]! << 4) | digits[low]! : -1;
    if (value < 0) throw invalid('hex', text, 'an even number of hex digits');
    bytes[i] = value;
  }
  return bytes;
};

/** Base58 with the Bitcoin alphabet and no checksum. @throws INVALID_ARGUMENT when `bytes` is not a Uint8Array. */
export const toBase58 = (bytes: Uint8Array): string =>
  expectBytes('bytes', bytes).length === 32 ? encode32(bytes) : scureBase58.encode(bytes);

/**
 * Reads Base58 (Bitcoin alphabet, no checksum).
 * @throws INVALID_ENCODING for characters outside the alphabet, and for texts over 1,024 characters, because the
 * cost grows with the square of the length.
 */
export const fromBase58 = (text: string): Uint8Array => {
  if (typeof text === 'string' && text.length > 1024) throw invalid('base58', text, 'at most 1024 characters');
  return decodeWith('base58', text, 'Base58 characters', (value) => decode32(value) ?? scureBase58.decode(value));
};

/** Base64 with padding. @throws INVALID_ARGUMENT when `bytes` is not a Uint8Array. */
export const toBase64 = (bytes: Uint8Array): string => encodeBase64(expectBytes('bytes', bytes));

/**
 * Reads Base64 with padding (standard alphabet).
 * @throws INVALID_ENCODING for wrong padding, other alphabets, blanks and leftover bits.
 */
export const fromBase64 = (text: string): Uint8Array => {
  if (typeof text !== 'string') throw invalid('base64', text, `a text, not ${typeof text}`);
  const bytes = decodeBase64(text);
  if (bytes === undefined) throw invalid('base64', text, 'padded Base64');
  return bytes;
};

/**
 * Bech32 (the original checksum, not Bech32m) of `bytes` under a human-readable part.
 * @throws INVALID_ARGUMENT when `bytes` is not a Uint8Array.
 */
export const toBech32 = (prefix: string, bytes: Uint8Array): string =>
  scureBech32.encodeFromBytes(prefix, expectBytes('bytes', bytes));

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
