import { Code, ConnectError } from '@connectrpc/connect';
import { isError, SomaKitError } from '@somakit/core';
import type { TransportFailure } from './types.js';

const CODE: Readonly<Record<TransportFailure, Code>> = {
  connect: Code.Unavailable,
  'connect-timeout': Code.Unavailable,
  closed: Code.Unavailable,
  refused: Code.Unavailable,
  reset: Code.Internal,
  'keep-alive': Code.Unavailable,
  protocol: Code.Internal,
  deadline: Code.DeadlineExceeded,
  aborted: Code.Canceled,
};

export interface FailureDetails {
  readonly url: string;
  readonly sent: boolean;
  readonly code?: Code | undefined;
  readonly cause?: unknown;
}

/** The error of a call that failed on its way. */
export const transportError = (
  reason: TransportFailure,
  message: string,
  { url, sent, code = CODE[reason], cause }: FailureDetails,
): ConnectError => {
  const context = { reason, sent, url };
  const retryable = code === Code.Unavailable;
  return new ConnectError(
    message,
    code,
    undefined,
    undefined,
    new SomaKitError('RPC_TRANSPORT', message, { context, cause, retryable }),
  );
};

/** Why a call failed on its way; undefined for a status of the server. */
export const transportFailure = (
  error: unknown,
): { readonly reason: TransportFailure; readonly sent: boolean; readonly url: string } | undefined =>
  error instanceof ConnectError && isError(error.cause, 'RPC_TRANSPORT') ? error.cause.context : undefined;
