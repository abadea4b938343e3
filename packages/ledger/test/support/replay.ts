// Executes a recording and finds the first field in which the ledger differs from the node.
import { SomaObject, SystemState, type TransactionEffects } from '@somakit/bcs';
import { toHex } from '@somakit/core';
import { transactionDigest } from '@somakit/crypto';
import { createLedger, type ExecutionResult, type Ledger, type LedgerCheckpoint } from '../../src/index.js';
import type { Message } from './protobuf.js';
import type { RecordedStep, RecordedTransaction } from './recording.js';

/** Where a replay first differs. */
export interface Difference {
  readonly checkpoint: string;
  readonly transaction?: string;
  readonly field: string;
  readonly expected: unknown;
  readonly received: unknown;
}

/** What a replay went through. */
export interface Replay {
  readonly ledger: Ledger;
  readonly transactions: number;
  readonly epochs: number;
  readonly objects: number;
  readonly differences: readonly Difference[];
}

type Report = (field: string, expected: unknown, received: unknown) => boolean;

const text = (value: unknown): string =>
  JSON.stringify(value, (_, each) =>
    typeof each === 'bigint' ? each.toString() : each instanceof Uint8Array ? toHex(each) : each,
  ) ?? 'undefined';

/** The fields of effects in one shape for both sides. */
const plainEffects = (effects: TransactionEffects): Message => ({
  status: effects.status.kind === 'Success',
  epoch: effects.executedEpoch,
  fee: effects.transactionFee,
  gas_object_index: effects.gasObjectIndex,
  dependencies: effects.dependencies,
  lamport_version: effects.version,
  changed_objects: effects.changedObjects.map((each) => ({
    object_id: each.objectId.slice(2),
    operation: each.idOperation.kind,
    input_version: each.inputState.kind === 'Exist' ? each.inputState.version : undefined,
    input_digest: each.inputState.kind === 'Exist' ? each.inputState.digest : undefined,
    output_digest: each.outputState.kind === 'ObjectWrite' ? each.outputState.digest : undefined,
    output_owner:
      each.outputState.kind === 'ObjectWrite' && each.outputState.owner.kind === 'AddressOwner'
        ? each.outputState.owner.address.slice(2)
        : undefined,
  })),
  unchanged_shared_objects: effects.unchangedSharedObjects.map(({ objectId, state }) => [objectId, state.kind]),
});

const plainRecorded = (effects: Message): Message => ({
  status: effects.status.success === true,
  epoch: effects.epoch ?? 0n,
  fee: {
    baseFee: effects.fee?.base_fee ?? 0n,
    operationFee: effects.fee?.operation_fee ?? 0n,
    valueFee: effects.fee?.value_fee ?? 0n,
    totalFee: effects.fee?.total_fee ?? 0n,
  },
  gas_object_index: effects.gas_object_index,
  dependencies: effects.dependencies ?? [],
  lamport_version: effects.lamport_version,
  changed_objects: (effects.changed_objects ?? []).map((each: Message) => ({
    object_id: each.object_id,
    operation: ['', 'None', 'Created', 'Deleted'][each.id_operation as number],
    input_version: each.input_version,
    input_digest: each.input_digest,
    output_digest: each.output_digest,
    output_owner: each.output_owner?.kind === 1 ? each.output_owner.address : undefined,
  })),
  unchanged_shared_objects: (effects.unchanged_shared_objects ?? []).map((each: Message) => [
    each.object_id,
    ['', 'ReadOnlyRoot', 'MutateDeleted', 'ReadDeleted', 'Cancelled'][each.kind as number],
  ]),
});

const walk = (
  expected: unknown,
  received: unknown,
  path: string,
): { path: string; expected: unknown; received: unknown } | undefined => {
  if (text(expected) === text(received)) return undefined;
  if (typeof expected === 'object' && expected !== null && typeof received === 'object' && received !== null) {
    for (const key of new Set([...Object.keys(expected), ...Object.keys(received)])) {
      const found = walk((expected as Message)[key], (received as Message)[key], path === '' ? key : `${path}.${key}`);
      if (found !== undefined) return found;
    }
  }
  return { path, expected, received };
};

const compareTransaction = (recorded: RecordedTransaction, result: ExecutionResult, report: Report): boolean => {
  if (!report('transaction digest', recorded.digest, result.digest)) return false;
  if (recorded.effectsDigest !== result.effectsDigest) {
    const found = walk(plainRecorded(recorded.effects), plainEffects(result.effects), 'effects');
    const error = recorded.effects.status.error?.description;
    const status = result.effects.status.kind === 'Failure' ? result.effects.status.error : 'Success';
    report(found?.path ?? 'effects.status', found?.expected ?? error, found?.received ?? status);
    return false;
  }
  const balances = recorded.balanceChanges.map((each) => [each.address, each.amount]);
  return report(
    'balance changes',
    balances,
    result.balanceChanges.map((each) => [each.address.slice(2), each.amount.toString()]),
  );
};

const compareState = (expected: Uint8Array, received: Uint8Array | undefined, report: Report): boolean => {
  if (received === undefined) return report('SystemState', 'an object', undefined);
  if (toHex(expected) === toHex(received)) return true;
  const found = walk(
    SystemState.toJson(SystemState.decode(expected)),
    SystemState.toJson(SystemState.decode(received)),
    'SystemState',
  );
  return report(found?.path ?? 'SystemState bytes', found?.expected, found?.received);
};

const compareObjects = (step: RecordedStep, ledger: Ledger, report: Report): number => {
  let compared = 0;
  for (const object of step.objects) {
    const ours = ledger.getObject(object.objectId);
    if (ours?.version !== object.version) continue;
    compared++;
    if (object.objectType.kind === 'SystemState' && !compareState(object.contents, ours.contents, report))
      return compared;
    if (!report(`object ${object.objectId}`, toHex(SomaObject.encode(object)), toHex(SomaObject.encode(ours))))
      return compared;
  }
  return compared;
};

const compareSummary = (step: RecordedStep, checkpoint: LedgerCheckpoint, report: Report): boolean => {
  const { summary } = checkpoint;
  const end = summary.endOfEpochData;
  return (
    report('content digest', step.summary.content_digest, summary.contentDigest) &&
    report(
      'rolling fees',
      step.summary.epoch_rolling_transaction_fees?.total_fee ?? 0n,
      summary.epochRollingTransactionFees.totalFee,
    ) &&
    report('artifacts', step.summary.commitments?.[0]?.digest, summary.checkpointCommitments[0]?.digest) &&
    report(
      'live objects',
      step.summary.end_of_epoch_data?.epoch_commitments?.[0]?.digest,
      end?.epochCommitments[0]?.digest,
    ) &&
    report('checkpoint digest', step.digest, checkpoint.digest)
  );
};

/**
 * Replays a recording from its genesis. Stops at the first difference: what follows would differ too.
 */
export const replay = (
  steps: readonly RecordedStep[],
  options: { readonly reproduceDefects?: boolean } = {},
): Replay => {
  const differences: Difference[] = [];
  const [first, ...rest] = steps;
  const genesis = first!.transactions[0]!;
  const at =
    (checkpoint: string, transaction?: string): Report =>
    (field, expected, received) => {
      if (text(expected) === text(received)) return true;
      differences.push({
        checkpoint,
        ...(transaction === undefined ? {} : { transaction }),
        field,
        expected,
        received,
      });
      return false;
    };
  const objects = genesis.genesisObjects!;
  const ledger = createLedger({
    genesis: { objects, timestampMs: first!.timestampMs },
    invariants: true,
    reproduceDefects: options.reproduceDefects ?? true,
  });
  const totals = { transactions: 1, epochs: 0, objects: compareObjects(first!, ledger, at(first!.name)) };
  const done = (): Replay => ({ ledger, ...totals, differences });
  at(first!.name)('genesis transaction', genesis.digest, transactionDigest(genesis.bytes));
  const zero = ledger.latestCheckpoint();
  at(first!.name)('genesis effects', genesis.effectsDigest, zero.transactions[0]?.effects);
  at(first!.name)('genesis checkpoint', first!.digest, zero.digest);
  for (const step of rest) {
    if (differences.length > 0) return done();
    const checkpoint = ledger.applyCheckpoint({
      transactions: step.transactions.map(({ bytes, signatures }) => ({ bytes, signatures })),
      timestampMs: step.timestampMs,
      sequenceNumber: step.sequenceNumber,
      previousDigest: step.summary.previous_digest,
      networkTotalTransactions: step.summary.total_network_transactions,
    });
    for (const [i, recorded] of step.transactions.entries()) {
      totals.transactions++;
      if (recorded.kind === 'ChangeEpoch') totals.epochs++;
      if (!compareTransaction(recorded, checkpoint.transactions[i]!, at(step.name, `${i} ${recorded.kind}`)))
        return done();
    }
    totals.objects += compareObjects(step, ledger, at(step.name));
    if (differences.length === 0) compareSummary(step, checkpoint, at(step.name));
  }
  return done();
};
