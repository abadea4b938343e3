import { invalidArgument } from '@somakit/core';

/**
 * The one text of a URL that the chain hashes and signs: what `new URL(text).href` gives. Host in lower case, `/` added,
 * default port and dot segments gone, everything else percent-encoded.
 *
 * Any scheme passes here, as on the chain; whoever downloads decides what it follows.
 *
 * Source: types/src/metadata.rs, the url crate's WHATWG rules.
 * @throws INVALID_ARGUMENT when the text is no absolute URL.
 * @example
 * import { normaliseUrl } from '@somakit/protocol';
 * normaliseUrl('HTTPS://Example.com:443/a/../b'); // 'https://example.com/b'
 */
export const normaliseUrl = (text: string): string => {
  // `canParse` and `parse` are younger than Node 20.19.
  try {
    if (typeof text === 'string') return new URL(text).href;
  } catch {
    // Falls through to the one error.
  }
  throw invalidArgument('url', 'an absolute URL, such as "https://host/file"', text);
};

/** Whether a URL is in the chain's one form already. */
export const isNormalisedUrl = (text: string): boolean => {
  try {
    return new URL(text).href === text;
  } catch {
    return false;
  }
};
