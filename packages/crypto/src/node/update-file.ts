import { readFile } from 'node:fs/promises';
import { attempt, systemCode } from './errors.js';
import { realPathOf } from './keystore-files.js';
import { withLock } from './lock.js';
import { replaceFile, writeFully } from './replace.js';

/** How {@link updateFile} writes. */
export interface UpdateFileOptions {
  /** Rights of the file afterwards. 0600 when left out. */
  readonly mode?: number | undefined;
  /** Milliseconds to wait for another writer. 0 when left out: it fails at once. */
  readonly lockTimeoutMs?: number | undefined;
}

const readIfThere = async (path: string): Promise<Uint8Array | undefined> => {
  try {
    return await readFile(path);
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    return await attempt('read', path, () => Promise.reject(error));
  }
};

/**
 * Changes a small file as the keystore changes its own: locked, read anew, replaced as a whole. `change` is given the
 * bytes, undefined when there is no file, and gives the new ones; undefined leaves the file as it is. Follows links.
 *
 * @throws KEYSTORE_LOCKED FILE_NOT_FOUND (no such folder) FILE_ACCESS, and what `change` throws
 * @example
 * import { updateFile } from '@somakit/crypto/node';
 * await updateFile('counter', {}, (bytes) => {
 *   const count = bytes === undefined ? 0 : Number(new TextDecoder().decode(bytes));
 *   return new TextEncoder().encode(String(count + 1));
 * });
 */
export const updateFile = async (
  path: string,
  { mode = 0o600, lockTimeoutMs = 0 }: UpdateFileOptions,
  change: (bytes: Uint8Array | undefined) => Uint8Array | undefined | Promise<Uint8Array | undefined>,
): Promise<void> => {
  const target = await realPathOf(path);
  await withLock(target, lockTimeoutMs, async () => {
    const bytes = await change(await readIfThere(target));
    if (bytes !== undefined)
      await replaceFile(target, { overwrite: true, mode }, (handle) => writeFully(handle, bytes));
  });
};
