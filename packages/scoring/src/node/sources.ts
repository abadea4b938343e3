import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { fromBase58, invalidArgument, SomaKitError, toBase58 } from '@somakit/core';
import { blake2b256, decryptWeights } from '@somakit/crypto';
import { hashFile } from '@somakit/crypto/node';
import type { ResolvedConfig } from '../core/config.js';
import type { BlobCache } from './blobs/blob-cache.js';
import { checkUrlPolicy, type UrlPolicy } from './blobs/url-policy.js';
import { openWeightBytes, openWeightFile, type WeightFile } from './blobs/weight-file.js';
import { contentMismatch, limitExceeded } from './errors.js';

/** A blob on the web: where, and what it must be. The manifest of chain and clients. */
export interface BlobManifest {
  readonly url: string;
  /** Base58 of the Blake2b-256 of the bytes as served: of encrypted weights, the encrypted ones. */
  readonly checksum: string;
  /** Bytes. */
  readonly size: bigint;
}

interface Encrypted {
  /** Base58 or 32 bytes. Weights with a key are decrypted. */
  readonly decryptionKey?: string | Uint8Array | undefined;
}

/** The weights of a model: a manifest (flat, or as the chain nests it), a local file, or bytes. */
export type ModelSource =
  | (BlobManifest & Encrypted)
  | ({ readonly manifest: BlobManifest } & Encrypted)
  | ({ readonly path: string; readonly checksum?: string | undefined } & Encrypted)
  | ({ readonly bytes: Uint8Array; readonly checksum?: string | undefined } & Encrypted);

/** What is scored: bytes, a local file, or a manifest. */
export type DataSource = Uint8Array | { readonly path: string } | BlobManifest;

/** The sizes that a scorer takes on. */
export interface SourceLimits {
  /** Bytes of data. Default 1,048,576, which is the chain's. */
  readonly maxDataBytes: number;
  /** Bytes of one weight file. Default 16 GiB. */
  readonly maxWeightBytes: number;
  /** Models of one request. Default 64. */
  readonly maxModels: number;
}

/** A model that is ready for the engine. */
export interface ReadyModel {
  /** Names the content: equal for equal weights. */
  readonly identity: string;
  readonly checksum: string | undefined;
  readonly file: WeightFile;
  release(): void;
}

interface Checked<T> {
  readonly source: T;
  readonly digest: Uint8Array | undefined;
  readonly key: Uint8Array | undefined;
}

/** The 32 bytes of a checksum. @throws INVALID_ARGUMENT */
const parseChecksum = (argument: string, text: unknown): Uint8Array => {
  if (typeof text !== 'string') throw invalidArgument(argument, 'Base58 of 32 bytes', text);
  let bytes: Uint8Array;
  try {
    bytes = text.length > 64 ? new Uint8Array(0) : fromBase58(text);
  } catch {
    throw invalidArgument(argument, 'Base58 of 32 bytes', text);
  }
  if (bytes.length !== 32) throw invalidArgument(argument, 'Base58 of 32 bytes', text.slice(0, 100));
  return bytes;
};

const parseKey = (argument: string, key: unknown): Uint8Array | undefined => {
  if (key === undefined || key === null) return undefined;
  let bytes: unknown = key;
  if (typeof key === 'string') {
    try {
      bytes = key.length > 64 ? undefined : fromBase58(key);
    } catch {
      bytes = undefined;
    }
  }
  // The value stays out of the error.
  if (!(bytes instanceof Uint8Array) || bytes.length !== 32)
    throw invalidArgument(argument, '32 bytes, or Base58 of 32 bytes');
  return bytes;
};

const checkManifest = (argument: string, value: BlobManifest, policy: UrlPolicy, limit: number): void => {
  if (typeof value.url !== 'string' || !URL.canParse(value.url)) {
    throw invalidArgument(`${argument}.url`, 'an absolute https or http URL', value.url);
  }
  if (typeof value.size !== 'bigint' || value.size < 0n) {
    throw invalidArgument(`${argument}.size`, 'bytes as a bigint, 0 or more', value.size);
  }
  checkUrlPolicy(value.url, policy);
  if (value.size > BigInt(limit)) throw limitExceeded(`${argument}.size`, limit, Number(value.size));
};

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

const isManifest = (value: unknown): value is BlobManifest => isRecord(value) && 'url' in value;

/** What to fetch and open, all of it checked before anything is fetched. */
export interface CheckedModel extends Checked<Exclude<ModelSource, { readonly manifest: BlobManifest }>> {
  readonly argument: string;
}

/** @throws INVALID_ARGUMENT, LIMIT_EXCEEDED, URL_REFUSED */
export const checkModels = (
  models: readonly ModelSource[],
  limits: SourceLimits,
  policy: UrlPolicy,
): readonly CheckedModel[] => {
  if (!Array.isArray(models) || models.length === 0) throw invalidArgument('models', 'at least one model', models);
  if (models.length > limits.maxModels) throw limitExceeded('models', limits.maxModels, models.length);
  return models.map((given: ModelSource, i) => {
    const argument = `models[${i}]`;
    if (!isRecord(given)) throw invalidArgument(argument, 'a manifest, { path } or { bytes }', given);
    const source =
      'manifest' in given
        ? ({ ...Object(given.manifest), decryptionKey: given.decryptionKey } as BlobManifest & Encrypted)
        : given;
    const key = parseKey(`${argument}.decryptionKey`, source.decryptionKey);
    if ('bytes' in source) {
      if (!(source.bytes instanceof Uint8Array))
        throw invalidArgument(`${argument}.bytes`, 'a Uint8Array', typeof source.bytes);
    } else if ('path' in source) {
      if (typeof source.path !== 'string' || source.path === '')
        throw invalidArgument(`${argument}.path`, 'the path of a file', source.path);
    } else if ('url' in source) {
      checkManifest(argument, source, policy, limits.maxWeightBytes);
    } else throw invalidArgument(argument, 'a manifest, { path } or { bytes }', given);
    const { checksum } = source;
    const digest =
      checksum === undefined && !('url' in source) ? undefined : parseChecksum(`${argument}.checksum`, checksum);
    return { argument, source, digest, key };
  });
};

/** Data that has been checked. */
export type CheckedData = Checked<DataSource>;

/** @throws INVALID_ARGUMENT, LIMIT_EXCEEDED, URL_REFUSED */
export const checkData = (data: DataSource, { maxDataBytes }: SourceLimits, policy: UrlPolicy): CheckedData => {
  if (data instanceof Uint8Array) {
    if (data.length > maxDataBytes) throw limitExceeded('data', maxDataBytes, data.length);
    return { source: data, digest: undefined, key: undefined };
  }
  if (isRecord(data) && 'path' in data && typeof data.path === 'string')
    return { source: data as DataSource, digest: undefined, key: undefined };
  if (isManifest(data)) {
    checkManifest('data', data, policy, maxDataBytes);
    return { source: data, digest: parseChecksum('data.checksum', data.checksum), key: undefined };
  }
  throw invalidArgument('data', 'a Uint8Array, { path } or { url, checksum, size }', data);
};

/** What opening a source needs. */
export interface SourceContext {
  readonly cache: BlobCache;
  readonly config: ResolvedConfig;
  readonly limits: SourceLimits;
}

/** The bytes of the data. */
export const openData = async (
  { source, digest }: CheckedData,
  { cache, limits }: SourceContext,
  signal: AbortSignal,
): Promise<Uint8Array> => {
  if (source instanceof Uint8Array) return source;
  if ('path' in source) {
    const size = await stat(source.path).then(
      (stats) => stats.size,
      () => undefined,
    );
    if (size !== undefined && size > limits.maxDataBytes) throw limitExceeded('data', limits.maxDataBytes, size);
    return readFile(source.path, { signal }).catch((cause: unknown) => {
      signal.throwIfAborted();
      throw new SomaKitError('INVALID_ARGUMENT', `The data file ${source.path} cannot be read.`, {
        context: { argument: 'data', expected: 'the path of a file that can be read', received: source.path },
        cause,
      });
    });
  }
  const { url, checksum, size } = source;
  // No bytes need no request, but they must be what the manifest says.
  const request = { kind: 'data', url, checksum, digest: digest!, size: Number(size) } as const;
  const blob = await cache.acquire(request, signal, async () => {});
  try {
    return await readFile(blob.path);
  } finally {
    blob.release();
  }
};

const none = (): void => {};

/** A model's weights, fetched, decrypted and checked. */
export const openModel = async (
  { source, digest, key }: CheckedModel,
  { cache, config }: SourceContext,
  signal: AbortSignal,
): Promise<ReadyModel> => {
  let file: WeightFile | undefined;
  const check = async (path: string) => {
    file = await openWeightFile(path, config);
  };
  const keyed = (checksum: string) => (key === undefined ? checksum : `${checksum}+${toBase58(blake2b256(key))}`);
  if ('bytes' in source) {
    const computed = toBase58(blake2b256(source.bytes));
    if (digest !== undefined && toBase58(digest) !== computed) {
      throw contentMismatch('checksum', 'bytes', toBase58(digest), computed);
    }
    const plain = key === undefined ? source.bytes : decryptWeights(source.bytes, key);
    return { identity: keyed(computed), checksum: computed, file: openWeightBytes(plain, config), release: none };
  }
  if ('url' in source) {
    const { url, size } = source;
    const checksum = toBase58(digest!);
    const request = { kind: 'weights', url, checksum, digest: digest!, size: Number(size), key } as const;
    const blob = await cache.acquire(request, signal, check);
    return { identity: keyed(checksum), checksum, file: file!, release: blob.release };
  }
  if (digest !== undefined || key !== undefined) {
    const { checksum } = await hashFile(source.path, { signal });
    if (digest !== undefined && toBase58(digest) !== checksum) {
      throw contentMismatch('checksum', source.path, toBase58(digest), checksum);
    }
    if (key !== undefined) {
      const blob = await cache.acquireDecrypted({ path: source.path, checksum, key }, signal, check);
      return { identity: keyed(checksum), checksum, file: file!, release: blob.release };
    }
    const opened = await openWeightFile(source.path, config);
    return { identity: checksum, checksum, file: opened, release: none };
  }
  // A local file without a checksum is known by its place and time; hashing gigabytes would cost more than it tells.
  const opened = await openWeightFile(source.path, config);
  const stats = await stat(source.path, { bigint: true });
  const name = `${stats.dev}:${stats.ino}:${stats.size}:${stats.mtimeNs}`;
  return {
    identity: createHash('sha256').update(name).digest('hex'),
    checksum: undefined,
    file: opened,
    release: none,
  };
};
