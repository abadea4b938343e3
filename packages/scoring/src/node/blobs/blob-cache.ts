import { mkdir, readdir, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { isError, raceSignal, sleep, throwIfAborted, toHex } from '@somakit/core';
import { download, type Fetch } from '@somakit/core/http';
import { fileSink } from '@somakit/core/node';
import { blake2b256, createHasher } from '@somakit/crypto';
import { decryptFile } from '@somakit/crypto/node';
import { contentMismatch } from '../errors.js';
import { decryptingSink } from './decrypting-sink.js';

/** A blob by its manifest: what it must be, and where it is. */
interface BlobRequest {
  readonly url: string;
  /** Base58 of the Blake2b-256 of the bytes as served. */
  readonly checksum: string;
  readonly digest: Uint8Array;
  readonly size: number;
  /** The weight cipher's key, for encrypted weights. */
  readonly key?: Uint8Array | undefined;
  readonly kind: 'data' | 'weights';
}

export interface BlobCacheOptions {
  readonly folder: string;
  readonly budgetBytes: number;
  readonly fetch: Fetch;
  readonly onEvent?: ((event: 'hit' | 'miss' | 'evicted') => void) | undefined;
}

/** Blobs on disk by checksum and key. */
export interface BlobCache {
  /**
   * The path of the blob, complete and verified, decrypted when it has a key. Callers at once share one download. The file stays
   * until `release`.
   */
  acquire(
    request: BlobRequest,
    signal: AbortSignal,
    check: (path: string) => Promise<void>,
  ): Promise<{ readonly path: string; release(): void }>;
  /** Decrypts a local file into the cache. */
  acquireDecrypted(
    source: { readonly path: string; readonly checksum: string; readonly key: Uint8Array },
    signal: AbortSignal,
    check: (path: string) => Promise<void>,
  ): Promise<{ readonly path: string; release(): void }>;
}

interface Task {
  readonly done: Promise<void>;
  readonly controller: AbortController;
  waiters: number;
}

const BUSY_POLL_MS = 250;

const sizeOf = async (path: string): Promise<number | undefined> => {
  try {
    const stats = await stat(path);
    return stats.isFile() ? stats.size : undefined;
  } catch {
    return undefined;
  }
};

export const createBlobCache = ({ folder, budgetBytes, fetch, onEvent }: BlobCacheOptions): BlobCache => {
  const tasks = new Map<string, Task>();
  const pinned = new Map<string, number>();

  const pin = (path: string): (() => void) => {
    pinned.set(path, (pinned.get(path) ?? 0) + 1);
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      const left = pinned.get(path)! - 1;
      if (left === 0) pinned.delete(path);
      else pinned.set(path, left);
    };
  };

  // Bytes in the folder as far as we know; other processes may have added some.
  let total: number | undefined;
  /** Looks through the folder only when there may be too much in it. */
  const makeRoom = async (added: number): Promise<void> => {
    if (total !== undefined) {
      total += added;
      if (total <= budgetBytes) return;
    }
    await evict();
  };

  const evict = async (): Promise<void> => {
    const files: { path: string; size: number; used: number }[] = [];
    for (const kind of ['data', 'weights', 'screen']) {
      for (const name of await readdir(join(folder, kind)).catch(() => [] as string[])) {
        // What is still being made has a second suffix.
        if (name.includes('.part') || name.includes('.tmp')) continue;
        const path = join(folder, kind, name);
        const stats = await stat(path).catch(() => undefined);
        if (stats !== undefined) files.push({ path, size: stats.size, used: stats.mtimeMs });
      }
    }
    let left = files.reduce((sum, { size }) => sum + size, 0);
    files.sort((a, b) => a.used - b.used);
    for (const { path, size } of files) {
      if (left <= budgetBytes) break;
      if (pinned.has(path)) continue;
      await rm(path, { force: true });
      left -= size;
      onEvent?.('evicted');
    }
    total = left;
  };

  // One maker for all who wait; it ends when the last one has gone.
  const shared = async (path: string, signal: AbortSignal, make: (signal: AbortSignal) => Promise<void>) => {
    throwIfAborted(signal);
    let task = tasks.get(path);
    if (task === undefined) {
      const controller = new AbortController();
      const made: Task = { done: make(controller.signal), controller, waiters: 0 };
      const forget = () => {
        if (tasks.get(path) === made) tasks.delete(path);
      };
      made.done.then(forget, forget);
      tasks.set(path, made);
      task = made;
    }
    task.waiters += 1;
    const { done, controller } = task;
    try {
      await raceSignal(signal, () => done);
    } finally {
      task.waiters -= 1;
      if (task.waiters === 0) {
        if (tasks.get(path) === task) tasks.delete(path);
        controller.abort();
        // So that the next caller does not meet the files of this one.
        await done.catch(() => {});
      }
    }
  };

  const fetchTo = async (path: string, { url, digest, size, key }: BlobRequest, signal: AbortSignal): Promise<void> => {
    for (;;) {
      try {
        await download({
          url,
          to: key === undefined ? fileSink(path) : decryptingSink(fileSink(path), key),
          expected: { size, digest, hash: createHasher },
          maxBytes: Math.max(size, 1),
          headers: { 'user-agent': 'SOMA (Blob Client)' },
          fetch,
          signal,
          retry: { attempts: 3, budgetMs: 60_000 },
        });
        return;
      } catch (error) {
        if (!isError(error) || (error.code as string) !== 'DOWNLOAD_BUSY') throw error;
        // Another process is at it: its result will do.
        await sleep(BUSY_POLL_MS, { signal });
        if ((await sizeOf(path)) === size) return;
      }
    }
  };

  const keyId = (key: Uint8Array): string => toHex(blake2b256(key)).slice(0, 24);

  const use = async (path: string, added: number, check: (path: string) => Promise<void>) => {
    const release = pin(path);
    try {
      await check(path);
    } catch (error) {
      release();
      // Nothing unusable stays.
      if (!pinned.has(path)) await rm(path, { force: true });
      throw error;
    }
    const now = new Date();
    await utimes(path, now, now).catch(() => {});
    await makeRoom(added);
    return { path, release };
  };

  const remake = async (
    path: string,
    size: number,
    signal: AbortSignal,
    make: (signal: AbortSignal) => Promise<void>,
  ): Promise<number> => {
    const known = await sizeOf(path);
    onEvent?.(known === size ? 'hit' : 'miss');
    if (known === size) return 0;
    if (known !== undefined) await rm(path, { force: true });
    await shared(path, signal, make);
    return size;
  };

  return {
    async acquire(request, signal, check) {
      const { checksum, size, key, kind } = request;
      const place = join(folder, kind);
      await mkdir(place, { recursive: true });
      const path = join(place, key === undefined ? checksum : `${checksum}.${keyId(key)}`);
      const known = await sizeOf(path);
      if (known !== undefined && known !== size)
        throw contentMismatch('size', request.url, String(size), String(known));
      const added = await remake(path, size, signal, (inner) => fetchTo(path, request, inner));
      return use(path, added, check);
    },
    async acquireDecrypted({ path, checksum, key }, signal, check) {
      const place = join(folder, 'weights');
      await mkdir(place, { recursive: true });
      const plain = join(place, `${checksum}.${keyId(key)}`);
      const size = (await sizeOf(path)) ?? -1;
      const added = await remake(plain, size, signal, async (inner) => {
        await decryptFile({ from: path, to: plain, key, checksum, overwrite: true, signal: inner });
      });
      return use(plain, added, check);
    },
  };
};
