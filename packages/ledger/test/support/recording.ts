// Recorded replies of a reference node as the chain's own values.
import {
  type Manifest,
  type SomaObject,
  TransactionData,
  type TransactionKind,
  tensor,
  UserSignature,
} from '@somakit/bcs';
import { fromBase64, parseAddress, parseDigest, parseObjectId } from '@somakit/core';
import { decodeMessage, type Message } from './protobuf.js';

/** A transaction of a recording: the bytes that were signed, and what the node said of it. */
export interface RecordedTransaction {
  readonly digest: string;
  readonly kind: string;
  readonly bytes: Uint8Array;
  readonly signatures: readonly Uint8Array[];
  readonly effects: Message;
  readonly effectsDigest: string;
  readonly balanceChanges: readonly Message[];
  /** The objects that a genesis brings. */
  readonly genesisObjects?: readonly SomaObject[];
}

/** A checkpoint of a recording. */
export interface RecordedStep {
  readonly name: string;
  readonly sequenceNumber: bigint;
  readonly digest: string;
  readonly summary: Message;
  readonly signature: Message;
  readonly timestampMs: bigint;
  readonly transactions: readonly RecordedTransaction[];
  /** The objects in their state after the checkpoint and before it, as the node gave them. */
  readonly objects: readonly SomaObject[];
}

const address = (text: string) => parseAddress(text.startsWith('0x') ? text : `0x${text}`);
const objectId = (text: string) => parseObjectId(text.startsWith('0x') ? text : `0x${text}`);
const digest = (bytes: Uint8Array) => parseDigest(bytes);
const u64 = (value: unknown): bigint => (value === undefined ? 0n : BigInt(value as bigint));
const reference = (of: Message) => ({
  objectId: objectId(of.object_id),
  version: u64(of.version),
  digest: parseDigest(of.digest),
});
const timestamp = (of: Message | undefined): bigint => u64(of?.seconds) * 1000n + BigInt(of?.nanos ?? 0) / 1_000_000n;
const floats = (values: readonly number[] | undefined) => tensor(Float32Array.from(values ?? []));

const owner = (of: Message): SomaObject['owner'] => {
  // 1 address, 2 shared, 3 immutable.
  if (of.kind === 1) return { kind: 'AddressOwner', address: address(of.address) };
  return of.kind === 2 ? { kind: 'Shared', initialSharedVersion: u64(of.version) } : { kind: 'Immutable' };
};

/** The BCS value of an object message. */
export const objectOf = (of: Message): SomaObject => ({
  objectId: objectId(of.object_id),
  objectType: { kind: of.object_type },
  version: u64(of.version),
  contents: of.contents ?? new Uint8Array(0),
  owner: owner(of.owner),
  previousTransaction: parseDigest(of.previous_transaction),
});

const manifest = (of: Message): Manifest => {
  const { url, metadata } = of.v1;
  return { url, checksum: digest(metadata.v1.checksum), size: u64(metadata.v1.size) };
};

const bytes = (value: Uint8Array | undefined) => value ?? new Uint8Array(0);

const kindOf = (kind: Message): TransactionKind => {
  const [name, of] = Object.entries(kind)[0] as [string, Message];
  switch (name) {
    case 'genesis':
      return { kind: 'Genesis', objects: of.objects.map(objectOf) };
    case 'consensus_commit_prologue':
      return {
        kind: 'ConsensusCommitPrologueV1',
        epoch: u64(of.epoch),
        round: u64(of.round),
        ...(of.sub_dag_index === undefined ? {} : { subDagIndex: of.sub_dag_index }),
        commitTimestampMs: timestamp(of.commit_timestamp),
        consensusCommitDigest: parseDigest(of.consensus_commit_digest),
        additionalStateDigest: parseDigest(of.additional_state_digest),
      };
    case 'change_epoch':
      return {
        kind: 'ChangeEpoch',
        epoch: u64(of.epoch),
        epochStartTimestampMs: timestamp(of.epoch_start_timestamp),
        protocolVersion: u64(of.protocol_version),
        fees: u64(of.fees),
        epochRandomness: bytes(of.epoch_randomness),
      };
    case 'add_validator':
      return {
        kind: 'AddValidator',
        pubkeyBytes: bytes(of.pubkey_bytes),
        networkPubkeyBytes: bytes(of.network_pubkey_bytes),
        workerPubkeyBytes: bytes(of.worker_pubkey_bytes),
        proofOfPossession: bytes(of.proof_of_possession),
        netAddress: bytes(of.net_address),
        p2pAddress: bytes(of.p2p_address),
        primaryAddress: bytes(of.primary_address),
        proxyAddress: bytes(of.proxy_address),
      };
    case 'remove_validator':
      return { kind: 'RemoveValidator', pubkeyBytes: bytes(of.pubkey_bytes) };
    case 'report_validator':
      return { kind: 'ReportValidator', reportee: address(of.reportee) };
    case 'undo_report_validator':
      return { kind: 'UndoReportValidator', reportee: address(of.reportee) };
    case 'update_validator_metadata':
      return {
        kind: 'UpdateValidatorMetadata',
        nextEpochNetworkAddress: of.next_epoch_network_address,
        nextEpochP2pAddress: of.next_epoch_p2p_address,
        nextEpochPrimaryAddress: of.next_epoch_primary_address,
        nextEpochProxyAddress: of.next_epoch_proxy_address,
        nextEpochProtocolPubkey: of.next_epoch_protocol_pubkey,
        nextEpochWorkerPubkey: of.next_epoch_worker_pubkey,
        nextEpochNetworkPubkey: of.next_epoch_network_pubkey,
        nextEpochProofOfPossession: of.next_epoch_proof_of_possession,
      };
    case 'set_commission_rate':
      return { kind: 'SetCommissionRate', newRate: u64(of.new_rate) };
    case 'transfer_coin':
      return { kind: 'TransferCoin', coin: reference(of.coin), amount: of.amount, recipient: address(of.recipient) };
    case 'pay_coins':
      return {
        kind: 'PayCoins',
        coins: (of.coins ?? []).map(reference),
        amounts: of.amounts ?? [],
        recipients: (of.recipients ?? []).map(address),
      };
    case 'transfer_objects':
      return { kind: 'TransferObjects', objects: (of.objects ?? []).map(reference), recipient: address(of.recipient) };
    case 'add_stake':
      return { kind: 'AddStake', address: address(of.address), coinRef: reference(of.coin_ref), amount: of.amount };
    case 'withdraw_stake':
      return { kind: 'WithdrawStake', stakedSoma: reference(of.staked_soma) };
    case 'create_model':
      return {
        kind: 'CreateModel',
        stakeAmount: u64(of.stake_amount),
        commissionRate: u64(of.commission_rate),
        architectureVersion: u64(of.architecture_version),
      };
    case 'commit_model':
      return {
        kind: 'CommitModel',
        modelId: objectId(of.model_id),
        manifest: manifest(of.manifest),
        weightsCommitment: digest(of.weights_commitment),
        embeddingCommitment: digest(of.embedding_commitment),
        decryptionKeyCommitment: digest(of.decryption_key_commitment),
      };
    case 'reveal_model':
      return {
        kind: 'RevealModel',
        modelId: objectId(of.model_id),
        decryptionKey: digest(of.decryption_key),
        embedding: floats(of.embedding),
      };
    case 'add_stake_to_model':
      return {
        kind: 'AddStakeToModel',
        modelId: objectId(of.model_id),
        coinRef: reference(of.coin_ref),
        amount: of.amount,
      };
    case 'set_model_commission_rate':
      return { kind: 'SetModelCommissionRate', modelId: objectId(of.model_id), newRate: u64(of.new_rate) };
    case 'deactivate_model':
      return { kind: 'DeactivateModel', modelId: objectId(of.model_id) };
    case 'report_model':
      return { kind: 'ReportModel', modelId: objectId(of.model_id) };
    case 'undo_report_model':
      return { kind: 'UndoReportModel', modelId: objectId(of.model_id) };
    case 'submit_data':
      return {
        kind: 'SubmitData',
        targetId: objectId(of.target_id),
        dataManifest: manifest(of.data_manifest.manifest),
        modelId: objectId(of.model_id),
        embedding: floats(of.embedding),
        distanceScore: floats([of.distance_score ?? 0]),
        lossScore: floats(of.loss_score),
        bondCoin: reference(of.bond_coin),
      };
    case 'claim_rewards':
      return { kind: 'ClaimRewards', targetId: objectId(of.target_id) };
    case 'report_submission':
      return { kind: 'ReportSubmission', targetId: objectId(of.target_id) };
    case 'undo_report_submission':
      return { kind: 'UndoReportSubmission', targetId: objectId(of.target_id) };
    default:
      throw new TypeError(`no such kind in the recording: ${name}`);
  }
};

const signature = (of: Message): Uint8Array => {
  if (of.simple !== undefined) {
    return Uint8Array.from([0, ...bytes(of.simple.signature), ...bytes(of.simple.public_key)]);
  }
  const { signatures, bitmap, committee } = of.multisig;
  return UserSignature.encode({
    kind: 'MultiSig',
    sigs: (signatures ?? []).map((each: Message) => ({ kind: 'Ed25519', bytes: bytes(each.signature) })),
    bitmap: bitmap ?? 0,
    multisigPk: {
      pkMap: (committee.members ?? []).map((each: Message) => ({
        publicKey: { kind: 'Ed25519', bytes: bytes(each.public_key.public_key) },
        weight: each.weight ?? 0,
      })),
      threshold: committee.threshold ?? 0,
    },
  });
};

const transactionOf = (of: Message, contents: Message | undefined): RecordedTransaction => {
  const { transaction, effects } = of;
  const data: TransactionData = {
    kind: kindOf(transaction.kind),
    sender: address(transaction.sender),
    gasPayment: (transaction.gas_payment ?? []).map(reference),
  };
  return {
    digest: transaction.digest ?? of.digest,
    kind: data.kind.kind,
    bytes: TransactionData.encode(data),
    signatures: (of.signatures ?? []).map(signature),
    effects,
    effectsDigest: contents?.effects,
    balanceChanges: of.balance_changes ?? [],
    ...(data.kind.kind === 'Genesis' ? { genesisObjects: data.kind.objects } : {}),
  };
};

/** The checkpoints of a recording in their order. */
export const readRecording = (
  cases: readonly { readonly case: string; readonly path?: string; readonly reply?: string }[],
): RecordedStep[] => {
  const steps: RecordedStep[] = [];
  for (const { case: name, path, reply } of cases) {
    if (path !== '/soma.rpc.LedgerService/GetCheckpoint' || reply === undefined) continue;
    const { checkpoint } = decodeMessage('soma.rpc.GetCheckpointResponse', fromBase64(reply));
    if (checkpoint?.transactions === undefined) continue;
    const { summary, contents } = checkpoint;
    steps.push({
      name,
      sequenceNumber: u64(checkpoint.sequence_number),
      digest: checkpoint.digest,
      summary,
      signature: checkpoint.signature,
      timestampMs: timestamp(summary.timestamp),
      transactions: checkpoint.transactions.map((each: Message, i: number) =>
        transactionOf(each, contents.transactions?.[i]),
      ),
      objects: (checkpoint.objects?.objects ?? []).map(objectOf),
    });
  }
  const order = (a: RecordedStep, b: RecordedStep) => (a.sequenceNumber < b.sequenceNumber ? -1 : 1);
  return steps.sort(order).filter((step, i, all) => step.sequenceNumber !== all[i - 1]?.sequenceNumber);
};
