import { isError, SomaKitError, stringifyJson } from '@somakit/core';
import { EXIT, exitCodeOf } from './exit-codes.js';
import { visible } from './text.js';

declare module '@somakit/core' {
  interface ErrorContexts {
    /** The command line does not say what to do. */
    CLI_USAGE: Readonly<Record<string, never>>;
    /** A file of settings cannot be read. */
    CLI_CONFIG: { readonly file: string };
    /** No account or key to act with, or none that these settings lead to. */
    CLI_NO_ACCOUNT: { readonly configFile: string | undefined };
    /** The simulation says that the chain would fail the transaction; nothing was sent. */
    CLI_WOULD_FAIL: { readonly action: string; readonly failure: string };
    /** What the server lists does not have it. */
    CLI_NOT_FOUND: { readonly what: string };
  }
}

export const usageError = (message: string, hint?: string): SomaKitError =>
  new SomaKitError('CLI_USAGE', message, { context: {}, hint });

export const configError = (file: string, message: string, hint?: string, cause?: unknown): SomaKitError =>
  new SomaKitError('CLI_CONFIG', message, { context: { file }, hint, cause });

export interface ErrorPrinting {
  readonly json: boolean;
  readonly debug: boolean;
  readonly write: (text: string) => void;
}

const stackOf = (error: Error): string => {
  const own = error.stack ?? String(error);
  return error.cause instanceof Error ? `${own}\ncaused by ${stackOf(error.cause)}` : own;
};

/** Prints an error for people or programs and gives the exit status. */
export const reportError = (error: unknown, { json, debug, write }: ErrorPrinting): number => {
  const known = isError(error);
  const exitCode = known ? exitCodeOf(error) : EXIT.error;
  const message = error instanceof Error ? error.message : String(error);
  if (json) {
    const shape = known ? error.toJSON() : { code: 'UNEXPECTED', message, retryable: false, context: {} };
    const stack = debug && error instanceof Error ? { stack: stackOf(error) } : {};
    write(`${stringifyJson({ schema: 'error/1', ...shape, exitCode, ...stack })}\n`);
    return exitCode;
  }
  const code = known ? error.code : 'UNEXPECTED';
  write(`error: ${visible(message)}\n`);
  if (known && error.hint !== undefined) write(`hint: ${visible(error.hint)}\n`);
  write(`code: ${code}\n`);
  if (debug && error instanceof Error) write(`${stackOf(error)}\n`);
  else if (!known) write('hint: --debug shows where it happened.\n');
  return exitCode;
};
