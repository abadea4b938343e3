import type { ExecutionStatus, TransactionData, TransactionFee, TransactionKind } from '@somakit/bcs';
import type { Digest, ObjectId } from '@somakit/core';
import { isSystemKind, protocolParameters } from '@somakit/protocol';
import { type FeeParameters, operationFee, transactionFee } from '@somakit/protocol/fees';
import { changeEpoch } from '../epoch/change-epoch.js';
import { ExecutionFailure } from '../errors.js';
import type { LedgerObject } from '../object.js';
import { payCoins, transferCoin, transferObjects } from './coins.js';
import type { Draft, Execution } from './context.js';
import { NOTHING_DELETED, write } from './context.js';
import { conclude, concludeWithoutGas } from './effects.js';
import { dropEmptyGas, gasBalance, gasIdOf, mergeGasCoins, takeFee, valueFeeOf } from './fees.js';
import {
  addStakeToModel,
  commitModel,
  createModel,
  deactivateModel,
  reportModel,
  revealModel,
  setModelCommissionRate,
  undoReportModel,
} from './models.js';
import type { DeletedShared, Outcome } from './outcome.js';
import { addStake, withdrawStake } from './staking.js';
import { claimRewards, reportSubmission, submitData, undoReportSubmission } from './submissions.js';
import { ObjectTable, tableOf } from './table.js';
import {
  addValidator,
  removeValidator,
  reportValidator,
  setCommissionRate,
  undoReportValidator,
  updateValidatorMetadata,
} from './validators.js';

type Executors = {
  readonly [K in TransactionKind['kind']]: (
    execution: Execution,
    kind: Extract<TransactionKind, { kind: K }>,
    valueFee: bigint,
  ) => void;
};

const EXECUTORS: Executors = {
  Genesis: (execution, { objects }) => {
    for (const object of objects) write(execution, object);
  },
  ConsensusCommitPrologueV1: () => {},
  ChangeEpoch: changeEpoch,
  AddValidator: addValidator,
  RemoveValidator: removeValidator,
  ReportValidator: reportValidator,
  UndoReportValidator: undoReportValidator,
  UpdateValidatorMetadata: updateValidatorMetadata,
  SetCommissionRate: setCommissionRate,
  TransferCoin: transferCoin,
  PayCoins: payCoins,
  TransferObjects: transferObjects,
  AddStake: addStake,
  WithdrawStake: withdrawStake,
  CreateModel: createModel,
  CommitModel: commitModel,
  RevealModel: revealModel,
  AddStakeToModel: addStakeToModel,
  SetModelCommissionRate: setModelCommissionRate,
  DeactivateModel: deactivateModel,
  ReportModel: reportModel,
  UndoReportModel: undoReportModel,
  SubmitData: submitData,
  ClaimRewards: claimRewards,
  ReportSubmission: reportSubmission,
  UndoReportSubmission: undoReportSubmission,
};

const run = (execution: Execution, kind: TransactionKind, valueFee: bigint): void => {
  // The table's type ties each executor to its kind, which an index by a union cannot show.
  const executor = EXECUTORS[kind.kind] as (execution: Execution, kind: TransactionKind, valueFee: bigint) => void;
  executor(execution, kind, valueFee);
};

/** A transaction whose inputs are there and checked. */
export interface ExecutionRequest {
  readonly digest: Digest;
  readonly data: TransactionData;
  readonly inputs: ObjectTable<LedgerObject>;
  readonly deletedShared: readonly DeletedShared[];
  readonly epoch: bigint;
  /** The fees of the epoch, fixed at its start. */
  readonly fees: FeeParameters;
  readonly protocolVersion: bigint;
  /** Whether the reference's defects are to be reproduced. */
  readonly reproduce: boolean;
}

/** Where no marks are kept. */
const NOTHING: Set<ObjectId> = /* @__PURE__ */ new Set();
const SUCCESS: ExecutionStatus = { kind: 'Success' };
const INSUFFICIENT_GAS: ExecutionStatus = { kind: 'Failure', error: { kind: 'InsufficientGas' } };

let latestFee: TransactionFee | undefined;

/** A fee. Many transactions in a row pay the same, and then share it. */
const feeOf = (base: bigint, operation: bigint, value: bigint): TransactionFee => {
  const known = latestFee;
  if (known?.baseFee === base && known.operationFee === operation && known.valueFee === value) return known;
  latestFee = transactionFee(base, operation, value);
  return latestFee;
};

/** Runs the kind's own part; the failure when it fails. */
const attempt = (execution: Execution, kind: TransactionKind, valueFee: bigint): ExecutionStatus => {
  try {
    run(execution, kind, valueFee);
    return SUCCESS;
  } catch (error) {
    if (error instanceof ExecutionFailure) return { kind: 'Failure', error: error.status };
    throw error;
  }
};

/**
 * Executes a transaction on its inputs. Pure: nothing but the outcome comes of it.
 *
 * Source: authority/src/execution/mod.rs `execute_transaction`, prepare_gas.rs.
 */
export const executeTransaction = (request: ExecutionRequest): Outcome => {
  const { data, deletedShared, inputs, fees } = request;
  const { kind } = data;
  const system = isSystemKind(kind.kind);
  const execution: Execution = {
    digest: request.digest,
    sender: data.sender,
    epoch: request.epoch,
    fees,
    protocolVersion: request.protocolVersion,
    gasId: system ? undefined : gasIdOf(data),
    inputs,
    written: new ObjectTable<Draft>(),
    deleted: NOTHING_DELETED,
    counter: 0n,
    burned: 0n,
    reproduce: request.reproduce,
    touched: request.reproduce ? new Set() : NOTHING,
    created: request.reproduce ? new Set() : NOTHING,
  };
  const bumpAll = protocolParameters(request.protocolVersion).executionVersion >= 1n;
  if (system) {
    const status = attempt(execution, kind, 0n);
    return conclude(execution, { status, fee: transactionFee(0n), deletedShared, bumpAll });
  }
  mergeGasCoins(execution, data.gasPayment);
  const available = gasBalance(execution);
  if (available < fees.baseFee) {
    if (available === 0n) return concludeWithoutGas(execution, { fee: transactionFee(0n), deletedShared });
    takeFee(execution, available);
    dropEmptyGas(execution);
    return conclude(execution, { status: INSUFFICIENT_GAS, fee: transactionFee(available), deletedShared, bumpAll });
  }
  const valueFee = valueFeeOf(execution, kind);
  takeFee(execution, fees.baseFee);
  let fee: TransactionFee | undefined;
  let status: ExecutionStatus;
  if (deletedShared.length > 0) {
    status = { kind: 'Failure', error: { kind: 'InputObjectDeleted' } };
  } else {
    // What a failure goes back to: the gas coin after the base fee, and the coins that it took in.
    const gas = execution.written.get(execution.gasId!);
    const merged = execution.deleted.size === 0 ? NOTHING_DELETED : new Set(execution.deleted);
    status = attempt(execution, kind, valueFee);
    if (status.kind === 'Success') {
      const operation = operationFee(execution.written.size, fees);
      if (takeFee(execution, operation + valueFee)) fee = feeOf(fees.baseFee, operation, valueFee);
      else status = INSUFFICIENT_GAS;
    }
    if (status.kind === 'Failure') {
      execution.written = tableOf(gas === undefined ? [] : [gas]);
      execution.deleted = merged;
    }
  }
  if (!execution.reproduce) dropEmptyGas(execution);
  fee ??= transactionFee(fees.baseFee);
  return conclude(execution, { status, fee, deletedShared, bumpAll });
};
