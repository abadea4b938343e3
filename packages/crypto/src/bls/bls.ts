import { bls12_381 } from '@noble/curves/bls12-381.js';
import { expand, extract } from '@noble/hashes/hkdf.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { expectBytes, invalidArgument, SomaKitError } from '@somakit/core';
import { ascii, concat } from '../internal/bytes.js';
import { publicKeyPoint, signaturePoint } from './points.js';

/** The domain of the hash to the curve: the basic scheme, no augmentation. Source: fastcrypto `bls12381/min_sig`. */
const DOMAIN = 'BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_NUL_';
const ORDER = 0x73eda753299d7d483339d80809a1d80553bda402fffe5bfeffffffff00000001n;

const hashToCurve = (message: Uint8Array) => bls12_381.shortSignatures.hash(expectBytes('message', message), DOMAIN);

const toNumber = (bytes: Uint8Array): bigint => bytes.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);

/**
 * A new BLS secret key, 32 bytes big-endian, by the KeyGen of the IETF draft, from 32 random bytes or from those given.
 *
 * Source: fastcrypto `bls12381/mod.rs`, `BLS12381KeyPair::generate` (blst's `key_gen` without key info).
 * @throws INVALID_ARGUMENT when fewer than 32 bytes are given.
 */
export const generateBlsSecretKey = (randomness?: Uint8Array | undefined): Uint8Array => {
  const material = randomness ?? globalThis.crypto.getRandomValues(new Uint8Array(32));
  if (expectBytes('randomness', material).length < 32) {
    throw invalidArgument('randomness', 'at least 32 bytes', material.length);
  }
  let salt: Uint8Array = ascii('BLS-SIG-KEYGEN-SALT-');
  for (;;) {
    salt = sha256(salt);
    const key = expand(sha256, extract(sha256, concat(material, Uint8Array.of(0)), salt), Uint8Array.of(0, 48), 48);
    const scalar = toNumber(key) % ORDER;
    if (scalar !== 0n)
      return Uint8Array.from({ length: 32 }, (_, i) => Number((scalar >> BigInt(8 * (31 - i))) & 0xffn));
  }
};

/**
 * The secret key itself, when it is one.
 * @throws INVALID_KEY_LENGTH unless it has 32 bytes. @throws INVALID_BLS_SECRET_KEY unless 1 to the group order - 1.
 */
export const checkBlsSecretKey = (secretKey: Uint8Array): Uint8Array => {
  if (!(secretKey instanceof Uint8Array) || secretKey.length !== 32) {
    const received = secretKey instanceof Uint8Array ? secretKey.length : 0;
    throw new SomaKitError('INVALID_KEY_LENGTH', `A BLS secret key has 32 bytes, not ${received}.`, {
      context: { key: 'BLS secret key', form: 'bytes', expected: 32, received },
    });
  }
  const scalar = toNumber(secretKey);
  if (scalar === 0n || scalar >= ORDER) {
    const expected = 'a big-endian number from 1 to below the group order';
    throw new SomaKitError('INVALID_BLS_SECRET_KEY', `The BLS secret key is not ${expected}.`, {
      context: { expected },
    });
  }
  return secretKey;
};

let generator: ReturnType<typeof publicKeyPoint> | undefined;

/**
 * The public key, 96 bytes (a compressed point of G2), of a secret key.
 * @throws INVALID_KEY_LENGTH INVALID_BLS_SECRET_KEY
 */
export const blsPublicKey = (secretKey: Uint8Array): Uint8Array => {
  const { Point } = bls12_381.G2;
  const secret = bls12_381.fields.Fr.fromBytes(checkBlsSecretKey(secretKey));
  // A generator of our own: the library's makes a table of 1,408 points before its first product, a fifth of a second.
  // Both ways take the same time whatever the secret is.
  generator ??= Point.fromAffine(Point.BASE.toAffine());
  return generator.multiply(secret).toBytes();
};

/**
 * Signs a message: 48 bytes (a compressed point of G1). Authorities sign what `authorityMessage` gives.
 * @throws INVALID_KEY_LENGTH INVALID_BLS_SECRET_KEY
 */
export const blsSign = (message: Uint8Array, secretKey: Uint8Array): Uint8Array =>
  bls12_381.shortSignatures.sign(hashToCurve(message), checkBlsSecretKey(secretKey)).toBytes();

/**
 * The public key itself, when it is a point of the right group and not infinity. Check a key when it is first
 * accepted, together with its proof of possession.
 * @throws INVALID_BLS_PUBLIC_KEY; INVALID_ARGUMENT unless it has 96 bytes.
 */
export const checkBlsPublicKey = (publicKey: Uint8Array): Uint8Array => {
  publicKeyPoint(publicKey);
  return publicKey;
};

/**
 * Whether a signature is by a public key. Bytes that are no signature or no key throw.
 * @throws INVALID_BLS_SIGNATURE INVALID_BLS_PUBLIC_KEY; INVALID_ARGUMENT for wrong lengths.
 */
export const blsVerify = (message: Uint8Array, signature: Uint8Array, publicKey: Uint8Array): boolean =>
  bls12_381.shortSignatures.verify(signaturePoint(signature), hashToCurve(message), publicKeyPoint(publicKey));

/** The aggregate of no signature: the point at infinity. */
export const BLS_EMPTY_SIGNATURE: Uint8Array = /* @__PURE__ */ (() => {
  const bytes = new Uint8Array(48);
  bytes[0] = 0xc0;
  return bytes;
})();

/**
 * The sum of signatures, usually of several keys over one message. Of none: {@link BLS_EMPTY_SIGNATURE}.
 * @throws INVALID_BLS_SIGNATURE; INVALID_ARGUMENT for wrong lengths.
 */
export const aggregateBlsSignatures = (signatures: readonly Uint8Array[]): Uint8Array =>
  signatures.reduce((sum, signature) => sum.add(signaturePoint(signature)), bls12_381.G1.Point.ZERO).toBytes();

const sumOfKeys = (publicKeys: readonly Uint8Array[]) => {
  if (!Array.isArray(publicKeys) || publicKeys.length === 0) throw invalidArgument('publicKeys', 'at least one key');
  return publicKeys.reduce((sum, publicKey) => sum.add(publicKeyPoint(publicKey)), bls12_381.G2.Point.ZERO);
};

/**
 * The sum of public keys. Only of keys that proved their possession: otherwise a made-up key can cancel the others.
 * @throws INVALID_BLS_PUBLIC_KEY; INVALID_ARGUMENT for none and for wrong lengths.
 */
export const aggregateBlsPublicKeys = (publicKeys: readonly Uint8Array[]): Uint8Array =>
  sumOfKeys(publicKeys).toBytes();

/**
 * Whether an aggregate is of one signature of each public key over the same message. Whether the signers weigh enough
 * is for the caller to say (the chain asks for 6667 of 10000).
 *
 * Source: `types/src/crypto.rs`, `AuthorityQuorumSignInfo`; fastcrypto `min_sig::BLS12381AggregateSignature`.
 * @throws INVALID_BLS_SIGNATURE INVALID_BLS_PUBLIC_KEY; INVALID_ARGUMENT for no key and for wrong lengths.
 */
export const verifyBlsAggregate = (
  message: Uint8Array,
  signature: Uint8Array,
  publicKeys: readonly Uint8Array[],
): boolean => {
  const sum = sumOfKeys(publicKeys);
  const point = signaturePoint(signature);
  return !sum.is0() && bls12_381.shortSignatures.verify(point, hashToCurve(message), sum);
};
