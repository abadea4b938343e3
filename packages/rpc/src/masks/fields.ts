import type {
  AuthorityQuorumSignInfo,
  BalanceChange,
  ChangedObject,
  CheckpointCommitment,
  CheckpointContents,
  CheckpointSummary,
  EndOfEpochData,
  ExecutionDigests,
  ExecutionStatus,
  ObjectRef,
  ObjectType,
  Owner,
  SystemState,
  TransactionData,
  TransactionEffects,
  TransactionFee,
  TransactionKind,
  UnchangedSharedObject,
} from '@somakit/bcs';
import type { Address, Digest, ObjectId } from '@somakit/core';
import type { EpochCommittee } from '../convert/committee.js';
import type { ObjectContents } from '../convert/objects.js';
import type { Boxed, Part, Parts, Whole } from './types.js';

export type { TargetFields } from '../convert/targets.js';

/** The names of object types; a newer server may know more. */
export type ObjectTypeName = ObjectType['kind'] | (string & {});

/** An object as reads show it. */
export interface ObjectFields {
  readonly objectId: ObjectId;
  readonly version: bigint;
  /** Computed from the content where all fields are selected, as the original client does; else the node's word. */
  readonly digest: Digest;
  readonly owner: Owner;
  readonly objectType: ObjectTypeName;
  /** Read by the object's type. The bytes are in the raw message. */
  readonly contents: ObjectContents;
  /** The transaction that wrote this version. */
  readonly previousTransaction: Digest;
}

/** A whole object. */
export type ObjectView = Whole<ObjectFields>;

/** A transaction without signatures. */
export interface TransactionFields {
  readonly kind: TransactionKind;
  readonly sender: Address;
  readonly gasPayment: readonly ObjectRef[];
}

/** What a transaction did, as masks name its parts. As a whole it is the chain's `TransactionEffects`. */
export interface EffectsFields {
  readonly status: ExecutionStatus;
  readonly epoch: bigint;
  readonly fee: TransactionFee;
  readonly transactionDigest: Digest;
  readonly gasObjectIndex?: number;
  readonly dependencies: readonly Digest[];
  readonly lamportVersion: bigint;
  readonly changedObjects: readonly ChangedObject[];
  readonly unchangedSharedObjects: readonly UnchangedSharedObject[];
}

/** A transaction in a reply, with what it did. */
export interface ExecutedFields {
  /** Never the reference's own where that is wrong: from the effects, else from the transaction's content. */
  readonly digest: Digest;
  readonly transaction: Part<TransactionFields, TransactionData>;
  /** As signers give them: 97 bytes, or a flag 2 and a multisig. */
  readonly signatures: readonly Uint8Array[];
  readonly effects: Part<EffectsFields, TransactionEffects>;
  /** The checkpoint that has it. Missing until that is indexed, and in answers to a submission. */
  readonly checkpoint?: bigint;
  /** The checkpoint's time in milliseconds; missing as `checkpoint` is. */
  readonly timestamp?: bigint;
  /** Coins gained and lost by owner, in shannons. Empty until the transaction's checkpoint is indexed. */
  readonly balanceChanges: readonly BalanceChange[];
  /**
   * Inputs and outputs. The reference gives them to `objects.objects` only (not to `objects`), for a submission or a
   * simulation only, and with digests that are wrong; here they are right.
   */
  readonly objects?: Boxed<'objects', ObjectFields, ObjectView>;
}

/** A simulated transaction. */
export type SimulatedFields = Pick<ExecutedFields, 'transaction' | 'effects' | 'balanceChanges' | 'objects'>;

/** The summary of a checkpoint, as masks name its parts. As a whole it is the chain's `CheckpointSummary`. */
export interface SummaryFields {
  readonly digest: Digest;
  readonly epoch: bigint;
  readonly sequenceNumber: bigint;
  readonly totalNetworkTransactions: bigint;
  readonly contentDigest: Digest;
  readonly previousDigest?: Digest;
  readonly epochRollingTransactionFees: TransactionFee;
  /** Milliseconds. */
  readonly timestamp: bigint;
  readonly commitments: readonly CheckpointCommitment[];
  readonly endOfEpochData?: EndOfEpochData;
}

/** The list of a checkpoint's transactions, as masks name its parts. */
export interface ContentsFields {
  readonly digest: Digest;
  readonly version: number;
  readonly transactions: readonly (ExecutionDigests & { readonly signatures: readonly Uint8Array[] })[];
}

/** A checkpoint in a reply. */
export interface CheckpointFields {
  readonly sequenceNumber: bigint;
  /** From the summary's content where that is selected as a whole. */
  readonly digest: Digest;
  readonly summary: Part<SummaryFields, CheckpointSummary>;
  readonly signature: AuthorityQuorumSignInfo;
  readonly contents: Part<ContentsFields, CheckpointContents>;
  readonly transactions: Parts<ExecutedFields, Whole<ExecutedFields>>;
  /** Everything that its transactions read or wrote. */
  readonly objects: Boxed<'objects', ObjectFields, ObjectView>;
}

export interface ProtocolConfigFields {
  readonly protocolVersion: bigint;
  readonly featureFlags: Readonly<Record<string, boolean>>;
  /** Parameters by their names in the chain's source, as decimal texts: `attributes.model_architecture_version`. */
  readonly attributes: Readonly<Record<string, string>>;
}

/** An epoch in a reply. All but its number are missing for an epoch that the node does not know. */
export interface EpochFields {
  readonly epoch: bigint;
  readonly committee?: EpochCommittee;
  readonly systemState?: SystemState;
  readonly firstCheckpoint?: bigint;
  /** The reference never sets it. */
  readonly lastCheckpoint?: bigint;
  /** Milliseconds. */
  readonly start?: bigint;
  /** Milliseconds; the start of the next epoch. */
  readonly end?: bigint;
  readonly protocolConfig?: Part<ProtocolConfigFields, Partial<Whole<ProtocolConfigFields>>>;
}
