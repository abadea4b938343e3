import { isError, SomaKitError } from '@somakit/core';

/** What a refusal of the service means, whatever status it came with. */
export type FlockReason =
  | 'bad_request'
  | 'unauthorized'
  | 'forbidden'
  | 'not_found'
  | 'conflict'
  | 'unprocessable'
  | 'rate_limited'
  | 'no_submissions'
  | 'not_validating'
  | 'server'
  | 'other';

declare module '@somakit/core' {
  interface ErrorContexts {
    /** A call needs the API key and the client has none. Nothing was sent. */
    FLOCK_NO_API_KEY: { readonly operation: string };
    /** FLock answered with a status that is no success. */
    FLOCK_API_ERROR: {
      readonly method: string;
      readonly url: string;
      readonly attempts: number;
      readonly requestId?: string;
      readonly status: number;
      readonly reason: FlockReason;
      /** The `detail` of the body as it came (text, list of problems or object), else the body itself. */
      readonly detail?: unknown;
      /** The pause that the server asks for, by header or in words. */
      readonly retryAfterMs?: number;
      /** A write that may have been carried out all the same. */
      readonly outcomeUnknown?: boolean;
    };
    /** A write was sent and no answer came: it may have been carried out or not. Look before sending it again. */
    FLOCK_OUTCOME_UNKNOWN: { readonly method: string; readonly url?: string };
    /** The task does not take submissions now. */
    FLOCK_TASK_NOT_OPEN: {
      readonly taskId: number;
      readonly status: string;
      readonly phase: 'upcoming' | 'submission' | 'validation' | 'finalized' | 'unknown';
      readonly opensAt?: string;
      readonly closedAt?: string;
    };
    /** The model has more parameters than the task allows. */
    FLOCK_TOO_MANY_PARAMETERS: {
      readonly taskId: number;
      readonly parameterCount: number;
      readonly maxParams: number;
    };
  }
}

const BY_STATUS: Readonly<Record<number, FlockReason>> = {
  400: 'bad_request',
  401: 'unauthorized',
  403: 'forbidden',
  404: 'not_found',
  409: 'conflict',
  422: 'unprocessable',
  429: 'rate_limited',
};

const HINTS: Partial<Record<FlockReason, string>> = {
  unauthorized: 'Check the API key: train.flock.io shows it in the account menu (FLOCK_API_KEY).',
  forbidden: 'Submitting and validating need a stake on this task, made on train.flock.io.',
  no_submissions: 'Nothing waits for validation on this task: ask again in a few minutes, or ask for another task.',
  not_validating: 'The assignment has expired or is done: ask for a new one.',
};

// The texts are FLock-validator's and llm-loss-validator's own; they come with any status.
const NO_SUBMISSIONS = /no task submissions available/i;
const RATE_LIMIT = /rate limit/i;
const PAUSE = /per\s+(\d+(?:\.\d+)?)?\s*(second|minute|hour)/i;
const NOT_VALIDATING = /not in validating status/i;
const UNIT_MS: Readonly<Record<string, number>> = { second: 1_000, minute: 60_000, hour: 3_600_000 };

const detailOf = (body: unknown): unknown =>
  typeof body === 'object' && body !== null && Object.hasOwn(body, 'detail')
    ? (body as { readonly detail: unknown }).detail
    : body;

const reasonOf = (status: number, text: string): FlockReason => {
  if (NO_SUBMISSIONS.test(text)) return 'no_submissions';
  if (NOT_VALIDATING.test(text)) return 'not_validating';
  if (RATE_LIMIT.test(text)) return 'rate_limited';
  return BY_STATUS[status] ?? (status >= 500 ? 'server' : status >= 400 && status < 500 ? 'bad_request' : 'other');
};

const pauseIn = (text: string): number | undefined => {
  const match = PAUSE.exec(text);
  return match === null ? undefined : Math.round(Number(match[1] ?? 1) * UNIT_MS[match[2]!.toLowerCase()]!);
};

// No request has left the machine, so a write cannot have been carried out.
const NEVER_SENT = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH']);

const wasSent = (error: SomaKitError): boolean => {
  if (isError(error, 'HTTP_NETWORK')) return !NEVER_SENT.has(error.context.reason ?? '');
  return !(isError(error, 'TIMEOUT') && error.context.phase === 'connect');
};

/** The error of a call as FLock's own: refusals by their meaning, lost answers of writes as what they are. */
export const toFlockError = (error: unknown, write: boolean): unknown => {
  if (isError(error, 'HTTP_STATUS')) return apiError(error, write);
  if (write && (isError(error, 'HTTP_NETWORK') || isError(error, 'TIMEOUT')) && wasSent(error)) {
    const url = isError(error, 'HTTP_NETWORK') ? error.context.url : undefined;
    return new SomaKitError('FLOCK_OUTCOME_UNKNOWN', `No answer came, so the call may have worked. ${error.message}`, {
      context: { method: 'POST', ...(url === undefined ? {} : { url }) },
      hint: 'Look whether it has arrived before you send it again (getSubmissions for a submission).',
      cause: error,
    });
  }
  return error;
};

const apiError = (error: SomaKitError<'HTTP_STATUS'>, write: boolean): SomaKitError<'FLOCK_API_ERROR'> => {
  const { method, url, attempts, requestId, status, serverMessage, body } = error.context;
  const detail = detailOf(body);
  const text = typeof detail === 'string' ? detail : (serverMessage ?? '');
  const reason = reasonOf(status, text);
  const retryAfterMs = error.context.retryAfterMs ?? (reason === 'rate_limited' ? pauseIn(text) : undefined);
  return new SomaKitError('FLOCK_API_ERROR', error.message, {
    context: {
      method,
      url,
      attempts,
      ...(requestId === undefined ? {} : { requestId }),
      status,
      reason,
      ...(detail === undefined ? {} : { detail }),
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
      ...(write && reason === 'server' ? { outcomeUnknown: true } : {}),
    },
    hint: HINTS[reason] ?? error.hint,
    cause: error,
    // A refusal of a write for its rate had no effect; every other write is sent once.
    retryable: reason === 'rate_limited' || (!write && error.retryable && reason !== 'no_submissions'),
  });
};
