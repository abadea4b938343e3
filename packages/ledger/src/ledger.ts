import { type SystemState, TransactionData, type TransactionFee, type TransactionKind } from '@somakit/bcs';
import {
  type Digest,
  fromBase58,
  invalidArgument,
  type ObjectId,
  parseDigest,
  parseObjectId,
  SomaKitError,
} from '@somakit/core';
import { blake2b256, createObjectSet } from '@somakit/crypto';
import { isSystemKind, protocolParameters, wrapU64 } from '@somakit/protocol';
import { addFees, transactionFee } from '@somakit/protocol/fees';
import { balanceChanges } from './balance.js';
import { type BuiltCheckpoint, buildCheckpoint, type CheckpointItem, netChanges } from './checkpoints/build.js';
import { createCertifier } from './checkpoints/certify.js';
import { committeeOf } from './checkpoints/committee.js';
import { causalOrder } from './checkpoints/order.js';
import { splitCheckpoint } from './checkpoints/split.js';
import './errors.js';
import { createChecker, type LedgerView } from './execution/check.js';
import { effectsOf } from './execution/effects.js';
import { executeTransaction } from './execution/execute.js';
import { STATE_ID } from './execution/inputs.js';
import type { DeletedShared, Outcome } from './execution/outcome.js';
import { ObjectTable } from './execution/table.js';
import { type LedgerTransaction, type ParsedTransaction, parseTransaction } from './execution/transaction.js';
import { checkSupply } from './invariants.js';
import { decodeMeta, encodeMeta, type LedgerMeta } from './meta.js';
import { coinContents, type LedgerObject, toLedgerObject, ZERO_ADDRESS } from './object.js';
import { repeatedResult, resultOf } from './result.js';
import { createState, type MachineOptions } from './state.js';
import { stateDigestOf } from './state-digest.js';
import { supplyOf } from './supply.js';
import type {
  EpochAdvance,
  EpochOptions,
  ExecutionResult,
  Ledger,
  LedgerCheckpoint,
  RecordedCheckpoint,
  SimulationResult,
  TimeOptions,
} from './types.js';

const NO_FEES = /* @__PURE__ */ transactionFee(0n);
/** What stands for the signature of a prologue: 97 zero bytes. */
const PLACEHOLDER = /* @__PURE__ */ new Uint8Array(97);
/** The coin that a simulation makes up, and what is in it. Source: authority/src/authority.rs `simulate_transaction`. */
const MOCK_GAS_ID = `0x${'f'.repeat(64)}` as ObjectId;
const MOCK_GAS_BALANCE = 1_000_000_000_000_000_000n;

/** A checkpoint before anybody has seen it. */
type NewCheckpoint = Omit<LedgerCheckpoint, 'preceding'> & { preceding?: readonly LedgerCheckpoint[] };

/** The chain's state machine over a store that holds a state already. */
export const createMachine = (options: MachineOptions, meta: LedgerMeta): Ledger => {
  const { store } = options;
  const { chainId } = meta;
  const machine = createState(options, meta);
  const { liveSet, view, systemState, apply, record } = machine;

  const check = createChecker(view);
  const CHECKS = {
    user: { signatures: options.checkSignatures, locks: true, simulate: false },
    recorded: { signatures: options.checkSignatures, locks: false, simulate: false },
  };

  const run = (
    transaction: Pick<ParsedTransaction, 'digest' | 'data'>,
    inputs: ObjectTable<LedgerObject>,
    deleted: readonly DeletedShared[],
  ): Outcome => {
    const state = systemState();
    const outcome = executeTransaction({
      digest: transaction.digest,
      data: transaction.data,
      inputs,
      deletedShared: deleted,
      epoch: state.epoch,
      fees: state.parameters,
      protocolVersion: state.protocolVersion,
      reproduce: options.reproduceDefects,
    });
    // Defects that are reproduced do not conserve the supply.
    if (options.invariants && !options.reproduceDefects) checkSupply(outcome, transaction.data.kind);
    return outcome;
  };

  const repeated = (digest: Digest): ExecutionResult | undefined => {
    const known = store.getTransaction(digest);
    return known === undefined ? undefined : repeatedResult(known);
  };

  const executeUser = (transaction: ParsedTransaction, useLocks: boolean): ExecutionResult => {
    const { data, digest } = transaction;
    const known = isSystemKind(data.kind.kind) ? undefined : repeated(digest);
    if (known !== undefined) return known;
    const checked = check(transaction, useLocks ? CHECKS.user : CHECKS.recorded);
    return apply(transaction, run(transaction, checked.inputs, checked.deletedShared), checked.owned);
  };

  const executeSystem = (transaction: ParsedTransaction): ExecutionResult => {
    const inputs = new ObjectTable<LedgerObject>();
    if (transaction.data.kind.kind === 'ChangeEpoch') {
      const object = store.getObject(STATE_ID);
      if (object !== undefined) inputs.put(object);
    }
    return apply(transaction, run(transaction, inputs, []), []);
  };

  const systemTransaction = (kind: TransactionKind): ParsedTransaction => {
    const signatures = kind.kind === 'ConsensusCommitPrologueV1' ? [PLACEHOLDER] : [];
    const data: TransactionData = { kind, sender: ZERO_ADDRESS, gasPayment: [] };
    return { ...parseTransaction({ bytes: TransactionData.encode(data) }), signatures };
  };

  /** Digests for a prologue: the reference's come from its consensus, which a ledger has not. */
  const consensusDigest = (label: string): Digest => {
    const text = new TextEncoder().encode(`somakit-consensus-${label}`);
    const seed = new Uint8Array(text.length + 40);
    seed.set(text);
    seed.set(fromBase58(machine.head.checkpointDigest), text.length);
    new DataView(seed.buffer).setBigUint64(text.length + 32, machine.head.round, true);
    return parseDigest(blake2b256(seed));
  };

  const setRound = (round: bigint): void => {
    const { head } = machine;
    machine.head = { ...head, round };
    record(() => {
      machine.head = head;
    });
  };

  const executePrologue = (timestampMs: bigint): ExecutionResult => {
    const round = machine.head.round + 1n;
    setRound(round);
    return executeSystem(
      systemTransaction({
        kind: 'ConsensusCommitPrologueV1',
        epoch: systemState().epoch,
        round,
        commitTimestampMs: timestampMs,
        consensusCommitDigest: consensusDigest('commit'),
        additionalStateDigest: consensusDigest('state'),
      }),
    );
  };

  /** The fees of the epoch without those of transactions that are in none of its checkpoints yet. */
  const feesBefore = (later: readonly CheckpointItem[]): TransactionFee => {
    const { fees } = machine.head;
    if (later.length === 0) return fees;
    const rest = later.reduce((sum, { outcome }) => addFees(sum, outcome.fee), NO_FEES);
    return transactionFee(
      wrapU64(fees.baseFee - rest.baseFee),
      wrapU64(fees.operationFee - rest.operationFee),
      wrapU64(fees.valueFee - rest.valueFee),
    );
  };

  /** Closes what waits into checkpoints, as many as its size asks for, and gives them in their order. */
  const closeCheckpoints = (
    items: readonly CheckpointItem[],
    of: { readonly timestampMs: bigint; readonly epoch: bigint },
  ): NewCheckpoint[] => {
    const chunks = splitCheckpoint(items, protocolParameters(systemState().protocolVersion));
    return chunks.map((chunk, i) => closeCheckpoint(chunk, { ...of, later: chunks.slice(i + 1).flat(), ends: false }));
  };

  /** Closes transactions, in the given order, into a checkpoint. */
  const closeCheckpoint = (
    items: readonly CheckpointItem[],
    of: {
      /** What goes into the checkpoints that follow at once. */
      readonly later?: readonly CheckpointItem[];
      readonly timestampMs: bigint;
      readonly epoch: bigint;
      readonly recorded?: RecordedCheckpoint | undefined;
      readonly ends: boolean;
    },
  ): NewCheckpoint => {
    const { recorded, later = [] } = of;
    const state = systemState();
    const { head, pending, deletedShared, locks } = machine;
    const sequenceNumber = recorded?.sequenceNumber ?? head.sequenceNumber + 1n;
    const networkTotalTransactions =
      recorded?.networkTotalTransactions ?? head.totalTransactions + BigInt(items.length);
    const { objects, apart } = netChanges(items);
    for (const changes of [apart, objects.values()]) liveSet.note(changes, 1);
    const built: BuiltCheckpoint = buildCheckpoint(items, objects, {
      epoch: of.epoch,
      sequenceNumber,
      networkTotalTransactions,
      previousDigest: recorded?.previousDigest ?? head.checkpointDigest,
      fees: feesBefore(later),
      timestampMs: of.timestampMs,
      endOfEpochData: of.ends
        ? {
            nextEpochValidatorCommittee: committeeOf(state),
            nextEpochProtocolVersion: state.protocolVersion,
            epochCommitments: [{ kind: 'ECMHLiveObjectSetDigest', digest: liveSet.digest() }],
          }
        : undefined,
    });
    machine.head = {
      ...head,
      sequenceNumber,
      checkpointDigest: built.digest,
      timestampMs: of.timestampMs,
      totalTransactions: networkTotalTransactions,
      ...(of.ends ? { round: 0n, fees: NO_FEES } : {}),
    };
    machine.pending = [...later];
    if (of.ends) {
      machine.deletedShared = new Map();
      machine.locks = new Map();
    }
    store.putCheckpoint({
      sequenceNumber,
      digest: built.digest,
      summary: built.summaryBytes,
      transactions: built.contents.transactions,
    });
    record(() => {
      store.deleteCheckpoint(sequenceNumber);
      for (const changes of [apart, objects.values()]) liveSet.note(changes, -1);
      Object.assign(machine, { head, pending, deletedShared, locks });
    });
    // What belongs together is kept together: a store must not end up between two of these.
    if (later.length === 0) machine.commit();
    return finishCheckpoint(built, items, of.ends ? committeeEpochState : state);
  };
  // The committee that signs an epoch's last checkpoint is the one that leaves; set before the change.
  let committeeEpochState: SystemState = systemState();

  const finishCheckpoint = (
    built: BuiltCheckpoint,
    items: readonly CheckpointItem[],
    signers: SystemState,
  ): NewCheckpoint => {
    let transactions: readonly ExecutionResult[] | undefined;
    let certificate: ReturnType<LedgerCheckpoint['certify']> | undefined;
    return {
      sequenceNumber: built.summary.sequenceNumber,
      digest: built.digest,
      summary: built.summary,
      summaryBytes: built.summaryBytes,
      contents: built.contents,
      get transactions() {
        transactions ??= items.map(({ outcome }) => resultOf(outcome));
        return transactions;
      },
      certify: () => {
        certificate ??= createCertifier(signers, options.validatorKeys).certify(built.summary, built.summaryBytes);
        return certificate;
      },
    };
  };

  const timeOf = (time: TimeOptions): bigint => {
    const given = time.timestampMs ?? options.now?.();
    if (given !== undefined && typeof given !== 'bigint') {
      throw invalidArgument('timestampMs', 'a bigint of milliseconds', given, 'BigInt(Date.now())');
    }
    const step = protocolParameters(systemState().protocolVersion).minCheckpointIntervalMs;
    const { timestampMs } = machine.head;
    const wanted = given ?? timestampMs + step;
    if (wanted < timestampMs) return timestampMs;
    return wanted;
  };

  const createCheckpoints = (timestampMs: bigint): NewCheckpoint[] => {
    const waiting = causalOrder(machine.pending);
    executePrologue(timestampMs);
    const items = [machine.pending.at(-1)!, ...waiting];
    return closeCheckpoints(items, { timestampMs, epoch: systemState().epoch });
  };

  const createCheckpoint = (time: TimeOptions = {}): LedgerCheckpoint => {
    const made = createCheckpoints(timeOf(time));
    const newest = made.at(-1)!;
    newest.preceding = made.slice(0, -1);
    return newest;
  };

  /** The commitment to what a checkpoint's transactions changed, which the reference puts into the epoch change. */
  const randomnessOf = (items: readonly CheckpointItem[]): Uint8Array => {
    const set = createObjectSet();
    for (const { outcome } of items) {
      for (const { before, after } of outcome.changes) {
        if (before !== undefined) set.remove(before.digest);
        if (after !== undefined) set.add(after.digest);
      }
    }
    return fromBase58(set.digest());
  };

  const advanceEpoch = (time: EpochOptions = {}): EpochAdvance => {
    const timestampMs = timeOf(time);
    const leaving = systemState();
    const protocolVersion = time.protocolVersion ?? leaving.protocolVersion;
    // A version that nobody knows is refused before anything has happened.
    protocolParameters(protocolVersion);
    const checkpoints = machine.pending.length > 0 ? createCheckpoints(timestampMs) : [];
    committeeEpochState = leaving;
    executePrologue(timestampMs);
    const changeEpoch = executeSystem(
      systemTransaction({
        kind: 'ChangeEpoch',
        epoch: leaving.epoch + 1n,
        epochStartTimestampMs: timestampMs,
        protocolVersion,
        fees: machine.head.fees.totalFee,
        epochRandomness: randomnessOf(machine.pending),
      }),
    );
    checkpoints.push(closeCheckpoint(machine.pending, { timestampMs, epoch: leaving.epoch, ends: true }));
    const state = systemState();
    return { epoch: state.epoch, state, changeEpoch, checkpoints };
  };

  const mismatch = (field: string, expected: unknown, received: unknown): SomaKitError =>
    new SomaKitError('CHECKPOINT_MISMATCH', `The recorded checkpoint does not fit: ${field}.`, {
      context: { field, expected, received },
    });

  const applyCheckpoint = (recorded: RecordedCheckpoint): LedgerCheckpoint => {
    const waiting = machine.pending.length;
    if (waiting > 0) throw mismatch('transactions that no checkpoint has yet', 0, waiting);
    const { epoch } = systemState();
    committeeEpochState = systemState();
    let ends = false;
    for (const each of recorded.transactions) {
      if (ends) throw mismatch('a transaction after the end of the epoch', 'none', 'one');
      const transaction = parseTransaction(each);
      const { kind } = transaction.data;
      if (!isSystemKind(kind.kind)) {
        executeUser(transaction, false);
        continue;
      }
      if (kind.kind === 'ConsensusCommitPrologueV1') setRound(kind.round);
      ends = kind.kind === 'ChangeEpoch';
      executeSystem(ends ? { ...transaction, signatures: [] } : { ...transaction, signatures: [PLACEHOLDER] });
    }
    return closeCheckpoint(machine.pending, { timestampMs: recorded.timestampMs, epoch, recorded, ends });
  };

  const simulate = (input: LedgerTransaction): SimulationResult => {
    const given = parseTransaction(input);
    const system = isSystemKind(given.data.kind.kind);
    const mock = given.data.gasPayment.length === 0 && !system ? mockGas(given.data) : undefined;
    const transaction =
      mock === undefined
        ? given
        : parseTransaction({
            data: {
              ...given.data,
              gasPayment: [{ objectId: mock.objectId, version: mock.version, digest: mock.digest }],
            },
          });
    const withMock: LedgerView = {
      ...view,
      getObject: (id) => (id === mock?.objectId ? mock : store.getObject(id)),
    };
    const checked = createChecker(withMock)(transaction, { signatures: false, locks: false, simulate: true });
    const outcome = run(transaction, checked.inputs, checked.deletedShared);
    return {
      digest: transaction.digest,
      effects: effectsOf(outcome),
      effectsDigest: outcome.effectsDigest,
      changes: outcome.changes,
      balanceChanges: balanceChanges(outcome.changes),
      ...(mock === undefined ? {} : { mockGasId: mock.objectId }),
    };
  };

  const mockGas = ({ sender }: TransactionData): LedgerObject =>
    toLedgerObject({
      objectId: MOCK_GAS_ID,
      objectType: { kind: 'Coin' },
      version: 0n,
      contents: coinContents(MOCK_GAS_BALANCE),
      owner: { kind: 'AddressOwner', address: sender },
      previousTransaction: parseDigest(new Uint8Array(32)),
    });

  return {
    chainId,
    epoch: () => systemState().epoch,
    systemState,
    execute: (transaction) => executeUser(parseTransaction(transaction), true),
    simulate,
    createCheckpoint,
    advanceEpoch,
    applyCheckpoint,
    snapshot: machine.snapshot,
    revert: machine.revert,
    getObject: (id) => store.getObject(parseObjectId(id)),
    getVersion: (id, version) => store.getVersion(parseObjectId(id), version),
    listObjects: (filter) => store.listObjects(filter),
    getTransaction: (digest) => store.getTransaction(parseDigest(digest)),
    getCheckpoint: (sequenceNumber) => store.getCheckpoint(sequenceNumber),
    latestCheckpoint: () => store.getCheckpoint(machine.head.sequenceNumber)!,
    pendingTransactions: () => machine.pending.map(({ outcome }) => outcome.digest),
    settleLiveSet: (limit) => liveSet.settle(limit),
    supply: () => {
      const supply = supplyOf(store.listObjects());
      const { burned } = machine.head;
      const fees = machine.head.fees.totalFee;
      const sum = supply.coins + supply.stake + supply.emissionPool + supply.targets + supply.safeMode + fees + burned;
      return { ...supply, fees, burned, total: wrapU64(sum) };
    },
    stateDigest: () =>
      stateDigestOf(encodeMeta({ ...machine.meta(), liveSet: new Uint8Array(0), unsettled: [] }), store.listObjects()),
  };
};

/** The ledger that a store's last commit left. */
export const reopenMachine = (options: MachineOptions, meta: Uint8Array): Ledger =>
  createMachine(options, decodeMeta(meta));
