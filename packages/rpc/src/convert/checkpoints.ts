import type { MessageInitShape } from '@bufbuild/protobuf';
import {
  type AuthorityQuorumSignInfo,
  type CheckpointCommitment,
  type CheckpointContents,
  CheckpointSummary,
  type EndOfEpochData,
} from '@somakit/bcs';
import type { Digest } from '@somakit/core';
import { checkpointContentsDigest, checkpointDigest } from '@somakit/crypto';
import type {
  CheckpointContentsSchema,
  CheckpointContents as ContentsMessage,
} from '../gen/soma/rpc/checkpoint_contents_pb.js';
import {
  type CheckpointSummarySchema,
  CheckpointCommitment_CheckpointCommitmentKind as CommitmentKind,
  type CheckpointCommitment as CommitmentMessage,
  type EndOfEpochData as EndMessage,
  type CheckpointSummary as SummaryMessage,
} from '../gen/soma/rpc/checkpoint_summary_pb.js';
import type { ValidatorAggregatedSignature, ValidatorAggregatedSignatureSchema } from '../gen/soma/rpc/signature_pb.js';
import { committeeFromBcs, committeeFromProto, committeeToBcs, committeeToProto } from './committee.js';
import { feeFromProto } from './effects.js';
import { digest, eachOf, millis, need, timestamp, unknownVariant, within } from './scalar.js';
import { signatureFromProto, signatureToProto } from './signatures.js';

export const commitmentFromProto = (message: CommitmentMessage): CheckpointCommitment => {
  switch (message.kind) {
    case CommitmentKind.ECMH_LIVE_OBJECT_SET:
      return { kind: 'ECMHLiveObjectSetDigest', digest: digest(message.digest, 'digest') };
    case CommitmentKind.CHECKPOINT_ARTIFACTS:
      return { kind: 'CheckpointArtifactsDigest', digest: digest(message.digest, 'digest') };
    default:
      return unknownVariant(message);
  }
};

const commitmentToProto = (commitment: CheckpointCommitment) => ({
  kind:
    commitment.kind === 'ECMHLiveObjectSetDigest'
      ? CommitmentKind.ECMH_LIVE_OBJECT_SET
      : CommitmentKind.CHECKPOINT_ARTIFACTS,
  digest: commitment.digest,
});

export const endOfEpochFromProto = (message: EndMessage): EndOfEpochData => ({
  nextEpochValidatorCommittee: within('nextEpochValidatorCommittee', () =>
    committeeToBcs(committeeFromProto(need(message.nextEpochValidatorCommittee, 'committee'))),
  ),
  nextEpochProtocolVersion: need(message.nextEpochProtocolVersion, 'nextEpochProtocolVersion'),
  epochCommitments: eachOf('epochCommitments', message.epochCommitments, commitmentFromProto),
});

/** The summary as the chain has it; the message's own digest is not looked at. @throws RPC_INVALID_REPLY */
export const summaryFromProto = (message: SummaryMessage): CheckpointSummary => {
  const { previousDigest, endOfEpochData } = message;
  return {
    epoch: need(message.epoch, 'epoch'),
    sequenceNumber: need(message.sequenceNumber, 'sequenceNumber'),
    networkTotalTransactions: need(message.totalNetworkTransactions, 'totalNetworkTransactions'),
    contentDigest: digest(message.contentDigest, 'contentDigest'),
    previousDigest: previousDigest === undefined ? undefined : digest(previousDigest, 'previousDigest'),
    epochRollingTransactionFees: within('epochRollingTransactionFees', () =>
      feeFromProto(need(message.epochRollingTransactionFees, 'fees')),
    ),
    timestampMs: millis(message.timestamp, 'timestamp'),
    checkpointCommitments: eachOf('commitments', message.commitments, commitmentFromProto),
    endOfEpochData:
      endOfEpochData === undefined ? undefined : within('endOfEpochData', () => endOfEpochFromProto(endOfEpochData)),
    // Empty in every version of the protocol so far, and not on this wire.
    versionSpecificData: new Uint8Array(),
  };
};

export const summaryToProto = (
  summary: CheckpointSummary,
  known: Digest = checkpointDigest(CheckpointSummary.encode(summary)),
): MessageInitShape<typeof CheckpointSummarySchema> => {
  const { endOfEpochData: end } = summary;
  return {
    digest: known,
    epoch: summary.epoch,
    sequenceNumber: summary.sequenceNumber,
    totalNetworkTransactions: summary.networkTotalTransactions,
    contentDigest: summary.contentDigest,
    previousDigest: summary.previousDigest,
    epochRollingTransactionFees: summary.epochRollingTransactionFees,
    timestamp: timestamp(summary.timestampMs),
    commitments: summary.checkpointCommitments.map(commitmentToProto),
    endOfEpochData:
      end === undefined
        ? undefined
        : {
            nextEpochValidatorCommittee: committeeToProto(committeeFromBcs(end.nextEpochValidatorCommittee)),
            nextEpochProtocolVersion: end.nextEpochProtocolVersion,
            epochCommitments: end.epochCommitments.map(commitmentToProto),
          },
  };
};

export const quorumSignatureFromProto = (message: ValidatorAggregatedSignature): AuthorityQuorumSignInfo => ({
  epoch: need(message.epoch, 'epoch'),
  signature: need(message.signature, 'signature'),
  signersMap: message.bitmap,
});

export const quorumSignatureToProto = (
  info: AuthorityQuorumSignInfo,
): MessageInitShape<typeof ValidatorAggregatedSignatureSchema> => ({
  epoch: info.epoch,
  signature: info.signature,
  bitmap: [...info.signersMap],
});

export const contentsFromProto = ({ transactions }: ContentsMessage): CheckpointContents => ({
  transactions: eachOf('transactions', transactions, ({ transaction, effects }) => ({
    transaction: digest(transaction, 'transaction'),
    effects: digest(effects, 'effects'),
  })),
  userSignatures: eachOf('transactions', transactions, ({ signatures }) =>
    eachOf('signatures', signatures, signatureFromProto),
  ),
});

export const contentsToProto = (
  contents: CheckpointContents,
  known: Digest = checkpointContentsDigest(contents.transactions),
): MessageInitShape<typeof CheckpointContentsSchema> => ({
  digest: known,
  version: 1,
  transactions: contents.transactions.map(({ transaction, effects }, index) => ({
    transaction,
    effects,
    signatures: (contents.userSignatures[index] ?? []).map(signatureToProto),
  })),
});
