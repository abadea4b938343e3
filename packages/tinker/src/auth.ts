import { type Clock, isError, raceSignal, throwIfAborted } from '@somakit/core';
import { flag, type Infer, object, optional, text } from './codec.js';
import { type CredentialOptions, findCredential } from './credentials.js';
import { credentialsError, isJwt, jwtExpiry, jwtLifetime } from './jwt.js';

/** What the server wants of its clients (`/client/config`); fields that are not used are left out. */
export const ClientConfig = /* @__PURE__ */ object('ClientConfig', {
  pjwtAuthEnabled: /* @__PURE__ */ optional(flag, () => false),
  credentialDefaultSource: /* @__PURE__ */ optional(text, () => 'api_key'),
});
export type ClientConfig = Infer<typeof ClientConfig>;

export const AuthToken = /* @__PURE__ */ object('AuthToken', { jwt: text });

/** Whether a key is exchanged for a short-lived token: as the server's configuration says, in any case, or never. */
export type TokenExchange = 'auto' | 'always' | 'never';

export interface Auth {
  /** What goes into `X-API-Key`. */
  token(signal: AbortSignal): Promise<string>;
  /** After the server refused `rejected` as invalid: true when there is another token to try with. */
  replace(rejected: string, signal: AbortSignal): Promise<boolean>;
}

/** The two calls that authentication makes, with the real credential. */
export interface AuthCalls {
  readonly config: (credential: string, signal: AbortSignal) => Promise<ClientConfig>;
  readonly exchange: (credential: string, signal: AbortSignal) => Promise<string>;
}

const DEFAULTS: ClientConfig = { pjwtAuthEnabled: false, credentialDefaultSource: 'api_key' };
const ON_DEMAND_MS = 60_000;
const AFTER_FAILURE_MS = 60_000;

/**
 * Runs something once for all who wait for it. It ends when the last of them gives up, so that nothing is left running.
 */
const shareCall = <T>(run: (signal: AbortSignal) => Promise<T>): ((signal: AbortSignal) => Promise<T>) => {
  let current: { readonly promise: Promise<T>; readonly controller: AbortController; waiting: number } | undefined;
  return async (signal) => {
    throwIfAborted(signal);
    if (current === undefined) {
      const controller = new AbortController();
      const promise = run(controller.signal).finally(() => {
        if (current === mine) current = undefined;
      });
      // Whoever waits hears of the failure; when nobody is left it is nobody's.
      promise.catch(() => {});
      const mine = { promise, controller, waiting: 0 };
      current = mine;
    }
    const joined = current;
    joined.waiting++;
    try {
      return await raceSignal(signal, () => joined.promise);
    } finally {
      joined.waiting--;
      if (joined.waiting === 0 && current === joined) {
        current = undefined;
        joined.controller.abort();
      }
    }
  };
};

export const createAuth = (options: CredentialOptions, mode: TokenExchange, calls: AuthCalls): Auth => {
  const { clock }: { readonly clock: Clock } = options;
  const source = findCredential(options);
  let config: ClientConfig | undefined =
    mode === 'auto' ? undefined : { ...DEFAULTS, pjwtAuthEnabled: mode === 'always' };
  let token: { readonly jwt: string; readonly refreshAt: number } | undefined;

  const left = (jwt: string): number => (jwtExpiry(jwt) ?? 0) - clock.now();

  const fetchConfig = shareCall(async (signal) => {
    try {
      config = await calls.config(await source.read(signal), signal);
    } catch (error) {
      // Compatible servers may not have it.
      if (!isError(error, 'TINKER_NOT_FOUND')) throw error;
      config = DEFAULTS;
    }
    return config;
  });

  const exchange = shareCall(async (signal) => {
    const insist = config?.credentialDefaultSource === 'credential_cmd';
    const credential = await (insist ? findCredential(options, true) : source).read(signal);
    const jwt = await calls.exchange(credential, signal);
    const received = clock.now();
    token = { jwt, refreshAt: received + (jwtLifetime(jwt) ?? 2 * AFTER_FAILURE_MS) / 2 };
    return jwt;
  });

  const exchanged = async (signal: AbortSignal): Promise<string> => {
    const held = token;
    if (held !== undefined && left(held.jwt) > ON_DEMAND_MS && clock.now() < held.refreshAt) return held.jwt;
    try {
      return await exchange(signal);
    } catch (error) {
      throwIfAborted(signal);
      // A token that still lives goes on; that the credential itself is refused is told at once.
      if (held === undefined || left(held.jwt) <= 0 || isError(error, 'TINKER_AUTHENTICATION')) throw error;
      if (token === held) token = { jwt: held.jwt, refreshAt: clock.now() + AFTER_FAILURE_MS };
      return held.jwt;
    }
  };

  return {
    token: async (signal) => {
      const { pjwtAuthEnabled } = config ?? (await fetchConfig(signal));
      if (pjwtAuthEnabled) return exchanged(signal);
      const credential = await source.read(signal);
      if (source.kind === 'command' && mode === 'auto') {
        throw credentialsError(
          'not-accepted',
          'This server takes API keys only.',
          'Pass apiKey or set TINKER_API_KEY.',
        );
      }
      return credential;
    },
    replace: async (rejected, signal) => {
      if (mode === 'never' || (config?.pjwtAuthEnabled !== true && isJwt(rejected))) return false;
      // The server insists on a token although its configuration did not say so.
      if (config?.pjwtAuthEnabled !== true) config = { ...(config ?? DEFAULTS), pjwtAuthEnabled: true };
      if (token !== undefined && token.jwt !== rejected) return true;
      await exchange(signal);
      return true;
    },
  };
};
