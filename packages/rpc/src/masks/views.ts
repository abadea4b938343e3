import { CheckpointSummary, TransactionData } from '@somakit/bcs';
import { type Digest, isError } from '@somakit/core';
import { checkpointDigest, transactionDigest } from '@somakit/crypto';
import { balanceChangeFromProto } from '../convert/balances.js';
import {
  commitmentFromProto,
  contentsFromProto,
  endOfEpochFromProto,
  quorumSignatureFromProto,
  summaryFromProto,
} from '../convert/checkpoints.js';
import { committeeFromProto } from '../convert/committee.js';
import { changedObjectFromProto, effectsFromProto, feeFromProto, sharedObjectFromProto } from '../convert/effects.js';
import { contentDigest, readContents } from '../convert/objects.js';
import { ownerFromProto, refFromProto } from '../convert/owner.js';
import { address, digest, eachOf, located, millis, need, objectId } from '../convert/scalar.js';
import { signatureFromProto } from '../convert/signatures.js';
import { statusFromProto } from '../convert/status.js';
import { systemStateFromProto } from '../convert/system-state.js';
import { kindFromProto, transactionFromProto } from '../convert/transactions.js';
import type { CheckpointContents as ContentsMessage } from '../gen/soma/rpc/checkpoint_contents_pb.js';
import type { Checkpoint } from '../gen/soma/rpc/checkpoint_pb.js';
import type { CheckpointSummary as SummaryMessage } from '../gen/soma/rpc/checkpoint_summary_pb.js';
import type { TransactionEffects as EffectsMessage } from '../gen/soma/rpc/effects_pb.js';
import type { Epoch } from '../gen/soma/rpc/epoch_pb.js';
import type { ExecutedTransaction } from '../gen/soma/rpc/executed_transaction_pb.js';
import type { Object$ as ObjectMessage } from '../gen/soma/rpc/object_pb.js';
import type { ProtocolConfig } from '../gen/soma/rpc/protocol_config_pb.js';
import type { Target } from '../gen/soma/rpc/system_state_pb.js';
import type { Transaction } from '../gen/soma/rpc/transaction_pb.js';
import { below, type Selection } from './selection.js';

/** Reads one field of a message; undefined leaves it out of the result. */
type Readers<M> = Readonly<Record<string, (message: M, selection: Selection) => unknown>>;

const view = <M>(message: M, selection: Selection, readers: Readers<M>): Record<string, unknown> => {
  const result: Record<string, unknown> = {};
  for (const name in readers) {
    const chosen = below(selection, name);
    if (chosen === undefined) continue;
    try {
      const value = readers[name]!(message, chosen);
      if (value !== undefined) result[name] = value;
    } catch (error) {
      throw located(name, error);
    }
  }
  return result;
};

/** `undefined` stays, everything else is read. */
const maybe = <T, R>(value: T | undefined, read: (value: T) => R): R | undefined =>
  value === undefined ? undefined : read(value);

const OBJECT: Readers<ObjectMessage> = {
  objectId: (m) => objectId(m.objectId, 'value'),
  version: (m) => need(m.version, 'value'),
  // Of the content where all of it is there: the reference's own is wrong in answers to submissions.
  digest: (m) => contentDigest(m) ?? digest(m.digest, 'value'),
  owner: (m) => ownerFromProto(need(m.owner, 'value')),
  objectType: (m) => need(m.objectType, 'value'),
  contents: (m) => readContents(m.objectType ?? '', need(m.contents, 'value')),
  previousTransaction: (m) => digest(m.previousTransaction, 'value'),
};

export const objectView = (message: ObjectMessage, selection: Selection) => view(message, selection, OBJECT);

const objectsView = (set: { readonly objects: ObjectMessage[] } | undefined, selection: Selection) => {
  const inner = below(selection, 'objects') ?? true;
  return maybe(set, ({ objects }) => eachOf('objects', objects, (each) => view(each, inner, OBJECT)));
};

const TARGET: Readers<Target> = {
  id: (m) => objectId(m.id, 'value'),
  embedding: (m) => Float32Array.from(m.embedding),
  modelIds: (m) => eachOf('list', m.modelIds, (each) => objectId(each, 'value')),
  distanceThreshold: (m) => need(m.distanceThreshold, 'value'),
  rewardPool: (m) => need(m.rewardPool, 'value'),
  generationEpoch: (m) => need(m.generationEpoch, 'value'),
  status: (m) => need(m.status, 'value'),
  fillEpoch: (m) => m.fillEpoch,
  submitter: (m) => maybe(m.submitter, (text) => address(text, 'value')),
  winningModelId: (m) => maybe(m.winningModelId, (text) => objectId(text, 'value')),
  winningModelOwner: (m) => maybe(m.winningModelOwner, (text) => address(text, 'value')),
  bondAmount: (m) => need(m.bondAmount, 'value'),
  dataUrl: (m) => m.dataUrl,
};

export const targetView = (message: Target, selection: Selection) => view(message, selection, TARGET);

const TRANSACTION: Readers<Transaction> = {
  kind: (m) => kindFromProto(need(m.kind, 'value')),
  sender: (m) => address(m.sender, 'value'),
  gasPayment: (m) => eachOf('list', m.gasPayment, refFromProto),
};

const EFFECTS: Readers<EffectsMessage> = {
  status: (m) => statusFromProto(need(m.status, 'value')),
  epoch: (m) => need(m.epoch, 'value'),
  fee: (m) => feeFromProto(need(m.fee, 'value')),
  transactionDigest: (m) => digest(m.transactionDigest, 'value'),
  gasObjectIndex: (m) => m.gasObjectIndex,
  dependencies: (m) => eachOf('list', m.dependencies, (each) => digest(each, 'value')),
  lamportVersion: (m) => need(m.lamportVersion, 'value'),
  changedObjects: (m) => eachOf('list', m.changedObjects, changedObjectFromProto),
  unchangedSharedObjects: (m) => eachOf('list', m.unchangedSharedObjects, sharedObjectFromProto),
};

/** The digest by content: of the effects, or of the transaction when all of it is there. */
const trueDigest = ({ effects, transaction }: ExecutedTransaction): Digest | undefined => {
  if (effects?.transactionDigest !== undefined) return digest(effects.transactionDigest, 'effects');
  if (transaction?.kind === undefined || transaction.sender === undefined) return undefined;
  try {
    return transactionDigest(TransactionData.encode(transactionFromProto(transaction)));
  } catch (error) {
    if (!isError(error)) throw error;
    return undefined;
  }
};

const executedReaders = (known?: Digest): Readers<ExecutedTransaction> => ({
  digest: (m) => known ?? trueDigest(m) ?? digest(m.digest, 'value'),
  transaction: (m, selection) => {
    const transaction = need(m.transaction, 'value');
    return selection === true ? transactionFromProto(transaction) : view(transaction, selection, TRANSACTION);
  },
  signatures: (m) => eachOf('list', m.signatures, signatureFromProto),
  effects: (m, selection) => {
    const effects = need(m.effects, 'value');
    return selection === true ? effectsFromProto(effects) : view(effects, selection, EFFECTS);
  },
  checkpoint: (m) => m.checkpoint,
  timestamp: (m) => maybe(m.timestamp, (time) => millis(time, 'value')),
  balanceChanges: (m) => eachOf('list', m.balanceChanges, balanceChangeFromProto),
  objects: (m, selection) => objectsView(m.objects, selection),
});
const EXECUTED = /* @__PURE__ */ executedReaders();

export const executedView = (message: ExecutedTransaction, selection: Selection) => view(message, selection, EXECUTED);

/** The answer to a submission: its digests are wrong, so that it is the caller's own that counts. */
export const submittedView = (message: ExecutedTransaction, selection: Selection, known: Digest) =>
  view(message, selection, executedReaders(known));

const SUMMARY: Readers<SummaryMessage> = {
  digest: (m) => digest(m.digest, 'value'),
  epoch: (m) => need(m.epoch, 'value'),
  sequenceNumber: (m) => need(m.sequenceNumber, 'value'),
  totalNetworkTransactions: (m) => need(m.totalNetworkTransactions, 'value'),
  contentDigest: (m) => digest(m.contentDigest, 'value'),
  previousDigest: (m) => maybe(m.previousDigest, (text) => digest(text, 'value')),
  epochRollingTransactionFees: (m) => feeFromProto(need(m.epochRollingTransactionFees, 'value')),
  timestamp: (m) => millis(m.timestamp, 'value'),
  commitments: (m) => eachOf('list', m.commitments, commitmentFromProto),
  endOfEpochData: (m) => maybe(m.endOfEpochData, endOfEpochFromProto),
};

const CONTENTS: Readers<ContentsMessage> = {
  digest: (m) => digest(m.digest, 'value'),
  version: (m) => need(m.version, 'value'),
  transactions: (m) =>
    eachOf('list', m.transactions, ({ transaction, effects, signatures }) => ({
      transaction: digest(transaction, 'transaction'),
      effects: digest(effects, 'effects'),
      signatures: eachOf('signatures', signatures, signatureFromProto),
    })),
};

const CHECKPOINT: Readers<Checkpoint> = {
  sequenceNumber: (m) => need(m.sequenceNumber ?? m.summary?.sequenceNumber, 'value'),
  digest: (m) => digest(m.digest, 'value'),
  summary: (m, selection) => {
    const summary = need(m.summary, 'value');
    return selection === true ? summaryFromProto(summary) : view(summary, selection, SUMMARY);
  },
  signature: (m) => quorumSignatureFromProto(need(m.signature, 'value')),
  contents: (m, selection) => {
    const contents = need(m.contents, 'value');
    return selection === true ? contentsFromProto(contents) : view(contents, selection, CONTENTS);
  },
  transactions: (m, selection) => eachOf('list', m.transactions, (each) => executedView(each, selection)),
  objects: (m, selection) => objectsView(m.objects ?? { objects: [] }, selection),
};

export const checkpointView = (message: Checkpoint, selection: Selection) => {
  const result = view(message, selection, CHECKPOINT);
  if (result.digest !== undefined && below(selection, 'summary') === true) {
    try {
      result.digest = checkpointDigest(CheckpointSummary.encode(result.summary as CheckpointSummary));
    } catch (error) {
      // A commitment of a newer kind cannot be encoded; then the server's word has to do.
      if (!isError(error)) throw error;
    }
  }
  return result;
};

const CONFIG: Readers<ProtocolConfig> = {
  protocolVersion: (m) => m.protocolVersion,
  featureFlags: (m) => m.featureFlags,
  attributes: (m) => m.attributes,
};

const EPOCH: Readers<Epoch> = {
  epoch: (m) => need(m.epoch ?? m.systemState?.epoch ?? m.committee?.epoch, 'value'),
  committee: (m) => maybe(m.committee, committeeFromProto),
  systemState: (m) => maybe(m.systemState, systemStateFromProto),
  firstCheckpoint: (m) => m.firstCheckpoint,
  lastCheckpoint: (m) => m.lastCheckpoint,
  start: (m) => maybe(m.start, (time) => millis(time, 'value')),
  end: (m) => maybe(m.end, (time) => millis(time, 'value')),
  protocolConfig: (m, selection) => maybe(m.protocolConfig, (config) => view(config, selection, CONFIG)),
};

export const epochView = (message: Epoch, selection: Selection) => view(message, selection, EPOCH);
