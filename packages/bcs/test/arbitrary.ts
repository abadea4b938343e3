import { toBase58, toBase64, toHex } from '@somakit/core';
import fc from 'fast-check';
import type { Codec } from '../src/index.js';

const bytes = (length: number): fc.Arbitrary<Uint8Array> => fc.uint8Array({ minLength: length, maxLength: length });

const big = (bits: number): fc.Arbitrary<bigint> => fc.bigInt({ min: 0n, max: 2n ** BigInt(bits) - 1n });

// Every bit pattern, so that NaN payloads, infinities and -0 come up.
const floats = (length: number): fc.Arbitrary<Float32Array> =>
  fc
    .array(
      fc.oneof(
        fc.integer({ min: 0, max: 0xffff_ffff }),
        fc.constantFrom(0x7fc0_0001, 0x7f80_0001, 0xffbf_ffff, 0x8000_0000),
      ),
      { minLength: length, maxLength: length },
    )
    .map((bits) => new Float32Array(Uint32Array.from(bits).buffer));

const tensors = fc
  .array(fc.integer({ min: 0, max: 4 }), { maxLength: 3 })
  .chain((shape) => floats(shape.reduce((product, size) => product * size, 1)).map((data) => ({ shape, data })));

const signatures = fc.oneof(
  bytes(96).map((rest) => Uint8Array.from([0, ...rest])),
  fc
    .tuple(fc.array(bytes(64), { maxLength: 3 }), bytes(2), fc.array(bytes(33), { maxLength: 3 }), bytes(2))
    .map(([sigs, bitmap, members, threshold]) =>
      Uint8Array.from([
        2,
        sigs.length,
        ...sigs.flatMap((sig) => [0, ...sig]),
        ...bitmap,
        members.length,
        ...members.flatMap((member) => [0, ...member]),
        ...threshold,
      ]),
    ),
);

const unique = (items: readonly unknown[], textOf: (item: never) => string): unknown[] => [
  ...new Map(items.map((item) => [textOf(item as never), item])).values(),
];

/**
 * Values of any codec, made from what the codec says of itself. `nesting` is how often a type may contain itself;
 * undefined when there is no value within that.
 */
const build = (codec: Codec<unknown>, nesting: number): fc.Arbitrary<unknown> | undefined => {
  const { shape } = codec;
  const many = (of: Codec<unknown>, maxLength = 3): fc.Arbitrary<unknown[]> => {
    const item = build(of, nesting);
    return item === undefined ? fc.constant([]) : fc.array(item, { maxLength });
  };
  switch (shape.type) {
    case 'uint':
      // The intent's bytes are the only numbers with a smaller range than their width.
      if (codec.name === 'IntentScope') return fc.integer({ min: 0, max: 8 });
      if (codec.name === 'IntentVersion') return fc.constant(0);
      if (codec.name === 'AppId') return fc.integer({ min: 0, max: 1 });
      return shape.bits <= 32 ? fc.integer({ min: 0, max: 2 ** shape.bits - 1 }) : big(shape.bits);
    case 'int':
      return fc.bigInt({ min: -(2n ** 127n), max: 2n ** 127n - 1n });
    case 'bool':
      return fc.boolean();
    case 'string':
      return fc.oneof(fc.string({ unit: 'binary' }), fc.string({ minLength: 100, maxLength: 300 }));
    case 'bytes':
      return shape.length === undefined ? fc.uint8Array({ maxLength: 200 }) : bytes(shape.length);
    case 'text':
      if (shape.form === 'digest') return bytes(32).map(toBase58);
      if (shape.form === 'authorityName') return bytes(96).map(toBase64);
      return bytes(32).map((id) => `0x${toHex(id)}`);
    case 'floats':
      return fc.integer({ min: 0, max: 5 }).chain(floats);
    case 'tensor':
      return tensors;
    case 'indices':
      return fc
        .uniqueArray(fc.oneof(fc.integer({ min: 0, max: 200 }), fc.integer({ min: 0, max: 0xffff_ffff })))
        .map((list) => list.sort((a, b) => a - b));
    case 'signature':
      return signatures;
    case 'option': {
      const of = build(shape.of, nesting);
      return of === undefined ? fc.constant(undefined) : fc.option(of, { nil: undefined });
    }
    case 'vector': {
      if (shape.length === undefined) return many(shape.of);
      const item = build(shape.of, nesting);
      return item && fc.array(item, { minLength: shape.length, maxLength: shape.length });
    }
    case 'set':
      return many(shape.of).map((items) => unique(items, (item) => toHex(shape.of.encode(item))));
    case 'tuple': {
      const items = shape.of.map((of) => build(of, nesting));
      return items.includes(undefined) ? undefined : fc.tuple(...(items as fc.Arbitrary<unknown>[]));
    }
    case 'map': {
      const key = build(shape.key, nesting);
      const value = build(shape.value, nesting);
      const pairs =
        key === undefined || value === undefined
          ? fc.constant([])
          : fc
              .array(fc.tuple(key, value), { maxLength: 3 })
              .map((items) => unique(items, ([k]: [unknown]) => toHex(shape.key.encode(k))));
      return shape.as === 'map' ? pairs.map((items) => new Map(items as [unknown, unknown][])) : pairs;
    }
    case 'struct':
      return record(shape.fields, nesting);
    case 'enum': {
      const variants = Object.entries(shape.variants).flatMap(([kind, fields]) => {
        const payload = record(fields, nesting);
        return payload === undefined ? [] : [payload.map((value) => ({ kind, ...(value as object) }))];
      });
      return variants.length === 0 ? undefined : fc.oneof(...variants);
    }
    case 'lazy':
      return nesting === 0 ? undefined : build(shape.of(), nesting - 1);
  }
};

const record = (
  fields: Readonly<Record<string, Codec<unknown>>>,
  nesting: number,
): fc.Arbitrary<object> | undefined => {
  const parts = Object.entries(fields).map(([name, codec]) => [name, build(codec, nesting)] as const);
  if (parts.some(([, part]) => part === undefined)) return undefined;
  return fc.record(Object.fromEntries(parts as [string, fc.Arbitrary<unknown>][]));
};

/** Values of `codec`, of every kind that it has. */
export const valuesOf = (codec: Codec<unknown>): fc.Arbitrary<unknown> => {
  const values = build(codec, 2);
  if (values === undefined) throw new TypeError(`${codec.name} has no values`);
  return values;
};
