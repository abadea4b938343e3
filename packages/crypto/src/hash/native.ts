/** The part of `@napi-rs/blake-hash` that is used. */
interface BlakeAddon {
  readonly Blake2BParam: new () => { hashLength(length: number): void };
  readonly Blake2BHasher: { withParams(parameters: unknown): NativeHasher };
}

/** An incremental hash of the native addon. */
export interface NativeHasher {
  update(bytes: Uint8Array): unknown;
  digestBuffer(): Uint8Array;
}

let start: (() => NativeHasher) | null | undefined;

const load = (): (() => NativeHasher) | null => {
  try {
    if (typeof process === 'undefined') return null;
    const nodeModule = process.getBuiltinModule?.('node:module');
    if (nodeModule === undefined) return null;
    const addon = nodeModule.createRequire(import.meta.url)('@napi-rs/blake-hash') as BlakeAddon;
    const parameters = new addon.Blake2BParam();
    parameters.hashLength(32);
    return () => addon.Blake2BHasher.withParams(parameters);
  } catch {
    // An optional dependency: not installed, or no binary for this platform.
    return null;
  }
};

/** Starts a BLAKE2b-256 in the optional native addon; undefined where it is not there (browsers always). */
export const startNativeHash = (): NativeHasher | undefined => {
  if (start === undefined) start = load();
  return start?.();
};
