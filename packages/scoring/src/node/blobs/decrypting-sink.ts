import type { Sink } from '@somakit/core/http';
import { createWeightCipher, type WeightCipher } from '@somakit/crypto';

/**
 * Keeps what is downloaded encrypted in plain, in one pass: each piece is decrypted on its way into `inner`, wherever it lies,
 * and encrypted again when the downloader reads it back to hash it, which it does only with what came out of order. So
 * the checksum is that of the encrypted bytes, and nothing appears under its name before it is checked.
 */
export const decryptingSink = <R>(inner: Sink<R>, key: Uint8Array): Sink<R> => ({
  async open() {
    const writer = await inner.open();
    // Pieces mostly follow each other; a cipher goes on where its last piece ended.
    const ciphers = new Map<number, WeightCipher>();
    const crypt = (bytes: Uint8Array, offset: number): Uint8Array => {
      const cipher = ciphers.get(offset) ?? createWeightCipher(key, { offset });
      ciphers.delete(offset);
      const out = cipher.update(bytes);
      if (ciphers.size < 16) ciphers.set(offset + bytes.length, cipher);
      return out;
    };
    return {
      ...(writer.state === undefined ? {} : { state: writer.state }),
      reserve: (size) => writer.reserve?.(size),
      write: (bytes, offset) => writer.write(crypt(bytes, offset), offset),
      read: async (offset, length) => createWeightCipher(key, { offset }).update(await writer.read(offset, length)),
      reset: () => writer.reset(),
      save: (state) => writer.save?.(state),
      commit: (size) => writer.commit(size),
      close: (keep) => writer.close(keep),
    };
  },
});
