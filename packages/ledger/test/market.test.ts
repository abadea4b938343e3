import { SomaTensor, type TransactionKind, tensor } from '@somakit/bcs';
import { digestBytes } from '@somakit/core';
import { commitment } from '@somakit/crypto';
import { describe, expect, it } from 'vitest';
import { targetOf } from '../src/index.js';
import { key, manifest, market, refusal, SOMA, statusOf, submission, targets } from './support/cases.js';

describe('the market', () => {
  it('pays submitter, model owner and a third party that claims, and gives the bond back', () => {
    const world = market();
    const [owner, miner, claimer] = world.actors as [
      (typeof world.actors)[0],
      (typeof world.actors)[0],
      (typeof world.actors)[0],
    ];
    const kind = submission(world);
    const reward = targetOf(world.ledger.getObject(kind.targetId)!).rewardPool;
    const submitted = world.send(miner, kind);
    expect(statusOf(submitted)).toBe('Success');
    expect(submitted.changes.filter(({ before }) => before === undefined)).toHaveLength(1);
    world.ledger.advanceEpoch();
    expect(statusOf(world.send(claimer, { kind: 'ClaimRewards', targetId: kind.targetId }))).toBe('AuditWindowOpen');
    world.ledger.advanceEpoch();
    const claimed = world.send(claimer, { kind: 'ClaimRewards', targetId: kind.targetId });
    const bond = 100n * 65n;
    const share = (reward * 4975n) / 10_000n;
    const incentive = (reward * 50n) / 10_000n;
    expect(new Map(claimed.balanceChanges.map(({ address, amount }) => [address, amount]))).toEqual(
      new Map([
        [owner.address, share],
        [miner.address, reward - share - incentive + bond],
        [claimer.address, incentive - claimed.effects.transactionFee.totalFee],
      ]),
    );
    expect(statusOf(world.send(miner, { kind: 'ClaimRewards', targetId: kind.targetId }))).toBe('InputObjectDeleted');
    world.ledger.advanceEpoch();
    expect(refusal(() => world.send(miner, { kind: 'ClaimRewards', targetId: kind.targetId }))).toBe('ObjectNotFound');
  });

  it('gives a reported submission to nobody: the bond to the reporters, the reward back, the incentive out of it', () => {
    const world = market();
    const validator = world.genesis.validators[0]!.keypair;
    const kind = submission(world);
    world.send(world.actors[1]!, kind);
    world.ledger.advanceEpoch();
    expect(statusOf(world.send(validator, { kind: 'ReportSubmission', targetId: kind.targetId }))).toBe('Success');
    expect(statusOf(world.send(validator, { kind: 'UndoReportSubmission', targetId: kind.targetId }))).toBe('Success');
    expect(statusOf(world.send(validator, { kind: 'UndoReportSubmission', targetId: kind.targetId }))).toBe(
      'ReportRecordNotFound',
    );
    world.send(validator, { kind: 'ReportSubmission', targetId: kind.targetId });
    world.ledger.advanceEpoch();
    const pool = world.ledger.systemState().emissionPool.balance;
    const reward = targetOf(world.ledger.getObject(kind.targetId)!).rewardPool;
    const claimed = world.send(world.actors[2]!, { kind: 'ClaimRewards', targetId: kind.targetId });
    const incentive = (reward * 50n) / 10_000n;
    expect(claimed.balanceChanges.find(({ address }) => address === validator.address)?.amount).toBe(6_500n);
    expect(world.ledger.systemState().emissionPool.balance).toBe(pool + reward - incentive);
  });

  it('refuses the bond of a submission to a model that is gone, and gives it back whole', () => {
    const world = market();
    const [owner, miner] = world.actors as [(typeof world.actors)[0], (typeof world.actors)[0]];
    const kind = submission(world);
    world.send(owner, { kind: 'DeactivateModel', modelId: kind.modelId });
    const bondCoin = world.coins(miner)[0]!;
    const result = world.send(miner, { ...kind, bondCoin });
    expect(statusOf(result)).toBe('ModelNotActive');
    expect(world.coins(miner)[0]?.balance).toBe(8n * SOMA - 1_000n);
  });

  it('goes through commit, reveal and update of a rival model, which targets then list', () => {
    const world = market();
    const rival = world.actors[2]!;
    const created = world.send(rival, {
      kind: 'CreateModel',
      stakeAmount: 3n * SOMA,
      commissionRate: 100n,
      architectureVersion: 1n,
    });
    expect(statusOf(created)).toBe('Success');
    const modelId = [...world.ledger.systemState().modelRegistry.models].find(
      ([, model]) => model.kind === 'Created',
    )![0];
    const commit = (embedding: SomaTensor): TransactionKind => ({
      kind: 'CommitModel',
      modelId,
      manifest,
      weightsCommitment: key,
      embeddingCommitment: commitment(SomaTensor.encode(embedding)),
      decryptionKeyCommitment: commitment(digestBytes(key)),
    });
    const short = tensor([1, 2]);
    expect(statusOf(world.send(rival, commit(short)))).toBe('Success');
    world.ledger.advanceEpoch();
    expect(statusOf(world.send(rival, { kind: 'RevealModel', modelId, decryptionKey: key, embedding: short }))).toBe(
      'EmbeddingDimensionMismatch',
    );
    world.ledger.advanceEpoch();
    expect(world.ledger.systemState().modelRegistry.models.get(modelId)).toMatchObject({
      kind: 'Inactive',
      stakingPool: { somaBalance: 1_500_000_000n },
    });
    expect(world.ledger.supply().burned).toBe(1_500_000_000n);
    const other = world.send(rival, {
      kind: 'CreateModel',
      stakeAmount: 2n * SOMA,
      commissionRate: 100n,
      architectureVersion: 1n,
    });
    expect(statusOf(other)).toBe('Success');
    const next = [...world.ledger.systemState().modelRegistry.models].find(([, model]) => model.kind === 'Created')![0];
    const full = tensor([1, 2, 3, 4]);
    world.send(rival, { ...commit(full), modelId: next } as TransactionKind);
    world.ledger.advanceEpoch();
    expect(
      statusOf(world.send(rival, { kind: 'RevealModel', modelId: next, decryptionKey: key, embedding: full })),
    ).toBe('Success');
    const better = tensor([4, 3, 2, 1]);
    expect(statusOf(world.send(rival, { ...commit(better), modelId: next } as TransactionKind))).toBe('Success');
    world.ledger.advanceEpoch();
    expect(
      statusOf(world.send(rival, { kind: 'RevealModel', modelId: next, decryptionKey: key, embedding: better })),
    ).toBe('Success');
    world.ledger.advanceEpoch();
    const epoch = world.ledger.epoch();
    const listed = targets(world)
      .map(targetOf)
      .filter(({ generationEpoch }) => generationEpoch === epoch);
    expect(listed.every(({ modelIds }) => modelIds.includes(next) && modelIds.length === 2)).toBe(true);
  });

  it('slashes a model that a quorum of validators reports', () => {
    const world = market();
    const [modelId] = world.genesis.modelIds;
    world.send(world.genesis.validators[0]!.keypair, { kind: 'ReportModel', modelId: modelId! });
    world.ledger.advanceEpoch();
    expect(world.ledger.systemState().modelRegistry.models.get(modelId!)).toMatchObject({
      kind: 'Inactive',
      stakingPool: { somaBalance: SOMA / 20n },
    });
    expect(world.ledger.supply().total).toBe(10_000_000n * SOMA);
  });
});
