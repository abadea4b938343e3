#!/usr/bin/env node
import { writeSync } from 'node:fs';
import { version } from './version.js';

const args = process.argv.slice(2);
if (args.length === 1 && ['--version', '-V'].includes(args[0]!)) {
  // By itself: to load the command line and the streams would take longer than all the rest.
  try {
    writeSync(1, `${version()}\n`);
    process.exit(0);
  } catch {
    // A pipe that is full or closed: the usual way knows what to do.
  }
}

const ending = new AbortController();
let status = 130;

// The first signal ends the command in order, the second one at once.
const stop = (code: number) => () => {
  if (ending.signal.aborted) process.exit(code);
  status = code;
  ending.abort();
};
process.on('SIGINT', stop(130));
process.on('SIGTERM', stop(143));
// A reader that has seen enough, such as `head`.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  process.exit(error.code === 'EPIPE' ? 0 : 1);
});

const { run } = await import('./program.js');
const code = await run(args, ending.signal);
// 7: the outcome of a transaction is unknown, which matters more than who ended the wait.
process.exitCode = ending.signal.aborted && code !== 7 ? status : code;
// What is printed has to arrive; what else may hang, such as a call that a server never answers, holds nobody up.
process.stdout.write('', () => process.stderr.write('', () => process.exit()));
