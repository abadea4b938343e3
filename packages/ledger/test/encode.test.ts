import { SomaObject, SystemState, TransactionEffects } from '@somakit/bcs';
import { effectsDigest, objectDigest } from '@somakit/crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { digestOfObject } from '../src/encode/object.js';
import { encodeState } from '../src/encode/state.js';
import { createRunner } from './support/actions.js';
import { createWorld } from './support/world.js';

const SOMA = 1_000_000_000n;

describe('the encodings that are written out', () => {
  it('are those of the codecs, for effects and objects of random transactions and the states between', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.record({
            op: fc.nat({ max: 28 }),
            actor: fc.nat({ max: 9 }),
            a: fc.nat({ max: 999 }),
            b: fc.nat({ max: 999 }),
          }),
          {
            minLength: 60,
            maxLength: 60,
          },
        ),
        (list) => {
          const world = createWorld({
            accounts: [[9n * SOMA, 8n * SOMA], [7n * SOMA], [500n, 0n]],
            ledger: { checkSignatures: false },
          });
          const runner = createRunner(world, [...world.actors, world.genesis.validators[0]!.keypair]);
          for (const action of list) {
            const result = runner.run(action);
            if (result === undefined) continue;
            const bytes = TransactionEffects.encode(result.effects);
            expect(result.effectsDigest).toBe(effectsDigest(bytes));
            expect(world.ledger.getTransaction(result.digest)?.effects).toEqual(bytes);
            for (const { after } of result.changes) {
              if (after !== undefined) expect(digestOfObject(after)).toBe(objectDigest(SomaObject.encode(after)));
            }
            const state = world.ledger.systemState();
            expect(encodeState(state)).toEqual(SystemState.encode(state));
          }
        },
      ),
      { numRuns: 4 },
    );
  });
});
