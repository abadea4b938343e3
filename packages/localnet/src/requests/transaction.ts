import type { Manifest, TransactionData, TransactionKind } from '@somakit/bcs';
import type { TransactionKind as KindMessage, Manifest as ManifestMessage, Transaction } from '@somakit/rpc/proto';
import {
  address,
  ConversionFailure,
  digest,
  digestOfBytes,
  floats,
  invalid,
  millis,
  need,
  objectId,
  reference,
  scalar,
} from './fields.js';

const manifest = (message: ManifestMessage | undefined): Manifest => {
  const { version } = need(message, 'manifest');
  if (version.case !== 'v1') throw new ConversionFailure('version');
  const { url, metadata } = version.value;
  const inner = need(metadata, 'metadata').version;
  if (inner.case !== 'v1') throw new ConversionFailure('version');
  const { checksum, size } = inner.value;
  return { url: need(url, 'url'), checksum: digestOfBytes(checksum, 'checksum'), size: need(size, 'size') };
};

const ZERO_DIGEST = '1'.repeat(32);

const kindOf = ({ kind }: KindMessage): TransactionKind => {
  switch (kind.case) {
    case undefined:
      throw new ConversionFailure('kind');
    // System kinds are refused whatever is in them.
    case 'genesis':
      return { kind: 'Genesis', objects: [] };
    case 'consensusCommitPrologue': {
      const { epoch, round, commitTimestamp, consensusCommitDigest, additionalStateDigest } = kind.value;
      return {
        kind: 'ConsensusCommitPrologueV1',
        epoch: need(epoch, 'epoch'),
        round: need(round, 'round'),
        commitTimestampMs: millis(commitTimestamp, 'commit_timestamp'),
        consensusCommitDigest: digest(consensusCommitDigest, 'consensus_commit_digest'),
        additionalStateDigest: digest(additionalStateDigest ?? ZERO_DIGEST, 'additional_state_digest'),
      };
    }
    case 'changeEpoch': {
      const { epoch, epochStartTimestamp, protocolVersion, fees, epochRandomness } = kind.value;
      return {
        kind: 'ChangeEpoch',
        epoch: need(epoch, 'epoch'),
        epochStartTimestampMs: millis(epochStartTimestamp, 'epoch_start_timestamp'),
        protocolVersion: need(protocolVersion, 'protocol_version'),
        fees: need(fees, 'fees'),
        epochRandomness: need(epochRandomness, 'epoch_randomness'),
      };
    }
    case 'addValidator': {
      const value = kind.value;
      return {
        kind: 'AddValidator',
        pubkeyBytes: need(value.pubkeyBytes, 'pubkey_bytes'),
        networkPubkeyBytes: need(value.networkPubkeyBytes, 'network_pubkey_bytes'),
        workerPubkeyBytes: need(value.workerPubkeyBytes, 'worker_pubkey_bytes'),
        proofOfPossession: need(value.proofOfPossession, 'proof_of_possession'),
        netAddress: need(value.netAddress, 'net_address'),
        p2pAddress: need(value.p2pAddress, 'p2p_address'),
        primaryAddress: need(value.primaryAddress, 'primary_address'),
        proxyAddress: need(value.proxyAddress, 'proxy_address'),
      };
    }
    case 'removeValidator':
      return { kind: 'RemoveValidator', pubkeyBytes: need(kind.value.pubkeyBytes, 'pubkey_bytes') };
    case 'reportValidator':
      return { kind: 'ReportValidator', reportee: address(kind.value.reportee, 'reportee') };
    case 'undoReportValidator':
      return { kind: 'UndoReportValidator', reportee: address(kind.value.reportee, 'reportee') };
    case 'updateValidatorMetadata': {
      const { $typeName: _, $unknown: __, ...fields } = kind.value;
      return { kind: 'UpdateValidatorMetadata', ...fields };
    }
    case 'setCommissionRate':
      return { kind: 'SetCommissionRate', newRate: need(kind.value.newRate, 'new_rate') };
    case 'transferCoin': {
      const { coin, amount, recipient } = kind.value;
      return {
        kind: 'TransferCoin',
        coin: reference(coin, 'coin'),
        amount,
        recipient: address(recipient, 'recipient'),
      };
    }
    case 'payCoins': {
      const { coins, amounts, recipients } = kind.value;
      return {
        kind: 'PayCoins',
        coins: coins.map((each) => reference(each, 'coins')),
        // The wire cannot tell a list that is not there from an empty one; the reference reads a list.
        amounts,
        recipients: recipients.map((each) => address(each, 'recipients')),
      };
    }
    case 'transferObjects': {
      const { objects, recipient } = kind.value;
      return {
        kind: 'TransferObjects',
        objects: objects.map((each) => reference(each, 'objects')),
        recipient: address(recipient, 'recipient'),
      };
    }
    case 'addStake': {
      const value = kind.value;
      return {
        kind: 'AddStake',
        address: address(value.address, 'address'),
        coinRef: reference(value.coinRef, 'coin_ref'),
        amount: value.amount,
      };
    }
    case 'withdrawStake':
      return { kind: 'WithdrawStake', stakedSoma: reference(kind.value.stakedSoma, 'staked_soma') };
    case 'createModel': {
      const { stakeAmount, commissionRate, architectureVersion } = kind.value;
      return {
        kind: 'CreateModel',
        stakeAmount: need(stakeAmount, 'stake_amount'),
        commissionRate: need(commissionRate, 'commission_rate'),
        architectureVersion: need(architectureVersion, 'architecture_version'),
      };
    }
    case 'commitModel': {
      const value = kind.value;
      return {
        kind: 'CommitModel',
        modelId: objectId(value.modelId, 'model_id'),
        manifest: manifest(value.manifest),
        weightsCommitment: digestOfBytes(value.weightsCommitment, 'weights_commitment'),
        embeddingCommitment: digestOfBytes(value.embeddingCommitment, 'embedding_commitment'),
        decryptionKeyCommitment: digestOfBytes(value.decryptionKeyCommitment, 'decryption_key_commitment'),
      };
    }
    case 'revealModel': {
      const { modelId, decryptionKey, embedding } = kind.value;
      return {
        kind: 'RevealModel',
        modelId: objectId(modelId, 'model_id'),
        decryptionKey: digestOfBytes(decryptionKey, 'decryption_key'),
        embedding: floats(embedding),
      };
    }
    case 'addStakeToModel': {
      const { modelId, coinRef, amount } = kind.value;
      return {
        kind: 'AddStakeToModel',
        modelId: objectId(modelId, 'model_id'),
        coinRef: reference(coinRef, 'coin_ref'),
        amount,
      };
    }
    case 'setModelCommissionRate': {
      const { modelId, newRate } = kind.value;
      return {
        kind: 'SetModelCommissionRate',
        modelId: objectId(modelId, 'model_id'),
        newRate: need(newRate, 'new_rate'),
      };
    }
    case 'deactivateModel':
      return { kind: 'DeactivateModel', modelId: objectId(kind.value.modelId, 'model_id') };
    case 'reportModel':
      return { kind: 'ReportModel', modelId: objectId(kind.value.modelId, 'model_id') };
    case 'undoReportModel':
      return { kind: 'UndoReportModel', modelId: objectId(kind.value.modelId, 'model_id') };
    case 'submitData': {
      const value = kind.value;
      return {
        kind: 'SubmitData',
        targetId: objectId(value.targetId, 'target_id'),
        dataManifest: manifest(need(value.dataManifest, 'data_manifest').manifest),
        modelId: objectId(value.modelId, 'model_id'),
        embedding: floats(value.embedding),
        distanceScore: scalar(value.distanceScore, 'distance_score'),
        lossScore: floats(value.lossScore),
        bondCoin: reference(value.bondCoin, 'bond_coin'),
      };
    }
    case 'claimRewards':
      return { kind: 'ClaimRewards', targetId: objectId(kind.value.targetId, 'target_id') };
    case 'reportSubmission':
      return { kind: 'ReportSubmission', targetId: objectId(kind.value.targetId, 'target_id') };
    case 'undoReportSubmission':
      return { kind: 'UndoReportSubmission', targetId: objectId(kind.value.targetId, 'target_id') };
    default:
      throw invalid('kind', 'challenge transactions are no longer supported');
  }
};

/** The chain's value of a transaction message; its `digest` is not looked at. @throws ConversionFailure */
export const readTransaction = (message: Transaction): TransactionData => ({
  kind: kindOf(need(message.kind, 'kind')),
  sender: address(message.sender, 'sender'),
  gasPayment: message.gasPayment.map((each) => reference(each, 'gas_payment')),
});
