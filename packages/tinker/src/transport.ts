import {
  type Clock,
  isError,
  parseJson,
  type Random,
  type RetryNotice,
  randomUuid,
  SomaKitError,
  sleep,
  withDeadline,
} from '@somakit/core';
import {
  buildQuery,
  type HttpClient,
  type HttpFailure,
  type HttpResponse,
  type HttpRetry,
  type HttpTimeouts,
  type Query,
} from '@somakit/core/http';
import type { Auth } from './auth.js';
import { readShape, type Shape } from './codec.js';
import { isEmptyRefusal, mapHttpError } from './errors.js';

/** Options of every call. */
export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
  /** Limit of the whole call, attempts and pauses included. Default 5 min. */
  readonly timeoutMs?: number | undefined;
  /** `false`: one attempt. A policy: over the client's. */
  readonly retry?: HttpRetry | false | undefined;
  /** Hears of each pause: which attempt failed, with what, and how long it waits. */
  readonly onRetry?: ((notice: RetryNotice) => void) | undefined;
  /** Names this change for the server, so that it is made once however often it is sent. Default: a random one. */
  readonly idempotencyKey?: string | undefined;
}

/** One request as the API knows it. */
export interface Request {
  /** The method of the Python client, told to the server as it does; empty for calls that none of them makes. */
  readonly sdkMethod: string;
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Below `/api/v1`, escaped. */
  readonly path: string;
  readonly query?: Query | undefined;
  readonly json?: unknown;
  readonly body?: Uint8Array | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly redirect?: 'follow' | 'manual' | undefined;
  readonly timeouts?: Omit<HttpTimeouts, 'connectMs'> | undefined;
  /** The last word on statuses of this call. */
  readonly decide?: ((status: number) => boolean | undefined) | undefined;
}

export interface TransportOptions {
  readonly http: HttpClient;
  readonly clock: Clock;
  readonly random: Random;
  readonly retry: HttpRetry | false | undefined;
  readonly timeoutMs: number;
  readonly billingPauseMs: number;
  /** Set after the transport: the token calls go through the transport themselves. */
  auth?: Auth | undefined;
}

export interface Transport {
  /** The answer's bytes, under the token of this client. */
  readonly send: (request: Request, options: CallOptions) => Promise<HttpResponse<Uint8Array>>;
  /** The same under a given credential. */
  readonly sendWith: (credential: string, request: Request, options: CallOptions) => Promise<HttpResponse<Uint8Array>>;
  /** A call whose answer has a form. */
  readonly call: <T>(request: Request, shape: Pick<Shape<T>, 'read'>, options: CallOptions) => Promise<T>;
  /** A call whose answer says nothing. */
  readonly run: (request: Request, options: CallOptions) => Promise<void>;
  /** The whole of something under the time limit of a call. */
  readonly within: <T>(
    operation: string,
    options: CallOptions,
    run: (options: CallOptions) => Promise<T>,
  ) => Promise<T>;
  readonly clock: Clock;
}

/** The Python client that the wire was taken from; servers are told so. */
export const SDK_VERSION = '0.38.0';

const BILLING_POLL_MS = 5_000;

const FORM_ESCAPES: Readonly<Record<string, string>> = {
  '%20': '+',
  '!': '%21',
  "'": '%27',
  '(': '%28',
  ')': '%29',
  '*': '%2A',
};

/** The query in the form that the Python client writes, blanks as `+`. */
const queryText = (query: Query = {}): string => {
  const text = buildQuery(query).replace(/%20|[!'()*]/g, (found) => FORM_ESCAPES[found] ?? found);
  return text === '' ? '' : `?${text}`;
};

/** 409 is a lost race mostly; the calls for which it is the answer say so themselves. */
const isRetried = (status: number, { error, headers }: HttpFailure): boolean => {
  const asked = headers?.get('x-should-retry');
  if (asked === 'true') return true;
  if (asked === 'false') return false;
  return status === 408 || status === 409 || status === 429 || status >= 500 || isEmptyRefusal(error);
};

/** A policy laid over another one; `false` is one attempt. */
const layPolicy = (base: HttpRetry, over: HttpRetry | false | undefined): HttpRetry => {
  if (over === false) return { ...base, attempts: 1 };
  const given = Object.entries(over ?? {}).filter(([, value]) => value !== undefined);
  return { ...base, ...Object.fromEntries(given) };
};

// As many attempts as one round of the Python client has. A pause that the server asks for is kept while the budget lasts.
const POLICY: HttpRetry = {
  attempts: 11,
  baseDelayMs: 500,
  maxDelayMs: 10_000,
  budgetMs: 240_000,
  maxRetryAfterMs: Number.POSITIVE_INFINITY,
};

export const createTransport = (options: TransportOptions): Transport => {
  const { http, clock, random } = options;
  const clientPolicy = layPolicy(POLICY, options.retry);

  const attempt = async (
    request: Request,
    credential: string,
    call: CallOptions,
  ): Promise<
    { readonly response: HttpResponse<Uint8Array> } | { readonly error: unknown; readonly headers?: Headers }
  > => {
    const policy = layPolicy(clientPolicy, call.retry);
    const { method, redirect = 'follow' } = request;
    let failed: Headers | undefined;
    try {
      const response = await http.request({
        as: 'bytes',
        method,
        path: `/api/v1${request.path}${queryText(request.query)}`,
        json: request.json,
        body: request.body,
        redirect,
        signal: call.signal,
        // The caller's limit is around all of this.
        timeoutMs: Number.POSITIVE_INFINITY,
        timeouts: request.timeouts,
        idempotencyKey: method === 'GET' ? undefined : { header: 'X-Idempotency-Key', value: call.idempotencyKey },
        headers: {
          accept: 'application/json',
          ...(method === 'GET' ? {} : { 'content-type': 'application/json' }),
          'x-api-key': credential,
          'x-sdk-version': SDK_VERSION,
          'x-sdk-method': request.sdkMethod === '' ? undefined : request.sdkMethod,
          'x-stainless-read-timeout': String(Math.round((request.timeouts?.firstByteMs ?? 60_000) / 1000)),
          ...request.headers,
        },
        onRetry: call.onRetry,
        retry: {
          ...policy,
          decide: (failure) => {
            failed = failure.headers;
            const decided = policy.decide?.(failure);
            if (decided !== undefined || failure.status === undefined) return decided;
            return request.decide?.(failure.status) ?? isRetried(failure.status, failure);
          },
        },
      });
      return { response };
    } catch (error) {
      return { error, ...(failed === undefined ? {} : { headers: failed }) };
    }
  };

  const pauseForBilling = async (error: unknown, started: number, call: CallOptions): Promise<boolean> => {
    if (!isError(error, 'HTTP_STATUS') || error.context.status !== 402) return false;
    if (clock.monotonic() - started + BILLING_POLL_MS > options.billingPauseMs) return false;
    call.onRetry?.({
      attempt: error.context.attempts,
      delayMs: BILLING_POLL_MS,
      error: mapHttpError(error),
    });
    await sleep(BILLING_POLL_MS, { signal: call.signal, clock });
    return true;
  };

  const within: Transport['within'] = (operation, { signal, timeoutMs, ...rest }, run) =>
    withDeadline(
      { signal, timeoutMs: timeoutMs ?? options.timeoutMs + options.billingPauseMs, operation, clock },
      (own) => run({ ...rest, signal: own, timeoutMs: Number.POSITIVE_INFINITY }),
    );

  /** `credential` undefined: the client's own, which is renewed once when the server calls it invalid. */
  const exchange = (request: Request, credential: string | undefined, given: CallOptions) =>
    within(request.sdkMethod || request.path, given, async (call) => {
      const keyed = { ...call, idempotencyKey: call.idempotencyKey ?? randomUuid(random) };
      const signal = call.signal ?? new AbortController().signal;
      const started = clock.monotonic();
      for (let replaced = false; ; ) {
        const token = credential ?? (await options.auth?.token(signal)) ?? '';
        const result = await attempt(request, token, keyed);
        if ('response' in result) return result.response;
        const { error, headers } = result;
        const refused = headers?.get('www-authenticate')?.includes('error="invalid_token"') === true;
        if (
          !replaced &&
          credential === undefined &&
          refused &&
          isError(error, 'HTTP_STATUS') &&
          error.context.status === 401 &&
          (await options.auth?.replace(token, signal)) === true
        ) {
          replaced = true;
        } else if (!(await pauseForBilling(error, started, keyed))) {
          throw mapHttpError(error);
        }
      }
    });

  const send: Transport['send'] = (request, call) => exchange(request, undefined, call);
  return {
    clock,
    within,
    send,
    sendWith: (credential, request, call) => exchange(request, credential, call),
    call: async (request, shape, call) => readAnswer(await send(request, call), request, shape),
    run: async (request, call) => {
      await send(request, call);
    },
  };
};

const SNIPPET_LENGTH = 300;

/** The JSON of an answer by its form. @throws TINKER_ANSWER */
export const readAnswer = <T>(
  response: HttpResponse<Uint8Array>,
  { method }: Pick<Request, 'method'>,
  shape: Pick<Shape<T>, 'read'>,
): T => {
  const refuse = (message: string, problems: readonly { path: string; message: string }[], cause?: unknown) => {
    const { status, url, attempts, requestId, data, headers } = response;
    const contentType = headers.get('content-type');
    const text = new TextDecoder().decode(data.subarray(0, 4 * SNIPPET_LENGTH)).slice(0, SNIPPET_LENGTH);
    return new SomaKitError('TINKER_ANSWER', `${method} ${url}: ${message} (status ${status}).`, {
      context: {
        method,
        url,
        attempts,
        status,
        problems,
        ...(requestId === undefined ? {} : { requestId }),
        ...(contentType === null ? {} : { contentType }),
        ...(text === '' ? {} : { snippet: text }),
      },
      cause,
    });
  };
  let json: unknown;
  if (response.data.length > 0) {
    try {
      json = parseJson(new TextDecoder('utf-8', { fatal: true }).decode(response.data), { duplicateKeys: 'last' });
    } catch (cause) {
      const message = isError(cause) ? cause.message : 'It is not UTF-8.';
      throw refuse('the answer is not JSON', [{ path: '', message }], cause);
    }
  }
  const { value, problems } = readShape(shape, json);
  const [first] = problems;
  if (first === undefined) return value;
  const where = first.path === '' ? '' : ` at ${first.path}`;
  throw refuse(`the answer is not what it should be${where}: ${first.message}`, problems);
};
