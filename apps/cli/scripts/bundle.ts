import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleForNode } from '@somakit/harness/bundle';
import type { Metafile, Plugin } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Native parts: they are found where the program is installed, each loaded only by what needs it. */
export const NATIVE: readonly string[] = ['@napi-rs/blake-hash', 'lmdb', 'onnxruntime-node'];

/** Commander loads this at its start, for commands that are programs of their own; ours are not, and it takes 3 ms. */
const noChildProcess: Plugin = {
  name: 'no-child-process',
  setup: (builder) => {
    builder.onResolve({ filter: /^node:child_process$/ }, ({ importer }) =>
      /[\\/]commander[\\/]lib[\\/]/.test(importer) ? { path: 'nothing', namespace: 'nothing' } : undefined,
    );
    builder.onLoad({ filter: /.*/, namespace: 'nothing' }, () => ({ contents: 'module.exports = {};' }));
  },
};

/**
 * Bundles the whole program, workspace packages and libraries included, in pieces that are loaded when they are needed. The
 * thread of the scoring engine is a program of its own beside it.
 */
export const bundle = (outdir: string, { installed }: { readonly installed: boolean }): Promise<Metafile> =>
  bundleForNode({
    folder: root,
    entryPoints: { main: './src/main.ts', 'engine-worker': '@somakit/scoring/engine-worker' },
    outdir,
    native: NATIVE,
    installed,
    plugins: [noChildProcess],
  });

const LICENSE_FILE = /^(licen[cs]e|notice|copying)(\.(md|txt))?$/i;

/** The licences of the libraries that are in a bundle. */
export const licensesOf = ({ inputs }: Metafile): string => {
  const folders = new Set<string>();
  for (const input of Object.keys(inputs)) {
    const match = /^(.*node_modules\/((?:@[^/]+\/)?[^/]+))\//.exec(input);
    if (match !== null && !match[2]!.startsWith('@somakit/')) folders.add(join(root, match[1]!));
  }
  const texts = [...folders].map((folder) => {
    const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
      name: string;
      version: string;
      license?: string;
    };
    const files = existsSync(folder) ? readdirSync(folder).filter((file) => LICENSE_FILE.test(file)) : [];
    const body = files.map((file) => readFileSync(join(folder, file), 'utf8').trim()).join('\n\n');
    return `${name} ${version} (${license ?? 'see below'})\n\n${body === '' ? `License: ${license}` : body}\n`;
  });
  return texts.sort().join(`\n${'-'.repeat(80)}\n\n`);
};

/** The folder of the package. */
export const packageFolder = dirname(join(root, 'package.json'));
