/**
 * The context that each error code carries. Packages add their own codes by declaration merging:
 *
 * @example
 * declare module '@somakit/core' {
 *   interface ErrorContexts {
 *     COIN_NOT_FOUND: { readonly coinId: string };
 *   }
 * }
 */
export interface ErrorContexts {
  /** An argument has the wrong type, length, range or form. `expected` says what would have been right. */
  INVALID_ARGUMENT: { readonly argument: string; readonly expected: string; readonly received?: unknown };
  /** The caller's signal ended the call. `cause` is the signal's reason. */
  ABORTED: { readonly operation?: string };
  /** The call's own time limit ended it. */
  TIMEOUT: {
    readonly timeoutMs: number;
    readonly operation?: string;
    /** Which limit it was, where a call has several. */
    readonly phase?: 'connect' | 'first-byte' | 'idle' | 'total';
  };
  /** Something that the other side may do but that this version does not know; the raw value is kept. */
  UNKNOWN: { readonly raw?: unknown };
}

/** Every error code that the loaded packages know. */
export type ErrorCode = keyof ErrorContexts & string;

/** What a {@link SomaKitError} is made of. */
export interface ErrorParameters<C extends ErrorCode> {
  /** The values that the message speaks of, typed for each code. Never a secret. */
  readonly context: ErrorContexts[C];
  /** What to do next, where we know it. */
  readonly hint?: string | undefined;
  /** The error underneath, as it came. */
  readonly cause?: unknown;
  /** Whether the same call may succeed when it is made again. Defaults to false. */
  readonly retryable?: boolean | undefined;
}

/**
 * The one error class of SomaKit. Tell errors apart by {@link isError}, not by `instanceof`: two copies of this
 * package may be loaded at once.
 *
 * @example
 * import { SomaKitError } from '@somakit/core';
 * throw new SomaKitError('INVALID_ARGUMENT', 'A secret key has 32 bytes, not 31.', {
 *   context: { argument: 'secretKey', expected: '32 bytes', received: 31 },
 * });
 */
export class SomaKitError<C extends ErrorCode = ErrorCode> extends Error {
  /** Stable upper-case name of the failure. Never renamed, never used again for something else. */
  readonly code: C;
  readonly context: ErrorContexts[C];
  readonly hint: string | undefined;
  readonly retryable: boolean;
  override readonly name = 'SomaKitError';

  constructor(code: C, message: string, parameters: ErrorParameters<C>) {
    super(message, parameters.cause === undefined ? undefined : { cause: parameters.cause });
    this.code = code;
    this.context = parameters.context;
    this.hint = parameters.hint;
    this.retryable = parameters.retryable ?? false;
  }

  /** The first error in the chain of causes, this one included, for which `predicate` holds. */
  walk(predicate: (error: unknown) => boolean): unknown {
    const seen = new Set<unknown>();
    let error: unknown = this;
    while (error !== undefined && error !== null && !seen.has(error)) {
      if (predicate(error)) return error;
      seen.add(error);
      error = (error as { cause?: unknown }).cause;
    }
    return undefined;
  }

  /** The error as plain JSON data: code, message, hint, context and the causes' messages; bigint and bytes as text. */
  toJSON(): Record<string, unknown> {
    return {
      code: this.code,
      message: this.message,
      ...(this.hint === undefined ? {} : { hint: this.hint }),
      retryable: this.retryable,
      context: printable(this.context),
      ...(this.cause === undefined
        ? {}
        : { cause: this.cause instanceof Error ? this.cause.message : printable(this.cause) }),
    };
  }
}

/**
 * Whether `error` is a SomaKit error, of the given code if one is given. Narrows the context.
 *
 * @example
 * import { isError, parseSoma } from '@somakit/core';
 * try {
 *   parseSoma('1.0000000001');
 * } catch (error) {
 *   if (isError(error, 'INVALID_AMOUNT')) console.log(error.context.received, error.hint);
 *   else throw error;
 * }
 */
export function isError(error: unknown): error is SomaKitError;
export function isError<C extends ErrorCode>(error: unknown, code: C): error is SomaKitError<C>;
export function isError(error: unknown, code?: string): boolean {
  if (!(error instanceof Error) || error.name !== 'SomaKitError') return false;
  return code === undefined || (error as SomaKitError).code === code;
}

/** A value as data that JSON can hold: bigint as decimal text, bytes as hex (cut at 64 bytes), other odd things as text. */
export const printable = (value: unknown, depth = 0): unknown => {
  if (typeof value === 'bigint') return value.toString();
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value);
  if (value === null || typeof value === 'boolean' || typeof value === 'number' || typeof value === 'string')
    return value;
  if (value instanceof Uint8Array) {
    const shown = Array.from(value.subarray(0, 64), (byte) => byte.toString(16).padStart(2, '0')).join('');
    return value.length > 64 ? `0x${shown}... (${value.length} bytes)` : `0x${shown}`;
  }
  if (typeof value !== 'object') return String(value);
  if (value instanceof Error) return value.message;
  if (depth >= 6) return '...';
  if (Array.isArray(value) || ArrayBuffer.isView(value)) {
    return Array.from(value as ArrayLike<unknown>, (item) => printable(item, depth + 1));
  }
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, printable(item, depth + 1)]));
};
