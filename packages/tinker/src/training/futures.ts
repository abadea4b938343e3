import { isError, openDeadline, type RetryNotice, SomaKitError, sleep } from '@somakit/core';
import type { HttpResponse } from '@somakit/core/http';
import { list, object, optional, type Shape, text } from '../codec.js';
import type { TinkerStatusContext } from '../errors.js';
import { type Request, readAnswer, type Transport } from '../transport.js';
import type { Budget } from './budget.js';

declare module '@somakit/core' {
  interface ErrorContexts {
    /** A protobuf answer of the server is damaged. */
    TINKER_PROTOBUF: { readonly problem: string };
    /** A training or sampling request was taken and then failed. `user`: the request is at fault. */
    TINKER_REQUEST_FAILED: {
      readonly requestId: string;
      readonly requestType: string;
      readonly category: 'user' | 'server' | 'unknown';
      readonly serverMessage: string;
    };
    /** The server no longer knows a request; it has to be made anew. */
    TINKER_REQUEST_LOST: { readonly requestId: string; readonly requestType: string };
  }
}

/** Why a request waits on the server. */
export interface QueueEvent {
  readonly requestType: string;
  readonly requestId: string;
  /** `active`, `paused_capacity`, `paused_rate_limit`, or what newer servers say. */
  readonly state: string;
  readonly reason: string | null;
}

/** Options of calls that wait for the server's work. */
export interface WaitOptions {
  readonly signal?: AbortSignal | undefined;
  /** Limit of the whole call. Default: none, for a queue may be long. */
  readonly timeoutMs?: number | undefined;
  /** Hears how the request stands in the server's queue, each time that it says so. */
  readonly onQueue?: ((event: QueueEvent) => void) | undefined;
  readonly onRetry?: ((notice: RetryNotice) => void) | undefined;
}

const Submission = /* @__PURE__ */ object('Submission', {
  requestId: text,
  modelId: /* @__PURE__ */ optional(text),
  sampleSequenceIds: /* @__PURE__ */ optional(/* @__PURE__ */ list(text)),
});
export type Submitted = { readonly requestId: string; readonly sampleSequenceIds: readonly string[] };

export interface FutureContext {
  readonly transport: Transport;
  /** Bytes of results that may be under way at once. */
  readonly inFlight: Budget;
}

export interface FutureParameters<T> {
  readonly sdkMethod: string;
  readonly requestType: string;
  /** Sends the request; once more, the same, when the server has lost it. */
  readonly submit: (options: WaitOptions & { readonly signal: AbortSignal }) => Promise<Submitted>;
  /** Reads a JSON result. */
  readonly shape?: Pick<Shape<T>, 'read'> | undefined;
  /** Reads a protobuf result. */
  readonly decode?: ((bytes: Uint8Array, submitted: Submitted) => T) | undefined;
}

const POLL_MS = 45_000;
const MAX_PAUSE_MS = 30_000;
const MAX_BAD_REQUESTS = 3;
const MAX_RESUBMITS = 3;

const anyRecord = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};

const isProtobuf = ({ headers }: HttpResponse<unknown>): boolean =>
  headers.get('content-type')?.startsWith('application/x-protobuf') === true;

/** Sends a request and waits until the server has worked it off, by the server's rules of polling. */
export const runFuture = async <T>(
  { transport, inFlight }: FutureContext,
  { sdkMethod, requestType, submit, shape, decode }: FutureParameters<T>,
  options: WaitOptions,
): Promise<T> => {
  const { clock } = transport;
  const scope = openDeadline({ ...options, operation: sdkMethod, clock });
  const { signal } = scope;
  let release = (): void => {};

  const poll = async (submitted: Submitted, roundtripMs: number): Promise<T> => {
    const { requestId } = submitted;
    const tell = (answer: Readonly<Record<string, unknown>>): void => {
      if (typeof answer.queue_state !== 'string') return;
      const reason = typeof answer.queue_state_reason === 'string' ? answer.queue_state_reason : null;
      options.onQueue?.({ requestType, requestId, state: answer.queue_state, reason });
    };
    let metadataOnly = true;
    let badRequests = 0;
    let faults = 0;
    for (let iteration = 0; ; iteration++) {
      const request: Request = {
        sdkMethod,
        method: 'POST',
        path: '/retrieve_future',
        json: { request_id: requestId, allow_metadata_only: metadataOnly },
        timeouts: { firstByteMs: POLL_MS },
        headers: {
          ...(decode === undefined ? {} : { accept: 'application/x-protobuf' }),
          'x-tinker-request-iteration': String(iteration),
          'x-tinker-request-type': requestType,
          ...(iteration === 0 ? { 'x-tinker-create-promise-roundtrip-time': String(roundtripMs / 1000) } : {}),
        },
      };
      let response: HttpResponse<Uint8Array>;
      try {
        response = await transport.send(request, { signal, timeoutMs: Number.POSITIVE_INFINITY, retry: false });
      } catch (error) {
        const pauseMs = pauseAfter(error);
        options.onRetry?.({ attempt: iteration + 1, delayMs: pauseMs, error });
        await sleep(pauseMs, { signal, clock });
        continue;
      }
      faults = 0;
      if (decode !== undefined && isProtobuf(response)) return decode(response.data, submitted);
      const answer = anyRecord(readAnswer(response, request, { read: (value) => value }));
      if (answer.type === 'try_again') tell(answer);
      else if (answer.status === 'complete_metadata' && metadataOnly) {
        const size = Number(answer.response_payload_size);
        release = await inFlight.take(Number.isFinite(size) ? size : 0, signal);
        metadataOnly = false;
      } else if (typeof answer.error === 'string') {
        const { category } = answer;
        const known = category === 'user' || category === 'server' ? category : 'unknown';
        throw new SomaKitError('TINKER_REQUEST_FAILED', `${requestType} ${requestId} failed: ${answer.error}`, {
          context: { requestId, requestType, category: known, serverMessage: answer.error },
          retryable: known !== 'user',
        });
      } else if (shape !== undefined) return readAnswer(response, request, shape);
      else return readAnswer(response, request, { read: (_, path, fail) => fail(path, 'expected protobuf') as T });

      function pauseAfter(error: unknown): number {
        if (signal.aborted || !isError(error)) throw error;
        const { code } = error;
        // The poll itself has run out: the server is still at it.
        if (code === 'TIMEOUT') return 0;
        const { status, body } = error.context as Partial<TinkerStatusContext>;
        if (status === 408) {
          tell(anyRecord(body));
          return 0;
        }
        if (status === 410) {
          throw new SomaKitError('TINKER_REQUEST_LOST', `The server has lost ${requestType} ${requestId}.`, {
            context: { requestId, requestType },
            cause: error,
            retryable: true,
          });
        }
        const { reason } = error.context as { readonly reason?: unknown };
        if (code === 'HTTP_NETWORK' && reason === 'EMPTY_400' && ++badRequests > MAX_BAD_REQUESTS) throw error;
        if (code !== 'HTTP_NETWORK' && status !== 429 && !(status !== undefined && status >= 500)) throw error;
        // A server error at once, then slower: it may come at once again.
        const delayMs = Math.min(1000 * 2 ** faults++, MAX_PAUSE_MS);
        return status !== undefined && status >= 500 ? (faults === 1 ? 0 : delayMs / 2) : delayMs;
      }
    }
  };

  try {
    for (let sent = 1; ; sent++) {
      const started = clock.monotonic();
      const submitted = await submit({ ...options, signal });
      try {
        return await poll(submitted, clock.monotonic() - started);
      } catch (error) {
        if (sent >= MAX_RESUBMITS || !isError(error, 'TINKER_REQUEST_LOST')) throw error;
      } finally {
        release();
        release = () => {};
      }
    }
  } finally {
    scope.close();
  }
};

/** A JSON submission. */
export const submitWith =
  (transport: Transport, request: Request) =>
  async ({ signal, onRetry }: WaitOptions & { readonly signal: AbortSignal }): Promise<Submitted> => {
    const { requestId, sampleSequenceIds } = await transport.call(request, Submission, { signal, onRetry });
    return { requestId, sampleSequenceIds: sampleSequenceIds ?? [] };
  };
