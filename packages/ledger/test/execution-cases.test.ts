import { type Model, SomaTensor, type SystemState, tensor, type Validator } from '@somakit/bcs';
import { digestBytes, fromHex, parseDigest, parseObjectId, toHex } from '@somakit/core';
import { commitment, deriveObjectId } from '@somakit/crypto';
import { normalArray } from '@somakit/protocol/random';
import {
  adjustDifficulty,
  mayCreateTarget,
  rewardPerTarget,
  targetBudget,
  targetSeed,
  updateHitsEma,
} from '@somakit/protocol/targets';
import cases from '@somakit/vectors/execution-cases.json';
import { describe, expect, it } from 'vitest';
import { emptyPool } from '../src/execution/models.js';
import { addressOf, createMachine, type Machine, stateWith } from './support/machine.js';
import { createWorld } from './support/world.js';

interface Case {
  readonly id: string;
  readonly description: string;
  // biome-ignore lint/suspicious/noExplicitAny: each case has its own inputs
  readonly inputs: any;
  // biome-ignore lint/suspicious/noExplicitAny: each case has its own results
  readonly expected: any;
}

const numberOf = (name: string): number => Number(name.slice(1));
const addPending = (machine: Machine, n: number): void => {
  const state = machine.state();
  const poolId = parseObjectId('0x900100');
  const seat: Validator = {
    ...state.validators[0]!,
    metadata: {
      ...state.validators[0]!.metadata,
      somaAddress: addressOf(n),
      protocolPubkey: new Uint8Array(96).fill(n),
    },
    votingPower: 0n,
    stakingPool: emptyPool(poolId),
    commissionRate: 0n,
    nextEpochStake: 0n,
    nextEpochCommissionRate: 0n,
  };
  machine.set({
    ...state,
    pendingValidators: [...state.pendingValidators, seat],
    stakingPoolMappings: new Map(state.stakingPoolMappings).set(poolId, addressOf(n)),
  });
};

/** Runs the steps of a case of validators; `observe` is called before each step. */
const runSteps = (
  machine: Machine,
  steps: readonly unknown[][],
  observe: (index: number) => void,
): Map<string, bigint> => {
  const paid = new Map<string, bigint>();
  steps.forEach((step, index) => {
    observe(index);
    const [name, a, b, c] = step as [string, string, unknown, string | undefined];
    if (name === 'epoch') machine.epoch(BigInt(a));
    else if (name === 'stake') machine.stake(numberOf(a), BigInt(b as number), c);
    else if (name === 'withdraw') paid.set(a, machine.withdraw(a));
    else if (name === 'commission')
      machine.execute({ kind: 'SetCommissionRate', newRate: BigInt(b as number) }, [], addressOf(numberOf(a)));
    else if (name === 'report')
      machine.execute(
        { kind: 'ReportValidator', reportee: addressOf(numberOf(b as string)) },
        [],
        addressOf(numberOf(a)),
      );
    else if (name === 'removeValidator')
      machine.execute({ kind: 'RemoveValidator', pubkeyBytes: new Uint8Array(96) }, [], addressOf(numberOf(a)));
    else if (name === 'addValidator') addPending(machine, numberOf(a));
    else throw new TypeError(`no such step: ${name}`);
  });
  observe(steps.length);
  return paid;
};

const inOrder = (machine: Machine, count: number, of: (validator: Validator) => bigint): bigint[] =>
  Array.from({ length: count }, (_, i) => of(machine.validator(i + 1)!));
const powers = (machine: Machine, count: number) => inOrder(machine, count, ({ votingPower }) => votingPower);
const balances = (machine: Machine, count: number) =>
  inOrder(machine, count, ({ stakingPool }) => stakingPool.somaBalance);

const checkValidators = ({ inputs, expected }: Case): void => {
  const stakes = inputs.validatorStakes.map(BigInt) as bigint[];
  const count = stakes.length;
  const slashing = inputs.rewardSlashingRateBps;
  const machine = createMachine(stateWith(stakes), slashing === undefined ? {} : { slashingRateBps: BigInt(slashing) });
  const { steps } = inputs;
  let epochs = 0;
  let before: bigint[] = [];
  const lastEpoch = steps.findLastIndex(([name]: [string]) => name === 'epoch');
  const firstWithdrawal = steps.findIndex(([name]: [string]) => name === 'withdraw');
  const paid = runSteps(machine, steps, (index) => {
    if (steps[index - 1]?.[0] === 'epoch' && ++epochs === 1 && expected.votingPowersAfterFirstEpoch) {
      expect(powers(machine, count)).toEqual(expected.votingPowersAfterFirstEpoch.map(BigInt));
    }
    if (index === lastEpoch) {
      before = balances(machine, count);
      for (const name of ['votingPowers', 'votingPowersBeforeLast', 'votingPowersAtRewards']) {
        if (expected[name]) expect(powers(machine, count)).toEqual(expected[name].map(BigInt));
      }
    }
    if (index === lastEpoch + 1 && expected.rewards) {
      const after = balances(machine, count);
      expect(after.map((balance, i) => balance - before[i]!)).toEqual(expected.rewards.map(BigInt));
    }
    if (index === firstWithdrawal && expected.poolBalanceBeforeWithdrawals) {
      expect(machine.validator(1)?.stakingPool.somaBalance).toBe(BigInt(expected.poolBalanceBeforeWithdrawals));
    }
  });
  if (expected.poolBalances) expect(balances(machine, count)).toEqual(expected.poolBalances.map(BigInt));
  if (expected.poolBalanceAtEnd)
    expect(machine.validator(1)?.stakingPool.somaBalance).toBe(BigInt(expected.poolBalanceAtEnd));
  for (const [labels, amount] of Object.entries(expected.paid ?? {})) {
    const sum = labels.split('+').reduce((total, label) => total + paid.get(label)!, 0n);
    expect(sum, labels).toBe(BigInt(amount as number));
  }
  if (expected.inactivePoolBalance) {
    const [inactive] = machine.state().inactiveValidators.values();
    expect(inactive?.stakingPool.somaBalance).toBe(BigInt(expected.inactivePoolBalance));
  }
  for (const [epoch, [soma, tokens]] of Object.entries(
    (expected.ratesOfV2 ?? {}) as Record<string, [number, number]>,
  )) {
    expect(machine.validator(2)?.stakingPool.exchangeRates.get(BigInt(epoch))).toEqual({
      somaAmount: BigInt(soma),
      poolTokenAmount: BigInt(tokens),
    });
  }
};

const embedding = tensor(new Float32Array(2048).fill(0.5));
const key = parseDigest(new Uint8Array(32).fill(7));

const withModel = (
  state: SystemState,
  owner = addressOf(0xf00),
): { readonly state: SystemState; readonly modelId: ReturnType<typeof parseObjectId> } => {
  const modelId = parseObjectId('0x30de1');
  const poolId = parseObjectId('0x900200');
  const stake = 10_000_000_000n;
  const model: Model = {
    kind: 'Created',
    owner,
    architectureVersion: 1n,
    stakingPool: { ...emptyPool(poolId), somaBalance: stake, poolTokenBalance: stake },
    commissionRate: 0n,
    nextEpochCommissionRate: 0n,
    createEpoch: 0n,
  };
  const { modelRegistry } = state;
  return {
    modelId,
    state: {
      ...state,
      modelRegistry: {
        ...modelRegistry,
        models: new Map([[modelId, model]]),
        stakingPoolMappings: new Map([[poolId, modelId]]),
      },
    },
  };
};

const checkModel = ({ inputs, expected }: Case): void => {
  const stakes = (inputs.validatorStakes ?? [100_000_000_000]).map(BigInt) as bigint[];
  const { state, modelId } = withModel(stateWith(stakes));
  const machine = createMachine(state);
  const owner = addressOf(0xf00);
  const reporters = (inputs.reporters ?? []).map(numberOf) as number[];
  for (const step of inputs.steps) {
    if (step === 'create') continue;
    if (step === 'commit') {
      const weights = commitment(Uint8Array.of(1));
      machine.execute(
        {
          kind: 'CommitModel',
          modelId,
          manifest: { url: 'https://host/weights', checksum: weights, size: 1n },
          weightsCommitment: weights,
          embeddingCommitment: commitment(SomaTensor.encode(embedding)),
          decryptionKeyCommitment: commitment(digestBytes(key)),
        },
        [],
        owner,
      );
    } else if (step === 'reveal')
      machine.execute({ kind: 'RevealModel', modelId, decryptionKey: key, embedding }, [], owner);
    else if (step === 'report') machine.execute({ kind: 'ReportModel', modelId }, [], addressOf(reporters.shift()!));
    else machine.epoch(BigInt(step[1]));
  }
  const { models, totalModelStake, modelReportRecords } = machine.state().modelRegistry;
  expect(models.get(modelId)?.kind).toBe(expected.state);
  expect(models.get(modelId)?.stakingPool.somaBalance).toBe(BigInt(expected.poolBalance));
  expect(totalModelStake).toBe(BigInt(expected.totalModelStake));
  expect(modelReportRecords.size).toBe(0);
};

const checkCoins = ({ inputs, expected }: Case): void => {
  const coins = (inputs.coins ?? [inputs.coin]).map(BigInt) as bigint[];
  const world = createWorld({ accounts: [coins] });
  const [sender, recipient] = [world.actors[0]!, world.stranger(1)];
  const refs = world.coins(sender).sort((a, b) => coins.indexOf(a.balance) - coins.indexOf(b.balance));
  const recipients = (inputs.amounts ?? [0]).map(() => recipient.address);
  const kind =
    inputs.stake !== undefined
      ? ({
          kind: 'AddStake',
          address: world.genesis.validators[0]!.address,
          coinRef: refs[0]!,
          amount: BigInt(inputs.stake),
        } as const)
      : inputs.transfer !== undefined
        ? ({
            kind: 'TransferCoin',
            coin: refs[0]!,
            amount: BigInt(inputs.transfer),
            recipient: recipient.address,
          } as const)
        : ({ kind: 'PayCoins', coins: refs, amounts: inputs.amounts?.map(BigInt), recipients } as const);
  const { effects, changes } = world.send(sender, kind, [refs[0]!]);
  const status = effects.status.kind === 'Success' ? 'Success' : effects.status.error.kind;
  expect(status).toBe(expected.status);
  const { baseFee, operationFee, valueFee, totalFee } = effects.transactionFee;
  expect([baseFee, operationFee, valueFee, totalFee]).toEqual(
    [expected.fee.base, expected.fee.operation, expected.fee.value, expected.fee.total].map(BigInt),
  );
  if (expected.created) {
    expect(
      world
        .coins(recipient)
        .map(({ balance }) => balance)
        .sort(),
    ).toEqual(expected.created.map(BigInt).sort());
  }
  expect(changes.filter(({ after }) => after === undefined)).toHaveLength(expected.deleted?.length ?? 0);
  if (expected.coinAfter)
    expect(world.coins(sender).map(({ balance }) => balance)).toEqual([BigInt(expected.coinAfter)]);
};

const checkTargets = ({ id, inputs, expected }: Case): void => {
  const parameters = {
    targetRewardAllocationBps: BigInt(inputs.targetRewardAllocationBps ?? 0),
    targetHitsPerEpoch: BigInt(inputs.targetHitsPerEpoch ?? inputs.targetHits ?? 0),
    targetInitialTargetsPerEpoch: 100n,
  };
  const emission = BigInt(inputs.emissionPerEpoch ?? 0);
  if (id === 'reward-per-target') expect(rewardPerTarget(parameters, emission)).toBe(BigInt(expected.rewardPerTarget));
  if (id === 'target-budget') {
    expect(targetBudget(parameters, emission)).toBe(BigInt(expected.budget));
    const may = (generated: number) =>
      mayCreateTarget({
        poolBalance: 10n ** 16n,
        rewardPerTarget: rewardPerTarget(parameters, emission),
        targetsGenerated: BigInt(generated) - 1n,
        emissionPerEpoch: emission,
        protocolVersion: 5n,
        parameters,
      });
    expect([may(expected.fits), may(expected.doesNotFit)]).toEqual([true, false]);
  }
  if (id.startsWith('difficulty')) {
    const { distanceThreshold } = adjustDifficulty({
      distanceThreshold: inputs.threshold,
      hitsThisEpoch: BigInt(inputs.hits),
      hitsEma: BigInt(inputs.emaBefore),
      parameters: {
        targetHitsPerEpoch: parameters.targetHitsPerEpoch,
        targetHitsEmaDecayBps: 9_000n,
        targetDifficultyAdjustmentRateBps: BigInt(inputs.adjustmentRateBps),
        targetMinDistanceThreshold: inputs.min,
        targetMaxDistanceThreshold: inputs.max,
      },
      protocolVersion: 5n,
    });
    expect(toHex(new Uint8Array(Float32Array.of(distanceThreshold).buffer))).toBe(expected.thresholdF32Hex);
  }
  if (id.startsWith('ema')) {
    expect(updateHitsEma(BigInt(inputs.ema), BigInt(inputs.hits), BigInt(inputs.decayBps))).toBe(BigInt(expected.ema));
  }
  if (id === 'normal-samples-42') {
    const values = normalArray({ seed: BigInt(inputs.seed), length: inputs.count });
    expect([...values]).toEqual(expected.values);
  }
  if (id === 'target-seed') {
    const digest = fromHex(inputs.digestHex);
    expect(targetSeed(digest, BigInt(inputs.counter))).toBe(BigInt(expected.seed));
    expect(deriveObjectId(digest, BigInt(inputs.counter))).toBe(expected.objectId);
  }
};

const check = (each: Case): void => {
  if (each.inputs.steps !== undefined && each.inputs.stake === undefined && each.inputs.modelStake === undefined)
    checkValidators(each);
  else if (each.id.startsWith('model-')) checkModel(each);
  else if (each.inputs.coin !== undefined || each.inputs.coins !== undefined) checkCoins(each);
  else checkTargets(each);
};

describe('the execution cases of the golden data', () => {
  for (const each of cases as Case[]) it(`${each.id}: ${each.description}`, () => check(each));
});
