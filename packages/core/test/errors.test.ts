import { invalidArgument, isError, printable, SomaKitError } from '@somakit/core';
import { describe, expect, expectTypeOf, it } from 'vitest';

describe('isError', () => {
  it('does not take foreign errors, nor other codes', () => {
    expect(isError(new Error('x'))).toBe(false);
    expect(isError({ name: 'SomaKitError', code: 'ABORTED' })).toBe(false);
    expect(isError(undefined)).toBe(false);
    expect(isError(invalidArgument('a', 'b'), 'ABORTED')).toBe(false);
  });

  it('takes an error of another copy of the class', () => {
    const copy = Object.assign(new Error('x'), { name: 'SomaKitError', code: 'ABORTED', context: {} });
    expect(isError(copy, 'ABORTED')).toBe(true);
  });

  it('narrows the context to that of the code', () => {
    const error: unknown = new SomaKitError('TIMEOUT', 'late', { context: { timeoutMs: 5 } });
    if (!isError(error, 'TIMEOUT')) throw error;
    expectTypeOf(error.context.timeoutMs).toEqualTypeOf<number>();
    expectTypeOf(error.code).toEqualTypeOf<'TIMEOUT'>();
    // @ts-expect-error: not in the context of this code
    expect(error.context.argument).toBeUndefined();
    expect(error.context.timeoutMs).toBe(5);
  });
});

describe('SomaKitError', () => {
  it('walks its causes, also when they go round in a circle', () => {
    const inner = new Error('inner');
    const outer = new SomaKitError('ABORTED', 'outer', { context: {}, cause: inner });
    inner.cause = outer;
    expect(outer.walk((error) => error === inner)).toBe(inner);
    expect(outer.walk(() => false)).toBeUndefined();
  });

  it('becomes plain JSON, with bigint and bytes as text', () => {
    const error = new SomaKitError('UNKNOWN', 'odd', {
      context: { raw: { amount: 5n, bytes: new Uint8Array([1, 255]), not: Number.NaN } },
      cause: new Error('why'),
    });
    expect(JSON.parse(JSON.stringify(error))).toEqual({
      code: 'UNKNOWN',
      message: 'odd',
      retryable: false,
      context: { raw: { amount: '5', bytes: '0x01ff', not: 'NaN' } },
      cause: 'why',
    });
  });

  it('prints endless and deep values in bounded space', () => {
    const circle: Record<string, unknown> = {};
    circle.self = circle;
    expect(JSON.stringify(printable(circle)).length).toBeLessThan(200);
    expect(printable(new Uint8Array(1000))).toMatch(/\(1000 bytes\)$/);
  });
});

describe('invalidArgument', () => {
  it('says what was expected and what came', () => {
    expect(invalidArgument('n', 'a bigint', 5).message).toBe('n must be a bigint, not 5.');
    expect(invalidArgument('n', 'a bigint').message).toBe('n must be a bigint.');
    expect(invalidArgument('key', '32 bytes', new Uint8Array(3)).message).toBe('key must be 32 bytes, not 3 bytes.');
  });
});
