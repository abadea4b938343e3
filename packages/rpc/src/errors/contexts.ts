import type { Digest } from '@somakit/core';
import type { TransportFailure } from '../transport/types.js';

/** The status of a gRPC reply by its official name. */
export type RpcStatusName =
  | 'CANCELLED'
  | 'UNKNOWN'
  | 'INVALID_ARGUMENT'
  | 'DEADLINE_EXCEEDED'
  | 'NOT_FOUND'
  | 'ALREADY_EXISTS'
  | 'PERMISSION_DENIED'
  | 'RESOURCE_EXHAUSTED'
  | 'FAILED_PRECONDITION'
  | 'ABORTED'
  | 'OUT_OF_RANGE'
  | 'UNIMPLEMENTED'
  | 'INTERNAL'
  | 'UNAVAILABLE'
  | 'DATA_LOSS'
  | 'UNAUTHENTICATED';

/** What a server says is wrong with a request, field by field. */
export interface FieldViolation {
  /** Path in the request as the server names it, `requests[0].object_id`. */
  readonly field: string;
  readonly description: string;
  /** `FIELD_INVALID`, `FIELD_MISSING`, or what a newer server says. */
  readonly reason: string;
}

/** A detail of a status: decoded where its type is known, as bytes otherwise. */
export interface RpcErrorDetail {
  /** Full name of the message, `google.rpc.BadRequest`. */
  readonly type: string;
  readonly value: unknown;
}

/** What every failed call tells. */
export interface RpcFailure {
  /** `soma.rpc.LedgerService/GetObject`. */
  readonly method: string;
  readonly url: string;
  readonly status: RpcStatusName;
  /** The server's words; empty where it gave none. */
  readonly text: string;
  readonly violations: readonly FieldViolation[];
  readonly details: readonly RpcErrorDetail[];
  /** Why the call failed on its way; missing for a status of the server. */
  readonly reason?: TransportFailure | undefined;
  /** Whether the server may have acted on the request. */
  readonly sent: boolean;
  /** The pause that the server asks for. */
  readonly retryAfterMs?: number | undefined;
  /** Of a submission: the transaction's digest, to ask what became of it. */
  readonly digest?: Digest | undefined;
}

declare module '@somakit/core' {
  interface ErrorContexts {
    /** The server finds a field of the request wrong (INVALID_ARGUMENT). */
    RPC_INVALID_REQUEST: RpcFailure;
    /** There is no such object, transaction, checkpoint or epoch (NOT_FOUND), or it was pruned. */
    RPC_NOT_FOUND: RpcFailure;
    /** The server could not be reached, or cannot answer now (UNAVAILABLE). */
    RPC_UNAVAILABLE: RpcFailure;
    /** The server does not offer this method (UNIMPLEMENTED). */
    RPC_UNIMPLEMENTED: RpcFailure;
    /** The server wants other credentials (UNAUTHENTICATED, PERMISSION_DENIED). */
    RPC_DENIED: RpcFailure;
    /** A message is longer than one side takes (OUT_OF_RANGE, RESOURCE_EXHAUSTED). */
    RPC_TOO_LARGE: RpcFailure;
    /** The server is asked too much (RESOURCE_EXHAUSTED). */
    RPC_EXHAUSTED: RpcFailure;
    /** The call does not fit the server's state (FAILED_PRECONDITION, ALREADY_EXISTS, ABORTED). */
    RPC_CONFLICT: RpcFailure;
    /** A time limit of the server (DEADLINE_EXCEEDED). The caller's own limit is `TIMEOUT`. */
    RPC_DEADLINE: RpcFailure;
    /** The server ended the call without a status, or cancelled it. */
    RPC_RESET: RpcFailure;
    /** The server failed (INTERNAL, UNKNOWN, DATA_LOSS), or what it sent is no gRPC. */
    RPC_FAILED: RpcFailure;
    /** A reply lacks something or holds something that it must not. */
    RPC_INVALID_REPLY: {
      /** Path in the reply: `effects.changedObjects[2].inputOwner`. */
      readonly path: string;
      readonly expected: string;
      readonly received?: unknown;
    };
    /**
     * A transaction was sent and no answer came: it may have been executed, may still be, or never will be. Ask by its
     * digest, or send the identical bytes once more: `resumeTransaction` does both. Never build a new one for it.
     */
    OUTCOME_UNKNOWN: {
      readonly digest: Digest;
      /** The signed transaction as it was sent (BCS). */
      readonly transaction: Uint8Array;
      /** How often the bytes went out. */
      readonly attempts: number;
    };
    /** A transaction was executed, but no checkpoint with it was seen in time. Its effects are final all the same. */
    CHECKPOINT_NOT_SEEN: { readonly digest: Digest; readonly waitedMs: number; readonly result: unknown };
  }
}
