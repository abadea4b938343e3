import { SystemState } from '@somakit/bcs';
import market from '@somakit/vectors/node-market.json';
import { describe, expect, it } from 'vitest';
import { type RecordedStep, readRecording } from './support/recording.js';
import { replay } from './support/replay.js';

const steps = readRecording(market);

const altered = (at: number, change: (step: RecordedStep) => RecordedStep): RecordedStep[] =>
  steps.map((step, i) => (i === at ? change(step) : step));

describe('the replay of a recorded chain', () => {
  it('names the first field when a recorded effect is another', () => {
    const at = steps.findIndex(({ transactions }) => transactions.some(({ kind }) => kind === 'SubmitData'));
    const other = altered(at, (step) => ({
      ...step,
      transactions: step.transactions.map((each) =>
        each.kind === 'SubmitData'
          ? { ...each, effectsDigest: 'x', effects: { ...each.effects, fee: { ...each.effects.fee, base_fee: 999n } } }
          : each,
      ),
    }));
    const [difference] = replay(other).differences;
    expect(difference).toMatchObject({ field: 'effects.fee.baseFee', expected: 999n, received: 1000n });
  });

  it('names the field of the SystemState when a recorded state is another', () => {
    const at = steps.findIndex(({ transactions }) => transactions.some(({ kind }) => kind === 'ChangeEpoch'));
    const other = altered(at, (step) => ({
      ...step,
      objects: step.objects.map((object) => {
        if (object.objectType.kind !== 'SystemState') return object;
        const state = SystemState.decode(object.contents);
        return { ...object, contents: SystemState.encode({ ...state, totalStake: state.totalStake + 1n }) };
      }),
    }));
    expect(replay(other).differences[0]?.field).toBe('SystemState.validators.total_stake');
  });

  it("gives the node's effects, objects, states and checkpoints bit for bit, to the last epoch", () => {
    const { differences, transactions, epochs, objects } = replay(steps);
    expect(differences).toEqual([]);
    const all = steps.flatMap((step) => step.transactions);
    expect(transactions).toBe(all.length);
    expect(epochs).toBe(all.filter(({ kind }) => kind === 'ChangeEpoch').length);
    expect(objects).toBeGreaterThan(all.length);
  });

  it("does so without the reference's defects too, which this chain does not meet", () => {
    expect(replay(steps, { reproduceDefects: false }).differences).toEqual([]);
  });

  it('conserves the supply over the whole recording, what was burned included', () => {
    const { ledger } = replay(steps);
    expect(ledger.supply().total).toBe(10_000_000_000_000_000n);
  });
});
