import { checkU64, digestBytes, parseDigest } from '@somakit/core';

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
  // One view for all: making one costs far more than the eight bytes.
  word.setBigUint64(0, checkU64(argument, value), true);
  return wordBytes.slice();
};
const wordBytes = /* @__PURE__ */ new Uint8Array(8);
const word = /* @__PURE__ */ new DataView(wordBytes.buffer);

/** The bytes of a text that is ASCII. */
export const ascii = (text: string): Uint8Array => Uint8Array.from(text, (character) => character.charCodeAt(0));

/** The 32 bytes of a digest in either form. @throws INVALID_DIGEST */
export const bytesOf = (digest: string | Uint8Array): Uint8Array =>
  digest instanceof Uint8Array && digest.length === 32 ? digest : digestBytes(parseDigest(digest));
