import { constants, createReadStream } from 'node:fs';
import { mkdir, open, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { invalidArgument, isError, randomUuid, throwIfAborted } from '@somakit/core';
import { extract as createExtract, type Header as EntryHeader } from 'tar-stream';
import { checkEntryName, createNameBook, refuseArchive } from './entry-name.js';
import { checkTarget, makeParent, moveInto } from './folder.js';

/** What an archive may hold at most. */
export interface ArchiveLimits {
  /** All files together, unpacked. Default 256 GiB. */
  readonly maxBytes?: number | undefined;
  /** Files and folders. Default 10,000. */
  readonly maxEntries?: number | undefined;
}

/** A file that was written, relative to its folder, with `/` between parts. */
export interface WrittenFile {
  readonly path: string;
  readonly size: number;
}

export interface ExtractTarParameters {
  /** The archive: plain or gzip. */
  readonly archive: string;
  /** The folder to make. */
  readonly to: string;
  /** Replaces `to` once everything is there. Default: refuses when it exists. */
  readonly force?: boolean | undefined;
  readonly limits?: ArchiveLimits | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Hears of each file when it is written. */
  readonly onFile?: ((file: WrittenFile) => void) | undefined;
}

export interface ExtractedTar {
  readonly directory: string;
  readonly files: readonly WrittenFile[];
  readonly totalBytes: number;
}

const DEFAULTS = { maxBytes: 256 * 2 ** 30, maxEntries: 10_000 };
// Blocks of headers and padding, over what the files hold.
const BYTES_PER_ENTRY = 16 * 1024;

const MAGIC: readonly (readonly [string, readonly number[]])[] = [
  ['bzip2', [0x42, 0x5a, 0x68]],
  ['xz', [0xfd, 0x37, 0x7a, 0x58, 0x5a]],
  ['zstd', [0x28, 0xb5, 0x2f, 0xfd]],
  ['zip', [0x50, 0x4b, 0x03, 0x04]],
];

/** The archive's bytes, decompressed. */
const openArchive = async (path: string): Promise<Readable> => {
  const file = await open(path, 'r');
  const head = new Uint8Array(6);
  try {
    await file.read(head, 0, head.length, 0);
  } finally {
    await file.close();
  }
  for (const [name, magic] of MAGIC) {
    if (magic.every((byte, i) => head[i] === byte)) {
      throw refuseArchive('compression', `The archive is packed with ${name}.`, {
        hint: 'Only plain and gzip archives are read.',
      });
    }
  }
  const source = createReadStream(path, { highWaterMark: 2 ** 20 });
  if (head[0] !== 0x1f || head[1] !== 0x8b) return source;
  const gunzip = createGunzip({ chunkSize: 2 ** 18 });
  source.on('error', (error) => gunzip.destroy(error));
  gunzip.on('close', () => source.destroy());
  return source.pipe(gunzip);
};

const checkKind = (header: EntryHeader): 'file' | 'folder' => {
  const { name: entry, type } = header;
  const shown = JSON.stringify(entry.slice(0, 300));
  if (type === 'symlink' || type === 'link') throw refuseArchive('link', `${shown} is a link.`, { entry });
  if (type === 'character-device' || type === 'block-device' || type === 'fifo') {
    throw refuseArchive('device', `${shown} is a device or a pipe.`, { entry });
  }
  if (type === 'directory') return 'folder';
  const isSparse = Object.keys(header.pax ?? {}).some((key) => key.startsWith('GNU.sparse'));
  if ((type === 'file' || type === 'contiguous-file') && !isSparse) return 'file';
  throw refuseArchive('type', `${shown} is neither a file nor a folder.`, { entry });
};

const EXCLUSIVE = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | (constants.O_NOFOLLOW ?? 0);

/** Writes everything into `folder`, which is new and ours alone. */
const unpack = async (folder: string, { archive, limits = {}, signal, onFile }: ExtractTarParameters) => {
  const { maxBytes = DEFAULTS.maxBytes, maxEntries = DEFAULTS.maxEntries } = limits;
  for (const [name, value] of Object.entries({ maxBytes, maxEntries })) {
    if (!(value > 0)) throw invalidArgument(`limits.${name}`, 'a number above 0', value);
  }
  const overBytes = (entry?: string) =>
    refuseArchive('limit', `The archive holds over ${maxBytes} bytes.`, entry === undefined ? {} : { entry });
  const source = await openArchive(archive);
  const parser = createExtract();
  let unpacked = 0;
  const feed = async (): Promise<void> => {
    try {
      for await (const chunk of source as AsyncIterable<Uint8Array>) {
        unpacked += chunk.length;
        // A bomb need not have files in it.
        if (unpacked > maxBytes + maxEntries * BYTES_PER_ENTRY) throw overBytes();
        if (parser.destroyed) return;
        if (!parser.write(chunk)) {
          await new Promise<void>((done) => {
            const finish = (): void => {
              parser.off('drain', finish);
              parser.off('close', finish);
              done();
            };
            parser.on('drain', finish);
            parser.on('close', finish);
          });
        }
      }
      parser.end(undefined);
    } catch (error) {
      parser.destroy(error as Error);
    }
  };
  const files: WrittenFile[] = [];
  const names = createNameBook();
  let totalBytes = 0;
  let entries = 0;
  const feeding = feed();
  try {
    for await (const entry of parser) {
      throwIfAborted(signal);
      const { header } = entry;
      const kind = checkKind(header);
      const parts = checkEntryName(header.name);
      entries++;
      if (entries > maxEntries) throw refuseArchive('limit', `The archive holds over ${maxEntries} entries.`);
      if (parts.length === 0) {
        if (kind === 'file') throw refuseArchive('name', 'A file has no name.', { entry: header.name });
        entry.resume();
        continue;
      }
      names.add(parts, kind);
      if (kind === 'folder') {
        await mkdir(join(folder, ...parts), { recursive: true });
        entry.resume();
        continue;
      }
      if (totalBytes + (header.size ?? 0) > maxBytes) throw overBytes(header.name);
      await mkdir(join(folder, ...parts.slice(0, -1)), { recursive: true });
      const file = await open(join(folder, ...parts), EXCLUSIVE, 0o644);
      let size = 0;
      try {
        for await (const part of entry as AsyncIterable<Uint8Array>) {
          throwIfAborted(signal);
          for (let at = 0; at < part.length; ) {
            at += (await file.write(part, at, part.length - at)).bytesWritten;
          }
          size += part.length;
        }
      } finally {
        await file.close();
      }
      if (size !== header.size) throw refuseArchive('damaged', 'The archive is cut off.', { entry: header.name });
      totalBytes += size;
      const written = { path: parts.join('/'), size };
      files.push(written);
      onFile?.(written);
    }
    await feeding;
  } catch (error) {
    if (isError(error)) throw error;
    const { code } = error as { readonly code?: unknown };
    // What the disk says (ENOSPC, EACCES) is no fault of the archive.
    if (typeof code === 'string' && /^E[A-Z]+$/.test(code)) throw error;
    throw refuseArchive('damaged', 'The archive is damaged.', { cause: error });
  } finally {
    parser.destroy();
    source.destroy();
    await feeding;
  }
  if (files.length === 0) throw refuseArchive('empty', 'The archive holds no files.');
  return { files, totalBytes };
};

/**
 * Unpacks a tar archive from a source that is not trusted. Takes files and folders only; refuses links, devices, absolute
 * names, `..`, backslashes, drive letters, names that come twice (in any case), damaged and empty archives, and what is
 * over the limits. Writes into a folder of its own beside `to` and moves that in place at the end: on any failure
 * nothing stays behind. Modes and owners of the archive are ignored.
 *
 * @throws TINKER_ARCHIVE, TINKER_TARGET_EXISTS, ABORTED, INVALID_ARGUMENT; the system's own errors of reading and writing.
 * @example
 * import { extractTar } from '@somakit/tinker/node';
 * const { files } = await extractTar({ archive: 'checkpoint.tar', to: 'checkpoint' });
 */
export const extractTar = async (parameters: ExtractTarParameters): Promise<ExtractedTar> => {
  const target = resolve(parameters.to);
  throwIfAborted(parameters.signal);
  await checkTarget(target, parameters.force ?? false);
  const unmake = await makeParent(target);
  const folder = `${target}.extracting-${randomUuid().slice(0, 8)}`;
  try {
    await mkdir(folder);
    const { files, totalBytes } = await unpack(folder, parameters);
    throwIfAborted(parameters.signal);
    await moveInto(folder, target);
    return { directory: target, files, totalBytes };
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    await unmake();
    throw error;
  }
};
