import { type Clock, type Random, SomaKitError } from '@somakit/core';
import {
  createHttp,
  type Fetch,
  type HttpClient,
  type HttpHooks,
  type HttpRetry,
  type HttpTimeouts,
  type Query,
  type Schema,
} from '@somakit/core/http';
import { toFlockError } from './errors.js';

/** Where FLock's training platform is. */
export const FLOCK_BASE_URL = 'https://fed-ledger-prod.flock.io/api/v1';

/** What every call takes. */
export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
  /** Limit of the whole call in milliseconds, retries included. */
  readonly timeoutMs?: number | undefined;
}

export interface FlockOptions {
  /** Of train.flock.io. Default: `FLOCK_API_KEY` of the environment (Node). Only `getSubmissions`, `submitTask` and the validator's calls need it. */
  readonly apiKey?: string | undefined;
  /** Default: `FLOCK_BASE_URL` of the environment (Node), else the production service. */
  readonly baseUrl?: string | undefined;
  /** Default: the platform's. */
  readonly fetch?: Fetch | undefined;
  readonly clock?: Clock | undefined;
  readonly random?: Random | undefined;
  /** For reads; writes are sent once. `false`: reads too. Default: 4 attempts after network faults, time-outs, 408, 429, 500, 502, 503, 504. */
  readonly retry?: HttpRetry | false | undefined;
  /** Default: 30 s for one attempt's first byte, 30 s between two parts, 2 min for the whole call. */
  readonly timeouts?: HttpTimeouts | undefined;
  readonly hooks?: HttpHooks | undefined;
}

type PathSegments = readonly (string | number)[];

/** The one way to the service: joins root and path, adds the key where it belongs, gives FLock's errors. */
export interface Api {
  readonly http: HttpClient;
  read<T>(
    call: {
      path: PathSegments;
      query?: Query;
      schema: Schema<T>;
      withKey?: 'needed' | 'if there' | 'no';
    } & CallOptions,
  ): Promise<T>;
  /** Sent once, never again. */
  write<T>(call: { path: PathSegments; json?: unknown; schema: Schema<T> } & CallOptions): Promise<T>;
  /** Whether the service answers a GET with success. */
  answers(call: { path: PathSegments } & CallOptions): Promise<boolean>;
}

const environment = (name: string): string | undefined => {
  const value = typeof process === 'undefined' ? undefined : process.env?.[name]?.trim();
  return value === '' ? undefined : value;
};

/** An option as it was given, else the environment's. An empty text is none. */
export const optionOr = (given: string | undefined, name: string): string | undefined =>
  given === undefined ? environment(name) : given.trim() === '' ? undefined : given.trim();

export const createApi = (options: FlockOptions): Api => {
  const apiKey = optionOr(options.apiKey, 'FLOCK_API_KEY');
  const http = createHttp({
    baseUrl: optionOr(options.baseUrl, 'FLOCK_BASE_URL') ?? FLOCK_BASE_URL,
    credentialHeaders: ['flock-api-key'],
    fetch: options.fetch,
    clock: options.clock,
    random: options.random,
    retry: options.retry,
    timeouts: { firstByteMs: 30_000, idleMs: 30_000, totalMs: 120_000, ...options.timeouts },
    hooks: options.hooks,
  });
  const keyHeader = (operation: string) => {
    if (apiKey !== undefined) return { 'flock-api-key': apiKey };
    throw new SomaKitError('FLOCK_NO_API_KEY', `${operation} needs an API key of train.flock.io.`, {
      context: { operation },
      hint: 'Give createFlockClient an apiKey, or set FLOCK_API_KEY. The account menu of train.flock.io shows the key.',
    });
  };
  const guard = async <T>(write: boolean, run: () => Promise<T>): Promise<T> => {
    try {
      return await run();
    } catch (error) {
      throw toFlockError(error, write);
    }
  };
  return {
    http,
    read: ({ path, query, schema, withKey = 'no', signal, timeoutMs }) =>
      guard(false, () =>
        http.get({
          path,
          schema,
          ...(query === undefined ? {} : { query }),
          headers:
            withKey === 'needed' || (withKey === 'if there' && apiKey !== undefined)
              ? keyHeader(`GET /${path.join('/')}`)
              : {},
          signal,
          timeoutMs,
        }),
      ),
    write: ({ path, json, schema, signal, timeoutMs }) =>
      guard(true, () =>
        http.post({
          path,
          schema,
          ...(json === undefined ? {} : { json }),
          headers: keyHeader(`POST /${path.join('/')}`),
          // Neither a second time, nor on to where a redirect leads.
          retry: { attempts: 1, decide: () => false },
          redirect: 'error',
          signal,
          timeoutMs,
        }),
      ),
    answers: async ({ path, signal, timeoutMs }) => {
      try {
        await http.request({ path, as: 'none', retry: false, signal, timeoutMs });
        return true;
      } catch (error) {
        const { code } = error as { readonly code?: unknown };
        if (code === 'ABORTED' || code === 'INVALID_ARGUMENT') throw error;
        return false;
      }
    },
  };
};
