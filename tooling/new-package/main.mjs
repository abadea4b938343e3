// Makes a new library package: `pnpm new-package NAME "One sentence."`. Then add its layer to tooling/layers/table.mjs
// and run `pnpm install`.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';

const [name, sentence] = process.argv.slice(2);
const root = new URL('../../', import.meta.url);
const folder = new URL(`packages/${name}/`, root);
if (name === undefined || sentence === undefined || !/^[a-z][a-z0-9-]*$/.test(name)) {
  console.error('usage: pnpm new-package NAME "One sentence that says what the package is."');
  process.exit(2);
}
if (existsSync(folder)) {
  console.error(`packages/${name} exists already`);
  process.exit(1);
}
const write = (path, text) => {
  mkdirSync(new URL('.', new URL(path, folder)), { recursive: true });
  writeFileSync(new URL(path, folder), text);
};
const json = (path, value) => write(path, `${JSON.stringify(value, null, 2)}\n`);
const { version } = JSON.parse(readFileSync(new URL('packages/core/package.json', root), 'utf8'));

json('package.json', {
  name: `@somakit/${name}`,
  version,
  description: sentence,
  license: 'Apache-2.0',
  repository: { type: 'git', url: 'git+https://github.com/somakit/somakit.git', directory: `packages/${name}` },
  type: 'module',
  sideEffects: false,
  engines: { node: '>=20.19' },
  files: ['dist', 'src'],
  exports: {
    '.': { 'somakit-source': './src/index.ts', types: './dist/index.d.ts', import: './dist/index.js' },
    './package.json': './package.json',
  },
  publishConfig: { access: 'public' },
  scripts: {
    build: 'somakit-build',
    typecheck: 'tsc --noEmit',
    test: `vitest run --root ../.. --project @somakit/${name} --project '@somakit/${name} (chromium)'`,
  },
  somakit: { browser: true },
  'size-limit': [],
  dependencies: { '@somakit/core': 'workspace:*' },
  devDependencies: {
    '@somakit/build': 'workspace:*',
    '@somakit/tsconfig': 'workspace:*',
    '@somakit/vectors': 'workspace:*',
    'fast-check': 'catalog:',
    typescript: 'catalog:',
    vitest: 'catalog:',
  },
});
json('tsconfig.json', { extends: '@somakit/tsconfig/base.json', include: ['src', 'test'] });
json('tsconfig.build.json', {
  extends: '@somakit/tsconfig/build.json',
  compilerOptions: { rootDir: 'src', outDir: 'dist' },
  include: ['src'],
});
write('src/index.ts', `export * from './${name}.js';\n`);
write(`src/${name}.ts`, `// ${sentence}\n`);
write('README.md', `# @somakit/${name}\n\n${sentence}\n\n    npm install @somakit/${name}\n`);
console.log(`packages/${name} is there. Next: its layer in tooling/layers/table.mjs, then \`pnpm install\`.`);
