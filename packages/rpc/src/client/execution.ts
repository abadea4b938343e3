import { isError, openDeadline, retry, SomaKitError } from '@somakit/core';
import { need } from '../convert/scalar.js';
import { transactionToProto } from '../convert/transactions.js';
import { rpcFailureOf, submissionRefused } from '../errors/map.js';
import {
  SimulateTransactionRequest_TransactionChecks as Checks,
  TransactionExecutionService,
} from '../gen/soma/rpc/transaction_execution_service_pb.js';
import type { ExecutedFields, SimulatedFields } from '../masks/fields.js';
import type { MaskPath, Selected } from '../masks/types.js';
import { executedView, submittedView } from '../masks/views.js';
import { transportFailure } from '../transport/failure.js';
import { type ClientContext, callOnce, infoOf, read, withMessage } from './core.js';
import type { LedgerCalls, MaskOptions } from './ledger.js';
import {
  prepareTransactionMask,
  SIMULATE_MASK as SIMULATE,
  type SIMULATE_MASK,
  SUBMIT_MASK as SUBMIT,
  type SUBMIT_MASK,
} from './masks.js';
import {
  type PreparedTransaction,
  prepareSigned,
  prepareUnsigned,
  type SignedInput,
  submission,
  type UnsignedInput,
} from './transaction.js';

export type ExecuteMask = readonly MaskPath<ExecutedFields>[];
type SimulateMask = readonly MaskPath<SimulatedFields>[];

/** What a submission takes. */
export interface ExecuteParameters<P> extends MaskOptions<P> {
  readonly transaction: SignedInput;
}

/** The calls of the execution service. */
export interface ExecutionCalls {
  /**
   * Sends a signed transaction and waits until it is final; not for its checkpoint. Effects that failed are an answer
   * like any other: look at `effects.status`.
   *
   * When the answer is lost the digest is asked for, and only the identical bytes are sent again.
   *
   * @throws TRANSACTION_REFUSED with the chain's reason (`ObjectLockConflict`, ...); OUTCOME_UNKNOWN when it cannot be
   * told whether it was executed; RPC_* and ABORTED when it was not sent.
   */
  executeTransaction<const P extends ExecuteMask = typeof SUBMIT_MASK>(
    parameters: ExecuteParameters<P>,
  ): Promise<Selected<ExecutedFields, P[number]>>;
  /**
   * Takes up a transaction whose outcome is unknown: asks by its digest, then sends the identical bytes once more.
   * `transaction` is that of the error's context. Throws as {@link executeTransaction} does.
   */
  resumeTransaction<const P extends ExecuteMask = typeof SUBMIT_MASK>(
    parameters: ExecuteParameters<P>,
  ): Promise<Selected<ExecutedFields, P[number]>>;
  /**
   * Runs a transaction on the node's present state and forgets it. Without gas payment the node picks coins of the
   * sender; `checks: false` lets a transaction run that the sender could not pay for.
   * @throws RPC_FAILED with the chain's words for what would be refused.
   */
  simulateTransaction<const P extends SimulateMask = typeof SIMULATE_MASK>(
    parameters: {
      readonly transaction: UnsignedInput;
      readonly checks?: boolean | undefined;
    } & MaskOptions<P>,
  ): Promise<Selected<SimulatedFields, P[number]>>;
}

/** Whether the server can have acted on a call that failed so. */
const mayHaveActed = (error: unknown): boolean => {
  const failure = rpcFailureOf(error);
  if (failure === undefined) return transportFailure((error as { cause?: unknown }).cause)?.sent ?? false;
  if (!failure.sent) return false;
  if (failure.reason !== undefined) return true;
  switch (failure.status) {
    case 'INVALID_ARGUMENT':
    case 'FAILED_PRECONDITION':
    case 'UNIMPLEMENTED':
    case 'UNAUTHENTICATED':
    case 'PERMISSION_DENIED':
    case 'RESOURCE_EXHAUSTED':
      return false;
    default:
      return true;
  }
};

const outcomeUnknown = ({ digest, signedBytes }: PreparedTransaction, attempts: number, cause: unknown) =>
  new SomaKitError('OUTCOME_UNKNOWN', `The transaction ${digest} was sent, but no answer came.`, {
    context: { digest, transaction: signedBytes, attempts },
    cause,
    hint: 'Call resumeTransaction with the transaction of this error. Never build a new one in its place.',
    retryable: false,
  });

type View = Record<string, unknown>;

/** Sends until it is clear what became of it. `sent`: bytes may have gone out before. */
const submit = async (
  context: ClientContext,
  ledger: LedgerCalls,
  { transaction, readMask = SUBMIT, ...options }: { transaction: SignedInput } & MaskOptions<readonly string[]>,
  sent: boolean,
): Promise<View> => {
  const prepared = prepareSigned(transaction);
  const { wire, selection } = prepareTransactionMask(readMask, 'submit');
  const request = { ...submission(prepared), readMask: wire };
  const method = TransactionExecutionService.method.executeTransaction;
  const { digest } = prepared;
  const { signal, timeoutMs = context.timeoutMs } = options;
  const unlimited = signal === undefined && timeoutMs === undefined;
  const { method: operation } = infoOf(context, method);
  const scope = unlimited ? undefined : openDeadline({ signal, timeoutMs, operation, clock: context.clock });
  const limit = scope?.signal;
  let uncertain = sent;
  let attempts = 0;
  let again = false;

  const ask = async (): Promise<View | undefined> => {
    const mask = readMask.filter((path) => !path.startsWith('objects')) as never;
    try {
      return (await ledger.getTransaction({
        ...options,
        digest,
        readMask: mask,
        signal: limit,
      })) as View;
    } catch (error) {
      // Whatever the reason: then it is sent again, or given up as unknown.
      if (limit?.aborted === true || !isError(error)) throw error;
      return undefined;
    }
  };

  const attempt = async (): Promise<View> => {
    again = false;
    if (uncertain) {
      const found = await ask();
      if (found !== undefined) return found;
    }
    attempts += 1;
    try {
      const message = await callOnce(context, method, request, { ...options, signal: limit }, { digest });
      const view = submittedView(need(message.transaction, 'transaction'), selection, digest);
      return withMessage(view, message);
    } catch (error) {
      const refused = submissionRefused(error);
      if (refused !== undefined) {
        // The first bytes may have won after all while the repeat was refused.
        const found = uncertain ? await ask() : undefined;
        if (found !== undefined) return found;
        again = refused.retryable;
        throw refused;
      }
      if (isError(error, 'RPC_INVALID_REPLY')) uncertain = true;
      else if (mayHaveActed(error)) uncertain = again = true;
      else again = isError(error) && error.retryable;
      throw error;
    }
  };

  try {
    const policy = context.retry === false ? { attempts: 1 } : context.retry;
    const { clock, random } = context;
    return await retry(attempt, { ...policy, signal: limit, clock, random, shouldRetry: () => again });
  } catch (error) {
    if (!uncertain || isError(error, 'TRANSACTION_REFUSED')) throw ended(limit, error);
    if (limit?.aborted !== true && attempts === 1) {
      const found = await ask().catch(() => undefined);
      if (found !== undefined) return found;
    }
    throw outcomeUnknown(prepared, attempts, ended(limit, error));
  } finally {
    scope?.close();
  }
};

/** The scope's own reason where it was what ended the call. */
const ended = (signal: AbortSignal | undefined, error: unknown): unknown =>
  signal?.aborted === true && (isError(error, 'ABORTED') || isError(error, 'TIMEOUT')) ? signal.reason : error;

export const executionCalls = (context: ClientContext, ledger: LedgerCalls): ExecutionCalls => {
  const { method } = TransactionExecutionService;
  const calls = {
    executeTransaction: (parameters: { transaction: SignedInput } & MaskOptions<readonly string[]>) =>
      submit(context, ledger, parameters, false),

    resumeTransaction: (parameters: { transaction: SignedInput } & MaskOptions<readonly string[]>) =>
      submit(context, ledger, parameters, true),

    async simulateTransaction(
      parameters: { transaction: UnsignedInput; checks?: boolean | undefined } & MaskOptions<readonly string[]>,
    ) {
      const { transaction, checks = true, readMask = SIMULATE } = parameters;
      const { wire, selection } = prepareTransactionMask(readMask, 'simulate');
      const input = {
        transaction: transactionToProto(prepareUnsigned(transaction)),
        readMask: wire,
        checks: checks ? undefined : Checks.DISABLED,
      };
      const message = await read(context, method.simulateTransaction, input, parameters);
      return withMessage(executedView(need(message.transaction, 'transaction'), selection), message);
    },
  };
  return calls as unknown as ExecutionCalls;
};
