import { constants } from 'node:fs';
import { type FileHandle, mkdir, open, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { isError, SomaKitError } from '../errors.js';
import type { DownloadState, Sink } from '../http/download/types.js';
import { parseJson } from '../json-parse.js';
import { stringifyJson } from '../json-stringify.js';

// The paths that this process writes now: a lock with our own process id may also be one of a container's earlier life.
const active = new Set<string>();

const reasonOf = (error: unknown): string => {
  const { code } = error as { readonly code?: unknown };
  return typeof code === 'string' ? code : String(error);
};

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return reasonOf(error) === 'EPERM';
  }
};

const busy = (path: string) =>
  new SomaKitError('DOWNLOAD_BUSY', `${path} is being written by another download.`, {
    context: { path },
    retryable: true,
  });

const lock = async (path: string): Promise<void> => {
  if (active.has(path)) throw busy(path);
  active.add(path);
  try {
    for (let i = 0; i < 3; i++) {
      try {
        return await writeFile(`${path}.part.lock`, String(process.pid), { flag: 'wx' });
      } catch (error) {
        if (reasonOf(error) !== 'EEXIST') throw error;
        const pid = Number(await readFile(`${path}.part.lock`, 'utf8').catch(() => ''));
        if (pid !== process.pid && pid > 0 && isAlive(pid)) throw busy(path);
        // Left by a process that died.
        await rm(`${path}.part.lock`, { force: true });
      }
    }
    throw busy(path);
  } catch (error) {
    active.delete(path);
    throw error;
  }
};

const readState = async (path: string): Promise<DownloadState | undefined> => {
  try {
    const state = parseJson(await readFile(path, 'utf8')) as DownloadState & { readonly format?: unknown };
    const numbers = state.done.flat();
    const sound =
      state.format === 1 &&
      typeof state.identity === 'string' &&
      numbers.every((each, i) => Number.isSafeInteger(each) && each >= (numbers[i - 1] ?? 0)) &&
      state.done.every((range) => range.length === 2);
    return sound ? state : undefined;
  } catch {
    // Damaged or not there: the download starts afresh.
    return undefined;
  }
};

/**
 * A file as the place of a download. Bytes go to `<path>.part` in the same folder (made when missing); only a complete and
 * verified file is moved to `path`, over what is there. After a failure or a crash `.part` and the list of what it
 * holds, `.part.json`, stay behind when they can be taken up, and the next download to the same path does so.
 *
 * `open` throws DOWNLOAD_BUSY when another process or call writes to the same path, DOWNLOAD_WRITE when the place cannot be
 * written.
 *
 * @example
 * import { download } from '@somakit/core/http';
 * import { fileSink } from '@somakit/core/node';
 * await download({ url: 'https://example.com/weights', to: fileSink('weights.safetensors') });
 */
export const fileSink = (path: string): Sink<string> => ({
  open: async () => {
    const target = resolve(path);
    const [part, sidecar] = [`${target}.part`, `${target}.part.json`];
    const guard = async <T>(work: () => Promise<T>): Promise<T> => {
      try {
        return await work();
      } catch (error) {
        if (isError(error)) throw error;
        const reason = reasonOf(error);
        throw new SomaKitError('DOWNLOAD_WRITE', `${target} cannot be written: ${reason}.`, {
          context: { path: target, reason },
          cause: error,
        });
      }
    };
    const unlock = async () => {
      active.delete(target);
      await rm(`${target}.part.lock`, { force: true });
    };
    await guard(async () => {
      await mkdir(dirname(target), { recursive: true });
      await lock(target);
    });
    let file: FileHandle;
    let state: DownloadState | undefined;
    try {
      [file, state] = await guard(async (): Promise<[FileHandle, DownloadState | undefined]> => {
        const found = await readState(sidecar);
        if (found !== undefined) {
          // A link in place of the file would lead the bytes elsewhere.
          const opened = await open(part, constants.O_RDWR | constants.O_NOFOLLOW).catch(() => undefined);
          const { size } = (await opened?.stat()) ?? { size: 0 };
          if (opened !== undefined && (found.done.at(-1)?.[1] ?? 0) <= size) return [opened, found];
          await opened?.close();
        }
        await rm(sidecar, { force: true });
        await rm(part, { force: true });
        const flags = constants.O_RDWR | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
        return [await open(part, flags), undefined];
      });
    } catch (error) {
      await unlock();
      throw error;
    }
    const finish = async (work: () => Promise<void>) => {
      try {
        await guard(work);
      } finally {
        await file.close().catch(() => {});
        await unlock();
      }
    };
    return {
      state,
      write: (bytes, offset) =>
        guard(async () => {
          for (let at = 0; at < bytes.length; ) {
            at += (await file.write(bytes, at, bytes.length - at, offset + at)).bytesWritten;
          }
        }),
      read: (offset, length) =>
        guard(async () => {
          const { buffer, bytesRead } = await file.read(new Uint8Array(length), 0, length, offset);
          return buffer.subarray(0, bytesRead);
        }),
      reset: () =>
        guard(async () => {
          await rm(sidecar, { force: true });
          await file.truncate(0);
        }),
      save: (current) =>
        guard(async () => {
          // The list must not promise bytes that a power cut could still take away.
          await file.datasync();
          await writeFile(`${sidecar}.new`, stringifyJson({ format: 1, ...current }), { flush: true });
          await rename(`${sidecar}.new`, sidecar);
        }),
      commit: async (size) => {
        try {
          await finish(async () => {
            await file.truncate(size);
            await file.sync();
            await file.close();
            await rename(part, target);
            await rm(sidecar, { force: true });
          });
        } catch (error) {
          await rm(part, { force: true }).catch(() => {});
          throw error;
        }
        return target;
      },
      close: (keep) =>
        finish(async () => {
          await file.close();
          if (keep) return;
          await rm(sidecar, { force: true });
          await rm(part, { force: true });
        }),
    };
  },
});
