import { build, type Metafile, type Plugin } from 'esbuild';

/** Native parts by their full path, for a bundle that runs from where they cannot be found by name. */
const nativeByPath = (native: readonly string[]): Plugin => ({
  name: 'native-by-path',
  setup: (builder) => {
    builder.onResolve({ filter: new RegExp(`^(${native.join('|')})$`) }, async ({ path, pluginData, ...from }) => {
      if (pluginData === 'asked') return undefined;
      const { importer, kind, resolveDir } = from;
      const found = await builder.resolve(path, { importer, kind, resolveDir, pluginData: 'asked' });
      return { path: found.errors.length > 0 ? path : found.path, external: true };
    });
  },
});

// Some bundled packages are CommonJS and ask for Node's modules by require.
const BANNER =
  "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);";

/** What {@link bundleForNode} takes. */
export interface BundleOptions {
  /** Sources, by the names of their programs if these differ. */
  readonly entryPoints: readonly string[] | Readonly<Record<string, string>>;
  readonly outdir: string;
  /** Where relative sources and packages are looked for; the working folder when left out. */
  readonly folder?: string | undefined;
  /** Packages that stay outside. */
  readonly native: readonly string[];
  /** For a package that others install: native parts are found by their names there, and the code is made smaller. */
  readonly installed?: boolean | undefined;
  readonly extension?: '.js' | '.mjs' | undefined;
  readonly plugins?: readonly Plugin[] | undefined;
}

/** Bundles programs for Node from the sources of the workspace, in pieces that are loaded when they are needed. */
export const bundleForNode = async (options: BundleOptions): Promise<Metafile> => {
  const { entryPoints, outdir, folder, native, installed = false, extension = '.js', plugins = [] } = options;
  const { metafile } = await build({
    absWorkingDir: folder ?? process.cwd(),
    entryPoints: Array.isArray(entryPoints) ? [...entryPoints] : { ...(entryPoints as Record<string, string>) },
    outdir,
    bundle: true,
    splitting: true,
    format: 'esm',
    outExtension: { '.js': extension },
    platform: 'node',
    target: 'node20',
    conditions: ['somakit-source', 'module'],
    ...(installed ? { external: [...native] } : {}),
    plugins: [...plugins, ...(installed ? [] : [nativeByPath(native)])],
    // Beside each other: a program may look for another one there.
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
