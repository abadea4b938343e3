// The encodings that every transaction needs several times over, written out: objects and effects go straight into one
// buffer, behind the name that their digest starts with. The codecs of the bcs package are the definition; a test holds
// the two against each other.
import {
  type ChangedObject,
  ExecutionStatus,
  type Owner,
  type SomaObject,
  type TransactionEffects,
  UnchangedSharedObject,
} from '@somakit/bcs';
import { type Digest, digestBytes, digestText, idText, type ObjectId } from '@somakit/core';
import { blake2b256Into } from '@somakit/crypto';

interface Scratch {
  bytes: Uint8Array;
  view: DataView;
  at: number;
}

const createScratch = (size: number): Scratch => {
  const bytes = new Uint8Array(size);
  return { bytes, view: new DataView(bytes.buffer), at: 0 };
};

let scratch: Scratch | undefined;

/** Makes room for `size` more bytes. */
const room = (size: number): Scratch => {
  scratch ??= createScratch(1 << 14);
  if (scratch.at + size <= scratch.bytes.length) return scratch;
  const larger = createScratch(Math.max(scratch.bytes.length * 2, scratch.at + size));
  larger.bytes.set(scratch.bytes.subarray(0, scratch.at));
  larger.at = scratch.at;
  scratch = larger;
  return larger;
};

// Value of each character code as a lower-case hex digit.
const DIGIT = /* @__PURE__ */ Uint8Array.from({ length: 128 }, (_, code) => (code >= 97 ? code - 87 : code - 48));

/** A canonical id: the 32 bytes of `0x` and 64 lower-case digits. */
const putId = (text: string): void => {
  const to = room(32);
  const { bytes, at } = to;
  for (let i = 0; i < 32; i++) {
    bytes[at + i] = (DIGIT[text.charCodeAt(2 * i + 2)]! << 4) | DIGIT[text.charCodeAt(2 * i + 3)]!;
  }
  to.at = at + 32;
};

// Digests that were made lately come back soon: as versions in effects, as what the next transaction depends on. Each has
// one place here, which the next one of the same place takes over.
const PLACES = 1 << 13;
let texts: (string | undefined)[] | undefined;
let hashes: Uint8Array | undefined;

/** The place of a digest: 13 bits of its characters, the last ones of which are nearly evenly spread. */
const placeOf = (text: string): number => {
  const { length } = text;
  return (
    (text.charCodeAt(length - 1) * 3481 + text.charCodeAt(length - 2) * 59 + text.charCodeAt(length - 3)) & (PLACES - 1)
  );
};

/** Where the bytes of a digest are in {@link hashes}. */
const find = (text: Digest): number => {
  texts ??= new Array<string | undefined>(PLACES).fill(undefined);
  hashes ??= new Uint8Array(32 * PLACES);
  const place = placeOf(text);
  if (texts[place] !== text) {
    hashes.set(digestBytes(text), 32 * place);
    texts[place] = text;
  }
  return 32 * place;
};

/** The 32 bytes of a digest. */
export const bytesOf = (text: Digest): Uint8Array => {
  const at = find(text);
  return hashes!.slice(at, at + 32);
};

/** The order of two digests by their bytes: that of their digits, of which there are 44 at most. */
export const compareDigests = (a: Digest, b: Digest): number => {
  if (a === b) return 0;
  if (a.length === b.length) return a < b ? -1 : 1;
  return a.padStart(44, '1') < b.padStart(44, '1') ? -1 : 1;
};

const putBytesOf = (text: Digest): void => {
  const from = find(text);
  const to = room(32);
  const { bytes, at } = to;
  for (let i = 0; i < 32; i++) bytes[at + i] = hashes![from + i]!;
  to.at = at + 32;
};

const putDigest = (text: Digest): void => {
  putByte(32);
  putBytesOf(text);
};

const putU64 = (value: bigint): void => {
  const to = room(8);
  to.view.setBigUint64(to.at, value, true);
  to.at += 8;
};

const putByte = (value: number): void => {
  const to = room(1);
  to.bytes[to.at++] = value;
};

const putUleb = (value: number): void => {
  let rest = value;
  while (rest >= 0x80) {
    putByte((rest & 0x7f) | 0x80);
    rest = Math.floor(rest / 0x80);
  }
  putByte(rest);
};

const putBytes = (bytes: Uint8Array): void => {
  const to = room(bytes.length);
  to.bytes.set(bytes, to.at);
  to.at += bytes.length;
};

const putOwner = (owner: Owner): void => {
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

const ascii = (text: string): Uint8Array => Uint8Array.from(text, (character) => character.charCodeAt(0));
const OBJECT = /* @__PURE__ */ ascii('Object::');
const EFFECTS = /* @__PURE__ */ ascii('TransactionEffects::');
const NO_PREFIX = /* @__PURE__ */ new Uint8Array(0);
const TRANSACTION = /* @__PURE__ */ ascii('TransactionData::');

const last = /* @__PURE__ */ new Uint8Array(32);

/** The digest of all that was put since the buffer was empty. */
const closeDigest = (): Digest => {
  const { bytes, at } = scratch!;
  blake2b256Into(bytes.subarray(0, at), last, 0);
  const text = digestText(last);
  texts ??= new Array<string | undefined>(PLACES).fill(undefined);
  hashes ??= new Uint8Array(32 * PLACES);
  const place = placeOf(text);
  texts[place] = text;
  for (let i = 0; i < 32; i++) hashes[32 * place + i] = last[i]!;
  return text;
};

const open = (prefix: Uint8Array): void => {
  if (scratch !== undefined) scratch.at = 0;
  putBytes(prefix);
};

// Encoded effects share buffers: a buffer of its own costs more than what is written into it.
const BUFFER = 1 << 14;
let buffer: ArrayBuffer | undefined;
let used = 0;

/** A copy that stays. */
const keep = (bytes: Uint8Array): Uint8Array => {
  if (bytes.length > BUFFER / 4) return bytes.slice();
  if (buffer === undefined || used + bytes.length > BUFFER) {
    buffer = new ArrayBuffer(BUFFER);
    used = 0;
  }
  const copy = new Uint8Array(buffer, used, bytes.length);
  copy.set(bytes);
  used += bytes.length;
  return copy;
};

const TYPES = { SystemState: 0, Coin: 1, StakedSoma: 2, Target: 3 } as const;

/** The digest of an object. Source: types/src/object.rs `Object::digest`. */
export const digestOfObject = (object: SomaObject): Digest => {
  open(OBJECT);
  putByte(TYPES[object.objectType.kind]);
  putU64(object.version);
  putUleb(object.contents.length + 32);
  putId(object.objectId);
  putBytes(object.contents);
  putOwner(object.owner);
  putDigest(object.previousTransaction);
  return closeDigest();
};

const putChange = ({ objectId, inputState, outputState, idOperation }: ChangedObject): void => {
  putId(objectId);
  if (inputState.kind === 'NotExist') putByte(0);
  else {
    putByte(1);
    putU64(inputState.version);
    putDigest(inputState.digest);
    putOwner(inputState.owner);
  }
  if (outputState.kind === 'NotExist') putByte(0);
  else {
    putByte(1);
    putDigest(outputState.digest);
    putOwner(outputState.owner);
  }
  putByte(idOperation.kind === 'None' ? 0 : idOperation.kind === 'Created' ? 1 : 2);
};

/** The bytes and the digest of effects. Source: types/src/effects/mod.rs. */
export const encodeEffects = (effects: TransactionEffects): { readonly bytes: Uint8Array; readonly digest: Digest } => {
  open(EFFECTS);
  putByte(0);
  if (effects.status.kind === 'Success') putByte(0);
  else putBytes(ExecutionStatus.encode(effects.status));
  putU64(effects.executedEpoch);
  const { baseFee, operationFee, valueFee, totalFee } = effects.transactionFee;
  putU64(baseFee);
  putU64(operationFee);
  putU64(valueFee);
  putU64(totalFee);
  putDigest(effects.transactionDigest);
  if (effects.gasObjectIndex === undefined) putByte(0);
  else {
    putByte(1);
    const to = room(4);
    to.view.setUint32(to.at, effects.gasObjectIndex, true);
    to.at += 4;
  }
  putUleb(effects.dependencies.length);
  for (const digest of effects.dependencies) putDigest(digest);
  putU64(effects.version);
  putUleb(effects.changedObjects.length);
  for (const change of effects.changedObjects) putChange(change);
  putUleb(effects.unchangedSharedObjects.length);
  for (const each of effects.unchangedSharedObjects) putBytes(UnchangedSharedObject.encode(each));
  const bytes = keep(scratch!.bytes.subarray(EFFECTS.length, scratch!.at));
  return { bytes, digest: closeDigest() };
};

/** The id of the n-th new object of a transaction, as `deriveObjectId` gives it. Source: types/src/object.rs `derive_id`. */
export const newObjectId = (digest: Digest, n: bigint): ObjectId => {
  open(NO_PREFIX);
  putBytesOf(digest);
  putU64(n);
  const { bytes, at } = scratch!;
  blake2b256Into(bytes.subarray(0, at), last, 0);
  return idText(last) as ObjectId;
};

/** The digest of a transaction, from its bytes. */
export const digestOfTransaction = (bytes: Uint8Array): Digest => {
  open(TRANSACTION);
  putBytes(bytes);
  return closeDigest();
};
