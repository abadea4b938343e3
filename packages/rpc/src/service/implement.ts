import type { DescService } from '@bufbuild/protobuf';
import { Code, ConnectError } from '@connectrpc/connect';
import { BadRequestSchema } from '../gen/google/rpc/error_details_pb.js';
import type { RawHandler, RawServiceDefinition, ServiceDefinition, ServiceHandlers } from './types.js';

/**
 * Puts a protobuf service and its handlers together, for a server or the in-memory transport.
 *
 * A handler throws {@link rpcStatus} to refuse. Whatever else it throws reaches the caller as INTERNAL without its text,
 * INVALID_ARGUMENT errors of SomaKit excepted.
 *
 * @example
 * import { LedgerService } from '@somakit/rpc/proto';
 * import { implement, rpcStatus, startRpcServer } from '@somakit/rpc/server';
 * const ledger = implement(LedgerService, {
 *   getServiceInfo: () => ({ chain: 'localnet', server: 'soma-node/0.1.21' }),
 *   getObject: ({ objectId }) => {
 *     throw rpcStatus('NOT_FOUND', `Object ${objectId} not found`);
 *   },
 * });
 * const server = await startRpcServer({ services: [ledger] });
 * console.log(server.url);
 * await server.drain();
 */
export const implement = <S extends DescService>(descriptor: S, handlers: ServiceHandlers<S>): ServiceDefinition => ({
  descriptor,
  handlers: handlers as ServiceDefinition['handlers'],
});

/**
 * A service with bodies that are not protobuf, such as the BCS ones: handlers by method name, from bytes to bytes.
 *
 * @example
 * import { implementRaw } from '@somakit/rpc/server';
 * const admin = implementRaw('admin.Admin', { AdvanceEpoch: () => new Uint8Array(8) });
 * console.log(admin.name);
 */
export const implementRaw = (name: string, handlers: Readonly<Record<string, RawHandler>>): RawServiceDefinition => ({
  name,
  handlers,
});

const CODES = {
  CANCELLED: Code.Canceled,
  UNKNOWN: Code.Unknown,
  INVALID_ARGUMENT: Code.InvalidArgument,
  DEADLINE_EXCEEDED: Code.DeadlineExceeded,
  NOT_FOUND: Code.NotFound,
  ALREADY_EXISTS: Code.AlreadyExists,
  PERMISSION_DENIED: Code.PermissionDenied,
  RESOURCE_EXHAUSTED: Code.ResourceExhausted,
  FAILED_PRECONDITION: Code.FailedPrecondition,
  ABORTED: Code.Aborted,
  OUT_OF_RANGE: Code.OutOfRange,
  UNIMPLEMENTED: Code.Unimplemented,
  INTERNAL: Code.Internal,
  UNAVAILABLE: Code.Unavailable,
  DATA_LOSS: Code.DataLoss,
  UNAUTHENTICATED: Code.Unauthenticated,
} as const;

/** The names of the gRPC status codes, OK excepted. */
export type StatusName = keyof typeof CODES;

const NAMES = new Map<number, StatusName>(Object.entries(CODES).map(([name, code]) => [code, name as StatusName]));

/** The name of a gRPC status code; `OK` for 0, `UNKNOWN` for a number that is none. */
export const statusName = (code: number): StatusName | 'OK' => (code === 0 ? 'OK' : (NAMES.get(code) ?? 'UNKNOWN'));

/** An error that reaches the caller as this status. */
export const rpcStatus = (
  code: StatusName,
  message: string,
  options: { readonly cause?: unknown } = {},
): ConnectError => new ConnectError(message, CODES[code], undefined, undefined, options.cause);

/**
 * INVALID_ARGUMENT with the one field violation that the reference attaches. The description is the message too, empty
 * for a field that is missing without more to say.
 *
 * Mirrors rpc/src/api/error.rs of the original.
 */
export const badRequest = (
  field: string,
  description: string,
  reason: 'FIELD_INVALID' | 'FIELD_MISSING' = 'FIELD_INVALID',
): ConnectError =>
  new ConnectError(description, Code.InvalidArgument, undefined, [
    { desc: BadRequestSchema, value: { fieldViolations: [{ field, description, reason }] } },
  ]);
