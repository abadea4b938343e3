import type { Model } from '@somakit/bcs';
import { type Address, SomaKitError } from '@somakit/core';
import { checkCommitModel } from '@somakit/protocol/checks';
import { explainFailure } from '@somakit/sdk/transactions';

/** Refuses an update that the chain would refuse, before anything is encrypted. @throws PREFLIGHT_FAILED */
export const refuseUpdate = (id: string, model: Model, owner: Address): void => {
  const failure =
    checkCommitModel(model, owner) ?? (model.kind === 'Active' ? undefined : { kind: 'ModelNotActive' as const });
  if (failure === undefined) return;
  const { what, hint } = explainFailure(failure);
  throw new SomaKitError('PREFLIGHT_FAILED', `The model ${id} cannot be updated: ${what} (${failure.kind}).`, {
    context: { operation: 'commitModel', failure },
    hint,
  });
};
