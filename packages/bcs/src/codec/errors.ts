import { describe, SomaKitError } from '@somakit/core';

/** What every error of the codecs says about itself. */
export interface BcsErrorContext {
  /** The codec that was called, by its chain name. */
  readonly type: string;
  /** Where in the value, in TypeScript names: `SystemState.validators[3].commissionRate`. */
  readonly path: string;
  /** What would have been right. */
  readonly expected: string;
  /** Where in the input bytes; absent for errors of encoding and of JSON. */
  readonly offset?: number;
  readonly received?: unknown;
}

declare module '@somakit/core' {
  interface ErrorContexts {
    /** The bytes mean a value but are not its one canonical form (trailing bytes, unsorted or repeated keys, long ULEB128). */
    BCS_NOT_CANONICAL: BcsErrorContext;
    /** The bytes end before the value does, or a length is larger than what is left. */
    BCS_TRUNCATED: BcsErrorContext;
    /** A byte, field or JSON value that the type does not have (bad boolean, unknown variant, number instead of bigint, ...). */
    BCS_INVALID_VALUE: BcsErrorContext;
    /** A length, number or nesting beyond the limits of the format. */
    BCS_LIMIT: BcsErrorContext;
  }
}

/** The error codes of this package. */
export type BcsErrorCode = 'BCS_NOT_CANONICAL' | 'BCS_TRUNCATED' | 'BCS_INVALID_VALUE' | 'BCS_LIMIT';

/**
 * What codecs throw inside: no stack trace, because nobody sees it, and a path that grows while it travels outwards.
 * {@link report} makes the public error of it.
 */
export class Fault {
  readonly code: BcsErrorCode;
  readonly expected: string;
  readonly received: unknown;
  readonly offset: number | undefined;
  /** Innermost first. */
  readonly segments: string[] = [];

  constructor(code: BcsErrorCode, expected: string, received: unknown, offset?: number) {
    this.code = code;
    this.expected = expected;
    this.received = received;
    this.offset = offset;
  }
}

/** A value, while encoding or in JSON, that its type does not have. */
export const wrongValue = (expected: string, received: unknown): Fault =>
  new Fault('BCS_INVALID_VALUE', expected, received);

/** Notes on the way out in which field, element or key the fault happened. Gives back what is to be thrown. */
export const within = (error: unknown, segment: string): unknown => {
  if (error instanceof Fault) error.segments.push(segment);
  return error;
};

/** How a fault is told to the caller. */
const sentence = (action: string, type: string, path: string, fault: Fault): string => {
  const where = fault.offset === undefined ? path : `${path} (byte ${fault.offset})`;
  if (action !== 'decode' && fault.received === undefined) {
    return `Cannot ${action} ${type}: ${where} is missing; expected ${fault.expected}.`;
  }
  const found = typeof fault.received === 'string' && action === 'decode' ? fault.received : describe(fault.received);
  return `Cannot ${action} ${type}: expected ${fault.expected} at ${where}, found ${found}.`;
};

/** The public error for whatever a codec threw. */
export const report = (
  error: unknown,
  type: string,
  action: 'decode' | 'encode' | 'read JSON of' | 'write JSON of',
) => {
  if (!(error instanceof Fault)) return error;
  const path = `${type}${error.segments.reverse().join('')}`;
  return new SomaKitError(error.code, sentence(action, type, path, error), {
    context: {
      type,
      path,
      expected: error.expected,
      ...(error.offset === undefined ? {} : { offset: error.offset }),
      ...(error.received === undefined ? {} : { received: error.received }),
    },
  });
};
