import { type Address, expectBytes, parseAddress } from '@somakit/core';
import { blake2b256 } from './hash/index.js';
import { concat } from './internal/bytes.js';

/**
 * The flag bytes of the signature schemes. There are no others; Sui's have other meanings.
 * Source: `types/src/crypto.rs`, `SignatureScheme`.
 */
export const SCHEME_FLAGS = { ed25519: 0x00, bls12381: 0x01, multisig: 0x02 } as const;

/** The address of a flag and what follows it: the hash of both. */
export const addressOf = (flag: number, rest: Uint8Array): Address =>
  parseAddress(blake2b256(concat(Uint8Array.of(flag), rest)));

/**
 * The address of an Ed25519 public key: the hash of flag 0 and the key.
 * @throws INVALID_ARGUMENT unless the key has 32 bytes.
 */
export const ed25519Address = (publicKey: Uint8Array): Address =>
  addressOf(SCHEME_FLAGS.ed25519, expectBytes('publicKey', publicKey, 32));

/**
 * The address of a BLS public key: the hash of flag 1 and the key. No account has it; it names key files.
 * @throws INVALID_ARGUMENT unless the key has 96 bytes.
 */
export const blsAddress = (publicKey: Uint8Array): Address =>
  addressOf(SCHEME_FLAGS.bls12381, expectBytes('publicKey', publicKey, 96));
