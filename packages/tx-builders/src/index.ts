export { transactionDigest } from '@somakit/crypto';
export { isSystemKind, type SystemKind, type UserKind } from '@somakit/protocol/checks';
export * from './coins/choose.js';
export {
  byBalance,
  type CoinObject,
  coinFromObject,
  MAX_GAS_COINS,
  refFromObject,
  smallestSufficient,
  totalBalance,
} from './coins/coin.js';
export * from './coins/merge-split.js';
export {
  type CoinLease,
  type CoinPool,
  type CoinReader,
  createCoinPool,
  type TakeCoinsParameters,
} from './coins/pool.js';
export { createReservations, type Reservation, type ReservationBook } from './coins/reservations.js';
export { describeTransaction, formatTransaction, type ParsedTransaction, parseTransaction } from './describe/parse.js';
export { type DescriptionPart, describeKind, formatPart, type KindDescription } from './describe/parts.js';
export {
  assertSuccess,
  type BalanceChange,
  balanceChanges,
  createdObjectId,
  type EffectsReport,
  readEffects,
  transactionFailed,
  type WrittenObject,
} from './effects/effects.js';
export { explainFailure } from './effects/hints.js';
export { maxSpendable, requiredToSpend, type SpendingKind } from './fees/amounts.js';
export {
  type Cost,
  type CostEstimate,
  type CostParameters,
  type EstimateCostParameters,
  estimateCost,
} from './fees/estimate.js';
export type { ObjectRefInput } from './internal/check.js';
export * from './kinds/coins.js';
export type { KindOf } from './kinds/kind.js';
export {
  type CommitModelParameters,
  type CreateModelParameters,
  commitModel,
  createModel,
  deactivateModel,
  decryptionKeyCommitment,
  embeddingCommitment,
  type ModelParameters,
  type RevealModelParameters,
  reportModel,
  revealModel,
  type SetModelCommissionRateParameters,
  setModelCommissionRate,
  undoReportModel,
} from './kinds/models.js';
export * from './kinds/staking.js';
export * from './kinds/submissions.js';
export * from './kinds/validators.js';
export { combineSignatures } from './multisig.js';
export {
  addSignature,
  type CreateEnvelopeParameters,
  createEnvelope,
  describeEnvelope,
  type Envelope,
  type EnvelopeDescription,
  type FeeBounds,
  finishEnvelope,
  joinEnvelopes,
  possibleSigners,
  signEnvelope,
} from './offline/envelope.js';
export { readEnvelope, writeEnvelope } from './offline/text.js';
export {
  attachSignature,
  type BuildTransactionParameters,
  type BuiltTransaction,
  buildTransaction,
  decodeSignedTransaction,
  encodeSignedTransaction,
  ownedInputs,
  readTransaction,
  type SignedTransaction,
  signTransaction,
} from './transaction.js';
