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

/**
 * What an error may show of a value, in its context and in its message: of a text or byte array longer than `most` only the length,
 * because somebody may have put a key or a mnemonic in the wrong place.
 */
export const shown = (value: unknown, most: number): { readonly received: unknown; readonly text: string } => {
  const isLong = (typeof value === 'string' || value instanceof Uint8Array) && value.length > most;
  if (!isLong) return { received: value, text: describe(value) };
  const text = typeof value === 'string' ? `a text of ${value.length} characters` : describe(value);
  return { received: text, text };
};

/**
 * The bytes themselves, when they are a Uint8Array (of `length` bytes, where that is given). The error never holds
 * what was there instead, which may be a secret.
 * @throws INVALID_ARGUMENT
 */
export const expectBytes = (argument: string, bytes: Uint8Array, length?: number): Uint8Array => {
  if (!(bytes instanceof Uint8Array)) {
    throw invalidArgument(
      argument,
      length === undefined ? 'a Uint8Array' : `a Uint8Array of ${length} bytes`,
      kindOf(bytes),
    );
  }
  if (length !== undefined && bytes.length !== length) throw invalidArgument(argument, `${length} bytes`, bytes.length);
  return bytes;
};

/** What kind of value it is, and nothing of what it holds. */
export const kindOf = (value: unknown): string =>
  value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value;

/** 2^64 - 1. */
export const U64_MAX = 0xffff_ffff_ffff_ffffn;

/**
 * The value itself, when it is a bigint of 64 bits: versions, epochs, times, seeds. Amounts have `checkShannons`.
 * @throws INVALID_ARGUMENT for numbers too: a JavaScript number cannot hold 64 bits.
 */
export const checkU64 = (argument: string, value: bigint): bigint => {
  if (typeof value === 'bigint' && value >= 0n && value <= U64_MAX) return value;
  const hint = Number.isSafeInteger(value)
    ? `Write ${value}n, not ${value}. parseSoma("1.5") reads amounts.`
    : typeof value === 'bigint'
      ? undefined
      : 'Write 1n, not 1. parseSoma("1.5") reads amounts.';
  throw invalidArgument(argument, 'a bigint from 0 to 2^64 - 1', shown(value, 24).received, hint);
};

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
