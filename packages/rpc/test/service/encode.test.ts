import { create, type DescField, type DescMessage, fromBinary, ScalarType, toBinary } from '@bufbuild/protobuf';
import { AnySchema, FieldMaskSchema, TimestampSchema, TypeSchema } from '@bufbuild/protobuf/wkt';
import { toHex } from '@somakit/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  BadRequestSchema,
  ExecuteTransactionResponseSchema,
  GetBalanceResponseSchema,
  GetCheckpointResponseSchema,
  GetEpochResponseSchema,
  ListOwnedObjectsResponseSchema,
  ListTargetsResponseSchema,
  SubscribeCheckpointsResponseSchema,
} from '../../src/proto/index.js';
import { encoderOf } from '../../src/service/encode.js';
import { marketCalls } from '../support/recordings.js';

const scalar = (type: ScalarType): fc.Arbitrary<unknown> => {
  switch (type) {
    case ScalarType.STRING:
      return fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.string({ minLength: 120, maxLength: 140 }));
    case ScalarType.BYTES:
      return fc.oneof(fc.uint8Array(), fc.uint8Array({ minLength: 120, maxLength: 300 }));
    case ScalarType.UINT64:
      return fc.oneof(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), fc.bigInt({ min: 0n, max: 300n }));
    case ScalarType.INT64:
      return fc.oneof(
        { weight: 9, arbitrary: fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }) },
        { weight: 1, arbitrary: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }) },
      );
    case ScalarType.UINT32:
      return fc.integer({ min: 0, max: 2 ** 32 - 1 });
    case ScalarType.BOOL:
      return fc.boolean();
    case ScalarType.FLOAT:
      return fc.float();
    case ScalarType.DOUBLE:
      return fc.double();
    default:
      // Mostly not negative: what is goes the runtime's way, with the whole message.
      return fc.oneof({ weight: 9, arbitrary: fc.nat() }, { weight: 1, arbitrary: fc.integer() });
  }
};
/** What a handler may return for a type, down to some depth. */
const initOf = (message: DescMessage, depth: number): fc.Arbitrary<Record<string, unknown>> => {
  const given = (field: DescField): fc.Arbitrary<unknown> => {
    const inner = field.fieldKind === 'message' || field.fieldKind === 'list' ? field.message : undefined;
    const one =
      inner === undefined
        ? scalar(('scalar' in field ? field.scalar : undefined) ?? ScalarType.INT32)
        : initOf(inner, depth - 1);
    return field.fieldKind === 'list' ? fc.array(one, { maxLength: 3 }) : one;
  };
  const fits = (field: DescField): boolean =>
    field.fieldKind !== 'map' && (depth > 0 || !('message' in field) || field.message === undefined);
  const parts: Record<string, fc.Arbitrary<unknown>> = {};
  for (const member of message.members) {
    if (member.kind === 'field') {
      if (fits(member)) parts[member.localName] = fc.option(given(member), { nil: undefined, freq: 2 });
      continue;
    }
    const cases = member.fields
      .filter(fits)
      .map((field) => given(field).map((value) => ({ case: field.localName, value })));
    parts[member.localName] = fc.oneof(fc.constant({ case: undefined }), ...cases);
  }
  return fc.record(parts);
};

const types = [
  ListOwnedObjectsResponseSchema,
  ExecuteTransactionResponseSchema,
  SubscribeCheckpointsResponseSchema,
  GetCheckpointResponseSchema,
  ListTargetsResponseSchema,
  GetBalanceResponseSchema,
  BadRequestSchema,
  // Fields without presence, of every kind.
  TimestampSchema,
  AnySchema,
  FieldMaskSchema,
  TypeSchema,
];

describe('replies', () => {
  it.each(types.map((type) => [type.typeName, type] as const))('of %s are the bytes of the runtime', (_, type) => {
    const encode = encoderOf(type);
    fc.assert(
      fc.property(initOf(type, 5), (init) => {
        expect(toHex(encode(init))).toBe(toHex(toBinary(type, create(type, init))));
      }),
      { numRuns: 60 },
    );
  });

  it('are written one inside the other at every length of their length', () => {
    const encode = encoderOf(SubscribeCheckpointsResponseSchema);
    for (const size of [0, 1, 120, 126, 127, 128, 129, 16_380, 16_383, 16_384, 2_097_151, 2_097_160]) {
      const init = { checkpoint: { digest: 'x'.repeat(size), summary: { digest: 'é'.repeat(size / 2) } } };
      const expected = toBinary(SubscribeCheckpointsResponseSchema, create(SubscribeCheckpointsResponseSchema, init));
      const bytes = encode(init);
      expect(bytes.length).toBe(expected.length);
      expect(bytes.every((byte, i) => byte === expected[i])).toBe(true);
    }
  });

  it('keep fields that this version does not know, of messages that were read', () => {
    const bytes = Uint8Array.of(0x08, 0x07, 0xf8, 0x3f, 0x01);
    const message = fromBinary(GetBalanceResponseSchema, bytes);
    expect(message.$unknown).toHaveLength(1);
    expect(encoderOf(GetBalanceResponseSchema)(message)).toEqual(bytes);
  });

  it('with values of another type are the runtime’s to judge', () => {
    const encode = encoderOf(GetBalanceResponseSchema);
    const wrong = (balance: unknown) => encode({ balance } as never);
    expect(wrong(7)).toEqual(Uint8Array.of(0x08, 0x07));
    expect(wrong(null)).toEqual(new Uint8Array());
    for (const balance of ['x', -1n, 2n ** 64n, 1.5])
      expect(() => wrong(balance)).toThrow(/GetBalanceResponse.balance/);
    expect(wrong(5n)).toEqual(Uint8Array.of(0x08, 0x05));
  });

  it.each(marketCalls.filter(({ path, reply }) => path.endsWith('/GetEpoch') && reply !== undefined).slice(0, 2))(
    'with maps are written as a node writes them: $case',
    ({ reply }) => {
      const bytes = Uint8Array.from(atob(reply!), (letter) => letter.charCodeAt(0));
      expect(toHex(encoderOf(GetEpochResponseSchema)(fromBinary(GetEpochResponseSchema, bytes)))).toBe(toHex(bytes));
    },
  );
});
