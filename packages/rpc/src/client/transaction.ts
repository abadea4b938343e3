import { SenderSignedData, signedTransaction, TransactionData } from '@somakit/bcs';
import { type Digest, invalidArgument } from '@somakit/core';
import { transactionDigest } from '@somakit/crypto';
import { signatureToProto } from '../convert/signatures.js';
import { transactionToProto } from '../convert/transactions.js';

/**
 * A signed transaction: its BCS bytes as nodes take them, their value, or what `signTransaction` of
 * `@somakit/tx-builders` gives.
 */
export type SignedInput =
  | Uint8Array
  | SenderSignedData
  | {
      readonly bytes: Uint8Array;
      readonly signatures: readonly Uint8Array[];
      /** The other forms of `bytes`, where they are known: nothing is decoded again. */
      readonly data?: TransactionData | undefined;
      readonly digest?: Digest | undefined;
      readonly signedBytes?: Uint8Array | undefined;
    };

/** A transaction without signatures: the BCS bytes of a `TransactionData`, or the value. */
export type UnsignedInput = Uint8Array | TransactionData | { readonly bytes: Uint8Array };

/** A transaction ready to go out. */
export interface PreparedTransaction {
  readonly digest: Digest;
  readonly data: TransactionData;
  readonly signatures: readonly Uint8Array[];
  /** BCS of the signed transaction. */
  readonly signedBytes: Uint8Array;
}

/** @throws INVALID_ARGUMENT, BCS_* */
export const prepareSigned = (input: SignedInput): PreparedTransaction => {
  if (typeof input !== 'object' || input === null) {
    throw invalidArgument('transaction', 'a signed transaction (bytes, value, or bytes and signatures)', input);
  }
  if (!(input instanceof Uint8Array) && !('intentMessage' in input)) {
    const { bytes, signatures, digest, signedBytes } = input;
    const data = input.data ?? TransactionData.decode(bytes);
    return {
      digest: digest ?? transactionDigest(bytes),
      data,
      signatures,
      signedBytes: signedBytes ?? SenderSignedData.encode(signedTransaction(data, signatures)),
    };
  }
  const value = input instanceof Uint8Array ? SenderSignedData.decode(input) : input;
  const data = value.intentMessage.value;
  return {
    digest: transactionDigest(TransactionData.encode(data)),
    data,
    signatures: value.txSignatures,
    // Decoding takes the one canonical form only; a copy, because the caller's bytes may change.
    signedBytes: input instanceof Uint8Array ? Uint8Array.from(input) : SenderSignedData.encode(value),
  };
};

export const prepareUnsigned = (input: UnsignedInput): TransactionData => {
  if (input instanceof Uint8Array) return TransactionData.decode(input);
  if (typeof input !== 'object' || input === null) {
    throw invalidArgument('transaction', 'a transaction (BCS bytes or value)', input);
  }
  return 'bytes' in input ? TransactionData.decode(input.bytes) : input;
};

/** The request's own part. */
export const submission = ({ data, digest, signatures }: PreparedTransaction) => ({
  transaction: transactionToProto(data, 'bare', digest),
  signatures: signatures.map(signatureToProto),
});
