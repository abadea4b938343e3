import { invalidArgument } from '@somakit/core';

/** A moment as the server wrote it: to the microsecond, and with or without a zone. */
export interface Timestamp {
  /** ISO 8601, fractions of a second with six digits, UTC as `Z`; no zone where the server gave none. */
  readonly text: string;
  /** To the millisecond. A text without zone counts as UTC. */
  readonly date: Date;
  /** Since 1970 in UTC, for exact comparison. */
  readonly microseconds: bigint;
  /** Whether the server said the zone. */
  readonly zoned: boolean;
}

const TEXT =
  /^(\d{4})-(\d{2})-(\d{2})(?:[Tt _](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d+))?)?\s*(?:([Zz])|([+\-\u2212])(\d{2}):?(\d{2}))?)?$/;
const NUMBER = /^[+-]?\d+(?:\.\d+)?$/;
// Beyond this a number counts milliseconds (year 2603 in seconds), as the Python client has it.
const SECONDS_LIMIT = 20_000_000_000;

const pad = (value: number, length = 2): string => String(value).padStart(length, '0');

const fraction = (micros: number): string => (micros === 0 ? '' : `.${pad(micros, 6)}`);

const fromMicroseconds = (microseconds: bigint): Timestamp | undefined => {
  const micros = Number(((microseconds % 1_000_000n) + 1_000_000n) % 1_000_000n);
  const date = new Date(Number((microseconds - BigInt(micros)) / 1000n));
  const year = date.getUTCFullYear();
  if (!(year >= 1 && year <= 9999)) return undefined;
  const text = `${date.toISOString().slice(0, 19)}${fraction(micros)}Z`;
  return { text, date: new Date(Number(microseconds / 1000n)), microseconds, zoned: true };
};

/** The moment that a JSON value of the API names: a text or Unix seconds or milliseconds. `undefined` when it names none. */
export const readTimestamp = (value: unknown): Timestamp | undefined => {
  if (value instanceof Date) {
    return Number.isNaN(value.getTime()) ? undefined : fromMicroseconds(BigInt(value.getTime()) * 1000n);
  }
  const text = typeof value === 'string' ? value.trim() : '';
  if (typeof value === 'number' || NUMBER.test(text)) {
    const number = typeof value === 'number' ? value : Number(text);
    if (!Number.isFinite(number) || Math.abs(number) > 3e14) return undefined;
    const scale = Math.abs(number) > SECONDS_LIMIT ? 1000 : 1_000_000;
    const whole = Math.trunc(number);
    return fromMicroseconds(BigInt(whole) * BigInt(scale) + BigInt(Math.round((number - whole) * scale)));
  }
  const match = TEXT.exec(text);
  if (match === null) return undefined;
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map((part) => Number(part ?? 0)) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const micros = Number((match[7] ?? '').slice(0, 6).padEnd(6, '0'));
  const zoned = match[8] !== undefined || match[9] !== undefined;
  const [offsetHours, offsetMinutes] = [Number(match[10] ?? 0), Number(match[11] ?? 0)];
  const offset = (match[9] === '+' ? 1 : -1) * (offsetHours * 60 + offsetMinutes);
  const local = new Date(0);
  local.setUTCFullYear(year, month - 1, day);
  if (year < 1 || local.getUTCMonth() !== month - 1 || local.getUTCDate() !== day) return undefined;
  if (hour > 23 || minute > 59 || second > 59 || offsetHours > 23 || offsetMinutes > 59) return undefined;
  const ms = local.setUTCHours(hour, minute, second) - offset * 60_000;
  const zone = !zoned ? '' : offset === 0 ? 'Z' : `${offset < 0 ? '-' : '+'}${pad(offsetHours)}:${pad(offsetMinutes)}`;
  return {
    text: `${pad(year, 4)}-${pad(month)}-${pad(day)}T${pad(hour)}:${pad(minute)}:${pad(second)}${fraction(micros)}${zone}`,
    date: new Date(ms + Math.floor(micros / 1000)),
    microseconds: BigInt(ms) * 1000n + BigInt(micros),
    zoned,
  };
};

/** What a caller may give as a moment. A text without zone counts as UTC. */
export type Moment = Date | string | Timestamp;

/** @throws INVALID_ARGUMENT */
export const checkMoment = (argument: string, value: Moment): Timestamp => {
  if (typeof value === 'object' && value !== null && 'microseconds' in value) return value;
  const read = typeof value === 'number' ? undefined : readTimestamp(value);
  if (read === undefined) throw invalidArgument(argument, 'a Date or a date in ISO 8601', value);
  return read;
};
