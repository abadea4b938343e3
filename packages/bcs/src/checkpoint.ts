import type { Infer } from './codec/codec.js';
import { entries, option, tuple, vector } from './codec/containers.js';
import { enumeration } from './codec/enum.js';
import { ObjectID, SomaAddress } from './codec/ids.js';
import { bytes, i128, raw, u64 } from './codec/primitives.js';
import { newtype, struct, versioned } from './codec/struct.js';
import { Committee } from './committee.js';
import { TransactionEffects, TransactionFee } from './effects.js';
import { GenericSignature } from './keys.js';
import {
  CheckpointArtifactsDigest,
  CheckpointContentsDigest,
  CheckpointDigest,
  CheckpointSequenceNumber,
  ECMHLiveObjectSetDigest,
  EpochId,
  ProtocolVersion,
  TransactionDigest,
  TransactionEffectsDigest,
  Version,
} from './leaves.js';
import { SomaObject } from './object.js';
import { AuthorityQuorumSignInfo, AuthoritySignInfo } from './sign-info.js';
import { Transaction, TransactionData } from './transaction.js';

/** Source: types/src/checkpoints.rs, CheckpointCommitment. */
export const CheckpointCommitment = /* @__PURE__ */ enumeration('CheckpointCommitment', {
  ECMHLiveObjectSetDigest: { digest: ECMHLiveObjectSetDigest },
  CheckpointArtifactsDigest: /* @__PURE__ */ newtype('digest', CheckpointArtifactsDigest),
});
export type CheckpointCommitment = Infer<typeof CheckpointCommitment>;

/** What the last checkpoint of an epoch says of the next one. Source: types/src/checkpoints.rs, EndOfEpochData. */
export const EndOfEpochData = /* @__PURE__ */ struct('EndOfEpochData', {
  nextEpochValidatorCommittee: Committee,
  nextEpochProtocolVersion: ProtocolVersion,
  epochCommitments: /* @__PURE__ */ vector(CheckpointCommitment),
});
export type EndOfEpochData = Infer<typeof EndOfEpochData>;

/** Source: types/src/checkpoints.rs, CheckpointSummary. */
export const CheckpointSummary = /* @__PURE__ */ struct('CheckpointSummary', {
  epoch: EpochId,
  sequenceNumber: CheckpointSequenceNumber,
  networkTotalTransactions: u64,
  contentDigest: CheckpointContentsDigest,
  previousDigest: /* @__PURE__ */ option(CheckpointDigest),
  epochRollingTransactionFees: TransactionFee,
  timestampMs: u64,
  checkpointCommitments: /* @__PURE__ */ vector(CheckpointCommitment),
  endOfEpochData: /* @__PURE__ */ option(EndOfEpochData),
  versionSpecificData: bytes,
});
export type CheckpointSummary = Infer<typeof CheckpointSummary>;

/** A transaction and its effects by digest. Source: types/src/checkpoints.rs, ExecutionDigests. */
export const ExecutionDigests = /* @__PURE__ */ struct('ExecutionDigests', {
  transaction: TransactionDigest,
  effects: TransactionEffectsDigest,
});
export type ExecutionDigests = Infer<typeof ExecutionDigests>;

/** Source: types/src/checkpoints.rs, CheckpointContentsV1. */
export const CheckpointContentsV1 = /* @__PURE__ */ struct('CheckpointContentsV1', {
  transactions: /* @__PURE__ */ vector(ExecutionDigests),
  userSignatures: /* @__PURE__ */ vector(/* @__PURE__ */ vector(GenericSignature)),
});
export type CheckpointContentsV1 = Infer<typeof CheckpointContentsV1>;

/** What a checkpoint holds. Source: types/src/checkpoints.rs, CheckpointContents. */
export const CheckpointContents = /* @__PURE__ */ versioned('CheckpointContents', CheckpointContentsV1);
export type CheckpointContents = Infer<typeof CheckpointContents>;

/** A summary signed by a quorum. Source: types/src/checkpoints.rs, CertifiedCheckpointSummary (an Envelope). */
export const CertifiedCheckpointSummary = /* @__PURE__ */ struct('CertifiedCheckpointSummary', {
  data: CheckpointSummary,
  authSignature: AuthorityQuorumSignInfo,
});
export type CertifiedCheckpointSummary = Infer<typeof CertifiedCheckpointSummary>;

/** A summary signed by one validator. Source: types/src/checkpoints.rs, SignedCheckpointSummary (an Envelope). */
export const SignedCheckpointSummary = /* @__PURE__ */ struct('SignedCheckpointSummary', {
  data: CheckpointSummary,
  authSignature: AuthoritySignInfo,
});
export type SignedCheckpointSummary = Infer<typeof SignedCheckpointSummary>;

/** Source: types/src/checkpoints.rs, ExecutionData. */
export const ExecutionData = /* @__PURE__ */ struct('ExecutionData', {
  transaction: Transaction,
  effects: TransactionEffects,
});
export type ExecutionData = Infer<typeof ExecutionData>;

/** Source: types/src/checkpoints.rs, FullCheckpointContents. */
export const FullCheckpointContents = /* @__PURE__ */ struct('FullCheckpointContents', {
  transactions: /* @__PURE__ */ vector(ExecutionData),
  userSignatures: /* @__PURE__ */ vector(/* @__PURE__ */ vector(GenericSignature)),
});
export type FullCheckpointContents = Infer<typeof FullCheckpointContents>;

/** Source: types/src/full_checkpoint_content.rs, CheckpointTransaction. */
export const CheckpointTransaction = /* @__PURE__ */ struct('CheckpointTransaction', {
  transaction: Transaction,
  effects: TransactionEffects,
  inputObjects: /* @__PURE__ */ vector(SomaObject),
  outputObjects: /* @__PURE__ */ vector(SomaObject),
});
export type CheckpointTransaction = Infer<typeof CheckpointTransaction>;

/** A checkpoint with everything in it. Source: types/src/full_checkpoint_content.rs, CheckpointData. */
export const CheckpointData = /* @__PURE__ */ struct('CheckpointData', {
  checkpointSummary: CertifiedCheckpointSummary,
  checkpointContents: CheckpointContents,
  transactions: /* @__PURE__ */ vector(CheckpointTransaction),
});
export type CheckpointData = Infer<typeof CheckpointData>;

/** A transaction of the newer form. Source: types/src/full_checkpoint_content.rs, ExecutedTransaction. */
export const ExecutedTransaction = /* @__PURE__ */ struct('ExecutedTransaction', {
  transaction: TransactionData,
  signatures: /* @__PURE__ */ vector(GenericSignature),
  effects: TransactionEffects,
});
export type ExecutedTransaction = Infer<typeof ExecutedTransaction>;

/** A checkpoint in the newer form. Source: types/src/full_checkpoint_content.rs, Checkpoint. */
export const Checkpoint = /* @__PURE__ */ struct('Checkpoint', {
  summary: CertifiedCheckpointSummary,
  contents: CheckpointContents,
  transactions: /* @__PURE__ */ vector(ExecutedTransaction),
  objectSet: /* @__PURE__ */ entries(/* @__PURE__ */ tuple(ObjectID, Version), SomaObject),
});
export type Checkpoint = Infer<typeof Checkpoint>;

/** A node of a Merkle tree. Source: fastcrypto/src/merkle.rs, Node. */
export const Node = /* @__PURE__ */ enumeration('Node', {
  Empty: null,
  Digest: /* @__PURE__ */ newtype('hash', /* @__PURE__ */ raw(32)),
});
export type Node = Infer<typeof Node>;

/** That a checkpoint holds a transaction. Source: types/src/checkpoints.rs, CheckpointInclusionProof. */
export const CheckpointInclusionProof = /* @__PURE__ */ struct('CheckpointInclusionProof', {
  leaf: ExecutionDigests,
  leafIndex: u64,
  path: /* @__PURE__ */ vector(Node),
});
export type CheckpointInclusionProof = Infer<typeof CheckpointInclusionProof>;

/** A genesis before its validators have signed it. Source: types/src/genesis.rs, UnsignedGenesis. */
export const UnsignedGenesis = /* @__PURE__ */ struct('UnsignedGenesis', {
  checkpoint: CheckpointSummary,
  checkpointContents: CheckpointContents,
  transaction: Transaction,
  effects: TransactionEffects,
  objects: /* @__PURE__ */ vector(SomaObject),
});
export type UnsignedGenesis = Infer<typeof UnsignedGenesis>;

/** What an address gained (or lost, below zero) in coins, in shannons. Source: types/src/balance_change.rs, BalanceChange. */
export const BalanceChange = /* @__PURE__ */ struct('BalanceChange', {
  address: SomaAddress,
  amount: i128,
});
export type BalanceChange = Infer<typeof BalanceChange>;
