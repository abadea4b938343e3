import { expectBytes, kindOf, SomaKitError } from '@somakit/core';
import '../errors.js';
import { prepareKey } from './sign.js';
import { isCanonicalScalar, isSmallOrderPublicKey as isSmallOrder, verifyZip215 } from './verify.js';

/** @throws INVALID_KEY_LENGTH unless the secret key has 32 bytes. */
const checkSecretKey = (secretKey: Uint8Array): Uint8Array => {
  if (!(secretKey instanceof Uint8Array) || secretKey.length !== 32) {
    const received = secretKey instanceof Uint8Array ? secretKey.length : 0;
    const found = secretKey instanceof Uint8Array ? `${received} bytes` : `a value of type ${kindOf(secretKey)}`;
    throw new SomaKitError('INVALID_KEY_LENGTH', `An Ed25519 secret key has 32 bytes, not ${found}.`, {
      context: { key: 'Ed25519 secret key', form: 'bytes', expected: 32, received },
    });
  }
  return secretKey;
};

/**
 * Signs a message with plain Ed25519 (RFC 8032): 64 bytes, without flag and public key. For transactions use
 * `Keypair.signTransaction`.
 *
 * @throws INVALID_KEY_LENGTH
 */
export const signEd25519 = (message: Uint8Array, secretKey: Uint8Array): Uint8Array =>
  prepareKey(checkSecretKey(secretKey)).sign(expectBytes('message', message));

/** How strictly to verify. */
export interface VerifyOptions {
  /** Refuse public keys of small order, for which anyone can sign. The chain accepts them. Defaults to false. */
  readonly strict?: boolean | undefined;
}

/**
 * Whether a plain 64-byte Ed25519 signature verifies, by the rules of the chain (ZIP-215: unreduced coordinates are
 * accepted, S of the group order or more is not).
 *
 * @throws INVALID_ARGUMENT for other lengths than 64 and 32 bytes.
 * @example
 * import { Keypair, verifyEd25519 } from '@somakit/crypto';
 * const keypair = Keypair.generate();
 * const message = Uint8Array.of(1, 2, 3);
 * verifyEd25519(message, keypair.sign(message), keypair.publicKey); // true
 */
export const verifyEd25519 = (
  message: Uint8Array,
  signature: Uint8Array,
  publicKey: Uint8Array,
  options: VerifyOptions = {},
): boolean => {
  expectBytes('message', message);
  expectBytes('signature', signature, 64);
  expectBytes('publicKey', publicKey, 32);
  if (!isCanonicalScalar(signature)) return false;
  if (options.strict === true && isSmallOrder(publicKey)) return false;
  return verifyZip215(message, signature, publicKey);
};

/**
 * Whether a public key is of small order: one of the few that have no secret and for which anyone can sign.
 * @throws INVALID_ARGUMENT unless the key has 32 bytes.
 */
export const isSmallOrderPublicKey = (publicKey: Uint8Array): boolean =>
  isSmallOrder(expectBytes('publicKey', publicKey, 32));
