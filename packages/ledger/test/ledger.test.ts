import { CertifiedCheckpointSummary } from '@somakit/bcs';
import { committeeOfState, verifyCheckpoint } from '@somakit/protocol/verify';
import { describe, expect, it } from 'vitest';
import { createLedger, createMemoryStore, forkLedger, type Ledger, targetOf } from '../src/index.js';
import { coinContents } from '../src/object.js';
import { key, manifest, market, SOMA, statusOf, submission, worldOf } from './support/cases.js';
import { actorAddress, refOf, type World } from './support/world.js';

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

  it('go on with the round of a recorded prologue', () => {
    const recorded = market();
    trade(recorded);
    const checkpoints = [0, 1, 2].map(() => recorded.ledger.createCheckpoint());
    const world = market();
    for (const { transactions, summary } of checkpoints) {
      world.ledger.applyCheckpoint({
        transactions: transactions.map(({ digest }) => {
          const { transaction: bytes, signatures } = recorded.ledger.getTransaction(digest)!;
          return { bytes, signatures };
        }),
        timestampMs: summary.timestampMs,
      });
    }
    expect(world.ledger.stateDigest()).toBe(recorded.ledger.stateDigest());
    expect(world.ledger.createCheckpoint().digest).toBe(recorded.ledger.createCheckpoint().digest);
  });

  it('are not begun for an epoch of a protocol version that nobody knows', () => {
    const world = market();
    trade(world);
    const before = world.ledger.stateDigest();
    expect(() => world.ledger.advanceEpoch({ protocolVersion: 6n })).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
    );
    expect(world.ledger.stateDigest()).toBe(before);
    expect(world.ledger.pendingTransactions()).toHaveLength(1);
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
    expect(() => createLedger({ genesis: { timestampMs: 0n, accounts: 10, totalSupply: 10n ** 16n } })).toThrow(
      expect.objectContaining({ code: 'INVALID_GENESIS' }),
    );
  });

  it('has something to pay out of, however many it starts with', () => {
    for (const [validators, accounts] of [
      [1, 5],
      [4, 5],
      [2, 40],
    ] as const) {
      const ledger = createLedger({ genesis: { timestampMs: 1n, validators, accounts, faucet: true } });
      expect(ledger.systemState().emissionPool.balance).toBe(680_000_000_000_000n);
    }
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
