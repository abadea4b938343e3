import { projects } from '@somakit/vitest-config';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    projects: projects(),
    reporters: ['default', './tooling/vitest/reporter.mjs'],
    // Two cores are the machine we plan for; more are used when they are there.
    maxWorkers: '100%',
    coverage: { provider: 'v8', include: ['packages/*/src/**'], exclude: ['**/src/gen/**'] },
  },
});
