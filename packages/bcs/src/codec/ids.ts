import {
  type Address,
  type Digest,
  digestBytes,
  digestText,
  idText,
  isError,
  type ObjectId,
  parseAddress,
  parseDigest,
  parseObjectId,
  shown,
} from '@somakit/core';
import { type Codec, define } from './codec.js';
import { Fault, wrongValue } from './errors.js';
import { take, takeByte } from './reader.js';
import { reserve, type Writer } from './writer.js';

// Value of each character code as a lower-case hex digit, 255 for the others.
const DIGIT = /* @__PURE__ */ Uint8Array.from({ length: 128 }, (_, code) =>
  code >= 48 && code <= 57 ? code - 48 : code >= 97 && code <= 102 ? code - 87 : 255,
);

/** Writes a canonical id; false when the text is none. */
const putCanonicalId = (writer: Writer, text: string): boolean => {
  if (text.length !== 66 || text.charCodeAt(0) !== 48 || text.charCodeAt(1) !== 120) return false;
  const start = reserve(writer, 32);
  const { bytes } = writer;
  let bad = 0;
  for (let i = 0; i < 32; i++) {
    const high = DIGIT[text.charCodeAt(2 * i + 2)] ?? 255;
    const low = DIGIT[text.charCodeAt(2 * i + 3)] ?? 255;
    bad |= high | low;
    bytes[start + i] = (high << 4) | low;
  }
  if (bad < 16) return true;
  writer.offset = start;
  return false;
};

const parsed = <T>(parse: (value: string | Uint8Array) => T, value: unknown, expected: string, most = 80): T => {
  try {
    if (typeof value === 'string' || value instanceof Uint8Array) return parse(value);
  } catch (error) {
    if (!isError(error) && !(error instanceof Fault)) throw error;
  }
  throw wrongValue(expected, shown(value, most).received);
};

const id = <T extends Address | ObjectId>(
  name: string,
  form: 'address' | 'objectId',
  parse: (value: string | Uint8Array) => T,
): Codec<T> => {
  const expected = form === 'address' ? 'an address (0x and 64 hex digits)' : 'an object id (0x and 64 hex digits)';
  return define<T>({
    name,
    shape: { type: 'text', form },
    minSize: 32,
    read: (reader) => idText(reader.bytes, take(reader, 32)) as T,
    write: (writer, value) => {
      if (typeof value === 'string' && putCanonicalId(writer, value)) return;
      putCanonicalId(writer, parsed(parse, value, expected));
    },
    writeJson: (value) => parsed(parse, value, expected).slice(2),
    readJson: (json) => parsed(parse, json, expected),
  });
};

/** An account's address: 32 bytes. Source: types/src/base.rs, SomaAddress. */
export const SomaAddress: Codec<Address> = /* @__PURE__ */ id('SomaAddress', 'address', parseAddress);
export type SomaAddress = Address;
/** An object's id: 32 bytes. Source: types/src/object.rs, ObjectID. */
export const ObjectID: Codec<ObjectId> = /* @__PURE__ */ id('ObjectID', 'objectId', parseObjectId);
export type ObjectID = ObjectId;

// Checks as parseDigest does, but decodes once.
const digestOf = (value: string | Uint8Array): Uint8Array => {
  // 32 bytes are 32 to 44 characters of Base58.
  const decoded = typeof value !== 'string' ? value : value.length > 44 ? undefined : digestBytes(value as Digest);
  if (decoded?.length !== 32) throw wrongValue(DIGEST, undefined);
  return decoded;
};

// Weight keys have this type too: what was there instead of one is never shown.
const DIGEST = 'a digest (Base58 of 32 bytes)';

/** A digest, checksum, commitment or key: a length byte 32 and the 32 bytes. Source: types/src/digests.rs, Digest. */
export const Digest32: Codec<Digest> = /* @__PURE__ */ define<Digest>({
  name: 'Digest',
  shape: { type: 'text', form: 'digest' },
  minSize: 33,
  read: (reader) => {
    const length = takeByte(reader);
    if (length !== 32)
      throw new Fault('BCS_INVALID_VALUE', 'the length byte of a digest, 32', length, reader.offset - 1);
    const start = take(reader, 32);
    return digestText(reader.bytes, start);
  },
  write: (writer, value) => {
    const decoded = parsed(digestOf, value, DIGEST, -1);
    const start = reserve(writer, 33);
    writer.bytes[start] = 32;
    writer.bytes.set(decoded, start + 1);
  },
  writeJson: (value) => parsed(parseDigest, value, DIGEST, -1),
  readJson: (json) => parsed(parseDigest, json, DIGEST, -1),
});
