import { formatSoma, parseSoma } from '@somakit/core';
import { commitment, decryptWeights, encryptWeights } from '@somakit/crypto';
import type * as coins from '../actions/coins.js';
import { mergeCoins, payCoins, splitCoins, transferCoin, transferObjects } from '../actions/coins.js';
import { modelManifest } from '../actions/manifest.js';
import type * as market from '../actions/market.js';
import {
  fetchModel,
  fetchSubmissionData,
  getActiveModels,
  getModelManifests,
  getModels,
  getTargets,
  listTargets,
  score,
  scoringHealth,
  targets,
  watchTargets,
} from '../actions/market.js';
import type * as models from '../actions/models.js';
import {
  addStakeToModel,
  commitModel,
  createModel,
  deactivateModel,
  reportModel,
  revealModel,
  setModelCommissionRate,
  undoReportModel,
} from '../actions/models.js';
import type * as reads from '../actions/reads.js';
import {
  checkApiVersion,
  executeTransaction,
  getArchitectureVersion,
  getBalance,
  getChainId,
  getChainIdentifier,
  getCheckpointSummary,
  getEmbeddingDim,
  getEpoch,
  getEpochClock,
  getFollowingEpochTimestamp,
  getLatestCheckpoint,
  getLatestSystemState,
  getModelMinStake,
  getNextEpochTimestamp,
  getObject,
  getObjectWithVersion,
  getProtocolVersion,
  getServerVersion,
  getTransaction,
  listOwnedObjects,
  ownedObjects,
  simulateTransaction,
  waitForNextEpoch,
  waitForTransaction,
} from '../actions/reads.js';
import type * as services from '../actions/services.js';
import { advanceEpoch, requestFaucet } from '../actions/services.js';
import type * as staking from '../actions/staking.js';
import { getStakes, getValidators } from '../actions/staking.js';
import type * as submissions from '../actions/targets-write.js';
import { claimRewards, reportSubmission, submitData, undoReportSubmission } from '../actions/targets-write.js';
import type * as validators from '../actions/validators.js';
import {
  addStake,
  addValidator,
  removeValidator,
  reportValidator,
  setValidatorCommissionRate,
  undoReportValidator,
  updateValidatorMetadata,
  withdrawStake,
} from '../actions/validators.js';
import { resume } from '../write/send.js';
import type { SomaBase } from './types.js';

// Written by the modules' names: spelled out, the type would be longer than declarations can be.
type Actions = Omit<typeof coins, 'ownedRefs'> &
  typeof market &
  typeof models &
  Omit<typeof reads, 'KNOWN_SERVER_VERSION'> &
  typeof services &
  Omit<typeof staking, 'poolOf'> &
  Omit<typeof submissions, 'readTarget'> &
  typeof validators & { readonly resume: typeof resume };

/** One by one: a module as a whole would be in every bundle that has a client, with all its functions. */
const all: Readonly<Record<keyof Actions, unknown>> = {
  addStake,
  addStakeToModel,
  addValidator,
  advanceEpoch,
  checkApiVersion,
  claimRewards,
  commitModel,
  createModel,
  deactivateModel,
  executeTransaction,
  fetchModel,
  fetchSubmissionData,
  getActiveModels,
  getArchitectureVersion,
  getBalance,
  getChainId,
  getChainIdentifier,
  getCheckpointSummary,
  getEmbeddingDim,
  getEpoch,
  getEpochClock,
  getFollowingEpochTimestamp,
  getLatestCheckpoint,
  getLatestSystemState,
  getModelManifests,
  getModelMinStake,
  getModels,
  getNextEpochTimestamp,
  getObject,
  getObjectWithVersion,
  getProtocolVersion,
  getServerVersion,
  getStakes,
  getTargets,
  getTransaction,
  getValidators,
  listOwnedObjects,
  listTargets,
  mergeCoins,
  ownedObjects,
  payCoins,
  removeValidator,
  reportModel,
  reportSubmission,
  reportValidator,
  requestFaucet,
  resume,
  revealModel,
  score,
  scoringHealth,
  setModelCommissionRate,
  setValidatorCommissionRate,
  simulateTransaction,
  splitCoins,
  submitData,
  targets,
  transferCoin,
  transferObjects,
  undoReportModel,
  undoReportSubmission,
  undoReportValidator,
  updateValidatorMetadata,
  waitForNextEpoch,
  waitForTransaction,
  watchTargets,
  withdrawStake,
};

/** Needs no client; methods too, because the original client has them. */
interface Helpers {
  readonly encryptWeights: typeof encryptWeights;
  readonly decryptWeights: typeof decryptWeights;
  readonly commitment: typeof commitment;
  /** Shannons of a decimal text of SOMA. */
  readonly toShannons: typeof parseSoma;
  /** Decimal text of SOMA. */
  readonly toSoma: typeof formatSoma;
  readonly modelManifest: typeof modelManifest;
}

const helpers: Helpers = {
  encryptWeights,
  decryptWeights,
  commitment,
  toShannons: parseSoma,
  toSoma: formatSoma,
  modelManifest,
};

type Bound<F> = F extends (client: SomaBase, ...rest: infer A) => infer R ? (...rest: A) => R : never;

/** Methods whose type parameters a mapped type would lose. */
interface GenericMethods {
  listTargets<F extends market.TargetField = market.TargetField>(
    parameters?: market.ListTargetsParameters<F>,
  ): Promise<{ readonly targets: readonly Pick<market.TargetView, F>[]; readonly nextPageToken?: string | undefined }>;
  fetchModel<R = Uint8Array>(parameters: market.FetchModelParameters<R>): Promise<R>;
  fetchSubmissionData<R = Uint8Array>(parameters: market.FetchSubmissionDataParameters<R>): Promise<R>;
}

/** Every operation as a method. */
export type SomaMethods = {
  readonly [K in Exclude<keyof Actions, keyof GenericMethods>]: Bound<Actions[K]>;
} & GenericMethods &
  Helpers;

type Action = (client: SomaBase, ...rest: readonly unknown[]) => unknown;

/** The methods of a client. */
export const methodsOf = (client: SomaBase): SomaMethods => {
  const methods: Record<string, unknown> = { ...helpers };
  for (const [name, action] of Object.entries(all)) {
    methods[name] = (...rest: readonly unknown[]) => (action as Action)(client, ...rest);
  }
  return methods as unknown as SomaMethods;
};
