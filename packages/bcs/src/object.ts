import { type Codec, define, type Infer } from './codec/codec.js';
import { enumeration } from './codec/enum.js';
import { Fault, within, wrongValue } from './codec/errors.js';
import { ObjectID, SomaAddress } from './codec/ids.js';
import { bool, bytes, copyOf, u64 } from './codec/primitives.js';
import { enter, take, takeLength } from './codec/reader.js';
import { fieldList, isObject, newtype, struct } from './codec/struct.js';
import { putBytes, putUleb } from './codec/writer.js';
import { ObjectDigest, TransactionDigest, Version } from './leaves.js';

/** One version of one object. A tuple on the chain. Source: types/src/object.rs, ObjectRef. */
export const ObjectRef = /* @__PURE__ */ struct(
  'ObjectRef',
  {
    objectId: ObjectID,
    version: Version,
    digest: ObjectDigest,
  },
  { onChain: 'tuple' },
);
export type ObjectRef = Infer<typeof ObjectRef>;

/** A tuple on the chain. Source: types/src/effects/object_change.rs, VersionDigest. */
export const VersionDigest = /* @__PURE__ */ struct(
  'VersionDigest',
  {
    version: Version,
    digest: ObjectDigest,
  },
  { onChain: 'tuple' },
);
export type VersionDigest = Infer<typeof VersionDigest>;

/** Source: types/src/object.rs, ObjectType. */
export const ObjectType = /* @__PURE__ */ enumeration('ObjectType', {
  SystemState: null,
  Coin: null,
  StakedSoma: null,
  Target: null,
});
export type ObjectType = Infer<typeof ObjectType>;

/** Who may use an object. Source: types/src/object.rs, Owner. */
export const Owner = /* @__PURE__ */ enumeration(
  'Owner',
  {
    AddressOwner: /* @__PURE__ */ newtype('address', SomaAddress),
    Shared: /* @__PURE__ */ newtype('initialSharedVersion', Version),
    Immutable: null,
  },
  { unitJson: 'object' },
);
export type Owner = Infer<typeof Owner>;

/** The fields of an object's data as values and JSON show them. */
const dataFields = {
  objectId: ObjectID,
  objectType: ObjectType,
  version: Version,
  contents: bytes,
} as const;

/**
 * An object without its owner. On the wire the id is the first 32 bytes of the contents; here the two are apart.
 * Source: types/src/object.rs, ObjectData.
 */
const data = /* @__PURE__ */ struct('ObjectData', dataFields);
export const ObjectData: Codec<Infer<typeof data>> = /* @__PURE__ */ define<Infer<typeof data>>({
  ...data,
  minSize: 42,
  read: (reader) => {
    enter(reader);
    let field = '.objectType';
    try {
      const objectType = ObjectType.read(reader);
      field = '.version';
      const version = Version.read(reader);
      field = '.contents';
      const start = reader.offset;
      const length = takeLength(reader, 1);
      if (length < 32)
        throw new Fault('BCS_INVALID_VALUE', "at least the 32 bytes of the object's id", `${length}`, start);
      const objectId = ObjectID.read(reader);
      const contents = copyOf(reader.bytes, take(reader, length - 32), length - 32);
      reader.depth--;
      return { objectId, objectType, version, contents };
    } catch (error) {
      throw within(error, field);
    }
  },
  write: (writer, value) => {
    if (!isObject(value)) throw wrongValue('an object (ObjectData)', value);
    enter(writer);
    let field = '.objectType';
    try {
      ObjectType.write(writer, value.objectType);
      field = '.version';
      Version.write(writer, value.version);
      field = '.contents';
      const { contents } = value;
      if (!(contents instanceof Uint8Array)) throw wrongValue('a Uint8Array', contents);
      putUleb(writer, contents.length + 32);
      field = '.objectId';
      ObjectID.write(writer, value.objectId);
      putBytes(writer, contents);
    } catch (error) {
      throw within(error, field);
    }
    writer.depth--;
  },
});
export type ObjectData = Infer<typeof ObjectData>;

const rest = { owner: Owner, previousTransaction: TransactionDigest } as const;
const restList = /* @__PURE__ */ fieldList(rest);
const whole = /* @__PURE__ */ struct('Object', { ...dataFields, ...rest });

/**
 * An object with its data's fields spread; the package exports it under its chain name `Object` as well.
 * Source: types/src/object.rs, Object.
 */
export const SomaObject: Codec<Infer<typeof whole>> = /* @__PURE__ */ define<Infer<typeof whole>>({
  ...whole,
  minSize: 76,
  read: (reader) => {
    const value = ObjectData.read(reader);
    return { ...value, ...restList.read(reader) } as Infer<typeof whole>;
  },
  write: (writer, value) => {
    ObjectData.write(writer, value);
    restList.write(writer, value);
  },
});
export type SomaObject = Infer<typeof SomaObject>;

/** What a list of objects says of each. Source: types/src/object.rs, ObjectInfo. */
export const ObjectInfo = /* @__PURE__ */ struct('ObjectInfo', {
  objectId: ObjectID,
  version: Version,
  digest: ObjectDigest,
  objectType: ObjectType,
  owner: Owner,
  previousTransaction: TransactionDigest,
});
export type ObjectInfo = Infer<typeof ObjectInfo>;

/** Source: types/src/object.rs, LiveObject. */
export const LiveObject = /* @__PURE__ */ enumeration('LiveObject', {
  Normal: /* @__PURE__ */ newtype('object', SomaObject),
});
export type LiveObject = Infer<typeof LiveObject>;

/** Source: types/src/object.rs, FullObjectID. */
export const FullObjectID = /* @__PURE__ */ enumeration('FullObjectID', {
  Fastpath: /* @__PURE__ */ newtype('objectId', ObjectID),
  Consensus: { objectId: ObjectID, startVersion: Version },
});
export type FullObjectID = Infer<typeof FullObjectID>;

/** A tuple on the chain. Source: types/src/object.rs, FullObjectRef. */
export const FullObjectRef = /* @__PURE__ */ struct(
  'FullObjectRef',
  {
    fullId: FullObjectID,
    version: Version,
    digest: ObjectDigest,
  },
  { onChain: 'tuple' },
);
export type FullObjectRef = Infer<typeof FullObjectRef>;

/** An object that a transaction takes. Source: types/src/transaction.rs, InputObjectKind. */
export const InputObjectKind = /* @__PURE__ */ enumeration('InputObjectKind', {
  ImmOrOwnedObject: ObjectRef,
  SharedObject: { id: ObjectID, initialSharedVersion: Version, mutable: bool },
});
export type InputObjectKind = Infer<typeof InputObjectKind>;

/** The contents of a Coin object, without its id. Source: types/src/object.rs, coin balance. */
export const Coin = /* @__PURE__ */ struct('Coin', {
  balance: u64,
});
export type Coin = Infer<typeof Coin>;

/** The contents of a StakedSoma object, without its id. Source: types/src/system_state/staking.rs, StakedSomaV1. */
export const StakedSoma = /* @__PURE__ */ struct('StakedSoma', {
  poolId: ObjectID,
  stakeActivationEpoch: u64,
  principal: u64,
});
export type StakedSoma = Infer<typeof StakedSoma>;
