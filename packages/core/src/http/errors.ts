import { SomaKitError } from '../errors.js';
import type { Problem } from './schema.js';

/** What every HTTP error says about its exchange. URLs have no credentials and no secret-looking query values. */
export interface HttpContext {
  readonly method: string;
  readonly url: string;
  /** How many attempts were made. */
  readonly attempts: number;
  /** The server's name for the exchange, when it answered with one. */
  readonly requestId?: string;
}

declare module '../errors.js' {
  interface ErrorContexts {
    /** The server answered with a status that is no success. */
    HTTP_STATUS: HttpContext & {
      readonly status: number;
      /** The `message`, `error` or `detail` of the body, as one text. */
      readonly serverMessage?: string;
      /** The body: parsed when it is JSON, else its text; at most 64 KiB of it, with sent credentials blotted out. */
      readonly body?: unknown;
      /** The pause that the server asks for. */
      readonly retryAfterMs?: number;
    };
    /** No answer, or only a part of one: refused, reset, cut, unknown host, TLS. */
    HTTP_NETWORK: HttpContext & {
      /** Before (`request`) or after (`body`) the headers of the answer. */
      readonly phase: 'request' | 'body';
      /** The system's code, such as ECONNREFUSED. */
      readonly reason?: string;
    };
    /** A redirect that is not followed. */
    HTTP_REDIRECT: HttpContext & { readonly status?: number; readonly reason: string; readonly location?: string };
    /** The answer has more bytes than the call allows. */
    HTTP_TOO_LARGE: HttpContext & { readonly limit: number };
    /** The answer's body is not what was asked for: not JSON, or not of the schema. */
    HTTP_INVALID_BODY: HttpContext & {
      readonly status: number;
      readonly contentType?: string;
      readonly problems: readonly Problem[];
    };
  }
}

/** The system code of a failed fetch: the platforms hide it in a chain of causes. */
export const networkReason = (error: unknown): string | undefined => {
  for (let cause = error, depth = 0; cause instanceof Error && depth < 8; cause = cause.cause, depth++) {
    const { code } = cause as { readonly code?: unknown };
    if (typeof code === 'string') return code;
    // A host with several addresses fails with one error for each.
    if (cause instanceof AggregateError) {
      const reason = cause.errors.map(networkReason).find((each) => each !== undefined);
      if (reason !== undefined) return reason;
    }
  }
  return undefined;
};

const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'the connection was refused',
  ECONNRESET: 'the connection was reset',
  EPIPE: 'the connection was closed while sending',
  ENOTFOUND: 'the host is not known',
  EAI_AGAIN: 'the host could not be looked up',
  EHOSTUNREACH: 'the host cannot be reached',
  ENETUNREACH: 'the network cannot be reached',
  UND_ERR_SOCKET: 'the connection was closed',
  HPE_INVALID_CONSTANT: 'the answer is not HTTP',
};

/** A failed fetch or a body that broke off, as our error. */
export const networkError = (
  cause: unknown,
  context: HttpContext,
  phase: 'request' | 'body',
): SomaKitError<'HTTP_NETWORK'> => {
  const reason = networkReason(cause);
  const known = reason === undefined ? undefined : (REASONS[reason] ?? reason);
  const what = phase === 'body' ? 'the answer broke off' : 'no answer';
  return new SomaKitError(
    'HTTP_NETWORK',
    `${context.method} ${context.url}: ${what}${known === undefined ? '' : `, ${known}`}.`,
    {
      context: { ...context, phase, ...(reason === undefined ? {} : { reason }) },
      cause,
      retryable: true,
    },
  );
};

const asText = (value: unknown): string | undefined => {
  if (typeof value === 'string') return value.trim() === '' ? undefined : value.trim();
  if (Array.isArray(value)) {
    const texts = value.map(listed).filter((each) => each !== undefined);
    return texts.length === 0 ? undefined : texts.join('; ');
  }
  return typeof value === 'object' && value !== null ? bodyMessage(value) : undefined;
};

// FastAPI's validation errors: { loc: ['body', 'name'], msg: 'Field required', type: 'missing' }.
const listed = (item: unknown): string | undefined => {
  if (typeof item !== 'object' || item === null) return asText(item);
  const { loc, msg } = item as { readonly loc?: unknown; readonly msg?: unknown };
  if (typeof msg !== 'string') return bodyMessage(item);
  return Array.isArray(loc) && loc.length > 0 ? `${loc.join('.')}: ${msg}` : msg;
};

const MESSAGE_FIELDS = ['message', 'error', 'detail', 'error_description', 'errors', 'msg', 'title'];

/** The text that a server's error body says to people, wherever it keeps it. */
export const bodyMessage = (body: unknown, depth = 0): string | undefined => {
  if (typeof body === 'string') return asText(body);
  if (typeof body !== 'object' || body === null || depth > 4) return undefined;
  for (const field of MESSAGE_FIELDS) {
    const value = Object.hasOwn(body, field) ? (body as Record<string, unknown>)[field] : undefined;
    const text = Array.isArray(value) || typeof value === 'string' ? asText(value) : bodyMessage(value, depth + 1);
    if (text !== undefined) return text.length > 1000 ? `${text.slice(0, 1000)}...` : text;
  }
  return undefined;
};

const REQUEST_ID_HEADERS = [
  'x-request-id',
  'request-id',
  'x-correlation-id',
  'x-amzn-requestid',
  'x-amz-request-id',
  'cf-ray',
];

/** The server's name for an exchange. */
export const requestIdOf = (headers: Headers): string | undefined => {
  for (const name of REQUEST_ID_HEADERS) {
    const value = headers.get(name);
    if (value !== null && value !== '') return value;
  }
  return undefined;
};

/**
 * The pause that an answer asks for, in milliseconds: `retry-after-ms`, or `Retry-After` in seconds or as an HTTP
 * date. `undefined` when there is none or it cannot be read; 0 for a date in the past.
 */
export const retryAfterMs = (headers: Headers, now: number): number | undefined => {
  const milliseconds = headers.get('retry-after-ms')?.trim();
  if (milliseconds !== undefined && /^[0-9]+(\.[0-9]+)?$/.test(milliseconds)) return Math.ceil(Number(milliseconds));
  const text = headers.get('retry-after')?.trim();
  if (text === undefined || text === '') return undefined;
  if (/^[0-9]+(\.[0-9]+)?$/.test(text)) return Math.ceil(Number(text) * 1000);
  // Date.parse reads far more than HTTP dates, "-5" for one: only texts with a day's name count.
  const at = /^[A-Za-z]{3}/.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(at) ? undefined : Math.max(0, at - now);
};
