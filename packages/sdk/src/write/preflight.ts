import type { ExecutionFailureStatus } from '@somakit/bcs';
import { SomaKitError } from '@somakit/core';
import { explainFailure } from '@somakit/tx-builders';
import '../errors.js';

/** Refuses what the chain would fail. @throws PREFLIGHT_FAILED */
export const refuse = (operation: string, failure: ExecutionFailureStatus | undefined): void => {
  if (failure === undefined) return;
  const { what, hint } = explainFailure(failure);
  throw new SomaKitError('PREFLIGHT_FAILED', `${operation} would fail: ${what} (${failure.kind}). Nothing was sent.`, {
    context: { operation, failure },
    hint,
  });
};
