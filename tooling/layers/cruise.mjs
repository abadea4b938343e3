// The layer rules as dependency-cruiser rules, and one way to run them over a folder that holds `packages/`.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { cruise } from 'dependency-cruiser';
import { layers } from './table.mjs';

const layerRules = Object.entries(layers).map(([name, below]) => ({
  name: `layer-${name}`,
  comment: `${name} may import ${below.length === 0 ? 'nothing of ours' : below.join(', ')}`,
  severity: 'error',
  from: { path: `^packages/${name}/` },
  // tooling/vectors is data; fixtures of the test tools are no layer.
  to: {
    path: '^(packages|apps|tooling|examples)/',
    pathNot: `^(packages/(${[name, ...below].join('|')})/|tooling/(vectors|vitest)/)`,
  },
}));

const rules = [
  ...layerRules,
  {
    name: 'unknown-package',
    comment: 'a package that tooling/layers/table.mjs does not know has no layer yet',
    severity: 'error',
    from: { path: '^packages/[^/]+/', pathNot: `^packages/(${Object.keys(layers).join('|')})/` },
    to: {},
  },
  {
    name: 'no-cycles',
    severity: 'error',
    comment: 'cycles make load order matter',
    from: { pathNot: '/src/gen/' },
    to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
  },
  {
    name: 'no-deep-imports',
    severity: 'error',
    comment: 'other packages are imported by name, through their exports',
    from: { path: '^(packages|apps)/([^/]+)/' },
    to: { path: '^(packages|apps)/', pathNot: '^$1/$2/', dependencyTypes: ['local'] },
  },
  {
    name: 'not-resolvable',
    severity: 'error',
    comment: 'an import that resolves to nothing would escape every other rule',
    from: {},
    to: { couldNotResolve: true },
  },
  {
    name: 'no-node-in-browser-code',
    severity: 'error',
    comment: 'library packages load in browsers: node: only under node/ and server/ folders, type imports aside',
    from: {
      path: '^packages/[^/]+/src/',
      pathNot: ['/node/', '/server/', '^packages/localnet/', '[/.-]node[.-]'],
    },
    to: { dependencyTypes: ['core'], dependencyTypesNot: ['type-only'] },
  },
  {
    name: 'no-test-code-in-source',
    severity: 'error',
    comment: 'what ships does not need what does not ship',
    from: { path: '/src/', pathNot: '^tooling/' },
    to: { path: '(/test/|^tooling/)' },
  },
];

/**
 * Checks every source and test file under `folder` and gives the violations, each as one line.
 * @param {string} folder
 * @returns {Promise<string[]>}
 */
export const violations = async (folder) => {
  const present = new Set(readdirSync(folder));
  const roots = ['packages', 'apps', 'tooling', 'examples'].filter((name) => present.has(name));
  const { output } = await cruise(
    roots,
    {
      // It wants the folder without the slash at the end.
      baseDir: folder.replace(/\/$/, ''),
      validate: true,
      ruleSet: { forbidden: rules },
      // dist stays known, so that an import of it is seen; it is only not followed.
      doNotFollow: { path: '(node_modules|/dist/)' },
      exclude: {
        path: '(/\\.generated/|/node_modules/.*/node_modules/|^tooling/layers/fixture|/\\.venv/|/dist/.*\\.map$)',
      },
      includeOnly: undefined,
      tsPreCompilationDeps: true,
      combinedDependencies: true,
    },
    {
      conditionNames: ['somakit-source', 'import', 'node', 'default', 'types'],
      exportsFields: ['exports'],
      extensions: ['.ts', '.mts', '.mjs', '.js', '.cjs', '.json', '.d.ts'],
      extensionAlias: { '.js': ['.ts', '.js'], '.mjs': ['.mts', '.mjs'] },
    },
  );
  return output.summary.violations
    .filter((violation) => violation.rule.severity === 'error')
    .map(({ rule, from, to }) => {
      const comment = rules.find(({ name }) => name === rule.name)?.comment ?? '';
      return `${rule.name}: ${join(from)} -> ${to} (${comment})`;
    });
};
