import { SenderSignedData, TRANSACTION_INTENT, TransactionData } from '@somakit/bcs';
import { type Digest, invalidArgument, isError } from '@somakit/core';
import { refusalError } from '@somakit/protocol/checks';
import { digestOfTransaction, readTransaction } from '../encode/transaction.js';

/** A transaction and its signatures, in any of the forms that programs have at hand. */
export type LedgerTransaction =
  /** BCS of the signed transaction, as it is sent over the wire. */
  | Uint8Array
  /** The signed transaction as a value. */
  | SenderSignedData
  /** BCS of the `TransactionData`, and the serialised signatures. */
  | {
      readonly bytes: Uint8Array;
      readonly signatures?: readonly Uint8Array[] | undefined;
      readonly signature?: Uint8Array | undefined;
    }
  /** The transaction as a value, and the serialised signatures. */
  | { readonly data: TransactionData; readonly signatures?: readonly Uint8Array[] | undefined };

/** A transaction as the ledger works with it. */
export interface ParsedTransaction {
  readonly data: TransactionData;
  readonly bytes: Uint8Array;
  readonly digest: Digest;
  readonly signatures: readonly Uint8Array[];
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

const decode = <T>(run: () => T): T => {
  try {
    return run();
  } catch (cause) {
    if (!isError(cause)) throw cause;
    throw refusalError({ kind: 'TransactionDeserializationError', error: cause.message });
  }
};

const parsed = (data: TransactionData, bytes: Uint8Array, signatures: readonly Uint8Array[]): ParsedTransaction => ({
  data,
  bytes,
  digest: digestOfTransaction(bytes),
  signatures,
});

/**
 * Reads a transaction in any form (check 1).
 * @throws TRANSACTION_REFUSED when the bytes or the value are no transaction.
 * @throws INVALID_ARGUMENT when the argument has none of the forms.
 */
export const parseTransaction = (transaction: LedgerTransaction): ParsedTransaction => {
  if (transaction instanceof Uint8Array) return fromSigned(decode(() => SenderSignedData.decode(transaction)));
  if (isObject(transaction)) {
    if ('bytes' in transaction && transaction.bytes instanceof Uint8Array) {
      const { bytes } = transaction;
      const signatures = transaction.signatures ?? (transaction.signature === undefined ? [] : [transaction.signature]);
      const known = readTransaction(bytes);
      if (known !== undefined) return { data: known.data, bytes, digest: known.digest, signatures };
      return parsed(
        decode(() => TransactionData.decode(bytes)),
        bytes,
        signatures,
      );
    }
    if ('data' in transaction && isObject(transaction.data)) {
      const { data, signatures = [] } = transaction;
      return parsed(
        data,
        decode(() => TransactionData.encode(data)),
        signatures,
      );
    }
    if ('intentMessage' in transaction) return fromSigned(transaction);
  }
  throw invalidArgument(
    'transaction',
    'the bytes of a signed transaction, its value, or { bytes, signatures }',
    transaction,
    'buildTransaction of @somakit/tx-builders gives the bytes, a signer the signature.',
  );
};

const fromSigned = ({ intentMessage, txSignatures }: SenderSignedData): ParsedTransaction => {
  const { scope, version, app } = intentMessage.intent;
  if (scope !== TRANSACTION_INTENT.scope || version !== TRANSACTION_INTENT.version || app !== TRANSACTION_INTENT.app) {
    const error = `the intent is ${scope} ${version} ${app}, not that of a transaction, 0 0 1`;
    throw refusalError({ kind: 'TransactionDeserializationError', error });
  }
  return parsed(
    intentMessage.value,
    decode(() => TransactionData.encode(intentMessage.value)),
    txSignatures,
  );
};
