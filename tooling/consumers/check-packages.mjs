// `pnpm check`'s package step: publint and are-the-types-wrong over the tarballs that would be published.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { packAll, publicPackages } from './pack.mjs';

const attw = fileURLToPath(new URL('node_modules/.bin/attw', import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), 'somakit-pack-'));
let wrong = 0;
try {
  const tarballs = packAll(scratch);
  for (const { manifest } of publicPackages()) {
    const file = tarballs.get(manifest.name);
    const bytes = readFileSync(file);
    const tarball = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length);
    const { messages } = await publint({ pack: { tarball }, strict: true });
    for (const message of messages) {
      console.error(`${manifest.name}: ${formatMessage(message, manifest)}`);
      wrong += 1;
    }
    const { status, stdout, stderr } = spawnSync(
      attw,
      [file, '--profile', 'esm-only', '--format', 'table-flipped', '--no-color'],
      { encoding: 'utf8' },
    );
    if (status !== 0) {
      console.error(`${manifest.name}:\n${stdout}${stderr}`);
      wrong += 1;
    }
  }
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
if (wrong > 0) process.exit(1);
console.log('packages: publint and are-the-types-wrong have nothing to say');
