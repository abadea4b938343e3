import { expect } from 'vitest';
import type { Codec } from '../src/index.js';

/** A vector's hex as bytes. */
export const hex = (text: string): Uint8Array =>
  Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));

export const toHexText = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');

/** Decodes, encodes again, and demands the same bytes. */
export const expectSame = <T>(codec: Codec<T>, bytes: Uint8Array): T => {
  const value = codec.decode(bytes);
  expect(toHexText(codec.encode(value))).toBe(toHexText(bytes));
  return value;
};
