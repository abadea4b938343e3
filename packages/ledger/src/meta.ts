import {
  ChainIdentifier,
  CheckpointDigest,
  ObjectDigest,
  ObjectID,
  TransactionDigest,
  TransactionFee,
  Version,
} from '@somakit/bcs';
import { bytes, type Infer, string, struct, u64, vector, versioned } from '@somakit/bcs/codec';

/** What a ledger keeps beside objects, transactions and checkpoints. Ours alone: no type of the chain. */
const LedgerMetaV1 = /* @__PURE__ */ struct('LedgerMetaV1', {
  chainId: ChainIdentifier,
  sequenceNumber: u64,
  checkpointDigest: CheckpointDigest,
  timestampMs: u64,
  totalTransactions: u64,
  round: u64,
  fees: TransactionFee,
  burned: u64,
  liveSet: bytes,
  unsettled: /* @__PURE__ */ vector(
    /* @__PURE__ */ struct('Unsettled', { digest: ObjectDigest, added: u64, removed: u64 }),
  ),
  deletedShared: /* @__PURE__ */ vector(
    /* @__PURE__ */ struct('DeletedShared', { objectId: ObjectID, version: Version, transaction: TransactionDigest }),
  ),
  locks: /* @__PURE__ */ vector(/* @__PURE__ */ struct('Lock', { key: string, holder: TransactionDigest })),
});
const Meta = /* @__PURE__ */ versioned('LedgerMeta', LedgerMetaV1);

export type LedgerMeta = Infer<typeof Meta>;
export const encodeMeta = (meta: LedgerMeta): Uint8Array => Meta.encode(meta);
export const decodeMeta = (meta: Uint8Array): LedgerMeta => Meta.decode(meta);
