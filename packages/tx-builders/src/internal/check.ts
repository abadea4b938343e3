import type { ObjectRef } from '@somakit/bcs';
import {
  checkShannons,
  checkU64,
  describe,
  expectBytes,
  invalidArgument,
  parseDigest,
  parseObjectId,
} from '@somakit/core';

/** One version of one object, in any spelling: what every builder takes where the chain wants an object reference. */
export interface ObjectRefInput {
  readonly objectId: string | Uint8Array;
  readonly version: bigint;
  readonly digest: string | Uint8Array;
}

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
export const checkBytes = (argument: string, value: Uint8Array, length?: number): Uint8Array =>
  Uint8Array.from(expectBytes(argument, value, length));

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

/** An argument of which exactly one of two spellings must be there. */
export const oneOf = (first: string, second: string, hasFirst: boolean, hasSecond: boolean): void => {
  if (hasFirst === hasSecond) {
    throw invalidArgument(`${first} or ${second}`, 'given exactly once', hasFirst ? 'both' : describe(undefined));
  }
};
