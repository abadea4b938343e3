import { SomaKitError } from '@somakit/core';

const damaged = (problem: string): never => {
  throw new SomaKitError('TINKER_PROTOBUF', `The answer is no sound protobuf: ${problem}.`, { context: { problem } });
};

/** Writes the few wire types that the API uses (proto3: defaults are left out by the callers). */
export const createWriter = () => {
  let bytes = new Uint8Array(256);
  let length = 0;
  const reserve = (more: number): void => {
    if (length + more <= bytes.length) return;
    const grown = new Uint8Array(Math.max(2 * bytes.length, length + more));
    grown.set(bytes.subarray(0, length));
    bytes = grown;
  };
  const varint = (value: bigint | number): void => {
    let left = BigInt.asUintN(64, BigInt(value));
    reserve(10);
    while (left > 0x7fn) {
      bytes[length++] = Number(left & 0x7fn) | 0x80;
      left >>= 7n;
    }
    bytes[length++] = Number(left);
  };
  const raw = (field: number, value: Uint8Array): void => {
    varint(field * 8 + 2);
    varint(value.length);
    reserve(value.length);
    bytes.set(value, length);
    length += value.length;
  };
  const writer = {
    varint: (field: number, value: bigint | number): void => {
      varint(field * 8);
      varint(value);
    },
    bytes: raw,
    text: (field: number, value: string): void => raw(field, new TextEncoder().encode(value)),
    double: (field: number, value: number): void => {
      varint(field * 8 + 1);
      reserve(8);
      new DataView(bytes.buffer).setFloat64(length, value, true);
      length += 8;
    },
    message: (field: number, write: (inner: Writer) => void): void => {
      const inner = createWriter();
      write(inner);
      raw(field, inner.finish());
    },
    /** Numbers in one block. */
    packed: (field: number, values: readonly (bigint | number)[]): void => {
      if (values.length === 0) return;
      const inner = createWriter();
      for (const value of values) inner.plain(value);
      raw(field, inner.finish());
    },
    plain: varint,
    finish: (): Uint8Array => bytes.slice(0, length),
  };
  return writer;
};

export interface Writer {
  varint(field: number, value: bigint | number): void;
  bytes(field: number, value: Uint8Array): void;
  text(field: number, value: string): void;
  double(field: number, value: number): void;
  message(field: number, write: (inner: Writer) => void): void;
  packed(field: number, values: readonly (bigint | number)[]): void;
  plain(value: bigint | number): void;
  finish(): Uint8Array;
}

/** One field as it came: `bytes` of length-delimited and fixed ones, `int` of varints. */
export interface Field {
  readonly number: number;
  readonly wire: number;
  readonly int: bigint;
  readonly bytes: Uint8Array;
}

const NONE = new Uint8Array(0);

/** The fields of a message, in order. Unknown ones are the caller's to pass over. */
export function* readFields(bytes: Uint8Array): Generator<Field, void, undefined> {
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = bytes[at++] ?? damaged('a number is cut off');
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asUintN(64, value);
    }
    return damaged('a number has over ten bytes');
  };
  const take = (length: number): Uint8Array => {
    if (at + length > bytes.length) damaged('a field is cut off');
    at += length;
    return bytes.subarray(at - length, at);
  };
  while (at < bytes.length) {
    const tag = varint();
    const [number, wire] = [Number(tag >> 3n), Number(tag & 7n)];
    if (number === 0) damaged('a field has the number 0');
    if (wire === 0) yield { number, wire, int: varint(), bytes: NONE };
    else if (wire === 1) yield { number, wire, int: 0n, bytes: take(8) };
    else if (wire === 5) yield { number, wire, int: 0n, bytes: take(4) };
    else if (wire === 2) yield { number, wire, int: 0n, bytes: take(Number(varint())) };
    else damaged(`wire type ${wire}`);
  }
}

export const textOf = ({ bytes }: Field): string => new TextDecoder().decode(bytes);

export const doubleOf = ({ bytes }: Field): number =>
  bytes.length === 8 ? new DataView(bytes.buffer, bytes.byteOffset, 8).getFloat64(0, true) : damaged('no double');

/** Signed numbers of a repeated field, in one block or one by one. */
export const intsOf = ({ wire, int, bytes }: Field): number[] => {
  if (wire === 0) return [Number(BigInt.asIntN(64, int))];
  const values: number[] = [];
  let value = 0n;
  let shift = 0n;
  for (const byte of bytes) {
    value |= BigInt(byte & 0x7f) << shift;
    shift += 7n;
    if (byte < 0x80) {
      values.push(Number(BigInt.asIntN(64, value)));
      value = 0n;
      shift = 0n;
    }
  }
  return values;
};

/** Key and value of a map's entry. */
export const entryOf = ({ bytes }: Field): readonly [string, Field | undefined] => {
  let key = '';
  let value: Field | undefined;
  for (const field of readFields(bytes)) {
    if (field.number === 1) key = textOf(field);
    else if (field.number === 2) value = field;
  }
  return [key, value];
};
