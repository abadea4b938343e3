import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packAll, publicPackages } from '../pack.mjs';

const packages = publicPackages();
const subpaths = packages.flatMap((each) => each.subpaths);
const require = createRequire(import.meta.url);

let folder: string;
// Not where pnpm would have it look for packages.
const env = { ...process.env, NODE_PATH: '' };
const run = (command: string, ...args: string[]): string =>
  execFileSync(command, args, { cwd: folder, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });

/** Found by none but who looks for it: every import works without. */
const FASTER_PEER = 'sodium-native';

const link = (peer: string): void => {
  const target = join(folder, 'node_modules', peer);
  if (existsSync(target)) return;
  const owner = packages.find(({ manifest }) => manifest.peerDependencies?.[peer] !== undefined);
  mkdirSync(dirname(target), { recursive: true });
  symlinkSync(realpathSync(join(owner!.folder, 'node_modules', peer)), target);
};

const checkTypes = (module: string, moduleResolution: string): string => {
  const config = {
    compilerOptions: {
      module,
      moduleResolution,
      target: 'ES2022',
      lib: ['ES2022', 'DOM', 'DOM.Iterable', 'DOM.AsyncIterable'],
      strict: true,
      exactOptionalPropertyTypes: true,
      noEmit: true,
      // Our declarations must be sound in a user's project too, not only where this is switched on.
      skipLibCheck: false,
      types: ['node'],
    },
    files: ['all.ts'],
  };
  writeFileSync(join(folder, `tsconfig.${module}.json`), JSON.stringify(config));
  try {
    return run(process.execPath, require.resolve('typescript/bin/tsc'), '-p', `tsconfig.${module}.json`);
  } catch (error) {
    return String((error as { stdout?: unknown }).stdout);
  }
};

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'somakit-consumer-'));
  mkdirSync(join(folder, 'tarballs'));
  const tarballs = packAll(join(folder, 'tarballs'));
  const { devDependencies } = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8'));
  expect(devDependencies['@types/node']).toBe('catalog:');
  const dependencies = Object.fromEntries([...tarballs].map(([name, file]) => [name, `file:${file}`]));
  writeFileSync(
    join(folder, 'package.json'),
    JSON.stringify({
      name: 'consumer',
      private: true,
      type: 'module',
      dependencies,
      devDependencies: { '@types/node': '^20' },
    }),
  );
  run('npm', 'install', '--no-audit', '--no-fund', '--ignore-scripts', '--prefer-offline');
  // Whoever imports a subpath with an optional peer has that peer. Linked, because some are hundreds of megabytes.
  for (const { manifest } of packages) {
    for (const peer of Object.keys(manifest.peerDependencies ?? {})) if (peer !== FASTER_PEER) link(peer);
  }
  writeFileSync(
    join(folder, 'all.ts'),
    `${subpaths.map(({ name }, i) => `import * as m${i} from '${name}';`).join('\n')}\nconsole.log(${subpaths.map((_, i) => `m${i}`).join(', ')});\n`,
  );
}, 300_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the packed packages, installed in a clean folder', () => {
  it.each(subpaths)('let Node import $name', ({ name }) => {
    const names = run(
      process.execPath,
      '--input-type=module',
      '-e',
      `console.log(Object.keys(await import('${name}')).length)`,
    );
    expect(Number(names)).toBeGreaterThan(0);
  });

  it.each(subpaths.filter(({ browser }) => browser))(
    'let Vite bundle $name for browsers without a Node module',
    ({ name }) => {
      const entry = `entry-${name.replace(/[^a-z]/g, '-')}.js`;
      writeFileSync(join(folder, entry), `import * as all from '${name}';\nglobalThis.kept = all;\n`);
      const script = `
      import { build } from ${JSON.stringify(require.resolve('vite').replace(/index\.cjs$/, 'dist/node/index.js'))};
      const warnings = [];
      await build({
        logLevel: 'silent',
        configFile: false,
        build: { write: false, lib: { entry: '${entry}', formats: ['es'] }, rollupOptions: { onwarn: (warning) => warnings.push(warning.message) } },
        plugins: [{ name: 'no-node', enforce: 'pre', resolveId: (id) => { if (/^node:/.test(id)) throw new Error('imports ' + id); } }],
      });
      console.log(JSON.stringify(warnings));
    `;
      expect(JSON.parse(run(process.execPath, '--input-type=module', '-e', script))).toEqual([]);
    },
  );

  it('have types that a strict project accepts under NodeNext resolution', () => {
    expect(checkTypes('NodeNext', 'NodeNext')).toBe('');
  });

  it('have types that a strict project accepts under Bundler resolution', () => {
    expect(checkTypes('ESNext', 'Bundler')).toBe('');
  });

  it('sign and verify alike without libsodium and with it', () => {
    const script = `
      import { createRequire } from 'node:module';
      import { Keypair, verifyTransactionSignature } from '@somakit/crypto';
      const keypair = Keypair.fromSecretKey('11'.repeat(32));
      const bytes = Uint8Array.of(1, 2, 3);
      const signature = keypair.signTransaction(bytes);
      const loaded = Object.keys(createRequire(import.meta.url).cache).some((file) => /sodium-native\\.node$/.test(file));
      console.log(JSON.stringify({
        loaded,
        signature: Buffer.from(signature).toString('hex'),
        signer: verifyTransactionSignature(bytes, signature),
      }));
    `;
    const sign = () => JSON.parse(run(process.execPath, '--input-type=module', '-e', script));
    const without = sign();
    expect(without.loaded).toBe(false);
    link(FASTER_PEER);
    expect(sign()).toEqual({ ...without, loaded: true });
  });
});
