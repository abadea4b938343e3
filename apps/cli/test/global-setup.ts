import { copyFileSync, mkdirSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build, type Plugin } from 'esbuild';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  export interface ProvidedContext {
    /** The program of this run. */
    somakitMain: string;
  }
}

// Native parts, and what starts threads of its own, stay where they are.
const OUTSIDE = /^(lmdb|onnxruntime-node|@napi-rs\/blake-hash|bullmq|ioredis)$/;

const keepOutside: Plugin = {
  name: 'keep-outside',
  setup: (builder) => {
    builder.onResolve({ filter: OUTSIDE }, async ({ path, pluginData, ...from }) => {
      if (pluginData === 'asked') return undefined;
      const { importer, kind, resolveDir } = from;
      const found = await builder.resolve(path, { importer, kind, resolveDir, pluginData: 'asked' });
      return found.errors.length > 0 ? { path, external: true } : { path: found.path, external: true };
    });
  },
};

const folder = new URL(`../.generated/${process.pid}/`, import.meta.url);

/** Bundles the program once for the run: from its sources each start would compile half of the workspace. */
export const setup = async (project: TestProject): Promise<void> => {
  mkdirSync(folder, { recursive: true });
  copyFileSync(new URL('../package.json', import.meta.url), new URL('../package.json', folder));
  await build({
    entryPoints: [fileURLToPath(new URL('../src/main.ts', import.meta.url))],
    outdir: fileURLToPath(folder),
    bundle: true,
    splitting: true,
    format: 'esm',
    outExtension: { '.js': '.mjs' },
    platform: 'node',
    target: 'node20',
    conditions: ['somakit-source', 'module'],
    plugins: [keepOutside],
    banner: {
      js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
    },
    logLevel: 'error',
  });
  project.provide('somakitMain', fileURLToPath(new URL('main.mjs', folder)));
};

export const teardown = (): void => rmSync(folder, { recursive: true, force: true });
