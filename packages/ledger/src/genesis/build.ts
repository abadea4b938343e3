import {
  type Model,
  type SomaObject,
  SomaTensor,
  StakedSoma,
  type SystemParameters,
  type SystemState,
  tensor,
  type Validator,
} from '@somakit/bcs';
import { type Address, digestBytes, type ObjectId, parseAddress, SomaKitError } from '@somakit/core';
import { blake2b256, commitment, deriveGenesisModelPoolId, deriveGenesisObjectId, Keypair } from '@somakit/crypto';
import { generateBlsSecretKey } from '@somakit/crypto/bls';
import {
  EMISSION_PER_EPOCH,
  GENESIS_VALIDATOR_COMMISSION_BPS,
  MAX_COMMISSION_BPS,
  MAX_PROTOCOL_VERSION,
  systemParameters,
  TOTAL_SUPPLY,
  U64_MAX,
} from '@somakit/protocol';
import { processPendingStake, votingPowers } from '@somakit/protocol/staking';
import { genesisModelEmbedding, genesisRewardPerTarget, targetSeed } from '@somakit/protocol/targets';
import '../errors.js';
import { STATE_ID } from '../execution/inputs.js';
import { emptyPool } from '../execution/models.js';
import { chargeTarget, generateTarget } from '../execution/targets.js';
import { coinContents, systemStateContents, targetContents, ZERO_DIGEST } from '../object.js';
import type {
  Genesis,
  GenesisAccount,
  GenesisModel,
  GenesisOptions,
  GenesisValidator,
  ParameterOverrides,
  ValidatorKeys,
} from './options.js';
import { protocolIdentity, seededIdentity } from './protocol-identity.js';

const SOMA = 1_000_000_000n;
/** What the default allocations leave of the default supply. */
const EMISSION_FUND = 680_000n * SOMA;
const COIN = 300_000n * SOMA;
const GIVEN_COIN = 30_000n * SOMA;
const VALIDATOR_STAKE = 20_000n * SOMA;
const COINS = 5;

const invalid = (problem: string): SomaKitError =>
  new SomaKitError('INVALID_GENESIS', `The genesis cannot be built: ${problem}.`, { context: { problem } });

const utf8 = new TextEncoder();
const secretFor = (seed: string, label: string): Uint8Array =>
  blake2b256(utf8.encode(`somakit-genesis::${seed}::${label}`));
const keypairFor = (seed: string, label: string): Keypair => Keypair.fromSecretKey(secretFor(seed, label));

interface FullValidator extends ValidatorKeys {
  readonly validator: Validator;
  readonly stake: bigint;
  readonly gas: bigint;
}

const localAddress = (port: number): string => `/ip4/127.0.0.1/tcp/${port}/http`;

const completeValidator = (seed: string, given: GenesisValidator, index: number): FullValidator => {
  const label = `validator-${index}`;
  const keypair = given.keypair ?? keypairFor(seed, label);
  const protocolSecretKey = given.protocolSecretKey ?? generateBlsSecretKey(secretFor(seed, `${label}-protocol`));
  const isSeeded = given.keypair === undefined && given.protocolSecretKey === undefined;
  const identity = isSeeded
    ? seededIdentity(seed, label, protocolSecretKey, keypair.address)
    : protocolIdentity(protocolSecretKey, keypair.address);
  const commissionRate = given.commissionRate ?? GENESIS_VALIDATOR_COMMISSION_BPS;
  if (commissionRate > MAX_COMMISSION_BPS)
    throw invalid(`the commission of validator ${index} is over ${MAX_COMMISSION_BPS} basis points`);
  const stake = given.stake ?? VALIDATOR_STAKE;
  if (stake <= 0n) throw invalid(`the stake of validator ${index} is not above 0`);
  const port = 9000 + index * 10;
  return {
    address: keypair.address,
    keypair,
    protocolSecretKey,
    stake,
    gas: given.gas ?? COIN,
    validator: {
      metadata: {
        somaAddress: keypair.address,
        protocolPubkey: identity.publicKey,
        networkPubkey: given.networkPublicKey ?? keypairFor(seed, `${label}-network`).publicKey,
        workerPubkey: given.workerPublicKey ?? keypairFor(seed, `${label}-worker`).publicKey,
        netAddress: given.netAddress ?? localAddress(port),
        p2pAddress: given.p2pAddress ?? localAddress(port + 1),
        primaryAddress: given.primaryAddress ?? localAddress(port + 2),
        proxyAddress: given.proxyAddress ?? localAddress(port + 3),
        proofOfPossession: identity.proof,
      },
      votingPower: 0n,
      stakingPool: emptyPool(STATE_ID),
      commissionRate,
      nextEpochStake: 0n,
      nextEpochCommissionRate: commissionRate,
    },
  };
};

const applyOverrides = (parameters: SystemParameters, overrides: ParameterOverrides = {}): SystemParameters => {
  const changed: Record<string, unknown> = { ...parameters };
  for (const [name, value] of Object.entries(overrides)) {
    if (value === undefined) continue;
    const old = changed[name];
    if (old === undefined) throw invalid(`there is no parameter ${name}`);
    if (typeof old === 'bigint' ? typeof value !== 'bigint' : typeof value !== 'number') {
      throw invalid(`the parameter ${name} must be a ${typeof old === 'bigint' ? 'bigint' : 'number'}`);
    }
    changed[name] = typeof value === 'number' ? tensor([value]) : value;
  }
  return changed as unknown as SystemParameters;
};

const genesisModel = (given: GenesisModel, modelId: ObjectId, dim: number): Model => {
  const commissionRate = given.commissionRate ?? 0n;
  if (commissionRate > MAX_COMMISSION_BPS)
    throw invalid(`the commission of a model is over ${MAX_COMMISSION_BPS} basis points`);
  const embedding = tensor(genesisModelEmbedding(modelId, dim));
  const rate = { somaAmount: 0n, poolTokenAmount: 0n };
  return {
    kind: 'Active',
    owner: parseAddress(given.owner),
    architectureVersion: 1n,
    stakingPool: {
      ...emptyPool(deriveGenesisModelPoolId(modelId)),
      activationEpoch: 0n,
      exchangeRates: new Map([[0n, rate]]),
    },
    commissionRate,
    nextEpochCommissionRate: commissionRate,
    manifest: given.manifest,
    weightsCommitment: given.weightsCommitment ?? given.manifest.checksum,
    embeddingCommitment: commitment(SomaTensor.encode(embedding)),
    decryptionKeyCommitment: commitment(digestBytes(given.decryptionKey)),
    decryptionKey: given.decryptionKey,
    embedding,
    pendingUpdate: undefined,
  };
};

/** Objects of a genesis under construction. */
const createParts = () => {
  const objects: SomaObject[] = [];
  let counter = 0n;
  const add = (
    objectType: SomaObject['objectType']['kind'],
    owner: SomaObject['owner'],
    contents: Uint8Array,
    objectId = nextId(),
  ): void => {
    objects.push({
      objectId,
      objectType: { kind: objectType },
      version: 0n,
      contents,
      owner,
      previousTransaction: ZERO_DIGEST,
    });
  };
  const nextId = (): ObjectId => deriveGenesisObjectId(counter++);
  return {
    objects,
    nextId,
    add,
    coin: (address: Address, balance: bigint): void =>
      add('Coin', { kind: 'AddressOwner', address }, coinContents(balance)),
    receipt: (address: Address, poolId: ObjectId, principal: bigint): void =>
      add(
        'StakedSoma',
        { kind: 'AddressOwner', address },
        StakedSoma.encode({ poolId, stakeActivationEpoch: 0n, principal }),
      ),
  };
};

/** A stake that counts from genesis on. */
const stakeAtGenesis = <P extends Validator['stakingPool']>(pool: P, amount: bigint): P =>
  processPendingStake({ ...pool, pendingStake: pool.pendingStake + amount });

const accountList = (
  options: GenesisOptions,
  seed: string,
): { readonly keypairs: Keypair[]; readonly accounts: GenesisAccount[] } => {
  const { accounts = COINS } = options;
  const five = (amount: bigint) => Array.from({ length: COINS }, () => amount);
  if (typeof accounts === 'number') {
    const keypairs = Array.from({ length: accounts }, (_, i) => keypairFor(seed, `account-${i}`));
    return { keypairs, accounts: keypairs.map(({ address }) => ({ address, coins: five(COIN) })) };
  }
  return {
    keypairs: [],
    accounts: accounts.map((each) => (typeof each === 'string' ? { address: each, coins: five(GIVEN_COIN) } : each)),
  };
};

/**
 * Builds the genesis of a new chain: objects, ids and order as the reference's builder has them; keys from the seed.
 *
 * Source: types/src/genesis_builder.rs, types/src/config/genesis_config.rs.
 * @throws INVALID_GENESIS when allocations exceed the supply, or a value is out of range.
 * @example
 * import { buildGenesis, createLedger } from '@somakit/ledger';
 * const genesis = buildGenesis({ timestampMs: 1_700_000_000_000n, accounts: 2 });
 * const ledger = createLedger({ genesis });
 * ledger.listObjects({ owner: genesis.accounts[0]!.address });
 */
export const buildGenesis = (options: GenesisOptions): Genesis => {
  if (typeof options.timestampMs !== 'bigint') throw invalid('timestampMs must be a bigint of milliseconds');
  const { seed = 'somakit', protocolVersion = MAX_PROTOCOL_VERSION } = options;
  const given = options.validators ?? 1;
  const list: readonly GenesisValidator[] =
    typeof given === 'number' ? Array.from({ length: given }, () => ({})) : given;
  if (list.length === 0) throw invalid('a chain needs a validator');
  const validators = list.map((each, i) => completeValidator(seed, each, i));
  const parameters = applyOverrides(systemParameters(protocolVersion), options.parameters);
  const { keypairs, accounts } = accountList(options, seed);
  const faucet = options.faucet === true ? keypairFor(seed, 'faucet') : undefined;
  const parts = createParts();
  // Pools by address; the committee keeps that order.
  const seats = new Map<Address, Validator>();
  for (const { address, validator } of [...validators].sort((a, b) => (a.address < b.address ? -1 : 1))) {
    if (seats.has(address)) throw invalid(`two validators have the account ${address}`);
    const rates = new Map([[0n, { somaAmount: 0n, poolTokenAmount: 0n }]]);
    seats.set(address, {
      ...validator,
      stakingPool: { ...emptyPool(parts.nextId()), activationEpoch: 0n, exchangeRates: rates },
    });
  }
  const models = new Map<ObjectId, Model>();
  const modelPools = new Map<ObjectId, ObjectId>();
  const modelIds: ObjectId[] = [];
  let totalModelStake = 0n;
  for (const each of options.models ?? []) {
    const modelId = parts.nextId();
    const model = genesisModel(each, modelId, Number(parameters.targetEmbeddingDim));
    const stake = each.initialStake ?? SOMA;
    const stakingPool = stake === 0n ? model.stakingPool : stakeAtGenesis(model.stakingPool, stake);
    if (stake > 0n) parts.receipt(model.owner, stakingPool.id, stake);
    totalModelStake += stake;
    models.set(modelId, { ...model, stakingPool });
    modelPools.set(stakingPool.id, modelId);
    modelIds.push(modelId);
  }
  let allocated = totalModelStake;
  const payCoin = (address: Address, amount: bigint): void => {
    allocated += amount;
    parts.coin(address, amount);
  };
  for (const { address, coins } of accounts) for (const amount of coins) payCoin(parseAddress(address), amount);
  if (faucet !== undefined) for (let i = 0; i < COINS; i++) payCoin(faucet.address, COIN);
  for (const { address, gas, stake } of validators) {
    if (gas > 0n) payCoin(address, gas);
    const seat = seats.get(address)!;
    parts.receipt(address, seat.stakingPool.id, stake);
    allocated += stake;
    seats.set(address, {
      ...seat,
      stakingPool: stakeAtGenesis(seat.stakingPool, stake),
      nextEpochStake: seat.nextEpochStake + stake,
    });
  }
  const totalSupply = options.totalSupply ?? (allocated > TOTAL_SUPPLY ? allocated + EMISSION_FUND : TOTAL_SUPPLY);
  if (allocated > totalSupply || totalSupply > U64_MAX) {
    throw invalid(`${allocated} shannons are allocated of a supply of ${totalSupply}`);
  }
  const committee = [...seats.values()];
  const powers = votingPowers(
    committee.map(({ metadata, stakingPool }) => ({ address: metadata.somaAddress, stake: stakingPool.somaBalance })),
  );
  let state: SystemState = {
    epoch: 0n,
    protocolVersion,
    totalStake: committee.reduce((sum, { stakingPool }) => sum + stakingPool.somaBalance, 0n),
    validators: committee.map((validator, i) => ({ ...validator, votingPower: powers?.[i] ?? 0n })),
    pendingValidators: [],
    pendingRemovals: [],
    stakingPoolMappings: new Map(committee.map(({ metadata, stakingPool }) => [stakingPool.id, metadata.somaAddress])),
    inactiveValidators: new Map(),
    atRiskValidators: new Map(),
    parameters,
    epochStartTimestampMs: options.timestampMs,
    validatorReportRecords: new Map(),
    modelRegistry: { models, stakingPoolMappings: modelPools, totalModelStake, modelReportRecords: new Map() },
    emissionPool: {
      balance: totalSupply - allocated,
      emissionPerEpoch: options.emissionPerEpoch ?? EMISSION_PER_EPOCH,
    },
    targetState: {
      distanceThreshold: parameters.targetInitialDistanceThreshold,
      targetsGeneratedThisEpoch: 0n,
      hitsThisEpoch: 0n,
      hitsEma: 0n,
      rewardPerTarget: 0n,
    },
    safeMode: false,
    safeModeAccumulatedFees: 0n,
    safeModeAccumulatedEmissions: 0n,
  };
  if (models.size > 0) {
    const rewardPerTarget = genesisRewardPerTarget(parameters, state.emissionPool.emissionPerEpoch);
    state = { ...state, targetState: { ...state.targetState, rewardPerTarget } };
    for (
      let i = 0n;
      i < parameters.targetInitialTargetsPerEpoch && state.emissionPool.balance >= rewardPerTarget;
      i++
    ) {
      const target = generateTarget(state, targetSeed(ZERO_DIGEST, i), 0n);
      parts.add('Target', { kind: 'Shared', initialSharedVersion: 1n }, targetContents(target));
      state = chargeTarget(state);
    }
  }
  parts.add('SystemState', { kind: 'Shared', initialSharedVersion: 0n }, systemStateContents(state), STATE_ID);
  return {
    objects: parts.objects,
    timestampMs: options.timestampMs,
    accounts: keypairs,
    faucet,
    validators: validators.map(({ address, keypair, protocolSecretKey }) => ({ address, keypair, protocolSecretKey })),
    validatorKeys: validators.map(({ protocolSecretKey }) => protocolSecretKey),
    modelIds,
  };
};
