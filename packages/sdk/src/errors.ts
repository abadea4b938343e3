import type { ExecutionFailureStatus } from '@somakit/bcs';
import type { Digest, ObjectId } from '@somakit/core';

declare module '@somakit/core' {
  interface ErrorContexts {
    /** The client was made without the URL of a service. */
    SERVICE_NOT_CONFIGURED: { readonly service: 'faucet' | 'admin' | 'scoring'; readonly option: string };
    /** A write without a signer. */
    NO_SIGNER: { readonly operation: string };
    /** The chain would fail the transaction: nothing was sent and no fee paid. */
    PREFLIGHT_FAILED: { readonly operation: string; readonly failure: ExecutionFailureStatus };
    /** Another writer with the same key has sent the very same transaction, and the coins do not change. */
    SENT_BEFORE: { readonly digest: Digest };
    /** The account has no second coin to merge. */
    NOTHING_TO_MERGE: { readonly coins: number };
    /** An object is not of the type, or not of the owner, that an operation needs. */
    WRONG_OBJECT: { readonly objectId: ObjectId; readonly expected: string; readonly received: string };
    /** The epoch did not end in the time given. */
    EPOCH_NOT_ADVANCED: { readonly epoch: bigint; readonly waitedMs: number };
  }
}
