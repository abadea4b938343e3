import { isError, parseAddress } from '@somakit/core';
import { formatPublicKey } from '@somakit/crypto';
import type { Keystore, KeystoreEntry } from '@somakit/crypto/node';
import type { Wallet, WalletKey } from '@somakit/sdk/node';
import type { Cli } from '../cli.js';
import { usageError } from '../errors.js';
import { passwordFor } from './keys.js';
import { type AddedKey, addToWallet, newPassword } from './new-key.js';
import { needWallet, type WalletOptions } from './wallet.js';

/** Where the keys are: the official files, or one keystore file by itself. */
export interface KeyringOptions extends WalletOptions {
  readonly keystorePath?: string;
}

/** What the commands about keys need of either. */
export type Keyring = Pick<Wallet, 'keystore' | 'keys' | 'activeAddress' | 'resolve' | 'renameKey'>;

const LOCK_TIMEOUT_MS = 5_000;

const keyOf = ({ alias, address, keypair }: KeystoreEntry): WalletKey => ({
  alias,
  address,
  publicKey: formatPublicKey(keypair.publicKey),
  source: 'keystore',
});

const openFile = async (cli: Cli, path: string, options: WalletOptions): Promise<Keystore> => {
  const { Keystore } = await import('@somakit/crypto/node');
  try {
    return await Keystore.open(path, { lockTimeoutMs: LOCK_TIMEOUT_MS });
  } catch (error) {
    if (!isError(error, 'KEYSTORE_ENCRYPTED')) throw error;
    const password = await passwordFor(cli, options, path);
    return Keystore.open(path, { lockTimeoutMs: LOCK_TIMEOUT_MS, password });
  }
};

/** No client.yaml says which key is the active one, so that each has to be named. */
const ofFile = (keystore: Keystore): Keyring => ({
  keystore,
  get keys() {
    return keystore.list().map(keyOf);
  },
  activeAddress: undefined,
  resolve: (identity) =>
    /^(0x|[0-9a-f]{64}$)/i.test(identity) ? parseAddress(identity) : keystore.entry(identity).address,
  renameKey: async (identity, alias) => keyOf(await keystore.rename(identity, alias)),
});

/** The keys that options name. @throws WALLET_NOT_FOUND KEYSTORE_NOT_FOUND */
export const openKeyring = async (cli: Cli, options: KeyringOptions): Promise<Keyring> =>
  options.keystorePath === undefined
    ? needWallet(cli, options)
    : ofFile(await openFile(cli, options.keystorePath, options));

type NewKey = Parameters<typeof addToWallet>[2];

const addToFile = async (
  cli: Cli,
  path: string,
  options: WalletOptions & { readonly encrypt?: boolean },
  { keypair, alias, activate = false }: NewKey,
): Promise<WalletKey> => {
  if (activate) throw usageError('A keystore by itself has no active key.', 'Leave out --switch or --keystore-path.');
  const { encrypt = false } = options;
  const there = await openFile(cli, path, options).catch((error: unknown) => {
    if (isError(error, 'KEYSTORE_NOT_FOUND')) return undefined;
    throw error;
  });
  if (there !== undefined && encrypt) throw usageError(`${path} is there already.`, 'Leave out --encrypt.');
  const { Keystore } = await import('@somakit/crypto/node');
  const password = encrypt ? await newPassword(cli, options) : undefined;
  const keystore = there ?? (await Keystore.open(path, { create: true, lockTimeoutMs: LOCK_TIMEOUT_MS, password }));
  return keyOf(await keystore.add(keypair, { alias }));
};

/** Adds a key where options say, and makes the files first where there are none. */
export const addToKeyring = async (
  cli: Cli,
  options: KeyringOptions & { readonly encrypt?: boolean },
  key: NewKey,
): Promise<Pick<AddedKey, 'key'> & { readonly active: boolean }> => {
  if (options.keystorePath !== undefined) {
    return { key: await addToFile(cli, options.keystorePath, options, key), active: false };
  }
  const { key: added, wallet } = await addToWallet(cli, options, key);
  return { key: added, active: wallet.activeAddress === added.address };
};
