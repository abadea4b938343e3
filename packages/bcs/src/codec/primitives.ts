import { fromHex, isError, toHex, U64_MAX } from '@somakit/core';
import { type Codec, define } from './codec.js';
import { Fault, wrongValue } from './errors.js';
import { take, takeByte, takeLength } from './reader.js';
import { readText, writeText } from './text.js';
import { putByte, putBytes, putUleb, reserve } from './writer.js';

const smallUint = (bits: 8 | 16 | 32): Codec<number> => {
  const max = 2 ** bits - 1;
  const size = bits / 8;
  const check = (value: unknown): number => {
    if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= max) return value;
    throw wrongValue(`a number from 0 to ${max}`, value);
  };
  return define<number>({
    name: `u${bits}`,
    shape: { type: 'uint', bits },
    minSize: size,
    read:
      bits === 8
        ? takeByte
        : bits === 16
          ? (reader) => reader.view.getUint16(take(reader, 2), true)
          : (reader) => reader.view.getUint32(take(reader, 4), true),
    write: (writer, value) => {
      check(value);
      const offset = reserve(writer, size);
      if (bits === 8) writer.bytes[offset] = value;
      else if (bits === 16) writer.view.setUint16(offset, value, true);
      else writer.view.setUint32(offset, value, true);
    },
    writeJson: check,
    readJson: (json) => check(typeof json === 'string' && /^[0-9]{1,10}$/.test(json) ? Number(json) : json),
  });
};

/** A byte as a number. */
export const u8 = /* @__PURE__ */ smallUint(8);
/** Two bytes, little-endian, as a number. */
export const u16 = /* @__PURE__ */ smallUint(16);
/** Four bytes, little-endian, as a number. */
export const u32 = /* @__PURE__ */ smallUint(32);

const bigText = (json: unknown): unknown => {
  if (typeof json === 'string' && /^-?[0-9]{1,78}$/.test(json)) return BigInt(json);
  if (typeof json === 'number' && Number.isSafeInteger(json)) return BigInt(json);
  return json;
};

const checkU64 = (value: unknown): bigint => {
  if (typeof value === 'bigint' && value >= 0n && value <= U64_MAX) return value;
  throw wrongValue('a bigint from 0 to 2^64-1', value);
};

/** Eight bytes, little-endian, as a bigint. */
export const u64: Codec<bigint> = /* @__PURE__ */ define<bigint>({
  name: 'u64',
  shape: { type: 'uint', bits: 64 },
  minSize: 8,
  read: (reader) => reader.view.getBigUint64(take(reader, 8), true),
  write: (writer, value) => {
    checkU64(value);
    const offset = reserve(writer, 8);
    writer.view.setBigUint64(offset, value, true);
  },
  writeJson: (value) => checkU64(value).toString(),
  readJson: (json) => checkU64(bigText(json)),
});

const wideInt = (name: string, bits: 128 | 256, signed: boolean): Codec<bigint> => {
  const words = bits / 64;
  const min = signed ? -(2n ** BigInt(bits - 1)) : 0n;
  const max = 2n ** BigInt(signed ? bits - 1 : bits) - 1n;
  const check = (value: unknown): bigint => {
    if (typeof value === 'bigint' && value >= min && value <= max) return value;
    throw wrongValue(
      signed ? `a bigint from -2^${bits - 1} to 2^${bits - 1}-1` : `a bigint from 0 to 2^${bits}-1`,
      value,
    );
  };
  return define<bigint>({
    name,
    shape: signed ? { type: 'int', bits: 128 } : { type: 'uint', bits },
    minSize: bits / 8,
    read: (reader) => {
      const start = take(reader, bits / 8);
      let value = 0n;
      for (let i = words - 1; i >= 0; i--) value = (value << 64n) | reader.view.getBigUint64(start + 8 * i, true);
      return signed ? BigInt.asIntN(bits, value) : value;
    },
    write: (writer, value) => {
      check(value);
      const start = reserve(writer, bits / 8);
      for (let i = 0; i < words; i++)
        writer.view.setBigUint64(start + 8 * i, BigInt.asUintN(64, value >> BigInt(64 * i)), true);
    },
    writeJson: (value) => check(value).toString(),
    readJson: (json) => check(bigText(json)),
  });
};

/** Sixteen bytes, little-endian, as a bigint. */
export const u128 = /* @__PURE__ */ wideInt('u128', 128, false);
/** Thirty-two bytes, little-endian, as a bigint. */
export const u256 = /* @__PURE__ */ wideInt('u256', 256, false);
/** Sixteen bytes, little-endian, two's complement, as a bigint. */
export const i128 = /* @__PURE__ */ wideInt('i128', 128, true);

const checkBool = (value: unknown): boolean => {
  if (typeof value === 'boolean') return value;
  throw wrongValue('true or false', value);
};

/** One byte, 0 or 1. */
export const bool: Codec<boolean> = /* @__PURE__ */ define<boolean>({
  name: 'bool',
  shape: { type: 'bool' },
  minSize: 1,
  read: (reader) => {
    const byte = takeByte(reader);
    if (byte > 1) throw new Fault('BCS_INVALID_VALUE', 'a boolean byte, 0 or 1', byte, reader.offset - 1);
    return byte === 1;
  },
  write: (writer, value) => putByte(writer, checkBool(value) ? 1 : 0),
  writeJson: checkBool,
  readJson: checkBool,
});

/** UTF-8 with its length in bytes in front. */
export const string: Codec<string> = /* @__PURE__ */ define<string>({
  name: 'string',
  shape: { type: 'string' },
  minSize: 1,
  read: readText,
  write: writeText,
  writeJson: (value) => {
    if (typeof value !== 'string') throw wrongValue('a text', value);
    return value;
  },
  readJson: (json) => {
    if (typeof json !== 'string') throw wrongValue('a text', json);
    return json;
  },
});

const checkBytes = (value: unknown, length: number | undefined): Uint8Array => {
  if (value instanceof Uint8Array && (length === undefined || value.length === length)) return value;
  throw wrongValue(length === undefined ? 'a Uint8Array' : `a Uint8Array of ${length} bytes`, value);
};

/** Bytes out of JSON: hex, `{ "hex": ... }`, an array of byte values, or bytes. */
export const bytesFromJson = (json: unknown, length: number | undefined, fromText = fromHex): Uint8Array => {
  const expected = `the text form of ${length === undefined ? 'bytes' : `${length} bytes`}`;
  const value = json !== null && typeof json === 'object' && 'hex' in json ? json.hex : json;
  try {
    if (typeof value === 'string') return checkBytes(value === json ? fromText(value) : fromHex(value), length);
  } catch (error) {
    if (!(error instanceof Fault) && !isError(error, 'INVALID_ENCODING')) throw error;
    throw wrongValue(expected, json);
  }
  if (Array.isArray(value) && value.every((byte) => Number.isInteger(byte) && byte >= 0 && byte <= 255)) {
    return checkBytes(Uint8Array.from(value), length);
  }
  // Not slice(): that of a Buffer shares its memory.
  if (value instanceof Uint8Array) return Uint8Array.from(checkBytes(value, length));
  throw wrongValue(expected, json);
};

/** A copy of `length` bytes of the input that shares no memory with it, whatever kind of array the input is. */
export const copyOf = (bytes: Uint8Array, start: number, length: number): Uint8Array => {
  const copy = new Uint8Array(length);
  if (length <= 64) for (let i = 0; i < length; i++) copy[i] = bytes[start + i] as number;
  else copy.set(bytes.subarray(start, start + length));
  return copy;
};

/** Bytes with their length in front: `Vec<u8>`. */
export const bytes: Codec<Uint8Array> = /* @__PURE__ */ define<Uint8Array>({
  name: 'bytes',
  shape: { type: 'bytes' },
  minSize: 1,
  read: (reader) => {
    const length = takeLength(reader, 1);
    return copyOf(reader.bytes, take(reader, length), length);
  },
  write: (writer, value) => {
    checkBytes(value, undefined);
    putUleb(writer, value.length);
    putBytes(writer, value);
  },
  writeJson: (value) => toHex(checkBytes(value, undefined)),
  readJson: (json) => bytesFromJson(json, undefined),
});

/** Exactly `length` bytes with nothing in front. `toText` and `fromText` say how JSON holds them, hex if not given. */
export const raw = (length: number, toText = toHex, fromText = fromHex): Codec<Uint8Array> =>
  define<Uint8Array>({
    name: `raw(${length})`,
    shape: { type: 'bytes', length },
    minSize: length,
    read: (reader) => copyOf(reader.bytes, take(reader, length), length),
    write: (writer, value) => putBytes(writer, checkBytes(value, length)),
    writeJson: (value) => toText(checkBytes(value, length)),
    readJson: (json) => bytesFromJson(json, length, fromText),
  });
