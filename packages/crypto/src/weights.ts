import { ctr } from '@noble/ciphers/aes.js';
import { type Digest, expectBytes, fromBase58, invalidArgument, kindOf, SomaKitError, toBase58 } from '@somakit/core';
import { type ByteSource, chunksOf } from './internal/chunks.js';
import { nodeCrypto } from './internal/native.js';

declare module '@somakit/core' {
  interface ErrorContexts {
    /** A key of the weight cipher is not 32 bytes, or Base58 of 32 bytes. The key is nowhere in the error. */
    INVALID_WEIGHT_KEY: { readonly expected: string };
  }
}

const KEY_BYTES = 32;
const COUNTER_BYTES = 16;
/** OpenSSL counts the bytes of one call in 31 bits. */
const NATIVE_PIECE = 1 << 30;
const EXPECTED_KEY = '32 bytes, or Base58 of 32 bytes';

const invalidKey = (detail: string) =>
  new SomaKitError('INVALID_WEIGHT_KEY', `A weight key must be ${EXPECTED_KEY}, not ${detail}.`, {
    context: { expected: EXPECTED_KEY },
    hint: 'encryptWeights() returns the key to keep; generateWeightKey() makes one.',
  });

/** The 32 bytes of a weight key. @throws INVALID_WEIGHT_KEY */
export const weightKeyBytes = (key: string | Uint8Array): Uint8Array => {
  if (key instanceof Uint8Array) {
    if (key.length !== KEY_BYTES) throw invalidKey(`${key.length} bytes`);
    return key;
  }
  if (typeof key !== 'string') throw invalidKey(`a value of type ${kindOf(key)}`);
  // 32 bytes are 32 to 44 characters; longer text is not worth decoding.
  if (key.length < 32 || key.length > 44) throw invalidKey(`a text of ${key.length} characters`);
  let bytes: Uint8Array;
  try {
    bytes = fromBase58(key);
  } catch {
    throw invalidKey('a text with characters outside Base58');
  }
  if (bytes.length !== KEY_BYTES) throw invalidKey(`Base58 of ${bytes.length} bytes`);
  return bytes;
};

/**
 * A new random key for the weight cipher, in Base58.
 *
 * @example
 * import { encryptWeights, generateWeightKey } from '@somakit/crypto';
 * const key = generateWeightKey();
 * encryptWeights(new Uint8Array([1, 2, 3]), key);
 */
export const generateWeightKey = (): Digest =>
  toBase58(globalThis.crypto.getRandomValues(new Uint8Array(KEY_BYTES))) as Digest;

/** The counter block at a byte offset: big-endian over all 128 bits, 0 at the start (fastcrypto's zero IV). */
const counterAt = (block: number): Uint8Array => {
  const counter = new Uint8Array(COUNTER_BYTES);
  new DataView(counter.buffer).setBigUint64(8, BigInt(block));
  return counter;
};

/** A cipher that goes on where it stopped: see {@link createWeightCipher}. */
export interface WeightCipher {
  /** The next bytes, encrypted or decrypted; a new array. @throws INVALID_ARGUMENT */
  update(bytes: Uint8Array): Uint8Array;
}

/** Where in the data a cipher starts. */
export interface CipherOffset {
  /** Byte of the whole data at which the first piece lies; 0 when left out. To go on with a download, for example. */
  readonly offset?: number | undefined;
}

const nobleCipher = (key: Uint8Array, offset: number): WeightCipher => {
  let position = offset;
  return {
    update(bytes) {
      expectBytes('bytes', bytes);
      const skip = position % COUNTER_BYTES;
      const cipher = ctr(key, counterAt((position - skip) / COUNTER_BYTES));
      position += bytes.length;
      if (skip === 0) return cipher.encrypt(bytes);
      // The piece starts inside a block: its part of the block before it is made and thrown away.
      const padded = new Uint8Array(skip + bytes.length);
      padded.set(bytes, skip);
      return cipher.encrypt(padded).slice(skip);
    },
  };
};

/**
 * The weight cipher for data that comes in pieces of any size: AES-256-CTR, zero IV, the whole block as big-endian
 * counter (fastcrypto `Aes256Ctr`). Encrypting and decrypting are the same. Native on Node, JavaScript elsewhere.
 *
 * There is no authentication: a wrong key or changed bytes give other bytes, not an error. Compare the commitment of
 * the encrypted bytes first. Never encrypt two different data under one key.
 *
 * @throws INVALID_WEIGHT_KEY, INVALID_ARGUMENT for an offset that is no byte position.
 * @example
 * import { createWeightCipher, generateWeightKey } from '@somakit/crypto';
 * const cipher = createWeightCipher(generateWeightKey());
 * cipher.update(new Uint8Array([1, 2]));
 * cipher.update(new Uint8Array([3]));
 */
export const createWeightCipher = (key: string | Uint8Array, { offset = 0 }: CipherOffset = {}): WeightCipher => {
  const keyBytes = weightKeyBytes(key);
  if (!Number.isSafeInteger(offset) || offset < 0)
    throw invalidArgument('offset', 'a whole number of bytes, 0 or more', offset);
  const native = nodeCrypto();
  if (native === undefined) return nobleCipher(Uint8Array.from(keyBytes), offset);
  const skip = offset % COUNTER_BYTES;
  const cipher = native.createCipheriv('aes-256-ctr', keyBytes, counterAt((offset - skip) / COUNTER_BYTES));
  if (skip > 0) cipher.update(new Uint8Array(skip));
  return {
    update(bytes) {
      expectBytes('bytes', bytes);
      if (bytes.length <= NATIVE_PIECE) return plain(cipher.update(bytes));
      const output = new Uint8Array(bytes.length);
      for (let at = 0; at < bytes.length; at += NATIVE_PIECE)
        output.set(cipher.update(bytes.subarray(at, at + NATIVE_PIECE)), at);
      return output;
    },
  };
};

/** A Uint8Array over the memory of a Buffer, which is a Uint8Array with other habits. */
const plain = ({ buffer, byteOffset, byteLength }: Uint8Array): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength);

/**
 * Encrypts model weights under `key`, or under a new random key: AES-256-CTR with a zero IV, no padding, no tag. The
 * official client's `encrypt_weights` gives the same bytes. Give a key only to make the same bytes again: one key for
 * two different models gives both away.
 *
 * @returns The encrypted bytes, as long as `data`, and the key in Base58, which a `revealModel` publishes later.
 * @throws INVALID_WEIGHT_KEY, INVALID_ARGUMENT when `data` is not a Uint8Array.
 * @example
 * import { commitment, encryptWeights } from '@somakit/crypto';
 * const { encrypted, key } = encryptWeights(new Uint8Array([1, 2, 3]));
 * commitment(encrypted); // the weights commitment
 */
export const encryptWeights = (
  data: Uint8Array,
  key?: string | Uint8Array | undefined,
): { readonly encrypted: Uint8Array; readonly key: Digest } => {
  expectBytes('data', data);
  const keyBytes =
    key === undefined ? globalThis.crypto.getRandomValues(new Uint8Array(KEY_BYTES)) : weightKeyBytes(key);
  return { encrypted: createWeightCipher(keyBytes).update(data), key: toBase58(keyBytes) as Digest };
};

/**
 * Decrypts model weights. A wrong key is not noticed: compare the commitment of `data` with the manifest's checksum
 * before, and `commitment` of the key's bytes with the decryption key commitment.
 *
 * @throws INVALID_WEIGHT_KEY, INVALID_ARGUMENT when `data` is not a Uint8Array.
 * @example
 * import { decryptWeights, encryptWeights } from '@somakit/crypto';
 * const { encrypted, key } = encryptWeights(new Uint8Array([1, 2, 3]));
 * decryptWeights(encrypted, key); // 1, 2, 3
 */
export const decryptWeights = (data: Uint8Array, key: string | Uint8Array): Uint8Array => {
  expectBytes('data', data);
  return createWeightCipher(key).update(data);
};

/** Options of {@link encryptStream} and {@link decryptStream}. */
export interface CipherStreamOptions extends CipherOffset {
  readonly signal?: AbortSignal | undefined;
}

/** WebCrypto where there is no native synchronous cipher: in browsers it is many times faster than JavaScript. */
const streamCipher = async (
  key: Uint8Array,
  offset: number,
): Promise<(bytes: Uint8Array) => Uint8Array | Promise<Uint8Array>> => {
  const sync = createWeightCipher(key, { offset });
  const subtle = globalThis.crypto?.subtle as SubtleCrypto | undefined;
  if (nodeCrypto() !== undefined || subtle === undefined) return (bytes) => sync.update(bytes);
  const imported = await subtle.importKey('raw', Uint8Array.from(key), 'AES-CTR', false, ['encrypt']);
  let position = offset;
  return async (bytes) => {
    const skip = position % COUNTER_BYTES;
    const counter = Uint8Array.from(counterAt((position - skip) / COUNTER_BYTES));
    const padded = new Uint8Array(skip + bytes.length);
    padded.set(bytes, skip);
    position += bytes.length;
    return new Uint8Array(await subtle.encrypt({ name: 'AES-CTR', counter, length: 128 }, imported, padded)).subarray(
      skip,
    );
  };
};

/**
 * Encrypts a stream or iterable piece by piece, in constant memory; pieces come out as they go in.
 *
 * @throws INVALID_WEIGHT_KEY and INVALID_ARGUMENT at the first piece; ABORTED at once when the signal ends it.
 * @example
 * import { encryptStream, generateWeightKey } from '@somakit/crypto';
 * const pieces = [new Uint8Array([1]), new Uint8Array([2, 3])];
 * for await (const piece of encryptStream(pieces, generateWeightKey())) console.log(piece.length);
 */
export async function* encryptStream(
  source: ByteSource,
  key: string | Uint8Array,
  { offset = 0, signal }: CipherStreamOptions = {},
): AsyncGenerator<Uint8Array, void> {
  createWeightCipher(key, { offset });
  const cipher = await streamCipher(Uint8Array.from(weightKeyBytes(key)), offset);
  for await (const piece of chunksOf(source, signal, 'The weight cipher')) yield await cipher(piece);
}

/**
 * Decrypts a stream or iterable piece by piece, in constant memory. With `offset` the source starts in the middle of the data, as
 * when a download goes on.
 *
 * @throws INVALID_WEIGHT_KEY and INVALID_ARGUMENT at the first piece; ABORTED at once when the signal ends it.
 * @example
 * import { decryptStream } from '@somakit/crypto';
 * const decrypted = (body: ReadableStream<Uint8Array>, key: string) => decryptStream(body, key, { offset: 4096 });
 */
export const decryptStream = (
  source: ByteSource,
  key: string | Uint8Array,
  options: CipherStreamOptions = {},
): AsyncGenerator<Uint8Array, void> => encryptStream(source, key, options);
