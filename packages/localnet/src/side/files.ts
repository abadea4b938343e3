import { mkdtemp, rm } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Manifest } from '@somakit/bcs';
import { fromHex, isError, SomaKitError, toBase58 } from '@somakit/core';
import { download } from '@somakit/core/http';
import { fileSink } from '@somakit/core/node';
import { createHasher } from '@somakit/crypto';
import { sendRange } from '@somakit/rpc/node';

const TIMEOUT_MS = 30_000;

/** A published file, checked against its manifest, on this machine. */
export interface PublishedFile {
  readonly path: string;
  /** Bytes. */
  readonly size: number;
}

/** Published files, fetched when they are asked for. */
export interface PublishedFiles {
  /** Requests for one file at the same time share its download. Rejects with what core's `download` throws. */
  get(manifest: Manifest): Promise<PublishedFile>;
  /** Removes them all. */
  close(): Promise<void>;
}

export interface PublishedFilesOptions {
  /** Largest file that is fetched. */
  readonly maxBytes: number;
  /** The longest unused go when there is more. */
  readonly keptBytes: number;
}

/** A folder of its own for published files, made with the first of them. */
export const createPublishedFiles = ({ maxBytes, keptBytes }: PublishedFilesOptions): PublishedFiles => {
  let folder: Promise<string> | undefined;
  let names = 0;
  const stopped = new AbortController();
  /** By checksum, the longest unused first. */
  const kept = new Map<string, PublishedFile>();
  const running = new Map<string, Promise<PublishedFile>>();

  const makeRoom = async (): Promise<void> => {
    let sum = 0;
    for (const { size } of kept.values()) sum += size;
    for (const [checksum, { path, size }] of kept) {
      if (sum <= keptBytes || kept.size === 1) return;
      kept.delete(checksum);
      sum -= size;
      // Who reads it has it open.
      await rm(path, { force: true });
    }
  };
  const fetchFile = async ({ url, checksum, size }: Manifest): Promise<PublishedFile> => {
    if (size > maxBytes) {
      throw new SomaKitError('HTTP_TOO_LARGE', `the file has ${size} bytes, the limit is ${maxBytes} bytes`, {
        context: { method: 'GET', url, attempts: 0, limit: maxBytes },
      });
    }
    folder ??= mkdtemp(join(tmpdir(), 'somakit-files-'));
    const path = join(await folder, String(names++));
    await download({
      url,
      to: fileSink(path),
      expected: { size: Number(size), digest: checksum, hash: createHasher },
      timeoutMs: TIMEOUT_MS,
      maxBytes,
      // One attempt, as a validator makes it.
      retry: { attempts: 1 },
      signal: stopped.signal,
    });
    const file = { path, size: Number(size) };
    kept.set(checksum, file);
    await makeRoom();
    return file;
  };
  return {
    get: (manifest) => {
      const { checksum, url } = manifest;
      const known = kept.get(checksum);
      if (known !== undefined) {
        kept.delete(checksum);
        kept.set(checksum, known);
        return Promise.resolve(known);
      }
      const key = `${checksum} ${url}`;
      const started = running.get(key);
      if (started !== undefined) return started;
      const fetching = fetchFile(manifest);
      running.set(key, fetching);
      const forget = () => running.delete(key);
      fetching.then(forget, forget);
      return fetching;
    },
    close: async () => {
      stopped.abort();
      await Promise.allSettled(running.values());
      kept.clear();
      if (folder !== undefined) await rm(await folder, { recursive: true, force: true });
    },
  };
};

/** Why a file could not be fetched, in the words of the reference's blob errors. Source: blobs/src/downloader. */
export const failureText = (error: unknown): string => {
  if (isError(error, 'DOWNLOAD_CORRUPT')) {
    const { what, expected, received } = error.context;
    return what === 'digest'
      ? `checksum mismatch: expected ${expected}, computed ${/^[0-9a-f]{64}$/.test(received) ? toBase58(fromHex(received)) : received}`
      : `size mismatch: expected ${expected} bytes, got ${received} bytes`;
  }
  if (isError(error, 'HTTP_STATUS')) return `HTTP ${error.context.status} from ${error.context.url}`;
  return isError(error) ? error.message : 'the file cannot be fetched';
};

/** Answers GET and HEAD with a file or one range of it. */
export const sendFile = async (
  { path, size }: PublishedFile,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> => {
  try {
    await sendRange({ data: { path }, size }, request, response);
  } catch {
    // The reader has gone away.
    response.destroy();
  }
};
