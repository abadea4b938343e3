import { expectBytes, toBase64 } from '@somakit/core';
import { readBase64 } from '../key-text.js';
import { checkBlsPublicKey, checkBlsSecretKey } from './bls.js';

/**
 * The text of a BLS public key: Base64 of its 96 bytes, without flag.
 * @throws INVALID_ARGUMENT unless it has 96 bytes.
 */
export const formatBlsPublicKey = (publicKey: Uint8Array): string => toBase64(expectBytes('publicKey', publicKey, 96));

/**
 * Reads the text of a BLS public key and checks that it is one.
 * @throws INVALID_KEY_ENCODING INVALID_KEY_LENGTH INVALID_BLS_PUBLIC_KEY
 */
export const parseBlsPublicKey = (text: string): Uint8Array =>
  checkBlsPublicKey(readBase64('BLS public key', text, 96));

/**
 * **The secret** as the content of an official authority key file: Base64 of its 32 bytes, without flag.
 * @throws INVALID_KEY_LENGTH INVALID_BLS_SECRET_KEY
 */
export const formatBlsSecretKey = (secretKey: Uint8Array): string => toBase64(checkBlsSecretKey(secretKey));

/**
 * Reads the content of an official authority key file, blanks around it included.
 * @throws INVALID_KEY_ENCODING INVALID_KEY_LENGTH INVALID_BLS_SECRET_KEY
 */
export const parseBlsSecretKey = (content: string): Uint8Array =>
  checkBlsSecretKey(readBase64('BLS secret key', typeof content === 'string' ? content.trim() : content, 32));
