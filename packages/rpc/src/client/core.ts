import type {
  DescMessage,
  DescMethodServerStreaming,
  DescMethodUnary,
  MessageInitShape,
  MessageShape,
} from '@bufbuild/protobuf';
import { type Clock, type Random, type RetryPolicy, retry, withDeadline } from '@somakit/core';
import { type CallInfo, rpcError } from '../errors/map.js';
import type { RpcTransport } from '../transport/types.js';

/** What every call takes besides its own parameters. */
export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
  /** The time for the whole call, repeats included. */
  readonly timeoutMs?: number | undefined;
  /** Sent with this call. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/** How a client calls. */
export interface ClientContext {
  readonly transport: RpcTransport;
  /** For reads; false for none. */
  readonly retry: RetryPolicy | false;
  /** For calls that bring none. */
  readonly timeoutMs?: number | undefined;
  readonly clock?: Clock | undefined;
  readonly random?: Random | undefined;
}

/** Messages by the results that were made from them. */
const messages = new WeakMap<object, unknown>();

/**
 * The protobuf message that a result was made from: everything that the server sent. Undefined for other values.
 *
 * @example
 * import type { Rpc } from '@somakit/rpc';
 * import { rawMessage } from '@somakit/rpc';
 * declare const rpc: Rpc;
 * const object = await rpc.getObject({ objectId: '0x5', readMask: ['version'] });
 * console.log(rawMessage(object));
 */
export const rawMessage = (result: object): unknown => messages.get(result);

/** Remembers the message behind a result. */
export const withMessage = <T>(result: object, message: unknown): T => {
  messages.set(result, message);
  return result as T;
};

const nameOf = (method: DescMethodUnary | DescMethodServerStreaming): string =>
  `${method.parent.typeName}/${method.name}`;

export const infoOf = (context: ClientContext, method: DescMethodUnary | DescMethodServerStreaming): CallInfo => ({
  method: nameOf(method),
  url: context.transport.url,
});

/** One attempt, with a typed error. `more` is what the error is to tell besides. */
export const callOnce = async <I extends DescMessage, O extends DescMessage>(
  context: ClientContext,
  method: DescMethodUnary<I, O>,
  input: MessageInitShape<I>,
  { signal, timeoutMs, headers }: CallOptions,
  more?: Pick<CallInfo, 'digest' | 'hint'>,
): Promise<MessageShape<O>> => {
  try {
    return (await context.transport.unary(method, signal, timeoutMs, headers, input)).message;
  } catch (error) {
    throw rpcError(error, { ...infoOf(context, method), ...more });
  }
};

/** Runs attempts under the call's signal and time, with the client's retries. */
export const attempts = <T>(
  context: ClientContext,
  operation: string,
  options: CallOptions,
  run: (signal: AbortSignal | undefined) => Promise<T>,
  shouldRetry?: (error: unknown) => boolean,
): Promise<T> => {
  const { clock, random, retry: policy } = context;
  const { signal, timeoutMs = context.timeoutMs } = options;
  const all = (scope: AbortSignal | undefined): Promise<T> =>
    policy === false ? run(scope) : retry(() => run(scope), { ...policy, signal: scope, clock, random, shouldRetry });
  // Most calls have neither: a signal that cannot fire would cost as much as a third of the call.
  if (signal === undefined && timeoutMs === undefined) return all(undefined);
  return withDeadline({ signal, timeoutMs, operation, clock }, all);
};

/** A read: repeated with pauses while the server is unavailable. */
export const read = <I extends DescMessage, O extends DescMessage>(
  context: ClientContext,
  method: DescMethodUnary<I, O>,
  input: MessageInitShape<I>,
  options: CallOptions,
  hint?: string,
): Promise<MessageShape<O>> => {
  const { headers, timeoutMs = context.timeoutMs } = options;
  const more = hint === undefined ? undefined : { hint };
  return attempts(context, nameOf(method), options, (signal) =>
    callOnce(context, method, input, { headers, signal, timeoutMs }, more),
  );
};
