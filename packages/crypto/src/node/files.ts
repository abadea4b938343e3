import { type BigIntStats, constants } from 'node:fs';
import { type FileHandle, lstat, open, stat } from 'node:fs/promises';
import {
  type Digest,
  invalidArgument,
  kindOf,
  parseDigest,
  SomaKitError,
  throwIfAborted,
  toBase58,
} from '@somakit/core';
import { createHasher } from '../hash/index.js';
import type { Progress } from '../internal/chunks.js';
import { createWeightCipher, generateWeightKey, weightKeyBytes } from '../weights.js';
import { attempt, fileError, fileExists, notAFile, systemCode } from './errors.js';
import { replaceFile, writeFully } from './replace.js';

/** Bytes of one read: about a millisecond of work, and few enough that the memory stays small. */
const PIECE = 1024 * 1024;
const MAX_PIECE = 64 * PIECE;

/** What every call on a file takes. */
export interface FileCallOptions {
  readonly signal?: AbortSignal | undefined;
  /** Called after each piece of about a megabyte. What it throws ends the call. */
  readonly onProgress?: ((progress: Progress) => void) | undefined;
  /** Bytes read at once, 1 to 67,108,864; a mebibyte when left out. The result is the same for all. */
  readonly pieceBytes?: number | undefined;
}

/** A file's hash and length. */
export interface FileChecksum {
  /** Base58 of the file's `blake2b256`. */
  readonly checksum: Digest;
  /** Bytes. */
  readonly size: number;
}

interface Source {
  readonly path: string;
  readonly handle: FileHandle;
  readonly stats: BigIntStats;
}

const checkPath = (argument: string, path: unknown): void => {
  if (typeof path !== 'string') throw invalidArgument(argument, 'the path of a file', kindOf(path));
  if (path === '' || path.includes('\0')) throw invalidArgument(argument, 'the path of a file', path);
};

const checkCall = ({ signal, pieceBytes = PIECE }: FileCallOptions, operation: string): void => {
  if (!Number.isInteger(pieceBytes) || pieceBytes < 1 || pieceBytes > MAX_PIECE) {
    throw invalidArgument('pieceBytes', `a whole number of 1 to ${MAX_PIECE}`, pieceBytes);
  }
  throwIfAborted(signal, operation);
};

const withSource = async <T>(path: string, use: (source: Source) => Promise<T>): Promise<T> => {
  // Non-blocking, because to open a pipe would otherwise wait for its writer.
  const handle = await attempt('read', path, () => open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0)));
  try {
    const stats = await attempt('read', path, () => handle.stat({ bigint: true }));
    if (!stats.isFile()) throw notAFile(path);
    return await use({ path, handle, stats });
  } finally {
    await handle.close();
  }
};

/** Hands every piece of the file to `take`, the next one being read meanwhile. */
const forEachPiece = async (
  { path, handle, stats }: Source,
  { signal, onProgress, pieceBytes = PIECE }: FileCallOptions,
  operation: string,
  take: (piece: Uint8Array) => Promise<void> | void,
): Promise<number> => {
  const total = Number(stats.size);
  const buffers = [Buffer.allocUnsafeSlow(pieceBytes), Buffer.allocUnsafeSlow(pieceBytes)] as const;
  let done = 0;
  const read = (turn: number) => {
    const reading = handle.read(buffers[turn & 1]!, 0, pieceBytes, null);
    // It is awaited later, or not at all when the call ends before.
    reading.catch(() => {});
    return reading;
  };
  let reading = read(0);
  try {
    for (let turn = 0; ; turn++) {
      throwIfAborted(signal, operation);
      const { bytesRead } = await attempt('read', path, () => reading);
      if (bytesRead === 0) break;
      reading = read(turn + 1);
      await take(buffers[turn & 1]!.subarray(0, bytesRead));
      done += bytesRead;
      onProgress?.({ done, total });
    }
  } finally {
    await reading.catch(() => {});
  }
  if (done !== total) {
    throw new SomaKitError('FILE_CHANGED', `${path} changed while it was read: ${done} bytes instead of ${total}.`, {
      context: { path, expected: total, received: done },
      retryable: true,
    });
  }
  throwIfAborted(signal, operation);
  return done;
};

/**
 * The checksum of a file, whatever its size, in constant memory.
 *
 * @throws FILE_NOT_FOUND, NOT_A_FILE, FILE_ACCESS, FILE_CHANGED, ABORTED
 * @example
 * import { hashFile } from '@somakit/crypto/node';
 * const { checksum, size } = await hashFile('model.safetensors');
 */
export const hashFile = async (path: string, options: FileCallOptions = {}): Promise<FileChecksum> => {
  checkPath('path', path);
  checkCall(options, 'hashFile');
  return withSource(path, async (source) => {
    const hasher = createHasher();
    const size = await forEachPiece(source, options, 'hashFile', (piece) => void hasher.update(piece));
    return { checksum: toBase58(hasher.digest()) as Digest, size };
  });
};

/** Where the file cipher reads and writes. */
export interface FileCipherParameters extends FileCallOptions {
  readonly from: string;
  /** Must be another file than `from`. Appears under this name only when it is complete. */
  readonly to: string;
  /** Whether a file `to` may be replaced. False when left out. */
  readonly overwrite?: boolean | undefined;
}

/** @throws SAME_FILE, FILE_EXISTS, NOT_A_FILE */
const checkTarget = async ({ path, stats }: Source, to: string, overwrite: boolean): Promise<void> => {
  const examine = (look: typeof lstat) =>
    look(to, { bigint: true }).catch((error: unknown) => {
      if (systemCode(error) === 'ENOENT') return undefined;
      throw fileError(error, 'write', to);
    });
  const target = await examine(stat as typeof lstat);
  if (target !== undefined && target.ino === stats.ino && target.dev === stats.dev) {
    throw new SomaKitError('SAME_FILE', `${path} cannot be read and written at once.`, {
      context: { from: path, to },
      hint: 'Write to another name, and rename afterwards.',
    });
  }
  // A link to nowhere counts as well.
  if (!overwrite && (await examine(lstat)) !== undefined) throw fileExists(to);
  if (target !== undefined && !target.isFile()) throw notAFile(to);
};

interface CipherRun extends FileCipherParameters {
  readonly operation: string;
  readonly key: string | Uint8Array;
  /** Which side of the cipher holds the encrypted bytes, the ones that are hashed. */
  readonly hashed: 'input' | 'output';
  readonly expected?: Digest | undefined;
}

const cipherFile = async (run: CipherRun): Promise<FileChecksum> => {
  const { from, to, operation, key, hashed, expected, overwrite = false } = run;
  checkPath('from', from);
  checkPath('to', to);
  checkCall(run, operation);
  const cipher = createWeightCipher(key);
  return withSource(from, async (source) => {
    await checkTarget(source, to, overwrite);
    const mode = Number(source.stats.mode & 0o777n);
    return replaceFile(to, { overwrite, mode }, async (target) => {
      const hasher = createHasher();
      let writing: Promise<void> = Promise.resolve();
      let size: number;
      try {
        size = await forEachPiece(source, run, operation, async (piece) => {
          const output = cipher.update(piece);
          hasher.update(hashed === 'input' ? piece : output);
          // The piece before was written meanwhile.
          await writing;
          writing = writeFully(target, output);
          writing.catch(() => {});
        });
      } finally {
        await writing.catch(() => {});
      }
      await writing;
      const checksum = toBase58(hasher.digest()) as Digest;
      if (expected !== undefined && checksum !== expected) {
        throw new SomaKitError('FILE_CHECKSUM_MISMATCH', `${from} has the checksum ${checksum}, not ${expected}.`, {
          context: { path: from, expected, received: checksum },
          hint: 'The file is damaged, or another one: fetch it again.',
        });
      }
      return { checksum, size };
    });
  });
};

/**
 * Encrypts model weights from file to file as `encryptWeights` does in memory. One pass: cipher and hash together,
 * constant memory. The file appears under its name complete and flushed to disk, with the rights of `from`, or not at
 * all: on any failure or abort nothing is left behind.
 *
 * @returns The key in Base58 (a new random one when none is given), and of the encrypted file the checksum, which is the weights
 * commitment, and the size.
 * @throws FILE_NOT_FOUND, FILE_EXISTS, SAME_FILE, NOT_A_FILE, FILE_ACCESS, FILE_CHANGED, INVALID_WEIGHT_KEY, ABORTED
 * @example
 * import { encryptFile } from '@somakit/crypto/node';
 * const { key, checksum, size } = await encryptFile({ from: 'model.safetensors', to: 'model.enc' });
 */
export const encryptFile = async (
  parameters: FileCipherParameters & { readonly key?: string | Uint8Array | undefined },
): Promise<FileChecksum & { readonly key: Digest }> => {
  const key = parameters.key === undefined ? generateWeightKey() : (toBase58(weightKeyBytes(parameters.key)) as Digest);
  const result = await cipherFile({ ...parameters, operation: 'encryptFile', key, hashed: 'output' });
  return { key, ...result };
};

/**
 * Decrypts model weights from file to file, in one pass and constant memory, all or nothing as {@link encryptFile}. A
 * wrong key is not noticed; wrong bytes are when `checksum` is given, and then no file appears.
 *
 * @param parameters `checksum`: the expected checksum of the encrypted file (weights commitment, manifest checksum).
 * @returns Checksum of the encrypted file, and its size, which is the decrypted one's too.
 * @throws FILE_CHECKSUM_MISMATCH, FILE_NOT_FOUND, FILE_EXISTS, SAME_FILE, NOT_A_FILE, FILE_ACCESS, FILE_CHANGED, INVALID_WEIGHT_KEY,
 * INVALID_DIGEST, ABORTED
 * @example
 * import { decryptFile } from '@somakit/crypto/node';
 * const open = (key: string, checksum: string) => decryptFile({ from: 'model.enc', to: 'model.safetensors', key, checksum });
 */
export const decryptFile = async ({
  checksum,
  ...parameters
}: FileCipherParameters & {
  readonly key: string | Uint8Array;
  readonly checksum?: string | Uint8Array | undefined;
}): Promise<FileChecksum> =>
  cipherFile({
    ...parameters,
    operation: 'decryptFile',
    hashed: 'input',
    expected: checksum === undefined ? undefined : parseDigest(checksum),
  });
