import { CertifiedCheckpointSummary, SomaTensor, TransactionData, type TransactionKind, tensor } from '@somakit/bcs';
import { string } from '@somakit/bcs/codec';
import { digestBytes, isError, parseAddress, parseDigest, parseObjectId } from '@somakit/core';
import { blsPublicKey, commitment, createProofOfPossession, generateBlsSecretKey } from '@somakit/crypto';
import { committeeOfState, verifyCheckpoint } from '@somakit/protocol/verify';
import { describe, expect, it } from 'vitest';
import { createLedger, createMemoryStore, forkLedger, type Ledger, targetOf } from '../src/index.js';
import { coinContents } from '../src/object.js';
import { actorAddress, actorKey, createWorld, refOf, type World } from './support/world.js';

const SOMA = 1_000_000_000n;
const manifest = { url: 'https://host/w', checksum: parseDigest(new Uint8Array(32).fill(7)), size: 100n };
const key = manifest.checksum;

const worldOf = (coins: readonly (readonly bigint[])[], more: Partial<Parameters<typeof createWorld>[0]> = {}): World =>
  createWorld({ accounts: coins, ...more });
const market = (more: Partial<Parameters<typeof createWorld>[0]> = {}): World =>
  worldOf([[10n * SOMA, 5n * SOMA], [8n * SOMA], [9n * SOMA]], {
    models: [{ owner: actorAddress(0), manifest, decryptionKey: key }],
    parameters: { targetEmbeddingDim: 4n, targetInitialTargetsPerEpoch: 3n },
    ...more,
  });

const refusal = (run: () => unknown): string => {
  try {
    run();
  } catch (error) {
    if (isError(error, 'TRANSACTION_REFUSED')) return error.context.reason.kind;
    throw error;
  }
  return 'accepted';
};
const statusOf = ({ effects }: { effects: { status: { kind: string; error?: { kind: string } } } }): string =>
  effects.status.kind === 'Success' ? 'Success' : effects.status.error!.kind;
const targets = (world: World) => [...world.ledger.listObjects({ type: 'Target' })];
const submission = (world: World, overrides: Partial<Extract<TransactionKind, { kind: 'SubmitData' }>> = {}) => {
  const target = targets(world).find((object) => targetOf(object).status.kind === 'Open')!;
  const { modelIds, embedding } = targetOf(target);
  return {
    kind: 'SubmitData',
    targetId: target.objectId,
    dataManifest: manifest,
    modelId: modelIds[0]!,
    embedding,
    distanceScore: tensor([0.5]),
    lossScore: tensor([1, 2]),
    bondCoin: world.coins(world.actors[1]!)[0]!,
    ...overrides,
  } satisfies TransactionKind;
};

describe('refusals', () => {
  const world = worldOf([[10n * SOMA, 5n * SOMA], [3n * SOMA]]);
  const [alice, bob] = world.actors as [(typeof world.actors)[0], (typeof world.actors)[0]];
  const [coin, second] = world.coins(alice) as [ReturnType<World['coins']>[0], ReturnType<World['coins']>[0]];
  const transfer = (overrides: Partial<Extract<TransactionKind, { kind: 'TransferCoin' }>> = {}): TransactionKind => ({
    kind: 'TransferCoin',
    coin,
    amount: 1n,
    recipient: bob.address,
    ...overrides,
  });

  it.each<[string, () => unknown]>([
    ['SignerSignatureNumberMismatch', () => world.ledger.execute({ ...world.sign(alice, transfer()), signatures: [] })],
    [
      'SignerSignatureAbsent',
      () => {
        const { bytes } = world.sign(alice, transfer());
        return world.ledger.execute({ bytes, signatures: [bob.signTransaction(bytes)] });
      },
    ],
    [
      'InvalidSignature',
      () => {
        const { bytes, signatures } = world.sign(alice, transfer());
        return world.ledger.execute({
          bytes,
          signatures: [signatures[0]!.map((byte, i) => (i === 5 ? byte ^ 1 : byte))],
        });
      },
    ],
    ['TransactionDeserializationError', () => world.ledger.execute({ bytes: Uint8Array.of(9, 9) })],
    [
      'TransactionDeserializationError',
      () => {
        const { bytes, signatures } = world.sign(alice, transfer());
        const intent = { scope: 1, version: 0, app: 0 };
        return world.ledger.execute({
          intentMessage: { intent, value: TransactionData.decode(bytes) },
          txSignatures: signatures,
        });
      },
    ],
    [
      'UnsupportedFeatureError',
      () =>
        world.send(
          alice,
          {
            kind: 'ChangeEpoch',
            epoch: 1n,
            epochStartTimestampMs: 0n,
            protocolVersion: 5n,
            fees: 10n ** 15n,
            epochRandomness: new Uint8Array(32),
          },
          [],
        ),
    ],
    [
      'DuplicateObjectRefInput',
      () => world.send(alice, { kind: 'PayCoins', coins: [coin, coin], amounts: [1n], recipients: [bob.address] }),
    ],
    ['DuplicateObjectRefInput', () => world.send(alice, transfer(), [coin, coin])],
    ['ObjectNotFound', () => world.send(alice, { kind: 'ClaimRewards', targetId: parseObjectId('0x77') })],
    ['ObjectNotFound', () => world.send(alice, transfer({ coin: { ...coin, version: 9n } }), [second])],
    ['GasPaymentError', () => world.send(alice, transfer(), [])],
    ['InvalidObjectDigest', () => world.send(alice, transfer({ coin: { ...coin, digest: key } }), [second])],
    ['IncorrectUserSignature', () => world.send(bob, transfer())],
  ])('%s is told, and nothing changes', (reason, run) => {
    const before = world.ledger.stateDigest();
    expect(refusal(run)).toBe(reason);
    expect(world.ledger.stateDigest()).toBe(before);
  });

  it('names the current version when a reference is stale', () => {
    const fresh = worldOf([[10n * SOMA], [1n * SOMA]]);
    const [from, to] = fresh.actors as [(typeof world.actors)[0], (typeof world.actors)[0]];
    const stale = fresh.coins(from)[0]!;
    fresh.send(from, { kind: 'TransferCoin', coin: stale, amount: 1n, recipient: to.address });
    expect(
      refusal(() =>
        fresh.send(from, { kind: 'TransferCoin', coin: stale, amount: 2n, recipient: to.address }, [stale]),
      ),
    ).toBe('ObjectVersionUnavailableForConsumption');
  });

  it('gives the stored effects for a transaction that was executed before', () => {
    const fresh = worldOf([[10n * SOMA], []]);
    const signed = fresh.sign(fresh.actors[0]!, {
      kind: 'TransferCoin',
      coin: fresh.coins(fresh.actors[0]!)[0]!,
      amount: 5n,
      recipient: bob.address,
    });
    const first = fresh.ledger.execute(signed);
    const again = fresh.ledger.execute(signed);
    expect(again).toMatchObject({ effectsDigest: first.effectsDigest, repeated: true });
  });

  it('takes a transaction as a value, as bytes and in the form of the wire, but nothing else', () => {
    expect(() => world.ledger.execute('0x00' as never)).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
  });
});

describe('gas', () => {
  it('of nothing leaves everything where it was and locks what was named until the epoch ends', () => {
    const world = worldOf([[0n, 5n * SOMA], []]);
    const [rich, empty] = world.coins(world.actors[0]!);
    const kind = (amount: bigint): TransactionKind => ({
      kind: 'TransferCoin',
      coin: rich!,
      amount,
      recipient: world.actors[1]!.address,
    });
    const { effects, changes } = world.send(world.actors[0]!, kind(5n), [empty!]);
    expect(effects).toMatchObject({
      version: 0x7fff_ffff_ffff_ffffn,
      changedObjects: [],
      transactionFee: { totalFee: 0n },
    });
    expect(changes).toEqual([]);
    expect(refusal(() => world.send(world.actors[0]!, kind(6n), [empty!]))).toBe('ObjectLockConflict');
    world.ledger.advanceEpoch();
    expect(statusOf(world.send(world.actors[0]!, kind(6n), [empty!]))).toBe('InsufficientGas');
  });

  it('of exactly the base fee pays for a failure, never for a success', () => {
    const world = worldOf([[1_000n, 5n * SOMA], []]);
    const [rich, gas] = world.coins(world.actors[0]!);
    const result = world.send(
      world.actors[0]!,
      { kind: 'TransferCoin', coin: rich!, amount: 5n, recipient: world.actors[1]!.address },
      [gas!],
    );
    expect(statusOf(result)).toBe('InsufficientGas');
    expect(world.ledger.getObject(gas!.objectId)).toBeUndefined();
  });

  it('takes everything back when it does not cover the rest of the fee', () => {
    const world = worldOf([[1_100n, 5n * SOMA], []]);
    const [rich, gas] = world.coins(world.actors[0]!);
    const result = world.send(
      world.actors[0]!,
      { kind: 'TransferCoin', coin: rich!, amount: 5n, recipient: world.actors[1]!.address },
      [gas!],
    );
    expect(statusOf(result)).toBe('InsufficientGas');
    expect(world.coins(world.actors[0]!).map(({ balance }) => balance)).toEqual([5n * SOMA, 100n]);
    expect(result.changes).toHaveLength(2);
  });

  it('that took in the coin of the kind leaves nothing of it to be spent again', () => {
    const world = worldOf([[5n * SOMA, 3n * SOMA], []]);
    const [a, b] = world.coins(world.actors[0]!);
    const result = world.send(
      world.actors[0]!,
      { kind: 'TransferCoin', coin: b!, amount: undefined, recipient: world.actors[1]!.address },
      [a!, b!],
    );
    expect(statusOf(result)).toBe('ObjectNotFound');
    expect(world.coins(world.actors[0]!).map(({ balance }) => balance)).toEqual([8n * SOMA - 1_000n]);
  });
});

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

describe('snapshots', () => {
  it('are used up by a revert, with all later ones', () => {
    const world = worldOf([[10n * SOMA], []]);
    const first = world.ledger.snapshot();
    const second = world.ledger.snapshot();
    world.ledger.revert(first);
    expect(() => world.ledger.revert(second)).toThrow(expect.objectContaining({ code: 'UNKNOWN_SNAPSHOT' }));
  });

  it('take a simulation back by themselves, with a coin made up where none is given', () => {
    const world = worldOf([[], []]);
    const before = world.ledger.stateDigest();
    const simulated = world.ledger.simulate({
      data: { kind: { kind: 'SetCommissionRate', newRate: 1n }, sender: world.actors[0]!.address, gasPayment: [] },
    });
    expect(statusOf(simulated)).toBe('NotAValidator');
    expect(simulated.mockGasId).toBe(`0x${'f'.repeat(64)}`);
    expect(world.ledger.stateDigest()).toBe(before);
  });
});

describe('checkpoints', () => {
  const trade = (world: World): void => {
    const [from, to] = world.actors as [(typeof world.actors)[0], (typeof world.actors)[0]];
    world.send(from, { kind: 'TransferCoin', coin: world.coins(from)[0]!, amount: 7n, recipient: to.address });
  };

  it('cannot be certified without the keys of a quorum', () => {
    const world = market();
    const ledger = createLedger({ genesis: { objects: world.genesis.objects } });
    expect(() => ledger.createCheckpoint().certify()).toThrow(expect.objectContaining({ code: 'CHECKPOINT_KEYS' }));
  });

  it('pass light verification over the end of an epoch, with several validators', () => {
    const world = market({ validators: 4 });
    const zero = world.ledger.getCheckpoint(0n)!;
    const committee = committeeOfState(world.ledger.systemState());
    trade(world);
    const first = world.ledger.createCheckpoint();
    expect(first.contents.transactions).toHaveLength(2);
    expect(first.summary.previousDigest).toBe(zero.digest);
    const certified = CertifiedCheckpointSummary.decode(CertifiedCheckpointSummary.encode(first.certify()));
    expect(verifyCheckpoint(certified, committee).digest).toBe(first.digest);
    expect(() => verifyCheckpoint({ ...certified, data: { ...certified.data, timestampMs: 1n } }, committee)).toThrow(
      expect.objectContaining({ code: 'VERIFICATION_FAILED' }),
    );
    trade(world);
    const { checkpoints, epoch } = world.ledger.advanceEpoch();
    expect(checkpoints).toHaveLength(2);
    const last = checkpoints[1]!;
    expect(verifyCheckpoint(last.certify(), committee).summary.endOfEpochData?.nextEpochValidatorCommittee.epoch).toBe(
      epoch,
    );
    expect(last.summary.endOfEpochData?.epochCommitments[0]?.kind).toBe('ECMHLiveObjectSetDigest');
  });

  it('never go back in time', () => {
    const world = market();
    const { summary } = world.ledger.createCheckpoint({ timestampMs: 1n });
    expect(summary.timestampMs).toBe(world.genesis.timestampMs);
  });
});

describe('where a ledger begins', () => {
  it('refuses a store with nothing in it and no genesis', () => {
    expect(() => createLedger({ store: createMemoryStore() })).toThrow(
      expect.objectContaining({ code: 'STORE_MISMATCH' }),
    );
  });

  it('refuses a genesis that gives away more than there is', () => {
    expect(() => createLedger({ genesis: { timestampMs: 0n, accounts: 10 } })).toThrow(
      expect.objectContaining({ code: 'INVALID_GENESIS' }),
    );
  });

  it('has the ids, amounts and target values of the reference in its own genesis', () => {
    const ledger = createLedger({ genesis: { timestampMs: 0n, faucet: true } });
    const state = ledger.systemState();
    expect(state.emissionPool.balance).toBe(680_000n * SOMA);
    expect(state.validators[0]?.stakingPool.id).toBe(
      '0x89f6744bc4bc26d074947c64c631988477fef40af70914dcfc5ef9cf3a7dc591',
    );
    const withModel = createLedger({
      genesis: { timestampMs: 0n, models: [{ owner: actorAddress(0), manifest, decryptionKey: key }] },
    });
    expect(withModel.systemState().targetState).toMatchObject({
      rewardPerTarget: 5_480_000_000n,
      targetsGeneratedThisEpoch: 100n,
    });
    const starts = [...withModel.listObjects({ type: 'Target' })].map((object) =>
      targetOf(object).embedding.data[0]!.toFixed(9),
    );
    expect(starts).toContain('0.647866964');
  });

  it('goes on where its store left off', () => {
    const store = createMemoryStore({ history: true });
    const world = market({ ledger: { store } });
    world.send(world.actors[1]!, submission(world));
    world.ledger.createCheckpoint();
    const reopened = createLedger({ store });
    expect(reopened.stateDigest()).toBe(world.ledger.stateDigest());
    expect(reopened.advanceEpoch().epoch).toBe(1n);
    expect(reopened.latestCheckpoint().sequenceNumber).toBe(2n);
  });

  it('forks from objects that any node gives', () => {
    const world = market();
    const { digest, sequenceNumber } = world.ledger.latestCheckpoint();
    const fork: Ledger = forkLedger({
      objects: [...world.ledger.listObjects()],
      chainId: world.ledger.chainId,
      checkpoint: { digest, sequenceNumber, timestampMs: world.genesis.timestampMs, networkTotalTransactions: 1n },
      invariants: true,
    });
    const signed = world.sign(world.actors[1]!, submission(world));
    expect(fork.execute(signed).effectsDigest).toBe(world.ledger.execute(signed).effectsDigest);
    expect(fork.getObject(world.coins(world.actors[0]!)[0]!.objectId)?.contents).toEqual(coinContents(10n * SOMA));
    expect(refOf(fork.getObject('0x5')!).version).toBe(2n);
  });
});

describe("the reference's defects, reproduced for replays", () => {
  const reproduced = (coins: readonly bigint[], more: Partial<Parameters<typeof createWorld>[0]> = {}): World =>
    worldOf([coins, []], { ledger: { reproduceDefects: true, invariants: false }, ...more });
  const transferFrom = (world: World, coin: ReturnType<World['coins']>[0], amount: bigint, gas = coin) =>
    world.send(world.actors[0]!, { kind: 'TransferCoin', coin, amount, recipient: world.actors[1]!.address }, [gas]);

  it('a failure for lack of gas shows the other coin as gone, keeps it live and locks it', () => {
    const world = reproduced([1_999_999_995n, 1_100n]);
    const [coin, gas] = world.coins(world.actors[0]!);
    const { effects, balanceChanges } = transferFrom(world, coin!, 5n, gas!);
    expect(effects.status).toEqual({ kind: 'Failure', error: { kind: 'InsufficientGas' } });
    const shown = effects.changedObjects.map(({ inputState, outputState, idOperation }) => [
      inputState.kind,
      outputState.kind,
      idOperation.kind,
    ]);
    expect(shown.sort()).toEqual([
      ['Exist', 'NotExist', 'None'],
      ['Exist', 'ObjectWrite', 'None'],
      ['NotExist', 'NotExist', 'Created'],
    ]);
    expect(balanceChanges).toEqual([{ address: world.actors[0]!.address, amount: -1_000n - 1_999_999_995n }]);
    expect(world.ledger.getObject(coin!.objectId)?.version).toBe(coin!.version);
    expect(refusal(() => transferFrom(world, coin!, 6n))).toBe('ObjectLockConflict');
  });

  it('a coin of exactly the base fee pays a transfer out of what it had, and lives on', () => {
    const world = reproduced([1_000n]);
    const [coin] = world.coins(world.actors[0]!);
    const { effects } = transferFrom(world, coin!, 5n);
    expect(effects.transactionFee.totalFee).toBe(1_600n);
    expect(effects.changedObjects.find(({ objectId }) => objectId === coin!.objectId)).toMatchObject({
      outputState: { kind: 'ObjectWrite' },
      idOperation: { kind: 'Deleted' },
    });
    expect(world.coins(world.actors[0]!)[0]?.balance).toBe(395n);
  });

  it('a whole gas coin that is staked to a model stays, less the fees after the base fee', () => {
    const world = reproduced([2n * SOMA], {
      models: [{ owner: actorAddress(0), manifest, decryptionKey: key }],
      parameters: { targetEmbeddingDim: 4n, valueFeeBps: 8n },
    });
    const [coin] = world.coins(world.actors[0]!);
    const { effects } = world.send(
      world.actors[0]!,
      { kind: 'AddStakeToModel', modelId: world.genesis.modelIds[0]!, coinRef: coin!, amount: undefined },
      [coin!],
    );
    expect(effects.transactionFee).toMatchObject({ baseFee: 1_000n, operationFee: 600n, valueFee: 800_000n });
    expect(world.coins(world.actors[0]!)[0]?.balance).toBe(1_999_199_400n);
    expect(world.objects(world.actors[0]!, 'StakedSoma')).toHaveLength(2);
  });
});

describe('validators', () => {
  const three = (): World =>
    worldOf([[50n * SOMA]], {
      validators: [300n, 300n, 300n].map((stake) => ({ stake: stake * SOMA, gas: 20n * SOMA })),
    });
  const keyOf = (label: string): Uint8Array => actorKey(label).publicKey;
  const addresses = (world: World) => world.ledger.systemState().validators.map(({ metadata }) => metadata.somaAddress);
  const join = (
    world: World,
    overrides: Partial<Extract<TransactionKind, { kind: 'AddValidator' }>> = {},
  ): TransactionKind => {
    const secret = generateBlsSecretKey(new Uint8Array(32).fill(9));
    const at = (port: number) => string.encode(`/ip4/127.0.0.1/tcp/${port}/http`);
    return {
      kind: 'AddValidator',
      pubkeyBytes: blsPublicKey(secret),
      networkPubkeyBytes: keyOf('network'),
      workerPubkeyBytes: keyOf('worker'),
      proofOfPossession: createProofOfPossession(secret, world.actors[0]!.address),
      netAddress: at(1),
      p2pAddress: at(2),
      primaryAddress: at(3),
      proxyAddress: at(4),
      ...overrides,
    };
  };

  it.each<[string, Partial<Extract<TransactionKind, { kind: 'AddValidator' }>>, string]>([
    ['a key that is no point', { networkPubkeyBytes: Uint8Array.from({ length: 32 }, () => 2) }, 'InvalidArguments'],
    ['a proof of another key', { proofOfPossession: new Uint8Array(48) }, 'InvalidProofOfPossession'],
    ['an address that is not BCS', { netAddress: Uint8Array.of(9) }, 'InvalidArguments'],
    ['an address of an unknown protocol', { netAddress: string.encode('/carrier/pigeon') }, 'InvalidArguments'],
  ])('do not join with %s', (_, overrides, expected) => {
    const world = three();
    expect(statusOf(world.send(world.actors[0]!, join(world, overrides)))).toBe(expected);
  });

  it('join when they have stake, leave when they ask, and keep their stakers paid', () => {
    const world = three();
    const [actor] = world.actors as [(typeof world.actors)[0]];
    expect(statusOf(world.send(actor, join(world)))).toBe('Success');
    expect(statusOf(world.send(actor, join(world)))).toBe('DuplicateValidator');
    world.ledger.advanceEpoch();
    expect(addresses(world)).not.toContain(actor.address);
    const [coin] = world.coins(actor);
    world.send(actor, { kind: 'AddStake', address: actor.address, coinRef: coin!, amount: 20n * SOMA });
    world.ledger.advanceEpoch();
    expect(addresses(world)).toContain(actor.address);
    expect(statusOf(world.send(actor, { kind: 'RemoveValidator', pubkeyBytes: new Uint8Array(0) }))).toBe('Success');
    expect(statusOf(world.send(actor, { kind: 'RemoveValidator', pubkeyBytes: new Uint8Array(0) }))).toBe(
      'ValidatorAlreadyRemoved',
    );
    world.ledger.advanceEpoch();
    expect(addresses(world)).not.toContain(actor.address);
    const [receipt] = world.objects(actor, 'StakedSoma');
    const withdrawn = world.send(actor, { kind: 'WithdrawStake', stakedSoma: refOf(receipt!) });
    expect(withdrawn.balanceChanges[0]!.amount + withdrawn.effects.transactionFee.totalFee).toBeGreaterThanOrEqual(
      20n * SOMA,
    );
  });

  it('never all leave: the last one stays', () => {
    const world = three();
    for (const { keypair } of world.genesis.validators)
      world.send(keypair, { kind: 'RemoveValidator', pubkeyBytes: new Uint8Array(0) });
    world.ledger.advanceEpoch();
    expect(addresses(world)).toHaveLength(1);
    expect(world.ledger.advanceEpoch().epoch).toBe(2n);
  });

  it('go into safe mode when an epoch is skipped, and out of it with everything that was put aside', () => {
    const world = three();
    const skipped: TransactionKind = {
      kind: 'ChangeEpoch',
      epoch: 5n,
      epochStartTimestampMs: 1n,
      protocolVersion: 5n,
      fees: 0n,
      epochRandomness: new Uint8Array(32),
    };
    const data = { kind: skipped, sender: parseAddress(`0x${'0'.repeat(64)}`), gasPayment: [] };
    world.ledger.applyCheckpoint({ transactions: [{ data }], timestampMs: world.genesis.timestampMs });
    expect(world.ledger.systemState()).toMatchObject({
      safeMode: true,
      epoch: 5n,
      safeModeAccumulatedEmissions: 1_370n * SOMA,
    });
    world.ledger.advanceEpoch();
    expect(world.ledger.systemState()).toMatchObject({ safeMode: false, epoch: 6n, safeModeAccumulatedEmissions: 0n });
    expect(world.ledger.supply().total).toBe(10_000_000n * SOMA);
  });
});
