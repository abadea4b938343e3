import { SomaKitError } from './errors.js';

/**
 * An `INVALID_ARGUMENT` error in one line, with the sentence that every such error has:
 * "`argument` must be `expected`, not `received`."
 */
export const invalidArgument = (
  argument: string,
  expected: string,
  received?: unknown,
  hint?: string,
): SomaKitError<'INVALID_ARGUMENT'> =>
  new SomaKitError(
    'INVALID_ARGUMENT',
    `${argument} must be ${expected}${received === undefined ? '' : `, not ${describe(received)}`}.`,
    {
      context: { argument, expected, ...(received === undefined ? {} : { received }) },
      hint,
    },
  );

/** A short description of a value for a message: its type, and its text when that is short. */
export const describe = (value: unknown): string => {
  if (value === null) return 'null';
  if (value instanceof Uint8Array) return `${value.length} bytes`;
  if (Array.isArray(value)) return `an array of ${value.length}`;
  switch (typeof value) {
    case 'string':
      return value.length <= 80 ? JSON.stringify(value) : `a text of ${value.length} characters`;
    case 'bigint':
      return `${value}n`;
    case 'number':
    case 'boolean':
    case 'undefined':
      return String(value);
    default:
      return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
  }
};
