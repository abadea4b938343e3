import { SomaKitError } from '@somakit/core';

declare module '@somakit/core' {
  interface ErrorContexts {
    /** A file or folder is not there. */
    FILE_NOT_FOUND: { readonly path: string; readonly operation: string };
    /** The file to write is there already. */
    FILE_EXISTS: { readonly path: string };
    /** A path names something else than a regular file: a folder, a pipe, a device. */
    NOT_A_FILE: { readonly path: string };
    /** The file to read and the file to write are one. */
    SAME_FILE: { readonly from: string; readonly to: string };
    /** The file grew or shrank while it was read. */
    FILE_CHANGED: { readonly path: string; readonly expected: number; readonly received: number };
    /** The file's hash is not the expected one: it is damaged, or another file. */
    FILE_CHECKSUM_MISMATCH: { readonly path: string; readonly expected: string; readonly received: string };
    /** The system refused an operation on a file: rights, a full disk, a folder in the way. `reason` is its code. */
    FILE_ACCESS: { readonly path: string; readonly operation: string; readonly reason: string };
  }
}

/** The code of a failed system call, or undefined for other errors. */
export const systemCode = (error: unknown): string | undefined => {
  if (!(error instanceof Error)) return undefined;
  const { code, syscall } = error as NodeJS.ErrnoException;
  return typeof code === 'string' && typeof syscall === 'string' ? code : undefined;
};

const HINTS: Partial<Record<string, string>> = {
  EACCES: 'Check the rights of the file and of the folders above it.',
  EPERM: 'Check the rights of the file and of the folders above it.',
  ENOSPC: 'The disk is full.',
  EDQUOT: 'The disk quota is used up.',
  EROFS: 'The file system is read-only.',
};

/** The typed error for a failed system call; any other error as it is. */
export const fileError = (error: unknown, operation: string, path: string): unknown => {
  const reason = systemCode(error);
  if (reason === undefined) return error;
  if (reason === 'ENOENT') {
    return new SomaKitError('FILE_NOT_FOUND', `Cannot ${operation} ${path}: it is not there.`, {
      context: { path, operation },
      cause: error,
    });
  }
  if (reason === 'EEXIST') return fileExists(path, error);
  return new SomaKitError('FILE_ACCESS', `Cannot ${operation} ${path}: ${reason}.`, {
    context: { path, operation, reason },
    hint: HINTS[reason],
    cause: error,
  });
};

/** @see ErrorContexts.FILE_EXISTS */
export const fileExists = (path: string, cause?: unknown) =>
  new SomaKitError('FILE_EXISTS', `${path} exists already.`, {
    context: { path },
    hint: 'Pass overwrite: true to replace it.',
    cause,
  });

/** @see ErrorContexts.NOT_A_FILE */
export const notAFile = (path: string) =>
  new SomaKitError('NOT_A_FILE', `${path} is not a regular file.`, { context: { path } });

/** Runs a system call with its errors typed. */
export const attempt = async <T>(operation: string, path: string, run: () => Promise<T>): Promise<T> => {
  try {
    return await run();
  } catch (error) {
    throw fileError(error, operation, path);
  }
};
