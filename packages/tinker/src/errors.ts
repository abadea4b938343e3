import { isError, SomaKitError } from '@somakit/core';
import type { HttpContext, Problem } from '@somakit/core/http';

/** What is known about an answer that is an error. Never a credential. */
export interface TinkerStatusContext extends HttpContext {
  readonly status: number;
  /** What the server says to people: `detail`, or the list of what is wrong with the request. */
  readonly serverMessage?: string;
  /** The body: parsed when it is JSON, else the text. */
  readonly body?: unknown;
  /** The pause that the server asks for. */
  readonly retryAfterMs?: number;
}

declare module '@somakit/core' {
  interface ErrorContexts {
    /** There is no usable credential. The credential itself is in no message. */
    TINKER_CREDENTIALS: {
      readonly reason: 'missing' | 'form' | 'expired' | 'command' | 'store' | 'not-accepted' | 'no-identity';
    };
    /** 400: the server cannot read or does not take the request. */
    TINKER_BAD_REQUEST: TinkerStatusContext;
    /** 401: the credential is missing, wrong or has expired. */
    TINKER_AUTHENTICATION: TinkerStatusContext;
    /** 402: the account cannot pay. */
    TINKER_BILLING: TinkerStatusContext;
    /** 403: the credential may not do this. */
    TINKER_PERMISSION_DENIED: TinkerStatusContext;
    /** 404: there is no such thing, or the credential may not see it. */
    TINKER_NOT_FOUND: TinkerStatusContext;
    /** 409: the thing is in another state already, public for one. */
    TINKER_CONFLICT: TinkerStatusContext;
    /** 422: the server has checked the request and says field by field what is wrong. */
    TINKER_UNPROCESSABLE: TinkerStatusContext;
    /** 429 on every attempt. */
    TINKER_RATE_LIMIT: TinkerStatusContext;
    /** 500 and above on every attempt. */
    TINKER_SERVER: TinkerStatusContext;
    /** Any other status that is no success. */
    TINKER_STATUS: TinkerStatusContext;
    /** The server's answer is not what the API documents. `snippet` is its beginning. */
    TINKER_ANSWER: HttpContext & {
      readonly status: number;
      readonly contentType?: string;
      readonly problems: readonly Problem[];
      readonly snippet?: string;
    };
  }
}

type StatusCode =
  | 'TINKER_BAD_REQUEST'
  | 'TINKER_AUTHENTICATION'
  | 'TINKER_BILLING'
  | 'TINKER_PERMISSION_DENIED'
  | 'TINKER_NOT_FOUND'
  | 'TINKER_CONFLICT'
  | 'TINKER_UNPROCESSABLE'
  | 'TINKER_RATE_LIMIT'
  | 'TINKER_SERVER'
  | 'TINKER_STATUS';

const CODES: Readonly<Record<number, StatusCode>> = {
  400: 'TINKER_BAD_REQUEST',
  401: 'TINKER_AUTHENTICATION',
  402: 'TINKER_BILLING',
  403: 'TINKER_PERMISSION_DENIED',
  404: 'TINKER_NOT_FOUND',
  409: 'TINKER_CONFLICT',
  422: 'TINKER_UNPROCESSABLE',
  429: 'TINKER_RATE_LIMIT',
};

const HINTS: Readonly<Partial<Record<StatusCode, string>>> = {
  TINKER_AUTHENTICATION: 'Check the API key (TINKER_API_KEY) and that it belongs to this server.',
  TINKER_BILLING: 'Settle the bill in the console; with billingPauseMs a call waits for that.',
  TINKER_PERMISSION_DENIED: 'Only the exact owner may change a checkpoint; audit log and billing need a role.',
  TINKER_NOT_FOUND: "Things of other people are found with accessScope 'accessible' only.",
};

/** The error for a status that is no success. */
export const statusError = (
  context: TinkerStatusContext,
  { cause, hint, retryable = false }: { cause?: unknown; hint?: string | undefined; retryable?: boolean } = {},
): SomaKitError => {
  const { status, serverMessage, method, url } = context;
  const code = CODES[status] ?? (status >= 500 ? 'TINKER_SERVER' : 'TINKER_STATUS');
  const said = serverMessage === undefined ? '' : `, ${serverMessage.replace(/[.\s]+$/, '')}`;
  return new SomaKitError(code, `${method} ${url}: status ${status}${said}.`, {
    context,
    cause,
    hint: hint ?? HINTS[code],
    retryable,
  });
};

/** An error of the HTTP layer as one of ours. Time-outs, network faults and ends by the caller stay what they are. */
export const mapHttpError = (error: unknown): unknown => {
  if (!isError(error, 'HTTP_STATUS')) return error;
  const { status } = error.context;
  // A proxy's refusal, not the API's: the Python client counts it as a lost connection too.
  if (isEmptyRefusal(error)) {
    const { method, url, attempts, requestId } = error.context;
    return new SomaKitError('HTTP_NETWORK', `${method} ${url}: a proxy refused the connection (status 400, no body).`, {
      context: {
        method,
        url,
        attempts,
        phase: 'request',
        reason: 'EMPTY_400',
        ...(requestId === undefined ? {} : { requestId }),
      },
      cause: error,
      retryable: true,
    });
  }
  return statusError(error.context as TinkerStatusContext, {
    cause: error,
    hint: error.hint,
    retryable: error.retryable || status === 408 || status === 429 || status >= 500,
  });
};

/** Whether a 400 comes from a proxy in between: it has no body at all. */
export const isEmptyRefusal = (error: unknown): boolean =>
  isError(error, 'HTTP_STATUS') && error.context.status === 400 && error.context.body === undefined;
