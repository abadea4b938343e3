import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import { SomaKitError } from '@somakit/core';
import { switchOffTelemetry } from './runtime.js';

/** Beside this file in the source, in a folder below in what is built, beside the bundle in programs of one file. */
const PLACES = ['./engine-worker.ts', './engine-worker.js', './node/engine/engine-worker.js'];

/**
 * Where the program of the engine's thread is; undefined when it is nowhere.
 *
 * @throws ENGINE_WORKER_MISSING when it is not where it was said to be.
 */
export const findEngineWorker = (given: URL | undefined): URL | undefined => {
  if (given !== undefined) {
    if (given.protocol === 'file:' && existsSync(given)) return given;
    throw new SomaKitError('ENGINE_WORKER_MISSING', `The engine's program is not at ${given.href}.`, {
      context: { url: given.href },
      hint: "Put @somakit/scoring/engine-worker there, or take engineThread: 'caller'.",
    });
  }
  const places = import.meta.url.endsWith('.ts') ? PLACES.slice(0, 1) : PLACES.slice(1);
  return places.map((place) => new URL(place, import.meta.url)).find((url) => existsSync(url));
};

/** Node 20 reads TypeScript only with help, which must be called for in the thread itself. */
const sourceBootstrap = (program: URL): string => {
  const tsx = dirname(createRequire(program).resolve('tsx/package.json'));
  const api = pathToFileURL(join(tsx, 'dist', 'esm', 'api', 'index.mjs')).href;
  return `import(${JSON.stringify(api)}).then(({ register }) => { register(); return import(${JSON.stringify(program.href)}); });`;
};

/** Starts the thread. */
export const startEngineWorker = (program: URL): Worker => {
  switchOffTelemetry();
  return program.pathname.endsWith('.ts')
    ? new Worker(sourceBootstrap(program), { eval: true, name: 'engine', execArgv: ['--conditions=somakit-source'] })
    : new Worker(fileURLToPath(program), { name: 'engine' });
};
