import type { ExecutionFailureStatus, SomaTensor, SystemParameters, Target } from '@somakit/bcs';
import type { ObjectId } from '@somakit/core';
import { submissionBond } from '../targets/shares.js';

type Failure = ExecutionFailureStatus | undefined;

/** What a submission says of itself. The BCS value of a SubmitData kind is one. */
export interface SubmissionClaim {
  readonly targetId: ObjectId;
  readonly modelId: ObjectId;
  readonly dataManifest: { readonly size: bigint };
  readonly embedding: SomaTensor;
  readonly distanceScore: SomaTensor;
}

/**
 * SubmitData as far as target and parameters decide: the checks before the bond coin is looked at. The chain trusts
 * distance, loss and embedding; a distance of NaN passes.
 *
 * A distance that is not one value crashes the reference; here the arguments are invalid.
 *
 * Source: authority/src/execution/submission.rs `execute_submit_data`.
 */
export const checkSubmission = (of: {
  readonly target: Target | undefined;
  readonly submission: SubmissionClaim;
  readonly epoch: bigint;
  readonly parameters: Pick<SystemParameters, 'maxSubmissionDataSize' | 'submissionBondPerByte'>;
}): Failure => {
  const { target, submission, epoch, parameters } = of;
  if (target === undefined) return { kind: 'TargetNotFound' };
  if (target.status.kind !== 'Open') return { kind: 'TargetNotOpen' };
  const { generationEpoch, distanceThreshold: threshold } = target;
  if (epoch > generationEpoch) return { kind: 'TargetExpired', generationEpoch, currentEpoch: epoch };
  const { modelId, targetId, distanceScore: score } = submission;
  if (!target.modelIds.includes(modelId)) return { kind: 'ModelNotInTarget', modelId, targetId };
  const expected = target.embedding.data.length;
  const actual = submission.embedding.data.length;
  if (actual !== expected)
    return { kind: 'EmbeddingDimensionMismatch', expected: BigInt(expected), actual: BigInt(actual) };
  if (score.data.length !== 1) return { kind: 'InvalidArguments', reason: 'The distance score must be one value' };
  if (score.data[0]! > threshold.data[0]!) return { kind: 'DistanceExceedsThreshold', score, threshold };
  const { size } = submission.dataManifest;
  if (size > parameters.maxSubmissionDataSize)
    return { kind: 'DataExceedsMaxSize', size, maxSize: parameters.maxSubmissionDataSize };
  return submissionBond(size, parameters) === undefined ? { kind: 'ArithmeticOverflow' } : undefined;
};

/** Whether a coin covers a bond; a gas coin after its base fee. Source: authority/src/execution/submission.rs. */
export const checkBond = (required: bigint, provided: bigint): Failure =>
  provided < required ? { kind: 'InsufficientBond', required, provided } : undefined;

/**
 * ClaimRewards: a filled target two epochs after, an expired one at once. Anybody may claim.
 *
 * Source: authority/src/execution/submission.rs `execute_claim_rewards`.
 */
export const checkClaim = (target: Target | undefined, epoch: bigint): Failure => {
  if (target === undefined) return { kind: 'TargetNotFound' };
  switch (target.status.kind) {
    case 'Claimed':
      return { kind: 'TargetAlreadyClaimed' };
    case 'Filled': {
      const { fillEpoch } = target.status;
      if (epoch <= fillEpoch + 1n) return { kind: 'AuditWindowOpen', fillEpoch, currentEpoch: epoch };
      return target.submitter === undefined ? { kind: 'TargetNotFilled' } : undefined;
    }
    default:
      return epoch <= target.generationEpoch ? { kind: 'TargetNotFilled' } : undefined;
  }
};

/**
 * ReportSubmission: by an active validator, in the epoch after the target was filled.
 *
 * Source: authority/src/execution/submission.rs `execute_report_submission`.
 */
export const checkReportSubmission = (target: Target | undefined, epoch: bigint, byValidator: boolean): Failure => {
  if (target === undefined) return { kind: 'TargetNotFound' };
  if (!byValidator) return { kind: 'NotAValidator' };
  if (target.status.kind === 'Open') return { kind: 'TargetNotFilled' };
  if (target.status.kind === 'Claimed') return { kind: 'TargetAlreadyClaimed' };
  const { fillEpoch } = target.status;
  return epoch === fillEpoch + 1n ? undefined : { kind: 'AuditWindowClosed', fillEpoch, currentEpoch: epoch };
};

/** UndoReportSubmission. `reported`: the signer has reported the submission. */
export const checkUndoReportSubmission = (
  target: Target | undefined,
  epoch: bigint,
  byValidator: boolean,
  reported: boolean,
): Failure =>
  checkReportSubmission(target, epoch, byValidator) ?? (reported ? undefined : { kind: 'ReportRecordNotFound' });
