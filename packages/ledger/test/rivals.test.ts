// Two rival models and the end of an epoch, by the sheets: what slashing takes, what stays, what comes of updates.
import { type Model, SomaTensor, type TransactionKind, tensor } from '@somakit/bcs';
import { digestBytes, type ObjectId } from '@somakit/core';
import { commitment, deriveObjectId, type Keypair } from '@somakit/crypto';
import { createModelSelector, targetSeed } from '@somakit/protocol/targets';
import { describe, expect, it } from 'vitest';
import { targetOf } from '../src/index.js';
import { key, manifest, market, SOMA, statusOf, submission, targets } from './support/cases.js';
import { actorAddress, refOf, type World } from './support/world.js';

const rivals = (more: Parameters<typeof market>[0] = {}): World =>
  market({
    models: [0, 2].map((n) => ({ owner: actorAddress(n), manifest, decryptionKey: key, initialStake: 2n * SOMA })),
    ...more,
  });
const modelOf = (world: World, id: ObjectId): Model => world.ledger.systemState().modelRegistry.models.get(id)!;
const poolOf = (world: World, id: ObjectId) => modelOf(world, id).stakingPool;
const registry = (world: World) => world.ledger.systemState().modelRegistry;
const validators = (world: World): Keypair[] => world.genesis.validators.map(({ keypair }) => keypair);
const commit = (modelId: ObjectId, embedding: SomaTensor): TransactionKind => ({
  kind: 'CommitModel',
  modelId,
  manifest: { ...manifest, url: 'https://host/next' },
  weightsCommitment: key,
  embeddingCommitment: commitment(SomaTensor.encode(embedding)),
  decryptionKeyCommitment: commitment(digestBytes(key)),
});
const reveal = (modelId: ObjectId, embedding: SomaTensor): TransactionKind => ({
  kind: 'RevealModel',
  modelId,
  decryptionKey: key,
  embedding,
});

describe('a reported model', () => {
  it('keeps all when the reporters are no quorum, and its reports are forgotten all the same', () => {
    const world = rivals({ validators: 3 });
    const [id] = world.genesis.modelIds as [ObjectId];
    const [reporter] = validators(world) as [Keypair];
    world.send(reporter, { kind: 'ReportModel', modelId: id });
    world.send(reporter, { kind: 'ReportModel', modelId: id });
    expect(registry(world).modelReportRecords).toEqual(new Map([[id, [reporter.address]]]));
    const { somaBalance } = poolOf(world, id);
    world.ledger.advanceEpoch();
    expect(modelOf(world, id)).toMatchObject({ kind: 'Active', stakingPool: { somaBalance } });
    expect(registry(world).modelReportRecords.size).toBe(0);
  });

  it('loses 95 % of its pool to nobody, and the rival has all that is left of the registry', () => {
    const world = rivals();
    const [id, other] = world.genesis.modelIds as [ObjectId, ObjectId];
    const [validator] = validators(world) as [Keypair];
    expect(statusOf(world.send(world.actors[1]!, { kind: 'ReportModel', modelId: id }))).toBe('NotAValidator');
    world.send(validator, { kind: 'ReportModel', modelId: id });
    world.send(world.actors[0]!, commit(id, tensor([1, 2, 3, 4])));
    const balance = poolOf(world, id).somaBalance;
    world.ledger.advanceEpoch();
    const slashed = (balance * 9_500n) / 10_000n;
    expect(modelOf(world, id)).toMatchObject({
      kind: 'Inactive',
      stakingPool: { somaBalance: balance - slashed, deactivationEpoch: 1n },
    });
    expect(modelOf(world, id)).not.toHaveProperty('pendingUpdate');
    expect(world.ledger.supply()).toMatchObject({ burned: slashed, total: 10_000_000n * SOMA });
    expect(registry(world).totalModelStake).toBe(poolOf(world, other).somaBalance);
    for (const target of targets(world)) {
      const { modelIds, generationEpoch } = targetOf(target);
      if (generationEpoch === 1n) expect(modelIds).toEqual([other]);
    }
    // A slashed pool still pays the whole principal: its balance wraps below zero.
    const [receipt] = world.objects(world.actors[0]!, 'StakedSoma');
    const withdrawn = world.send(world.actors[0]!, { kind: 'WithdrawStake', stakedSoma: refOf(receipt!) });
    expect(withdrawn.balanceChanges[0]!.amount + withdrawn.effects.transactionFee.totalFee).toBe(2n * SOMA);
    expect(poolOf(world, id).somaBalance).toBe(BigInt.asUintN(64, balance - slashed - 2n * SOMA));
  });

  it('is not slashed when the report was taken back', () => {
    const world = rivals();
    const [id] = world.genesis.modelIds as [ObjectId];
    const [validator] = validators(world) as [Keypair];
    world.send(validator, { kind: 'ReportModel', modelId: id });
    expect(statusOf(world.send(validator, { kind: 'UndoReportModel', modelId: id }))).toBe('Success');
    expect(registry(world).modelReportRecords.size).toBe(0);
    expect(statusOf(world.send(validator, { kind: 'UndoReportModel', modelId: id }))).toBe('ReportRecordNotFound');
    world.ledger.advanceEpoch();
    expect(modelOf(world, id).kind).toBe('Active');
  });
});

describe('a model that does not go on', () => {
  const create = (world: World, who: Keypair): ObjectId => {
    const sent = world.send(who, {
      kind: 'CreateModel',
      stakeAmount: 2n * SOMA,
      commissionRate: 100n,
      architectureVersion: 1n,
    });
    expect(statusOf(sent)).toBe('Success');
    return deriveObjectId(sent.digest, 0n);
  };

  it('is slashed by half at every epoch after its first, while it is created and not committed', () => {
    const world = rivals();
    const id = create(world, world.actors[2]!);
    const balances = [1, 2, 3, 4].map(() => {
      world.ledger.advanceEpoch();
      return [poolOf(world, id).somaBalance, poolOf(world, id).deactivationEpoch];
    });
    expect(balances).toEqual([
      [2n * SOMA, undefined],
      [SOMA, 2n],
      [SOMA / 2n, 3n],
      [SOMA / 4n, 4n],
    ]);
    expect(modelOf(world, id).kind).toBe('Created');
    expect(world.ledger.supply()).toMatchObject({ burned: 2n * SOMA - SOMA / 4n, total: 10_000_000n * SOMA });
    const [coin] = world.coins(world.actors[1]!);
    const stake: TransactionKind = { kind: 'AddStakeToModel', modelId: id, coinRef: coin!, amount: SOMA };
    expect(statusOf(world.send(world.actors[1]!, stake))).toBe('ModelAlreadyInactive');
    expect(statusOf(world.send(world.actors[2]!, commit(id, tensor([1, 2, 3, 4]))))).toBe('Success');
  });

  it('is slashed by half once, and ends, when it was committed and not revealed in the next epoch', () => {
    const world = rivals();
    const owner = world.actors[2]!;
    const id = create(world, owner);
    const embedding = tensor([1, 0, 0, 1]);
    world.send(owner, commit(id, embedding));
    expect(statusOf(world.send(owner, reveal(id, embedding)))).toBe('ModelRevealEpochMismatch');
    world.ledger.advanceEpoch();
    expect(poolOf(world, id).somaBalance).toBe(2n * SOMA);
    world.ledger.advanceEpoch();
    expect(modelOf(world, id)).toMatchObject({
      kind: 'Inactive',
      decryptionKey: '1'.repeat(32),
      stakingPool: { somaBalance: SOMA, deactivationEpoch: 2n },
    });
    world.ledger.advanceEpoch();
    expect(poolOf(world, id).somaBalance).toBe(SOMA);
    expect(statusOf(world.send(owner, reveal(id, embedding)))).toBe('ModelInvalidState');
  });
});

describe('an update', () => {
  it('takes effect when it is revealed in the next epoch, for the targets that follow', () => {
    const world = rivals();
    const [id] = world.genesis.modelIds as [ObjectId];
    const [owner] = world.actors as [Keypair];
    const before = modelOf(world, id);
    const embedding = tensor([4, 3, 2, 1]);
    world.send(owner, commit(id, tensor([9, 9, 9, 9])));
    world.send(owner, commit(id, embedding));
    expect(statusOf(world.send(owner, reveal(id, embedding)))).toBe('ModelRevealEpochMismatch');
    world.ledger.advanceEpoch();
    expect(statusOf(world.send(owner, reveal(id, tensor([9, 9, 9, 9]))))).toBe('ModelEmbeddingCommitmentMismatch');
    expect(statusOf(world.send(world.actors[2]!, reveal(id, embedding)))).toBe('NotModelOwner');
    expect(statusOf(world.send(owner, reveal(id, embedding)))).toBe('Success');
    expect(modelOf(world, id)).toMatchObject({
      kind: 'Active',
      embedding,
      pendingUpdate: undefined,
      manifest: { url: 'https://host/next' },
      stakingPool: { activationEpoch: before.stakingPool.activationEpoch },
    });
    expect(statusOf(world.send(owner, reveal(id, embedding)))).toBe('ModelNoPendingUpdate');
  });

  it('is dropped without a loss when it is not', () => {
    const world = rivals();
    const [id] = world.genesis.modelIds as [ObjectId];
    const { somaBalance } = poolOf(world, id);
    world.send(world.actors[0]!, commit(id, tensor([4, 3, 2, 1])));
    world.ledger.advanceEpoch();
    expect(modelOf(world, id)).toMatchObject({ pendingUpdate: { commitEpoch: 0n } });
    world.ledger.advanceEpoch();
    expect(modelOf(world, id)).toMatchObject({ kind: 'Active', pendingUpdate: undefined, manifest });
    expect(poolOf(world, id).somaBalance).toBe(somaBalance);
  });

  it('is lost, with the reports, when the model is deactivated; its stakers are paid, and its commission stays staged', () => {
    const world = rivals();
    const [id, other] = world.genesis.modelIds as [ObjectId, ObjectId];
    const [owner, staker] = world.actors as [Keypair, Keypair];
    const [coin] = world.coins(staker);
    world.send(staker, { kind: 'AddStakeToModel', modelId: id, coinRef: coin!, amount: SOMA });
    world.send(owner, { kind: 'SetModelCommissionRate', modelId: id, newRate: 777n });
    world.send(owner, commit(id, tensor([4, 3, 2, 1])));
    world.send(validators(world)[0]!, { kind: 'ReportModel', modelId: id });
    expect(registry(world).totalModelStake).toBe(5n * SOMA);
    expect(statusOf(world.send(owner, { kind: 'DeactivateModel', modelId: id }))).toBe('Success');
    // What was staked in this epoch is not in the balance yet, and stays in the total until the epoch ends.
    expect(registry(world)).toMatchObject({ totalModelStake: 3n * SOMA, modelReportRecords: new Map() });
    expect(modelOf(world, id)).toMatchObject({
      kind: 'Inactive',
      commissionRate: 0n,
      nextEpochCommissionRate: 777n,
      stakingPool: { somaBalance: 2n * SOMA, pendingStake: SOMA, deactivationEpoch: 0n },
    });
    world.ledger.advanceEpoch();
    expect(registry(world).totalModelStake).toBe(poolOf(world, other).somaBalance);
    expect(poolOf(world, id)).toMatchObject({ somaBalance: 2n * SOMA, pendingStake: SOMA });
    expect(modelOf(world, id).commissionRate).toBe(0n);
    const [receipt] = world.objects(staker, 'StakedSoma');
    const paid = world.send(staker, { kind: 'WithdrawStake', stakedSoma: refOf(receipt!) });
    expect(paid.balanceChanges[0]!.amount + paid.effects.transactionFee.totalFee).toBe(SOMA);
    expect(world.ledger.supply()).toMatchObject({ burned: 0n, total: 10_000_000n * SOMA });
  });
});

describe('a spawned target', () => {
  it('has the seed and the id of its places in the transaction, the rivals by stake and distance, and the current terms', () => {
    const world = rivals();
    const before = world.ledger.systemState();
    const sent = world.send(world.actors[1]!, submission(world));
    const spawned = sent.changes.find(({ before: was }) => was === undefined)!;
    expect(spawned.objectId).toBe(deriveObjectId(sent.digest, 2n));
    const target = targetOf(spawned.after!);
    const candidates = [...before.modelRegistry.models].flatMap(([modelId, model]) =>
      model.kind === 'Active'
        ? [{ modelId, embedding: model.embedding.data, stake: model.stakingPool.somaBalance }]
        : [],
    );
    expect(targetSeed(sent.digest, 1n)).not.toBe(targetSeed(sent.digest, 0n));
    expect(target.modelIds).toEqual(
      createModelSelector(candidates)(target.embedding.data, 3).map(({ modelId }) => modelId),
    );
    const after = world.ledger.systemState();
    expect(target).toMatchObject({
      rewardPool: before.targetState.rewardPerTarget,
      generationEpoch: 0n,
      status: { kind: 'Open' },
      bondAmount: 0n,
      submissionReports: [],
    });
    expect(after.emissionPool.balance).toBe(before.emissionPool.balance - target.rewardPool);
    expect(after.targetState).toMatchObject({
      targetsGeneratedThisEpoch: before.targetState.targetsGeneratedThisEpoch + 1n,
      hitsThisEpoch: 1n,
    });
  });

  it('is not made when the epoch has spent what it may on targets', () => {
    // 80 % of the nominal emission, in shares of half of what three initial targets make of it: six in all, three are there.
    const world = rivals();
    const results = Array.from({ length: 4 }, () => world.send(world.actors[1]!, submission(world)));
    const spawned = results.map(({ changes }) => changes.filter(({ before }) => before === undefined).length);
    expect(spawned).toEqual([1, 1, 1, 0]);
    const { targetsGeneratedThisEpoch, hitsThisEpoch } = world.ledger.systemState().targetState;
    expect([targetsGeneratedThisEpoch, hitsThisEpoch]).toEqual([6n, 4n]);
  });

  it('of an earlier epoch takes no submission, and gives its reward back less half a percent to whoever clears it', () => {
    const world = rivals();
    const [target] = targets(world);
    const { rewardPool } = targetOf(target!);
    world.ledger.advanceEpoch();
    const late = submission(world, { targetId: target!.objectId });
    expect(statusOf(world.send(world.actors[1]!, late))).toBe('TargetExpired');
    const pool = world.ledger.systemState().emissionPool.balance;
    const sent = world.send(world.actors[2]!, { kind: 'ClaimRewards', targetId: target!.objectId });
    const share = (rewardPool * 50n) / 10_000n;
    expect(sent.balanceChanges[0]!.amount + sent.effects.transactionFee.totalFee).toBe(share);
    expect(world.ledger.systemState().emissionPool.balance).toBe(pool + rewardPool - share);
  });
});
