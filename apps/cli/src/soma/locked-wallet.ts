import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, dirname, extname, join, resolve as resolvePath } from 'node:path';
import { type Address, parseAddress, SomaKitError } from '@somakit/core';
import { ed25519Address, parsePublicKey } from '@somakit/crypto';
import type { Wallet, WalletEnvironment, WalletKey } from '@somakit/sdk/node';
import { parse } from 'yaml';

const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);

/** What the aliases file beside an encrypted keystore says: names and public keys, nothing secret. */
const readAliases = async (keystore: string): Promise<readonly WalletKey[]> => {
  const file = join(dirname(keystore), `${basename(keystore, extname(keystore))}.aliases`);
  try {
    const entries = JSON.parse(await readFile(file, 'utf8')) as { alias: string; public_key_base64: string }[];
    return entries.map(({ alias, public_key_base64: publicKey }) => ({
      alias,
      address: ed25519Address(parsePublicKey(publicKey)),
      publicKey,
      source: 'keystore',
    }));
  } catch {
    // Names are a comfort: without them addresses do.
    return [];
  }
};

/**
 * The wallet of a client.yaml that has been read before, its keystore encrypted and left so: for commands that sign
 * nothing and shall ask for no password.
 */
export const lockedWallet = async (config: string | undefined): Promise<Wallet> => {
  const { SOMA_CONFIG_DIR } = process.env;
  const folder = SOMA_CONFIG_DIR || join(homedir(), '.soma', 'soma_config');
  const configFile = resolvePath(config ?? join(folder, 'client.yaml'));
  const content = parse(await readFile(configFile, 'utf8'), { schema: 'failsafe' }) as Record<string, unknown>;
  const path = text((content.keystore as { File?: unknown } | undefined)?.File);
  const keystorePath = path ?? join(dirname(configFile), 'soma.keystore');
  const keys = await readAliases(keystorePath);
  const environments = (content.envs as readonly Record<string, unknown>[]).map((each): WalletEnvironment => {
    const basicAuth = text(each.basic_auth);
    return {
      alias: String(each.alias),
      rpc: String(each.rpc),
      ...(basicAuth === undefined || basicAuth === '~' || basicAuth === 'null' ? {} : { basicAuth }),
    };
  });
  const active = text(content.active_env);
  const stored = text(content.active_address);
  const locked = (): never => {
    throw new SomaKitError('KEYSTORE_ENCRYPTED', `${keystorePath} is an encrypted keystore.`, {
      context: { path: keystorePath },
    });
  };
  const wallet: Pick<
    Wallet,
    | 'configFile'
    | 'saved'
    | 'environments'
    | 'activeEnvironment'
    | 'activeAddress'
    | 'keys'
    | 'keystore'
    | 'resolve'
    | 'signer'
    | 'setChainId'
  > = {
    configFile,
    saved: true,
    environments,
    activeEnvironment: environments.find(({ alias }) => alias === active) ?? environments[0],
    activeAddress: /^(0x)?[0-9a-f]{64}$/i.test(stored ?? '') ? parseAddress(stored!) : keys[0]?.address,
    keys,
    get keystore() {
      return locked();
    },
    resolve: (identity): Address => {
      if (/^(0x|[0-9a-f]{64}$)/i.test(identity)) return parseAddress(identity);
      return keys.find(({ alias }) => alias === identity)?.address ?? locked();
    },
    signer: locked,
    // A comfort that needs a writer; the answer is printed all the same.
    setChainId: async () => {},
  };
  // Commands that sign nothing use no more of it.
  return wallet as Wallet;
};
