// What both entries of the package share: they differ in the transport that a URL gets.
export type { CallOptions } from './client/core.js';
export { rawMessage } from './client/core.js';
export type { ClientOptions, Rpc, RpcReader } from './client/create-rpc.js';
export type { ExecuteParameters, ExecutionCalls } from './client/execution.js';
export type { BatchResult, LedgerCalls, MaskOptions, ServiceInfo } from './client/ledger.js';
export { FULL_CHECKPOINT_MASK } from './client/masks.js';
export type {
  ListOptions,
  OwnedObjectsFilter,
  PageOptions,
  RpcPage,
  StateCalls,
  TargetsFilter,
} from './client/state.js';
export type { CheckpointEvent, SubscribeParameters, SubscriptionCalls } from './client/subscription.js';
export type { SignedInput, UnsignedInput } from './client/transaction.js';
export type { WaitCalls } from './client/wait.js';
export type { CommitteeMember, EpochCommittee } from './convert/committee.js';
export { type ObjectContents, objectRefOf, readContents } from './convert/objects.js';
export { isUnknownVariant, type UnknownVariant } from './convert/scalar.js';
export type { TargetStatusName } from './convert/targets.js';
export type { DataCalls, DataOptions, DataResult, ManifestInput } from './data/calls.js';
export { downloadManifest } from './data/calls.js';
export type { FieldViolation, RpcErrorDetail, RpcFailure, RpcStatusName } from './errors/contexts.js';
export { type RpcErrorCode, rpcError, rpcFailureOf } from './errors/map.js';
export { type ParsedRefusal, parseRefusal, type RefusalFrame } from './errors/refusal.js';
export type {
  CheckpointFields,
  ContentsFields,
  EffectsFields,
  EpochFields,
  ExecutedFields,
  ObjectFields,
  ObjectTypeName,
  ObjectView,
  ProtocolConfigFields,
  SimulatedFields,
  SummaryFields,
  TargetFields,
  TransactionFields,
} from './masks/fields.js';
export type { FieldPath, MaskPath, Selected, Whole } from './masks/types.js';
export type { Admin } from './side-services/admin.js';
export type { Faucet, FaucetCoin, FaucetGrant } from './side-services/faucet.js';
export type { ScoreModel, ScoreParameters, ScoreResult, Scoring } from './side-services/scoring.js';
export { transportFailure } from './transport/failure.js';
export { createFallbackTransport, type FallbackOptions } from './transport/fallback.js';
export type { RpcTransport, TransportFailure } from './transport/types.js';
