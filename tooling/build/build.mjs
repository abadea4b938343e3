#!/usr/bin/env node
// Builds the package in the current folder: one ESM entry for each subpath of its `exports`, then declarations.
// The entries are read from package.json, so a package needs no build configuration of its own.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
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
