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

const folder = new URL(`../.generated/${process.pid}/`, import.meta.url);

/** Bundles the program once for the run: from its sources each start would compile half of the workspace. */
export const setup = async (project: TestProject): Promise<void> => {
  mkdirSync(folder, { recursive: true });
  copyFileSync(new URL('../package.json', import.meta.url), new URL('../package.json', folder));
  // What the package holds beside the program.
  cpSync(new URL('../schemas/', import.meta.url), new URL('schemas/', folder), { recursive: true });
  await bundle(fileURLToPath(folder), { installed: false });
  project.provide('somakitMain', fileURLToPath(new URL('main.js', folder)));
};

export const teardown = (): void => rmSync(folder, { recursive: true, force: true });
