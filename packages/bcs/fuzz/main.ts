import { parseArgs } from 'node:util';
import { makeCorpus } from './corpus.js';
import { fuzz } from './fuzz.js';

const { values } = parseArgs({
  // pnpm hands on the `--` that separates its own options.
  args: process.argv.slice(2).filter((argument) => argument !== '--'),
  options: {
    cases: { type: 'string', default: '10000000' },
    seconds: { type: 'string', default: '600' },
    seed: { type: 'string', default: '1' },
  },
});
// Most cases end in an error, and a stack trace costs more than the decoding.
Error.stackTraceLimit = 0;
const seed = Number(values.seed);
const report = fuzz({
  cases: Number(values.cases),
  seconds: Number(values.seconds),
  seed,
  corpus: makeCorpus(40, seed),
  onProgress: (done) => process.stderr.write(`${done} cases\r`),
});
const growth = (report.heapGrowth ?? 0) / 2 ** 20;
console.log(
  `${report.cases} cases in ${report.seconds.toFixed(1)} s, ${report.decoded} of them valid, slowest ${report.slowest.toFixed(1)} ms, heap ${growth >= 0 ? '+' : ''}${growth.toFixed(1)} MiB, seed ${seed}: no failure`,
);
if (growth > 64) {
  console.error('The heap grew by more than 64 MiB.');
  process.exitCode = 1;
}
