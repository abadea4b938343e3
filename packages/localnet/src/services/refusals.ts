import type { SomaError } from '@somakit/bcs';
import { isError, type SomaKitError } from '@somakit/core';
import { type ConnectError, rpcStatus, type StatusName } from '@somakit/rpc/server';

/** The code of a refusal that the reference tries again for 90 seconds, and that nothing would change. */
const atOnce = (reason: SomaError): StatusName => {
  switch (reason.kind) {
    case 'ObjectNotFound':
      return 'NOT_FOUND';
    case 'ValidatorHaltedAtEpochEnd':
      return 'UNAVAILABLE';
    case 'TransactionDenied':
      return 'PERMISSION_DENIED';
    default:
      return 'INVALID_ARGUMENT';
  }
};

/** A refused transaction as a status. Source: authority/src/transaction_orchestrator.rs, rpc/src/api/error.rs. */
export const refusalStatus = (
  error: SomaKitError<'TRANSACTION_REFUSED'>,
  frame: (text: string) => string,
): ConnectError => {
  const { reason, text, category } = error.context;
  switch (category) {
    case 'signature':
      return rpcStatus('INVALID_ARGUMENT', `Invalid user signature: ${text}`);
    case 'invalid':
      return rpcStatus('INVALID_ARGUMENT', text);
    case 'lockConflict':
      return rpcStatus('FAILED_PRECONDITION', frame(text));
    case 'internal':
      // Only what a user must not send comes here: it is the caller's fault, not the server's.
      return rpcStatus(reason.kind === 'UnsupportedFeatureError' ? 'INVALID_ARGUMENT' : 'INTERNAL', text);
    default:
      return rpcStatus(atOnce(reason), text);
  }
};

/** A refused simulation: INTERNAL with the text, whatever the reason, as the reference has it. */
export const simulationStatus = (error: unknown): unknown =>
  isError(error, 'TRANSACTION_REFUSED') ? rpcStatus('INTERNAL', error.context.text) : error;
