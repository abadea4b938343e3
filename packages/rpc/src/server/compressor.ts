import { gzip, gzipSync } from 'node:zlib';

/** Makes a smaller form of a message. */
export type Compressor = (bytes: Uint8Array) => Uint8Array | Promise<Uint8Array>;

const SYNC_LIMIT = 16 * 1024;
// Speed over size: replies are made once and read once.
const LEVEL = { level: 1 };

const gzipWriter: Compressor = (bytes) =>
  bytes.length <= SYNC_LIMIT
    ? gzipSync(bytes, LEVEL)
    : new Promise((resolve, reject) =>
        gzip(bytes, LEVEL, (error, result) => (error === null ? resolve(result) : reject(error))),
      );

interface ZstdModule {
  init(): Promise<void>;
  compress(bytes: Uint8Array, level?: number): Uint8Array;
}

const load = async (): Promise<ReadonlyMap<string, Compressor>> => {
  const writers = new Map<string, Compressor>([['gzip', gzipWriter]]);
  try {
    // By a variable, because the package declares its types outside of its exports.
    const name = '@bokuweb/zstd-wasm';
    const found = (await import(/* @vite-ignore */ name)) as ZstdModule & { default?: ZstdModule };
    const zstd = found.default ?? found;
    await zstd.init();
    writers.set('zstd', (bytes) => zstd.compress(bytes, 1));
  } catch {
    // Not installed: clients get gzip or nothing.
  }
  return writers;
};

let loaded: Promise<ReadonlyMap<string, Compressor>> | undefined;

/**
 * The encodings that this machine can write: gzip always, zstd when the optional package is installed. Loaded once for
 * all servers of a process: a second `init` of the zstd module while the first is in use gives broken frames.
 */
export const loadCompressors = (): Promise<ReadonlyMap<string, Compressor>> => {
  loaded ??= load();
  return loaded;
};

/** The first of the encodings that the client offers and we can write. */
export const chooseEncoding = (
  offered: string | undefined,
  writers: ReadonlyMap<string, Compressor>,
): string | undefined => {
  if (offered === undefined) return undefined;
  for (const each of offered.split(',')) {
    const name = each.trim();
    if (writers.has(name)) return name;
  }
  return undefined;
};
