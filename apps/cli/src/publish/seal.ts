import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { fromBase64, toBase64 } from '@somakit/core';

/** Sealed bytes, as the journal keeps them. */
export interface SealedBox {
  readonly cipher: 'aes-256-gcm';
  /** 32 bytes, Base64: every box has a key of its own. */
  readonly salt: string;
  /** The encrypted bytes and their 16-byte tag, Base64. */
  readonly box: string;
}

/** Seals bytes so that only who has the account's key can read them. `header` is readable, but cannot be changed. */
export interface Sealer {
  seal(bytes: Uint8Array, header: string): SealedBox;
  /** Undefined when the key is another one, or anything was changed. */
  open(box: SealedBox, header: string): Uint8Array | undefined;
}

const NONCE = new Uint8Array(12);
const TAG_BYTES = 16;

/**
 * A sealer for the owner of a secret key. The key is strong, so that no password has to be stretched, and the journal can
 * be written between signing and sending without a pause.
 */
export const createSealer = (secretKey: string): Sealer => {
  // A key is used once, so that one nonce does.
  const keyOf = (salt: Uint8Array) =>
    new Uint8Array(hkdfSync('sha256', secretKey, salt, 'somakit model publish journal 1', 32));
  return {
    seal: (bytes, header) => {
      const salt = new Uint8Array(randomBytes(32));
      const cipher = createCipheriv('aes-256-gcm', keyOf(salt), NONCE).setAAD(Buffer.from(header));
      const box = Buffer.concat([cipher.update(bytes), cipher.final(), cipher.getAuthTag()]);
      return { cipher: 'aes-256-gcm', salt: toBase64(salt), box: toBase64(new Uint8Array(box)) };
    },
    open: ({ salt, box }, header) => {
      try {
        const bytes = fromBase64(box);
        const at = bytes.length - TAG_BYTES;
        const decipher = createDecipheriv('aes-256-gcm', keyOf(fromBase64(salt)), NONCE, { authTagLength: TAG_BYTES })
          .setAAD(Buffer.from(header))
          .setAuthTag(bytes.subarray(at));
        return new Uint8Array(Buffer.concat([decipher.update(bytes.subarray(0, at)), decipher.final()]));
      } catch {
        return undefined;
      }
    },
  };
};
