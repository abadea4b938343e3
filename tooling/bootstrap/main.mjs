// Runs a root task on a machine that has only Node and npm: installs when the lockfile has changed since the last
// install, builds what the task needs, and runs it. No dependencies, so that it can run before there are any.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = new URL('../../', import.meta.url);
const at = (path) => fileURLToPath(new URL(path, root));
const { packageManager, engines } = JSON.parse(readFileSync(at('package.json'), 'utf8'));
const [task, ...rest] = process.argv.slice(2);

const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`SomaKit needs Node ${engines.node}; this is ${process.versions.node}.`);
  process.exit(1);
}

const env = { ...process.env, TURBO_TELEMETRY_DISABLED: '1', DO_NOT_TRACK: '1' };
// Ctrl-C goes to the whole process group: what runs ends in good order, and only then does this.
process.on('SIGINT', () => {});
const run = (command, args, stdio = 'inherit') => {
  const { status, error } = spawnSync(command, args, { cwd: at('.'), env, stdio });
  if (error) console.error(error.message);
  if (status !== 0) process.exit(status ?? 1);
};
// npx finds the pinned pnpm in npm's cache after the first time; nothing is installed globally.
const pnpm = (...args) => run('npx', ['-y', packageManager, ...args]);
// Its output goes to stderr: stdout is for what was asked for, such as `somakit balance --json`.
const prepare = (...args) => run('npx', ['-y', packageManager, ...args], ['inherit', 2, 2]);
const bin = (name, ...args) => run(at(`node_modules/.bin/${name}`), args);

// What an install depends on: the lockfile, and which packages there are to link.
const installKey = () => {
  const hash = createHash('sha256').update(readFileSync(at('pnpm-lock.yaml')));
  for (const group of ['packages', 'apps', 'tooling', 'examples']) {
    if (!existsSync(at(group))) continue;
    for (const name of readdirSync(at(group)).sort()) {
      if (existsSync(at(`${group}/${name}/package.json`))) hash.update(`${group}/${name} `);
    }
  }
  return hash.digest('hex');
};
const install = () => {
  const stamp = at('node_modules/.somakit-installed');
  const key = installKey();
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === key) return;
  prepare('install', '--frozen-lockfile');
  mkdirSync(at('node_modules'), { recursive: true });
  writeFileSync(stamp, key);
};
// turbo refuses to run without pnpm on PATH; `pnpm exec` puts it there.
const turbo = (...args) => prepare('exec', 'turbo', 'run', ...args, '--concurrency=2', '--output-logs=errors-only');

const tasks = {
  install: () => {},
  build: () => turbo('build'),
  test: () => {
    turbo('build');
    bin('vitest', 'run', ...rest);
  },
  check: () => {
    bin('biome', 'check', '--error-on-warnings', '.');
    turbo('build', 'typecheck');
    run(process.execPath, [at('tooling/layers/check.mjs')]);
    run(process.execPath, [at('tooling/examples/check.mjs')]);
    bin('knip');
    run(process.execPath, [at('tooling/consumers/check-packages.mjs')]);
    pnpm('--filter', '@somakit/size', '--silent', 'size');
    console.log('check: all green');
  },
  demo: () => {
    turbo('build', '--filter=@somakit/demo');
    run(process.execPath, [at('apps/demo/dist/main.js'), ...rest]);
  },
  somakit: () => {
    turbo('build', '--filter=somakit');
    run(process.execPath, [at('apps/cli/dist/main.js'), ...rest]);
  },
  bench: () => {
    turbo('build');
    run(process.execPath, [at('tooling/bench/main.mjs'), ...rest]);
  },
};

const chosen = tasks[task];
if (chosen === undefined) {
  console.error(`unknown task ${task}; there are: ${Object.keys(tasks).join(', ')}`);
  process.exit(2);
}
install();
chosen();
