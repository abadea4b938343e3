import { type DescMethodUnary, fromBinary, type MessageShape } from '@bufbuild/protobuf';
import { ConnectError } from '@connectrpc/connect';
import { fromBase64, fromHex } from '@somakit/core';
import market from '@somakit/vectors/node-market.json';
import refusals from '@somakit/vectors/node-refusals.json';
import captures from '@somakit/vectors/rpc-captures.json';
import {
  LedgerService,
  StateService,
  SubscriptionService,
  TransactionExecutionService,
} from '../../src/proto/index.js';
import { errorFromTrailers } from '../../src/wire/status.js';

/** A call of a running node, as it was recorded. */
export interface NodeRecording {
  readonly case: string;
  readonly path: string;
  readonly request: string;
  readonly reply?: string;
  readonly code?: string;
  readonly message?: string;
  readonly trailers?: Readonly<Record<string, string>>;
}

export const marketCalls: readonly NodeRecording[] = market.filter((each: NodeRecording) => each.path !== undefined);

export interface RefusalRecording extends NodeRecording {
  readonly details: { readonly code: number; readonly message: string } | null;
  readonly reset?: number;
}
export const refusalCalls: readonly RefusalRecording[] = refusals;

/** What a stub answered to the official client, and what that sent. */
export interface CapturedExchange {
  readonly transport: string;
  readonly path: string;
  readonly method?: string;
  readonly messages?: readonly string[];
  readonly response: {
    readonly grpcStatus?: number;
    readonly messages?: readonly string[];
    readonly grpcMessage?: string;
    readonly grpcStatusDetailsBin?: string;
    readonly status?: number;
    readonly body?: string;
  };
}
export interface Capture {
  readonly name: string;
  readonly call: string;
  // The arguments are what the official client was called with: anything.
  // biome-ignore lint/suspicious/noExplicitAny: recorded data
  readonly args: readonly any[];
  // biome-ignore lint/suspicious/noExplicitAny: recorded data
  readonly kwargs: Readonly<Record<string, any>>;
  // biome-ignore lint/suspicious/noExplicitAny: recorded data
  readonly result?: any;
  readonly error?: string;
  readonly exchanges: readonly CapturedExchange[];
}
export const captured: readonly Capture[] = captures.cases;
export const capturedKey: string = captures.secretKey;

export const services = [LedgerService, StateService, TransactionExecutionService, SubscriptionService] as const;

/** The descriptor behind a path. */
export const methodOf = (path: string): DescMethodUnary | undefined => {
  const [, service, name] = path.split('/');
  const found = services.find(({ typeName }) => typeName === service)?.methods.find((each) => each.name === name);
  return found as DescMethodUnary | undefined;
};

export const requestOf = (recording: NodeRecording): MessageShape<DescMethodUnary['input']> =>
  fromBinary(methodOf(recording.path)!.input, fromBase64(recording.request));

export const replyOf = (recording: NodeRecording): MessageShape<DescMethodUnary['output']> =>
  fromBinary(methodOf(recording.path)!.output, fromBase64(recording.reply ?? ''));

const NUMBERS = [
  'OK',
  'CANCELLED',
  'UNKNOWN',
  'INVALID_ARGUMENT',
  'DEADLINE_EXCEEDED',
  'NOT_FOUND',
  'ALREADY_EXISTS',
  'PERMISSION_DENIED',
  'RESOURCE_EXHAUSTED',
  'FAILED_PRECONDITION',
  'ABORTED',
  'OUT_OF_RANGE',
  'UNIMPLEMENTED',
  'INTERNAL',
  'UNAVAILABLE',
  'DATA_LOSS',
  'UNAUTHENTICATED',
];

/** The error that a recorded refusal is for a transport. */
export const errorOf = (recording: NodeRecording): ConnectError => {
  const trailers: Record<string, string> = {
    'grpc-status': String(NUMBERS.indexOf(recording.code ?? 'UNKNOWN')),
    'grpc-message': encodeURIComponent(recording.message ?? ''),
    ...recording.trailers,
  };
  return (
    errorFromTrailers(
      (name) => trailers[name],
      () => ({}),
    ) ?? new ConnectError('none')
  );
};

export const capturedError = ({ response }: CapturedExchange): ConnectError | undefined => {
  const { grpcStatus, grpcMessage = '', grpcStatusDetailsBin } = response;
  const base64 =
    grpcStatusDetailsBin === undefined ? undefined : btoa(String.fromCharCode(...fromHex(grpcStatusDetailsBin)));
  const trailers: Record<string, string | undefined> = {
    'grpc-status': String(grpcStatus),
    'grpc-message': encodeURIComponent(grpcMessage),
    'grpc-status-details-bin': base64,
  };
  return errorFromTrailers(
    (name) => trailers[name],
    () => ({}),
  );
};
