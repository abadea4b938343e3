import { ExecutionStatus, UnchangedSharedObject } from '@somakit/bcs';
import type { Digest } from '@somakit/core';
import { namePrefix } from '@somakit/crypto';
import type { EffectsParts, ObjectChange } from '../execution/outcome.js';
import {
  closeDigest,
  keepFrom,
  open,
  putByte,
  putBytes,
  putDigest,
  putId,
  putOwner,
  putU32,
  putU64,
  putUleb,
} from './scratch.js';

const EFFECTS = /* @__PURE__ */ namePrefix('TransactionEffects');

const OPERATIONS = { None: 0, Created: 1, Deleted: 2 } as const;

const putChange = ({ objectId, before, after, mark }: ObjectChange): void => {
  putId(objectId);
  if (before === undefined) putByte(0);
  else {
    putByte(1);
    putU64(before.version);
    putDigest(before.digest);
    putOwner(before.owner);
  }
  if (after === undefined) putByte(0);
  else {
    putByte(1);
    putDigest(after.digest);
    putOwner(after.owner);
  }
  putByte(mark !== undefined ? OPERATIONS[mark] : before === undefined ? 1 : after === undefined ? 2 : 0);
};

/** The bytes and the digest of effects. Source: types/src/effects/mod.rs. */
export const encodeEffects = (parts: EffectsParts): { readonly bytes: Uint8Array; readonly digest: Digest } => {
  const { status, fee, gasIndex, dependencies, changes, unchangedShared } = parts;
  open(EFFECTS);
  putByte(0);
  if (status.kind === 'Success') putByte(0);
  else putBytes(ExecutionStatus.encode(status));
  putU64(parts.epoch);
  putU64(fee.baseFee);
  putU64(fee.operationFee);
  putU64(fee.valueFee);
  putU64(fee.totalFee);
  putDigest(parts.digest);
  if (gasIndex < 0) putByte(0);
  else {
    putByte(1);
    putU32(gasIndex);
  }
  putUleb(dependencies.length);
  for (let i = 0; i < dependencies.length; i++) putDigest(dependencies[i]!);
  putU64(parts.version);
  putUleb(changes.length);
  for (let i = 0; i < changes.length; i++) putChange(changes[i]!);
  putUleb(unchangedShared.length);
  for (const each of unchangedShared) putBytes(UnchangedSharedObject.encode(each));
  return { bytes: keepFrom(EFFECTS.length), digest: closeDigest() };
};
