// The one buffer in which transactions, objects and effects are put together behind the name that their digest starts
// with, and hashed where they lie.
import type { Owner } from '@somakit/bcs';
import type { Digest, ObjectId } from '@somakit/core';
import { blake2b256Into, createHashBuffer, type HashBuffer } from '@somakit/crypto';
import { newDigest, readId, writeDigest, writeId } from './known.js';

interface Scratch {
  bytes: Uint8Array;
  view: DataView;
  at: number;
}

let area: HashBuffer | undefined;
let scratch: Scratch | undefined;

/** Begins anew, with the bytes that a name puts in front. */
export const open = (prefix: Uint8Array): Scratch => {
  area ??= createHashBuffer();
  if (scratch?.bytes !== area.bytes) scratch = { bytes: area.bytes, view: area.view, at: 0 };
  scratch.bytes.set(prefix);
  scratch.at = prefix.length;
  return scratch;
};

/** Makes room for `size` more bytes: states and large genesis transactions outgrow what is hashed in place. */
const grow = (out: Scratch, size: number): void => {
  const bytes = new Uint8Array(Math.max(2 * out.bytes.length, out.at + size));
  bytes.set(out.bytes.subarray(0, out.at));
  out.bytes = bytes;
  out.view = new DataView(bytes.buffer);
};

const room = (size: number): Scratch => {
  const out = scratch!;
  if (out.at + size > out.bytes.length) grow(out, size);
  return out;
};

const last = /* @__PURE__ */ new Uint8Array(32);
const lastView = /* @__PURE__ */ new DataView(last.buffer);

/** The digest of all that was put since the buffer was opened. */
export const closeDigest = (): Digest => {
  const { bytes, at } = scratch!;
  const { digest, digestView, hash } = area!;
  if (bytes === area!.bytes) {
    hash(at);
    return newDigest(digest, digestView);
  }
  blake2b256Into(bytes, last, 0, at);
  return newDigest(last, lastView);
};

const NO_PREFIX = /* @__PURE__ */ new Uint8Array(0);

/** The id of the n-th thing that a transaction creates. Source: types/src/object.rs `ObjectID::derive_id`. */
export const derivedId = (transaction: Digest, n: bigint): ObjectId => {
  const out = open(NO_PREFIX);
  writeDigest(transaction, out.view, 0);
  out.view.setBigUint64(32, n, true);
  area!.hash(40);
  // Read as a known one, because it is written several times from now on.
  return readId(area!.digest, area!.digestView, 0) as ObjectId;
};

export const putByte = (value: number): void => {
  const out = room(1);
  out.bytes[out.at++] = value;
};

export const putU32 = (value: number): void => {
  const out = room(4);
  out.view.setUint32(out.at, value, true);
  out.at += 4;
};

export const putU64 = (value: bigint): void => {
  const out = room(8);
  out.view.setBigUint64(out.at, value, true);
  out.at += 8;
};

export const putUleb = (value: number): void => {
  let rest = value;
  while (rest >= 0x80) {
    putByte((rest & 0x7f) | 0x80);
    rest = Math.floor(rest / 0x80);
  }
  putByte(rest);
};

export const putBytes = (bytes: Uint8Array): void => {
  const { length } = bytes;
  const out = room(length);
  if (length === 8) for (let i = 0; i < 8; i++) out.bytes[out.at + i] = bytes[i]!;
  else out.bytes.set(bytes, out.at);
  out.at += length;
};

export const putId = (text: string): void => {
  const out = room(32);
  writeId(text, out.view, out.at);
  out.at += 32;
};

export const putDigest = (text: Digest): void => {
  const out = room(33);
  out.bytes[out.at] = 32;
  writeDigest(text, out.view, out.at + 1);
  out.at += 33;
};

export const putOwner = (owner: Owner): void => {
  switch (owner.kind) {
    case 'AddressOwner':
      putByte(0);
      putId(owner.address);
      return;
    case 'Shared':
      putByte(1);
      putU64(owner.initialSharedVersion);
      return;
    default:
      putByte(2);
  }
};

// Encoded effects share buffers: a buffer of its own costs more than what is written into it.
const BUFFER = 1 << 14;
let buffer: Uint8Array | undefined;
let used = 0;

/** A copy, which stays, of what was put since `from`. */
export const keepFrom = (from: number): Uint8Array => {
  const { bytes, at } = scratch!;
  const length = at - from;
  if (length > BUFFER / 4) return bytes.slice(from, at);
  if (buffer === undefined || used + length > BUFFER) {
    buffer = new Uint8Array(BUFFER);
    used = 0;
  }
  const copy = new Uint8Array(buffer.buffer, used, length);
  copy.set(bytes.subarray(from, at));
  used += length;
  return copy;
};
