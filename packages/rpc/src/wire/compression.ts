import { Code, ConnectError } from '@connectrpc/connect';
import { tooLarge } from './frames.js';
import { broken, collector } from './unpacked.js';

/** Below this a hop to another thread costs more than it saves. */
const SYNC_LIMIT = 16 * 1024;

/** Callers get bytes, never a Buffer with methods of its own. */
const plain = (bytes: Uint8Array): Uint8Array => new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);

const zlib = () => (typeof process === 'undefined' ? undefined : process.getBuiltinModule?.('node:zlib'));

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
      // Few servers send it, so browsers load the reader when the first one does.
      return import('./zstd.js').then(({ unzstd }) => unzstd(bytes, limit));
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
