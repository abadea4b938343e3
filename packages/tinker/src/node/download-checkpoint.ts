import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { invalidArgument, isError, openDeadline, type RetryNotice, SomaKitError } from '@somakit/core';
import { createHttp, type DownloadProgress, download, type ExpectedContent } from '@somakit/core/http';
import { fileSink } from '@somakit/core/node';
import { internalsOf, type TinkerClient } from '../client.js';
import { checkpointFolderName, parseTinkerPath } from '../tinker-path.js';
import { checkEntryName, createNameBook, refuseArchive } from './entry-name.js';
import { type ArchiveLimits, extractTar, type WrittenFile } from './extract.js';
import { checkTarget, exists, makeParent, moveInto } from './folder.js';

export interface CheckpointProgress {
  readonly phase: 'download' | 'extract';
  /** Relative name of the file at hand; none while an archive is fetched. */
  readonly file?: string | undefined;
  readonly received: number;
  /** Unknown when the server does not say. */
  readonly size?: number | undefined;
  /** Bytes that an earlier run had left. */
  readonly resumed: number;
  readonly bytesPerSecond: number;
  /** Files that are done, of how many where that is known. */
  readonly filesDone: number;
  readonly filesTotal?: number | undefined;
}

export interface DownloadCheckpointParameters {
  readonly client: TinkerClient;
  readonly tinkerPath: string;
  /** The folder to make. Default: a name made of the path, in the working directory. */
  readonly to?: string | undefined;
  /** Replaces `to` once everything is there. Default: refuses when it exists. */
  readonly force?: boolean | undefined;
  /** One archive (servers up to 2026), or file by file. Default: files for `external_weights`, an archive for others. */
  readonly via?: 'archive' | 'files' | undefined;
  /** What the archive must be, when that is known. */
  readonly expected?: ExpectedContent | undefined;
  readonly limits?: ArchiveLimits | undefined;
  /** Connections for one big file. Default 4. */
  readonly parallel?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Limit of everything. Default: none. */
  readonly timeoutMs?: number | undefined;
  readonly onProgress?: ((progress: CheckpointProgress) => void) | undefined;
  readonly onRetry?: ((notice: RetryNotice) => void) | undefined;
  /** Hears each time that the archive is still being built. */
  readonly onWait?: ((wait: { readonly attempt: number; readonly delayMs: number }) => void) | undefined;
  /** Between two looks whether the archive is built. Default 30 s. */
  readonly pollMs?: number | undefined;
}

export interface DownloadedCheckpoint {
  /** Ready for the next step: an upload, a look at its safetensors. */
  readonly directory: string;
  readonly via: 'archive' | 'files';
  readonly files: readonly WrittenFile[];
  readonly totalBytes: number;
  /** Bytes of the archive; null for file by file. */
  readonly archiveBytes: number | null;
  /** Whether the server's own mark of a finished checkpoint, `checkpoint_complete`, is among the files. */
  readonly complete: boolean;
}

// A signed link that has run out, in the words of the usual stores.
const EXPIRED = [400, 401, 403, 410];
const MOST_SIGNINGS = 4;
const RENEW_BEFORE_MS = 5 * 60_000;

const isExpired = (error: unknown): boolean => isError(error, 'HTTP_STATUS') && EXPIRED.includes(error.context.status);

/** Whether what is there may be taken up by another run. */
const isResumable = (error: unknown): boolean =>
  isError(error) &&
  ['HTTP_NETWORK', 'HTTP_STATUS', 'TIMEOUT', 'ABORTED', 'DOWNLOAD_WRITE', 'DOWNLOAD_BUSY'].includes(error.code);

const hasFiles = async (folder: string): Promise<boolean> => {
  const found = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  return found.some((each) => each.isFile() && !each.name.endsWith('.json'));
};

// What this process is at: two downloads must not share a folder.
const active = new Set<string>();

interface Job {
  readonly parameters: DownloadCheckpointParameters;
  readonly signal: AbortSignal;
  /** Where things are while they are unfinished. */
  readonly staging: string;
  /** Where the finished files are put together. */
  readonly finished: string;
  readonly fetchTo: (url: string, path: string, file: string | undefined, done: Counter) => Promise<number>;
}

interface Counter {
  readonly filesDone: number;
  readonly filesTotal?: number | undefined;
  /** Bytes of the files that are done. */
  readonly bytesDone: number;
}

const viaArchive = async ({ parameters, signal, staging, finished, fetchTo }: Job) => {
  const { client, tinkerPath, onWait, onRetry, pollMs, onProgress, limits } = parameters;
  const archive = join(staging, 'archive');
  let archiveBytes = 0;
  for (let signings = 1; ; signings++) {
    const { url } = await client.rest.getCheckpointArchiveUrlFromTinkerPath({
      tinkerPath,
      signal,
      onRetry,
      onWait,
      pollMs,
    });
    try {
      archiveBytes = await fetchTo(url, archive, undefined, { filesDone: 0, bytesDone: 0 });
      break;
    } catch (error) {
      if (signings >= MOST_SIGNINGS || !isExpired(error)) throw error;
    }
  }
  if (archiveBytes === 0) throw refuseArchive('empty', 'The archive has no bytes.');
  await rm(finished, { recursive: true, force: true });
  let received = 0;
  let filesDone = 0;
  const { files, totalBytes } = await extractTar({
    archive,
    to: finished,
    limits,
    signal,
    onFile: ({ path, size }) => {
      received += size;
      filesDone++;
      onProgress?.({ phase: 'extract', file: path, received, resumed: 0, bytesPerSecond: 0, filesDone });
    },
  });
  return { files, totalBytes, archiveBytes };
};

const viaFiles = async ({ parameters, signal, staging, finished, fetchTo }: Job) => {
  const { client, tinkerPath, onRetry, limits = {} } = parameters;
  const { maxBytes = 256 * 2 ** 30, maxEntries = 10_000 } = limits;
  const { clock } = internalsOf(client);
  const sign = () => client.rest.getExternalWeightsUrls({ tinkerPath, signal, onRetry });
  let signed = await sign();
  const names = Object.keys(signed.urls).sort();
  if (names.length === 0) throw refuseArchive('empty', 'The checkpoint has no files.');
  if (names.length > maxEntries) throw refuseArchive('limit', `The checkpoint has over ${maxEntries} files.`);
  const book = createNameBook();
  const places = names.map((name) => {
    const parts = checkEntryName(name);
    if (parts.length === 0) throw refuseArchive('name', 'A file has no name.', { entry: name });
    book.add(parts, 'file');
    return parts;
  });
  // A checkpoint never changes under its path: files that an earlier run has finished are good.
  const list = JSON.stringify({ tinkerPath, names });
  const listFile = join(staging, 'files.json');
  if ((await readFile(listFile, 'utf8').catch(() => '')) !== list) {
    await rm(finished, { recursive: true, force: true });
    await writeFile(listFile, list);
  }
  const files: WrittenFile[] = [];
  let totalBytes = 0;
  for (const [i, parts] of places.entries()) {
    const path = parts.join('/');
    const place = join(finished, ...parts);
    let size = (await stat(place).catch(() => undefined))?.size;
    for (let signings = 1; size === undefined; signings++) {
      if (signed.expires.date.getTime() - clock.now() < RENEW_BEFORE_MS) signed = await sign();
      const url = signed.urls[names[i]!];
      if (url === undefined) throw refuseArchive('damaged', 'The server dropped a file.', { entry: path });
      const part = join(staging, `file-${i}`);
      try {
        size = await fetchTo(url, part, path, { filesDone: i, filesTotal: names.length, bytesDone: totalBytes });
      } catch (error) {
        if (signings >= MOST_SIGNINGS || !isExpired(error)) throw error;
        signed = await sign();
        continue;
      }
      await mkdir(dirname(place), { recursive: true });
      await rename(part, place);
    }
    totalBytes += size;
    if (totalBytes > maxBytes) throw refuseArchive('limit', `The checkpoint has over ${maxBytes} bytes.`);
    files.push({ path, size });
  }
  return { files, totalBytes, archiveBytes: null };
};

/**
 * Downloads a checkpoint into a folder: as one archive, or file by file where the server gives a link for each. What is cut
 * off goes on where it ended, also in another run (its bytes wait in `<to>.partial`); links that run out are signed
 * anew; the key never goes to the store. The folder appears only when everything is there and checked, see
 * {@link extractTar}.
 *
 * @throws TINKER_ARCHIVE, TINKER_TARGET_EXISTS, TINKER_PATH, DOWNLOAD_CORRUPT, DOWNLOAD_BUSY, DOWNLOAD_WRITE,
 * HTTP_STATUS (of the store), and what the calls of the client throw.
 * @example
 * import { createTinkerClient } from '@somakit/tinker';
 * import { downloadCheckpoint } from '@somakit/tinker/node';
 * const { directory } = await downloadCheckpoint({
 *   client: createTinkerClient(),
 *   tinkerPath: 'tinker://5f0c8f0e:train:0/sampler_weights/final',
 *   to: 'adapter',
 *   onProgress: ({ phase, received, size }) => console.log(phase, received, size),
 * });
 */
export const downloadCheckpoint = async (parameters: DownloadCheckpointParameters): Promise<DownloadedCheckpoint> => {
  const { client, tinkerPath, force = false, onProgress, limits = {} } = parameters;
  const { kind } = parseTinkerPath(tinkerPath);
  const via = parameters.via ?? (kind === 'external_weights' ? 'files' : 'archive');
  if (via !== 'archive' && via !== 'files') throw invalidArgument('via', "'archive' or 'files'", via);
  const target = resolve(parameters.to ?? checkpointFolderName(tinkerPath));
  const { clock, random, fetch } = internalsOf(client);
  if (active.has(target)) {
    throw new SomaKitError('DOWNLOAD_BUSY', `${target} is being downloaded already.`, {
      context: { path: target },
      retryable: true,
    });
  }
  active.add(target);
  const scope = openDeadline({
    signal: parameters.signal,
    timeoutMs: parameters.timeoutMs,
    operation: `Downloading ${tinkerPath}`,
    clock,
  });
  // Everything below ends on the signal by itself; waiting for it means that nothing is left running or lying about.
  try {
    return await fetchAll(scope.signal);
  } finally {
    scope.close();
    active.delete(target);
  }

  async function fetchAll(signal: AbortSignal): Promise<DownloadedCheckpoint> {
    await checkTarget(target, force);
    const unmake = await makeParent(target);
    const staging = `${target}.partial`;
    const finished = join(staging, 'files');
    // A store is another host: it gets a client without any credential.
    const http = createHttp({ fetch, clock, random, secretQuery: ['sig', 'x-sig'] });
    const fetchTo: Job['fetchTo'] = async (url, path, file, { filesDone, filesTotal, bytesDone }) => {
      const { size } = await download({
        url,
        to: fileSink(path),
        http,
        clock,
        random,
        signal,
        expected: via === 'archive' ? parameters.expected : undefined,
        maxBytes: limits.maxBytes,
        parallel: parameters.parallel,
        onRetry: parameters.onRetry,
        onProgress: ({ received, size: whole, resumed, bytesPerSecond }: DownloadProgress) =>
          onProgress?.({
            phase: 'download',
            file,
            received: bytesDone + received,
            size: file === undefined ? whole : undefined,
            resumed,
            bytesPerSecond,
            filesDone,
            filesTotal,
          }),
      });
      return size;
    };
    try {
      await mkdir(staging, { recursive: true });
      const job: Job = { parameters, signal, staging, finished, fetchTo };
      const { files, totalBytes, archiveBytes } = await (via === 'archive' ? viaArchive(job) : viaFiles(job));
      await moveInto(finished, target);
      await rm(staging, { recursive: true, force: true });
      const complete = files.some(({ path }) => path.split('/').at(-1) === 'checkpoint_complete');
      return { directory: target, via, files, totalBytes, archiveBytes, complete };
    } catch (error) {
      if (!isResumable(error) || !(await hasFiles(staging))) await rm(staging, { recursive: true, force: true });
      if (!(await exists(staging))) await unmake();
      throw error;
    }
  }
};
