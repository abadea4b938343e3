import { checkU64 } from '@somakit/core';

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
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, checkU64(argument, value), true);
  return bytes;
};

/** The bytes of a text that is ASCII. */
export const ascii = (text: string): Uint8Array => Uint8Array.from(text, (character) => character.charCodeAt(0));
