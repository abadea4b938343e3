// Gathers the size budgets of all packages. A package states its own in package.json under `size-limit`, in the form
// of that tool, with paths relative to the package: what a user's bundler keeps of one import, compressed by Brotli.
import { existsSync, readdirSync, readFileSync } from 'node:fs';

const packages = new URL('../../packages/', import.meta.url);

export default readdirSync(packages).flatMap((name) => {
  const manifest = new URL(`${name}/package.json`, packages);
  if (!existsSync(manifest)) return [];
  const budgets = JSON.parse(readFileSync(manifest, 'utf8'))['size-limit'] ?? [];
  return budgets.map((budget) => ({ ...budget, path: `../../packages/${name}/${budget.path}` }));
});
