import { invalidArgument } from '@somakit/core';
import type { CallOptions } from '../transport.js';

/** Whose things are listed: one's own, or all that one may see. */
export type AccessScope = 'owned' | 'accessible';

export interface Scoped {
  /** Default `owned`. */
  readonly accessScope?: AccessScope | undefined;
}

/** One page of a list. */
export interface PageParameters extends CallOptions {
  readonly limit?: number | undefined;
  readonly offset?: number | undefined;
}

export const checkScope = (scope: AccessScope = 'owned'): AccessScope => {
  if (scope !== 'owned' && scope !== 'accessible')
    throw invalidArgument('accessScope', "'owned' or 'accessible'", scope);
  return scope;
};

export const checkCount = (argument: string, value: number): number => {
  if (!Number.isSafeInteger(value) || value < 0) throw invalidArgument(argument, 'an integer of 0 or more', value);
  return value;
};

export const checkText = (argument: string, value: string): string => {
  if (typeof value !== 'string' || value === '') throw invalidArgument(argument, 'a text that is not empty', value);
  return value;
};

const HOUR = 3600;
const TEN_YEARS = 3653 * 24 * HOUR;

/** The server takes 3600 s to ten years; found out here, it costs no request. */
export const checkTtl = (ttlSeconds: number): number => {
  if (!Number.isSafeInteger(ttlSeconds) || ttlSeconds < HOUR || ttlSeconds > TEN_YEARS) {
    throw invalidArgument('ttlSeconds', 'an integer from 3600 (an hour) to ten years', ttlSeconds);
  }
  return ttlSeconds;
};

/** The calendar day `YYYY-MM-DD`, in UTC when a Date is given. */
export const checkDay = (day: string | Date): string => {
  const text = day instanceof Date && !Number.isNaN(day.getTime()) ? day.toISOString().slice(0, 10) : day;
  const isDay = typeof text === 'string' && /^\d{4}-\d{2}-\d{2}$/.test(text);
  const parsed = isDay ? new Date(`${text}T00:00:00Z`) : undefined;
  if (parsed === undefined || Number.isNaN(parsed.getTime()) || parsed.toISOString().slice(0, 10) !== text) {
    throw invalidArgument('day', 'a day as YYYY-MM-DD, or a Date', day);
  }
  return text as string;
};
