import { type SomaObject, SystemState, TransactionData } from '@somakit/bcs';
import { type Digest, invalidArgument, SomaKitError } from '@somakit/core';
import { createObjectSet, transactionDigest } from '@somakit/crypto';
import { transactionFee } from '@somakit/protocol/fees';
import { buildCheckpoint } from './checkpoints/build.js';
import './errors.js';
import { executeTransaction } from './execution/execute.js';
import { STATE_ID } from './execution/inputs.js';
import { tableOf } from './execution/table.js';
import { buildGenesis } from './genesis/build.js';
import type { Genesis, GenesisOptions } from './genesis/options.js';
import { createMachine, reopenMachine } from './ledger.js';
import { encodeMeta, type LedgerMeta } from './meta.js';
import { coinBalance, coinContents, type LedgerObject, toLedgerObject, ZERO_ADDRESS } from './object.js';
import type { MachineOptions } from './state.js';
import { createMemoryStore } from './store/memory.js';
import type { LedgerStore } from './store/types.js';
import type { Ledger } from './types.js';

/** The objects of a genesis transaction, as recorded from a chain. */
export interface RecordedGenesis {
  /** In the order of the transaction: it is part of the chain's identity. */
  readonly objects: readonly SomaObject[];
  /** The time of checkpoint 0, in ms; the SystemState's start of epoch 0 when left out. */
  readonly timestampMs?: bigint | undefined;
}

/** What every way to make a ledger takes. */
export interface LedgerSettings {
  /** Where the state lives. Defaults to a memory store without history. */
  readonly store?: LedgerStore | undefined;
  /** Whether transactions must be signed by their senders. Defaults to true. */
  readonly checkSignatures?: boolean | undefined;
  /** Whether supply and single use are checked after every transaction. Costs some microseconds each. Defaults to false. */
  readonly invariants?: boolean | undefined;
  /** BLS secret keys of validators, to certify checkpoints with. A genesis from options brings its own. */
  readonly validatorKeys?: readonly Uint8Array[] | undefined;
  /**
   * For replays of recorded chains: does what the reference does where it loses objects or makes value (see
   * `docs/differences.md`), so that the effects of such transactions are equal too. Defaults to false.
   */
  readonly reproduceDefects?: boolean | undefined;
  /** The time, in ms. Without it each checkpoint is 200 ms after the one before, unless told otherwise. */
  readonly now?: (() => bigint) | undefined;
}

/** Options of {@link createLedger}. */
export interface LedgerOptions extends LedgerSettings {
  /**
   * How the chain begins: options, a genesis made by `buildGenesis`, or the objects of a recorded one. May be left out
   * for a store that has a ledger in it.
   */
  readonly genesis?: GenesisOptions | Genesis | RecordedGenesis | undefined;
}

const settle = (settings: LedgerSettings, keys: readonly Uint8Array[]): MachineOptions => ({
  store: settings.store ?? createMemoryStore(),
  checkSignatures: settings.checkSignatures ?? true,
  invariants: settings.invariants ?? false,
  validatorKeys: [...keys, ...(settings.validatorKeys ?? [])],
  now: settings.now,
  reproduceDefects: settings.reproduceDefects ?? false,
});

const invalidGenesis = (problem: string): SomaKitError =>
  new SomaKitError('INVALID_GENESIS', `The genesis is not valid: ${problem}.`, { context: { problem } });

const stateIn = (objects: readonly SomaObject[]): SystemState => {
  const object = objects.find(({ objectId }) => objectId === STATE_ID);
  if (object === undefined) throw invalidGenesis('it has no system state object 0x5');
  return SystemState.decode(object.contents);
};

/** Executes the genesis transaction and makes checkpoint 0. Source: types/src/genesis_builder.rs. */
const begin = (options: MachineOptions, objects: readonly SomaObject[], timestampMs: bigint): Ledger => {
  const { store } = options;
  const state = stateIn(objects);
  const data: TransactionData = { kind: { kind: 'Genesis', objects }, sender: ZERO_ADDRESS, gasPayment: [] };
  const bytes = TransactionData.encode(data);
  const digest = transactionDigest(bytes);
  const fees = { baseFee: 0n, writeObjectFee: 0n, valueFeeBps: 0n };
  const outcome = executeTransaction({
    digest,
    data,
    inputs: tableOf<LedgerObject>([]),
    deletedShared: [],
    epoch: 0n,
    fees,
    protocolVersion: state.protocolVersion,
    reproduce: false,
  });
  const { effectsDigest, effectsBytes, changes } = outcome;
  if (changes.length !== objects.length) throw invalidGenesis('it has an object twice');
  for (const { after } of changes) if (after !== undefined) store.putObject(after);
  store.putTransaction({ digest, transaction: bytes, signatures: [], effects: effectsBytes, effectsDigest });
  const built = buildCheckpoint([{ outcome, signatures: [], size: 0 }], new Map(), {
    epoch: 0n,
    sequenceNumber: 0n,
    networkTotalTransactions: 1n,
    previousDigest: undefined,
    fees: transactionFee(0n),
    timestampMs,
  });
  store.putCheckpoint({
    sequenceNumber: 0n,
    digest: built.digest,
    summary: built.summaryBytes,
    transactions: built.contents.transactions,
  });
  const meta: LedgerMeta = {
    chainId: built.digest,
    sequenceNumber: 0n,
    checkpointDigest: built.digest,
    timestampMs,
    totalTransactions: 1n,
    round: 0n,
    fees: transactionFee(0n),
    burned: 0n,
    liveSet: createObjectSet().toBytes(),
    unsettled: changes.map(({ after }) => ({ digest: after!.digest, added: 1n, removed: 0n })),
    deletedShared: [],
    locks: [],
  };
  store.commit(() => encodeMeta(meta));
  return createMachine(options, meta);
};

/**
 * A ledger: the chain's state machine, from a genesis, from a recorded genesis, or where a store left off. Opens
 * nothing, reads no clock; the same calls give the same state on every machine.
 *
 * @throws INVALID_GENESIS when the genesis is none.
 * @throws STORE_MISMATCH when there is neither a genesis nor a ledger in the store, or both and they differ.
 * @example
 * import { createLedger } from '@somakit/ledger';
 * const ledger = createLedger({ genesis: { timestampMs: 1_700_000_000_000n, seed: 'example' } });
 * ledger.epoch(); // 0n
 * ledger.advanceEpoch().epoch; // 1n
 */
export const createLedger = (options: LedgerOptions): Ledger => {
  const { genesis } = options;
  const saved = options.store?.getMeta();
  if (saved !== undefined) {
    const keys = genesis !== undefined && !('objects' in genesis) ? buildGenesis(genesis).validatorKeys : [];
    return reopenMachine(settle(options, keys), saved);
  }
  if (genesis === undefined) {
    const problem = 'no genesis was given, and the store is empty';
    throw new SomaKitError('STORE_MISMATCH', `There is no chain to run: ${problem}.`, {
      context: { problem },
      hint: 'Give `genesis`: options for a new chain, or the objects of a recorded one.',
    });
  }
  if (typeof genesis !== 'object' || genesis === null)
    throw invalidArgument('genesis', 'options or recorded objects', genesis);
  const made: RecordedGenesis & { readonly validatorKeys?: readonly Uint8Array[] } =
    'objects' in genesis ? genesis : buildGenesis(genesis);
  const timestampMs = made.timestampMs ?? stateIn(made.objects).epochStartTimestampMs;
  return begin(settle(options, made.validatorKeys ?? []), made.objects, timestampMs);
};

/** What {@link forkLedger} starts from. */
export interface ForkOptions extends LedgerSettings {
  /** Live objects as any node gives them; the SystemState among them. */
  readonly objects: readonly (SomaObject & { readonly digest?: Digest | undefined })[];
  /** The chain that is forked. */
  readonly chainId: Digest;
  /** The checkpoint that the objects are from. */
  readonly checkpoint: {
    readonly sequenceNumber: bigint;
    readonly digest: Digest;
    readonly timestampMs: bigint;
    readonly networkTotalTransactions?: bigint | undefined;
  };
}

/**
 * A ledger that goes on from a state read from any node, on its own. Objects that were not given do not exist in it, and
 * the live-object commitment at the end of an epoch covers the given ones only: it is not that of the forked chain.
 * Fees that the running epoch took before the fork are unknown too, and are paid to nobody.
 *
 * @throws INVALID_GENESIS when the SystemState is not among the objects.
 */
export const forkLedger = (options: ForkOptions): Ledger => {
  const settings = settle(options, []);
  stateIn(options.objects);
  // Coins in shared buffers, as execution makes them: by the hundred thousand, arrays of their own weigh.
  const live = options.objects.map((object) =>
    toLedgerObject(
      object.objectType.kind === 'Coin' ? { ...object, contents: coinContents(coinBalance(object)) } : object,
    ),
  );
  for (const object of live) settings.store.putObject(object);
  const { checkpoint } = options;
  settings.store.putCheckpoint({
    sequenceNumber: checkpoint.sequenceNumber,
    digest: checkpoint.digest,
    summary: new Uint8Array(0),
    transactions: [],
  });
  const meta: LedgerMeta = {
    chainId: options.chainId,
    sequenceNumber: checkpoint.sequenceNumber,
    checkpointDigest: checkpoint.digest,
    timestampMs: checkpoint.timestampMs,
    totalTransactions: checkpoint.networkTotalTransactions ?? 0n,
    round: 0n,
    fees: transactionFee(0n),
    burned: 0n,
    liveSet: createObjectSet().toBytes(),
    unsettled: live.map(({ digest }) => ({ digest, added: 1n, removed: 0n })),
    deletedShared: [],
    locks: [],
  };
  settings.store.commit(() => encodeMeta(meta));
  return createMachine(settings, meta);
};
