import { type Codec, define, type Infer, named } from './codec/codec.js';
import { option, vector } from './codec/containers.js';
import { enumeration } from './codec/enum.js';
import { Fault } from './codec/errors.js';
import { SomaTensor } from './codec/floats.js';
import { SomaAddress } from './codec/ids.js';
import { bytes, u64 } from './codec/primitives.js';
import { takeLength } from './codec/reader.js';
import { newtype, struct, versioned } from './codec/struct.js';
import { putByte } from './codec/writer.js';
import { GenericSignature, Intent, TRANSACTION_INTENT } from './keys.js';
import {
  AdditionalConsensusStateDigest,
  ConsensusCommitDigest,
  DecryptionKey,
  DecryptionKeyCommitment,
  EmbeddingCommitment,
  EpochId,
  ModelId,
  ModelWeightsCommitment,
  ProtocolVersion,
  TargetId,
  TransactionDigest,
} from './leaves.js';
import { Manifest, SubmissionManifest } from './manifest.js';
import { ObjectRef, SomaObject } from './object.js';

/** What a transaction does. Source: types/src/transaction.rs, TransactionKind. */
export const TransactionKind = /* @__PURE__ */ enumeration('TransactionKind', {
  Genesis: { objects: /* @__PURE__ */ vector(SomaObject) },
  ConsensusCommitPrologueV1: {
    epoch: EpochId,
    round: u64,
    subDagIndex: /* @__PURE__ */ option(u64),
    commitTimestampMs: u64,
    consensusCommitDigest: ConsensusCommitDigest,
    additionalStateDigest: AdditionalConsensusStateDigest,
  },
  ChangeEpoch: {
    epoch: EpochId,
    epochStartTimestampMs: u64,
    protocolVersion: ProtocolVersion,
    fees: u64,
    epochRandomness: bytes,
  },
  // Keys are raw bytes; addresses are the BCS of a text inside the byte vector.
  AddValidator: {
    pubkeyBytes: bytes,
    networkPubkeyBytes: bytes,
    workerPubkeyBytes: bytes,
    proofOfPossession: bytes,
    netAddress: bytes,
    p2pAddress: bytes,
    primaryAddress: bytes,
    proxyAddress: bytes,
  },
  RemoveValidator: { pubkeyBytes: bytes },
  ReportValidator: { reportee: SomaAddress },
  UndoReportValidator: { reportee: SomaAddress },
  UpdateValidatorMetadata: {
    nextEpochNetworkAddress: /* @__PURE__ */ option(bytes),
    nextEpochP2pAddress: /* @__PURE__ */ option(bytes),
    nextEpochPrimaryAddress: /* @__PURE__ */ option(bytes),
    nextEpochProxyAddress: /* @__PURE__ */ option(bytes),
    nextEpochProtocolPubkey: /* @__PURE__ */ option(bytes),
    nextEpochWorkerPubkey: /* @__PURE__ */ option(bytes),
    nextEpochNetworkPubkey: /* @__PURE__ */ option(bytes),
    nextEpochProofOfPossession: /* @__PURE__ */ option(bytes),
  },
  SetCommissionRate: { newRate: u64 },
  TransferCoin: { coin: ObjectRef, amount: /* @__PURE__ */ option(u64), recipient: SomaAddress },
  PayCoins: {
    coins: /* @__PURE__ */ vector(ObjectRef),
    amounts: /* @__PURE__ */ option(/* @__PURE__ */ vector(u64)),
    recipients: /* @__PURE__ */ vector(SomaAddress),
  },
  TransferObjects: { objects: /* @__PURE__ */ vector(ObjectRef), recipient: SomaAddress },
  AddStake: { address: SomaAddress, coinRef: ObjectRef, amount: /* @__PURE__ */ option(u64) },
  WithdrawStake: { stakedSoma: ObjectRef },
  CreateModel: { stakeAmount: u64, commissionRate: u64, architectureVersion: u64 },
  CommitModel: {
    modelId: ModelId,
    manifest: Manifest,
    weightsCommitment: ModelWeightsCommitment,
    embeddingCommitment: EmbeddingCommitment,
    decryptionKeyCommitment: DecryptionKeyCommitment,
  },
  RevealModel: { modelId: ModelId, decryptionKey: DecryptionKey, embedding: SomaTensor },
  AddStakeToModel: { modelId: ModelId, coinRef: ObjectRef, amount: /* @__PURE__ */ option(u64) },
  SetModelCommissionRate: { modelId: ModelId, newRate: u64 },
  DeactivateModel: { modelId: ModelId },
  ReportModel: { modelId: ModelId },
  UndoReportModel: { modelId: ModelId },
  SubmitData: {
    targetId: TargetId,
    dataManifest: SubmissionManifest,
    modelId: ModelId,
    embedding: SomaTensor,
    distanceScore: SomaTensor,
    lossScore: SomaTensor,
    bondCoin: ObjectRef,
  },
  ClaimRewards: { targetId: TargetId },
  ReportSubmission: { targetId: TargetId },
  UndoReportSubmission: { targetId: TargetId },
});
export type TransactionKind = Infer<typeof TransactionKind>;

/** Source: types/src/transaction.rs, TransactionDataV1. */
export const TransactionDataV1 = /* @__PURE__ */ struct('TransactionDataV1', {
  kind: TransactionKind,
  sender: SomaAddress,
  gasPayment: /* @__PURE__ */ vector(ObjectRef),
});
export type TransactionDataV1 = Infer<typeof TransactionDataV1>;

/**
 * A transaction without signatures. Source: types/src/transaction.rs, TransactionData.
 *
 * @example
 * import { parseAddress } from '@somakit/core';
 * import { TransactionData } from '@somakit/bcs';
 * const bytes = TransactionData.encode({
 *   kind: { kind: 'SetCommissionRate', newRate: 500n },
 *   sender: parseAddress('0x5'),
 *   gasPayment: [],
 * });
 */
export const TransactionData = /* @__PURE__ */ versioned('TransactionData', TransactionDataV1);
export type TransactionData = Infer<typeof TransactionData>;

/** A value and what it is signed for. Source: types/src/intent.rs, IntentMessage. */
export const intentMessage = <T>(value: Codec<T>) => struct(`IntentMessage<${value.name}>`, { intent: Intent, value });

/** Source: types/src/transaction.rs, SenderSignedTransaction. */
export const SenderSignedTransaction = /* @__PURE__ */ struct('SenderSignedTransaction', {
  intentMessage: /* @__PURE__ */ intentMessage(TransactionData),
  txSignatures: /* @__PURE__ */ vector(GenericSignature),
});
export type SenderSignedTransaction = Infer<typeof SenderSignedTransaction>;

/**
 * A transaction and its signatures: a vector of exactly one, shown as that one.
 * Source: types/src/transaction.rs, SenderSignedData.
 */
export const SenderSignedData: Codec<SenderSignedTransaction> = /* @__PURE__ */ define<SenderSignedTransaction>({
  ...SenderSignedTransaction,
  name: 'SenderSignedData',
  minSize: SenderSignedTransaction.minSize + 1,
  read: (reader) => {
    const start = reader.offset;
    const count = takeLength(reader, 1);
    if (count !== 1) throw new Fault('BCS_INVALID_VALUE', 'exactly one signed transaction', `${count}`, start);
    return SenderSignedTransaction.read(reader);
  },
  write: (writer, value) => {
    putByte(writer, 1);
    SenderSignedTransaction.write(writer, value);
  },
});
export type SenderSignedData = SenderSignedTransaction;

/** What is sent to the chain: the bytes are those of {@link SenderSignedData}. Source: types/src/transaction.rs, Transaction. */
export const Transaction = /* @__PURE__ */ named('Transaction', SenderSignedData);
export type Transaction = SenderSignedTransaction;

/** A transaction with its signatures as it is sent. */
export const signedTransaction = (value: TransactionData, txSignatures: readonly Uint8Array[]): SenderSignedData => ({
  intentMessage: { intent: TRANSACTION_INTENT, value },
  txSignatures,
});

/** Source: types/src/transaction.rs, TransactionKey. */
export const TransactionKey = /* @__PURE__ */ enumeration('TransactionKey', {
  Digest: /* @__PURE__ */ newtype('digest', TransactionDigest),
});
export type TransactionKey = Infer<typeof TransactionKey>;
