import type { Clock } from '../clock.js';
import type { Random } from '../random.js';
import type { RetryNotice, RetryPolicy } from '../retry.js';
import type { Schema } from './schema.js';

/** The part of `fetch` that is used. */
export type Fetch = (input: string, init: RequestInit) => Promise<Response>;

/** Header values by name; `undefined` leaves one out, `null` also takes away the client's own. */
export type HeaderValues = Readonly<Record<string, string | null | undefined>>;

export type QueryValue = string | number | bigint | boolean;
/** Query values by name: lists repeat the name, `undefined` leaves it out. */
export type Query = Readonly<Record<string, QueryValue | readonly QueryValue[] | undefined>>;

/** Limits in milliseconds. `Infinity` switches one off. */
export interface HttpTimeouts {
  /** Until the connection stands. Only where it can be seen (Node's own fetch); elsewhere `firstByteMs` covers it. Default 10 s. */
  readonly connectMs?: number | undefined;
  /** From the start of an attempt until the answer's headers, sending the body included. Default 60 s. */
  readonly firstByteMs?: number | undefined;
  /** Between two parts of a body. Default 60 s. */
  readonly idleMs?: number | undefined;
  /** The whole call with all attempts and pauses. Default 5 min. A call's own `timeoutMs` replaces it. */
  readonly totalMs?: number | undefined;
}

/** Every limit with its value. */
export type ResolvedTimeouts = { readonly [K in keyof HttpTimeouts]-?: number };

/** What `decide` is told about a failed attempt. */
export interface HttpFailure {
  readonly error: unknown;
  readonly attempt: number;
  readonly method: string;
  /** The answer's status and headers, when there was one. */
  readonly status?: number | undefined;
  readonly headers?: Headers | undefined;
}

/** Over {@link RetryPolicy}, whose `budgetMs` is 150 s here. */
export interface HttpRetry extends RetryPolicy {
  /** Statuses worth another attempt. Default 408, 429, 500, 502, 503, 504. */
  readonly statuses?: readonly number[] | undefined;
  /** Methods that may be sent twice. Default GET, HEAD, OPTIONS, PUT, DELETE. */
  readonly methods?: readonly string[] | undefined;
  /** The last word on one failure; `undefined` leaves it to the rules. Attempts and budget hold all the same. */
  readonly decide?: ((failure: HttpFailure) => boolean | undefined) | undefined;
}

/** An attempt as hooks see it. URLs are printed without credentials. */
export interface HttpExchange {
  readonly method: string;
  readonly url: string;
  /** 1 for the first. */
  readonly attempt: number;
}

/** Called around each attempt, for tests, metrics and signing. What a hook throws ends the call. */
export interface HttpHooks {
  /** Before an attempt is sent (not for its redirects). `headers` are the real ones, credentials included, and may be changed. */
  readonly onRequest?: ((exchange: HttpExchange & { readonly headers: Headers }) => void | Promise<void>) | undefined;
  /** When the headers of an answer are there, redirects included. */
  readonly onResponse?:
    | ((
        exchange: HttpExchange & { readonly status: number; readonly headers: Headers; readonly durationMs: number },
      ) => void)
    | undefined;
  /** Before each pause. */
  readonly onRetry?: ((notice: RetryNotice & HttpExchange) => void) | undefined;
  /** When a call has failed for good. */
  readonly onError?: ((failure: HttpExchange & { readonly error: unknown }) => void) | undefined;
}

export interface HttpOptions {
  /** Calls with a `path` go below it; its path is kept: `https://host/api/v1` + `/runs`. */
  readonly baseUrl?: string | undefined;
  /**
   * Headers of every call, or a function that gives them before each attempt (a token that is renewed). They go to the
   * origin of `baseUrl` only.
   */
  readonly headers?: HeaderValues | (() => HeaderValues | Promise<HeaderValues>) | undefined;
  /** More names of headers that carry credentials. Only a few harmless headers cross origins anyway. */
  readonly credentialHeaders?: readonly string[] | undefined;
  /** More names of query parameters whose values are hidden wherever a URL is printed. */
  readonly secretQuery?: readonly string[] | undefined;
  /** Default: the platform's. */
  readonly fetch?: Fetch | undefined;
  readonly clock?: Clock | undefined;
  readonly random?: Random | undefined;
  /** `false`: every call is made once. */
  readonly retry?: HttpRetry | false | undefined;
  readonly timeouts?: HttpTimeouts | undefined;
  /** The most bytes of an answer, counted after decompression. Default 64 MiB. */
  readonly maxResponseBytes?: number | undefined;
  /** Default 10. */
  readonly maxRedirects?: number | undefined;
  readonly hooks?: HttpHooks | undefined;
}

/** One call. */
export interface HttpCall {
  /** Below `baseUrl`: a text that is already escaped (it may end in a query), or segments that are escaped here. */
  readonly path?: string | readonly (string | number | bigint)[] | undefined;
  /** An absolute URL instead of `path`, for links that the server gives. Another origin gets no header of the client's. */
  readonly url?: string | undefined;
  readonly query?: Query | undefined;
  readonly headers?: HeaderValues | undefined;
  /** Sent as JSON by `stringifyJson`: `bigint` as text. */
  readonly json?: unknown;
  /** Sent as it is, instead of `json`. A stream can be sent only once: no retries. */
  readonly body?: string | Uint8Array | URLSearchParams | FormData | Blob | ReadableStream<Uint8Array> | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Limit of the whole call, attempts and pauses included; replaces `timeouts.totalMs`. */
  readonly timeoutMs?: number | undefined;
  /** Over the client's. */
  readonly timeouts?: Omit<HttpTimeouts, 'connectMs'> | undefined;
  /** `false`: once only. `true`: also when the method may not be sent twice. A policy: over the client's. */
  readonly retry?: HttpRetry | boolean | undefined;
  /** Hears of each pause of this call. */
  readonly onRetry?: ((notice: RetryNotice) => void) | undefined;
  /**
   * The same key on all attempts of this call, in the header `Idempotency-Key` or the one named; `true` draws a UUID.
   * Makes any method one that may be sent twice.
   */
  readonly idempotencyKey?:
    | string
    | true
    | { readonly header: string; readonly value?: string | undefined }
    | undefined;
  readonly maxResponseBytes?: number | undefined;
  /** `manual` hands the 3xx answer out as it is (not in browsers), `error` refuses it. Default `follow`. */
  readonly redirect?: 'follow' | 'manual' | 'error' | undefined;
  /** Statuses outside of 200 to 299 that are no error for this call. */
  readonly okStatuses?: readonly number[] | undefined;
}

/** A call whose answer is JSON. */
export interface JsonCall<T> extends HttpCall {
  /** Checks the answer and gives its type. Without one the answer is what the server sent, unchecked. */
  readonly schema?: Schema<T> | undefined;
}

/** How the body of an answer is handed over. */
export type BodyForm = 'json' | 'text' | 'bytes' | 'stream' | 'none';

export interface HttpResponse<T> {
  readonly status: number;
  readonly headers: Headers;
  /** Where the answer came from, after redirects; with credentials hidden. */
  readonly url: string;
  /** The server's name for this exchange, from the usual headers. */
  readonly requestId: string | undefined;
  /** How many attempts it took. */
  readonly attempts: number;
  readonly data: T;
}

export interface MethodCall extends HttpCall {
  /** Default GET. */
  readonly method?: string | undefined;
}

/** A client of one HTTP API. All methods throw the errors of {@link createHttp}. */
export interface HttpClient {
  /** A call with everything about its answer. `as` says how the body is handed over; default `json`. */
  request<T = unknown>(call: MethodCall & JsonCall<T> & { readonly as?: 'json' | undefined }): Promise<HttpResponse<T>>;
  request(call: MethodCall & { readonly as: 'text' }): Promise<HttpResponse<string>>;
  request(call: MethodCall & { readonly as: 'bytes' }): Promise<HttpResponse<Uint8Array>>;
  /** The stream must be read to its end or cancelled; the limits and the signal hold until then. */
  request(call: MethodCall & { readonly as: 'stream' }): Promise<HttpResponse<ReadableStream<Uint8Array>>>;
  request(call: MethodCall & { readonly as: 'none' }): Promise<HttpResponse<undefined>>;
  /** The JSON of the answer to a GET; `undefined` for an empty body. */
  get<T = unknown>(call: JsonCall<T>): Promise<T>;
  post<T = unknown>(call: JsonCall<T>): Promise<T>;
  put<T = unknown>(call: JsonCall<T>): Promise<T>;
  patch<T = unknown>(call: JsonCall<T>): Promise<T>;
  delete<T = unknown>(call: JsonCall<T>): Promise<T>;
}
