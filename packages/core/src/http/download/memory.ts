import { SomaKitError } from '../../errors.js';
import type { Sink } from './types.js';

/** Keeps the bytes in memory; refuses more than `maxBytes` (256 MiB) with HTTP_TOO_LARGE. */
export const memorySink = ({
  maxBytes = 2 ** 28,
}: {
  readonly maxBytes?: number | undefined;
} = {}): Sink<Uint8Array> => ({
  open: () => {
    let bytes = new Uint8Array();
    let length = 0;
    const grow = (size: number) => {
      if (size > maxBytes) {
        throw new SomaKitError(
          'HTTP_TOO_LARGE',
          `The download has over ${maxBytes} bytes, the most that is kept in memory.`,
          {
            context: { method: 'GET', url: '', attempts: 1, limit: maxBytes },
            hint: 'Download it to a file, or raise maxBytes of memorySink.',
          },
        );
      }
      if (size <= bytes.length) return;
      const larger = new Uint8Array(size);
      larger.set(bytes.subarray(0, length));
      bytes = larger;
    };
    return {
      reserve: grow,
      write: (part, offset) => {
        const end = offset + part.length;
        if (end > bytes.length) grow(Math.max(end, Math.min(maxBytes, bytes.length * 2)));
        bytes.set(part, offset);
        length = Math.max(length, end);
      },
      read: (offset, count) => bytes.subarray(offset, Math.min(offset + count, length)),
      reset: () => {
        length = 0;
      },
      commit: (size) => (size === bytes.length ? bytes : bytes.slice(0, size)),
      close: () => {
        bytes = new Uint8Array();
      },
    };
  },
});
