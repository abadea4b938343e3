export { balanceChangeFromProto, balanceChangeToProto } from './balances.js';
export {
  contentsFromProto,
  contentsToProto,
  quorumSignatureFromProto,
  quorumSignatureToProto,
  summaryFromProto,
  summaryToProto,
} from './checkpoints.js';
export {
  type CommitteeMember,
  committeeFromBcs,
  committeeFromProto,
  committeeToBcs,
  committeeToProto,
  type EpochCommittee,
} from './committee.js';
export { type EffectsToProtoOptions, effectsFromProto, effectsToProto } from './effects.js';
export { type ObjectContents, objectFromProto, objectToProto, readContents } from './objects.js';
export { refFromProto, refToProto } from './owner.js';
export { isUnknownVariant, type Spelling, timestamp, type UnknownVariant } from './scalar.js';
export { signatureFromProto, signatureToProto } from './signatures.js';
export { statusFromProto, statusToProto } from './status.js';
export { systemStateFromProto, systemStateToProto } from './system-state.js';
export { type TargetStatusName, targetToProto } from './targets.js';
export { transactionFromProto, transactionToProto } from './transactions.js';
