import type { TransactionKind } from '@somakit/bcs';
import { string } from '@somakit/bcs/codec';
import { parseAddress } from '@somakit/core';
import { blsPublicKey, createProofOfPossession, generateBlsSecretKey } from '@somakit/crypto/bls';
import { describe, expect, it } from 'vitest';
import { SOMA, statusOf, worldOf } from './support/cases.js';
import { actorKey, refOf, type World } from './support/world.js';

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
