import { type Digest, isError, toBase58 } from '@somakit/core';
import { weightKeyBytes } from '@somakit/crypto';
import { type Command, Option } from 'commander';
import type { Cli } from '../cli.js';
import { configError, usageError } from '../errors.js';
import { outputOf, textOf } from '../soma/keys.js';

/** Where the key of encrypted weights comes from. */
export interface WeightKeyOptions {
  readonly decryptionKey?: string;
  readonly decryptionKeyFile?: string;
  readonly decryptionKeyCommand?: string;
}

export const weightKeyOptions = (command: Command): Command =>
  command
    .option('--decryption-key-file <file>', 'key of the weights, Base58 (- is standard input)')
    .option('--decryption-key-command <command>', 'a command that prints the key')
    // As the official program takes it; whoever lists the processes sees it.
    .addOption(new Option('--decryption-key <key>').hideHelp());

export const WEIGHT_KEY_HELP =
  'The key of the weights comes from --decryption-key-file, --decryption-key-command or SOMAKIT_DECRYPTION_KEY.';

/** The key of encrypted weights; undefined when no setting gives one. @throws CLI_CONFIG when it is none */
export const givenWeightKey = async (cli: Cli, options: WeightKeyOptions): Promise<Digest | undefined> => {
  const { decryptionKey, decryptionKeyFile: file, decryptionKeyCommand: command } = options;
  if ([decryptionKey, file, command].filter((each) => each !== undefined).length > 1) {
    throw usageError('The key of the weights may come from one place only.');
  }
  if (decryptionKey !== undefined) {
    cli.out.note(
      '--decryption-key shows the key to everyone who lists processes, and stays in the history of the shell.',
    );
  }
  const [text, where] =
    decryptionKey !== undefined
      ? [decryptionKey, '--decryption-key']
      : file !== undefined
        ? [await textOf(file), file === '-' ? 'standard input' : file]
        : command !== undefined
          ? [await outputOf(command, cli.signal), '--decryption-key-command']
          : [process.env.SOMAKIT_DECRYPTION_KEY || undefined, 'SOMAKIT_DECRYPTION_KEY'];
  if (text === undefined) return undefined;
  try {
    return toBase58(weightKeyBytes(text.trim())) as Digest;
  } catch (error) {
    if (!isError(error, 'INVALID_WEIGHT_KEY')) throw error;
    throw configError(where, `${where} gives no key of weights.`, 'It is Base58 of 32 bytes.');
  }
};

/** @throws CLI_USAGE without one */
export const requiredWeightKey = async (cli: Cli, options: WeightKeyOptions): Promise<Digest> => {
  const key = await givenWeightKey(cli, options);
  if (key === undefined) throw usageError('The key of the weights is missing.', WEIGHT_KEY_HELP);
  return key;
};
