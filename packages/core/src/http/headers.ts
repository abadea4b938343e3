import { invalidArgument } from '../invalid.js';
import type { HeaderValues } from './types.js';

// An allow-list, because nobody can list the names of all credentials.
const HARMLESS = new Set([
  'accept',
  'accept-encoding',
  'accept-language',
  'cache-control',
  'content-language',
  'content-type',
  'if-match',
  'if-modified-since',
  'if-none-match',
  'if-range',
  'if-unmodified-since',
  'pragma',
  'range',
  'user-agent',
]);

/** Whether a header may go to another origin. */
export const isHarmless = (name: string, credentialHeaders: readonly string[]): boolean =>
  HARMLESS.has(name.toLowerCase()) && !credentialHeaders.some((each) => each.toLowerCase() === name.toLowerCase());

/** Sets `values` over what `headers` has. @throws INVALID_ARGUMENT, without the value */
export const applyHeaders = (headers: Headers, values: HeaderValues): Headers => {
  for (const [name, value] of Object.entries(values)) {
    if (value === undefined) continue;
    try {
      if (value === null) headers.delete(name);
      else headers.set(name, value);
    } catch {
      // The platform's message quotes the value, which may be a key.
      throw invalidArgument(`headers[${JSON.stringify(name)}]`, 'a header of one line and Latin characters');
    }
  }
  return headers;
};

/** A copy with nothing in it that another origin must not see. */
export const harmlessOnly = (headers: Headers, credentialHeaders: readonly string[]): Headers => {
  const kept = new Headers();
  headers.forEach((value, name) => {
    if (isHarmless(name, credentialHeaders)) kept.set(name, value);
  });
  return kept;
};

/** What of the headers must not be printed: values of everything that is not harmless, and the token of `Bearer token`. */
export const secretsOf = (headers: Headers, credentialHeaders: readonly string[]): string[] => {
  const secrets: string[] = [];
  headers.forEach((value, name) => {
    if (isHarmless(name, credentialHeaders)) return;
    for (const text of [value, ...value.split(/[\s=;,]+/)]) if (text.length >= 8) secrets.push(text);
  });
  return secrets.sort((a, b) => b.length - a.length);
};

/** The text with every secret blotted out. */
export const blot = (text: string, secrets: readonly string[]): string =>
  secrets.reduce((clean, secret) => clean.replaceAll(secret, '[hidden]'), text);
