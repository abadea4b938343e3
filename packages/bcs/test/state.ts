import { toBase58, toHex } from '@somakit/core';
import type { Address, Digest, Model, ObjectId, StakingPool, SystemState, Validator } from '../src/index.js';
import { tensor } from '../src/index.js';

// A small generator of repeatable numbers; quality does not matter here.
let seed = 1;
const random = (): number => {
  seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
  return seed;
};
const bytesOf = (length: number): Uint8Array => Uint8Array.from({ length }, () => random() >>> 24);
const amount = (): bigint => BigInt(random()) * 1000n;
const id = <T extends Address | ObjectId>(): T => `0x${toHex(bytesOf(32))}` as T;
const digest = (): Digest => toBase58(bytesOf(32)) as Digest;
const scalar = tensor([1.05]);

const pool = (epochs: number): StakingPool => ({
  id: id(),
  activationEpoch: 0n,
  somaBalance: amount(),
  rewardsPool: amount(),
  poolTokenBalance: amount(),
  exchangeRates: new Map(
    Array.from({ length: epochs }, (_, i) => [BigInt(i), { somaAmount: amount(), poolTokenAmount: amount() }]),
  ),
  pendingStake: 0n,
  pendingTotalSomaWithdraw: 0n,
  pendingPoolTokenWithdraw: 0n,
});

const validator = (epochs: number): Validator => ({
  metadata: {
    somaAddress: id(),
    protocolPubkey: bytesOf(96),
    networkPubkey: bytesOf(32),
    workerPubkey: bytesOf(32),
    netAddress: '/ip4/127.0.0.1/tcp/39201/http',
    p2pAddress: '/ip4/127.0.0.1/tcp/39202/http',
    primaryAddress: '/ip4/127.0.0.1/tcp/39203/http',
    proxyAddress: '/ip4/127.0.0.1/tcp/39204/http',
    proofOfPossession: bytesOf(48),
  },
  votingPower: 100n,
  stakingPool: pool(epochs),
  commissionRate: 200n,
  nextEpochStake: amount(),
  nextEpochCommissionRate: 200n,
});

const model = (dimension: number, epochs: number): Model => ({
  kind: 'Active',
  owner: id(),
  architectureVersion: 1n,
  stakingPool: pool(epochs),
  commissionRate: 500n,
  nextEpochCommissionRate: 500n,
  manifest: { url: `https://models.example.com/${random()}.bin`, checksum: digest(), size: amount() },
  weightsCommitment: digest(),
  embeddingCommitment: digest(),
  decryptionKeyCommitment: digest(),
  decryptionKey: digest(),
  embedding: tensor(Array.from({ length: dimension }, () => random() / 2 ** 32 - 0.5)),
});

/** A system state of the given size, the same every time. */
export const makeSystemState = ({ validators = 100, models = 1000, dimension = 16, epochs = 1 } = {}): SystemState => {
  seed = 1;
  const active = Array.from({ length: validators }, () => validator(epochs));
  const registry = new Map(Array.from({ length: models }, () => [id<ObjectId>(), model(dimension, epochs)]));
  return {
    epoch: 7n,
    protocolVersion: 5n,
    totalStake: amount(),
    validators: active,
    pendingValidators: [],
    pendingRemovals: [],
    stakingPoolMappings: new Map(active.map((each) => [each.stakingPool.id, each.metadata.somaAddress])),
    inactiveValidators: new Map(),
    atRiskValidators: new Map(),
    parameters: {
      epochDurationMs: 86_400_000n,
      validatorRewardAllocationBps: 1000n,
      modelMinStake: 1_000_000_000n,
      modelArchitectureVersion: 1n,
      modelRevealSlashRateBps: 5000n,
      modelTallySlashRateBps: 9500n,
      targetEpochFeeCollection: 1n,
      baseFee: 1000n,
      writeObjectFee: 300n,
      valueFeeBps: 10n,
      minValueFeeBps: 1n,
      maxValueFeeBps: 100n,
      feeAdjustmentRateBps: 1000n,
      targetModelsPerTarget: 3n,
      targetEmbeddingDim: BigInt(dimension),
      targetInitialDistanceThreshold: scalar,
      targetRewardAllocationBps: 8000n,
      targetHitsPerEpoch: 86_400n,
      targetHitsEmaDecayBps: 9000n,
      targetDifficultyAdjustmentRateBps: 200n,
      targetMaxDistanceThreshold: scalar,
      targetMinDistanceThreshold: scalar,
      targetInitialTargetsPerEpoch: 100n,
      targetSubmitterRewardShareBps: 5000n,
      targetModelRewardShareBps: 3000n,
      targetClaimerIncentiveBps: 100n,
      submissionBondPerByte: 10n,
      maxSubmissionDataSize: 1_048_576n,
    },
    epochStartTimestampMs: 1_795_256_105_067n,
    validatorReportRecords: new Map(),
    modelRegistry: {
      models: registry,
      stakingPoolMappings: new Map([...registry].map(([key, each]) => [each.stakingPool.id, key])),
      totalModelStake: amount(),
      modelReportRecords: new Map(),
    },
    emissionPool: { balance: amount(), emissionPerEpoch: amount() },
    targetState: {
      distanceThreshold: scalar,
      targetsGeneratedThisEpoch: 0n,
      hitsThisEpoch: 0n,
      hitsEma: 0n,
      rewardPerTarget: 0n,
    },
    safeMode: false,
    safeModeAccumulatedFees: 0n,
    safeModeAccumulatedEmissions: 0n,
  };
};
