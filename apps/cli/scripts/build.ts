// Builds dist: the program in one package that needs none of ours beside it.
import { copyFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bundle, licensesOf, packageFolder } from './bundle.js';
import { generateManual } from './man.js';

const dist = join(packageFolder, 'dist');
rmSync(dist, { recursive: true, force: true });
const metafile = await bundle(dist, { installed: true });
writeFileSync(join(dist, 'THIRD-PARTY-LICENSES.txt'), licensesOf(metafile));
copyFileSync(join(packageFolder, '..', '..', 'LICENSE'), join(dist, 'LICENSE'));
const { version } = JSON.parse(readFileSync(join(packageFolder, 'package.json'), 'utf8')) as { version: string };
writeFileSync(join(dist, 'somakit.1'), await generateManual(version));
