import { type SystemState, type Target, tensor } from '@somakit/bcs';
import type { Digest, ObjectId } from '@somakit/core';
import { deriveObjectId } from '@somakit/crypto';
import {
  createModelSelector,
  type ModelMatch,
  mayCreateTarget,
  targetEmbedding,
  targetSeed,
} from '@somakit/protocol/targets';
import { SHARED_FROM_ONE, targetContents } from '../object.js';
import { type Execution, write } from './context.js';

type Selector = (target: Float32Array, count: number | bigint) => ModelMatch[];

// The choice depends on the models alone, and the map of them is never changed in place.
const selectors = /* @__PURE__ */ new WeakMap<
  object,
  { readonly dim: number; readonly select: Selector | undefined }
>();

/** Chooses among the active models; undefined when there are none. Models of another dimension are passed over. */
const selectorOf = (state: SystemState): Selector | undefined => {
  const { models } = state.modelRegistry;
  const dim = Number(state.parameters.targetEmbeddingDim);
  const known = selectors.get(models);
  if (known?.dim === dim) return known.select;
  const candidates = [];
  for (const [modelId, model] of models) {
    if (model.kind !== 'Active' || model.embedding.data.length !== dim) continue;
    candidates.push({ modelId, embedding: model.embedding.data, stake: model.stakingPool.somaBalance });
  }
  const select = candidates.length === 0 ? undefined : createModelSelector(candidates);
  selectors.set(models, { dim, select });
  return select;
};

/** Whether the state lets one more target be made: models, reward and budget. */
export const mayGenerateTarget = (state: SystemState): boolean =>
  selectorOf(state) !== undefined &&
  mayCreateTarget({
    poolBalance: state.emissionPool.balance,
    rewardPerTarget: state.targetState.rewardPerTarget,
    targetsGenerated: state.targetState.targetsGeneratedThisEpoch,
    emissionPerEpoch: state.emissionPool.emissionPerEpoch,
    protocolVersion: state.protocolVersion,
    parameters: state.parameters,
  });

/** A new open target. Source: types/src/target.rs `generate_target`. */
export const generateTarget = (state: SystemState, seed: bigint, epoch: bigint): Target => {
  const embedding = targetEmbedding(seed, state.parameters.targetEmbeddingDim);
  const matches = selectorOf(state)?.(embedding, state.parameters.targetModelsPerTarget) ?? [];
  return {
    embedding: tensor(embedding),
    modelIds: matches.map(({ modelId }) => modelId as ObjectId),
    distanceThreshold: state.targetState.distanceThreshold,
    rewardPool: state.targetState.rewardPerTarget,
    generationEpoch: epoch,
    status: { kind: 'Open' },
    bondAmount: 0n,
    submissionReports: [],
  };
};

/** The state after a target was made: its reward is taken from the pool. */
export const chargeTarget = (state: SystemState): SystemState => ({
  ...state,
  emissionPool: { ...state.emissionPool, balance: state.emissionPool.balance - state.targetState.rewardPerTarget },
  targetState: {
    ...state.targetState,
    targetsGeneratedThisEpoch: state.targetState.targetsGeneratedThisEpoch + 1n,
  },
});

/** Creates the object of a new target and gives the state without its reward. */
export const createTarget = (
  execution: Execution,
  state: SystemState,
  numbers: { readonly seed: bigint; readonly id: bigint },
): SystemState => {
  const target = generateTarget(state, targetSeed(execution.digest as Digest, numbers.seed), execution.epoch);
  write(execution, {
    objectId: deriveObjectId(execution.digest, numbers.id),
    objectType: { kind: 'Target' },
    owner: SHARED_FROM_ONE,
    contents: targetContents(target),
  });
  return chargeTarget(state);
};
