import { type Clock, type Random, type RetryNotice, systemClock, systemRandom } from '@somakit/core';
import { createHttp, type Fetch, type HttpHooks, type HttpRetry, type HttpTimeouts } from '@somakit/core/http';
import { AuthToken, ClientConfig, createAuth, type TokenExchange } from './auth.js';
import type { Environment } from './credentials.js';
import { createAdminCalls } from './rest/admin.js';
import { createCheckpointCalls } from './rest/checkpoints.js';
import { createRunCalls } from './rest/runs.js';
import { createSessionCalls } from './rest/sessions.js';
import { createTransport, readAnswer, SDK_VERSION, type TransportOptions } from './transport.js';

export const DEFAULT_BASE_URL = 'https://tinker.thinkingmachines.dev/services/tinker-prod';

/** What a server says about a call that it will drop. */
export interface DeprecationNotice {
  readonly method: string;
  readonly url: string;
  readonly note: string;
  /** `error`: it may fail at any time. */
  readonly level: 'error' | 'warning';
}

export interface TinkerClientOptions {
  /** A key (`tml-...`) or a JWT (`eyJ...`). Default: TINKER_API_KEY, then what {@link createTinkerClient} lists. */
  readonly apiKey?: string | undefined;
  /** Gives a credential each time one is needed, in place of TINKER_CREDENTIAL_CMD. */
  readonly credential?: ((signal: AbortSignal) => string | Promise<string>) | undefined;
  /** Takes keys of any form, for compatible servers. */
  readonly anyKey?: boolean | undefined;
  /** Default: TINKER_BASE_URL, then Thinking Machines' own server. */
  readonly baseUrl?: string | undefined;
  /** Whether the key is exchanged for a short-lived token. `auto`, the default, asks the server once. */
  readonly tokenExchange?: TokenExchange | undefined;
  /** Attempts and pauses of every call; `false`: one attempt each. Default: 11 attempts within 4 min. */
  readonly retry?: HttpRetry | false | undefined;
  /** Limit of a whole call. Default 5 min. */
  readonly timeoutMs?: number | undefined;
  /** Limits of one attempt. Default: connect 10 s, first byte 60 s, between two parts of a body 60 s. */
  readonly timeouts?: Omit<HttpTimeouts, 'totalMs'> | undefined;
  /** How long calls wait for a bill to be settled (status 402), looking every 5 s. Default 0: they fail at once. */
  readonly billingPauseMs?: number | undefined;
  /** Sent with every call to the server. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly hooks?: HttpHooks | undefined;
  /** Hears of every pause of every call. */
  readonly onRetry?: ((notice: RetryNotice & { readonly method: string; readonly url: string }) => void) | undefined;
  /** Hears when the server says that a call is on its way out. */
  readonly onDeprecation?: ((notice: DeprecationNotice) => void) | undefined;
  readonly fetch?: Fetch | undefined;
  readonly clock?: Clock | undefined;
  readonly random?: Random | undefined;
  /** Default: the process's own; empty in browsers. */
  readonly env?: Environment | undefined;
}

const processEnv = (): Environment => (typeof process === 'undefined' ? {} : (process.env ?? {}));

/** What a client is made of, for the other parts of this package. */
export interface ClientInternals {
  readonly transport: ReturnType<typeof createTransport>;
  readonly env: Environment;
  readonly clock: Clock;
  readonly random: Random;
  readonly fetch: Fetch | undefined;
}

const internals = new WeakMap<object, ClientInternals>();

/** @throws TypeError for what is no client of ours; callers hold one by type. */
export const internalsOf = (client: TinkerClient): ClientInternals => internals.get(client)!;

const makeRest = (
  transport: ReturnType<typeof createTransport>,
  auth: Parameters<typeof createAdminCalls>[1],
  env: Environment,
) => ({
  ...createRunCalls(transport),
  ...createCheckpointCalls(transport, env),
  ...createSessionCalls(transport),
  ...createAdminCalls(transport, auth),
});

/** Every call of the REST API. */
export type TinkerRest = ReturnType<typeof makeRest>;

export interface TinkerClient {
  readonly rest: TinkerRest;
  readonly baseUrl: string;
}

/**
 * A client of the Tinker API. Sends nothing by itself; the first call asks the server how clients authenticate.
 *
 * The credential is, in this order: a JWT given as `apiKey` or TINKER_API_KEY; `apiKey`; TINKER_API_KEY; the command in
 * TINKER_CREDENTIAL_CMD; the default key of `~/.tinker/credentials.json`. It goes to the server of `baseUrl` only, in
 * `X-API-Key`, and where the server wants it is exchanged for a short-lived token that renews itself.
 *
 * Calls throw TINKER_BAD_REQUEST, TINKER_AUTHENTICATION, TINKER_BILLING, TINKER_PERMISSION_DENIED, TINKER_NOT_FOUND,
 * TINKER_CONFLICT, TINKER_UNPROCESSABLE, TINKER_RATE_LIMIT, TINKER_SERVER, TINKER_STATUS, TINKER_ANSWER,
 * TINKER_CREDENTIALS, TINKER_PATH, HTTP_NETWORK, HTTP_REDIRECT, HTTP_TOO_LARGE, TIMEOUT, ABORTED, INVALID_ARGUMENT.
 *
 * @throws TINKER_CREDENTIALS when there is no credential or it has a wrong form, INVALID_ARGUMENT for a `baseUrl` that
 * is no http(s) URL.
 * @example
 * import { createTinkerClient } from '@somakit/tinker';
 * const { rest } = createTinkerClient({ apiKey: 'tml-...' });
 * for await (const run of rest.iterateTrainingRuns()) console.log(run.trainingRunId, run.lastRequestTime.date);
 */
export const createTinkerClient = (options: TinkerClientOptions = {}): TinkerClient => {
  const { clock = systemClock, random = systemRandom, env = processEnv(), hooks = {} } = options;
  const baseUrl = (options.baseUrl || env.TINKER_BASE_URL || DEFAULT_BASE_URL).replace(/\/+$/, '');
  const accessHeaders = {
    'cf-access-client-id': env.CLOUDFLARE_ACCESS_CLIENT_ID || undefined,
    'cf-access-client-secret': env.CLOUDFLARE_ACCESS_CLIENT_SECRET || undefined,
  };
  const http = createHttp({
    baseUrl,
    headers: { 'user-agent': `somakit-tinker (${SDK_VERSION})`, ...accessHeaders, ...options.headers },
    credentialHeaders: ['x-api-key', 'x-tinker-weights-access-token', 'cf-access-client-id', 'cf-access-client-secret'],
    secretQuery: ['sig', 'x-sig', 'signature'],
    fetch: options.fetch,
    clock,
    random,
    timeouts: options.timeouts,
    hooks: {
      ...hooks,
      onRequest: async (exchange) => {
        exchange.headers.set('x-stainless-retry-count', String(exchange.attempt - 1));
        await hooks.onRequest?.(exchange);
      },
      onResponse: (exchange) => {
        const { method, url, headers } = exchange;
        const note = headers.get('x-deprecation-note');
        const level = headers.get('x-deprecation-level') === 'error' ? 'error' : 'warning';
        if (note !== null) options.onDeprecation?.({ method, url, note, level });
        hooks.onResponse?.(exchange);
      },
      onRetry: (notice) => {
        options.onRetry?.(notice);
        hooks.onRetry?.(notice);
      },
    },
  });
  const transportOptions: TransportOptions = {
    http,
    clock,
    random,
    retry: options.retry,
    timeoutMs: options.timeoutMs ?? 300_000,
    billingPauseMs: options.billingPauseMs ?? 0,
  };
  const transport = createTransport(transportOptions);
  const auth = createAuth(
    {
      apiKey: options.apiKey,
      credential: options.credential,
      anyKey: options.anyKey ?? false,
      env,
      clock,
    },
    options.tokenExchange ?? 'auto',
    {
      config: async (credential, signal) => {
        const request = {
          sdkMethod: '',
          method: 'POST',
          path: '/client/config',
          json: { sdk_version: SDK_VERSION },
        } as const;
        return readAnswer(await transport.sendWith(credential, request, { signal }), request, ClientConfig);
      },
      exchange: async (credential, signal) => {
        const request = { sdkMethod: '', method: 'POST', path: '/auth/token', json: {} } as const;
        return readAnswer(await transport.sendWith(credential, request, { signal }), request, AuthToken).jwt;
      },
    },
  );
  transportOptions.auth = auth;
  const client: TinkerClient = { baseUrl, rest: makeRest(transport, auth, env) };
  internals.set(client, { transport, env, clock, random, fetch: options.fetch });
  return client;
};
