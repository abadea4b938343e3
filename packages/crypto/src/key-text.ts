import {
  expectBytes,
  fromBase64,
  fromBech32,
  fromHex,
  isError,
  kindOf,
  SomaKitError,
  toBase64,
  toBech32,
} from '@somakit/core';
import { SCHEME_FLAGS } from './address.js';
import './errors.js';
import type { KeyForm } from './errors.js';
import { concat } from './internal/bytes.js';

// Nothing in this file may put a text that it reads into an error: the text may be a secret, or nearly one.

/** The human-readable part of secret keys in Bech32. */
export const SECRET_KEY_PREFIX = 'somaprivkey';

const SECRET = 'Ed25519 secret key';

const badLength = (key: string, form: KeyForm, expected: number, received: number) =>
  new SomaKitError('INVALID_KEY_LENGTH', `The ${key} has ${received} bytes, not ${expected}.`, {
    context: { key, form, expected, received },
  });

const badEncoding = (key: string, form: KeyForm, expected: string, hint?: string) =>
  new SomaKitError('INVALID_KEY_ENCODING', `The ${key} is not ${expected}.`, {
    context: { key, form, expected },
    hint,
  });

/** Reads padded Base64 of exactly `length` bytes. */
export const readBase64 = (key: string, text: string, length: number): Uint8Array => {
  const expected = `padded Base64 of ${length} bytes`;
  if (typeof text !== 'string') throw badEncoding(key, 'base64', expected);
  let bytes: Uint8Array;
  try {
    bytes = fromBase64(text);
  } catch (error) {
    if (!isError(error, 'INVALID_ENCODING')) throw error;
    throw badEncoding(key, 'base64', expected);
  }
  if (bytes.length !== length) throw badLength(key, 'base64', length, bytes.length);
  return bytes;
};

/** What follows the flag byte of a key; the flag must be that of Ed25519. */
const afterFlag = (key: string, bytes: Uint8Array): Uint8Array => {
  const received = bytes[0]!;
  if (received !== SCHEME_FLAGS.ed25519) {
    throw new SomaKitError('UNKNOWN_KEY_FLAG', `The ${key} has the flag ${received}; Ed25519, flag 0, is expected.`, {
      context: { key, expected: SCHEME_FLAGS.ed25519, received },
      hint: 'Only Ed25519 keys have accounts; keys of other chains use other flags.',
    });
  }
  return bytes.slice(1);
};

/**
 * Reads a secret key from Bech32 (`somaprivkey1...`, all lower-case or all upper-case).
 * @throws WRONG_KEY_PREFIX INVALID_KEY_ENCODING INVALID_KEY_CHECKSUM INVALID_KEY_LENGTH UNKNOWN_KEY_FLAG
 */
export const readBech32SecretKey = (text: string): Uint8Array => {
  const expected = `Bech32 that starts with ${SECRET_KEY_PREFIX}1`;
  if (typeof text !== 'string') throw badEncoding(SECRET, 'bech32', expected);
  const upper = text === text.toUpperCase();
  const body = upper ? text.toLowerCase() : text;
  if (!body.startsWith(`${SECRET_KEY_PREFIX}1`)) {
    throw new SomaKitError('WRONG_KEY_PREFIX', `The ${SECRET} does not start with ${SECRET_KEY_PREFIX}1.`, {
      context: { key: SECRET, expected: `${SECRET_KEY_PREFIX}1` },
      hint: 'Keys of other chains do not work here.',
    });
  }
  const data = body.slice(SECRET_KEY_PREFIX.length + 1);
  if (!/^[02-9ac-hj-np-z]*$/.test(data)) {
    throw badEncoding(SECRET, 'bech32', `${expected} and goes on with Bech32 characters of one case, without blanks`);
  }
  let bytes: Uint8Array;
  try {
    bytes = fromBech32(SECRET_KEY_PREFIX, body);
  } catch (error) {
    if (!isError(error, 'INVALID_ENCODING')) throw error;
    // 53 characters hold 33 bytes, 6 the checksum. A text of another length is cut rather than mistyped.
    if (data.length !== 59) throw badLength(SECRET, 'bech32', 33, Math.max(0, Math.floor(((data.length - 6) * 5) / 8)));
    throw new SomaKitError('INVALID_KEY_CHECKSUM', `The checksum of the ${SECRET} is wrong.`, {
      context: { key: SECRET, expected: 'Bech32 (not Bech32m) with a valid checksum' },
      hint: 'A character is mistyped.',
    });
  }
  if (bytes.length !== 33) throw badLength(SECRET, 'bech32', 33, bytes.length);
  return afterFlag(SECRET, bytes);
};

/**
 * Reads a secret key from its 32 bytes, from hex of any case with or without `0x`, or from lower-case Bech32.
 * @throws INVALID_KEY_LENGTH INVALID_KEY_ENCODING INVALID_KEY_CHECKSUM WRONG_KEY_PREFIX UNKNOWN_KEY_FLAG
 */
export const readSecretKey = (secret: Uint8Array | string): Uint8Array => {
  if (typeof secret === 'string') {
    if (secret.startsWith(SECRET_KEY_PREFIX)) return readBech32SecretKey(secret);
    let bytes: Uint8Array;
    try {
      bytes = fromHex(secret);
    } catch (error) {
      if (!isError(error, 'INVALID_ENCODING')) throw error;
      const expected = `64 hex digits or Bech32 that starts with ${SECRET_KEY_PREFIX}1`;
      throw badEncoding(SECRET, 'hex', expected, 'Words are read by keypairFromMnemonic of @somakit/crypto/mnemonic.');
    }
    if (bytes.length !== 32) throw badLength(SECRET, 'hex', 32, bytes.length);
    return bytes;
  }
  if (!(secret instanceof Uint8Array)) {
    throw badEncoding(
      SECRET,
      'bytes',
      `a Uint8Array of 32 bytes, hex text or Bech32 text, but of type ${kindOf(secret)}`,
    );
  }
  if (secret.length !== 32) throw badLength(SECRET, 'bytes', 32, secret.length);
  // Not slice(): that of a Buffer shares its memory.
  return Uint8Array.from(secret);
};

/**
 * Reads an entry of the official keystore file: Base64 of the flag and the 32 bytes.
 * @throws INVALID_KEY_ENCODING INVALID_KEY_LENGTH UNKNOWN_KEY_FLAG
 */
export const readKeystoreEntry = (text: string): Uint8Array => afterFlag(SECRET, readBase64(SECRET, text, 33));

export const writeBech32SecretKey = (secret: Uint8Array): string =>
  toBech32(SECRET_KEY_PREFIX, concat(Uint8Array.of(SCHEME_FLAGS.ed25519), secret));
export const writeKeystoreEntry = (secret: Uint8Array): string =>
  toBase64(concat(Uint8Array.of(SCHEME_FLAGS.ed25519), secret));

/**
 * The text of an Ed25519 public key in alias files and command lines: Base64 of flag 0 and the key.
 * @throws INVALID_ARGUMENT unless the key has 32 bytes.
 */
export const formatPublicKey = (publicKey: Uint8Array): string =>
  toBase64(concat(Uint8Array.of(SCHEME_FLAGS.ed25519), expectBytes('publicKey', publicKey, 32)));

/**
 * Reads the text of an Ed25519 public key: Base64 of flag 0 and the key.
 * @throws INVALID_KEY_ENCODING INVALID_KEY_LENGTH UNKNOWN_KEY_FLAG
 */
export const parsePublicKey = (text: string): Uint8Array =>
  afterFlag('Ed25519 public key', readBase64('Ed25519 public key', text, 33));
