import { readdir, readFile, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { invalidArgument } from '@somakit/core';

/** Bytes: larger files are left out, so that the demo stays quick. */
export const MAX_FILE = 16_384;

/** A file that is to be scored. */
export interface InputFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

const SKIPPED = new Set(['node_modules', 'dist', 'coverage']);

/** Files below a folder, in the order of their paths, that are not empty and not too large. */
async function* walk(folder: string, maxBytes: number): AsyncGenerator<string> {
  const entries = await readdir(folder, { withFileTypes: true });
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    if (entry.name.startsWith('.') || SKIPPED.has(entry.name)) continue;
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* walk(path, maxBytes);
    else if (entry.isFile()) {
      const { size } = await stat(path);
      if (size > 0 && size <= maxBytes) yield path;
    }
  }
}

/** The first files of a folder. @throws INVALID_ARGUMENT when it has none. */
export const readInputs = async (folder: string, limit = 12): Promise<readonly InputFile[]> => {
  const files: InputFile[] = [];
  try {
    for await (const path of walk(folder, MAX_FILE)) {
      files.push({ name: relative(folder, path), bytes: new Uint8Array(await readFile(path)) });
      if (files.length === limit) break;
    }
  } catch (error) {
    throw invalidArgument('data', 'a folder that can be read', folder, String((error as Error).message));
  }
  if (files.length === 0) {
    throw invalidArgument('data', `a folder with files of 1 to ${MAX_FILE} bytes`, folder);
  }
  return files;
};
