import { ConnectError } from '@connectrpc/connect';
import { Decompress } from 'fzstd';
import { tooLarge } from './frames.js';
import { broken, collector } from './unpacked.js';

/** Windows up to this size every decoder must take (RFC 8878). */
const MIN_WINDOW = 8 * 1024 * 1024;

/** Walks over the frames and blocks without decoding them: no window above the limit may be allocated, and nothing may be cut off. */
const checkZstd = (bytes: Uint8Array, limit: number): void => {
  const fail = () => broken('zstd', undefined);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let at = 0;
  while (at < bytes.length) {
    if (at + 8 > bytes.length) throw fail();
    const magic = view.getUint32(at, true);
    if ((magic & 0xfffffff0) >>> 0 === 0x184d2a50) {
      at += 8 + view.getUint32(at + 4, true);
      continue;
    }
    if (magic !== 0xfd2fb528) throw fail();
    const flags = bytes[at + 4]!;
    const single = (flags & 0x20) !== 0;
    at += 5;
    let window = 0;
    if (!single) {
      const byte = bytes[at++]!;
      const base = 2 ** (10 + (byte >> 3));
      window = base + (base / 8) * (byte & 7);
    }
    at += [0, 1, 2, 4][flags & 3]!;
    const size = [single ? 1 : 0, 2, 4, 8][flags >> 6]!;
    if (at + size > bytes.length) throw fail();
    if (single) {
      if (size === 1) window = bytes[at]!;
      else if (size === 2) window = view.getUint16(at, true) + 256;
      else if (size === 4) window = view.getUint32(at, true);
      else window = Number(view.getBigUint64(at, true));
    }
    if (window > Math.max(limit, MIN_WINDOW)) throw tooLarge(window, limit);
    at += size;
    for (let last = false; !last; ) {
      if (at + 3 > bytes.length) throw fail();
      const header = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16);
      last = (header & 1) === 1;
      at += 3 + (((header >> 1) & 3) === 1 ? 1 : header >> 3);
    }
    if ((flags & 4) !== 0) at += 4;
  }
  if (at !== bytes.length) throw fail();
};

/**
 * The content of zstd frames.
 * @throws ConnectError INTERNAL for bytes that are broken, OUT_OF_RANGE when more than `limit` bytes come out
 */
export const unzstd = (bytes: Uint8Array, limit: number): Uint8Array => {
  if (bytes.length === 0) return bytes;
  checkZstd(bytes, limit);
  const join = collector(limit);
  try {
    // A copy of each part: the decoder uses its window again.
    new Decompress((part) => join.add(part.slice())).push(bytes, true);
    return join.done();
  } catch (error) {
    throw error instanceof ConnectError ? error : broken('zstd', error);
  }
};
