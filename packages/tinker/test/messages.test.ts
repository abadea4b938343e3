import { isError } from '@somakit/core';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createBudget } from '../src/training/budget.js';
import { decodeForwardBackward, decodeSample, encodeDatum } from '../src/training/messages.js';
import { createWriter, doubleOf, intsOf, readFields } from '../src/training/protobuf.js';

describe('protobuf', () => {
  it('comes back as it was written', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
        fc.double({ noNaN: true }),
        fc.array(fc.integer()),
        fc.string({ unit: 'grapheme' }),
        (int, double, ints, text) => {
          const writer = createWriter();
          writer.varint(1, int);
          writer.double(2, double);
          writer.packed(3, [0, ...ints]);
          writer.text(400, text);
          const [first, second, third, last] = [...readFields(writer.finish())];
          expect(BigInt.asIntN(64, first!.int)).toBe(int);
          expect(doubleOf(second!)).toBe(double);
          expect(intsOf(third!)).toEqual([0, ...ints]);
          expect([last!.number, new TextDecoder().decode(last!.bytes)]).toEqual([400, text]);
        },
      ),
    );
  });

  it('of any bytes is read or refused, never anything else', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        for (const read of [decodeForwardBackward, (each: Uint8Array) => decodeSample(each, [])]) {
          try {
            read(bytes);
          } catch (error) {
            expect(isError(error, 'TINKER_PROTOBUF')).toBe(true);
          }
        }
      }),
    );
  });

  it('with a count that nothing bears out does not run for ever', () => {
    const writer = createWriter();
    writer.message(2, (inner) => inner.varint(3, 2n ** 62n));
    expect(decodeForwardBackward(writer.finish()).lossFnOutputs.length).toBeLessThan(100_000);
  });

  it('is not written from numbers that it cannot hold', () => {
    for (const bad of [
      { modelInput: [1.5], lossFnInputs: {} },
      { modelInput: [2 ** 31], lossFnInputs: {} },
      { modelInput: [1], lossFnInputs: { target_tokens: [0.5] } },
      { modelInput: [1], lossFnInputs: { w: { dtype: 'float32', shape: [2, 2], data: [1] } as const } },
    ]) {
      expect(() => encodeDatum(bad)).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
    }
  });
});

describe('a budget', () => {
  it('is handed out in order, given back once, and left by those who give up', async () => {
    const budget = createBudget(10);
    const never = new AbortController().signal;
    const order: string[] = [];
    const first = await budget.take(8, never);
    const second = budget.take(5, never).then((release) => {
      order.push('second');
      return release;
    });
    const controller = new AbortController();
    const third = budget.take(1, controller.signal);
    controller.abort();
    await expect(third).rejects.toMatchObject({ code: 'ABORTED' });
    const fourth = budget.take(100, never).then(() => order.push('fourth'));
    first();
    first();
    (await second)();
    await fourth;
    expect(order).toEqual(['second', 'fourth']);
  });
});
