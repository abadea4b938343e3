import { type Digest, digestBytes, expectBytes, parseDigest, toHex } from '@somakit/core';
import { blake2b256 } from './hash/index.js';
import { ascii, concat } from './internal/bytes.js';

const digestOf = (hash: Uint8Array): Digest => parseDigest(hash);

/**
 * The default hash of the chain: the hash of a type's name, `::` and the BCS bytes of a value, so that values of
 * two types never share a digest. The functions below know the names.
 *
 * Source: `types/src/crypto.rs`, `default_hash` and `BcsSignable`.
 * @throws INVALID_ARGUMENT when `bytes` is not a Uint8Array.
 */
export const hashNamed = (name: string, bytes: Uint8Array): Uint8Array =>
  blake2b256(concat(namePrefix(name), expectBytes('bytes', bytes)));

/** What {@link hashNamed} puts in front: for who has both in one buffer anyway. */
export const namePrefix = (name: string): Uint8Array => ascii(`${name}::`);

/**
 * The digest of a transaction, from the BCS bytes of its `TransactionData`. Signatures are not part of it, and it is
 * not what they sign: that is `signingDigest`.
 *
 * @throws INVALID_ARGUMENT when `bytes` is not a Uint8Array.
 */
export const transactionDigest = (bytes: Uint8Array): Digest => digestOf(hashNamed('TransactionData', bytes));

/**
 * The digest of an object, from its BCS bytes. The name in the hash is `Object`, not that of the Rust type
 * (`types/src/object.rs`, `ObjectInner`).
 */
export const objectDigest = (bytes: Uint8Array): Digest => digestOf(hashNamed('Object', bytes));

/** The digest of transaction effects, from their BCS bytes. */
export const effectsDigest = (bytes: Uint8Array): Digest => digestOf(hashNamed('TransactionEffects', bytes));

/** The digest of a checkpoint, from the BCS bytes of its `CheckpointSummary`. */
export const checkpointDigest = (bytes: Uint8Array): Digest => digestOf(hashNamed('CheckpointSummary', bytes));

/** The digest of a committee, from its BCS bytes. */
export const committeeDigest = (bytes: Uint8Array): Digest => digestOf(hashNamed('Committee', bytes));

/** The full digest of a signed transaction, signatures included, from the BCS bytes of its `SenderSignedData`. */
export const signedTransactionDigest = (bytes: Uint8Array): Digest => digestOf(blake2b256(expectBytes('bytes', bytes)));

/** The digest of a certificate, from the BCS bytes of its `CertifiedTransaction`. */
export const certificateDigest = (bytes: Uint8Array): Digest => digestOf(blake2b256(expectBytes('bytes', bytes)));

/**
 * The short text of a chain identifier, which is the digest of checkpoint 0: its first 4 bytes as 8 hex digits.
 *
 * Source: `types/src/digests.rs`, `ChainIdentifier`.
 * @throws INVALID_DIGEST
 */
export const shortChainId = (digest: string | Uint8Array): string =>
  toHex(digestBytes(parseDigest(digest)).subarray(0, 4));
