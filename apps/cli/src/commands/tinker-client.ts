import { invalidArgument } from '@somakit/core';
import type { AccessScope, CallOptions, TinkerClient } from '@somakit/tinker';
import type { CheckpointProgress } from '@somakit/tinker/node';
import type { Command } from 'commander';
import type { Cli } from '../cli.js';
import { count, positive } from '../options.js';

interface TinkerFlags {
  readonly baseUrl?: string;
  readonly anyKey?: boolean;
  readonly timeout?: number;
  readonly retry: boolean;
}

export interface ScopeFlags {
  readonly scope?: string;
}

export interface WalkFlags {
  readonly limit?: number;
  readonly offset?: number;
  readonly all?: boolean;
}

const load = () => import('@somakit/tinker');

/** A client as the options of the group say. */
export const connect = async (
  cli: Cli,
  command: Command,
): Promise<{ client: TinkerClient; rest: TinkerClient['rest']; lib: Awaited<ReturnType<typeof load>> }> => {
  const { baseUrl, anyKey, retry } = command.optsWithGlobals<TinkerFlags>();
  const lib = await load();
  const client = lib.createTinkerClient({
    baseUrl,
    anyKey,
    ...(retry ? {} : { retry: false }),
    onRetry: ({ delayMs, attempt }) =>
      cli.out.note(`attempt ${attempt} failed; the next one in ${Math.ceil(delayMs / 1000)} s`),
    onDeprecation: ({ note }) => cli.out.note(`the server says: ${note}`),
  });
  return { client, rest: client.rest, lib };
};

export const calling = (cli: Cli, command: Command): Omit<CallOptions, 'idempotencyKey'> => {
  const { timeout } = command.optsWithGlobals<TinkerFlags>();
  return { signal: cli.signal, ...(timeout === undefined ? {} : { timeoutMs: timeout * 1000 }) };
};

export const scopeOf = ({ scope }: ScopeFlags): AccessScope | undefined => {
  if (scope === undefined || scope === 'owned' || scope === 'accessible') return scope;
  throw invalidArgument('scope', 'owned or accessible', scope);
};

export const paging = (command: Command): Command =>
  command
    .option('--limit <n>', 'how many (default: 20)', positive)
    .option('--offset <n>', 'leave out the first so many', count)
    .option('--all', 'all of them');

// One page of the server; more are walked.
const MOST = 100;

/** How a list is to be read: as one page, or walked over several. */
export const walkOf = ({ limit = 20, offset = 0, all = false }: WalkFlags) => ({
  all: all || limit > MOST,
  walk: { offset, ...(all ? {} : { limit }) },
  page: { limit, offset },
});

export const collect = async <T>(items: AsyncIterable<T>): Promise<T[]> => {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
};

export const yesNo = (value: boolean | null): string => (value === null ? '-' : value ? 'yes' : 'no');

/** The progress of a download. */
export const showProgress =
  ({ out }: Cli) =>
  ({ phase, file, received, size }: CheckpointProgress): void =>
    out.progress(
      `${phase === 'download' ? 'downloading' : 'unpacking'}${file === undefined ? '' : ` ${file}`}`,
      received,
      size,
    );
