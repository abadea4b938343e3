import { randomBytes } from 'node:crypto';
import { type FileHandle, link, lstat, open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { attempt, fileError, fileExists, systemCode } from './errors.js';

/** How a file is put in its place. */
export interface ReplaceOptions {
  /** Whether a file of that name may be there already. */
  readonly overwrite: boolean;
  /** Rights of the new file, not narrowed by the umask. */
  readonly mode: number;
}

/** All of `bytes`, in as many system calls as it takes. */
export const writeFully = async (handle: FileHandle, bytes: Uint8Array): Promise<void> => {
  for (let at = 0; at < bytes.length; ) at += (await handle.write(bytes, at, bytes.length - at, null)).bytesWritten;
};

const publish = async (temporary: string, target: string, overwrite: boolean): Promise<void> => {
  if (!overwrite) {
    try {
      // Unlike a rename, a link never replaces what somebody else has put there meanwhile.
      await link(temporary, target);
      return;
    } catch (error) {
      if (systemCode(error) === 'EEXIST') throw fileExists(target, error);
    }
    // A file system without links.
    const there = await lstat(target).catch(() => undefined);
    if (there !== undefined) throw fileExists(target);
  }
  await rename(temporary, target);
};

/**
 * Makes a file so that its name shows all of it or nothing: `fill` writes to an exclusive temporary name in the same
 * folder, which is flushed to disk and then renamed. Whatever fails, the old file is intact and the temporary one gone.
 * @throws FILE_EXISTS, FILE_NOT_FOUND (no such folder), FILE_ACCESS, and what `fill` throws.
 */
export const replaceFile = async <T>(
  target: string,
  { overwrite, mode }: ReplaceOptions,
  fill: (handle: FileHandle) => Promise<T>,
): Promise<T> => {
  const folder = dirname(target);
  const temporary = join(folder, `.somakit-${randomBytes(8).toString('hex')}.tmp`);
  const handle = await attempt('write into', folder, () => open(temporary, 'wx', 0o600));
  try {
    let result: T;
    try {
      result = await fill(handle);
      await handle.chmod(mode);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await publish(temporary, target, overwrite);
    await syncFolder(folder);
    return result;
  } catch (error) {
    throw fileError(error, 'write', target);
  } finally {
    // Gone already after a rename; after a link it is the second name.
    await rm(temporary, { force: true }).catch(() => {});
  }
};

/** Makes the new name itself durable. Not every platform can open a folder; the file is complete either way. */
const syncFolder = async (folder: string): Promise<void> => {
  try {
    const handle = await open(folder, 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch {}
};
