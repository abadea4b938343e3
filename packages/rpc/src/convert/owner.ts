import type { MessageInitShape } from '@bufbuild/protobuf';
import type { ObjectRef, ObjectType, Owner } from '@somakit/bcs';
import type { ObjectReference, ObjectReferenceSchema } from '../gen/soma/rpc/object_reference_pb.js';
import { Owner_OwnerKind as Kind, type Owner as OwnerMessage, type OwnerSchema } from '../gen/soma/rpc/owner_pb.js';
import { address, digest, need, objectId, type Spelling, spell, unknownVariant } from './scalar.js';

export const ownerFromProto = (message: OwnerMessage): Owner => {
  switch (message.kind) {
    case Kind.ADDRESS:
      return { kind: 'AddressOwner', address: address(message.address, 'address') };
    case Kind.SHARED:
      return { kind: 'Shared', initialSharedVersion: need(message.version, 'version') };
    case Kind.IMMUTABLE:
      return { kind: 'Immutable' };
    default:
      return unknownVariant(message);
  }
};

export const ownerToProto = (owner: Owner, spelling: Spelling): MessageInitShape<typeof OwnerSchema> => {
  switch (owner.kind) {
    case 'AddressOwner':
      return { kind: Kind.ADDRESS, address: spell(owner.address, spelling) };
    case 'Shared':
      return { kind: Kind.SHARED, version: owner.initialSharedVersion };
    default:
      return { kind: Kind.IMMUTABLE };
  }
};

export const refFromProto = (message: ObjectReference): ObjectRef => ({
  objectId: objectId(message.objectId, 'objectId'),
  version: need(message.version, 'version'),
  digest: digest(message.digest, 'digest'),
});

export const refToProto = (ref: ObjectRef, spelling: Spelling): MessageInitShape<typeof ObjectReferenceSchema> => ({
  objectId: spell(ref.objectId, spelling),
  version: ref.version,
  digest: ref.digest,
});

const TYPES: ReadonlySet<string> = /* @__PURE__ */ new Set<ObjectType['kind']>([
  'SystemState',
  'Coin',
  'StakedSoma',
  'Target',
]);

/** Object types are words on the wire; one that is not known stays what it is. */
export const objectTypeFromProto = (name: string): ObjectType =>
  TYPES.has(name) ? { kind: name as ObjectType['kind'] } : unknownVariant(name);
