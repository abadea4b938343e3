import { randomBytes, type ScryptOptions, scrypt } from 'node:crypto';
import { xchacha20poly1305 } from '@noble/ciphers/chacha.js';
import { fromBase64, invalidArgument, kindOf, SomaKitError, toBase64 } from '@somakit/core';
import { damaged } from './keystore-errors.js';

// The encrypted keystore, version 1. A JSON object of exactly these fields, any layout:
//   format   "somakit-keystore"
//   version  1
//   kdf      { name: "scrypt", n, r, p, salt }: salt is padded Base64 of 32 bytes
//   cipher   { name: "xchacha20-poly1305", nonce }: padded Base64 of 24 bytes
//   box      padded Base64 of the encrypted content and its 16-byte tag
// Key: 32 bytes of scrypt over the password (text: NFKC, UTF-8). Authenticated data: the object without `box` as JSON
// without blanks, fields in the order above. Content: JSON { keys: [{ alias, key }] }, a key being an entry of the
// official keystore. Another format is another version.

/** The cost of guessing a password. */
export interface ScryptCost {
  /** Power of two from 2^10 to 2^20. 2^17 when left out: half a second and 128 MiB. */
  readonly n?: number | undefined;
  /** 1 to 16; 8 when left out. */
  readonly r?: number | undefined;
  /** 1 to 16; 1 when left out. */
  readonly p?: number | undefined;
}

interface Header {
  readonly format: 'somakit-keystore';
  readonly version: 1;
  readonly kdf: {
    readonly name: 'scrypt';
    readonly n: number;
    readonly r: number;
    readonly p: number;
    readonly salt: string;
  };
  readonly cipher: { readonly name: 'xchacha20-poly1305'; readonly nonce: string };
}

/** What a file may ask of the reader: a hostile one must not take all the memory or run for minutes. */
const MAX_MEMORY = 2 ** 30;
const MAX_WORK = 2 ** 24;
const SALT_BYTES = 32;
const NONCE_BYTES = 24;

const costProblem = ({
  n,
  r,
  p,
}: {
  readonly n: unknown;
  readonly r: unknown;
  readonly p: unknown;
}): string | undefined => {
  const within = (value: unknown, low: number, high: number): value is number =>
    Number.isInteger(value) && (value as number) >= low && (value as number) <= high;
  if (!within(n, 2 ** 10, 2 ** 20) || (n & (n - 1)) !== 0) return 'n must be a power of two from 2^10 to 2^20';
  if (!within(r, 1, 16) || !within(p, 1, 16)) return 'r and p must be 1 to 16';
  if (128 * n * r > MAX_MEMORY) return 'n and r together take more than 1 GiB';
  if (n * r * p > MAX_WORK) return 'n, r and p together take too long';
  return undefined;
};

/** The bytes of a password: text in Unicode form NFKC and UTF-8, bytes as they are. @throws INVALID_ARGUMENT */
export const passwordBytes = (password: string | Uint8Array): Uint8Array => {
  if (typeof password !== 'string' && !(password instanceof Uint8Array))
    throw invalidArgument('password', 'a text or bytes', kindOf(password));
  if (password.length === 0) throw invalidArgument('password', 'not empty');
  return typeof password === 'string'
    ? new TextEncoder().encode(password.normalize('NFKC'))
    : Uint8Array.from(password);
};

const deriveKey = (password: Uint8Array, { n, r, p, salt }: Header['kdf']): Promise<Uint8Array> => {
  // Node's scrypt is the same function as noble's, off the main thread.
  const options: ScryptOptions = { N: n, r, p, maxmem: 128 * n * r + 128 * r * p + 2 ** 20 };
  return new Promise((resolve, reject) => {
    scrypt(password, fromBase64(salt), 32, options, (error, key) => (error === null ? resolve(key) : reject(error)));
  });
};

/** The header as the bytes that the cipher authenticates: JSON without blanks, keys in the order of the format. */
const headerBytes = ({ format, version, kdf, cipher }: Header): Uint8Array =>
  new TextEncoder().encode(
    JSON.stringify({
      format,
      version,
      kdf: { name: kdf.name, n: kdf.n, r: kdf.r, p: kdf.p, salt: kdf.salt },
      cipher: { name: cipher.name, nonce: cipher.nonce },
    }),
  );

/** Encrypts `content` under a password, with a new salt and nonce each time. @throws INVALID_ARGUMENT */
export const sealBox = async (
  content: Uint8Array,
  password: Uint8Array,
  { n = 2 ** 17, r = 8, p = 1 }: ScryptCost = {},
): Promise<string> => {
  const problem = costProblem({ n, r, p });
  if (problem !== undefined) throw invalidArgument('scrypt', `a cost within the limits (${problem})`, { n, r, p });
  const nonce = new Uint8Array(randomBytes(NONCE_BYTES));
  const header: Header = {
    format: 'somakit-keystore',
    version: 1,
    kdf: { name: 'scrypt', n, r, p, salt: toBase64(new Uint8Array(randomBytes(SALT_BYTES))) },
    cipher: { name: 'xchacha20-poly1305', nonce: toBase64(nonce) },
  };
  const key = await deriveKey(password, header.kdf);
  try {
    const box = xchacha20poly1305(new Uint8Array(key), nonce, headerBytes(header)).encrypt(content);
    return `${JSON.stringify({ ...header, box: toBase64(box) }, null, 2)}\n`;
  } finally {
    key.fill(0);
  }
};

const hasKeys = (value: unknown, ...names: readonly string[]): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && Object.keys(value).sort().join() === names.slice().sort().join();

const isBase64Of = (value: unknown, length: number): value is string => {
  try {
    return typeof value === 'string' && value.length < 100 && fromBase64(value).length === length;
  } catch {
    return false;
  }
};

const readHeader = (value: unknown, path: string): Header => {
  const bad = (problem: string) => damaged(path, problem);
  const { format, version } = (value ?? {}) as Record<string, unknown>;
  if (format !== 'somakit-keystore') throw bad('it is not an encrypted keystore');
  if (version !== 1) throw bad('its version is not 1; a newer SomaKit may read it');
  if (!hasKeys(value, 'format', 'version', 'kdf', 'cipher', 'box'))
    throw bad('its header has missing or unknown fields');
  const { kdf, cipher } = value;
  if (!hasKeys(kdf, 'name', 'n', 'r', 'p', 'salt') || kdf.name !== 'scrypt')
    throw bad('its kdf is not scrypt with n, r, p and salt');
  const problem = costProblem(kdf as { n: unknown; r: unknown; p: unknown });
  if (problem !== undefined) throw bad(`its scrypt cost is refused: ${problem}`);
  if (!isBase64Of(kdf.salt, SALT_BYTES)) throw bad(`its salt is not Base64 of ${SALT_BYTES} bytes`);
  if (!hasKeys(cipher, 'name', 'nonce') || cipher.name !== 'xchacha20-poly1305')
    throw bad('its cipher is not xchacha20-poly1305 with a nonce');
  if (!isBase64Of(cipher.nonce, NONCE_BYTES)) throw bad(`its nonce is not Base64 of ${NONCE_BYTES} bytes`);
  return value as unknown as Header;
};

/**
 * Decrypts what {@link sealBox} made. The key is always derived, and the tag compared in constant time, so that the
 * time tells nothing about the password.
 * @throws KEYSTORE_DAMAGED for a header that is none, KEYSTORE_WRONG_PASSWORD for everything after it
 */
export const openBox = async (value: unknown, password: Uint8Array, path: string): Promise<Uint8Array> => {
  const header = readHeader(value, path);
  const key = await deriveKey(password, header.kdf);
  try {
    const box = fromBase64((value as { box: string }).box);
    return xchacha20poly1305(new Uint8Array(key), fromBase64(header.cipher.nonce), headerBytes(header)).decrypt(box);
  } catch {
    throw new SomaKitError('KEYSTORE_WRONG_PASSWORD', `The password of ${path} is wrong, or the file is damaged.`, {
      context: { path },
    });
  } finally {
    key.fill(0);
  }
};
