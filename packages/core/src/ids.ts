import { encode32 } from './base58.js';
import { fromBase58, fromHex } from './encoding.js';
import { isError, SomaKitError } from './errors.js';
import { shown } from './invalid.js';

declare module './errors.js' {
  interface ErrorContexts {
    /** A text or byte array is not an address. */
    INVALID_ADDRESS: { readonly received: unknown; readonly expected: string };
    /** A text or byte array is not an object id. */
    INVALID_OBJECT_ID: { readonly received: unknown; readonly expected: string };
    /** A text or byte array is not a 32-byte digest, checksum or key in Base58. */
    INVALID_DIGEST: { readonly received: unknown; readonly expected: string };
  }
}

declare const brand: unique symbol;

/** An account's address: `0x` and 64 lower-case hex digits. */
export type Address = string & { readonly [brand]: 'Address' };
/** An object's id (coin, model, target, ...): `0x` and 64 lower-case hex digits. */
export type ObjectId = string & { readonly [brand]: 'ObjectId' };
/** A 32-byte digest, checksum, commitment or weight key: Base58. */
export type Digest = string & { readonly [brand]: 'Digest' };

const HEX_ID = /^(?:0x([0-9a-fA-F]{0,64})|([0-9a-fA-F]{64}))$/;
const CANONICAL_HEX_ID = /^0x[0-9a-f]{64}$/;
const EXPECTED_HEX = '64 hex digits, or 0x and up to 64 hex digits, or 32 bytes';
const EXPECTED_DIGEST = 'Base58 of exactly 32 bytes, or 32 bytes';

const parseHexId = (
  code: 'INVALID_ADDRESS' | 'INVALID_OBJECT_ID',
  noun: string,
  value: string | Uint8Array,
): string => {
  if (typeof value === 'string') {
    if (CANONICAL_HEX_ID.test(value)) return value;
    const match = HEX_ID.exec(value);
    if (match !== null) return `0x${(match[1] ?? match[2] ?? '').toLowerCase().padStart(64, '0')}`;
  } else if (value instanceof Uint8Array && value.length === 32) {
    return idText(value);
  }
  // Keys and mnemonics that went to the wrong place do not start with 0x and are longer than what people mistype.
  const { received, text } = shown(value, typeof value === 'string' && value.startsWith('0x') ? 80 : 24);
  throw new SomaKitError(code, `${noun} must be ${EXPECTED_HEX}, not ${text}.`, {
    context: { received, expected: EXPECTED_HEX },
  });
};

/**
 * Reads an address in any spelling that the network's programs use (bare 64 digits; `0x` and up to 64 digits, padded
 * on the left; any case; 32 bytes) and gives the canonical one.
 *
 * @throws INVALID_ADDRESS for short text without `0x`, `0X`, and anything longer.
 * @example
 * import { parseAddress } from '@somakit/core';
 * parseAddress('0x5'); // '0x0000...0005'
 */
export const parseAddress = (value: string | Uint8Array): Address =>
  parseHexId('INVALID_ADDRESS', 'An address', value) as Address;

/**
 * Reads an object id in any spelling (as {@link parseAddress}) and gives the canonical one.
 * @throws INVALID_OBJECT_ID
 */
export const parseObjectId = (value: string | Uint8Array): ObjectId =>
  parseHexId('INVALID_OBJECT_ID', 'An object id', value) as ObjectId;

/**
 * Reads a digest, checksum, commitment or weight key: Base58 of exactly 32 bytes, or the bytes.
 * @throws INVALID_DIGEST
 */
export const parseDigest = (value: string | Uint8Array): Digest => {
  let cause: unknown;
  if (typeof value === 'string') {
    try {
      // 32 bytes are 32 to 44 characters; longer text is not worth decoding.
      if (value.length >= 32 && value.length <= 44 && fromBase58(value).length === 32) return value as Digest;
    } catch (error) {
      if (!isError(error, 'INVALID_ENCODING')) throw error;
      cause = error;
    }
  } else if (value instanceof Uint8Array && value.length === 32) {
    return digestText(value);
  }
  // A weight key is read here too: the text itself goes into no message.
  const { text: received } = shown(value, -1);
  throw new SomaKitError('INVALID_DIGEST', `A digest must be ${EXPECTED_DIGEST}, not ${received}.`, {
    context: { received, expected: EXPECTED_DIGEST },
    cause,
  });
};

/** Whether `value` is an address in its canonical form. */
export const isAddress = (value: unknown): value is Address =>
  typeof value === 'string' && CANONICAL_HEX_ID.test(value);
/** Whether `value` is an object id in its canonical form. */
export const isObjectId = (value: unknown): value is ObjectId =>
  typeof value === 'string' && CANONICAL_HEX_ID.test(value);
/** Whether `value` is a digest in its canonical form. */
export const isDigest = (value: unknown): value is Digest => {
  try {
    return typeof value === 'string' && parseDigest(value) === value;
  } catch {
    return false;
  }
};

// The character codes of the two hex digits of each byte, the first one low.
let digits: Uint16Array | undefined;
const digitCodes = (): Uint16Array => {
  digits ??= Uint16Array.from({ length: 256 }, (_, byte) => {
    const text = byte.toString(16).padStart(2, '0');
    return text.charCodeAt(0) | (text.charCodeAt(1) << 8);
  });
  return digits;
};

/** Eight bytes as sixteen character codes. */
const put = (codes: number[], to: number, bytes: Uint8Array, from: number, table: Uint16Array): void => {
  for (let i = 0; i < 8; i++) {
    const pair = table[bytes[from + i]!]!;
    codes[to + 2 * i] = pair & 0xff;
    codes[to + 2 * i + 1] = pair >> 8;
  }
};

// "0x" and room for 64 digits, filled anew for each id.
const codes: number[] = /* @__PURE__ */ Array.from({ length: 66 }, (_, i) => (i === 1 ? 120 : 48));

/**
 * The canonical text of the address or object id whose 32 bytes start at `start`; they are not counted here. Made in one
 * piece, because a text put together from pieces is slow as the key of a Map.
 */
export const idText = (bytes: Uint8Array, start = 0): string => {
  const table = digitCodes();
  for (let i = 0; i < 4; i++) put(codes, 2 + 16 * i, bytes, start + 8 * i, table);
  return String.fromCharCode.apply(null, codes);
};

/** The text of the digest whose 32 bytes start at `start`; they are not counted here. */
export const digestText = (bytes: Uint8Array, start = 0): Digest => encode32(bytes, start) as Digest;

/** The 32 bytes of a canonical address or object id. */
export const idBytes = (id: Address | ObjectId): Uint8Array => fromHex(id);
/** The 32 bytes of a digest. */
export const digestBytes = (digest: Digest): Uint8Array => fromBase58(digest);

/** An address or id shortened for people: `0x1234...cdef`. */
export const shortId = (id: string): string => (id.length <= 14 ? id : `${id.slice(0, 6)}...${id.slice(-4)}`);
