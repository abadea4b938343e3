#!/usr/bin/env node
// Builds the package in the current folder: one ESM entry for each subpath of its `exports`, then declarations.
// The entries are read from package.json, so a package needs no build configuration of its own.
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, relative, resolve } from 'node:path';
import { build } from 'tsup';

const manifest = JSON.parse(readFileSync('package.json', 'utf8'));
const sources = [
  ...Object.values(manifest.exports ?? {}).flatMap((target) => target['somakit-source'] ?? []),
  ...(manifest.somakit?.entries ?? []),
];
const entry = Object.fromEntries(sources.map((source) => [source.slice('./src/'.length, -'.ts'.length), source]));

await build({
  entry,
  format: ['esm'],
  target: 'es2022',
  platform: 'neutral',
  sourcemap: true,
  splitting: true,
  treeshake: true,
  clean: true,
  dts: false,
  silent: true,
  // Nothing but our own source goes into dist: even a dev dependency that leaks in is a mistake.
  skipNodeModulesBundle: true,
  ...manifest.somakit?.build,
});
// After tsup, because tsup cleans dist.
const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
execFileSync(process.execPath, [tsc, '-p', 'tsconfig.build.json'], { stdio: 'inherit' });

// The compiler drops the imports that a declaration does not need, and with them the error codes that a file adds to
// `ErrorContexts`: users could not name those. Each such file is tied to the entry nearest to it.
const declarations = (folder) =>
  readdirSync(folder, { recursive: true })
    .filter((file) => file.endsWith('.d.ts'))
    .map((file) => resolve(folder, file));
const reachable = new Set();
const visit = (file) => {
  if (reachable.has(file) || !existsSync(file)) return;
  reachable.add(file);
  for (const [, path] of readFileSync(file, 'utf8').matchAll(/(?:from|import) ?\(?['"](\.[^'"]+)['"]/g)) {
    visit(resolve(dirname(file), path.replace(/\.js$/, '.d.ts')));
  }
};
const entries = Object.keys(entry).map((name) => resolve('dist', `${name}.d.ts`));
for (const file of entries) visit(file);
for (const file of declarations('dist')) {
  if (reachable.has(file) || !readFileSync(file, 'utf8').includes('interface ErrorContexts')) continue;
  const holds = (candidate) => !relative(dirname(candidate), file).startsWith('..');
  const nearest = entries.filter(holds).sort((a, b) => dirname(b).length - dirname(a).length)[0];
  if (nearest === undefined) continue;
  const path = relative(dirname(nearest), file).replace(/\.d\.ts$/, '.js');
  // Behind everything else, so that the declaration map's lines stay right; its comment stays last.
  const [text, map] = readFileSync(nearest, 'utf8').split(/^(?=\/\/# sourceMappingURL)/m);
  writeFileSync(nearest, `${text.trimEnd()}\nimport './${path}';\n${map ?? ''}`);
}
