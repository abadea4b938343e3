import { describe, expect, it } from 'vitest';
import { key, manifest, refusal, SOMA, worldOf } from './support/cases.js';
import { actorAddress, type createWorld, type World } from './support/world.js';

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
