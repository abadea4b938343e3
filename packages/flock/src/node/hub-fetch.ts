import { type Clock, isError, type Random } from '@somakit/core';
import { createHttp, type Fetch, type HttpClient, type HttpRetry } from '@somakit/core/http';

export interface HubHttpOptions {
  readonly fetch?: Fetch | undefined;
  readonly clock?: Clock | undefined;
  readonly random?: Random | undefined;
  readonly retry?: HttpRetry | false | undefined;
}

/** The client that everything to the Hub and its stores goes through. It has no root: the library gives whole URLs. */
export const createHubHttp = ({ fetch, clock, random, retry }: HubHttpOptions): HttpClient =>
  createHttp({
    fetch,
    clock,
    random,
    // A part that has taken an hour is worth another attempt too.
    retry: retry === false ? false : { attempts: 6, budgetMs: Number.POSITIVE_INFINITY, ...retry },
    timeouts: { totalMs: Number.POSITIVE_INFINITY },
  });

const COMMIT = /\/commit\/[^/]+$/;

/** Whether a failed commit cannot have been carried out. */
const wasRefused = (error: unknown, status: number | undefined): boolean =>
  status === 429 || (isError(error, 'HTTP_NETWORK') && error.context.reason === 'ECONNREFUSED');

/** Slow lines need their time: at least 50 kB a second, after a minute of grace. */
const timeFor = (body: unknown): number => {
  const bytes =
    body instanceof Blob
      ? body.size
      : typeof body === 'string'
        ? body.length
        : body instanceof Uint8Array
          ? body.length
          : 0;
  return 60_000 + bytes / 50;
};

const headersOf = (headers: RequestInit['headers']): Record<string, string> => Object.fromEntries(new Headers(headers));

/**
 * `fetch` for the Hub's library, which has no retries and no time limits of its own. Everything but the commit may be sent
 * again: creating answers "exists", sizes and links are questions, and stores go by content. A refusal of the Hub itself is
 * thrown as our error; those of the stores go to the library, which reads some of them.
 */
export const hubFetch =
  (
    http: HttpClient,
    { signal, retry: policy }: HubHttpOptions & { readonly signal?: AbortSignal | undefined },
  ): typeof fetch =>
  async (input, init = {}) => {
    const url = String(input instanceof Request ? input.url : input);
    const method = (init.method ?? 'GET').toUpperCase();
    const headers = headersOf(init.headers);
    const isCommit = method === 'POST' && COMMIT.test(new URL(url).pathname);
    const body = init.body as Blob | string | Uint8Array | undefined;
    const signals = [signal, init.signal].filter((each): each is AbortSignal => each instanceof AbortSignal);
    const retry: HttpRetry | boolean =
      policy !== false && isCommit
        ? { methods: [], decide: ({ error, status }) => wasRefused(error, status) }
        : policy !== false;
    try {
      const {
        status,
        headers: answered,
        data,
      } = await http.request({
        url,
        method,
        headers,
        body: body ?? undefined,
        as: 'bytes',
        retry,
        timeouts: { firstByteMs: timeFor(body) },
        signal: signals.length > 1 ? AbortSignal.any(signals) : signals[0],
      });
      return new Response(status === 204 || status === 304 ? null : (data as BodyInit), {
        status,
        headers: plain(answered),
      });
    } catch (error) {
      // Without a token of the Hub it is a store; the library knows what its 404 means.
      const ofHub = /^Bearer hf_/.test(headers.authorization ?? '');
      if (ofHub || !isError(error, 'HTTP_STATUS')) throw error;
      const { body: answer, status } = error.context;
      return new Response(typeof answer === 'string' ? answer : JSON.stringify(answer ?? {}), {
        status,
        headers: { 'content-type': typeof answer === 'string' ? 'text/plain' : 'application/json' },
      });
    }
  };

// The body is unpacked already.
const plain = (headers: Headers): Headers => {
  const kept = new Headers(headers);
  kept.delete('content-encoding');
  kept.delete('content-length');
  kept.delete('transfer-encoding');
  return kept;
};
