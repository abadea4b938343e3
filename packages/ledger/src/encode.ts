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
import { type Digest, digestBytes, digestText, type ObjectId } from '@somakit/core';
import { blake2b256Into, namePrefix } from '@somakit/crypto';

interface Scratch {
  bytes: Uint8Array;
  view: DataView;
  at: number;
}

const createScratch = (size: number): Scratch => {
  const bytes = new Uint8Array(size);
  return { bytes, view: new DataView(bytes.buffer), at: 0 };
};

// What fits into the small one hashes faster; the large one is for states and targets.
const SMALL = 2048;
let small: Scratch | undefined;
let large: Scratch | undefined;
let scratch: Scratch | undefined;

/** Makes room for `size` more bytes. */
const room = (size: number): Scratch => {
  if (scratch !== undefined && scratch.at + size <= scratch.bytes.length) return scratch;
  const from = scratch;
  const at = from?.at ?? 0;
  if (large === undefined || large === from || at + size > large.bytes.length) {
    large = createScratch(Math.max((large?.bytes.length ?? SMALL) * 2, at + size));
  }
  if (from !== undefined) large.bytes.set(from.bytes.subarray(0, at));
  large.at = at;
  scratch = large;
  return large;
};

// Value of each character code as a lower-case hex digit.
const DIGIT = /* @__PURE__ */ Uint8Array.from({ length: 128 }, (_, code) => (code >= 97 ? code - 87 : code - 48));

// Ids come several times in each transaction, and the same accounts and coins in many: each has one place here.
const ID_PLACES = 1 << 10;
let ids: (string | undefined)[] | undefined;
let idBytes: Uint8Array | undefined;

/** The 32 bytes of a canonical id: `0x` and 64 lower-case digits. */
const copyId = (text: string, bytes: Uint8Array, at: number): void => {
  ids ??= new Array<string | undefined>(ID_PLACES).fill(undefined);
  idBytes ??= new Uint8Array(32 * ID_PLACES);
  const place =
    (text.charCodeAt(65) * 1193 + text.charCodeAt(64) * 67 + text.charCodeAt(63) * 17 + text.charCodeAt(62)) &
    (ID_PLACES - 1);
  const from = 32 * place;
  if (ids[place] !== text) {
    for (let i = 0; i < 32; i++) {
      idBytes[from + i] = (DIGIT[text.charCodeAt(2 * i + 2)]! << 4) | DIGIT[text.charCodeAt(2 * i + 3)]!;
    }
    ids[place] = text;
  }
  for (let i = 0; i < 32; i++) bytes[at + i] = idBytes[from + i]!;
};

const putId = (text: string): void => {
  const to = room(32);
  copyId(text, to.bytes, to.at);
  to.at += 32;
};

// Digests that were made lately come back soon: as versions in effects, as what the next transaction depends on. Each has
// one place here, which the next one of the same place takes over.
const PLACES = 1 << 14;
let texts: (string | undefined)[] | undefined;
let hashes: Uint8Array | undefined;

/** The place of a digest: 14 bits of its characters, the last ones of which are nearly evenly spread. */
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

const copyBytesOf = (text: Digest, bytes: Uint8Array, at: number): void => {
  const from = find(text);
  for (let i = 0; i < 32; i++) bytes[at + i] = hashes![from + i]!;
};

const putDigest = (text: Digest): void => {
  const to = room(33);
  to.bytes[to.at] = 32;
  copyBytesOf(text, to.bytes, to.at + 1);
  to.at += 33;
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

const OBJECT = /* @__PURE__ */ namePrefix('Object');
const EFFECTS = /* @__PURE__ */ namePrefix('TransactionEffects');
const TRANSACTION = /* @__PURE__ */ namePrefix('TransactionData');

const last = /* @__PURE__ */ new Uint8Array(32);

/** The digest of all that was put since the buffer was empty. */
const closeDigest = (): Digest => {
  const { bytes, at } = scratch!;
  blake2b256Into(bytes, last, 0, at);
  const text = digestText(last);
  texts ??= new Array<string | undefined>(PLACES).fill(undefined);
  hashes ??= new Uint8Array(32 * PLACES);
  const place = placeOf(text);
  texts[place] = text;
  for (let i = 0; i < 32; i++) hashes[32 * place + i] = last[i]!;
  return text;
};

const open = (prefix: Uint8Array): void => {
  small ??= createScratch(SMALL);
  scratch = small;
  scratch.at = 0;
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

/** The digest of a transaction, from its bytes. */
export const digestOfTransaction = (bytes: Uint8Array): Digest => {
  open(TRANSACTION);
  putBytes(bytes);
  return closeDigest();
};

/** The leaves of a checkpoint's contents, one after the other in one array: its transactions and their effects. */
export function* executionItems(items: Iterable<{ readonly digest: Digest; readonly effectsDigest: Digest }>) {
  const item = new Uint8Array(66);
  item[0] = 32;
  item[33] = 32;
  for (const { digest, effectsDigest } of items) {
    copyBytesOf(digest, item, 1);
    copyBytesOf(effectsDigest, item, 34);
    yield item;
  }
}

/** The leaves of a checkpoint's artifacts, likewise: objects in ascending order of their ids. */
export function* artifactItems(
  objects: Iterable<{ readonly objectId: ObjectId; readonly version: bigint; readonly digest: Digest }>,
) {
  const item = new Uint8Array(73);
  const view = new DataView(item.buffer);
  item[40] = 32;
  for (const { objectId, version, digest } of objects) {
    copyId(objectId, item, 0);
    view.setBigUint64(32, version, true);
    copyBytesOf(digest, item, 41);
    yield item;
  }
}
