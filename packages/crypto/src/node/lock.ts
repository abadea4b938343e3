import { open, readFile, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { SomaKitError, sleep } from '@somakit/core';
import { attempt, fileError, systemCode } from './errors.js';

declare module '@somakit/core' {
  interface ErrorContexts {
    /** Another writer has the keystore, or the file that `updateFile` changes. `pid` is its process on this machine, where that is known. */
    KEYSTORE_LOCKED: { readonly path: string; readonly lockPath: string; readonly pid: number | undefined };
  }
}

/** Milliseconds between two tries. */
const TURN = 20;

interface Holder {
  readonly pid: number;
  readonly host: string;
}

const holderOf = async (lockPath: string): Promise<Holder | undefined> => {
  try {
    const { pid, host } = JSON.parse(await readFile(lockPath, 'utf8')) as Partial<Holder>;
    return typeof pid === 'number' && typeof host === 'string' ? { pid, host } : undefined;
  } catch {
    // Being written, being removed, or not ours.
    return undefined;
  }
};

const isDead = ({ pid, host }: Holder): boolean => {
  if (host !== hostname()) return false;
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return systemCode(error) === 'ESRCH';
  }
};

const create = async (lockPath: string): Promise<boolean> => {
  try {
    const handle = await open(lockPath, 'wx', 0o600);
    try {
      await handle.writeFile(JSON.stringify({ pid: process.pid, host: hostname() }));
      return true;
    } catch (error) {
      await rm(lockPath, { force: true }).catch(() => {});
      throw error;
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (systemCode(error) === 'EEXIST') return false;
    throw fileError(error, 'lock', lockPath);
  }
};

/** Removes the lock of a process that is gone. Two that try at once cannot remove a new lock: one of them waits. */
const clearDead = async (lockPath: string): Promise<boolean> => {
  const holder = await holderOf(lockPath);
  if (holder === undefined || !isDead(holder)) return false;
  const guard = `${lockPath}.clear`;
  if (!(await create(guard))) return false;
  try {
    const still = await holderOf(lockPath);
    if (still === undefined || !isDead(still)) return false;
    await attempt('unlock', lockPath, () => rm(lockPath, { force: true }));
    return true;
  } finally {
    await rm(guard, { force: true });
  }
};

/**
 * Runs `run` as the only writer of `path`, by a file beside it (`PATH.lock`). The lock of a process that has died on
 * this machine is taken over.
 * @throws KEYSTORE_LOCKED (retryable) when another writer has it and `timeoutMs` is over, ABORTED, FILE_NOT_FOUND, FILE_ACCESS
 */
export const withLock = async <T>(path: string, timeoutMs: number, run: () => Promise<T>): Promise<T> => {
  const lockPath = `${path}.lock`;
  let turns = Math.ceil(timeoutMs / TURN);
  while (!(await create(lockPath))) {
    if (await clearDead(lockPath)) continue;
    if (turns-- <= 0) {
      const pid = (await holderOf(lockPath))?.pid;
      throw new SomaKitError(
        'KEYSTORE_LOCKED',
        `${path} is being written by ${pid === undefined ? 'another process' : `process ${pid}`}.`,
        {
          context: { path, lockPath, pid },
          hint: `Try again, or set lockTimeoutMs. If no program writes the file, delete ${lockPath}.`,
          retryable: true,
        },
      );
    }
    await sleep(TURN);
  }
  try {
    return await run();
  } finally {
    await rm(lockPath, { force: true }).catch(() => {});
  }
};
