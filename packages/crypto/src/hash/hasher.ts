import { blake2b } from '@noble/hashes/blake2.js';
import { expectBytes, SomaKitError } from '@somakit/core';
import { blake2bModule } from './blake2b.js';
import { BLOCK, type Blake2bModule, INPUT, INPUT_BYTES } from './blake2b-wasm.js';
import { startNativeHash } from './native.js';

declare module '@somakit/core' {
  interface ErrorContexts {
    /** A hasher was used after its digest had been taken. */
    HASHER_FINISHED: { readonly operation: 'update' | 'digest' };
  }
}

/** An incremental {@link blake2b256}. */
export interface Hasher {
  /** Adds bytes. They may be changed afterwards. @throws HASHER_FINISHED INVALID_ARGUMENT */
  update(bytes: Uint8Array): Hasher;
  /** The 32 bytes of the hash of everything added. Ends the hasher. @throws HASHER_FINISHED */
  digest(): Uint8Array;
}

interface Engine {
  update(bytes: Uint8Array): void;
  digest(): Uint8Array;
}

/** The module's memory is shared, so every hasher keeps its own state and brings it in for each update. */
const wasmEngine = ({ memory, compress, start }: Blake2bModule): Engine => {
  const state = start.slice();
  const pending = new Uint8Array(BLOCK);
  let held = 0;
  return {
    update(bytes) {
      if (held + bytes.length <= BLOCK) {
        pending.set(bytes, held);
        held += bytes.length;
        return;
      }
      memory.set(state, 0);
      let at = 0;
      // One block at least is always held back, because the last one is compressed otherwise.
      while (held + bytes.length - at > BLOCK) {
        memory.set(pending.subarray(0, held), INPUT);
        const room = Math.min(INPUT_BYTES - held, bytes.length - at);
        memory.set(bytes.subarray(at, at + room), INPUT + held);
        const ready = held + room;
        const more = bytes.length - at > room;
        const blocks = Math.floor((more ? ready : ready - 1) / BLOCK);
        compress(INPUT, blocks, BLOCK, 0);
        at += room;
        held = ready - blocks * BLOCK;
        pending.set(memory.subarray(INPUT + blocks * BLOCK, INPUT + ready));
      }
      // A rest that came in one piece with the last full area.
      if (at < bytes.length) {
        pending.set(bytes.subarray(at), held);
        held += bytes.length - at;
      }
      state.set(memory.subarray(0, state.length));
    },
    digest() {
      memory.set(state, 0);
      pending.fill(0, held);
      memory.set(pending, INPUT);
      compress(INPUT, 1, held, -1);
      memory.fill(0, INPUT, INPUT + BLOCK);
      return memory.slice(0, 32);
    },
  };
};

const nativeEngine = (): Engine | undefined => {
  const native = startNativeHash();
  return (
    native && { update: (bytes) => void native.update(bytes), digest: () => Uint8Array.from(native.digestBuffer()) }
  );
};

const nobleEngine = (): Engine => {
  const hash = blake2b.create({ dkLen: 32 });
  return { update: (bytes) => void hash.update(bytes), digest: () => hash.digest() };
};

/**
 * An incremental {@link blake2b256} for data that comes in pieces. The sizes of the pieces do not change the digest.
 *
 * @example
 * import { createHasher } from '@somakit/crypto';
 * createHasher().update(new Uint8Array([1])).update(new Uint8Array([2])).digest(); // 32 bytes
 */
export const createHasher = (): Hasher => {
  const module = blake2bModule();
  let engine: Engine | undefined = nativeEngine() ?? (module === null ? nobleEngine() : wasmEngine(module));
  const running = (operation: 'update' | 'digest'): Engine => {
    if (engine !== undefined) return engine;
    throw new SomaKitError('HASHER_FINISHED', `The hasher's digest has been taken; ${operation} needs a new hasher.`, {
      context: { operation },
      hint: 'Call createHasher() for each hash.',
    });
  };
  const hasher: Hasher = {
    update(bytes) {
      running('update').update(expectBytes('bytes', bytes));
      return hasher;
    },
    digest() {
      const digest = running('digest').digest();
      engine = undefined;
      return digest;
    },
  };
  return hasher;
};

/** The engines one by one, so that tests can compare them. */
export const hashEngines = { native: nativeEngine, noble: nobleEngine, wasm: wasmEngine };
