import { type Model, type SystemState, tensor } from '@somakit/bcs';
import type { Digest, ObjectId } from '@somakit/core';
import { QUORUM_THRESHOLD, wrapU64 } from '@somakit/protocol';
import { advancePool, processPendingStake, settleWithdrawals, slashPool } from '@somakit/protocol/staking';
import { deactivated } from '../execution/models.js';
import { ZERO_DIGEST } from '../object.js';
import { powerOf } from './validators.js';

const NO_KEY: Digest = ZERO_DIGEST;

/** What an epoch change does to one model. Source: types/src/system_state/mod.rs `advance_epoch_models`. */
const advanceModel = (
  model: Model,
  of: {
    readonly state: SystemState;
    readonly newEpoch: bigint;
    readonly reported: boolean;
    readonly burn: (amount: bigint) => void;
  },
): Model => {
  const { newEpoch } = of;
  const { parameters } = of.state;
  const slash = (rateBps: bigint) => {
    const { pool, slashed } = slashPool(model.stakingPool, rateBps);
    of.burn(slashed);
    return pool;
  };
  const settle = <M extends Model>(of: M): M => ({
    ...of,
    stakingPool: processPendingStake(settleWithdrawals(of.stakingPool)),
  });
  switch (model.kind) {
    case 'Active': {
      if (of.reported) return deactivated(model, slash(parameters.modelTallySlashRateBps), newEpoch);
      const { pendingUpdate } = model;
      const late = pendingUpdate !== undefined && pendingUpdate.commitEpoch < newEpoch - 1n;
      return {
        ...model,
        pendingUpdate: late ? undefined : pendingUpdate,
        commissionRate: model.nextEpochCommissionRate,
        stakingPool: advancePool(model.stakingPool, newEpoch),
      };
    }
    case 'Created': {
      if (model.createEpoch + 1n >= newEpoch) return settle(model);
      const pool = slash(parameters.modelRevealSlashRateBps);
      return settle({ ...model, stakingPool: { ...pool, deactivationEpoch: newEpoch } });
    }
    case 'Pending': {
      if (model.commitEpoch >= newEpoch - 1n) return settle(model);
      const pool = slash(parameters.modelRevealSlashRateBps);
      const { commitEpoch: _, ...rest } = model;
      return {
        ...rest,
        kind: 'Inactive',
        stakingPool: { ...pool, deactivationEpoch: newEpoch },
        decryptionKey: NO_KEY,
        embedding: tensor(new Float32Array(0)),
      };
    }
    default:
      return model;
  }
};

/** The models' part of an epoch change, after that of the validators. What is slashed is burned. */
export const advanceModels = (
  state: SystemState,
  newEpoch: bigint,
): { readonly state: SystemState; readonly burned: bigint } => {
  const { modelRegistry, validators } = state;
  const reported = new Set<ObjectId>();
  for (const [modelId, reporters] of modelRegistry.modelReportRecords) {
    if (powerOf(validators, reporters) >= QUORUM_THRESHOLD) reported.add(modelId);
  }
  const models = new Map<ObjectId, Model>();
  let totalModelStake = 0n;
  let burned = 0n;
  const burn = (amount: bigint): void => {
    burned += amount;
  };
  for (const [modelId, model] of modelRegistry.models) {
    const next = advanceModel(model, { state, newEpoch, reported: reported.has(modelId), burn });
    models.set(modelId, next);
    if (next.kind === 'Active') totalModelStake = wrapU64(totalModelStake + next.stakingPool.somaBalance);
  }
  return {
    state: { ...state, modelRegistry: { ...modelRegistry, models, totalModelStake, modelReportRecords: new Map() } },
    burned,
  };
};
