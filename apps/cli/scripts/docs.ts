// Writes docs/cli/*.md from the commands: pnpm --filter somakit docs
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { generateReference } from './reference.js';

const folder = new URL('../../../docs/cli/', import.meta.url);
mkdirSync(folder, { recursive: true });
const pages = await generateReference();
for (const file of readdirSync(folder)) if (!pages.has(file)) rmSync(new URL(file, folder));
for (const [file, text] of pages) writeFileSync(new URL(file, folder), text);
