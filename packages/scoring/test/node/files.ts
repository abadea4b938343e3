import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = join(dirname(fileURLToPath(import.meta.resolve('@somakit/vectors/package.json'))), 'data', 'scoring');

export const modelPath = (name: string): string => join(folder, `${name}.safetensors`);
export const dataPath = (name: string): string => join(folder, 'data', `${name}.bin`);
export const modelBytes = (name: string): Uint8Array => new Uint8Array(readFileSync(modelPath(name)));
export const dataBytes = (name: string): Uint8Array => new Uint8Array(readFileSync(dataPath(name)));

/** A folder that goes with `remove`. */
export const temporaryFolder = (): { readonly path: string; remove(): void } => {
  const path = mkdtempSync(join(tmpdir(), 'somakit-scoring-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
};
