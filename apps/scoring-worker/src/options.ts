import { parseArgs } from 'node:util';
import { invalidArgument, parseJson } from '@somakit/core';
import type { ConfigInput, Device } from '@somakit/scoring';

/** The flags: name, whether it takes a value, and what it is for. Each has an environment variable of its name. */
const FLAGS = {
  host: ['ADDRESS', 'address to listen on (0.0.0.0)'],
  port: ['NUMBER', 'port of the service (9124; 0 takes a free one)'],
  config: ['NAME', 'v1, small, or a JSON object of the model (v1)'],
  device: ['NAME', 'auto, cpu, cuda or webgpu (auto)'],
  'cache-dir': ['FOLDER', 'where weights and data are kept (~/.cache/somakit/scoring)'],
  'cache-budget': ['BYTES', 'most bytes of the cache (200000000000)'],
  'memory-budget': ['BYTES', "most memory for open models (half of the machine's)"],
  threads: ['NUMBER', 'threads of the engine (one for each core)'],
  'max-requests': ['NUMBER', 'requests at once, the waiting ones included (64)'],
  'request-timeout': ['SECONDS', 'limit of one request or job (1800)'],
  queue: ['URL', 'redis:// URL of a job queue to work for, beside the service'],
  'queue-name': ['NAME', 'name of the queue (soma-scoring)'],
  concurrency: ['NUMBER', 'jobs at once (2)'],
  'lock-time': ['SECONDS', 'silence after which a job is given to another worker (30)'],
  'drain-timeout': ['SECONDS', 'how long a stop waits for running work (60)'],
  'log-level': ['NAME', 'trace, debug, info, warn, error or silent (info)'],
} as const;

const SWITCHES = {
  'no-serve': 'work for the queue only, without listening',
  'allow-private': 'fetch from loopback and private addresses too, as a local network needs',
  help: 'show this text',
} as const;

type Flag = keyof typeof FLAGS;

/** What the program was asked to do. */
export interface WorkerOptions {
  readonly host: string;
  readonly port: number;
  readonly config: ConfigInput;
  readonly device: Device;
  readonly cacheDir: string | undefined;
  readonly cacheBudgetBytes: number | undefined;
  readonly memoryBudgetBytes: number | undefined;
  readonly threads: number | undefined;
  readonly maxRequests: number | undefined;
  readonly requestTimeoutMs: number;
  readonly queue: { readonly url: string; readonly name: string | undefined } | undefined;
  readonly concurrency: number | undefined;
  readonly lockMs: number;
  readonly drainTimeoutMs: number;
  readonly serve: boolean;
  readonly allowPrivate: boolean;
  readonly logLevel: string;
  readonly help: boolean;
}

const variable = (flag: string): string => `SOMAKIT_SCORING_${flag.toUpperCase().replaceAll('-', '_')}`;

/** The text of --help. */
export const usage = (): string => {
  const lines = Object.entries(FLAGS).map(([flag, [value, text]]) => `  --${`${flag} ${value}`.padEnd(28)}${text}`);
  const switches = Object.entries(SWITCHES).map(([flag, text]) => `  --${flag.padEnd(28)}${text}`);
  return [
    'usage: scoring-worker [options]',
    '',
    'Serves scoring.Scoring, and works for a queue in Redis when it is given one.',
    '',
    ...lines,
    ...switches,
    '',
    `Every option can be given in the environment too: --cache-dir as ${variable('cache-dir')}.`,
    '',
  ].join('\n');
};

const LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'silent'];
const DEVICES = ['auto', 'cpu', 'cuda', 'webgpu'];

/** Flags before environment before defaults. @throws INVALID_ARGUMENT */
export const readOptions = (
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): WorkerOptions => {
  let values: Record<string, string | boolean | undefined>;
  try {
    const options: Record<string, { type: 'string' | 'boolean' }> = {};
    for (const flag of Object.keys(FLAGS)) options[flag] = { type: 'string' };
    for (const flag of Object.keys(SWITCHES)) options[flag] = { type: 'boolean' };
    values = parseArgs({ args: [...args], options, allowPositionals: false }).values as typeof values;
  } catch (error) {
    throw invalidArgument('arguments', 'the options that --help shows', (error as Error).message);
  }
  const text = (flag: Flag): string | undefined => {
    const value = values[flag] ?? environment[variable(flag)];
    return value === undefined || value === '' ? undefined : String(value);
  };
  const isOn = (flag: keyof typeof SWITCHES): boolean =>
    values[flag] === true || ['1', 'true', 'yes'].includes((environment[variable(flag)] ?? '').toLowerCase());
  const number = (flag: Flag, least: number, most = Number.MAX_SAFE_INTEGER): number | undefined => {
    const value = text(flag);
    if (value === undefined) return undefined;
    const parsed = Number(value);
    if (!/^\d+(\.\d+)?$/.test(value) || parsed < least || parsed > most) {
      throw invalidArgument(`--${flag}`, `a number of ${least} to ${most}`, value);
    }
    return parsed;
  };
  const oneOf = (flag: Flag, allowed: readonly string[], otherwise: string): string => {
    const value = text(flag) ?? otherwise;
    if (!allowed.includes(value)) throw invalidArgument(`--${flag}`, `one of ${allowed.join(', ')}`, value);
    return value;
  };
  const config = text('config') ?? 'v1';
  const queue = text('queue');
  if (queue !== undefined && !/^rediss?:\/\//.test(queue)) {
    // The URL may hold a password.
    throw invalidArgument('--queue', 'a redis:// or rediss:// URL');
  }
  const serve = !isOn('no-serve');
  if (!serve && queue === undefined) throw invalidArgument('--no-serve', 'used together with --queue');
  return {
    host: text('host') ?? '0.0.0.0',
    port: number('port', 0, 65_535) ?? 9124,
    config: config.startsWith('{')
      ? (parseJson(config) as ConfigInput)
      : (oneOf('config', ['v1', 'small'], 'v1') as ConfigInput),
    device: oneOf('device', DEVICES, 'auto') as Device,
    cacheDir: text('cache-dir'),
    cacheBudgetBytes: number('cache-budget', 0),
    memoryBudgetBytes: number('memory-budget', 0),
    threads: number('threads', 1, 1024),
    maxRequests: number('max-requests', 1),
    requestTimeoutMs: (number('request-timeout', 0.001) ?? 1800) * 1000,
    queue: queue === undefined ? undefined : { url: queue, name: text('queue-name') },
    concurrency: number('concurrency', 1, 1024),
    lockMs: (number('lock-time', 0.5) ?? 30) * 1000,
    drainTimeoutMs: (number('drain-timeout', 0) ?? 60) * 1000,
    serve,
    allowPrivate: isOn('allow-private'),
    logLevel: oneOf('log-level', LEVELS, 'info'),
    help: isOn('help'),
  };
};
