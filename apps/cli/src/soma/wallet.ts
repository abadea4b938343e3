import { isError } from '@somakit/core';
import type { Wallet } from '@somakit/sdk/node';
import type { Command } from 'commander';
import type { Cli } from '../cli.js';
import { type KeyOptions, passwordFor, passwordOptions } from './keys.js';

export type { Wallet } from '@somakit/sdk/node';

export const CONFIG_HELP = 'client.yaml (default: in SOMA_CONFIG_DIR, else ~/.soma/soma_config)';

export interface WalletOptions extends KeyOptions {
  readonly config?: string;
}

const open = async (
  cli: Cli,
  options: WalletOptions,
  how: { readonly create?: boolean; readonly locked?: boolean; readonly newPassword?: string | undefined },
): Promise<Wallet> => {
  const { create = false, locked = false, newPassword } = how;
  const { openWallet } = await import('@somakit/sdk/node');
  const { SOMA_CONFIG_DIR } = process.env;
  return openWallet({
    configFile: options.config,
    create,
    locked,
    // Other variables have been heeded before: flags go first.
    env: { SOMA_CONFIG_DIR },
    password: newPassword ?? ((path) => passwordFor(cli, options, path)),
  });
};

/**
 * The official files, or undefined when there are none and none were named. `locked`: no key is needed, so that an
 * encrypted keystore stays as it is and nobody is asked for its password.
 */
export const findWallet = async (
  cli: Cli,
  options: WalletOptions,
  { locked = false }: { readonly locked?: boolean } = {},
): Promise<Wallet | undefined> => {
  try {
    return await open(cli, options, { locked });
  } catch (error) {
    if (isError(error, 'WALLET_NOT_FOUND') && options.config === undefined) return undefined;
    throw error;
  }
};

/** The official files. @throws WALLET_NOT_FOUND */
export const needWallet = async (cli: Cli, options: WalletOptions): Promise<Wallet> => open(cli, options, {});

/** The official files, made where there are none; with a password the keystore is encrypted. */
export const makeWallet = async (cli: Cli, options: WalletOptions, newPassword?: string | undefined): Promise<Wallet> =>
  open(cli, options, { create: true, newPassword });

/** Adds the options of commands about the official files. */
export const walletOptions = (command: Command): Command =>
  passwordOptions(command.option('--config <file>', CONFIG_HELP));
