import { type Address, expectBytes, fromBase64, isError, parseAddress, SomaKitError } from '@somakit/core';
import { ed25519Address, SCHEME_FLAGS } from './address.js';
import { isCanonicalScalar, isPoint, isSmallOrderPublicKey, verifyZip215 } from './ed25519/verify.js';
import type { Intent, IntentScope } from './intent.js';
import { checkWeight, type MultiSigSignature, parseMultiSig, splitEd25519, unknownFlag } from './multisig.js';
import { signingDigest } from './signing-digest.js';

/** A serialised user signature, taken apart. */
export type UserSignature =
  | {
      readonly scheme: 'ed25519';
      readonly address: Address;
      /** The 64 bytes of Ed25519. */
      readonly signature: Uint8Array;
      readonly publicKey: Uint8Array;
    }
  | ({ readonly scheme: 'multisig'; readonly address: Address } & MultiSigSignature);

const signatureBytes = (signature: Uint8Array | string): Uint8Array => {
  if (typeof signature !== 'string') return expectBytes('signature', signature);
  try {
    return fromBase64(signature);
  } catch (error) {
    if (!isError(error, 'INVALID_ENCODING')) throw error;
    const expected = 'padded Base64 of a serialised signature';
    throw new SomaKitError('INVALID_SIGNATURE_ENCODING', `The signature is not ${expected}.`, {
      context: { expected },
    });
  }
};

/**
 * Takes a serialised user signature apart, bytes or Base64, without verifying it.
 *
 * Source: `types/src/crypto.rs`, `GenericSignature::from_bytes`.
 * @throws INVALID_SIGNATURE_LENGTH UNKNOWN_SIGNATURE_FLAG INVALID_MULTISIG INVALID_SIGNATURE_ENCODING
 */
export const parseSignature = (signature: Uint8Array | string): UserSignature => {
  const bytes = signatureBytes(signature);
  const flag = bytes[0];
  if (flag === SCHEME_FLAGS.multisig) {
    const parsed = parseMultiSig(bytes);
    return { scheme: 'multisig', address: parsed.multiSig.address, ...parsed };
  }
  if (flag !== undefined && flag !== SCHEME_FLAGS.ed25519) throw unknownFlag(flag, '0 (Ed25519) or 2 (MultiSig)');
  const { raw, publicKey } = splitEd25519(bytes);
  return { scheme: 'ed25519', address: ed25519Address(publicKey), signature: raw, publicKey };
};

/** Throws unless one Ed25519 signature verifies; the error says why as exactly as can be known. */
const verifyOne = (
  digest: Uint8Array,
  signature: Uint8Array,
  publicKey: Uint8Array,
  strict: boolean,
  member?: number,
): void => {
  const who = member === undefined ? 'the signature' : `the signature of member ${member}`;
  if (!isCanonicalScalar(signature)) {
    const expected = 'a number S below the group order';
    throw new SomaKitError('NON_CANONICAL_SIGNATURE', `S of ${who} is not below the group order.`, {
      context: { expected },
    });
  }
  if (strict && isSmallOrderPublicKey(publicKey)) {
    const expected = 'a public key of the large group';
    throw new SomaKitError('SMALL_ORDER_KEY', `The public key of ${who} is of small order; anyone can sign for it.`, {
      context: { expected },
    });
  }
  if (verifyZip215(digest, signature, publicKey)) return;
  if (!isPoint(publicKey)) {
    const expected = 'a point of the curve';
    throw new SomaKitError('INVALID_PUBLIC_KEY', `The public key of ${who} is not ${expected}.`, {
      context: { expected },
    });
  }
  const signer = ed25519Address(publicKey);
  throw new SomaKitError('INVALID_SIGNATURE', `The transaction does not match ${who}, by ${signer}.`, {
    context: member === undefined ? { signer } : { signer, member },
    hint: 'Other bytes, another intent, or another key were signed.',
  });
};

/** What {@link verifyTransactionSignature} checks beside the signature. */
export interface VerifyTransactionOptions {
  /**
   * Refuse what the chain accepts but no honest signer makes: public keys of small order, for which anyone can sign.
   * Defaults to false.
   */
  readonly strict?: boolean | undefined;
  /** The account that must have signed: the sender of the transaction. */
  readonly sender?: string | Uint8Array | undefined;
  /** What was signed. Defaults to a `TransactionData`. */
  readonly intent?: Intent | IntentScope | undefined;
}

/**
 * Verifies a serialised user signature (Ed25519 or multisig; bytes or Base64) over the BCS bytes of a
 * `TransactionData` and returns the account that signed; compare it with the sender, or give `sender`. It accepts what
 * the chain accepts, but for one thing: the chain ignores the bits of a multisig's bitmap for which there is no
 * signature, so that anyone could change them on the way. Here as many bits as signatures must be set.
 *
 * Source: `types/src/transaction.rs`, `verify_sender_signed_data_message_signatures`; fastcrypto `ed25519.rs`.
 * @throws INVALID_SIGNATURE NON_CANONICAL_SIGNATURE INVALID_PUBLIC_KEY when it does not verify.
 * @throws SMALL_ORDER_KEY only with `strict`. @throws INCORRECT_SIGNER only with `sender`.
 * @throws INVALID_MULTISIG MULTISIG_THRESHOLD_NOT_REACHED
 * @throws INVALID_SIGNATURE_LENGTH UNKNOWN_SIGNATURE_FLAG INVALID_SIGNATURE_ENCODING
 * @example
 * import { Keypair, verifyTransactionSignature } from '@somakit/crypto';
 * const keypair = Keypair.generate();
 * const bytes = Uint8Array.of(0); // the BCS bytes of a TransactionData
 * verifyTransactionSignature(bytes, keypair.signTransaction(bytes)) === keypair.address; // true
 */
export const verifyTransactionSignature = (
  bytes: Uint8Array,
  signature: Uint8Array | string,
  options: VerifyTransactionOptions = {},
): Address => {
  const { sender, intent, strict = false } = options;
  const parsed = parseSignature(signature);
  // First the signer, as the chain does: it costs nothing.
  if (sender !== undefined) {
    const expected = parseAddress(sender);
    if (parsed.address !== expected) {
      throw new SomaKitError('INCORRECT_SIGNER', `The signature is by ${parsed.address}, not by ${expected}.`, {
        context: { expected, received: parsed.address },
      });
    }
  }
  const digest = signingDigest(bytes, intent);
  if (parsed.scheme === 'ed25519') {
    verifyOne(digest, parsed.signature, parsed.publicKey, strict);
  } else {
    const { multiSig, signatures } = parsed;
    checkWeight(multiSig, signatures);
    if (!parsed.isExact) {
      const expected = 'as many bits as signatures';
      throw new SomaKitError('INVALID_MULTISIG', `The bitmap of the multisig has not ${expected}.`, {
        context: { rule: 'bitmap', expected, received: parsed.bitmap },
      });
    }
    for (const { member, signature: raw } of signatures) {
      verifyOne(digest, raw, multiSig.members[member]!.publicKey, strict, member);
    }
  }
  return parsed.address;
};
