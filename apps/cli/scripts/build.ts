// Builds dist: the program in one package that needs none of ours beside it.
import { copyFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bundle, licensesOf, packageFolder } from './bundle.js';

const dist = join(packageFolder, 'dist');
rmSync(dist, { recursive: true, force: true });
const metafile = await bundle(dist, { installed: true });
writeFileSync(join(dist, 'THIRD-PARTY-LICENSES.txt'), licensesOf(metafile));
copyFileSync(join(packageFolder, '..', '..', 'LICENSE'), join(dist, 'LICENSE'));
