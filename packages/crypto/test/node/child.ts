import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';

const require = createRequire(import.meta.url);
const tsx = pathToFileURL(require.resolve('tsx')).href;

/** Starts a TypeScript file of this folder as a Node process of its own, on the sources. */
export const startChild = (name: string, args: readonly string[], options: SpawnOptions): ChildProcess => {
  const script = fileURLToPath(new URL(name, import.meta.url));
  return spawn(process.execPath, ['--import', tsx, '--conditions=somakit-source', script, ...args], options);
};
