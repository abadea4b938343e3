import { invalidArgument } from '@somakit/core';

const FORM = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2})?)(?:[.,](\d+))?)?\s*(Z|[+-]\d{2}:?\d{2})?$/i;

/**
 * A time of the service as a `Date`. Its times have no zone and mean UTC (`new Date(text)` would read local time); microseconds
 * are cut to milliseconds. Texts with a zone keep it.
 *
 * @throws INVALID_ARGUMENT when the text is no ISO 8601 time.
 * @example
 * import { parseFlockTime } from '@somakit/flock';
 * parseFlockTime('2025-04-23T23:59:59.791348').toISOString(); // '2025-04-23T23:59:59.791Z'
 */
export const parseFlockTime = (text: string): Date => {
  const match = typeof text === 'string' ? FORM.exec(text.trim()) : null;
  const [, day, clock = '00:00:00', fraction = '', zone = 'Z'] = match ?? [];
  const time = clock.length === 5 ? `${clock}:00` : clock;
  const offset = /^[+-]\d{4}$/.test(zone) ? `${zone.slice(0, 3)}:${zone.slice(3)}` : zone.toUpperCase();
  const date = new Date(`${day}T${time}.${fraction.slice(0, 3).padEnd(3, '0')}${offset}`);
  if (match === null || Number.isNaN(date.getTime())) {
    throw invalidArgument('time', 'an ISO 8601 time such as 2025-04-23T23:59:59.791348', text);
  }
  return date;
};

/** The time in milliseconds since 1970, or `undefined` when there is none or it cannot be read. */
export const readTime = (text: unknown): number | undefined => {
  if (typeof text !== 'string') return undefined;
  try {
    return parseFlockTime(text).getTime();
  } catch {
    return undefined;
  }
};

const UNITS: readonly (readonly [number, string])[] = [
  [86_400_000, 'd'],
  [3_600_000, 'h'],
  [60_000, 'min'],
  [1_000, 's'],
];

/** A duration for people: its two biggest units, `5 d 3 h`, `12 min 30 s`, `0 s`. */
export const formatDuration = (ms: number): string => {
  let left = Math.max(0, Math.floor(ms / 1_000) * 1_000);
  const parts: string[] = [];
  for (const [size, name] of UNITS) {
    const count = Math.floor(left / size);
    left -= count * size;
    if (count > 0) parts.push(`${count} ${name}`);
    else if (parts.length > 0) break;
    if (parts.length === 2) break;
  }
  return parts.length === 0 ? '0 s' : parts.join(' ');
};
