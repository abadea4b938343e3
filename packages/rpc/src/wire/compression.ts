import { Code, ConnectError } from '@connectrpc/connect';
import { Decompress } from 'fzstd';
import { tooLarge } from './frames.js';

/** Below this a hop to another thread costs more than it saves. */
const SYNC_LIMIT = 16 * 1024;

/** Callers get bytes, never a Buffer with methods of its own. */
const plain = (bytes: Uint8Array): Uint8Array => new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);

const zlib = () => (typeof process === 'undefined' ? undefined : process.getBuiltinModule?.('node:zlib'));

const broken = (name: string, cause: unknown): ConnectError =>
  new ConnectError(`the message is not valid ${name}`, Code.Internal, undefined, undefined, cause);

const gunzip = async (bytes: Uint8Array, limit: number): Promise<Uint8Array> => {
  const native = zlib();
  if (native !== undefined) {
    const options = { maxOutputLength: limit };
    try {
      if (bytes.length <= SYNC_LIMIT) return plain(native.gunzipSync(bytes, options));
      return await new Promise<Uint8Array>((resolve, reject) => {
        native.gunzip(bytes, options, (error, result) => (error === null ? resolve(plain(result)) : reject(error)));
      });
    } catch (error) {
      if ((error as { code?: string }).code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(limit + 1, limit);
      throw broken('gzip', error);
    }
  }
  const reader = new Blob([bytes as Uint8Array<ArrayBuffer>])
    .stream()
    .pipeThrough(new DecompressionStream('gzip'))
    .getReader();
  const join = collector(limit);
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return join.done();
      join.add(value);
    }
  } catch (error) {
    void reader.cancel().catch(() => {});
    throw error instanceof ConnectError ? error : broken('gzip', error);
  }
};

const collector = (limit: number) => {
  const parts: Uint8Array[] = [];
  let total = 0;
  return {
    add(part: Uint8Array): void {
      total += part.length;
      if (total > limit) throw tooLarge(total, limit);
      parts.push(part);
    },
    done(): Uint8Array {
      if (parts.length === 1) return parts[0]!;
      const whole = new Uint8Array(total);
      let at = 0;
      for (const part of parts) {
        whole.set(part, at);
        at += part.length;
      }
      return whole;
    },
  };
};

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

const unzstd = (bytes: Uint8Array, limit: number): Uint8Array => {
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

/**
 * A message out of a frame with the compressed flag.
 * @throws ConnectError INTERNAL when the peer named no encoding or the bytes are broken, UNIMPLEMENTED for an encoding that
 * is not known, OUT_OF_RANGE when more than `limit` bytes come out.
 */
export const decompress = (
  encoding: string | undefined,
  bytes: Uint8Array,
  limit: number,
): Uint8Array | Promise<Uint8Array> => {
  switch (encoding) {
    case 'gzip':
      return gunzip(bytes, limit);
    case 'zstd':
      return unzstd(bytes, limit);
    case undefined:
    case 'identity':
      throw new ConnectError(
        'protocol error: received message with compressed-flag but no grpc-encoding was specified',
        Code.Internal,
      );
    default:
      throw new ConnectError(`Content is compressed with \`${encoding}\` which isn't supported`, Code.Unimplemented);
  }
};
