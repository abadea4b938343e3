import { SomaKitError } from '@somakit/core';

/** Why an archive or a list of files is not written to disk. */
export type ArchiveReason =
  | 'name'
  | 'link'
  | 'device'
  | 'type'
  | 'duplicate'
  | 'limit'
  | 'damaged'
  | 'empty'
  | 'compression';

declare module '@somakit/core' {
  interface ErrorContexts {
    /** The place where something is to be written is taken. */
    TINKER_TARGET_EXISTS: { readonly path: string };
    /** An archive or a file name from a server is damaged or would do what it must not. Nothing of it stays on disk. */
    TINKER_ARCHIVE: { readonly reason: ArchiveReason; readonly entry?: string };
  }
}

export const refuseArchive = (
  reason: ArchiveReason,
  message: string,
  { entry, hint, cause }: { entry?: string; hint?: string; cause?: unknown } = {},
): SomaKitError<'TINKER_ARCHIVE'> =>
  new SomaKitError('TINKER_ARCHIVE', message, {
    context: { reason, ...(entry === undefined ? {} : { entry: entry.slice(0, 300) }) },
    hint,
    cause,
  });

// biome-ignore lint/suspicious/noControlCharactersInRegex: exactly these are refused
const CONTROL = /[\u0000-\u001f\u007f]/;
const WINDOWS_ONLY = /[<>:"|?*]|^(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\.|$)/i;
const MAX_DEPTH = 32;
const MAX_PART_BYTES = 255;

/**
 * The parts of a relative file name from outside that stays below its folder on every system. `.` parts fall away; none
 * are left for the folder itself.
 *
 * @throws TINKER_ARCHIVE
 */
export const checkEntryName = (name: string): readonly string[] => {
  const refuse = (why: string): never => {
    throw refuseArchive('name', `The file name ${JSON.stringify(name.slice(0, 300))} ${why}.`, { entry: name });
  };
  if (name === '') refuse('is empty');
  if (CONTROL.test(name)) refuse('has control characters');
  if (name.includes('\\')) refuse('has a backslash');
  if (name.startsWith('/')) refuse('is absolute');
  if (/^[A-Za-z]:/.test(name)) refuse('names a drive');
  const parts = name.replace(/\/+$/, '').split('/');
  const kept: string[] = [];
  for (const part of parts) {
    if (part === '.') continue;
    if (part === '..') refuse('leads out of its folder');
    if (part === '') refuse('has an empty part');
    // Windows drops dots and blanks at the end: these would be . and .. there.
    if (/^[. ]+$/.test(part)) refuse('has a part of dots and blanks');
    if (new TextEncoder().encode(part).length > MAX_PART_BYTES) refuse(`has a part of over ${MAX_PART_BYTES} bytes`);
    if (process.platform === 'win32' && WINDOWS_ONLY.test(part)) refuse('cannot be written on Windows');
    kept.push(part);
  }
  if (kept.length > MAX_DEPTH) refuse(`is nested over ${MAX_DEPTH} deep`);
  return kept;
};

/** Remembers what is written, so that nothing is written twice, nor a file where a folder is. */
export const createNameBook = () => {
  const taken = new Map<string, 'file' | 'folder'>();
  // Names that differ in case or accents' spelling are one file on macOS and Windows.
  const fold = (parts: readonly string[]): string => parts.join('/').normalize('NFC').toLowerCase();
  const clash = (entry: string): never => {
    throw refuseArchive('duplicate', `The name ${JSON.stringify(entry.slice(0, 300))} comes twice.`, { entry });
  };
  return {
    add: (parts: readonly string[], kind: 'file' | 'folder'): void => {
      const entry = parts.join('/');
      for (let length = 1; length < parts.length; length++) {
        const parent = fold(parts.slice(0, length));
        if (taken.get(parent) === 'file') clash(entry);
        taken.set(parent, 'folder');
      }
      const key = fold(parts);
      const before = taken.get(key);
      if (before !== undefined && !(before === 'folder' && kind === 'folder')) clash(entry);
      taken.set(key, kind);
    },
  };
};
