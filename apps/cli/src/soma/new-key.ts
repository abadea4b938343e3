import { open } from 'node:fs/promises';
import { isError } from '@somakit/core';
import type { Keypair } from '@somakit/crypto';
import type { WalletKey } from '@somakit/sdk/node';
import type { Cli } from '../cli.js';
import { configError, usageError } from '../errors.js';
import { askSecret, canAsk } from '../prompt.js';
import { givenPassword, type KeyOptions } from './keys.js';
import { findWallet, makeWallet, type Wallet, type WalletOptions } from './wallet.js';

/** A new file that only its owner reads; what is there is never replaced. */
export const writeSecret = async (path: string, text: string): Promise<void> => {
  try {
    const file = await open(path, 'wx', 0o600);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
  } catch (cause) {
    const there = (cause as NodeJS.ErrnoException).code === 'EEXIST';
    throw configError(path, `${path} ${there ? 'is there already' : 'cannot be written'}.`, undefined, cause);
  }
};

/** Where the words of a new key may go. Checked before the key is made. @throws CLI_USAGE */
export const checkMnemonicWay = (cli: Cli, file: string | undefined): void => {
  if (file !== undefined || (process.stdout.isTTY && !cli.out.json)) return;
  throw usageError(
    'The recovery phrase is shown on a terminal only.',
    'Give --mnemonic-file: it is written there, readable for you alone.',
  );
};

/** Shows the words, once, or has them in a file. */
export const showMnemonic = (cli: Cli, mnemonic: string, file: string | undefined): void => {
  if (file !== undefined) {
    cli.out.note(`The recovery phrase is in ${file}. Put it where it is safe, and nowhere else.`);
    return;
  }
  cli.out.line('');
  cli.out.line('Recovery phrase, shown this once. Write it down: whoever has it has the account.');
  cli.out.line('');
  cli.out.line(`  ${cli.out.bold(mnemonic)}`);
};

/** A password for a new encrypted keystore: given, or asked for twice. */
export const newPassword = async (cli: Cli, options: KeyOptions): Promise<string> => {
  const given = await givenPassword(cli, options);
  if (given !== undefined) return given;
  if (!canAsk()) {
    throw usageError(
      'Encrypting needs a password.',
      'Set SOMAKIT_PASSWORD, or give --password-file or --password-command.',
    );
  }
  const password = await askSecret(cli, 'New password: ');
  if (password === '') throw usageError('The password is empty.');
  if ((await askSecret(cli, 'Once more: ')) !== password) throw usageError('The two are not the same.');
  return password;
};

export interface AddedKey {
  readonly key: WalletKey;
  readonly wallet: Wallet;
  /** Whether client.yaml was made now. */
  readonly first: boolean;
}

/** Adds a key to the official files, and makes them first where there are none. */
export const addToWallet = async (
  cli: Cli,
  options: WalletOptions & { readonly encrypt?: boolean },
  key: { readonly keypair: Keypair; readonly alias?: string | undefined; readonly activate?: boolean | undefined },
): Promise<AddedKey> => {
  const { encrypt = false } = options;
  const there = await findWallet(cli, options).catch((error: unknown) => {
    // A file that was named and is to be made.
    if (isError(error, 'WALLET_NOT_FOUND')) return undefined;
    throw error;
  });
  if (there !== undefined) {
    if (encrypt) throw usageError('There is a wallet already.', 'somakit wallet encrypt encrypts its keystore.');
    return { key: await there.addKey(key), wallet: there, first: false };
  }
  const password = encrypt ? await newPassword(cli, options) : undefined;
  const wallet = await makeWallet(cli, options, password);
  // The files come with a key of their own making, which nobody has the words of.
  const made = wallet.activeAddress!;
  const added = await wallet.addKey({ ...key, activate: true });
  await wallet.removeKey(made);
  return { key: added, wallet, first: true };
};
