// Type-checks every `@example` of a docstring and every ```ts block of a README against the sources, each as a module
// of its own: what a user copies must compile.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { lineOf, readmeBlocks } from './blocks.mjs';

const root = fileURLToPath(new URL('../../', import.meta.url));
const out = fileURLToPath(new URL('./.generated/', import.meta.url));

const files = (folder, test) =>
  readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory())
      return ['node_modules', 'dist', 'gen', 'test'].includes(entry.name) ? [] : files(path, test);
    return test(entry.name) ? [path] : [];
  });

const docstringExamples = (text) =>
  [...text.matchAll(/\/\*\*[\s\S]*?\*\//g)].flatMap((comment) => {
    const body = comment[0]
      .slice(3, -2)
      .split('\n')
      .map((line) => line.replace(/^\s*\* ?/, ''))
      .join('\n');
    return [...body.matchAll(/@example[^\n]*\n([\s\S]*?)(?=\n@[a-z]|$)/g)].map((match) => ({
      code: match[1].replace(/^```(?:ts|typescript)?$/gm, ''),
      line: lineOf(text, comment.index),
    }));
  });

rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });
const places = new Map();
const collect = (path, examples) => {
  for (const { code, line } of examples) {
    const name = `example-${places.size}.ts`;
    places.set(name, `${relative(root, path)}:${line}`);
    writeFileSync(join(out, name), `export {};\n${code}\n`);
  }
};
for (const group of ['packages', 'apps'].map((name) => join(root, name)).filter((path) => existsSync(path))) {
  for (const path of files(group, (name) => /\.ts$/.test(name)))
    collect(path, docstringExamples(readFileSync(path, 'utf8')));
  for (const path of files(group, (name) => name === 'README.md'))
    collect(path, readmeBlocks(readFileSync(path, 'utf8')));
}
collect(join(root, 'README.md'), readmeBlocks(readFileSync(join(root, 'README.md'), 'utf8')));

writeFileSync(
  join(out, 'tsconfig.json'),
  JSON.stringify({
    extends: '@somakit/tsconfig/base.json',
    compilerOptions: { noUnusedLocals: false },
    include: ['*.ts'],
  }),
);
const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
const { status, stdout } = spawnSync(process.execPath, [tsc, '-p', out, '--pretty', 'false'], { encoding: 'utf8' });
const named = stdout.replace(/\S*(example-\d+\.ts)/g, (_, name) => `${places.get(name)} (${name})`);
if (status !== 0) {
  console.error(named);
  process.exit(1);
}
console.log(`examples: ${places.size} compile`);
