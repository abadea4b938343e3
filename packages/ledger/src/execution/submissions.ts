import type { SystemState, Target, TransactionKind } from '@somakit/bcs';
import type { Address, ObjectId } from '@somakit/core';
import { bpsMul, QUORUM_THRESHOLD, saturateU64, wrapU64 } from '@somakit/protocol';
import {
  checkBond,
  checkClaim,
  checkReportSubmission,
  checkSubmission,
  checkUndoReportSubmission,
} from '@somakit/protocol/checks';
import { claimShares, expiredShares, splitBond, submissionBond } from '@somakit/protocol/targets';
import { fail, failIf } from '../errors.js';
import { targetContents, targetOf } from '../object.js';
import { takeFrom } from './coins.js';
import {
  createCoin,
  type Execution,
  nextNumber,
  read,
  readState,
  remove,
  requireCoin,
  write,
  writeState,
} from './context.js';
import { withItem } from './models.js';
import { activeIndex } from './staking.js';
import { createTarget, mayGenerateTarget } from './targets.js';

type Kind<K extends TransactionKind['kind']> = Extract<TransactionKind, { kind: K }>;

const readTarget = (execution: Execution, targetId: ObjectId): Target => {
  const object = read(execution, targetId);
  return object?.objectType.kind === 'Target' ? targetOf(object) : fail({ kind: 'TargetNotFound' });
};

const writeTarget = (execution: Execution, targetId: ObjectId, target: Target): void => {
  const object = read(execution, targetId) ?? fail({ kind: 'TargetNotFound' });
  write(execution, {
    objectId: targetId,
    objectType: object.objectType,
    owner: object.owner,
    contents: targetContents(target),
  });
};

/** Source: authority/src/execution/submission.rs, SubmitData. */
export const submitData = (execution: Execution, kind: Kind<'SubmitData'>): void => {
  const target = readTarget(execution, kind.targetId);
  const state = readState(execution);
  failIf(checkSubmission({ target, submission: kind, epoch: execution.epoch, parameters: state.parameters }));
  const bond = submissionBond(kind.dataManifest.size, state.parameters) ?? fail({ kind: 'ArithmeticOverflow' });
  const { coin, balance } = requireCoin(execution, kind.bondCoin.objectId);
  failIf(checkBond(bond, balance));
  takeFrom(execution, coin, bond);
  const model = state.modelRegistry.models.get(kind.modelId);
  if (model?.kind !== 'Active') fail({ kind: 'ModelNotActive' });
  writeTarget(execution, kind.targetId, {
    ...target,
    status: { kind: 'Filled', fillEpoch: execution.epoch },
    submitter: execution.sender,
    winningModelId: kind.modelId,
    winningModelOwner: model.owner,
    bondAmount: bond,
    winningDataManifest: kind.dataManifest,
    winningEmbedding: kind.embedding,
    winningDistanceScore: kind.distanceScore,
    winningLossScore: kind.lossScore,
  });
  const { targetState } = state;
  let next: SystemState = {
    ...state,
    targetState: { ...targetState, hitsThisEpoch: wrapU64(targetState.hitsThisEpoch + 1n) },
  };
  // The number of a submission object, which no longer exists.
  nextNumber(execution);
  if (mayGenerateTarget(next)) {
    const seed = nextNumber(execution);
    next = createTarget(execution, next, { seed, id: nextNumber(execution) });
  }
  writeState(execution, next);
};

const creditPool = (state: SystemState, amount: bigint): SystemState => ({
  ...state,
  emissionPool: { ...state.emissionPool, balance: wrapU64(state.emissionPool.balance + amount) },
});

/** Reporters that are validators now, ascending, when they are a quorum. */
const quorumOf = (state: SystemState, target: Target): readonly Address[] | undefined => {
  const powers = new Map(state.validators.map(({ metadata, votingPower }) => [metadata.somaAddress, votingPower]));
  const reporters = [...target.submissionReports].filter((address) => powers.has(address)).sort();
  const power = reporters.reduce((sum, address) => sum + powers.get(address)!, 0n);
  return power >= QUORUM_THRESHOLD ? reporters : undefined;
};

const pay = (execution: Execution, to: Address | undefined, amount: bigint): void => {
  if (amount > 0n && to !== undefined) createCoin(execution, to, amount);
};

/** Source: authority/src/execution/submission.rs, ClaimRewards. */
export const claimRewards = (execution: Execution, kind: Kind<'ClaimRewards'>): void => {
  const target = readTarget(execution, kind.targetId);
  const state = readState(execution);
  const { parameters } = state;
  const { rewardPool, bondAmount, status } = target;
  const { sender } = execution;
  let next = state;
  failIf(checkClaim(target, execution.epoch));
  if (status.kind === 'Open') {
    const { claimer, returned } = expiredShares(rewardPool, parameters);
    pay(execution, sender, claimer);
    next = creditPool(state, returned);
  } else {
    const reporters = quorumOf(state, target);
    if (reporters !== undefined) {
      for (const [i, part] of splitBond(bondAmount, reporters.length).entries()) pay(execution, reporters[i], part);
      // The reference pays the claimer on top of the whole reward: value out of nothing.
      const claimer = bpsMul(rewardPool, parameters.targetClaimerIncentiveBps);
      next = creditPool(state, execution.reproduce ? rewardPool : saturateU64(rewardPool - claimer));
      pay(execution, sender, claimer);
    } else {
      const shares = claimShares(rewardPool, parameters) ?? fail({ kind: 'ArithmeticOverflow' });
      pay(execution, target.submitter, shares.submitter);
      pay(execution, target.winningModelOwner, shares.modelOwner);
      pay(execution, sender, shares.claimer);
      pay(execution, target.submitter, bondAmount);
    }
  }
  remove(execution, kind.targetId);
  writeState(execution, next);
};

/** Source: authority/src/execution/submission.rs, ReportSubmission. */
export const reportSubmission = (execution: Execution, { targetId }: Kind<'ReportSubmission'>): void => {
  const target = readTarget(execution, targetId);
  const byValidator = activeIndex(readState(execution), execution.sender) >= 0;
  failIf(checkReportSubmission(target, execution.epoch, byValidator));
  writeTarget(execution, targetId, {
    ...target,
    submissionReports: withItem(target.submissionReports, execution.sender),
  });
};

/** Source: authority/src/execution/submission.rs, UndoReportSubmission. */
export const undoReportSubmission = (execution: Execution, { targetId }: Kind<'UndoReportSubmission'>): void => {
  const target = readTarget(execution, targetId);
  const { submissionReports } = target;
  const byValidator = activeIndex(readState(execution), execution.sender) >= 0;
  failIf(checkUndoReportSubmission(target, execution.epoch, byValidator, submissionReports.includes(execution.sender)));
  writeTarget(execution, targetId, {
    ...target,
    submissionReports: submissionReports.filter((each) => each !== execution.sender),
  });
};
