import { invalidArgument } from '@somakit/core';
import { blake2b256 } from './blake2b.js';
import { finishInput, INPUT, INPUT_BYTES, loadBlake2bModule } from './blake2b-wasm.js';

/** A buffer that is hashed where it lies: for who hashes many small things that are put together for it. */
export interface HashBuffer {
  /** What is hashed. Its content stays, but what follows the hashed part may be overwritten with zeros. */
  readonly bytes: Uint8Array;
  readonly view: DataView;
  /** The 32 bytes that {@link hash} made last. */
  readonly digest: Uint8Array;
  readonly digestView: DataView;
  /** Puts the {@link blake2b256} of the first `length` bytes into {@link digest}. @throws INVALID_ARGUMENT */
  hash(length: number): void;
}

const view = ({ buffer, byteOffset, length }: Uint8Array): DataView => new DataView(buffer, byteOffset, length);

/**
 * Makes a buffer of 130,944 bytes for hashing in place. It has a WebAssembly memory of its own where there is one, so
 * that nothing is copied in or out.
 *
 * @example
 * import { createHashBuffer } from '@somakit/crypto';
 * const buffer = createHashBuffer();
 * buffer.bytes.set([1, 2, 3]);
 * buffer.hash(3); // buffer.digest is blake2b256 of these three
 */
export const createHashBuffer = (): HashBuffer => {
  const module = loadBlake2bModule();
  const check = (length: number): void => {
    if (length >= 0 && length <= INPUT_BYTES) return;
    throw invalidArgument('length', `a number of bytes up to ${INPUT_BYTES}`, length);
  };
  if (module === undefined) {
    const bytes = new Uint8Array(INPUT_BYTES);
    const digest = new Uint8Array(32);
    const hash = (length: number): void => {
      check(length);
      digest.set(blake2b256(bytes.subarray(0, length)));
    };
    return { bytes, view: view(bytes), digest, digestView: view(digest), hash };
  }
  const { memory, start } = module;
  const bytes = memory.subarray(INPUT, INPUT + INPUT_BYTES);
  const digest = memory.subarray(0, 32);
  const hash = (length: number): void => {
    check(length);
    memory.set(start, 0);
    finishInput(module, length);
  };
  return { bytes, view: view(bytes), digest, digestView: view(digest), hash };
};
