import { stringifyJson } from '@somakit/core';
import type { Cli } from './cli.js';
import { usageError } from './errors.js';
import { ask, canAsk } from './prompt.js';

export interface WriteOptions {
  readonly yes?: boolean | undefined;
  readonly dryRun?: boolean | undefined;
}

export interface PlannedWrite {
  /** The command, such as `tinker.checkpoint.delete`. */
  readonly action: string;
  /** What will happen, for people. */
  readonly lines: readonly string[];
  readonly question: string;
  /** What will happen, for programs: the result of --dry-run --json. */
  readonly plan: object;
}

/**
 * Shows what will happen and whether it may. On a terminal it asks; elsewhere --yes must have said so.
 * @throws CLI_USAGE without a terminal and without --yes
 */
export const confirmWrite = async (
  cli: Cli,
  { yes = false, dryRun = false }: WriteOptions,
  { action, lines, question, plan }: PlannedWrite,
): Promise<boolean> => {
  const { out } = cli;
  if (dryRun) {
    if (out.json) out.raw(`${stringifyJson({ schema: 'dry-run/1', action, ...plan })}\n`);
    else for (const line of [...lines, 'Dry run: nothing was done.']) out.line(line);
    return false;
  }
  for (const line of lines) out.note(line);
  if (yes) return true;
  if (!canAsk()) {
    throw usageError(
      `${question} Nobody is here to answer.`,
      'Say it with --yes; --dry-run only shows what would happen.',
    );
  }
  if (/^y(es)?$/i.test(await ask(cli, `${question} [y/N] `))) return true;
  out.note('Nothing was done.');
  return false;
};
