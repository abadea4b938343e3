import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { isError, stringifyJson } from '@somakit/core';
import type { Signer } from '@somakit/sdk';
import { openWallet } from '@somakit/sdk/node';
import { runDemo } from './demo.js';
import { printReport } from './print.js';
import type { DemoStep } from './types.js';

const USAGE = `usage: npm run demo -- [options]

  --data FOLDER      the files to score, up to 16 KB each (default: the demo's own sources)
  --files N          how many of them at most (default: 12)
  --json             one JSON object on standard output
  --network testnet  the submitter's part for real; needs a funded key (SOMAKIT_PRIVATE_KEY, or a wallet) and
    --scoring URL      a scoring service with full-size models
    --data-url URL     where everyone can download the files of --data, until the claim
    --rpc URL          another node than testnet's`;

const OWN_SOURCES = join(dirname(fileURLToPath(import.meta.url)), '..', 'src');

const options = {
  data: { type: 'string' },
  files: { type: 'string' },
  json: { type: 'boolean', default: false },
  network: { type: 'string', default: 'localnet' },
  scoring: { type: 'string' },
  'data-url': { type: 'string' },
  rpc: { type: 'string' },
  help: { type: 'boolean', default: false },
} as const;

type Values = ReturnType<typeof parseArgs<{ options: typeof options }>>['values'];

const HINT = 'Run it again; if it fails again, please report it with the code in brackets.';

const fail = (json: boolean, error: unknown): void => {
  const known = isError(error);
  const message = error instanceof Error ? error.message : String(error);
  const hint = (known ? error.hint : undefined) ?? HINT;
  const code = known ? error.code : 'UNKNOWN';
  if (json) console.log(stringifyJson({ ok: false, error: { code, message, hint } }));
  else console.error(`${message} [${code}]\nhint: ${hint}`);
};

/** The wallet's key, where there is one; the demo itself says what to do without. */
const findSigner = async (network: string | undefined): Promise<Signer | undefined> => {
  if (network !== 'testnet') return undefined;
  try {
    return (await openWallet()).signer();
  } catch (error) {
    if (isError(error, 'WALLET_NOT_FOUND') || isError(error, 'WALLET_EMPTY')) return undefined;
    throw error;
  }
};

/** Steps as lines, and as one line that changes where a person watches. */
const progressTo = (stream: NodeJS.WriteStream) => {
  const live = stream.isTTY === true;
  const clear = live ? '\r\u001b[K' : '';
  const bar = (done: number, total: number): string =>
    ` ${'#'.repeat(Math.round((20 * done) / total)).padEnd(20, '.')} ${done}/${total}`;
  return {
    onStep: ({ name, done, total }: DemoStep): void => {
      const measured = done !== undefined && total !== undefined;
      if (live) stream.write(`${clear}${name}${measured ? bar(done, total) : ''}`);
      else if (!measured) stream.write(`${name}\n`);
    },
    clear: (): void => {
      stream.write(clear);
    },
  };
};

/** The first signal ends the run in good order, the second at once. */
const untilTold = (): AbortSignal => {
  const controller = new AbortController();
  const stop = (): void => {
    if (controller.signal.aborted) process.exit(130);
    controller.abort();
  };
  process.on('SIGINT', stop).on('SIGTERM', stop);
  return controller.signal;
};

const play = async (values: Values, signal: AbortSignal): Promise<void> => {
  const { json, network } = values;
  const started = performance.now();
  const progress = progressTo(process.stderr);
  try {
    const report = await runDemo({
      data: values.data ?? OWN_SOURCES,
      files: values.files === undefined ? undefined : Number(values.files),
      network: network as 'localnet' | 'testnet',
      signer: await findSigner(network),
      rpcUrl: values.rpc,
      scoringUrl: values.scoring,
      dataUrl: values['data-url'],
      signal,
      ...(json ? {} : { onStep: progress.onStep }),
    });
    const ms = Math.round(performance.now() - started);
    if (!json) progress.clear();
    if (json) console.log(stringifyJson({ ok: true, ms, ...report }));
    else console.log(`${printReport(report)}\n\nevery shannon is accounted for; ${(ms / 1000).toFixed(1)} s`);
  } catch (error) {
    if (!json) progress.clear();
    throw error;
  }
};

const main = async (): Promise<number> => {
  const signal = untilTold();
  let values: Values;
  try {
    ({ values } = parseArgs({ options }));
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${USAGE}`);
    return 2;
  }
  if (values.help) {
    console.log(USAGE);
    return 0;
  }
  try {
    await play(values, signal);
    return 0;
  } catch (error) {
    fail(values.json, error);
    return signal.aborted ? 130 : 1;
  }
};

process.exitCode = await main();
process.removeAllListeners('SIGINT').removeAllListeners('SIGTERM');
