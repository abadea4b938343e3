import { createContextValues } from '@connectrpc/connect';
import { isError, openDeadline, SomaKitError, sleep, systemRandom, throwIfAborted } from '@somakit/core';
import { need } from '../convert/scalar.js';
import { rpcError, rpcFailureOf } from '../errors/map.js';
import { type SubscribeCheckpointsResponse, SubscriptionService } from '../gen/soma/rpc/subscription_service_pb.js';
import type { CheckpointFields } from '../masks/fields.js';
import type { MaskPath, Selected } from '../masks/types.js';
import { checkpointView } from '../masks/views.js';
import { BACKGROUND } from '../transport/types.js';
import { checkU64 } from './check.js';
import { type ClientContext, infoOf, withMessage } from './core.js';
import type { LedgerCalls } from './ledger.js';
import { prepareMask, SUBSCRIPTION_MASK as SUBSCRIPTION, type SUBSCRIPTION_MASK } from './masks.js';

/** A checkpoint as it comes. */
export interface CheckpointEvent<T> {
  readonly sequenceNumber: bigint;
  readonly checkpoint: T;
}

/** What a subscription takes. */
export interface SubscribeParameters<P> {
  readonly readMask?: P | undefined;
  /** Begins with this checkpoint, also with one of the past. Without it, with the first one after now. */
  readonly from?: bigint | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Connects anew when nothing came for so long. Default 60,000; `Infinity` for never. */
  readonly idleTimeoutMs?: number | undefined;
  /** Keeps no Node process alive, and so no watch over its connection: for what a program can end in the middle of. */
  readonly background?: boolean | undefined;
  /** Hears why the stream was opened again. */
  readonly onReconnect?: ((notice: { readonly error: unknown; readonly next: bigint | undefined }) => void) | undefined;
}

/** The calls of the subscription service. */
export interface SubscriptionCalls {
  /**
   * Checkpoints in order and without gaps. When the stream ends it is opened again and what was missed is read by
   * number. Ends at once when the loop is left or the signal aborts (with ABORTED).
   *
   * @throws RPC_UNAVAILABLE when the server stays away for the time that retries may take; RPC_NOT_FOUND when what was
   * missed has been pruned.
   * @example
   * import type { Rpc } from '@somakit/rpc';
   * declare const rpc: Rpc;
   * for await (const { sequenceNumber, checkpoint } of rpc.subscribeCheckpoints({ readMask: ['summary'] })) {
   *   console.log(sequenceNumber, checkpoint.summary.timestampMs);
   * }
   */
  subscribeCheckpoints<const P extends readonly MaskPath<CheckpointFields>[] = typeof SUBSCRIPTION_MASK>(
    parameters?: SubscribeParameters<P>,
  ): AsyncGenerator<CheckpointEvent<Selected<CheckpointFields, P[number]>>, void, undefined>;
}

/** An open stream. Its headers have come: the server counts from here. */
export interface OpenStream {
  readonly messages: AsyncIterator<SubscribeCheckpointsResponse>;
  close(): void;
}

async function* once<T>(value: T): AsyncGenerator<T> {
  yield value;
}

/** @throws RPC_* */
export const openCheckpoints = async (
  context: ClientContext,
  paths: { readonly paths: string[] },
  {
    signal,
    headers,
    background = false,
  }: {
    signal?: AbortSignal | undefined;
    headers?: Readonly<Record<string, string>> | undefined;
    background?: boolean | undefined;
  },
): Promise<OpenStream> => {
  const method = SubscriptionService.method.subscribeCheckpoints;
  const info = infoOf(context, method);
  throwIfAborted(signal, info.method);
  const scope = openDeadline({ signal, operation: info.method });
  try {
    const { message } = await context.transport.stream(
      method,
      scope.signal,
      undefined,
      headers,
      once({ readMask: paths }),
      background ? createContextValues().set(BACKGROUND, true) : undefined,
    );
    const inner = message[Symbol.asyncIterator]();
    // Asked for at once: a transport without a wire begins with its handler only then.
    let first: Promise<IteratorResult<SubscribeCheckpointsResponse>> | undefined = inner.next();
    first.catch(() => {});
    return {
      messages: {
        next: async () => {
          const next = first ?? inner.next();
          first = undefined;
          try {
            return await next;
          } catch (error) {
            throw scope.signal.aborted ? scope.signal.reason : rpcError(error, info);
          }
        },
      },
      close: () => {
        scope.end(new SomaKitError('ABORTED', `${info.method} was left.`, { context: { operation: info.method } }));
        void inner.return?.()?.catch?.(() => {});
      },
    };
  } catch (error) {
    scope.close();
    throw signal?.aborted ? scope.signal.reason : rpcError(error, info);
  }
};

/** After these a new stream may go better. */
const isPassing = (error: unknown): boolean => {
  if (!isError(error)) return false;
  if (error.retryable || error.code === 'RPC_RESET') return true;
  return rpcFailureOf(error)?.reason !== undefined;
};

/** A generator that `return` ends at once, also while a `next` waits. */
const endable = <T>(
  outer: AbortSignal | undefined,
  make: (signal: AbortSignal) => AsyncGenerator<T, void, undefined>,
): AsyncGenerator<T, void, undefined> => {
  const scope = openDeadline({ signal: outer, operation: 'The subscription' });
  const inner = make(scope.signal);
  let left = false;
  const leave = () => {
    left = true;
    scope.end(new SomaKitError('ABORTED', 'The subscription was left.', { context: { operation: 'subscription' } }));
  };
  return {
    async next() {
      if (left) return { done: true, value: undefined };
      try {
        const result = await inner.next();
        if (result.done === true) scope.close();
        return result;
      } catch (error) {
        scope.close();
        if (left) return { done: true, value: undefined };
        throw error;
      }
    },
    async return() {
      leave();
      await inner.return().catch(() => {});
      return { done: true, value: undefined };
    },
    async throw(error) {
      leave();
      await inner.return().catch(() => {});
      throw error;
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
};

/** Waits for the next message, for a time. The timer does not outlive it. */
const nextWithin = async (
  stream: OpenStream,
  idleMs: number,
  { clock }: ClientContext,
): Promise<IteratorResult<SubscribeCheckpointsResponse> | 'idle'> => {
  if (idleMs === Number.POSITIVE_INFINITY) return stream.messages.next();
  const timer = openDeadline({ timeoutMs: idleMs, clock });
  try {
    return await Promise.race([
      stream.messages.next(),
      new Promise<'idle'>((resolve) => {
        timer.signal.addEventListener('abort', () => resolve('idle'), { once: true });
      }),
    ]);
  } finally {
    timer.close();
  }
};

export const subscriptionCalls = (context: ClientContext, ledger: LedgerCalls): SubscriptionCalls => {
  async function* run(
    {
      readMask = SUBSCRIPTION,
      from,
      headers,
      idleTimeoutMs = 60_000,
      onReconnect,
      background,
    }: SubscribeParameters<readonly string[]>,
    signal: AbortSignal,
  ): AsyncGenerator<CheckpointEvent<unknown>, void, undefined> {
    const { wire, selection } = prepareMask(readMask, 'checkpoint');
    const policy = context.retry === false ? { attempts: 1 } : context.retry;
    const { baseDelayMs = 250, maxDelayMs = 10_000, budgetMs = 60_000, attempts = 4 } = policy;
    const { random = systemRandom } = context;
    let next = from === undefined ? undefined : checkU64(from, 'from');
    let failures = 0;
    let waited = 0;

    const past = async (sequenceNumber: bigint): Promise<CheckpointEvent<unknown>> => ({
      sequenceNumber,
      checkpoint: await ledger.getCheckpoint({ sequenceNumber, readMask: readMask as never, signal, headers }),
    });
    /** The checkpoints before `end` that are still owed. */
    async function* missed(end: bigint) {
      while (next !== undefined && next < end) {
        const event = await past(next);
        next += 1n;
        yield event;
      }
    }

    for (;;) {
      let failure: unknown;
      let stream: OpenStream | undefined;
      try {
        stream = await openCheckpoints(context, wire, { signal, headers, background });
        if (next !== undefined) {
          const tip = await ledger.getCheckpoint({ readMask: ['sequenceNumber'], signal, headers });
          for await (const event of missed(tip.sequenceNumber + 1n)) {
            failures = waited = 0;
            yield event;
          }
        }
        for (;;) {
          const result = await nextWithin(stream, idleTimeoutMs, context);
          if (result === 'idle' || result.done === true) break;
          failures = waited = 0;
          const cursor = need(result.value.cursor ?? result.value.checkpoint?.sequenceNumber, 'cursor');
          if (next !== undefined && cursor < next) continue;
          yield* missed(cursor);
          next = cursor + 1n;
          const view = checkpointView(need(result.value.checkpoint, 'checkpoint'), selection);
          yield { sequenceNumber: cursor, checkpoint: withMessage(view, result.value) };
        }
      } catch (error) {
        throwIfAborted(signal);
        if (!isPassing(error)) throw error;
        failure = error;
      } finally {
        stream?.close();
      }
      throwIfAborted(signal);
      failures += 1;
      if (failure !== undefined && (failures >= Math.max(attempts, 2) * 4 || waited > budgetMs || attempts === 1))
        throw failure;
      onReconnect?.({ error: failure, next });
      const bound = Math.min(maxDelayMs, baseDelayMs * 2 ** Math.min(failures - 1, 16));
      // A stream that ends without an error is the server's way to drop a slow reader: no need to wait.
      const delay = failure === undefined && failures === 1 ? 0 : bound * (0.5 + random.float() / 2);
      waited += delay;
      await sleep(delay, { signal, clock: context.clock });
    }
  }

  const calls = {
    subscribeCheckpoints: (parameters: SubscribeParameters<readonly string[]> = {}) =>
      endable(parameters.signal, (signal) => run(parameters, signal)),
  };
  return calls as unknown as SubscriptionCalls;
};
