#!/usr/bin/env node
import { isError } from '@somakit/core';
import { pino } from 'pino';
import { readOptions, usage } from './options.js';
import { runWorker } from './run.js';

const main = async (): Promise<void> => {
  const options = readOptions(process.argv.slice(2), process.env);
  if (options.help) {
    process.stdout.write(usage());
    return;
  }
  // Synchronous, so that the last lines before an end are not lost.
  const log = pino({ level: options.logLevel, base: { pid: process.pid } }, pino.destination({ sync: true }));
  const running = await runWorker(options, log);
  let stopping = false;
  const stop = (signal: string) => {
    // A second signal is an order.
    if (stopping) process.exit(1);
    stopping = true;
    log.info({ signal }, 'stopping');
    running.drain().then(
      () => process.exit(0),
      (error: unknown) => {
        log.error({ message: String(error) }, 'could not stop in order');
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
};

main().catch((error: unknown) => {
  const hint = isError(error) && error.hint !== undefined ? `\n${error.hint}` : '';
  process.stderr.write(`scoring-worker: ${error instanceof Error ? error.message : String(error)}${hint}\n`);
  process.exit(isError(error, 'INVALID_ARGUMENT') ? 2 : 1);
});
