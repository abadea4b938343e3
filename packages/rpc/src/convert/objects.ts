import type { MessageInitShape } from '@bufbuild/protobuf';
import { Coin, SomaObject, StakedSoma, SystemState, Target } from '@somakit/bcs';
import type { Digest, ObjectId } from '@somakit/core';
import { isError } from '@somakit/core';
import { objectDigest } from '@somakit/crypto';
import type { Object$ as ObjectMessage, ObjectSchema } from '../gen/soma/rpc/object_pb.js';
import { objectTypeFromProto, ownerFromProto, ownerToProto } from './owner.js';
import { digest, invalidReply, need, objectId, type Spelling, spell, type UnknownVariant, within } from './scalar.js';

/** What an object holds, read by its type. */
export type ObjectContents =
  | ({ readonly kind: 'Coin' } & Coin)
  | ({ readonly kind: 'StakedSoma' } & StakedSoma)
  | ({ readonly kind: 'Target' } & Target)
  | ({ readonly kind: 'SystemState' } & SystemState)
  /** A type that this version does not know, or contents that are not of the type: the bytes as they came. */
  | (UnknownVariant & { readonly bytes: Uint8Array });

/** The contents of an object by the name of its type. They come without the object's id. */
export const readContents = (objectType: string, bytes: Uint8Array): ObjectContents => {
  try {
    switch (objectType) {
      case 'Coin':
        return { kind: 'Coin', ...Coin.decode(bytes) };
      case 'StakedSoma':
        return { kind: 'StakedSoma', ...StakedSoma.decode(bytes) };
      case 'Target':
        return { kind: 'Target', ...Target.decode(bytes) };
      case 'SystemState':
        return { kind: 'SystemState', ...SystemState.decode(bytes) };
    }
  } catch (error) {
    if (!isError(error)) throw error;
  }
  return { kind: 'Unknown', raw: objectType, bytes };
};

/** @throws RPC_INVALID_REPLY unless every field of the object is there. */
export const objectFromProto = (message: ObjectMessage): SomaObject => ({
  objectId: objectId(message.objectId, 'objectId'),
  objectType: objectTypeFromProto(need(message.objectType, 'objectType')),
  version: need(message.version, 'version'),
  contents: need(message.contents, 'contents'),
  owner: within('owner', () => ownerFromProto(need(message.owner, 'owner'))),
  previousTransaction: digest(message.previousTransaction, 'previousTransaction'),
});

/** The message of an object, with its digest. Replies of ExecuteTransaction spell ids with `0x`, all others without. */
export const objectToProto = (
  object: SomaObject,
  spelling: Spelling = 'bare',
  known: Digest = objectDigest(SomaObject.encode(object)),
): MessageInitShape<typeof ObjectSchema> => ({
  objectId: spell(object.objectId, spelling),
  version: object.version,
  digest: known,
  owner: ownerToProto(object.owner, spelling),
  objectType: object.objectType.kind,
  contents: object.contents,
  previousTransaction: object.previousTransaction,
});

/** The digest of an object by its content; undefined when the message holds only a part of it. */
export const contentDigest = (message: ObjectMessage): Digest | undefined => {
  const { contents, objectType, owner, previousTransaction, version } = message;
  if (contents === undefined || objectType === undefined || owner === undefined) return undefined;
  if (previousTransaction === undefined || version === undefined || message.objectId === undefined) return undefined;
  try {
    return objectDigest(SomaObject.encode(objectFromProto(message)));
  } catch (error) {
    if (!isError(error)) throw error;
    return undefined;
  }
};

/** A reference to an object that was read. @throws RPC_INVALID_REPLY */
export const objectRefOf = (view: {
  readonly objectId?: ObjectId;
  readonly version?: bigint;
  readonly digest?: Digest;
}) => {
  const { objectId: id, version, digest: hash } = view;
  if (id === undefined || version === undefined || hash === undefined) {
    throw invalidReply('object', 'an object with objectId, version and digest', view);
  }
  return { objectId: id, version, digest: hash };
};
