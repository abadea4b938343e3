import { SomaKitError } from '@somakit/core';
import { createHttp, download, type Sink } from '@somakit/core/http';
import { createHasher } from '@somakit/crypto';
import './errors.js';

/** Bytes that are only looked at. */
const nowhere: Sink<undefined> = {
  open: () => ({
    write: () => {},
    // Everything comes in order over one connection, so that nothing is read back.
    read: () => new Uint8Array(),
    reset: () => {},
    commit: () => undefined,
    close: () => {},
  }),
};

/** From this size on scoring services fetch by ranges. Source: blobs/src/downloader. */
const BY_RANGES = 5 * 2 ** 20;

const mismatch = (url: string, expected: string, received: string) =>
  new SomaKitError('WEIGHTS_URL_MISMATCH', `${url} gives ${received}, not ${expected}.`, {
    context: { url, expected, received },
    hint: 'Upload the encrypted file there, or give another --url. Nothing was sent.',
  });

const checkRanges = async (url: string, signal: AbortSignal): Promise<void> => {
  const expected = 'an answer 206 to a request for a part, which scoring services send';
  const http = createHttp();
  const { status, data } = await http.request({
    url,
    method: 'GET',
    as: 'stream',
    headers: { range: 'bytes=0-15' },
    signal,
  });
  await data.cancel().catch(() => {});
  if (status !== 206) throw mismatch(url, expected, `status ${status}`);
};

/**
 * Makes sure that a URL serves exactly the bytes of a checksum, by fetching all of them.
 * @throws WEIGHTS_URL_MISMATCH, and the errors of `download` when it does not answer
 */
export const checkUrl = async (
  url: string,
  { checksum, size }: { readonly checksum: string; readonly size: bigint },
  { signal, onProgress }: { readonly signal: AbortSignal; readonly onProgress?: (done: number, total: number) => void },
): Promise<void> => {
  const total = Number(size);
  if (total > BY_RANGES) await checkRanges(url, signal);
  try {
    await download({
      url,
      to: nowhere,
      parallel: 1,
      expected: { size: total, digest: checksum, hash: createHasher },
      signal,
      retry: { attempts: 3, budgetMs: 30_000 },
      onProgress: ({ received }) => onProgress?.(received, total),
    });
  } catch (error) {
    const { code, context } = error as SomaKitError<'DOWNLOAD_CORRUPT'>;
    if (code !== 'DOWNLOAD_CORRUPT') throw error;
    const of = (text: string) => (context.what === 'size' ? `${text} bytes` : `the checksum ${text}`);
    throw mismatch(url, of(context.expected), of(context.received));
  }
};

const PRIVATE =
  /^(localhost|.*\.local|127\..*|0\.0\.0\.0|10\..*|192\.168\..*|172\.(1[6-9]|2\d|3[01])\..*|169\.254\..*|\[::1\]|\[f[cde].*)$/i;

/** Whether only this machine, or its own network, can reach a URL. */
export const isPrivateUrl = (url: string): boolean => PRIVATE.test(new URL(url).hostname);
