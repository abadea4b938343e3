import { invalidArgument } from '@somakit/core';

/** The bytes themselves, when they are a Uint8Array of `length` bytes (any length when it is not given). */
export const expectBytes = (argument: string, bytes: Uint8Array, length?: number): Uint8Array => {
  if (!(bytes instanceof Uint8Array)) {
    throw invalidArgument(
      argument,
      length === undefined ? 'a Uint8Array' : `a Uint8Array of ${length} bytes`,
      kindOf(bytes),
    );
  }
  if (length !== undefined && bytes.length !== length) throw invalidArgument(argument, `${length} bytes`, bytes.length);
  return bytes;
};

/** What kind of value it is, and nothing of what it holds: it may be a secret that went to the wrong place. */
export const kindOf = (value: unknown): string =>
  value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value;

/** The arrays one after another. */
export const concat = (...parts: readonly Uint8Array[]): Uint8Array => {
  let length = 0;
  for (const part of parts) length += part.length;
  const joined = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
};

/** A u64 as 8 little-endian bytes. @throws INVALID_ARGUMENT for anything but a bigint of 0 to 2^64 - 1. */
export const u64Bytes = (argument: string, value: bigint): Uint8Array => {
  if (typeof value !== 'bigint' || value < 0n || value > 0xffff_ffff_ffff_ffffn) {
    throw invalidArgument(argument, 'a bigint of 0 to 2^64 - 1', value);
  }
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, value, true);
  return bytes;
};
