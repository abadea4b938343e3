import { parseDigest } from '@somakit/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ACTIONS, type Action, createRunner, replayLog } from './support/actions.js';
import { actorAddress, createWorld, type World } from './support/world.js';

const SOMA = 1_000_000_000n;
const SUPPLY = 10_000_000n * SOMA;

const manifest = { url: 'https://host/w', checksum: parseDigest(new Uint8Array(32).fill(7)), size: 1n };

const small = (): World =>
  createWorld({
    accounts: [
      [50n * SOMA, 20n * SOMA, 2_000n],
      [30n * SOMA, 5n * SOMA],
      [40n * SOMA, 1_000n],
      [60_000n, 900n, 10n * SOMA],
      [25n * SOMA],
    ],
    validators: [
      { stake: 300n * SOMA, gas: 50n * SOMA },
      { stake: 300n * SOMA, gas: 50n * SOMA },
      { stake: 200n * SOMA, gas: 50n * SOMA },
    ],
    models: [3, 4].map((n) => ({ owner: actorAddress(n), manifest, decryptionKey: manifest.checksum })),
    parameters: { targetEmbeddingDim: 4n, targetInitialTargetsPerEpoch: 4n, modelMinStake: SOMA },
    ledger: { checkSignatures: false, invariants: true },
  });

const everybody = (world: World) => [...world.actors, ...world.genesis.validators.map(({ keypair }) => keypair)];

const actions = (minLength: number, maxLength: number) =>
  fc.array(
    fc.record<Action>({
      op: fc.nat({ max: ACTIONS - 1 }),
      actor: fc.nat({ max: 20 }),
      a: fc.nat({ max: 5000 }),
      b: fc.nat({ max: 5000 }),
    }),
    { minLength, maxLength },
  );

// SOMAKIT_LEDGER_RUNS=100 makes so many runs of up to 600 actions, each with a seed of its own.
const LONG = Number(
  (globalThis as { process?: { env?: Record<string, string> } }).process?.env?.SOMAKIT_LEDGER_RUNS ?? 0,
);
const runs = (short: number) => ({ numRuns: LONG > 0 ? LONG : short, endOnFailure: true });
const [LEAST, MOST] = LONG > 0 ? [300, 600] : [240, 300];
const LIMIT = 120_000 + LONG * 30_000;

describe('a ledger under random transactions', () => {
  it(
    'keeps supply and single use, throws only refusals, and comes to the same state from its log',
    () => {
      const seen = new Map<string, number>();
      fc.assert(
        fc.property(actions(LEAST!, MOST!), (list) => {
          const world = small();
          const runner = createRunner(world, everybody(world));
          for (const action of list) runner.run(action);
          expect(world.ledger.supply().total).toBe(SUPPLY);
          const again = small();
          replayLog(again, runner.log);
          expect(again.ledger.stateDigest()).toBe(world.ledger.stateDigest());
          for (const [name, times] of runner.counts) seen.set(name, (seen.get(name) ?? 0) + times);
        }),
        runs(2),
      );
      const succeeded = [...seen.keys()].filter((name) => name.endsWith(' Success'));
      // Random runs reach most of the kinds; the named tests see to the rest.
      expect(succeeded.length, [...seen].sort().join('\n')).toBeGreaterThan(8);
    },
    LIMIT,
  );

  it(
    'is back at a snapshot, bit for bit, after a revert',
    () => {
      fc.assert(
        fc.property(actions(40, 60), actions(60, 80), (first, second) => {
          const world = small();
          const runner = createRunner(world, everybody(world));
          for (const action of first) runner.run(action);
          const digest = world.ledger.stateDigest();
          const outer = world.ledger.snapshot();
          for (const action of second.slice(0, 30)) runner.run(action);
          const middle = world.ledger.stateDigest();
          const inner = world.ledger.snapshot();
          for (const action of second.slice(30)) runner.run(action);
          world.ledger.revert(inner);
          expect(world.ledger.stateDigest()).toBe(middle);
          world.ledger.revert(outer);
          expect(world.ledger.stateDigest()).toBe(digest);
          expect(world.ledger.supply().total).toBe(SUPPLY);
        }),
        runs(2),
      );
    },
    LIMIT,
  );
});
