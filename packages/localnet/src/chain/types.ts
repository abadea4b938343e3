import type {
  AuthorityQuorumSignInfo,
  CheckpointSummary,
  SystemState,
  TransactionData,
  TransactionEffects,
} from '@somakit/bcs';
import type { Digest } from '@somakit/core';
import type {
  BalanceChange,
  CheckpointRecord,
  EpochAdvance,
  ExecutionResult,
  Ledger,
  LedgerObject,
  LedgerTransaction,
  ObjectChange,
  RecordedCheckpoint,
  SimulationResult,
} from '@somakit/ledger';
import type { NodeStore } from '../store/node-store.js';

/** The newest checkpoint, as headers and service info tell it. */
export interface Head {
  readonly sequenceNumber: bigint;
  readonly digest: Digest;
  readonly epoch: bigint;
  readonly timestampMs: bigint;
}

/** An epoch that has begun. */
export interface EpochRecord {
  readonly epoch: bigint;
  readonly firstCheckpoint: bigint;
  readonly startMs: bigint;
  /** The state as the epoch found it. */
  readonly state: SystemState;
  /** The version of the state's object then. */
  readonly stateVersion: bigint;
}

/** A checkpoint, read. */
export interface CheckpointView {
  readonly record: CheckpointRecord;
  readonly summary: CheckpointSummary;
  signature(): AuthorityQuorumSignInfo | undefined;
}

/** An executed transaction, read. */
export interface TransactionView {
  readonly digest: Digest;
  readonly data: TransactionData;
  readonly signatures: readonly Uint8Array[];
  readonly effects: TransactionEffects;
  /** Undefined until a checkpoint has it. */
  readonly checkpoint: bigint | undefined;
  readonly timestampMs: bigint | undefined;
}

/** A chain with a clock: it makes checkpoints, ends epochs, and tells who listens. */
export interface Chain {
  readonly ledger: Ledger;
  readonly store: NodeStore;
  readonly chainId: Digest;
  head(): Head;
  /** The chain's time, in ms. */
  now(): bigint;
  /** Moves the clock; it goes on from there. Never back before the newest checkpoint. */
  setTime(timestampMs: bigint): Promise<void>;
  /** Moves the clock without a checkpoint: the next one has the time. */
  skipTo(timestampMs: bigint): void;
  /** Executes; the transaction is in a checkpoint, and durable, when this resolves. @throws TRANSACTION_REFUSED */
  submit(transaction: LedgerTransaction): Promise<ExecutionResult>;
  simulate(transaction: LedgerTransaction): SimulationResult;
  /** Makes a checkpoint now, of what waits or of nothing. */
  createCheckpoint(): Promise<Head>;
  advanceEpoch(options?: { readonly timestampMs?: bigint | undefined }): Promise<EpochAdvance>;
  apply(recorded: RecordedCheckpoint): Promise<Head>;
  snapshot(): Promise<number>;
  revert(id: number): Promise<void>;
  checkpoint(sequenceNumber: bigint): CheckpointView | undefined;
  transaction(digest: Digest): TransactionView | undefined;
  /** Objects before and after a transaction, as far as history reaches. */
  changes(effects: TransactionEffects): ObjectChange[];
  balanceChanges(effects: TransactionEffects): BalanceChange[];
  /** Everything that a transaction read or wrote, by id and version. */
  touched(effects: TransactionEffects): LedgerObject[];
  epoch(epoch: bigint): EpochRecord | undefined;
  /** Checkpoints in order, from `from` (the next one by default) until the signal. A revert goes on with the new ones. */
  checkpoints(options: {
    readonly from?: bigint | undefined;
    readonly signal?: AbortSignal | undefined;
  }): AsyncGenerator<CheckpointView>;
  /** As `checkpoints`, for one reader; its `return` ends it at once, also while the reader waits. */
  follow(from?: bigint | undefined): Required<Omit<AsyncIterableIterator<CheckpointView>, 'throw'>>;
  /** How many are listening. */
  readonly listeners: number;
  /** Everything acknowledged is durable. */
  flush(): Promise<void>;
  close(): Promise<void>;
}
