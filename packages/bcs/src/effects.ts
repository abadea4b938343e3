import type { Infer } from './codec/codec.js';
import { option, vector } from './codec/containers.js';
import { enumeration } from './codec/enum.js';
import { ObjectID } from './codec/ids.js';
import { u32, u64 } from './codec/primitives.js';
import { newtype, struct, versioned } from './codec/struct.js';
import { ExecutionFailureStatus } from './failure.js';
import { EpochId, ObjectDigest, TransactionDigest, Version } from './leaves.js';
import { Owner } from './object.js';

/** What a transaction paid, in shannons. Source: types/src/tx_fee.rs, TransactionFee. */
export const TransactionFee = /* @__PURE__ */ struct('TransactionFee', {
  baseFee: u64,
  operationFee: u64,
  valueFee: u64,
  totalFee: u64,
});
export type TransactionFee = Infer<typeof TransactionFee>;

/** Source: types/src/effects/mod.rs, ExecutionStatus. */
export const ExecutionStatus = /* @__PURE__ */ enumeration('ExecutionStatus', {
  Success: null,
  Failure: { error: ExecutionFailureStatus },
});
export type ExecutionStatus = Infer<typeof ExecutionStatus>;

/** An object before the transaction. Source: types/src/effects/object_change.rs, ObjectIn. */
export const ObjectIn = /* @__PURE__ */ enumeration('ObjectIn', {
  NotExist: null,
  Exist: { version: Version, digest: ObjectDigest, owner: Owner },
});
export type ObjectIn = Infer<typeof ObjectIn>;

/** An object after the transaction. Source: types/src/effects/object_change.rs, ObjectOut. */
export const ObjectOut = /* @__PURE__ */ enumeration('ObjectOut', {
  NotExist: null,
  ObjectWrite: { digest: ObjectDigest, owner: Owner },
});
export type ObjectOut = Infer<typeof ObjectOut>;

/** Source: types/src/effects/object_change.rs, IDOperation. */
export const IDOperation = /* @__PURE__ */ enumeration('IDOperation', {
  None: null,
  Created: null,
  Deleted: null,
});
export type IDOperation = Infer<typeof IDOperation>;

/** Source: types/src/effects/object_change.rs, EffectsObjectChange. */
export const EffectsObjectChange = /* @__PURE__ */ struct('EffectsObjectChange', {
  inputState: ObjectIn,
  outputState: ObjectOut,
  idOperation: IDOperation,
});
export type EffectsObjectChange = Infer<typeof EffectsObjectChange>;

/** An entry of changed_objects: the id and the change's fields. Source: types/src/effects/mod.rs, (ObjectID, EffectsObjectChange). */
export const ChangedObject = /* @__PURE__ */ struct(
  'ChangedObject',
  {
    objectId: ObjectID,
    ...EffectsObjectChange.fields,
  },
  { onChain: 'tuple' },
);
export type ChangedObject = Infer<typeof ChangedObject>;

/** Source: types/src/effects/mod.rs, UnchangedSharedKind. */
export const UnchangedSharedKind = /* @__PURE__ */ enumeration('UnchangedSharedKind', {
  ReadOnlyRoot: { version: Version, digest: ObjectDigest },
  MutateDeleted: /* @__PURE__ */ newtype('version', Version),
  ReadDeleted: /* @__PURE__ */ newtype('version', Version),
  Cancelled: /* @__PURE__ */ newtype('version', Version),
});
export type UnchangedSharedKind = Infer<typeof UnchangedSharedKind>;

/** An entry of unchanged_shared_objects. Source: types/src/effects/mod.rs, (ObjectID, UnchangedSharedKind). */
export const UnchangedSharedObject = /* @__PURE__ */ struct(
  'UnchangedSharedObject',
  {
    objectId: ObjectID,
    state: UnchangedSharedKind,
  },
  { onChain: 'tuple' },
);
export type UnchangedSharedObject = Infer<typeof UnchangedSharedObject>;

/** Source: types/src/effects/mod.rs, TransactionEffectsV1. */
export const TransactionEffectsV1 = /* @__PURE__ */ struct('TransactionEffectsV1', {
  status: ExecutionStatus,
  executedEpoch: EpochId,
  transactionFee: TransactionFee,
  transactionDigest: TransactionDigest,
  gasObjectIndex: /* @__PURE__ */ option(u32),
  dependencies: /* @__PURE__ */ vector(TransactionDigest),
  version: Version,
  changedObjects: /* @__PURE__ */ vector(ChangedObject),
  unchangedSharedObjects: /* @__PURE__ */ vector(UnchangedSharedObject),
});
export type TransactionEffectsV1 = Infer<typeof TransactionEffectsV1>;

/** What a transaction did. Source: types/src/effects/mod.rs, TransactionEffects. */
export const TransactionEffects = /* @__PURE__ */ versioned('TransactionEffects', TransactionEffectsV1);
export type TransactionEffects = Infer<typeof TransactionEffects>;
