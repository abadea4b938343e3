import type { ExecutionFailureStatus } from '@somakit/bcs';
import type { Digest } from '@somakit/core';

declare module '@somakit/core' {
  interface ErrorContexts {
    /** A genesis cannot be built from the options, or the objects are no genesis. */
    INVALID_GENESIS: { readonly problem: string };
    /** A snapshot id is unknown: never given, or used up by a revert to it or to an earlier one. */
    UNKNOWN_SNAPSHOT: { readonly id: number };
    /** An invariant does not hold after a transaction: a defect of the ledger, or of a state it was given. */
    LEDGER_INVARIANT: { readonly invariant: 'supply' | 'single use'; readonly digest: Digest; readonly detail: string };
    /** The validator keys at hand do not have the voting power that a checkpoint's certificate needs. */
    CHECKPOINT_KEYS: { readonly votingPower: bigint; readonly needed: bigint };
    /** A recorded checkpoint does not fit the ledger's state. */
    CHECKPOINT_MISMATCH: { readonly field: string; readonly expected: unknown; readonly received: unknown };
    /** The store has no ledger in it and no genesis was given, or it has the ledger of another chain. */
    STORE_MISMATCH: { readonly problem: string };
  }
}

/** Ends an execution: the transaction fails with this status. Never leaves the ledger. */
export class ExecutionFailure {
  readonly status: ExecutionFailureStatus;
  constructor(status: ExecutionFailureStatus) {
    this.status = status;
  }
}

/** Throws a failure of execution. */
export const fail: (status: ExecutionFailureStatus) => never = (status) => {
  throw new ExecutionFailure(status);
};

/** Throws a failure of execution, if there is one: for the checks of the protocol package. */
export const failIf = (status: ExecutionFailureStatus | undefined): void => {
  if (status !== undefined) throw new ExecutionFailure(status);
};
