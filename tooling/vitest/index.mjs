// One vitest run for the whole workspace: every package gives a Node project, and a Chromium project too when its
// package.json says `"somakit": { "browser": true }`; with `"browser": "marked"` only its `*.browser.test.ts` run there.
// A package needs no vitest file of its own.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { playwright } from '@vitest/browser-playwright';
import { findPart } from './parts.mjs';

const root = new URL('../../', import.meta.url);
// Workspace packages resolve to their sources, so that the inner loop needs no build.
const conditions = ['somakit-source'];

const workspacePackages = () =>
  ['packages', 'apps', 'tooling', 'examples'].flatMap((group) => {
    if (!existsSync(new URL(group, root))) return [];
    return readdirSync(new URL(group, root)).flatMap((name) => {
      const folder = new URL(`${group}/${name}/`, root);
      const manifest = new URL('package.json', folder);
      if (!existsSync(manifest) || !existsSync(new URL('test/', folder))) return [];
      return [{ folder: fileURLToPath(folder), ...JSON.parse(readFileSync(manifest, 'utf8')) }];
    });
  });

const nodeProject = ({ folder, name }) => ({
  root: folder,
  resolve: { conditions: [...conditions, 'node', 'module', 'import', 'default'] },
  ssr: { resolve: { conditions: [...conditions, 'node', 'module', 'import', 'default'] } },
  test: {
    name,
    include: ['test/**/*.test.ts'],
    exclude: ['test/**/*.browser.test.ts'],
    environment: 'node',
    // Runs once, before the tests of the package.
    globalSetup: existsSync(`${folder}test/global-setup.ts`) ? [`${folder}test/global-setup.ts`] : [],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    typecheck: { enabled: false },
  },
});

const MARKED = 'test/**/*.browser.test.ts';
const entriesOf = ({ browser }) => (browser === 'marked' ? [MARKED] : ['src/**/*.ts', 'test/**/*.test.ts']);

const browserProject = ({ folder, name, somakit }, executablePath) => ({
  root: folder,
  resolve: { conditions: [...conditions, 'module', 'browser', 'import', 'default'] },
  // A page needs its dependencies found before it starts, otherwise a late find reloads it in mid-test.
  optimizeDeps: { entries: entriesOf(somakit), exclude: ['@somakit/*'] },
  server: { fs: { allow: [fileURLToPath(root)] } },
  // For the set-up in Node.
  ssr: { resolve: { conditions: [...conditions, 'node', 'module', 'import', 'default'] } },
  test: {
    name: `${name} in browsers`,
    // Runs in Node beside the page: a server that a page's tests call.
    globalSetup: existsSync(`${folder}test/browser-setup.ts`) ? [`${folder}test/browser-setup.ts`] : [],
    include: [somakit.browser === 'marked' ? MARKED : 'test/**/*.test.ts'],
    // `.node.` tests need sockets, files or a child process.
    exclude: ['test/**/*.node.test.ts', 'test/node/**', 'test/**/*.int.test.ts'],
    testTimeout: 60_000,
    browser: {
      enabled: true,
      headless: true,
      screenshotFailures: false,
      provider: playwright({
        launchOptions: {
          executablePath,
          args: [
            '--no-sandbox',
            '--disable-gpu',
            '--disable-quic',
            '--disable-background-networking',
            '--disable-sync',
          ],
        },
      }),
      // Named, because the default appends the browser's name once more.
      instances: [{ browser: 'chromium', name: `${name} (chromium)` }],
    },
  },
});

/** The vitest projects of the workspace. */
export const projects = () => {
  const packages = workspacePackages();
  const browsers = packages.filter(({ somakit }) => somakit?.browser === true || somakit?.browser === 'marked');
  const chromium = browsers.length > 0 ? findPart('chromium') : undefined;
  return [
    ...packages.map(nodeProject),
    ...(chromium === undefined ? [] : browsers.map((each) => browserProject(each, chromium))),
  ];
};
