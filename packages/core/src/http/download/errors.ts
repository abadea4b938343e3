import { fromBase58, fromBase64, toHex } from '../../encoding.js';
import { SomaKitError } from '../../errors.js';
import { printUrl } from '../url.js';

export const corrupt = (url: string, what: 'size' | 'digest', expected: string, received: string) =>
  new SomaKitError('DOWNLOAD_CORRUPT', `${printUrl(url)}: the ${what} must be ${expected}, not ${received}.`, {
    context: { url: printUrl(url), what, expected, received },
  });

export const badRange = (url: string, asked: string, received: string) =>
  new SomaKitError('DOWNLOAD_BAD_RANGE', `${printUrl(url)}: asked for ${asked}, the server sent ${received}.`, {
    context: { url: printUrl(url), asked, received },
  });

export const changed = (url: string) =>
  new SomaKitError('DOWNLOAD_CHANGED', `${printUrl(url)}: the content changed during the download.`, {
    context: { url: printUrl(url) },
    retryable: true,
  });

const decoded = (decode: (text: string) => Uint8Array, text: string): string | undefined => {
  try {
    return toHex(decode(text));
  } catch {
    return undefined;
  }
};

/** Whether two digests are the same, whatever text they are written in. */
export const sameDigest = (expected: Uint8Array | string, actual: Uint8Array | string): boolean => {
  if (typeof actual === 'string') {
    return typeof expected === 'string' ? expected === actual : sameDigest(actual, expected);
  }
  const hex = toHex(actual);
  if (typeof expected !== 'string') return toHex(expected) === hex;
  if (expected.toLowerCase().replace(/^0x/, '') === hex) return true;
  return decoded(fromBase58, expected) === hex || decoded(fromBase64, expected) === hex;
};

export const digestText = (digest: Uint8Array | string): string =>
  typeof digest === 'string' ? digest : toHex(digest);
