import { expectBytes, idBytes, parseAddress } from '@somakit/core';
import { encodeIntent, type Intent, type IntentScope } from '../intent.js';
import { concat, u64Bytes } from '../internal/bytes.js';
import { blsPublicKey, blsSign, blsVerify } from './bls.js';

/**
 * The message that an authority signs: the intent, the BCS bytes of the value, the epoch. It is signed as it is, not
 * hashed before. For a checkpoint: scope `CheckpointSummary` and the epoch that the summary holds.
 *
 * Source: `types/src/crypto.rs`, `AuthoritySignInfo` and `SomaAuthoritySignature`.
 * @throws INVALID_INTENT; INVALID_ARGUMENT unless the epoch is a u64.
 */
export const authorityMessage = (scope: Intent | IntentScope, bytes: Uint8Array, epoch: bigint): Uint8Array =>
  concat(encodeIntent(scope), expectBytes('bytes', bytes), u64Bytes('epoch', epoch));

/**
 * The message of a proof of possession: 141 bytes.
 *
 * Source: `types/src/crypto.rs`, `generate_proof_of_possession`.
 * @throws INVALID_ADDRESS; INVALID_ARGUMENT unless the key has 96 bytes.
 */
export const proofOfPossessionMessage = (publicKey: Uint8Array, address: string | Uint8Array): Uint8Array => {
  // The value is a byte vector, so its length, 128, stands in front.
  const value = concat(
    Uint8Array.of(0x80, 0x01),
    expectBytes('publicKey', publicKey, 96),
    idBytes(parseAddress(address)),
  );
  return authorityMessage('ProofOfPossession', value, 0n);
};

/**
 * Proves, for the account of a validator, that its owner has the secret of an authority key: 48 bytes.
 * @throws INVALID_KEY_LENGTH INVALID_BLS_SECRET_KEY INVALID_ADDRESS
 */
export const createProofOfPossession = (secretKey: Uint8Array, address: string | Uint8Array): Uint8Array =>
  blsSign(proofOfPossessionMessage(blsPublicKey(secretKey), address), secretKey);

/**
 * Whether a proof of possession holds.
 * @throws INVALID_BLS_PUBLIC_KEY INVALID_BLS_SIGNATURE INVALID_ADDRESS; INVALID_ARGUMENT for wrong lengths.
 */
export const verifyProofOfPossession = (parameters: {
  readonly publicKey: Uint8Array;
  readonly address: string | Uint8Array;
  readonly proof: Uint8Array;
}): boolean => {
  const { publicKey, address, proof } = parameters;
  return blsVerify(proofOfPossessionMessage(publicKey, address), proof, publicKey);
};
