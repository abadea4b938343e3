// `pnpm check`'s layer step: prints each wrong import and fails when there is one.
import { fileURLToPath } from 'node:url';
import { violations } from './cruise.mjs';

const found = await violations(fileURLToPath(new URL('../../', import.meta.url)));
for (const line of found) console.error(line);
if (found.length > 0) process.exit(1);
console.log('layers: every import goes down');
