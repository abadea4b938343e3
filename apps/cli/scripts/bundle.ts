import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Metafile, type Plugin } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Native parts: they are found where the program is installed, each loaded only by what needs it. */
export const NATIVE: readonly string[] = ['@napi-rs/blake-hash', 'lmdb', 'onnxruntime-node'];

const ONLY_NATIVE = new RegExp(`^(${NATIVE.join('|')})$`);

/** Native parts by their full path, for a bundle that runs from where they cannot be found by name. */
const nativeByPath: Plugin = {
  name: 'native-by-path',
  setup: (builder) => {
    builder.onResolve({ filter: ONLY_NATIVE }, async ({ path, pluginData, ...from }) => {
      if (pluginData === 'asked') return undefined;
      const { importer, kind, resolveDir } = from;
      const found = await builder.resolve(path, { importer, kind, resolveDir, pluginData: 'asked' });
      return found.errors.length > 0 ? { path, external: true } : { path: found.path, external: true };
    });
  },
};

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

// Some bundled packages are CommonJS and ask for Node's modules by require.
const BANNER =
  "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);";

/**
 * Bundles the whole program, workspace packages and libraries included, in pieces that are loaded when they are needed. The
 * thread of the scoring engine is a program of its own beside it.
 */
export const bundle = async (outdir: string, { installed }: { readonly installed: boolean }): Promise<Metafile> => {
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: { main: './src/main.ts', 'engine-worker': '@somakit/scoring/engine-worker' },
    outdir,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    conditions: ['somakit-source', 'module'],
    ...(installed ? { external: [...NATIVE] } : {}),
    plugins: [noChildProcess, ...(installed ? [] : [nativeByPath])],
    // Beside each other: the engine looks for its program there.
    chunkNames: '[name]-[hash]',
    banner: { js: BANNER },
    legalComments: 'none',
    minifySyntax: installed,
    minifyWhitespace: installed,
    logLevel: 'error',
    metafile: true,
  });
  return metafile;
};

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
