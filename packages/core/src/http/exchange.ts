import type { Clock } from '../clock.js';
import { type Deadline, openDeadline, raceSignal, timeoutError } from '../deadline.js';
import { isError, SomaKitError } from '../errors.js';
import { type HttpContext, networkError, networkReason } from './errors.js';
import { harmlessOnly, isHarmless } from './headers.js';
import type { Fetch, HttpHooks, ResolvedTimeouts } from './types.js';
import { checkUrl, printUrl } from './url.js';

/** Everything of one client that an exchange needs. */
export interface Wire {
  readonly fetch: Fetch;
  readonly clock: Clock;
  readonly hooks: HttpHooks;
  readonly credentialHeaders: readonly string[];
  readonly secretQuery: readonly string[];
  readonly maxRedirects: number;
  /** Added to each request's options: Node's agent. */
  readonly fetchOptions: object;
}

export interface Outgoing {
  readonly url: URL;
  readonly method: string;
  readonly headers: Headers;
  readonly body: RequestInit['body'] | undefined;
  readonly attempt: number;
  readonly redirect: 'follow' | 'manual' | 'error';
  readonly timeouts: ResolvedTimeouts;
  readonly signal: AbortSignal;
}

export interface Incoming {
  readonly response: Response;
  readonly context: HttpContext;
  /** Holds the connection: to be closed when the body is done with. */
  readonly deadline: Deadline;
}

const REDIRECTS = new Set([301, 302, 303, 307, 308]);

/** Sends one attempt, follows its redirects, and gives the answer as soon as its headers are there. */
export const exchange = async (wire: Wire, outgoing: Outgoing): Promise<Incoming> => {
  const { clock, hooks, credentialHeaders, secretQuery } = wire;
  const { attempt, timeouts } = outgoing;
  let { url, method, headers, body } = outgoing;
  const deadline = openDeadline({ signal: outgoing.signal, clock });
  const contextNow = (): HttpContext => ({ method, url: printUrl(url.href, secretQuery), attempts: attempt });
  const cancelFirstByte = clock.schedule(() => {
    const { method, url } = contextNow();
    deadline.end(timeoutError(timeouts.firstByteMs, `${method} ${url}`, 'first-byte'));
  }, timeouts.firstByteMs);

  const send = async (redirect: 'manual' | 'follow'): Promise<Response> => {
    const init = {
      method,
      headers,
      redirect,
      signal: deadline.signal,
      ...(body === undefined ? {} : { body }),
      ...(body instanceof ReadableStream ? { duplex: 'half' } : {}),
      ...wire.fetchOptions,
    } as RequestInit;
    try {
      return await raceSignal(deadline.signal, () => wire.fetch(url.href, init));
    } catch (error) {
      if (isError(error)) throw error;
      const context = contextNow();
      if (networkReason(error) === 'UND_ERR_CONNECT_TIMEOUT') {
        throw timeoutError(timeouts.connectMs, `${context.method} ${context.url}`, 'connect');
      }
      throw networkError(error, context, 'request');
    }
  };

  const refuse = (reason: string, status: number | undefined, location?: string): never => {
    const context = contextNow();
    throw new SomaKitError('HTTP_REDIRECT', `${context.method} ${context.url}: ${reason}.`, {
      context: {
        ...context,
        reason,
        ...(status === undefined ? {} : { status }),
        ...(location === undefined ? {} : { location: printUrl(location, secretQuery) }),
      },
    });
  };

  /** Points the request at the redirect's target, or refuses. */
  const follow = (status: number, location: string | null) => {
    if (location === null) return refuse('the redirect names no location', status);
    let target: URL;
    try {
      target = checkUrl('location', new URL(location, url));
    } catch {
      return refuse('the redirect does not lead to an http or https URL without user and password', status);
    }
    if (target.hash === '') target.hash = url.hash;
    if (url.protocol === 'https:' && target.protocol === 'http:') {
      return refuse('the redirect leads from https to http', status, target.href);
    }
    // As every browser does it.
    const becomesGet = status === 303 ? method !== 'HEAD' : (status === 301 || status === 302) && method === 'POST';
    if (becomesGet) {
      method = 'GET';
      body = undefined;
      headers = new Headers(headers);
      for (const name of ['content-type', 'content-length', 'content-encoding', 'content-language'])
        headers.delete(name);
    }
    if (body instanceof ReadableStream)
      return refuse('the body is a stream and cannot be sent again', status, target.href);
    if (target.origin !== url.origin) {
      // What is in a body may be meant for this server alone, as its headers are.
      if (body !== undefined) return refuse('the redirect would take the body to another host', status, target.href);
      headers = harmlessOnly(headers, credentialHeaders);
    }
    url = target;
  };

  try {
    await hooks.onRequest?.({ ...exchangeOf(contextNow()), headers });
    for (let redirects = 0; ; redirects++) {
      const started = clock.monotonic();
      let response = await send('manual');
      if (response.type === 'opaqueredirect') response = await followOpaque();
      const durationMs = clock.monotonic() - started;
      hooks.onResponse?.({
        ...exchangeOf(contextNow()),
        status: response.status,
        headers: response.headers,
        durationMs,
      });
      if (!REDIRECTS.has(response.status) || outgoing.redirect === 'manual') {
        cancelFirstByte();
        return { response, context: contextNow(), deadline };
      }
      response.body?.cancel().catch(() => {});
      if (outgoing.redirect === 'error') refuse('the server redirects', response.status);
      if (redirects >= wire.maxRedirects) refuse(`over ${wire.maxRedirects} redirects`, response.status);
      follow(response.status, response.headers.get('location'));
    }
  } catch (error) {
    deadline.end(error);
    throw error;
  } finally {
    cancelFirstByte();
  }

  // Browsers hide where a redirect leads. They follow it themselves when nothing in the request could leak.
  async function followOpaque(): Promise<Response> {
    if (outgoing.redirect !== 'follow')
      return refuse('the server redirects, and a browser does not tell where', undefined);
    if (body !== undefined) return refuse('a browser cannot follow a redirect with a body safely', undefined);
    headers.forEach((_, name) => {
      if (!isHarmless(name, credentialHeaders)) refuse(`a browser would take the header ${name} along`, undefined);
    });
    const response = await send('follow');
    url = new URL(response.url);
    return response;
  }
};

const exchangeOf = ({ method, url, attempts }: HttpContext) => ({ method, url, attempt: attempts });
