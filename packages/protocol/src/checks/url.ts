import { invalidArgument } from '@somakit/core';

/**
 * The one text of a URL that the chain hashes and signs: what `new URL(text).href` gives. Host in lower case, `/` added,
 * default port and dot segments gone, everything else percent-encoded.
 *
 * Any scheme passes here, as on the chain; whoever downloads decides what it follows. `argument` names the text in the
 * error.
 *
 * Source: types/src/metadata.rs, the url crate's WHATWG rules.
 * @throws INVALID_ARGUMENT when the text is no absolute URL.
 * @example
 * import { normaliseUrl } from '@somakit/protocol';
 * normaliseUrl('HTTPS://Example.com:443/a/../b'); // 'https://example.com/b'
 */
export const normaliseUrl = (text: string, argument = 'url'): string => {
  if (typeof text === 'string' && URL.canParse(text)) return new URL(text).href;
  // A URL may hold a password; one that cannot be parsed cannot be cleaned of it.
  const received = typeof text === 'string' && text.includes('@') ? 'a text with an "@"' : text;
  throw invalidArgument(argument, 'an absolute URL, such as "https://host/file"', received);
};

/** Whether a URL is in the chain's one form already. */
export const isNormalisedUrl = (text: string): boolean => URL.canParse(text) && new URL(text).href === text;
