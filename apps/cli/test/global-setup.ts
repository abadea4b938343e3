import { copyFileSync, cpSync, mkdirSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { TestProject } from 'vitest/node';
import { bundle } from '../scripts/bundle.js';

declare module 'vitest' {
  export interface ProvidedContext {
    /** The program of this run. */
    somakitMain: string;
  }
}

// A folder for each run, because several may run at once; laid out as the package is.
const folder = new URL(`../.generated/${process.pid}/`, import.meta.url);

/** Bundles the program once for the run: from its sources each start would compile half of the workspace. */
export const setup = async (project: TestProject): Promise<void> => {
  mkdirSync(folder, { recursive: true });
  copyFileSync(new URL('../package.json', import.meta.url), new URL('package.json', folder));
  cpSync(new URL('../schemas/', import.meta.url), new URL('schemas/', folder), { recursive: true });
  const dist = new URL('dist/', folder);
  await bundle(fileURLToPath(dist), { installed: false });
  project.provide('somakitMain', fileURLToPath(new URL('main.js', dist)));
};

export const teardown = (): void => rmSync(folder, { recursive: true, force: true });
