import { fromBinary } from '@bufbuild/protobuf';
import { Code, ConnectError } from '@connectrpc/connect';
import { type Digest, type ErrorCode, isError, SomaKitError } from '@somakit/core';
import { refusalCategory } from '@somakit/protocol/checks';
import { BadRequestSchema, ErrorInfoSchema, RetryInfoSchema } from '../gen/google/rpc/error_details_pb.js';
import { transportFailure } from '../transport/failure.js';
import type { FieldViolation, RpcErrorDetail, RpcFailure, RpcStatusName } from './contexts.js';
import { parseRefusal } from './refusal.js';

/** Which call failed. */
export interface CallInfo {
  /** `soma.rpc.LedgerService/GetObject`. */
  readonly method: string;
  readonly url: string;
  /** The digest of the transaction that was submitted. */
  readonly digest?: Digest | undefined;
  /** What to do, where the method knows better than the code. */
  readonly hint?: string | undefined;
}

const NAMES: Readonly<Record<Code, RpcStatusName>> = {
  [Code.Canceled]: 'CANCELLED',
  [Code.Unknown]: 'UNKNOWN',
  [Code.InvalidArgument]: 'INVALID_ARGUMENT',
  [Code.DeadlineExceeded]: 'DEADLINE_EXCEEDED',
  [Code.NotFound]: 'NOT_FOUND',
  [Code.AlreadyExists]: 'ALREADY_EXISTS',
  [Code.PermissionDenied]: 'PERMISSION_DENIED',
  [Code.ResourceExhausted]: 'RESOURCE_EXHAUSTED',
  [Code.FailedPrecondition]: 'FAILED_PRECONDITION',
  [Code.Aborted]: 'ABORTED',
  [Code.OutOfRange]: 'OUT_OF_RANGE',
  [Code.Unimplemented]: 'UNIMPLEMENTED',
  [Code.Internal]: 'INTERNAL',
  [Code.Unavailable]: 'UNAVAILABLE',
  [Code.DataLoss]: 'DATA_LOSS',
  [Code.Unauthenticated]: 'UNAUTHENTICATED',
};

/** The codes whose context is an {@link RpcFailure}. */
export type RpcErrorCode =
  | 'RPC_INVALID_REQUEST'
  | 'RPC_NOT_FOUND'
  | 'RPC_UNAVAILABLE'
  | 'RPC_UNIMPLEMENTED'
  | 'RPC_DENIED'
  | 'RPC_TOO_LARGE'
  | 'RPC_EXHAUSTED'
  | 'RPC_CONFLICT'
  | 'RPC_DEADLINE'
  | 'RPC_RESET'
  | 'RPC_FAILED';

const CODES: Readonly<Record<Code, RpcErrorCode>> = {
  [Code.Canceled]: 'RPC_RESET',
  [Code.Unknown]: 'RPC_FAILED',
  [Code.InvalidArgument]: 'RPC_INVALID_REQUEST',
  [Code.DeadlineExceeded]: 'RPC_DEADLINE',
  [Code.NotFound]: 'RPC_NOT_FOUND',
  [Code.AlreadyExists]: 'RPC_CONFLICT',
  [Code.PermissionDenied]: 'RPC_DENIED',
  [Code.ResourceExhausted]: 'RPC_EXHAUSTED',
  [Code.FailedPrecondition]: 'RPC_CONFLICT',
  [Code.Aborted]: 'RPC_CONFLICT',
  [Code.OutOfRange]: 'RPC_TOO_LARGE',
  [Code.Unimplemented]: 'RPC_UNIMPLEMENTED',
  [Code.Internal]: 'RPC_FAILED',
  [Code.Unavailable]: 'RPC_UNAVAILABLE',
  [Code.DataLoss]: 'RPC_FAILED',
  [Code.Unauthenticated]: 'RPC_DENIED',
};

const HINTS: Readonly<Partial<Record<RpcErrorCode, string>>> = {
  RPC_UNAVAILABLE: 'Is the server running, and is this its URL?',
  RPC_UNIMPLEMENTED: 'The server does not know this method: it may be older, or serve something else at this URL.',
  RPC_TOO_LARGE: 'Ask for less (a narrower readMask, a smaller page), or raise maxReceiveBytes of the transport.',
};

const plain = ({ $typeName, $unknown, ...fields }: { $typeName: string; $unknown?: unknown }): object => fields;

const decodeDetail = (type: string, bytes: Uint8Array): RpcErrorDetail => {
  try {
    if (type === BadRequestSchema.typeName) {
      const { fieldViolations } = fromBinary(BadRequestSchema, bytes);
      const value = fieldViolations.map(
        ({ field, description, reason }): FieldViolation => ({ field, description, reason }),
      );
      return { type, value };
    }
    if (type === ErrorInfoSchema.typeName) return { type, value: plain(fromBinary(ErrorInfoSchema, bytes)) };
    if (type === RetryInfoSchema.typeName) {
      const delay = fromBinary(RetryInfoSchema, bytes).retryDelay;
      const ms = delay === undefined ? 0 : Number(delay.seconds) * 1000 + Math.trunc(delay.nanos / 1_000_000);
      return { type, value: { retryDelayMs: ms } };
    }
  } catch {
    // Details that cannot be read must not hide the error that they belong to.
  }
  return { type, value: bytes };
};

const detailsOf = (error: ConnectError): RpcErrorDetail[] =>
  error.details.map((detail) =>
    'desc' in detail ? { type: detail.desc.typeName, value: detail.value } : decodeDetail(detail.type, detail.value),
  );

/** The parts of a failed call, whatever the transport. */
const failureOf = (error: ConnectError, info: CallInfo): RpcFailure => {
  const details = detailsOf(error);
  const bad = details.find(({ type, value }) => type === BadRequestSchema.typeName && Array.isArray(value));
  const retry = details.find(({ type }) => type === RetryInfoSchema.typeName)?.value as
    | { retryDelayMs?: number }
    | undefined;
  const failure = transportFailure(error);
  return {
    method: info.method,
    url: info.url,
    status: NAMES[error.code] ?? 'UNKNOWN',
    text: error.rawMessage,
    violations: (bad?.value as readonly FieldViolation[] | undefined) ?? [],
    details,
    reason: failure?.reason,
    sent: failure?.sent ?? true,
    retryAfterMs: retry?.retryDelayMs,
    digest: info.digest,
  };
};

const codeOf = (error: ConnectError, { reason, text }: RpcFailure): RpcErrorCode => {
  if (reason === 'reset') return 'RPC_RESET';
  // Where the limit of this side was passed, the transport says RESOURCE_EXHAUSTED.
  if (error.code === Code.ResourceExhausted && /larger|too large|too long|limit/i.test(text)) return 'RPC_TOO_LARGE';
  // A reference stub that knows the path but not the message, such as an old proxy.
  return CODES[error.code] ?? 'RPC_FAILED';
};

/** Calls may be made again after these; a server that resets a stream does it again. */
const isRetryable = (code: RpcErrorCode): boolean => code === 'RPC_UNAVAILABLE' || code === 'RPC_EXHAUSTED';

const wordsOf = ({ method, text, status, violations }: RpcFailure): string => {
  const first = violations[0];
  const said = text !== '' ? text : first === undefined ? '' : `${first.field} ${first.reason}`;
  return `${method} failed: ${said === '' ? status : `${said} (${status})`}.`;
};

/** A call's failure as the one typed error. What is typed already passes through. */
export const rpcError = (error: unknown, info: CallInfo): unknown => {
  if (isError(error) && error.code !== ('RPC_TRANSPORT' as ErrorCode)) return error;
  if (!(error instanceof ConnectError)) {
    return isError(error) ? rpcError(ConnectError.from(error, Code.Unavailable), info) : error;
  }
  const context = failureOf(error, info);
  if (context.reason === 'aborted') {
    return new SomaKitError('ABORTED', `${info.method} was aborted.`, {
      context: { operation: info.method },
      cause: error,
    });
  }
  if (context.reason === 'deadline') {
    const message = `${info.method} took longer than its time limit.`;
    return new SomaKitError('TIMEOUT', message, {
      context: { timeoutMs: 0, operation: info.method },
      cause: error,
      retryable: true,
    });
  }
  const code = codeOf(error, context);
  return new SomaKitError(code, wordsOf(context), {
    context,
    cause: error,
    hint: info.hint ?? HINTS[code],
    retryable: isRetryable(code),
  });
};

/** Whether an error is one of a call, of whatever code. */
export const rpcFailureOf = (error: unknown): RpcFailure | undefined =>
  isError(error) && error.code.startsWith('RPC_') && 'method' in error.context
    ? (error.context as RpcFailure)
    : undefined;

const REFUSAL_HINTS: Readonly<Record<string, string>> = {
  ObjectVersionUnavailableForConsumption: 'The object has moved on: read it again and build a new transaction.',
  ObjectLockConflict: 'Another transaction holds the object until it executes or the epoch ends.',
  ObjectNotFound: 'The object does not exist (any more), or is not yet known to this node.',
  InvalidObjectDigest: 'The reference does not fit the object: read it again.',
  GasPaymentError: 'Gas is paid with one or more coins that the sender owns.',
  DuplicateObjectRefInput: 'An object may be used once in a transaction.',
  SignerSignatureAbsent: 'Sign with the key of the sender.',
};

/**
 * A submission's refusal as the chain's own error, the same that a check before sending gives; undefined for a failure
 * that says nothing of the transaction. The call's failure, with the digest, is the `cause`.
 */
export const submissionRefused = (error: unknown): SomaKitError<'TRANSACTION_REFUSED'> | undefined => {
  const failure = rpcFailureOf(error);
  if (failure === undefined || failure.reason !== undefined) return undefined;
  const parsed = parseRefusal(failure.text);
  if (parsed === undefined || (parsed.frame === 'finality' && parsed.reason.kind === 'Unknown')) return undefined;
  const { reason, text } = parsed;
  return new SomaKitError(
    'TRANSACTION_REFUSED',
    `The transaction ${failure.digest ?? ''} is refused: ${text}.`.replace('  ', ' '),
    {
      context: { reason, text, category: refusalCategory(reason), digest: failure.digest },
      cause: error,
      hint: REFUSAL_HINTS[reason.kind],
      retryable: reason.kind === 'ValidatorHaltedAtEpochEnd',
    },
  );
};

/** The error of an item in a batch: a google.rpc.Status. */
export const statusError = (
  status: {
    readonly code: number;
    readonly message: string;
    readonly details: readonly { typeUrl: string; value: Uint8Array }[];
  },
  info: CallInfo,
): SomaKitError => {
  const error = new ConnectError(status.message, NAMES[status.code as Code] === undefined ? Code.Unknown : status.code);
  error.details = status.details.map(({ typeUrl, value }) => ({
    type: typeUrl.slice(typeUrl.lastIndexOf('/') + 1),
    value,
  }));
  return rpcError(error, info) as SomaKitError;
};
