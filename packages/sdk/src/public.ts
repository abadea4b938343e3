export { formatSoma, isError, parseAddress, parseDigest, parseObjectId, parseSoma, SomaKitError } from '@somakit/core';
export { commitment, decryptWeights, encryptWeights, Keypair, type Signer } from '@somakit/crypto';
export {
  type MergeCoinsParameters,
  mergeCoins,
  type PayCoinsParameters,
  payCoins,
  type SplitCoinsParameters,
  splitCoins,
  type TransferCoinParameters,
  type TransferObjectsParameters,
  transferCoin,
  transferObjects,
} from './actions/coins.js';
export { modelManifest } from './actions/manifest.js';
export * from './actions/market.js';
export * from './actions/models.js';
export * from './actions/reads.js';
export * from './actions/services.js';
export { getStakes, getValidators, type StakePosition, type ValidatorView } from './actions/staking.js';
export {
  claimRewards,
  reportSubmission,
  type SubmitDataParameters,
  submitData,
  type TargetParameters,
  undoReportSubmission,
} from './actions/targets-write.js';
export * from './actions/validators.js';
export type { SomaMethods } from './client/actions.js';
export type { Extendable } from './client/base-client.js';
export type { SomaClient } from './client/create-client.js';
export { NETWORKS, type NetworkName, type NetworkUrls } from './client/networks.js';
export type { SomaBase, SomaClientOptions, WaitOptions } from './client/types.js';
export type { Trust, TrustedStart, TrustFactory } from './trust/types.js';
export { type ResumeParameters, resume } from './write/send.js';
export type { WriteOptions, WriteResult } from './write/types.js';
