// Replays a recording of a reference node: `pnpm replay FILE`. Prints what was compared, or the first difference, and
// then ends with status 1.
import { readFileSync } from 'node:fs';
import { printable } from '@somakit/core';
import { readRecording } from '../test/support/recording.js';
import { replay } from '../test/support/replay.js';

const [file] = process.argv.slice(2);
if (file === undefined) {
  console.error('usage: pnpm replay FILE   (raw replies of a node, as node-market.json has them)');
  process.exit(2);
}
const steps = readRecording(JSON.parse(readFileSync(file, 'utf8')));
const { transactions, epochs, objects, differences } = replay(steps);
console.log(`${steps.length} checkpoints, ${transactions} transactions, ${epochs} epochs, ${objects} objects compared`);
for (const difference of differences) console.log(JSON.stringify(printable(difference), null, 2));
process.exit(differences.length === 0 ? 0 : 1);
