import type * as NodeCrypto from 'node:crypto';

let loaded: typeof NodeCrypto | undefined;
let looked = false;

/** Node's own crypto module, or undefined in browsers and in Node before 20.16. */
export const nodeCrypto = (): typeof NodeCrypto | undefined => {
  if (!looked) {
    looked = true;
    if (typeof process !== 'undefined' && typeof process.getBuiltinModule === 'function') {
      loaded = process.getBuiltinModule('node:crypto') ?? undefined;
    }
  }
  return loaded;
};

/** For the cross-checks of the tests: with false everything does without Node's until it is called with true. */
export const useNative = (on: boolean): void => {
  looked = !on;
  loaded = undefined;
};
