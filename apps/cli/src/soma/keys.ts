import { readFile } from 'node:fs/promises';
import { fromBase64, invalidArgument, isError, SomaKitError } from '@somakit/core';
import { Keypair } from '@somakit/crypto';
import type { Command } from 'commander';
import type { Cli } from '../cli.js';
import { configError, usageError } from '../errors.js';
import { askSecret, canAsk, readStdin } from '../prompt.js';

/** Where secrets come from: never from the command line itself. */
export interface KeyOptions {
  readonly keyFile?: string;
  readonly keyCommand?: string;
  readonly passwordFile?: string;
  readonly passwordCommand?: string;
}

export const passwordOptions = (command: Command): Command =>
  command
    .option('--password-file <file>', 'password of an encrypted keystore (- is standard input)')
    .option('--password-command <command>', 'a command that prints it');

export const keyOptions = (command: Command): Command =>
  passwordOptions(
    command
      .option('--key-file <file>', 'the private key in this file instead of the keystore (- is standard input)')
      .option('--key-command <command>', 'the private key that this command prints'),
  );

/** What a shell command prints. Its standard error goes to ours. */
export const outputOf = async (command: string, signal: AbortSignal): Promise<string> => {
  const { spawn } = await import('node:child_process');
  const child = spawn(command, { shell: true, stdio: ['ignore', 'pipe', 'inherit'], signal });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (part: string) => {
    text += part;
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  // The command may hold a secret itself: it is not shown.
  if (code !== 0) throw configError('', `The command for a secret ended with the status ${code}.`);
  return text;
};

/** The text of a file, or of standard input for `-`. */
export const textOf = async (file: string): Promise<string> => {
  if (file === '-') {
    if (process.stdin.isTTY) throw usageError('Standard input is a terminal; a secret would be seen there.');
    return readStdin();
  }
  return readFile(file, 'utf8').catch((cause: unknown) => {
    throw configError(file, `${file} cannot be read.`, undefined, cause);
  });
};

/** Base64 from an option, or `@file`. @throws INVALID_ARGUMENT */
export const bytesOf = async (argument: string, text: string): Promise<Uint8Array> => {
  const given = (text.startsWith('@') ? await textOf(text.slice(1)) : text).trim();
  try {
    return fromBase64(given);
  } catch {
    throw invalidArgument(argument, 'Base64', given.length > 40 ? `${given.slice(0, 40)}…` : given);
  }
};

const firstLine = (text: string): string => text.split(/\r?\n/, 1)[0] ?? '';

/** A private key that settings give directly. */
export const givenKey = async (cli: Cli, { keyFile, keyCommand }: KeyOptions): Promise<Keypair | undefined> => {
  const { SOMAKIT_PRIVATE_KEY: fromEnvironment } = process.env;
  const text =
    keyFile !== undefined
      ? await textOf(keyFile)
      : keyCommand !== undefined
        ? await outputOf(keyCommand, cli.signal)
        : fromEnvironment || undefined;
  if (text === undefined) return undefined;
  try {
    return keypairOf(text);
  } catch (error) {
    const where =
      keyFile === '-' ? 'standard input' : (keyFile ?? (keyCommand ? '--key-command' : 'SOMAKIT_PRIVATE_KEY'));
    throw configError(
      where,
      `${where} gives no private key${isError(error) ? `: ${error.message}` : '.'}`,
      'It is somaprivkey1..., 64 hex digits, or an entry of a keystore (Base64).',
    );
  }
};

/** A key in any form in which programs hand one out: Bech32, hex, Base64 with its flag. */
export const keypairOf = (text: string): Keypair => {
  const line = firstLine(text.trim()).trim();
  if (/^(0x)?[0-9a-f]{64}$/i.test(line) || /^somaprivkey1/i.test(line)) return Keypair.fromSecretKey(line);
  return Keypair.fromKeyFile(line);
};

/** The password of an encrypted keystore, as far as settings give it. */
export const givenPassword = async (
  cli: Cli,
  { passwordFile, passwordCommand }: KeyOptions,
): Promise<string | undefined> => {
  if (passwordFile !== undefined) return firstLine(await textOf(passwordFile));
  if (passwordCommand !== undefined) return firstLine(await outputOf(passwordCommand, cli.signal));
  return process.env.SOMAKIT_PASSWORD || undefined;
};

/** The password of an encrypted keystore: given, or asked for. @throws KEYSTORE_ENCRYPTED where nobody can be asked */
export const passwordFor = async (cli: Cli, options: KeyOptions, path: string): Promise<string> => {
  const given = await givenPassword(cli, options);
  if (given !== undefined) return given;
  if (canAsk()) return askSecret(cli, `Password of ${path}: `);
  throw new SomaKitError('KEYSTORE_ENCRYPTED', `${path} is an encrypted keystore.`, {
    context: { path },
    hint: 'Set SOMAKIT_PASSWORD, or give --password-file or --password-command.',
  });
};
