import type { Manifest } from '@somakit/bcs';
import {
  idBytes,
  invalidArgument,
  isError,
  type ObjectId,
  parseDigest,
  parseObjectId,
  SomaKitError,
  toHex,
} from '@somakit/core';
import { type DownloadOptions, type DownloadProgress, download, memorySink, type Sink } from '@somakit/core/http';
import { createHasher } from '@somakit/crypto';
import { checkSize } from '../client/check.js';
import type { ClientContext } from '../client/core.js';
import type { LedgerCalls } from '../client/ledger.js';

declare module '@somakit/core' {
  interface ErrorContexts {
    /** There is nothing to download: the model has no weights yet, or the target no data. */
    NO_MANIFEST: { readonly id: ObjectId; readonly what: 'model' | 'target'; readonly state: string };
  }
}

/** Where a file is and what it must be. */
export interface ManifestInput {
  readonly url: string;
  /** Blake2b-256 of the bytes as stored, Base58. */
  readonly checksum: string;
  /** Bytes. */
  readonly size: bigint | number;
}

/** What downloads take besides what is to be downloaded. */
export interface DataOptions<R> {
  /** Where the bytes go; into memory by default. `fileSink(path)` of `@somakit/core/node` resumes and takes any size. */
  readonly to?: Sink<R> | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly timeoutMs?: number | undefined;
  readonly onProgress?: ((progress: DownloadProgress) => void) | undefined;
  /** Whether the node's own route is tried when the URL of the manifest fails. Default true. */
  readonly proxy?: boolean | undefined;
  /** Further options of the download. */
  readonly download?:
    | Pick<DownloadOptions<R>, 'parallel' | 'idleMs' | 'firstByteMs' | 'retry' | 'http' | 'fetch' | 'headers'>
    | undefined;
}

/** A file whose size and checksum were found right. */
export interface DataResult<R> {
  /** The bytes, or what the sink gives. */
  readonly output: R;
  readonly manifest: Manifest;
  /** Where it came from. */
  readonly url: string;
}

/** Downloads of what the chain refers to. */
export interface DataCalls {
  /**
   * A model's weights as they were published, still encrypted: first from the manifest's URL, then through the node.
   * Size and checksum are verified before the promise resolves.
   *
   * @throws NO_MANIFEST, DOWNLOAD_*, RPC_*
   * @example
   * import { fileSink } from '@somakit/core/node';
   * import type { Rpc } from '@somakit/rpc';
   * declare const rpc: Rpc;
   * declare const modelId: string;
   * await rpc.downloadModel({ modelId, to: fileSink('weights.bin') });
   */
  downloadModel<R = Uint8Array>(
    parameters: {
      readonly modelId: string;
      /** Spares reading the system state. */
      readonly manifest?: ManifestInput | undefined;
      /** The update that an active model has announced, in place of its present weights. */
      readonly pending?: boolean | undefined;
    } & DataOptions<R>,
  ): Promise<DataResult<R>>;
  /** The data that won a target, as {@link downloadModel}. @throws NO_MANIFEST, DOWNLOAD_*, RPC_* */
  downloadData<R = Uint8Array>(
    parameters: {
      readonly targetId: string;
      /** Spares reading the target. */
      readonly manifest?: ManifestInput | undefined;
    } & DataOptions<R>,
  ): Promise<DataResult<R>>;
}

/** @throws INVALID_ARGUMENT */
export const readManifest = ({ url, checksum, size }: ManifestInput): Manifest => {
  if (!URL.canParse(url)) throw invalidArgument('manifest.url', 'a URL', url);
  return { url, checksum: parseDigest(checksum), size: checkSize(size, 'manifest.size') };
};

/** Downloads what a manifest names, verified; `mirrors` are tried in turn when its URL fails. */
export const downloadManifest = async <R = Uint8Array>(
  input: ManifestInput,
  mirrors: readonly string[],
  options: DataOptions<R>,
): Promise<DataResult<R>> => {
  const manifest = readManifest(input);
  // Who asks for bytes in memory has the room for them: the manifest says how many.
  const memory = () => memorySink({ maxBytes: Math.max(1, Number(manifest.size)) });
  const { to = memory(), signal, timeoutMs, onProgress, download: more } = options;
  // Sizes are limited by what a number counts exactly: 9 petabytes.
  const expected = { size: Number(manifest.size), digest: manifest.checksum, hash: createHasher };
  const parameters = { ...more, urls: [manifest.url, ...mirrors], to, expected, signal, timeoutMs, onProgress };
  const { output, url } = await download(parameters as DownloadOptions<R>);
  return { output, manifest, url };
};

const none = (id: ObjectId, what: 'model' | 'target', state: string) =>
  new SomaKitError('NO_MANIFEST', `The ${what} ${id} is ${state}: there is nothing to download.`, {
    context: { id, what, state },
  });

export const dataCalls = (context: ClientContext, ledger: LedgerCalls): DataCalls => {
  /** The node's routes want all 64 digits. */
  const route = (kind: 'model' | 'data', id: ObjectId): string[] => {
    const { origin } = new URL(context.transport.url);
    return origin === 'null' ? [] : [`${origin}/${kind}/0x${toHex(idBytes(id))}`];
  };

  const weightsOf = async (id: ObjectId, pending: boolean, signal: AbortSignal | undefined): Promise<Manifest> => {
    const model = (await ledger.getSystemState({ signal })).modelRegistry.models.get(id);
    if (model === undefined) throw none(id, 'model', 'unknown');
    if (pending && model.kind === 'Active') {
      if (model.pendingUpdate === undefined) throw none(id, 'model', 'without an update');
      return model.pendingUpdate.manifest;
    }
    if (!('manifest' in model)) throw none(id, 'model', 'not committed yet');
    return model.manifest;
  };

  const dataOf = async (id: ObjectId, signal: AbortSignal | undefined): Promise<Manifest> => {
    let contents: Awaited<ReturnType<typeof ledger.getObject>>['contents'];
    try {
      ({ contents } = await ledger.getObject({ objectId: id, signal }));
    } catch (error) {
      // A claim deletes the target; then no one can say what its data must be.
      if (isError(error, 'RPC_NOT_FOUND')) throw none(id, 'target', 'gone (claimed, or never there)');
      throw error;
    }
    if (contents.kind !== 'Target') throw invalidArgument('targetId', 'the id of a target', id);
    if (contents.winningDataManifest === undefined) throw none(id, 'target', 'not filled');
    return contents.winningDataManifest;
  };

  return {
    async downloadModel({ modelId, manifest, pending = false, ...options }) {
      const id = parseObjectId(modelId);
      const found = manifest ?? (await weightsOf(id, pending, options.signal));
      return downloadManifest(found, options.proxy === false ? [] : route('model', id), options);
    },
    async downloadData({ targetId, manifest, ...options }) {
      const id = parseObjectId(targetId);
      const found = manifest ?? (await dataOf(id, options.signal));
      return downloadManifest(found, options.proxy === false ? [] : route('data', id), options);
    },
  };
};
