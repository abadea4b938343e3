export { U64_MAX } from '@somakit/core';
export { BPS_DENOMINATOR, bpsMul, saturateU64, wrapU64 } from './arithmetic.js';
export type { CheckedObject, CheckView, SystemKind, UserKind } from './checks/index.js';
export {
  assertTransaction,
  checkTransaction,
  isSystemKind,
  normaliseUrl,
  refusalText,
  transactionInputs,
} from './checks/index.js';
export type { EpochClock, EpochTiming, EpochWindow, WindowPosition, WindowTimes } from './epochs/index.js';
export {
  adjustValueFee,
  auditWindow,
  claimWindow,
  commitWindow,
  epochClock,
  expiredClaimWindow,
  positionIn,
  revealWindow,
  stakeWindow,
  submissionWindow,
  windowTimes,
} from './epochs/index.js';
export type { FeeOperation, FeeParameters, TransactionFee } from './fees/index.js';
export {
  failureFee,
  leastBalance,
  reservedWrites,
  successFee,
  transactionFee,
  valueFee,
  writtenObjects,
} from './fees/index.js';
export type { ProtocolParameters } from './parameters/index.js';
export * from './parameters/index.js';
export { stakeValue } from './staking/index.js';
export type { ModelCandidate, ModelMatch } from './targets/index.js';
export {
  claimShares,
  rewardPerTarget,
  selectModels,
  submissionBond,
  targetEmbedding,
  targetSeed,
} from './targets/index.js';
export type {
  CertifiedCheckpoint,
  TrustedCommittee,
  TrustedState,
  VerifiedCheckpoint,
  VerifiedEffects,
} from './verify/index.js';
export {
  createCommittee,
  verifyCheckpoint,
  verifyCheckpointChain,
  verifyCheckpointContents,
  verifyEffects,
} from './verify/index.js';
