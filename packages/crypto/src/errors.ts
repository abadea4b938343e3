import '@somakit/core';

/** The text and file forms that a key can have. */
export type KeyForm = 'bytes' | 'hex' | 'bech32' | 'base64';

/** The rules that a multisig account or signature can break. */
export type MultiSigRule =
  | 'member count'
  | 'duplicate member'
  | 'weight'
  | 'threshold'
  | 'bitmap'
  | 'signature count'
  | 'unknown signer'
  | 'duplicate signer'
  | 'layout';

declare module '@somakit/core' {
  interface ErrorContexts {
    /** A key has the wrong number of bytes. */
    INVALID_KEY_LENGTH: {
      readonly key: string;
      readonly form: KeyForm;
      readonly expected: number;
      readonly received: number;
    };
    /** The text of a key is not in the encoding that it should be in. The text is nowhere in the error. */
    INVALID_KEY_ENCODING: { readonly key: string; readonly form: KeyForm; readonly expected: string };
    /** The Bech32 checksum of a key is wrong: a mistyped or cut key. */
    INVALID_KEY_CHECKSUM: { readonly key: string; readonly expected: string };
    /** A Bech32 text is not a SOMA key: its human-readable part is another one. */
    WRONG_KEY_PREFIX: { readonly key: string; readonly expected: string };
    /** The flag byte in front of a key names another scheme than the one expected, or none. */
    UNKNOWN_KEY_FLAG: { readonly key: string; readonly expected: number; readonly received: number };
    /** Bytes are not a public key: no point of the curve. */
    INVALID_PUBLIC_KEY: { readonly expected: string };
    /** The strict rule refuses keys of small order, which sign anything; the chain itself accepts them. */
    SMALL_ORDER_KEY: { readonly expected: string };
    /** A signature has the wrong number of bytes. */
    INVALID_SIGNATURE_LENGTH: { readonly scheme: string; readonly expected: string; readonly received: number };
    /** The text of a signature is not padded Base64. */
    INVALID_SIGNATURE_ENCODING: { readonly expected: string };
    /** The flag byte in front of a signature is neither Ed25519 (0x00) nor MultiSig (0x02). */
    UNKNOWN_SIGNATURE_FLAG: { readonly expected: string; readonly received: number };
    /** The number S of an Ed25519 signature is not below the group order. */
    NON_CANONICAL_SIGNATURE: { readonly expected: string };
    /** A well-formed signature does not verify. `member` counts from 0 in a multisig. */
    INVALID_SIGNATURE: { readonly signer: string; readonly member?: number };
    /** A signature is by another account than the one that should have signed. */
    INCORRECT_SIGNER: { readonly expected: string; readonly received: string };
    /** A multisig account or signature breaks a rule of the chain. */
    INVALID_MULTISIG: { readonly rule: MultiSigRule; readonly expected: string; readonly received?: unknown };
    /** The members that signed do not weigh enough together. */
    MULTISIG_THRESHOLD_NOT_REACHED: { readonly threshold: number; readonly weight: number };
    /** Bytes or text are not an intent. */
    INVALID_INTENT: { readonly expected: string; readonly received: unknown };
    /** A BLS secret key is not a number from 1 to the group order. */
    INVALID_BLS_SECRET_KEY: { readonly expected: string };
    /** Bytes are not a BLS public key of the right group, or are the point at infinity. */
    INVALID_BLS_PUBLIC_KEY: { readonly expected: string };
    /** Bytes are not a BLS signature of the right group. */
    INVALID_BLS_SIGNATURE: { readonly expected: string };
    /** Bytes are not the state of an object set: no Ristretto255 point. */
    INVALID_OBJECT_SET: { readonly expected: string };
    /** A mnemonic has another number of words than 12, 15, 18, 21 or 24. */
    INVALID_MNEMONIC_LENGTH: { readonly expected: string; readonly received: number };
    /** A word of a mnemonic is not in the list. `position` counts from 1; the word itself is nowhere in the error. */
    INVALID_MNEMONIC_WORD: { readonly position: number; readonly expected: string };
    /** The words are all in the list, but their checksum is wrong: a swapped or mistaken word. */
    INVALID_MNEMONIC_CHECKSUM: { readonly expected: string };
    /** A derivation path is not of the form m/44'/784'/a'/c'/i'. */
    INVALID_DERIVATION_PATH: { readonly expected: string; readonly received: unknown };
  }
}
