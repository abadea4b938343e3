import type { ExecutionFailureStatus, TransactionEffects } from '@somakit/bcs';
import type { Address, Digest, ObjectId } from '@somakit/core';

declare module '@somakit/core' {
  interface ErrorContexts {
    /** A transaction was executed and failed: it changed nothing but its base fee. `effects` are what it left. */
    TRANSACTION_FAILED: {
      readonly digest: Digest;
      readonly failure: ExecutionFailureStatus;
      readonly effects: TransactionEffects;
    };
    /** A transaction names one object twice: the chain takes an object once. */
    DUPLICATE_INPUT: { readonly objectId: ObjectId; readonly expected: string };
    /** A transaction is larger than consensus carries. */
    TRANSACTION_TOO_LARGE: { readonly bytes: number; readonly limit: number };
    /** The kind of a transaction is one that only validators make. */
    SYSTEM_TRANSACTION: { readonly kind: string; readonly expected: string };
    /** A signer is of another account than the transaction needs. */
    WRONG_SIGNER: { readonly expected: Address | readonly Address[]; readonly received: Address };
    /** The account has less than an operation needs, in coins that nothing else uses at the moment. */
    INSUFFICIENT_COINS: {
      /** Shannons that the coins must hold together, fees included. */
      readonly required: bigint;
      /** Shannons in the coins that may be used. */
      readonly available: bigint;
      /** Shannons in coins that other transactions use right now. */
      readonly reserved: bigint;
      readonly purpose: 'gas' | 'value' | 'bond' | 'split' | 'merge';
    };
    /** An envelope of an offline transaction is damaged, or was changed. */
    INVALID_ENVELOPE: { readonly path: string; readonly expected: string; readonly received?: unknown };
    /** An envelope is of a newer version than this package reads. */
    UNKNOWN_ENVELOPE_VERSION: { readonly expected: readonly number[]; readonly received: unknown };
    /** An envelope lacks signatures. */
    ENVELOPE_INCOMPLETE: { readonly digest: Digest; readonly weight: number; readonly threshold: number };
  }
}
