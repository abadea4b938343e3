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

/** What to do at a terminal, where the libraries speak of functions and options. */
const HINTS: Readonly<Record<string, string>> = {
  WALLET_NOT_FOUND:
    'somakit wallet new makes one; or set SOMAKIT_PRIVATE_KEY, or name another client.yaml by --config.',
  WALLET_EMPTY: 'somakit wallet new makes a key, somakit wallet import takes one.',
  WALLET_ENVIRONMENT_ACTIVE: 'somakit env switch to another one first.',
  WALLET_ENVIRONMENT_EXISTS: 'somakit env list shows them.',
  KEYSTORE_NOT_FOUND: 'client.yaml names a keystore that is not there: put it back, or correct the path.',
  KEYSTORE_KEY_NOT_FOUND: 'Give an address or an alias that somakit wallet list shows.',
  KEYSTORE_ENCRYPTED: 'Set SOMAKIT_PASSWORD, or give --password-file or --password-command.',
  KEYSTORE_NOT_ENCRYPTED: 'Leave the password out.',
  KEYSTORE_ALIAS_TAKEN: 'somakit alias set gives a key another one.',
  KEYSTORE_ALIASES_MISMATCH: 'The aliases file belongs to another keystore: put the right one back, or remove it.',
  NO_SIGNER: 'Give --from, or a key by SOMAKIT_PRIVATE_KEY, --key-file or --key-command.',
  SERVICE_NOT_CONFIGURED:
    'Give its URL: --faucet-url, --scoring-url or --admin-url, or SOMAKIT_FAUCET_URL and the like.',
  INSUFFICIENT_COINS: 'somakit balance --with-coins shows what there is; on test networks somakit faucet gives more.',
  CHECKPOINT_NOT_SEEN: 'Do not send it again. somakit tx info shows it once the node has it.',
  EPOCH_NOT_ADVANCED: 'somakit epoch says when it can end.',
  FAUCET_OUTCOME_UNKNOWN: 'somakit balance tells whether the coins came.',
};

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
  const hint = known ? (HINTS[error.code] ?? error.hint) : undefined;
  if (json) {
    const { code: name, message: words, hint: _, ...rest } = known ? error.toJSON() : ({} as Record<string, unknown>);
    const shape = known
      ? { code: name, message: words, ...(hint === undefined ? {} : { hint }), ...rest }
      : { code: 'UNEXPECTED', message, retryable: false, context: {} };
    const stack = debug && error instanceof Error ? { stack: stackOf(error) } : {};
    write(`${stringifyJson({ schema: 'error/1', ...shape, exitCode, ...stack })}\n`);
    return exitCode;
  }
  const code = known ? error.code : 'UNEXPECTED';
  write(`error: ${visible(message)}\n`);
  if (hint !== undefined) write(`hint: ${visible(hint)}\n`);
  write(`code: ${code}\n`);
  if (debug && error instanceof Error) write(`${stackOf(error)}\n`);
  else if (!known) write('hint: --debug shows where it happened.\n');
  return exitCode;
};
