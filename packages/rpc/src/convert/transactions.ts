import type { MessageInitShape } from '@bufbuild/protobuf';
import { TransactionData, type TransactionKind } from '@somakit/bcs';
import { type Digest, invalidArgument } from '@somakit/core';
import { transactionDigest } from '@somakit/crypto';
import type {
  TransactionKind as KindMessage,
  Transaction,
  TransactionKindSchema,
  TransactionSchema,
} from '../gen/soma/rpc/transaction_pb.js';
import { manifestFromProto, manifestToProto } from './manifest.js';
import { objectFromProto, objectToProto } from './objects.js';
import { refFromProto, refToProto } from './owner.js';
import {
  address,
  digest,
  digestBytes,
  eachOf,
  floats,
  millis,
  need,
  objectId,
  onlyNumber,
  type Spelling,
  scalar,
  spell,
  timestamp,
  unknownVariant,
  within,
} from './scalar.js';

const ref = (message: Parameters<typeof refFromProto>[0] | undefined, field: string) =>
  within(field, () => refFromProto(need(message, field)));

const readKind = ({ kind }: KindMessage): TransactionKind => {
  switch (kind.case) {
    case 'genesis':
      return { kind: 'Genesis', objects: eachOf('objects', kind.value.objects, objectFromProto) };
    case 'consensusCommitPrologue': {
      const { epoch, round, subDagIndex, commitTimestamp, consensusCommitDigest, additionalStateDigest } = kind.value;
      return {
        kind: 'ConsensusCommitPrologueV1',
        epoch: need(epoch, 'epoch'),
        round: need(round, 'round'),
        subDagIndex,
        commitTimestampMs: millis(commitTimestamp, 'commitTimestamp'),
        consensusCommitDigest: digest(consensusCommitDigest, 'consensusCommitDigest'),
        additionalStateDigest: digest(additionalStateDigest, 'additionalStateDigest'),
      };
    }
    case 'changeEpoch': {
      const { epoch, epochStartTimestamp, protocolVersion, fees, epochRandomness } = kind.value;
      return {
        kind: 'ChangeEpoch',
        epoch: need(epoch, 'epoch'),
        epochStartTimestampMs: millis(epochStartTimestamp, 'epochStartTimestamp'),
        protocolVersion: need(protocolVersion, 'protocolVersion'),
        fees: need(fees, 'fees'),
        epochRandomness: need(epochRandomness, 'epochRandomness'),
      };
    }
    case 'addValidator': {
      const value = kind.value;
      return {
        kind: 'AddValidator',
        pubkeyBytes: need(value.pubkeyBytes, 'pubkeyBytes'),
        networkPubkeyBytes: need(value.networkPubkeyBytes, 'networkPubkeyBytes'),
        workerPubkeyBytes: need(value.workerPubkeyBytes, 'workerPubkeyBytes'),
        proofOfPossession: need(value.proofOfPossession, 'proofOfPossession'),
        netAddress: need(value.netAddress, 'netAddress'),
        p2pAddress: need(value.p2pAddress, 'p2pAddress'),
        primaryAddress: need(value.primaryAddress, 'primaryAddress'),
        proxyAddress: need(value.proxyAddress, 'proxyAddress'),
      };
    }
    case 'removeValidator':
      return { kind: 'RemoveValidator', pubkeyBytes: need(kind.value.pubkeyBytes, 'pubkeyBytes') };
    case 'reportValidator':
      return { kind: 'ReportValidator', reportee: address(kind.value.reportee, 'reportee') };
    case 'undoReportValidator':
      return { kind: 'UndoReportValidator', reportee: address(kind.value.reportee, 'reportee') };
    case 'updateValidatorMetadata': {
      const { $typeName, $unknown, ...fields } = kind.value;
      return { kind: 'UpdateValidatorMetadata', ...fields };
    }
    case 'setCommissionRate':
      return { kind: 'SetCommissionRate', newRate: need(kind.value.newRate, 'newRate') };
    case 'transferCoin': {
      const { coin, amount, recipient } = kind.value;
      return { kind: 'TransferCoin', coin: ref(coin, 'coin'), amount, recipient: address(recipient, 'recipient') };
    }
    case 'payCoins': {
      const { coins, amounts, recipients } = kind.value;
      return {
        kind: 'PayCoins',
        coins: eachOf('coins', coins, refFromProto),
        amounts,
        recipients: eachOf('recipients', recipients, (each) => address(each, 'address')),
      };
    }
    case 'transferObjects': {
      const { objects, recipient } = kind.value;
      const list = eachOf('objects', objects, refFromProto);
      return { kind: 'TransferObjects', objects: list, recipient: address(recipient, 'recipient') };
    }
    case 'addStake': {
      const value = kind.value;
      const coinRef = ref(value.coinRef, 'coinRef');
      return { kind: 'AddStake', address: address(value.address, 'address'), coinRef, amount: value.amount };
    }
    case 'withdrawStake':
      return { kind: 'WithdrawStake', stakedSoma: ref(kind.value.stakedSoma, 'stakedSoma') };
    case 'createModel': {
      const { stakeAmount, commissionRate, architectureVersion } = kind.value;
      return {
        kind: 'CreateModel',
        stakeAmount: need(stakeAmount, 'stakeAmount'),
        commissionRate: need(commissionRate, 'commissionRate'),
        architectureVersion: need(architectureVersion, 'architectureVersion'),
      };
    }
    case 'commitModel': {
      const value = kind.value;
      return {
        kind: 'CommitModel',
        modelId: objectId(value.modelId, 'modelId'),
        manifest: within('manifest', () => manifestFromProto(value.manifest)),
        weightsCommitment: digest(value.weightsCommitment, 'weightsCommitment'),
        embeddingCommitment: digest(value.embeddingCommitment, 'embeddingCommitment'),
        decryptionKeyCommitment: digest(value.decryptionKeyCommitment, 'decryptionKeyCommitment'),
      };
    }
    case 'revealModel': {
      const { modelId, decryptionKey, embedding } = kind.value;
      return {
        kind: 'RevealModel',
        modelId: objectId(modelId, 'modelId'),
        decryptionKey: digest(decryptionKey, 'decryptionKey'),
        embedding: floats(embedding),
      };
    }
    case 'addStakeToModel': {
      const { modelId, coinRef, amount } = kind.value;
      return {
        kind: 'AddStakeToModel',
        modelId: objectId(modelId, 'modelId'),
        coinRef: ref(coinRef, 'coinRef'),
        amount,
      };
    }
    case 'setModelCommissionRate': {
      const { modelId, newRate } = kind.value;
      return {
        kind: 'SetModelCommissionRate',
        modelId: objectId(modelId, 'modelId'),
        newRate: need(newRate, 'newRate'),
      };
    }
    case 'deactivateModel':
      return { kind: 'DeactivateModel', modelId: objectId(kind.value.modelId, 'modelId') };
    case 'reportModel':
      return { kind: 'ReportModel', modelId: objectId(kind.value.modelId, 'modelId') };
    case 'undoReportModel':
      return { kind: 'UndoReportModel', modelId: objectId(kind.value.modelId, 'modelId') };
    case 'submitData': {
      const value = kind.value;
      return {
        kind: 'SubmitData',
        targetId: objectId(value.targetId, 'targetId'),
        dataManifest: within('dataManifest', () => manifestFromProto(value.dataManifest?.manifest)),
        modelId: objectId(value.modelId, 'modelId'),
        embedding: floats(value.embedding),
        distanceScore: scalar(value.distanceScore, 'distanceScore'),
        lossScore: floats(value.lossScore),
        bondCoin: ref(value.bondCoin, 'bondCoin'),
      };
    }
    case 'claimRewards':
      return { kind: 'ClaimRewards', targetId: objectId(kind.value.targetId, 'targetId') };
    case 'reportSubmission':
      return { kind: 'ReportSubmission', targetId: objectId(kind.value.targetId, 'targetId') };
    case 'undoReportSubmission':
      return { kind: 'UndoReportSubmission', targetId: objectId(kind.value.targetId, 'targetId') };
    default:
      // The removed challenge kinds and those of newer servers.
      return unknownVariant(kind.case === undefined ? undefined : kind);
  }
};

export const kindFromProto = (message: KindMessage): TransactionKind => within('kind', () => readKind(message));

/** @throws RPC_INVALID_REPLY when a part is missing; the message's own `digest` is not looked at. */
export const transactionFromProto = (message: Transaction): TransactionData => ({
  kind: kindFromProto(need(message.kind, 'kind')),
  sender: address(message.sender, 'sender'),
  gasPayment: eachOf('gasPayment', message.gasPayment, refFromProto),
});

type KindInit = NonNullable<MessageInitShape<typeof TransactionKindSchema>['kind']>;

/** Addresses and object references follow the spelling; ids of models and targets have `0x` everywhere. */
const writeKind = (kind: TransactionKind, spelling: Spelling): KindInit => {
  const to = (each: Parameters<typeof refToProto>[0]) => refToProto(each, spelling);
  switch (kind.kind) {
    case 'Genesis':
      return { case: 'genesis', value: { objects: kind.objects.map((each) => objectToProto(each, spelling)) } };
    case 'ConsensusCommitPrologueV1': {
      const { epoch, round, subDagIndex, commitTimestampMs, consensusCommitDigest, additionalStateDigest } = kind;
      const commitTimestamp = timestamp(commitTimestampMs);
      const value = { epoch, round, subDagIndex, commitTimestamp, consensusCommitDigest, additionalStateDigest };
      return { case: 'consensusCommitPrologue', value };
    }
    case 'ChangeEpoch': {
      const { epoch, epochStartTimestampMs, protocolVersion, fees, epochRandomness } = kind;
      const epochStartTimestamp = timestamp(epochStartTimestampMs);
      return { case: 'changeEpoch', value: { epoch, epochStartTimestamp, protocolVersion, fees, epochRandomness } };
    }
    case 'AddValidator': {
      const { kind: _, ...value } = kind;
      return { case: 'addValidator', value };
    }
    case 'RemoveValidator':
      return { case: 'removeValidator', value: { pubkeyBytes: kind.pubkeyBytes } };
    case 'ReportValidator':
      return { case: 'reportValidator', value: { reportee: spell(kind.reportee, spelling) } };
    case 'UndoReportValidator':
      return { case: 'undoReportValidator', value: { reportee: spell(kind.reportee, spelling) } };
    case 'UpdateValidatorMetadata': {
      const { kind: _, ...value } = kind;
      return { case: 'updateValidatorMetadata', value };
    }
    case 'SetCommissionRate':
      return { case: 'setCommissionRate', value: { newRate: kind.newRate } };
    case 'TransferCoin': {
      const { coin, amount, recipient } = kind;
      return { case: 'transferCoin', value: { coin: to(coin), amount, recipient: spell(recipient, spelling) } };
    }
    case 'PayCoins': {
      if (kind.amounts === undefined) {
        const hint = 'Name the amounts: the protobuf form has no way to leave them out, so the digest would change.';
        throw invalidArgument('transaction.kind.amounts', 'a list of amounts', undefined, hint);
      }
      const recipients = kind.recipients.map((each) => spell(each, spelling));
      return { case: 'payCoins', value: { coins: kind.coins.map(to), amounts: [...kind.amounts], recipients } };
    }
    case 'TransferObjects':
      return {
        case: 'transferObjects',
        value: { objects: kind.objects.map(to), recipient: spell(kind.recipient, spelling) },
      };
    case 'AddStake': {
      const { coinRef, amount } = kind;
      return { case: 'addStake', value: { address: spell(kind.address, spelling), coinRef: to(coinRef), amount } };
    }
    case 'WithdrawStake':
      return { case: 'withdrawStake', value: { stakedSoma: to(kind.stakedSoma) } };
    case 'CreateModel': {
      const { kind: _, ...value } = kind;
      return { case: 'createModel', value };
    }
    case 'CommitModel':
      return {
        case: 'commitModel',
        value: {
          modelId: kind.modelId,
          manifest: manifestToProto(kind.manifest),
          weightsCommitment: digestBytes(kind.weightsCommitment),
          embeddingCommitment: digestBytes(kind.embeddingCommitment),
          decryptionKeyCommitment: digestBytes(kind.decryptionKeyCommitment),
        },
      };
    case 'RevealModel': {
      const { modelId, decryptionKey, embedding } = kind;
      const value = { modelId, decryptionKey: digestBytes(decryptionKey), embedding: Array.from(embedding.data) };
      return { case: 'revealModel', value };
    }
    case 'AddStakeToModel':
      return {
        case: 'addStakeToModel',
        value: { modelId: kind.modelId, coinRef: to(kind.coinRef), amount: kind.amount },
      };
    case 'SetModelCommissionRate':
      return { case: 'setModelCommissionRate', value: { modelId: kind.modelId, newRate: kind.newRate } };
    case 'DeactivateModel':
      return { case: 'deactivateModel', value: { modelId: kind.modelId } };
    case 'ReportModel':
      return { case: 'reportModel', value: { modelId: kind.modelId } };
    case 'UndoReportModel':
      return { case: 'undoReportModel', value: { modelId: kind.modelId } };
    case 'SubmitData':
      return {
        case: 'submitData',
        value: {
          targetId: kind.targetId,
          dataManifest: { manifest: manifestToProto(kind.dataManifest) },
          modelId: kind.modelId,
          embedding: Array.from(kind.embedding.data),
          distanceScore: onlyNumber(kind.distanceScore),
          bondCoin: to(kind.bondCoin),
          lossScore: Array.from(kind.lossScore.data),
        },
      };
    case 'ClaimRewards':
      return { case: 'claimRewards', value: { targetId: kind.targetId } };
    case 'ReportSubmission':
      return { case: 'reportSubmission', value: { targetId: kind.targetId } };
    case 'UndoReportSubmission':
      return { case: 'undoReportSubmission', value: { targetId: kind.targetId } };
    default:
      throw invalidArgument(
        'transaction.kind',
        'a kind of transaction that this version knows',
        (kind as { kind: unknown }).kind,
      );
  }
};

/**
 * The message of a transaction. Requests and checkpoints spell addresses and references bare, replies about single
 * transactions with `0x`.
 *
 * @throws INVALID_ARGUMENT for PayCoins without amounts, which protobuf cannot express.
 */
export const transactionToProto = (
  data: TransactionData,
  spelling: Spelling = 'bare',
  digestText: Digest = transactionDigest(TransactionData.encode(data)),
): MessageInitShape<typeof TransactionSchema> => ({
  digest: digestText,
  kind: { kind: writeKind(data.kind, spelling) },
  sender: spell(data.sender, spelling),
  gasPayment: data.gasPayment.map((each) => refToProto(each, spelling)),
});
