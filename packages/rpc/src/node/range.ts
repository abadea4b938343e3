import { createReadStream } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';

/** Bytes, or a file. */
export type LocalData = Uint8Array | { readonly path: string };

/** What {@link sendRange} sends. */
export interface RangeSource {
  readonly data: LocalData;
  /** Bytes. */
  readonly size: number;
}

const RANGE = /^bytes=(\d*)-(\d*)$/;

/** The first and last byte asked for; undefined for the whole, `false` for a range that cannot be met. */
const rangeOf = (header: string | undefined, size: number): { start: number; end: number } | undefined | false => {
  const match = RANGE.exec(header ?? '');
  if (match === null || (match[1] === '' && match[2] === '')) return undefined;
  const start = match[1] === '' ? Math.max(0, size - Number(match[2])) : Number(match[1]);
  const end = match[1] === '' || match[2] === '' ? size - 1 : Math.min(size - 1, Number(match[2]));
  return start > end || start >= size ? false : { start, end };
};

/**
 * Answers GET and HEAD with bytes or a file, or one range of it. Rejects when the reader goes away.
 *
 * @example
 * import { createServer } from 'node:http';
 * import { sendRange } from '@somakit/rpc/node';
 * const data = new Uint8Array(1000);
 * createServer((request, response) => {
 *   sendRange({ data, size: data.length }, request, response).catch(() => response.destroy());
 * });
 */
export const sendRange = async (
  { data, size }: RangeSource,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> => {
  const range = rangeOf(request.headers.range, size);
  if (range === false) {
    response.writeHead(416, { 'content-range': `bytes */${size}`, 'content-length': 0 }).end();
    return;
  }
  const { start, end } = range ?? { start: 0, end: size - 1 };
  response.writeHead(range === undefined ? 200 : 206, {
    'content-type': 'application/octet-stream',
    'accept-ranges': 'bytes',
    'content-length': end - start + 1,
    ...(range === undefined ? {} : { 'content-range': `bytes ${start}-${end}/${size}` }),
  });
  if (request.method === 'HEAD' || size === 0) response.end();
  else if (data instanceof Uint8Array) response.end(data.subarray(start, end + 1));
  else await pipeline(createReadStream(data.path, { start, end }), response);
};
