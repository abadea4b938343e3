import {
  CheckpointDigest,
  Digest as DigestCodec,
  SomaObject,
  TransactionDigest,
  TransactionEffectsDigest,
} from '@somakit/bcs';
import { bytes, struct, u64, vector } from '@somakit/bcs/codec';
import type { CheckpointRecord, LedgerObject, TransactionRecord } from '@somakit/ledger';

// What is on disk: the chain's own encodings, with what belongs to them.

const ObjectRow = /* @__PURE__ */ struct('ObjectRow', { digest: DigestCodec, object: SomaObject });
const TransactionRow = /* @__PURE__ */ struct('TransactionRow', {
  digest: TransactionDigest,
  transaction: bytes,
  signatures: /* @__PURE__ */ vector(bytes),
  effects: bytes,
  effectsDigest: TransactionEffectsDigest,
});
const CheckpointRow = /* @__PURE__ */ struct('CheckpointRow', {
  sequenceNumber: u64,
  digest: CheckpointDigest,
  summary: bytes,
  transactions: /* @__PURE__ */ vector(
    /* @__PURE__ */ struct('Execution', { transaction: TransactionDigest, effects: TransactionEffectsDigest }),
  ),
});

export const encodeObject = (object: LedgerObject): Uint8Array => ObjectRow.encode({ digest: object.digest, object });
export const decodeObject = (row: Uint8Array): LedgerObject => {
  const { digest, object } = ObjectRow.decode(row);
  return { ...object, digest };
};
export const encodeTransaction = (record: TransactionRecord): Uint8Array => TransactionRow.encode(record);
export const decodeTransaction = (row: Uint8Array): TransactionRecord => TransactionRow.decode(row);
export const encodeCheckpoint = (record: CheckpointRecord): Uint8Array => CheckpointRow.encode(record);
export const decodeCheckpoint = (row: Uint8Array): CheckpointRecord => CheckpointRow.decode(row);
