import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findPart } from '@somakit/vitest-config/parts';

const at = (path) => fileURLToPath(new URL(path, import.meta.url));

const runJson = (command, args) =>
  new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    let output = '';
    child.stdout.on('data', (text) => {
      output += text;
    });
    child.on('error', reject);
    child.on('close', (status, signal) => {
      if (status !== 0) reject(new Error(`${args[0]} ended with ${status ?? signal}`));
      else resolve(JSON.parse(output));
    });
  });

/** What a bench works with; `close` removes its temporary folder. */
export const createTools = () => {
  let folder;
  const ends = [];
  return {
    /** Calls `end` when the bench is over. */
    onClose(end) {
      ends.push(end);
    },
    /** Calls of `run` a second, over at least `minMs` after a warm-up. Takes synchronous and asynchronous functions. */
    async callsPerSecond(run, { minMs = 1000, batch = 100 } = {}) {
      const pass = async (limitMs) => {
        const start = performance.now();
        let calls = 0;
        let elapsed = 0;
        while (elapsed < limitMs) {
          for (let i = 0; i < batch; i++) {
            const result = run(calls + i);
            // A microtask for each call would count as work of a synchronous function.
            if (typeof result?.then === 'function') await result;
          }
          calls += batch;
          elapsed = performance.now() - start;
        }
        return (calls / elapsed) * 1000;
      };
      await pass(minMs / 4);
      return pass(minMs);
    },
    /** MB (10^6 bytes) a second of one call of `run` over `bytes` bytes. */
    async megabytesPerSecond(bytes, run) {
      const start = performance.now();
      await run();
      return bytes / (performance.now() - start) / 1000;
    },
    /**
     * The JSON that `src/peers/SCRIPT` prints in the Python environment of the original clients; undefined, after one
     * line that says so, on machines without it.
     */
    async python(script, ...args) {
      const python = findPart('python');
      return python === undefined ? undefined : runJson(python, [at(`peers/${script}`), ...args.map(String)]);
    },
    /** The JSON that a script prints in a Node process of its own: for measures of memory. */
    child: (url, ...args) => runJson(process.execPath, [fileURLToPath(url), ...args.map(String)]),
    /** A path in a temporary folder that goes when the bench ends. */
    temporary(name) {
      folder ??= mkdtempSync(join(tmpdir(), 'somakit-bench-'));
      return join(folder, name);
    },
    async close() {
      for (const end of ends.reverse()) await end();
      if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
    },
  };
};
