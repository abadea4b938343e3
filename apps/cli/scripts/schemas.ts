// Writes schemas/*.json from src/schemas/*.ts: pnpm --filter somakit schemas
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { generateSchemas } from '../src/schemas/generate.js';

const folder = new URL('../schemas/', import.meta.url);
const files = await generateSchemas();
for (const file of readdirSync(folder)) if (!files.has(file)) rmSync(new URL(file, folder));
for (const [file, text] of files) writeFileSync(new URL(file, folder), text);
