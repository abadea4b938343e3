import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { type Address, isError, parseAddress } from '@somakit/core';
import type { Signer } from '@somakit/crypto';
import { Keystore } from '@somakit/crypto/node';
import { configError } from '../errors.js';

/** What commands use of a wallet. */
export interface Wallet {
  readonly configFile: string;
  readonly keystore: Keystore;
  readonly environments: readonly { readonly alias: string; readonly rpc: string }[];
  readonly activeEnvironment: string | undefined;
  readonly activeAddress: Address | undefined;
  readonly keys: readonly { readonly alias: string; readonly address: Address }[];
  resolve(identity: string): Address;
  signer(identity?: string): Signer;
}

/** The folder of the official files. */
export const configFolder = (env: NodeJS.ProcessEnv = process.env): string =>
  env.SOMA_CONFIG_DIR || join(homedir(), '.soma', 'soma_config');

const field = (text: string, name: string): string | undefined =>
  new RegExp(`^\\s*-?\\s*${name}:\\s*"?([^"\\n]+?)"?\\s*$`, 'm').exec(text)?.[1];

export const openWallet = async (options: {
  readonly configFile?: string | undefined;
  readonly password?: string | undefined;
}): Promise<Wallet | undefined> => {
  const configFile = options.configFile ?? join(configFolder(), 'client.yaml');
  const text = await readFile(configFile, 'utf8').catch(() => undefined);
  if (text === undefined) {
    if (options.configFile === undefined) return undefined;
    throw configError(configFile, `${configFile} cannot be read.`);
  }
  const path = field(text, 'File') ?? join(dirname(configFile), 'soma.keystore');
  const keystore = await Keystore.open(path, { create: true, password: options.password });
  const environments = [...text.matchAll(/- alias:\s*(\S+)[\s\S]*?rpc:\s*"?([^"\s]+)/g)].map(([, alias, rpc]) => ({
    alias: alias!,
    rpc: rpc!,
  }));
  const stored = field(text, 'active_address');
  const activeAddress = stored === undefined || stored === '~' || stored === 'null' ? undefined : parseAddress(stored);
  const active = activeAddress ?? keystore.list()[0]?.address;
  return {
    configFile,
    keystore,
    environments,
    activeEnvironment: field(text, 'active_env'),
    activeAddress: active,
    keys: keystore.list().map(({ alias, address }) => ({ alias, address })),
    resolve: (identity) => {
      try {
        return parseAddress(identity);
      } catch (error) {
        if (!isError(error, 'INVALID_ADDRESS')) throw error;
        return keystore.entry(identity).address;
      }
    },
    signer: (identity) => keystore.get(identity ?? active ?? ''),
  };
};
