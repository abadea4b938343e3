import type { MessageInitShape } from '@bufbuild/protobuf';
import type {
  Model,
  ModelRegistry,
  PendingModelUpdate,
  StakingPool,
  SystemParameters,
  SystemState,
  TargetState,
  Validator,
  ValidatorSet,
} from '@somakit/bcs';
import { type Address, type ObjectId, parseAddress, parseObjectId } from '@somakit/core';
import type {
  Model as ModelMessage,
  ModelSchema,
  SystemParameters as ParametersMessage,
  StakingPool as PoolMessage,
  ModelRegistry as RegistryMessage,
  ReporterSet,
  ValidatorSet as SetMessage,
  StakingPoolSchema,
  SystemState as StateMessage,
  SystemStateSchema,
  Validator as ValidatorMessage,
  ValidatorSchema,
} from '../gen/soma/rpc/system_state_pb.js';
import type { PendingModelUpdate as PendingMessage } from '../gen/soma/rpc/transaction_pb.js';
import { manifestFromProto, manifestToProto } from './manifest.js';
import {
  address,
  digest,
  digestBytes,
  eachOf,
  floats,
  invalidReply,
  need,
  objectId,
  onlyNumber,
  scalar,
  unknownVariant,
  within,
} from './scalar.js';

/** The scalar fields of the parameters; those of the thresholds are floats on the wire. */
const THRESHOLDS = [
  'targetInitialDistanceThreshold',
  'targetMaxDistanceThreshold',
  'targetMinDistanceThreshold',
] as const;
const PARAMETERS = [
  'epochDurationMs',
  'validatorRewardAllocationBps',
  'modelMinStake',
  'modelArchitectureVersion',
  'modelRevealSlashRateBps',
  'modelTallySlashRateBps',
  'targetEpochFeeCollection',
  'baseFee',
  'writeObjectFee',
  'valueFeeBps',
  'minValueFeeBps',
  'maxValueFeeBps',
  'feeAdjustmentRateBps',
  'targetModelsPerTarget',
  'targetEmbeddingDim',
  'targetRewardAllocationBps',
  'targetHitsPerEpoch',
  'targetHitsEmaDecayBps',
  'targetDifficultyAdjustmentRateBps',
  'targetInitialTargetsPerEpoch',
  'targetSubmitterRewardShareBps',
  'targetModelRewardShareBps',
  'targetClaimerIncentiveBps',
  'submissionBondPerByte',
  'maxSubmissionDataSize',
] as const satisfies readonly (keyof SystemParameters)[];

const parametersFromProto = (message: ParametersMessage): SystemParameters =>
  Object.fromEntries([
    ...PARAMETERS.map((name) => [name, need(message[name], name)]),
    ...THRESHOLDS.map((name) => [name, scalar(message[name], name)]),
  ]) as unknown as SystemParameters;

/** A map of the wire, its keys read; in the order of the keys, as the chain keeps maps. */
const mapFrom = <M, K extends string, V>(
  field: string,
  record: Readonly<Record<string, M>>,
  readKey: (text: string) => K,
  read: (item: M) => V,
): ReadonlyMap<K, V> => {
  const entries = Object.entries(record).map(([key, item]): [K, V] =>
    within(field, () => within(`[${key}]`, () => [readKey(key), read(item)])),
  );
  return new Map(entries.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
};

const reporters = ({ reporters: list }: ReporterSet): Address[] =>
  eachOf('reporters', list, (each) => address(each, 'address')).sort();

export const poolFromProto = (message: PoolMessage): StakingPool => ({
  id: objectId(message.id, 'id'),
  activationEpoch: message.activationEpoch,
  deactivationEpoch: message.deactivationEpoch,
  somaBalance: need(message.somaBalance, 'somaBalance'),
  rewardsPool: need(message.rewardsPool, 'rewardsPool'),
  poolTokenBalance: need(message.poolTokenBalance, 'poolTokenBalance'),
  exchangeRates: new Map(
    Object.entries(message.exchangeRates)
      .map(([epoch, rate]) =>
        within(`exchangeRates[${epoch}]`, () => {
          const { somaAmount, poolTokenAmount } = rate;
          const value = {
            somaAmount: need(somaAmount, 'somaAmount'),
            poolTokenAmount: need(poolTokenAmount, 'poolTokenAmount'),
          };
          return [BigInt(epoch), value] as const;
        }),
      )
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  ),
  pendingStake: need(message.pendingStake, 'pendingStake'),
  pendingTotalSomaWithdraw: need(message.pendingTotalSomaWithdraw, 'pendingTotalSomaWithdraw'),
  pendingPoolTokenWithdraw: need(message.pendingPoolTokenWithdraw, 'pendingPoolTokenWithdraw'),
});

export const validatorFromProto = (message: ValidatorMessage): Validator => ({
  metadata: {
    somaAddress: address(message.somaAddress, 'somaAddress'),
    protocolPubkey: need(message.protocolPubkey, 'protocolPubkey'),
    networkPubkey: need(message.networkPubkey, 'networkPubkey'),
    workerPubkey: need(message.workerPubkey, 'workerPubkey'),
    netAddress: need(message.netAddress, 'netAddress'),
    p2pAddress: need(message.p2pAddress, 'p2pAddress'),
    primaryAddress: need(message.primaryAddress, 'primaryAddress'),
    // Left out when it is empty.
    proxyAddress: message.proxyAddress ?? '',
    proofOfPossession: need(message.proofOfPossession, 'proofOfPossession'),
    nextEpochProtocolPubkey: message.nextEpochProtocolPubkey,
    nextEpochNetworkPubkey: message.nextEpochNetworkPubkey,
    nextEpochNetAddress: message.nextEpochNetAddress,
    nextEpochP2pAddress: message.nextEpochP2pAddress,
    nextEpochPrimaryAddress: message.nextEpochPrimaryAddress,
    nextEpochWorkerPubkey: message.nextEpochWorkerPubkey,
    nextEpochProofOfPossession: message.nextEpochProofOfPossession,
    nextEpochProxyAddress: message.nextEpochProxyAddress,
  },
  votingPower: need(message.votingPower, 'votingPower'),
  stakingPool: within('stakingPool', () => poolFromProto(need(message.stakingPool, 'pool'))),
  commissionRate: need(message.commissionRate, 'commissionRate'),
  nextEpochStake: need(message.nextEpochStake, 'nextEpochStake'),
  nextEpochCommissionRate: need(message.nextEpochCommissionRate, 'nextEpochCommissionRate'),
});

const pendingFromProto = (message: PendingMessage): PendingModelUpdate => ({
  manifest: within('manifest', () => manifestFromProto(message.manifest)),
  weightsCommitment: digest(message.weightsCommitment, 'weightsCommitment'),
  embeddingCommitment: digest(message.embeddingCommitment, 'embeddingCommitment'),
  decryptionKeyCommitment: digest(message.decryptionKeyCommitment, 'decryptionKeyCommitment'),
  commitEpoch: need(message.commitEpoch, 'commitEpoch'),
});

export const modelFromProto = (message: ModelMessage): Model => {
  const base = () => ({
    owner: address(message.owner, 'owner'),
    architectureVersion: need(message.architectureVersion, 'architectureVersion'),
    stakingPool: within('stakingPool', () => poolFromProto(need(message.stakingPool, 'pool'))),
    commissionRate: need(message.commissionRate, 'commissionRate'),
    nextEpochCommissionRate: need(message.nextEpochCommissionRate, 'nextEpochCommissionRate'),
  });
  const committed = () => ({
    ...base(),
    manifest: within('manifest', () => manifestFromProto(message.manifest)),
    weightsCommitment: digest(message.weightsCommitment, 'weightsCommitment'),
    embeddingCommitment: digest(message.embeddingCommitment, 'embeddingCommitment'),
    decryptionKeyCommitment: digest(message.decryptionKeyCommitment, 'decryptionKeyCommitment'),
  });
  const revealed = () => ({
    ...committed(),
    decryptionKey: digest(message.decryptionKey, 'decryptionKey'),
    embedding: floats(message.embedding),
  });
  const { pendingUpdate } = message;
  switch (message.state) {
    case 'created':
      return { kind: 'Created', ...base(), createEpoch: need(message.createEpoch, 'createEpoch') };
    case 'pending':
      return { kind: 'Pending', ...committed(), commitEpoch: need(message.commitEpoch, 'commitEpoch') };
    case 'active':
      return {
        kind: 'Active',
        ...revealed(),
        pendingUpdate:
          pendingUpdate === undefined ? undefined : within('pendingUpdate', () => pendingFromProto(pendingUpdate)),
      };
    case 'inactive':
      return { kind: 'Inactive', ...revealed() };
    default:
      return unknownVariant(message);
  }
};

const emptyRegistry: ModelRegistry = {
  models: new Map(),
  stakingPoolMappings: new Map(),
  totalModelStake: 0n,
  modelReportRecords: new Map(),
};

const registryFromProto = (message: RegistryMessage): ModelRegistry => ({
  models: mapFrom('models', message.models, parseObjectId, modelFromProto),
  stakingPoolMappings: mapFrom('stakingPoolMappings', message.stakingPoolMappings, parseObjectId, parseObjectId),
  totalModelStake: message.totalModelStake ?? 0n,
  modelReportRecords: mapFrom('modelReportRecords', message.modelReportRecords, parseObjectId, reporters),
});

const setFromProto = (message: SetMessage): ValidatorSet => ({
  totalStake: need(message.totalStake, 'totalStake'),
  validators: eachOf('validators', message.validators, validatorFromProto),
  pendingValidators: eachOf('pendingValidators', message.pendingValidators, validatorFromProto),
  pendingRemovals: message.pendingRemovals.map(BigInt),
  stakingPoolMappings: mapFrom('stakingPoolMappings', message.stakingPoolMappings, parseObjectId, parseAddress),
  inactiveValidators: mapFrom('inactiveValidators', message.inactiveValidators, parseObjectId, validatorFromProto),
  atRiskValidators: mapFrom('atRiskValidators', message.atRiskValidators, parseAddress, (epochs) => epochs),
});

const emptyTargetState: TargetState = {
  distanceThreshold: floats([0]),
  targetsGeneratedThisEpoch: 0n,
  hitsThisEpoch: 0n,
  hitsEma: 0n,
  rewardPerTarget: 0n,
};

/**
 * The system state as the chain has it. Strict, as the reference's client is: whatever the node always sets must be there.
 *
 * @throws RPC_INVALID_REPLY
 */
export const systemStateFromProto = (message: StateMessage): SystemState => {
  const { modelRegistry, targetState, emissionPool } = message;
  const pool = need(emissionPool, 'emissionPool');
  return {
    epoch: need(message.epoch, 'epoch'),
    protocolVersion: need(message.protocolVersion, 'protocolVersion'),
    ...within('validators', () => setFromProto(need(message.validators, 'set'))),
    parameters: within('parameters', () => parametersFromProto(need(message.parameters, 'set'))),
    epochStartTimestampMs: need(message.epochStartTimestampMs, 'epochStartTimestampMs'),
    validatorReportRecords: mapFrom('validatorReportRecords', message.validatorReportRecords, parseAddress, reporters),
    modelRegistry:
      modelRegistry === undefined ? emptyRegistry : within('modelRegistry', () => registryFromProto(modelRegistry)),
    emissionPool: {
      balance: need(pool.balance, 'emissionPool.balance'),
      emissionPerEpoch: need(pool.emissionPerEpoch, 'emissionPool.emissionPerEpoch'),
    },
    targetState:
      targetState === undefined
        ? emptyTargetState
        : {
            distanceThreshold: floats([targetState.distanceThreshold ?? 0]),
            targetsGeneratedThisEpoch: targetState.targetsGeneratedThisEpoch ?? 0n,
            hitsThisEpoch: targetState.hitsThisEpoch ?? 0n,
            hitsEma: targetState.hitsEma ?? 0n,
            rewardPerTarget: targetState.rewardPerTarget ?? 0n,
          },
    safeMode: message.safeMode ?? false,
    safeModeAccumulatedFees: message.safeModeAccumulatedFees ?? 0n,
    safeModeAccumulatedEmissions: message.safeModeAccumulatedEmissions ?? 0n,
  };
};

const recordOf = <K extends string, V, M>(map: ReadonlyMap<K, V>, key: (id: K) => string, write: (value: V) => M) =>
  Object.fromEntries([...map].map(([id, value]) => [key(id), write(value)]));

const bare = (id: Address): string => id.slice(2);
const same = (id: ObjectId): string => id;

const poolToProto = (pool: StakingPool): MessageInitShape<typeof StakingPoolSchema> => ({
  ...pool,
  exchangeRates: Object.fromEntries([...pool.exchangeRates].map(([epoch, rate]) => [epoch.toString(), rate])),
});

const validatorToProto = ({ metadata, stakingPool, ...rest }: Validator): MessageInitShape<typeof ValidatorSchema> => ({
  ...metadata,
  ...rest,
  somaAddress: bare(metadata.somaAddress),
  proxyAddress: metadata.proxyAddress === '' ? undefined : metadata.proxyAddress,
  stakingPool: poolToProto(stakingPool),
});

const commitmentsToProto = (
  from: Pick<PendingModelUpdate, 'manifest' | 'weightsCommitment' | 'embeddingCommitment' | 'decryptionKeyCommitment'>,
) => ({
  manifest: manifestToProto(from.manifest),
  weightsCommitment: digestBytes(from.weightsCommitment),
  embeddingCommitment: digestBytes(from.embeddingCommitment),
  decryptionKeyCommitment: digestBytes(from.decryptionKeyCommitment),
});

const modelToProto = (model: Model): MessageInitShape<typeof ModelSchema> => {
  const base = {
    owner: bare(model.owner),
    architectureVersion: model.architectureVersion,
    stakingPool: poolToProto(model.stakingPool),
    commissionRate: model.commissionRate,
    nextEpochCommissionRate: model.nextEpochCommissionRate,
  };
  if (model.kind === 'Created') return { ...base, state: 'created', createEpoch: model.createEpoch };
  const committed = { ...base, ...commitmentsToProto(model) };
  if (model.kind === 'Pending') return { ...committed, state: 'pending', commitEpoch: model.commitEpoch };
  const revealed = {
    ...committed,
    decryptionKey: digestBytes(model.decryptionKey),
    embedding: Array.from(model.embedding.data),
  };
  if (model.kind === 'Inactive') return { ...revealed, state: 'inactive' };
  if (model.kind !== 'Active') throw invalidReply('model', 'a model in a state that this version knows', model);
  const { pendingUpdate: next } = model;
  const pendingUpdate = next === undefined ? undefined : { ...commitmentsToProto(next), commitEpoch: next.commitEpoch };
  return { ...revealed, state: 'active', pendingUpdate };
};

const reportersToProto = (list: readonly Address[]) => ({ reporters: list.map(bare) });

/** The message of a system state, ids spelled as the reference does: addresses bare, ids of objects with `0x`. */
export const systemStateToProto = (state: SystemState): MessageInitShape<typeof SystemStateSchema> => ({
  epoch: state.epoch,
  epochStartTimestampMs: state.epochStartTimestampMs,
  protocolVersion: state.protocolVersion,
  parameters: {
    ...Object.fromEntries(PARAMETERS.map((name) => [name, state.parameters[name]])),
    ...Object.fromEntries(THRESHOLDS.map((name) => [name, onlyNumber(state.parameters[name])])),
  },
  validators: {
    totalStake: state.totalStake,
    validators: state.validators.map(validatorToProto),
    pendingValidators: state.pendingValidators.map(validatorToProto),
    pendingRemovals: state.pendingRemovals.map(Number),
    stakingPoolMappings: recordOf(state.stakingPoolMappings, same, bare),
    inactiveValidators: recordOf(state.inactiveValidators, same, validatorToProto),
    atRiskValidators: recordOf(state.atRiskValidators, bare, (epochs) => epochs),
  },
  validatorReportRecords: recordOf(state.validatorReportRecords, bare, reportersToProto),
  emissionPool: state.emissionPool,
  modelRegistry: {
    stakingPoolMappings: recordOf(state.modelRegistry.stakingPoolMappings, same, same),
    totalModelStake: state.modelRegistry.totalModelStake,
    modelReportRecords: recordOf(state.modelRegistry.modelReportRecords, same, reportersToProto),
    models: recordOf(state.modelRegistry.models, same, modelToProto),
  },
  targetState: { ...state.targetState, distanceThreshold: onlyNumber(state.targetState.distanceThreshold) },
  safeMode: state.safeMode,
  safeModeAccumulatedFees: state.safeModeAccumulatedFees,
  safeModeAccumulatedEmissions: state.safeModeAccumulatedEmissions,
});
