import { blake2b } from '@noble/hashes/blake2.js';
import { type Digest, expectBytes, toBase58 } from '@somakit/core';
import { BLOCK, type Blake2bModule, finishInput, INPUT, INPUT_BYTES, loadBlake2bModule } from './blake2b-wasm.js';
import { startNativeHash } from './native.js';

/** From this size on the native addon's faster rounds outweigh the cost of calling it. */
const NATIVE_FROM = 16 * 1024;

let loaded: Blake2bModule | null | undefined;

/** The WebAssembly module, made at the first call; null where there can be none. */
export const blake2bModule = (): Blake2bModule | null => {
  if (loaded === undefined) loaded = loadBlake2bModule() ?? null;
  return loaded;
};

/** Up to this size the whole of an array is copied, which is faster than a view of its beginning. */
const SMALL = 2048;

/** Hashes the first `length` bytes; the result is in the first 32 bytes of the memory until the next call. */
const hashInWasm = (module: Blake2bModule, bytes: Uint8Array, length: number): Uint8Array => {
  const { memory, compress, start } = module;
  memory.set(start, 0);
  if (length <= SMALL && bytes.length <= SMALL) {
    memory.set(bytes, INPUT);
    finishInput(module, length);
    memory.fill(0, INPUT, INPUT + bytes.length);
    return memory;
  }
  let at = 0;
  while (length - at > INPUT_BYTES) {
    memory.set(bytes.subarray(at, at + INPUT_BYTES), INPUT);
    compress(INPUT, INPUT_BYTES / BLOCK, BLOCK, 0);
    at += INPUT_BYTES;
  }
  const rest = length - at;
  memory.set(bytes.subarray(at, length), INPUT);
  finishInput(module, rest);
  // Keys are hashed too (their commitments): nothing of the input stays behind.
  memory.fill(0, INPUT, INPUT + (at === 0 ? rest : INPUT_BYTES));
  return memory;
};

/**
 * BLAKE2b with 32 bytes of output, no key and no personalisation: the one hash of the network (fastcrypto's
 * `Blake2b256`). Synchronous everywhere; runs in WebAssembly, large inputs on Node in the optional native addon, and in
 * JavaScript where neither is there. Not a shortened BLAKE2b-512, which is another function.
 *
 * @throws INVALID_ARGUMENT when `bytes` is not a Uint8Array.
 * @example
 * import { blake2b256 } from '@somakit/crypto';
 * blake2b256(new Uint8Array([1, 2, 3])).length; // 32
 */
export const blake2b256 = (bytes: Uint8Array): Uint8Array => {
  expectBytes('bytes', bytes);
  if (bytes.length >= NATIVE_FROM) {
    const native = startNativeHash();
    if (native !== undefined) {
      native.update(bytes);
      return Uint8Array.from(native.digestBuffer());
    }
  }
  const module = blake2bModule();
  return module === null ? blake2b(bytes, { dkLen: 32 }) : hashInWasm(module, bytes, bytes.length).slice(0, 32);
};

/**
 * As {@link blake2b256} of the first `length` bytes, into 32 bytes of `target` from `at` on: for who hashes much, from
 * one buffer into another.
 *
 * @throws INVALID_ARGUMENT when `bytes` is not a Uint8Array.
 */
export const blake2b256Into = (bytes: Uint8Array, target: Uint8Array, at: number, length = bytes.length): void => {
  const module = length < NATIVE_FROM ? blake2bModule() : null;
  const hash =
    module === null ? blake2b256(bytes.subarray(0, length)) : hashInWasm(module, expectBytes('bytes', bytes), length);
  for (let i = 0; i < 32; i++) target[at + i] = hash[i]!;
};

/**
 * The commitment of some bytes: Base58 of their {@link blake2b256}. It is the checksum of a submission's data, the
 * weights commitment of encrypted weights, and the commitment of a 32-byte decryption key.
 *
 * @throws INVALID_ARGUMENT when `bytes` is not a Uint8Array.
 * @example
 * import { commitment } from '@somakit/crypto';
 * commitment(new Uint8Array()); // 'xyw95Bsby3s4mt6f4FmFDnFVpQBAeJxBFNGzu2cX4dM'
 */
export const commitment = (bytes: Uint8Array): Digest => toBase58(blake2b256(bytes)) as Digest;
