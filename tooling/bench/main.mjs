#!/usr/bin/env node
// `pnpm bench [FILTER...] [--json]`: runs every src/*.bench.mjs, ours and the original side by side, and prints one
// table. A filter is a part of a file's or a row's name. Numbers are shown, never asserted.
import { readdirSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';
import { row, table } from './src/table.mjs';
import { createTools } from './src/tools.mjs';

const args = process.argv.slice(2);
const json = args.includes('--json');
const unknown = args.find((arg) => arg.startsWith('-') && arg !== '--json');
if (unknown !== undefined) {
  console.error(`unknown option ${unknown}; usage: pnpm bench [FILTER...] [--json]`);
  process.exit(2);
}
const filters = args.filter((arg) => arg !== '--json');
const files = readdirSync(new URL('./src/', import.meta.url))
  .filter((name) => name.endsWith('.bench.mjs'))
  .sort();
const say = (text) => process.stderr.write(text);

const results = [];
for (const file of files) {
  const suite = file.slice(0, -'.bench.mjs'.length);
  const { benches } = await import(`./src/${file}`);
  const chosen = benches.filter(
    ({ name }) => filters.length === 0 || filters.some((filter) => suite.includes(filter) || name.includes(filter)),
  );
  for (const bench of chosen) {
    say(`${suite}: ${bench.name} ...`);
    const tools = createTools();
    try {
      results.push(await row(suite, bench, tools));
      say(' done\n');
    } catch (error) {
      results.push({ suite, name: bench.name, unit: bench.unit, error: error.message });
      say(` failed: ${error.stack}\n`);
    } finally {
      await tools.close();
    }
  }
}
if (results.length === 0) {
  console.error(`no bench matches ${filters.join(' ')}; there are: ${files.join(', ')}`);
  process.exit(2);
}
const machine = { cpu: cpus()[0]?.model.trim(), cores: availableParallelism(), node: process.version };
if (json) console.log(JSON.stringify({ machine, results }, null, 2));
else console.log(`\n${machine.cpu}, ${machine.cores} cores, Node ${machine.node}\n\n${table(results)}`);
process.exit(results.some(({ error }) => error !== undefined) ? 1 : 0);
