import { systemClock } from '../clock.js';
import { checkTimeout, openDeadline, raceSignal, throwIfAborted } from '../deadline.js';
import { isError, SomaKitError } from '../errors.js';
import { invalidArgument } from '../invalid.js';
import { parseJson } from '../json-parse.js';
import { stringifyJson } from '../json-stringify.js';
import { randomUuid, systemRandom } from '../random.js';
import { retry } from '../retry.js';
import { type BodyLimits, readBytes, readParts, readStream } from './body.js';
import { connectOptions } from './connect.js';
import { bodyMessage, requestIdOf, retryAfterMs } from './errors.js';
import { exchange, type Incoming, type Wire } from './exchange.js';
import { applyHeaders, blot, secretsOf } from './headers.js';
import { checkSchema } from './schema.js';
import type {
  BodyForm,
  HttpClient,
  HttpOptions,
  HttpResponse,
  HttpRetry,
  JsonCall,
  MethodCall,
  ResolvedTimeouts,
} from './types.js';
import { buildUrl, checkUrl, printUrl } from './url.js';

const POLICY: HttpRetry & { readonly statuses: readonly number[]; readonly methods: readonly string[] } = {
  statuses: [408, 429, 500, 502, 503, 504],
  methods: ['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE'],
  // More than one first byte that does not come.
  budgetMs: 150_000,
};
const TIMEOUTS: ResolvedTimeouts = { connectMs: 10_000, firstByteMs: 60_000, idleMs: 60_000, totalMs: 300_000 };
const ERROR_BODY_LENGTH = 65_536;

type AnyCall = MethodCall & JsonCall<unknown> & { readonly as?: BodyForm | undefined };

/** `over` laid upon `base`, without the keys that are undefined. */
const merge = <T extends object>(base: T, over: { readonly [K in keyof T]?: T[K] | undefined } | undefined): T => {
  const merged = { ...base };
  for (const [key, value] of Object.entries(over ?? {}))
    if (value !== undefined) Object.assign(merged, { [key]: value });
  return merged;
};

/**
 * A client of one HTTP API over `fetch`: JSON without loss, retries, time limits, safe redirects, one family of errors.
 * Opens nothing by itself.
 *
 * Repeats calls that may be sent twice (GET, HEAD, OPTIONS, PUT, DELETE, those with an `idempotencyKey` or
 * `retry: true`) after network faults, time-outs of one attempt and the listed statuses, and keeps to `Retry-After`.
 * Redirects are followed by hand: another origin gets no credential and no body, https never leads to http. Browsers
 * do not show where a redirect leads, so there only requests without credentials follow one.
 *
 * Calls throw HTTP_STATUS, HTTP_NETWORK, HTTP_REDIRECT, HTTP_TOO_LARGE, HTTP_INVALID_BODY, TIMEOUT, ABORTED,
 * INVALID_ARGUMENT.
 *
 * @throws INVALID_ARGUMENT for a `baseUrl` that is no http(s) URL, or that has a query or a user in it.
 * @example
 * import { createHttp } from '@somakit/core/http';
 * const http = createHttp({ baseUrl: 'https://api.example.com/v1', headers: { 'x-api-key': 'key' } });
 * const run = await http.get({ path: ['runs', 'a/b'], query: { limit: 5 }, schema: (value) => value as { id: string } });
 */
export const createHttp = (options: HttpOptions = {}): HttpClient => {
  const {
    clock = systemClock,
    random = systemRandom,
    hooks = {},
    maxRedirects = 10,
    maxResponseBytes = 2 ** 26,
  } = options;
  const baseUrl = options.baseUrl === undefined ? undefined : checkUrl('baseUrl', options.baseUrl);
  if (baseUrl !== undefined && (baseUrl.search !== '' || baseUrl.hash !== '')) {
    throw invalidArgument('baseUrl', 'a URL without query and fragment');
  }
  const clientTimeouts = merge(TIMEOUTS, options.timeouts);
  for (const [name, value] of Object.entries(clientTimeouts)) checkTimeout(value, `timeouts.${name}`);
  let wire: Wire | undefined;
  const openWire = (): Wire => {
    wire ??= {
      fetch: options.fetch ?? ((input, init) => globalThis.fetch(input, init)),
      clock,
      hooks,
      credentialHeaders: options.credentialHeaders ?? [],
      secretQuery: options.secretQuery ?? [],
      maxRedirects,
      fetchOptions: options.fetch === undefined ? connectOptions(clientTimeouts.connectMs) : {},
    };
    return wire;
  };

  const call = async (parameters: AnyCall): Promise<HttpResponse<unknown>> => {
    const { as = 'json', json, redirect = 'follow', okStatuses = [], idempotencyKey } = parameters;
    const method = (parameters.method ?? 'GET').toUpperCase();
    const url = buildUrl(baseUrl, parameters);
    const printed = printUrl(url.href, options.secretQuery);
    const operation = `${method} ${printed}`;
    throwIfAborted(parameters.signal, operation);
    const timeouts = merge(clientTimeouts, {
      ...parameters.timeouts,
      totalMs: parameters.timeoutMs ?? parameters.timeouts?.totalMs,
    });
    for (const [name, value] of Object.entries(timeouts)) checkTimeout(value, `timeouts.${name}`);
    if (json !== undefined && parameters.body !== undefined)
      throw invalidArgument('body', 'left out when json is given');
    const body = json === undefined ? parameters.body : stringifyJson(json);
    if (body !== undefined && (method === 'GET' || method === 'HEAD')) {
      throw invalidArgument('body', `left out: ${method} sends none`);
    }
    const ownHeaders = applyHeaders(new Headers(), parameters.headers ?? {});
    const keyHeader =
      idempotencyKey === undefined || typeof idempotencyKey !== 'object' ? 'Idempotency-Key' : idempotencyKey.header;
    const givenKey = typeof idempotencyKey === 'object' ? idempotencyKey.value : idempotencyKey;
    const key = idempotencyKey === undefined ? undefined : typeof givenKey === 'string' ? givenKey : randomUuid(random);

    const policy = merge(
      merge(POLICY, options.retry === false ? undefined : options.retry),
      typeof parameters.retry === 'object' ? parameters.retry : undefined,
    );
    const off = parameters.retry === false || (options.retry === false && parameters.retry === undefined);
    const repeatable =
      !(body instanceof ReadableStream) &&
      (parameters.retry === true || idempotencyKey !== undefined || policy.methods.includes(method));

    const buildHeaders = async (): Promise<Headers> => {
      const headers = new Headers();
      // The client's headers are for its own server: a link to another one goes without.
      if (baseUrl === undefined || url.origin === baseUrl.origin) {
        applyHeaders(
          headers,
          (typeof options.headers === 'function' ? await options.headers() : options.headers) ?? {},
        );
      }
      if (as === 'json' && !headers.has('accept')) headers.set('accept', 'application/json');
      if (json !== undefined) headers.set('content-type', 'application/json');
      ownHeaders.forEach((value, name) => {
        headers.set(name, value);
      });
      for (const [name, value] of Object.entries(parameters.headers ?? {})) if (value === null) headers.delete(name);
      if (key !== undefined) applyHeaders(headers, { [keyHeader]: key });
      return headers;
    };

    const total = openDeadline({ signal: parameters.signal, timeoutMs: timeouts.totalMs, operation, clock });
    let made = 0;
    let failedResponse: Response | undefined;

    const attemptOnce = async (attempt: number): Promise<HttpResponse<unknown>> => {
      made = attempt;
      failedResponse = undefined;
      const headers = await raceSignal(total.signal, buildHeaders);
      const incoming = await exchange(openWire(), {
        url,
        method,
        headers,
        body: body as RequestInit['body'],
        attempt,
        redirect,
        timeouts,
        signal: total.signal,
      });
      const { response, deadline } = incoming;
      const requestId = requestIdOf(response.headers);
      const context = { ...incoming.context, ...(requestId === undefined ? {} : { requestId }) };
      const limits: BodyLimits = {
        maxBytes: parameters.maxResponseBytes ?? maxResponseBytes,
        idleMs: timeouts.idleMs,
        clock,
        context,
        deadline,
      };
      let streaming = false;
      try {
        const isManualRedirect = redirect === 'manual' && response.status >= 300 && response.status < 400;
        if (!response.ok && !isManualRedirect && !okStatuses.includes(response.status)) {
          failedResponse = response;
          throw await statusError({ ...incoming, context }, limits, headers);
        }
        if (as === 'stream') {
          streaming = true;
          const onEnd = () => {
            deadline.close();
            total.close();
          };
          return answer(readStream(response, limits, onEnd));
        }
        if (as === 'none' || method === 'HEAD')
          return answer(as === 'bytes' ? new Uint8Array() : as === 'text' ? '' : undefined);
        const bytes = await readBytes(response, limits);
        if (as === 'bytes') return answer(bytes);
        if (as === 'text') return answer(new TextDecoder().decode(bytes));
        return answer(await readJson(bytes, response, context));
      } finally {
        if (!streaming) {
          if (as === 'none' || method === 'HEAD') response.body?.cancel().catch(() => {});
          deadline.close();
        }
      }
      function answer(data: unknown): HttpResponse<unknown> {
        return {
          status: response.status,
          headers: response.headers,
          url: context.url,
          requestId,
          attempts: attempt,
          data,
        };
      }
    };

    const statusError = async ({ response, context }: Incoming, limits: BodyLimits, headers: Headers) => {
      const decoder = new TextDecoder();
      let text = '';
      try {
        for await (const part of readParts(response, { ...limits, maxBytes: Number.POSITIVE_INFINITY })) {
          text += decoder.decode(part, { stream: true });
          if (text.length >= ERROR_BODY_LENGTH) break;
        }
      } catch (error) {
        // The status says what matters; only the caller's own end counts more than that.
        if (total.signal.aborted) throw error;
      }
      text = blot(text, secretsOf(headers, options.credentialHeaders ?? []));
      const parsed = parseBody(text);
      const serverMessage = typeof parsed === 'string' ? shortText(parsed, response) : bodyMessage(parsed);
      const asked = retryAfterMs(response.headers, clock.now());
      return new SomaKitError(
        'HTTP_STATUS',
        `${context.method} ${context.url}: status ${response.status}${serverMessage === undefined ? '' : `, ${serverMessage.replace(/[.\s]+$/, '')}`}.`,
        {
          context: {
            ...context,
            status: response.status,
            ...(serverMessage === undefined ? {} : { serverMessage }),
            ...(text === '' ? {} : { body: parsed }),
            ...(asked === undefined ? {} : { retryAfterMs: asked }),
          },
          hint:
            asked === undefined || asked === 0 ? undefined : `The server asks to wait ${Math.ceil(asked / 1000)} s.`,
          retryable: repeatable && policy.statuses.includes(response.status),
        },
      );
    };

    const readJson = async (bytes: Uint8Array, response: Response, context: Incoming['context']): Promise<unknown> => {
      const contentType = response.headers.get('content-type') ?? undefined;
      const invalid = (message: string, problems: { path: string; message: string }[], cause?: unknown) =>
        new SomaKitError('HTTP_INVALID_BODY', `${context.method} ${context.url}: ${message}.`, {
          context: {
            ...context,
            status: response.status,
            ...(contentType === undefined ? {} : { contentType }),
            problems,
          },
          cause,
        });
      let value: unknown;
      if (bytes.length > 0) {
        try {
          value = parseJson(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
        } catch (error) {
          const detail = isError(error) ? error.message : 'The body is not UTF-8.';
          throw invalid(
            `the answer is not JSON${contentType === undefined ? '' : ` (${contentType})`}`,
            [{ path: '', message: detail }],
            error,
          );
        }
      }
      if (parameters.schema === undefined) return value;
      const checked = await checkSchema(parameters.schema, value);
      if (checked.problems === undefined) return checked.value;
      const [first] = checked.problems;
      const where = first === undefined || first.path === '' ? '' : ` at ${first.path}`;
      throw invalid(
        `the answer is not what it should be${where}: ${first?.message ?? 'refused'}`,
        [...checked.problems],
        checked.cause,
      );
    };

    let finished = false;
    try {
      const response = await retry(attemptOnce, {
        ...policy,
        shouldRetry: (error, attempt) => {
          if (off) return false;
          const decided = policy.decide?.({
            error,
            attempt,
            method,
            status: failedResponse?.status,
            headers: failedResponse?.headers,
          });
          if (body instanceof ReadableStream) return false;
          return decided ?? (repeatable && isError(error) && error.retryable);
        },
        onRetry: (notice) => {
          parameters.onRetry?.(notice);
          hooks.onRetry?.({ ...notice, method, url: printed });
        },
        signal: total.signal,
        clock,
        random,
      });
      finished = true;
      return response;
    } catch (error) {
      hooks.onError?.({ method, url: printed, attempt: Math.max(made, 1), error });
      throw error;
    } finally {
      if (!(finished && as === 'stream')) total.close();
    }
  };

  const verb = (method: string) => async (parameters: JsonCall<unknown>) =>
    (await call({ ...parameters, method, as: 'json' })).data;
  return {
    request: call,
    get: verb('GET'),
    post: verb('POST'),
    put: verb('PUT'),
    patch: verb('PATCH'),
    delete: verb('DELETE'),
  } as HttpClient;
};

const parseBody = (text: string): unknown => {
  try {
    return parseJson(text, { duplicateKeys: 'last' });
  } catch {
    return text;
  }
};

// A proxy's HTML page says nothing that fits into a message.
const shortText = (text: string, response: Response): string | undefined => {
  const clean = text.trim();
  if (clean === '' || /html/i.test(response.headers.get('content-type') ?? '') || clean.startsWith('<'))
    return undefined;
  return clean.length > 300 ? `${clean.slice(0, 300)}...` : clean;
};
