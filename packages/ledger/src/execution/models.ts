import type { Model, ModelRegistry, StakingPool, SystemState, TransactionKind } from '@somakit/bcs';
import type { Address, ObjectId } from '@somakit/core';
import { saturateU64, wrapU64 } from '@somakit/protocol';
import {
  checkCommitModel,
  checkCreateModel,
  checkModelCommission,
  checkOwnActiveModel,
  checkReportModel,
  checkRevealModel,
  checkStakeToModel,
} from '@somakit/protocol/checks';
import { addStake, recordRate } from '@somakit/protocol/staking';
import { fail, failIf } from '../errors.js';
import { coinBalance } from '../object.js';
import { reserve, stakeAmount, takeFrom } from './coins.js';
import { type Execution, nextId, read, readState, remove, requireCoin, writeState } from './context.js';
import { activeIndex, createReceipt, withEntry, withoutEntry } from './staking.js';

type Kind<K extends TransactionKind['kind']> = Extract<TransactionKind, { kind: K }>;
/** A model in one of its states. */
export type ModelIn<K extends Model['kind']> = Extract<Model, { kind: K }>;

const setModel = (
  state: SystemState,
  modelId: ObjectId,
  model: Model,
  registry: Partial<ModelRegistry> = {},
): SystemState => ({
  ...state,
  modelRegistry: { ...state.modelRegistry, models: withEntry(state.modelRegistry.models, modelId, model), ...registry },
});

const findModel = (state: SystemState, modelId: ObjectId): Model =>
  state.modelRegistry.models.get(modelId) ?? fail({ kind: 'ModelNotFound' });

/** An empty pool that never was active. Source: types/src/system_state/staking.rs `StakingPool::new`. */
export const emptyPool = (id: ObjectId): StakingPool => ({
  id,
  activationEpoch: undefined,
  deactivationEpoch: undefined,
  somaBalance: 0n,
  rewardsPool: 0n,
  poolTokenBalance: 0n,
  exchangeRates: new Map(),
  pendingStake: 0n,
  pendingTotalSomaWithdraw: 0n,
  pendingPoolTokenWithdraw: 0n,
});

/** Source: authority/src/execution/model.rs, CreateModel. */
export const createModel = (execution: Execution, kind: Kind<'CreateModel'>, valueFee: bigint): void => {
  const state = readState(execution);
  const { parameters } = state;
  failIf(checkCreateModel(kind, parameters));
  const gas = read(execution, execution.gasId!) ?? fail({ kind: 'InsufficientCoinBalance' });
  if (coinBalance(gas) < kind.stakeAmount + valueFee + reserve(execution, 3)) fail({ kind: 'InsufficientCoinBalance' });
  takeFrom(execution, gas, kind.stakeAmount);
  const modelId = nextId(execution);
  const poolId = nextId(execution);
  const { pool, receipt } = addStake(emptyPool(poolId), kind.stakeAmount, execution.epoch);
  const model: Model = {
    kind: 'Created',
    owner: execution.sender,
    architectureVersion: kind.architectureVersion,
    stakingPool: pool,
    commissionRate: kind.commissionRate,
    nextEpochCommissionRate: kind.commissionRate,
    createEpoch: execution.epoch,
  };
  createReceipt(execution, execution.sender, { poolId, ...receipt });
  const stakingPoolMappings = withEntry(state.modelRegistry.stakingPoolMappings, poolId, modelId);
  writeState(execution, setModel(state, modelId, model, { stakingPoolMappings }));
};

/** Source: types/src/system_state/mod.rs `request_commit_model`. */
export const commitModel = (execution: Execution, kind: Kind<'CommitModel'>): void => {
  const state = readState(execution);
  const model = findModel(state, kind.modelId);
  failIf(checkCommitModel(model, execution.sender));
  const committed = {
    manifest: kind.manifest,
    weightsCommitment: kind.weightsCommitment,
    embeddingCommitment: kind.embeddingCommitment,
    decryptionKeyCommitment: kind.decryptionKeyCommitment,
  };
  const next: Model =
    model.kind !== 'Active'
      ? { ...commonOf(model), ...committed, kind: 'Pending', commitEpoch: execution.epoch }
      : { ...model, pendingUpdate: { ...committed, commitEpoch: execution.epoch } };
  writeState(execution, setModel(state, kind.modelId, next));
};

/** The fields that a model has in every state. */
const commonOf = (model: Model) => ({
  owner: model.owner,
  architectureVersion: model.architectureVersion,
  stakingPool: model.stakingPool,
  commissionRate: model.commissionRate,
  nextEpochCommissionRate: model.nextEpochCommissionRate,
});

const committedOf = (model: Exclude<Model, ModelIn<'Created'>>) => ({
  manifest: model.manifest,
  weightsCommitment: model.weightsCommitment,
  embeddingCommitment: model.embeddingCommitment,
  decryptionKeyCommitment: model.decryptionKeyCommitment,
});

/** Source: types/src/system_state/mod.rs `request_reveal_model`. */
export const revealModel = (execution: Execution, kind: Kind<'RevealModel'>): void => {
  const state = readState(execution);
  const model = findModel(state, kind.modelId);
  const { decryptionKey, embedding } = kind;
  failIf(checkRevealModel(model, { signer: execution.sender, epoch: execution.epoch, decryptionKey, embedding }));
  // The reference takes any length here, and every node stops when it makes the next target.
  const expected = state.parameters.targetEmbeddingDim;
  const actual = BigInt(embedding.data.length);
  if (actual !== expected) fail({ kind: 'EmbeddingDimensionMismatch', expected, actual });
  if (model.kind === 'Pending') {
    const stakingPool = recordRate({ ...model.stakingPool, activationEpoch: execution.epoch }, execution.epoch);
    const active: Model = {
      ...commonOf(model),
      stakingPool,
      ...committedOf(model),
      kind: 'Active',
      decryptionKey,
      embedding,
      pendingUpdate: undefined,
    };
    const totalModelStake = wrapU64(state.modelRegistry.totalModelStake + stakingPool.somaBalance);
    writeState(execution, setModel(state, kind.modelId, active, { totalModelStake }));
    return;
  }
  if (model.kind !== 'Active') fail({ kind: 'ModelInvalidState' });
  const update = model.pendingUpdate ?? fail({ kind: 'ModelNoPendingUpdate' });
  const { commitEpoch: _, ...committed } = update;
  writeState(
    execution,
    setModel(state, kind.modelId, { ...model, ...committed, decryptionKey, embedding, pendingUpdate: undefined }),
  );
};

/** Source: types/src/system_state/mod.rs `request_add_stake_to_model`. */
export const addStakeToModel = (execution: Execution, kind: Kind<'AddStakeToModel'>, valueFee: bigint): void => {
  const { coin, balance } = requireCoin(execution, kind.coinRef.objectId);
  const { reproduce } = execution;
  const wholeGas = kind.amount === undefined && coin.objectId === execution.gasId;
  const writes = kind.amount !== undefined ? 2 : reproduce ? 1 : 3;
  const amount = stakeAmount(execution, { coin, balance, amount: kind.amount, valueFee, writes });
  const state = readState(execution);
  failIf(checkStakeToModel(state.modelRegistry.models.get(kind.modelId), amount));
  const model = findModel(state, kind.modelId);
  if (wholeGas && reproduce) remove(execution, coin.objectId);
  else takeFrom(execution, coin, amount);
  const { pool, receipt } = addStake(model.stakingPool, amount, execution.epoch);
  createReceipt(execution, execution.sender, { poolId: pool.id, ...receipt });
  const { modelRegistry } = state;
  const totalModelStake =
    model.kind === 'Active' ? wrapU64(modelRegistry.totalModelStake + amount) : modelRegistry.totalModelStake;
  writeState(execution, setModel(state, kind.modelId, { ...model, stakingPool: pool }, { totalModelStake }));
};

/** Source: types/src/system_state/mod.rs `request_set_model_commission_rate`. */
export const setModelCommissionRate = (execution: Execution, kind: Kind<'SetModelCommissionRate'>): void => {
  const state = readState(execution);
  failIf(checkModelCommission(state.modelRegistry.models.get(kind.modelId), execution.sender, kind.newRate));
  const model = findModel(state, kind.modelId);
  writeState(execution, setModel(state, kind.modelId, { ...model, nextEpochCommissionRate: kind.newRate }));
};

/** A model's last state, with a pool that may have been slashed. */
export const deactivated = (
  model: ModelIn<'Active'>,
  stakingPool: StakingPool,
  epoch: bigint,
): ModelIn<'Inactive'> => ({
  ...commonOf(model),
  stakingPool: { ...stakingPool, deactivationEpoch: epoch },
  ...committedOf(model),
  kind: 'Inactive',
  decryptionKey: model.decryptionKey,
  embedding: model.embedding,
});

/** Source: types/src/system_state/mod.rs `request_deactivate_model`. */
export const deactivateModel = (execution: Execution, kind: Kind<'DeactivateModel'>): void => {
  const state = readState(execution);
  const model = findModel(state, kind.modelId);
  failIf(checkOwnActiveModel(model, execution.sender));
  if (model.kind !== 'Active') fail({ kind: 'ModelNotActive' });
  const { totalModelStake, modelReportRecords } = state.modelRegistry;
  writeState(
    execution,
    setModel(state, kind.modelId, deactivated(model, model.stakingPool, execution.epoch), {
      totalModelStake: saturateU64(totalModelStake - model.stakingPool.somaBalance),
      modelReportRecords: modelReportRecords.has(kind.modelId)
        ? withoutEntry(modelReportRecords, kind.modelId)
        : modelReportRecords,
    }),
  );
};

/** A set with an item, in ascending order. */
export const withItem = <T extends string>(set: readonly T[], item: T): readonly T[] =>
  set.includes(item) ? set : [...set, item].sort();

/** A map of sets without one item; empty sets leave the map. Undefined when the item is not there. */
export const withoutItem = <K, T>(
  map: ReadonlyMap<K, readonly T[]>,
  key: K,
  item: T,
): Map<K, readonly T[]> | undefined => {
  const set = map.get(key);
  if (set === undefined || !set.includes(item)) return undefined;
  const left = set.filter((each) => each !== item);
  return left.length === 0 ? withoutEntry(map, key) : withEntry(map, key, left);
};

const isValidator = (state: SystemState, address: Address): boolean => activeIndex(state, address) >= 0;

const setReports = (state: SystemState, modelReportRecords: ModelRegistry['modelReportRecords']): SystemState => ({
  ...state,
  modelRegistry: { ...state.modelRegistry, modelReportRecords },
});

/** Source: types/src/system_state/mod.rs `report_model`. */
export const reportModel = (execution: Execution, { modelId }: Kind<'ReportModel'>): void => {
  const state = readState(execution);
  failIf(checkReportModel(state.modelRegistry.models.get(modelId), isValidator(state, execution.sender)));
  const records = state.modelRegistry.modelReportRecords;
  writeState(
    execution,
    setReports(state, withEntry(records, modelId, withItem(records.get(modelId) ?? [], execution.sender))),
  );
};

/** Source: types/src/system_state/mod.rs `undo_report_model`. */
export const undoReportModel = (execution: Execution, { modelId }: Kind<'UndoReportModel'>): void => {
  const state = readState(execution);
  failIf(checkReportModel(state.modelRegistry.models.get(modelId), isValidator(state, execution.sender)));
  const records = withoutItem(state.modelRegistry.modelReportRecords, modelId, execution.sender);
  if (records === undefined) fail({ kind: 'ReportRecordNotFound' });
  writeState(execution, setReports(state, records));
};
