import { defineConfig } from 'vite';

// Only in this workspace: its packages are taken from their sources, so that nothing must be built first.
const conditions = ['somakit-source', 'module', 'browser', 'import', 'default'];

export default defineConfig({ root: import.meta.dirname, resolve: { conditions } });
