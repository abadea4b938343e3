export { checkPayCoins, checkTransferObjects } from './coins.js';
export type { SystemKind, UserKind } from './inputs.js';
export { hasRepeatedInput, inputId, isSystemKind, needsSystemState, transactionInputs } from './inputs.js';
export {
  checkCommitModel,
  checkCreateModel,
  checkModelCommission,
  checkOwnActiveModel,
  checkReportModel,
  checkRevealModel,
  checkStakeToModel,
  checkUndoReportModel,
} from './models.js';
export type { RefusalCategory } from './refusal.js';
export { ownerText, refusalCategory, refusalError, refusalText } from './refusal.js';
export type { SubmissionClaim } from './targets.js';
export { checkBond, checkClaim, checkReportSubmission, checkSubmission, checkUndoReportSubmission } from './targets.js';
export type { CheckedObject, CheckTransactionParameters, CheckView } from './transaction.js';
export { assertTransaction, checkSignatures, checkSubmissionSize, checkTransaction } from './transaction.js';
export { isNormalisedUrl, normaliseUrl } from './url.js';
export {
  checkRemoveValidator,
  checkReportValidator,
  checkStakeToValidator,
  checkUndoReportValidator,
  checkValidatorCommission,
  duplicateMetadataField,
} from './validators.js';
