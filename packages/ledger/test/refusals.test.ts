import { TransactionData, type TransactionKind } from '@somakit/bcs';
import { parseObjectId } from '@somakit/core';
import { describe, expect, it } from 'vitest';
import { key, refusal, SOMA, statusOf, worldOf } from './support/cases.js';
import type { World } from './support/world.js';

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
