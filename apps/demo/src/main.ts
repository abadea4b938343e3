import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { isError, stringifyJson } from '@somakit/core';
import { runDemo } from './demo.js';
import { printReport } from './print.js';

const USAGE = 'usage: npm run demo -- [--data FOLDER] [--files N] [--json]';
const OWN_SOURCES = join(dirname(fileURLToPath(import.meta.url)), '..', 'src');

const options = {
  data: { type: 'string' },
  files: { type: 'string' },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

const fail = (json: boolean, error: unknown): void => {
  const known = isError(error);
  const message = error instanceof Error ? error.message : String(error);
  const hint = known ? error.hint : undefined;
  if (json) console.log(stringifyJson({ ok: false, error: { code: known ? error.code : 'UNKNOWN', message, hint } }));
  else console.error(`${message}${known ? ` [${error.code}]` : ''}${hint === undefined ? '' : `\nhint: ${hint}`}`);
};

const main = async (): Promise<number> => {
  let values: ReturnType<typeof parseArgs<{ options: typeof options }>>['values'];
  try {
    ({ values } = parseArgs({ options }));
  } catch (error) {
    console.error(`${(error as Error).message}\n${USAGE}`);
    return 2;
  }
  if (values.help) {
    console.log(USAGE);
    return 0;
  }
  const controller = new AbortController();
  const stop = (): void => controller.abort();
  process.once('SIGINT', stop).once('SIGTERM', stop);
  const live = process.stderr.isTTY && !values.json;
  const started = performance.now();
  try {
    const report = await runDemo({
      data: values.data ?? OWN_SOURCES,
      files: values.files === undefined ? undefined : Number(values.files),
      signal: controller.signal,
      onStep: ({ name, done, total }) => {
        if (values.json) return;
        const bar =
          total === undefined
            ? ''
            : ` ${'#'.repeat(Math.round((20 * (done ?? 0)) / total)).padEnd(20, '.')} ${done}/${total}`;
        if (live) process.stderr.write(`\r\u001b[K${name}${bar}`);
        else if (total === undefined) process.stderr.write(`${name}\n`);
      },
    });
    if (live) process.stderr.write('\r\u001b[K');
    const ms = Math.round(performance.now() - started);
    if (values.json) console.log(stringifyJson({ ok: true, ms, ...report }));
    else console.log(`${printReport(report)}\n\nevery shannon is accounted for; ${(ms / 1000).toFixed(1)} s`);
    return 0;
  } catch (error) {
    if (live) process.stderr.write('\r\u001b[K');
    fail(values.json ?? false, error);
    return controller.signal.aborted ? 130 : 1;
  } finally {
    process.removeListener('SIGINT', stop).removeListener('SIGTERM', stop);
  }
};

process.exitCode = await main();
