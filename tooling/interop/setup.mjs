// Makes the local Python environment in which the original clients run as the other end of our tests.
// Safe to run again: it does nothing while the pinned versions are unchanged.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const at = (path) => fileURLToPath(new URL(path, import.meta.url));
const requirements = ['requirements.txt', 'requirements-flocky.txt'].map(at);
const wanted = createHash('sha256')
  .update(requirements.map((file) => readFileSync(file, 'utf8')).join('\n'))
  .digest('hex');
const marker = at('.venv/.complete');

if (existsSync(marker) && readFileSync(marker, 'utf8') === wanted) process.exit(0);

const run = (command, ...args) => {
  const { status, error } = spawnSync(command, args, { stdio: 'inherit' });
  if (status === 0) return;
  console.error(error?.message ?? `${command} ended with status ${status}`);
  process.exit(1);
};
const pip = (...args) =>
  run(at('.venv/bin/python'), '-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...args);

rmSync(at('.venv'), { recursive: true, force: true });
run(process.env.SOMAKIT_PYTHON ?? 'python3', '-m', 'venv', at('.venv'));
pip('--requirement', requirements[0]);
pip('--no-deps', '--requirement', requirements[1]);
// Written last: an environment without it is not used.
writeFileSync(marker, wanted);
