// Packs every public package the way it would be published.
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = new URL('../../', import.meta.url);

const pnpm = (cwd, ...args) => {
  const { packageManager } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8'));
  return execFileSync('npx', ['-y', packageManager, ...args], {
    cwd,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
};

/** The public packages: folder, manifest, and the names of what can be imported from each. */
export const publicPackages = () =>
  readdirSync(new URL('packages/', root)).flatMap((name) => {
    const folder = fileURLToPath(new URL(`packages/${name}`, root));
    if (!existsSync(join(folder, 'package.json'))) return [];
    const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    if (manifest.private === true) return [];
    const subpaths = Object.keys(manifest.exports)
      .filter((path) => path !== './package.json')
      .map((path) => ({
        name: `${manifest.name}${path.slice(1)}`,
        // A subpath for Node says so in its name or in package.json; everything else must bundle for browsers.
        browser:
          manifest.somakit?.browser === true &&
          !/(^|\/)(node|server|vitest)$/.test(path) &&
          !(manifest.somakit?.nodeOnly ?? []).includes(path),
      }));
    return [{ folder, manifest, subpaths }];
  });

/**
 * Packs one package into `destination`.
 * @returns the path of the tarball
 */
export const packApp = (folder, destination) => {
  if (!existsSync(join(folder, 'dist'))) throw new Error(`${folder} is not built: run \`npm test\` or \`pnpm build\``);
  return JSON.parse(pnpm(folder, 'pack', '--json', '--pack-destination', destination)).filename;
};

/**
 * Packs all public packages into `destination`.
 * @returns a map from package name to tarball path
 */
export const packAll = (destination) =>
  new Map(publicPackages().map(({ folder, manifest }) => [manifest.name, packApp(folder, destination)]));
