import { invalidArgument } from '../invalid.js';
import type { HttpCall, Query } from './types.js';

const SECRET_QUERY =
  /token|secret|password|passwd|signature|credential|api[-_]?key|access[-_]?key|^key$|^sig$|^auth|^jwt$|^x-amz-|^x-goog-|policy/i;

/** A URL fit for messages: no userinfo, no fragment, values of secret-looking query names hidden. */
export const printUrl = (url: string, secretQuery: readonly string[] = []): string => {
  let parsed: URL;
  try {
    parsed = new URL(url);
  } catch {
    return '(not a URL)';
  }
  const query = parsed.search
    .slice(1)
    .split('&')
    .filter((part) => part !== '')
    .map((part) => {
      const name = part.split('=', 1)[0]!;
      const plain = safeDecode(name);
      const hidden = SECRET_QUERY.test(plain) || secretQuery.some((each) => each.toLowerCase() === plain.toLowerCase());
      return hidden && part.includes('=') ? `${name}=...` : part;
    })
    .join('&');
  return `${parsed.protocol}//${parsed.host}${parsed.pathname}${query === '' ? '' : `?${query}`}`;
};

const safeDecode = (text: string): string => {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
};

const escapeText = (argument: string, text: string): string => {
  try {
    return encodeURIComponent(text);
  } catch {
    throw invalidArgument(argument, 'well-formed Unicode text');
  }
};

/** `name=value` pairs joined by `&`, everything outside of the unreserved characters escaped, blanks as `%20`. */
export const buildQuery = (query: Query): string => {
  const pairs: string[] = [];
  for (const [name, value] of Object.entries(query)) {
    if (value === undefined) continue;
    for (const item of (Array.isArray(value) ? value : [value]) as readonly unknown[]) {
      if (!['string', 'number', 'bigint', 'boolean'].includes(typeof item) || Number.isNaN(item)) {
        throw invalidArgument(`query.${name}`, 'a text, number, bigint or boolean, or a list of them', item);
      }
      pairs.push(`${escapeText('query', name)}=${escapeText(`query.${name}`, String(item))}`);
    }
  }
  return pairs.join('&');
};

/** The URL, when it is absolute http(s) without user and password. @throws INVALID_ARGUMENT */
export const checkUrl = (argument: string, text: string | URL): URL => {
  let url: URL;
  try {
    url = new URL(String(text));
  } catch {
    throw invalidArgument(argument, 'an absolute http or https URL');
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw invalidArgument(argument, `an http or https URL, not one of ${url.protocol}`);
  }
  if (url.username !== '' || url.password !== '') {
    throw invalidArgument(
      argument,
      'a URL without user and password',
      undefined,
      'Send them in an Authorization header.',
    );
  }
  return url;
};

const DOTS = /^(?:\.|%2e){1,2}$/i;

const joinPath = (path: NonNullable<HttpCall['path']>): string => {
  if (typeof path === 'string') {
    const plain = path.split(/[?#]/, 1)[0]!;
    if (plain.split(/[/\\]/).some((segment) => DOTS.test(segment)))
      throw invalidArgument('path', 'a path without . and .. segments', path);
    return path.startsWith('/') ? path : `/${path}`;
  }
  return path
    .map((segment) => {
      const text = String(segment);
      // The URL parser would resolve these, escaped or not.
      if (text === '' || text === '.' || text === '..')
        throw invalidArgument('path', 'segments other than "", "." and ".."', text);
      return `/${escapeText('path', text)}`;
    })
    .join('');
};

/** The URL of a call. @throws INVALID_ARGUMENT */
export const buildUrl = (baseUrl: URL | undefined, { path, url, query }: HttpCall): URL => {
  if ((path === undefined) === (url === undefined)) throw invalidArgument('path', 'given, or url instead of it');
  let result: URL;
  if (url !== undefined) result = checkUrl('url', url);
  else if (baseUrl === undefined) throw invalidArgument('url', 'given: this client has no baseUrl');
  else result = new URL(`${baseUrl.origin}${baseUrl.pathname.replace(/\/+$/, '')}${joinPath(path!)}`);
  const added = query === undefined ? '' : buildQuery(query);
  if (added !== '') result.search = result.search === '' ? added : `${result.search.slice(1)}&${added}`;
  result.hash = '';
  return result;
};
