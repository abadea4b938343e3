import type { ObjectRef } from '@somakit/bcs';
import { checkShannons, describe, invalidArgument, parseDigest, parseObjectId } from '@somakit/core';

/** One version of one object, in any spelling: what every builder takes where the chain wants an object reference. */
export interface ObjectRefInput {
  readonly objectId: string | Uint8Array;
  readonly version: bigint;
  readonly digest: string | Uint8Array;
}

const U64_MAX = 0xffff_ffff_ffff_ffffn;

/** A u64 that is no amount: versions, architecture versions. */
export const checkU64 = (argument: string, value: bigint): bigint => {
  if (typeof value !== 'bigint') {
    throw invalidArgument(
      argument,
      'a bigint',
      value,
      `Write ${typeof value === 'number' ? `${value}n` : '1n'}, not a number.`,
    );
  }
  if (value < 0n || value > U64_MAX) throw invalidArgument(argument, '0 to 2^64 - 1', value);
  return value;
};

/** A count that callers may have as a number: basis points and byte sizes. */
export const checkCount = (argument: string, value: number | bigint): bigint => {
  if (typeof value === 'bigint') return checkU64(argument, value);
  if (!Number.isSafeInteger(value) || value < 0) throw invalidArgument(argument, 'a whole number, 0 or more', value);
  return BigInt(value);
};

/** An amount, or none. */
export const checkOptionalShannons = (amount: bigint | undefined): bigint | undefined =>
  amount === undefined ? undefined : checkShannons(amount);

/** The canonical reference. */
export const checkObjectRef = (argument: string, value: ObjectRefInput): ObjectRef => {
  if (value === null || typeof value !== 'object') {
    throw invalidArgument(argument, 'an object reference, { objectId, version, digest }', value);
  }
  return {
    objectId: parseObjectId(value.objectId),
    version: checkU64(`${argument}.version`, value.version),
    digest: parseDigest(value.digest),
  };
};

/** The canonical references of a list, in its order. */
export const checkObjectRefs = (argument: string, values: readonly ObjectRefInput[]): ObjectRef[] => {
  if (!Array.isArray(values)) throw invalidArgument(argument, 'an array of object references', values);
  return values.map((value, i) => checkObjectRef(`${argument}[${i}]`, value));
};

/** Bytes as they go onto the wire, a copy. */
export const checkBytes = (argument: string, value: Uint8Array, length?: number): Uint8Array => {
  if (!(value instanceof Uint8Array)) throw invalidArgument(argument, 'a Uint8Array', value);
  if (length !== undefined && value.length !== length) throw invalidArgument(argument, `${length} bytes`, value);
  return Uint8Array.from(value);
};

/**
 * Floats narrowed to binary32, a copy. The official client also lets infinities and NaN pass; nothing good comes of
 * them, so they are refused.
 */
export const checkFloats = (argument: string, value: Float32Array | readonly number[]): Float32Array => {
  if (!(value instanceof Float32Array) && !Array.isArray(value)) {
    throw invalidArgument(argument, 'a Float32Array or an array of numbers', value);
  }
  const floats = new Float32Array(value.length);
  for (let i = 0; i < value.length; i++) {
    const item = value[i];
    if (typeof item !== 'number') throw invalidArgument(`${argument}[${i}]`, 'a number', item);
    floats[i] = item;
    if (!Number.isFinite(floats[i])) throw invalidArgument(`${argument}[${i}]`, 'a finite binary32 number', item);
  }
  return floats;
};

/** Floats of which there is at least one. */
export const checkEmbedding = (argument: string, value: Float32Array | readonly number[]): Float32Array => {
  const floats = checkFloats(argument, value);
  if (floats.length === 0) throw invalidArgument(argument, 'at least one number', 'none');
  return floats;
};

/** The normalised text of an absolute URL: the one that is hashed and signed. */
export const checkUrl = (argument: string, value: string): string => {
  const expected = 'an absolute URL, such as https://example.com/file';
  if (typeof value !== 'string') throw invalidArgument(argument, expected, value);
  if (!URL.canParse(value)) {
    // A URL may hold a password; one that cannot be parsed cannot be cleaned.
    throw invalidArgument(argument, expected, value.includes('@') ? 'a text with an "@"' : value);
  }
  return new URL(value).href;
};

/** An argument of which exactly one of two spellings must be there. */
export const oneOf = (first: string, second: string, hasFirst: boolean, hasSecond: boolean): void => {
  if (hasFirst === hasSecond) {
    throw invalidArgument(`${first} or ${second}`, 'given exactly once', hasFirst ? 'both' : describe(undefined));
  }
};
