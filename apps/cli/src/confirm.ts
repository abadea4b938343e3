import { stringifyJson, throwIfAborted } from '@somakit/core';
import type { Cli } from './cli.js';
import { usageError } from './errors.js';

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
  { out, signal }: Cli,
  { yes = false, dryRun = false }: WriteOptions,
  { action, lines, question, plan }: PlannedWrite,
): Promise<boolean> => {
  if (dryRun) {
    if (out.json) out.raw(`${stringifyJson({ schema: 'dry-run/1', action, ...plan })}\n`);
    else for (const line of [...lines, 'Dry run: nothing was done.']) out.line(line);
    return false;
  }
  for (const line of lines) out.note(line);
  if (yes) return true;
  if (!process.stdin.isTTY || !process.stderr.isTTY) {
    throw usageError(
      `${question} Nobody is here to answer.`,
      'Say it with --yes; --dry-run only shows what would happen.',
    );
  }
  const { createInterface } = await import('node:readline/promises');
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  // A key here, not a signal: readline takes it.
  terminal.on('SIGINT', () => process.kill(process.pid, 'SIGINT'));
  try {
    // Ctrl-D closes without an answer.
    const closed = new Promise<string>((resolve) => terminal.once('close', () => resolve('')));
    const answer = await Promise.race([terminal.question(`${question} [y/N] `, { signal }), closed]);
    if (/^y(es)?$/i.test(answer.trim())) return true;
  } catch (error) {
    throwIfAborted(signal, action);
    throw error;
  } finally {
    terminal.close();
  }
  out.note('Nothing was done.');
  return false;
};
