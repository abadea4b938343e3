import type { MessageInitShape } from '@bufbuild/protobuf';
import type { ChangedObject, TransactionEffects, TransactionFee, UnchangedSharedObject } from '@somakit/bcs';
import type { ObjectId } from '@somakit/core';
import {
  type ChangedObject as ChangedMessage,
  type ChangedObjectSchema,
  type TransactionEffects as EffectsMessage,
  ChangedObject_InputObjectState as In,
  ChangedObject_IdOperation as Operation,
  ChangedObject_OutputObjectState as Out,
  UnchangedSharedObject_UnchangedSharedObjectKind as SharedKind,
  type UnchangedSharedObject as SharedMessage,
  type TransactionEffectsSchema,
} from '../gen/soma/rpc/effects_pb.js';
import type { TransactionFee as FeeMessage } from '../gen/soma/rpc/transaction_fee_pb.js';
import { ownerFromProto, ownerToProto } from './owner.js';
import { digest, eachOf, need, objectId, type Spelling, spell, unknownVariant, within } from './scalar.js';
import { statusFromProto, statusToProto } from './status.js';

export const feeFromProto = ({ baseFee, operationFee, valueFee, totalFee }: FeeMessage): TransactionFee => ({
  baseFee: need(baseFee, 'baseFee'),
  operationFee: need(operationFee, 'operationFee'),
  valueFee: need(valueFee, 'valueFee'),
  totalFee: need(totalFee, 'totalFee'),
});

const inputState = (message: ChangedMessage): ChangedObject['inputState'] => {
  switch (message.inputState) {
    case In.DOES_NOT_EXIST:
      return { kind: 'NotExist' };
    case In.EXISTS:
      return {
        kind: 'Exist',
        version: need(message.inputVersion, 'inputVersion'),
        digest: digest(message.inputDigest, 'inputDigest'),
        owner: within('inputOwner', () => ownerFromProto(need(message.inputOwner, 'inputOwner'))),
      };
    default:
      return unknownVariant(message.inputState);
  }
};

const outputState = (message: ChangedMessage): ChangedObject['outputState'] => {
  switch (message.outputState) {
    case Out.DOES_NOT_EXIST:
      return { kind: 'NotExist' };
    case Out.OBJECT_WRITE:
      return {
        kind: 'ObjectWrite',
        digest: digest(message.outputDigest, 'outputDigest'),
        owner: within('outputOwner', () => ownerFromProto(need(message.outputOwner, 'outputOwner'))),
      };
    default:
      return unknownVariant(message.outputState);
  }
};

const OPERATIONS: Readonly<Partial<Record<Operation, ChangedObject['idOperation']['kind']>>> = {
  [Operation.NONE]: 'None',
  [Operation.CREATED]: 'Created',
  [Operation.DELETED]: 'Deleted',
};

export const changedObjectFromProto = (message: ChangedMessage): ChangedObject => {
  const operation = OPERATIONS[message.idOperation ?? Operation.ID_OPERATION_UNKNOWN];
  return {
    objectId: objectId(message.objectId, 'objectId'),
    inputState: inputState(message),
    outputState: outputState(message),
    idOperation: operation === undefined ? unknownVariant(message.idOperation) : { kind: operation },
  };
};

const sharedState = (message: SharedMessage): UnchangedSharedObject['state'] => {
  const version = () => need(message.version, 'version');
  switch (message.kind) {
    case SharedKind.READ_ONLY_ROOT:
      return { kind: 'ReadOnlyRoot', version: version(), digest: digest(message.digest, 'digest') };
    case SharedKind.MUTATED_DELETED:
      return { kind: 'MutateDeleted', version: version() };
    case SharedKind.READ_DELETED:
      return { kind: 'ReadDeleted', version: version() };
    case SharedKind.CANCELED:
      return { kind: 'Cancelled', version: version() };
    default:
      return unknownVariant(message.kind);
  }
};

export const sharedObjectFromProto = (message: SharedMessage): UnchangedSharedObject => ({
  objectId: objectId(message.objectId, 'objectId'),
  state: sharedState(message),
});

/** @throws RPC_INVALID_REPLY when a part is missing. The object types that replies add are in the raw message only. */
export const effectsFromProto = (message: EffectsMessage): TransactionEffects => ({
  status: within('status', () => statusFromProto(need(message.status, 'status'))),
  executedEpoch: need(message.epoch, 'epoch'),
  transactionFee: within('fee', () => feeFromProto(need(message.fee, 'fee'))),
  transactionDigest: digest(message.transactionDigest, 'transactionDigest'),
  gasObjectIndex: message.gasObjectIndex,
  dependencies: eachOf('dependencies', message.dependencies, (each) => digest(each, 'digest')),
  version: need(message.lamportVersion, 'lamportVersion'),
  changedObjects: eachOf('changedObjects', message.changedObjects, changedObjectFromProto),
  unchangedSharedObjects: eachOf('unchangedSharedObjects', message.unchangedSharedObjects, sharedObjectFromProto),
});

/** How to write effects. */
export interface EffectsToProtoOptions {
  /** `prefixed` for replies about single transactions, `bare` for checkpoints. */
  readonly spelling?: Spelling | undefined;
  /** Adds the types of objects, as replies about single transactions have them when they are known. */
  readonly objectType?: ((id: ObjectId) => string | undefined) | undefined;
}

export const effectsToProto = (
  effects: TransactionEffects,
  { spelling = 'prefixed', objectType = () => undefined }: EffectsToProtoOptions = {},
): MessageInitShape<typeof TransactionEffectsSchema> => ({
  status: statusToProto(effects.status, spelling),
  epoch: effects.executedEpoch,
  fee: effects.transactionFee,
  transactionDigest: effects.transactionDigest,
  gasObjectIndex: effects.gasObjectIndex,
  dependencies: [...effects.dependencies],
  lamportVersion: effects.version,
  changedObjects: effects.changedObjects.map((change): MessageInitShape<typeof ChangedObjectSchema> => {
    const { objectId: id, inputState: before, outputState: after, idOperation } = change;
    return {
      objectId: spell(id, spelling),
      ...(before.kind === 'Exist'
        ? {
            inputState: In.EXISTS,
            inputVersion: before.version,
            inputDigest: before.digest,
            inputOwner: ownerToProto(before.owner, spelling),
          }
        : { inputState: In.DOES_NOT_EXIST }),
      ...(after.kind === 'ObjectWrite'
        ? {
            outputState: Out.OBJECT_WRITE,
            outputVersion: effects.version,
            outputDigest: after.digest,
            outputOwner: ownerToProto(after.owner, spelling),
          }
        : { outputState: Out.DOES_NOT_EXIST }),
      idOperation: { None: Operation.NONE, Created: Operation.CREATED, Deleted: Operation.DELETED }[idOperation.kind],
      objectType: objectType(id),
    };
  }),
  unchangedSharedObjects: effects.unchangedSharedObjects.map(({ objectId: id, state }) => ({
    kind: {
      ReadOnlyRoot: SharedKind.READ_ONLY_ROOT,
      MutateDeleted: SharedKind.MUTATED_DELETED,
      ReadDeleted: SharedKind.READ_DELETED,
      Cancelled: SharedKind.CANCELED,
    }[state.kind],
    objectId: spell(id, spelling),
    version: state.version,
    digest: state.kind === 'ReadOnlyRoot' ? state.digest : undefined,
    objectType: objectType(id),
  })),
});
