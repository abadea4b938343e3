import type { ExecutionFailureStatus, Model, SystemParameters } from '@somakit/bcs';
import { SomaTensor } from '@somakit/bcs';
import type { Address, Digest } from '@somakit/core';
import { digestBytes } from '@somakit/core';
import { commitment } from '@somakit/crypto';
import { MAX_COMMISSION_BPS } from '../parameters/constants.js';
import { isInactive } from '../staking/pool.js';

type Failure = ExecutionFailureStatus | undefined;

/** CreateModel, apart from the coin. Source: authority/src/execution/model.rs. */
export const checkCreateModel = (
  model: { readonly stakeAmount: bigint; readonly commissionRate: bigint; readonly architectureVersion: bigint },
  parameters: Pick<SystemParameters, 'modelArchitectureVersion' | 'modelMinStake'>,
): Failure => {
  if (model.architectureVersion !== parameters.modelArchitectureVersion)
    return { kind: 'ModelArchitectureVersionMismatch' };
  if (model.stakeAmount < parameters.modelMinStake) return { kind: 'ModelMinStakeNotMet' };
  return model.commissionRate > MAX_COMMISSION_BPS ? { kind: 'ModelCommissionRateTooHigh' } : undefined;
};

/** CommitModel: a created model, or an active one that gets an update, by its owner. Source: system_state/mod.rs. */
export const checkCommitModel = (model: Model | undefined, signer: Address): Failure => {
  if (model === undefined) return { kind: 'ModelNotFound' };
  if (model.kind !== 'Created' && model.kind !== 'Active') return { kind: 'ModelInvalidState' };
  return model.owner === signer ? undefined : { kind: 'NotModelOwner' };
};

/**
 * RevealModel: by the owner, in the epoch after the commit, with the key and the embedding that were committed to.
 *
 * Source: types/src/system_state/mod.rs `request_reveal_model`.
 */
export const checkRevealModel = (
  model: Model | undefined,
  reveal: {
    readonly signer: Address;
    readonly epoch: bigint;
    readonly decryptionKey: Digest;
    readonly embedding: SomaTensor;
  },
): Failure => {
  if (model === undefined) return { kind: 'ModelNotFound' };
  if (model.kind !== 'Pending' && model.kind !== 'Active') return { kind: 'ModelInvalidState' };
  if (model.owner !== reveal.signer) return { kind: 'NotModelOwner' };
  const committed = model.kind === 'Pending' ? model : model.pendingUpdate;
  if (committed === undefined) return { kind: 'ModelNoPendingUpdate' };
  if (reveal.epoch !== committed.commitEpoch + 1n) return { kind: 'ModelRevealEpochMismatch' };
  if (commitment(digestBytes(reveal.decryptionKey)) !== committed.decryptionKeyCommitment)
    return { kind: 'ModelDecryptionKeyCommitmentMismatch' };
  if (commitment(SomaTensor.encode(reveal.embedding)) !== committed.embeddingCommitment)
    return { kind: 'ModelEmbeddingCommitmentMismatch' };
  return undefined;
};

/**
 * AddStakeToModel, apart from the coin. A created model whose time ran out has a closed pool: the reference crashes,
 * here the stake fails.
 *
 * Source: types/src/system_state/mod.rs `request_add_stake_to_model`.
 */
export const checkStakeToModel = (model: Model | undefined, amount: bigint): Failure => {
  if (amount === 0n) return { kind: 'InvalidArguments', reason: 'Stake amount cannot be 0!' };
  if (model === undefined) return { kind: 'ModelNotFound' };
  return model.kind === 'Inactive' || isInactive(model.stakingPool) ? { kind: 'ModelAlreadyInactive' } : undefined;
};

/** DeactivateModel, and the later part of SetModelCommissionRate: an active model, by its owner. */
export const checkOwnActiveModel = (model: Model | undefined, signer: Address): Failure => {
  if (model === undefined) return { kind: 'ModelNotFound' };
  if (model.kind !== 'Active') return { kind: 'ModelNotActive' };
  return model.owner === signer ? undefined : { kind: 'NotModelOwner' };
};

/** SetModelCommissionRate. Source: types/src/system_state/mod.rs. */
export const checkModelCommission = (model: Model | undefined, signer: Address, newRate: bigint): Failure =>
  newRate > MAX_COMMISSION_BPS ? { kind: 'ModelCommissionRateTooHigh' } : checkOwnActiveModel(model, signer);

/** ReportModel: by an active validator, of an active model. Source: types/src/system_state/mod.rs `report_model`. */
export const checkReportModel = (model: Model | undefined, byValidator: boolean): Failure => {
  if (!byValidator) return { kind: 'NotAValidator' };
  return model?.kind === 'Active' ? undefined : { kind: 'ModelNotActive' };
};

/** UndoReportModel. `reported`: the signer has reported the model. Source: system_state/mod.rs `undo_report_model`. */
export const checkUndoReportModel = (model: Model | undefined, byValidator: boolean, reported: boolean): Failure =>
  checkReportModel(model, byValidator) ?? (reported ? undefined : { kind: 'ReportRecordNotFound' });
