// Parts that a stranger's machine may lack. A suite that needs one is skipped with one printed line; with
// SOMAKIT_REQUIRE_ALL=1 (as .ci/run sets it) a missing part is a failure instead.
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

const root = new URL('../../', import.meta.url);

const onPath = (...names) => {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    for (const name of names) if (folder !== '' && existsSync(join(folder, name))) return join(folder, name);
  }
  return undefined;
};

const finders = {
  chromium: () => process.env.SOMAKIT_CHROMIUM ?? onPath('chromium', 'chromium-browser', 'google-chrome'),
  redis: () => process.env.SOMAKIT_REDIS ?? onPath('redis-server'),
  zsh: () => process.env.SOMAKIT_ZSH ?? onPath('zsh'),
  fish: () => process.env.SOMAKIT_FISH ?? onPath('fish'),
  python: () => {
    const python = new URL('tooling/interop/.venv/bin/python', root);
    // The marker is written last, so that a half-made environment does not count.
    return existsSync(new URL('tooling/interop/.venv/.complete', root)) ? python.pathname : undefined;
  },
};

const hints = {
  chromium: 'install chromium (Debian: apt-get install chromium) or set SOMAKIT_CHROMIUM',
  redis: 'install redis-server (Debian: apt-get install redis-server) or set SOMAKIT_REDIS',
  zsh: 'install zsh (Debian: apt-get install zsh) or set SOMAKIT_ZSH',
  fish: 'install fish (Debian: apt-get install fish) or set SOMAKIT_FISH',
  python: 'run `node tooling/interop/setup.mjs` (needs Python 3.11 or newer with venv)',
};

const told = new Set();

/**
 * The path of a part's executable, or undefined after one printed line when the machine lacks it.
 * @param {'chromium' | 'redis' | 'zsh' | 'fish' | 'python'} name
 * @returns {string | undefined}
 */
export const findPart = (name) => {
  const found = finders[name]();
  if (found !== undefined) return found;
  if (process.env.SOMAKIT_REQUIRE_ALL === '1') throw new Error(`${name} is required and missing: ${hints[name]}`);
  if (!told.has(name)) console.log(`skipped: everything that needs ${name} (${hints[name]})`);
  told.add(name);
  return undefined;
};
