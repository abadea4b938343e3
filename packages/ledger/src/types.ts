import type {
  CertifiedCheckpointSummary,
  CheckpointContents,
  CheckpointSummary,
  SystemState,
  TransactionEffects,
} from '@somakit/bcs';
import type { Digest, ObjectId } from '@somakit/core';
import type { BalanceChange } from './balance.js';
import type { ObjectChange } from './execution/outcome.js';
import type { LedgerTransaction } from './execution/transaction.js';
import type { LedgerObject } from './object.js';
import type { CheckpointRecord, ObjectFilter, TransactionRecord } from './store/types.js';
import type { Supply } from './supply.js';

/**
 * What came of a transaction. `effects` and `balanceChanges` are made when they are first read: name them, because a
 * spread or a structured clone of the whole leaves them out.
 */
export interface ExecutionResult {
  readonly digest: Digest;
  /** Whether it succeeded or failed, its fee and what it changed, as the chain says it. */
  readonly effects: TransactionEffects;
  readonly effectsDigest: Digest;
  /** The objects before and after, in ascending order of their ids. Empty for a repeated transaction. */
  readonly changes: readonly ObjectChange[];
  /** What each address gained or lost in coins. Empty for a repeated transaction. */
  readonly balanceChanges: readonly BalanceChange[];
  /** Whether it had been executed before: nothing happened now. */
  readonly repeated: boolean;
}

/** What a transaction would come to. */
export interface SimulationResult extends Omit<ExecutionResult, 'repeated'> {
  /** The coin that stood in for the gas payment, when the transaction has none. */
  readonly mockGasId?: ObjectId;
}

/** A checkpoint that was just made. */
export interface LedgerCheckpoint {
  readonly sequenceNumber: bigint;
  readonly digest: Digest;
  readonly summary: CheckpointSummary;
  readonly summaryBytes: Uint8Array;
  readonly contents: CheckpointContents;
  /** Its transactions in their order, prologue and epoch change included. */
  readonly transactions: readonly ExecutionResult[];
  /** Of `createCheckpoint`: the checkpoints before it that took what is too much for one. */
  readonly preceding?: readonly LedgerCheckpoint[];
  /**
   * The summary with the validators' signature. Made when first asked for: it takes ten milliseconds.
   * @throws CHECKPOINT_KEYS when the ledger has not the keys of a quorum.
   */
  readonly certify: () => CertifiedCheckpointSummary;
}

/** The end of an epoch. */
export interface EpochAdvance {
  /** The epoch that has begun. */
  readonly epoch: bigint;
  readonly state: SystemState;
  readonly changeEpoch: ExecutionResult;
  /** The checkpoints that were made: those of transactions that still waited, if any, and the epoch's last. */
  readonly checkpoints: readonly LedgerCheckpoint[];
}

/** When something happens on the chain, in ms. Without it the ledger's own clock, or one step after the last checkpoint. */
export interface TimeOptions {
  readonly timestampMs?: bigint | undefined;
}

/** Options of the end of an epoch. */
export interface EpochOptions extends TimeOptions {
  /** The protocol version that the next epoch runs. Defaults to the current one. */
  readonly protocolVersion?: bigint | undefined;
}

/** A checkpoint as a node recorded it. */
export interface RecordedCheckpoint {
  /** The transactions in their recorded order, system kinds included. */
  readonly transactions: readonly LedgerTransaction[];
  readonly timestampMs: bigint;
  /** Where checkpoints without changes were left out of the recording: what they would have brought about. */
  readonly sequenceNumber?: bigint | undefined;
  readonly previousDigest?: Digest | undefined;
  readonly networkTotalTransactions?: bigint | undefined;
}

/**
 * The chain's state machine. All methods are synchronous; a result does not change afterwards.
 *
 * Transactions execute in the order of the calls and wait for the next checkpoint.
 */
export interface Ledger {
  /** The digest of checkpoint 0. */
  readonly chainId: Digest;
  /** The current epoch. */
  epoch(): bigint;
  /** The network's state. */
  systemState(): SystemState;
  /**
   * Executes a transaction. One that fails is executed too: it pays a fee, and its effects say why it failed.
   * @throws TRANSACTION_REFUSED when it is not valid: nothing changes then.
   */
  execute(transaction: LedgerTransaction): ExecutionResult;
  /** Executes a transaction on the side: no signature is needed, a gas coin is made up if there is none, nothing changes. */
  simulate(transaction: LedgerTransaction): SimulationResult;
  /**
   * Makes a checkpoint of the transactions since the last one; several, where they are more than 20,000 or 30 MiB. Gives
   * the newest.
   */
  createCheckpoint(options?: TimeOptions): LedgerCheckpoint;
  /** Ends the epoch. Full-length epochs pay an emission, early ones do not. */
  advanceEpoch(options?: EpochOptions): EpochAdvance;
  /** Executes a recorded checkpoint, its system transactions as they are. For replays: no lock and no mercy. */
  applyCheckpoint(recorded: RecordedCheckpoint): LedgerCheckpoint;
  /** Marks a point to come back to. */
  snapshot(): number;
  /** Goes back to a snapshot, in time proportional to what changed since. It and later ones are used up. */
  revert(id: number): void;
  /** A live object. */
  getObject(id: ObjectId | string): LedgerObject | undefined;
  /** An object at a version, where the store keeps history. */
  getVersion(id: ObjectId | string, version: bigint): LedgerObject | undefined;
  /** Live objects in ascending order of their ids. */
  listObjects(filter?: ObjectFilter): Iterable<LedgerObject>;
  getTransaction(digest: Digest | string): TransactionRecord | undefined;
  getCheckpoint(sequenceNumber: bigint): CheckpointRecord | undefined;
  /** The newest checkpoint. */
  latestCheckpoint(): CheckpointRecord;
  /** Executed transactions that wait for a checkpoint. */
  pendingTransactions(): readonly Digest[];
  /** Works off some of what the live-object commitment still has to count; gives how many objects are left. */
  settleLiveSet(limit?: number): number;
  /** Where all SOMA are; fees of the running epoch and what was burned included. */
  supply(): LedgerSupply;
  /** A digest of everything that decides how the ledger goes on. Equal inputs give equal digests, on every machine. */
  stateDigest(): Digest;
}

/** Where all SOMA are, in shannons. */
export interface LedgerSupply extends Supply {
  /** Fees of the running epoch, not yet paid out. */
  readonly fees: bigint;
  /** Burned by slashing since the ledger began. */
  readonly burned: bigint;
  /** All of the above, modulo 2^64. It never changes. */
  readonly total: bigint;
}
