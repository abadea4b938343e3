/** Randomness for jitter and request names, so that tests can fix it. Keys are made in `@somakit/crypto`. */
export interface Random {
  /** A number from 0 (included) to 1 (excluded). */
  float(): number;
  /** `length` random bytes. */
  bytes(length: number): Uint8Array;
}

/** The machine's own randomness: the platform's secure generator. */
export const systemRandom: Random = {
  float: () => globalThis.crypto.getRandomValues(new Uint32Array(1))[0]! / 2 ** 32,
  bytes: (length) => globalThis.crypto.getRandomValues(new Uint8Array(length)),
};

/** A random UUID (version 4) in its usual text form. */
export const randomUuid = (random: Random = systemRandom): string => {
  const bytes = random.bytes(16);
  bytes[6] = (bytes[6]! & 0x0f) | 0x40;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
};
