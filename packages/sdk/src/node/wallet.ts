import { mkdir, readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join, resolve as resolvePath } from 'node:path';
import { type Address, invalidArgument, isError, kindOf, parseAddress, SomaKitError } from '@somakit/core';
import { formatPublicKey, type Keypair, type Signer } from '@somakit/crypto';
import { generateMnemonic, keypairFromMnemonic } from '@somakit/crypto/mnemonic';
import { Keystore, readAliases, updateFile } from '@somakit/crypto/node';
import { createSomaClient } from '../client/create-client.node.js';
import { NETWORKS } from '../client/networks.js';
import type { SomaClientOptions } from '../client/types.js';
import {
  type ClientChange,
  type ClientConfig,
  type ClientYaml,
  readClientYaml,
  type WalletEnvironment,
  writeClientYaml,
} from './client-yaml.js';
import { damagedConfig } from './errors.js';
import { isHttpUrl, keyOfVariables, rpcOfVariables, variable, WALLET_VARIABLES } from './variables.js';
import type { OpenWalletOptions, Wallet, WalletKey } from './wallet-types.js';

/** The environments of a new client.yaml. Source: `cli/src/soma_commands.rs`, the first run. */
const FIRST_ENVIRONMENTS: readonly WalletEnvironment[] = [
  { alias: 'testnet', rpc: 'https://fullnode.testnet.soma.org:443' },
  { alias: 'local', rpc: 'http://127.0.0.1:9000' },
];

/** Where the services beside a node are, as the official programs guess it from its URL. */
const servicesOf = (rpc: string): Partial<SomaClientOptions> => {
  if (/127\.0\.0\.1|0\.0\.0\.0|localhost|\[::1\]/.test(rpc)) {
    const { faucetUrl, scoringUrl, adminUrl } = NETWORKS.localnet;
    return { faucetUrl, scoringUrl, adminUrl };
  }
  return rpc.includes('testnet') ? { faucetUrl: NETWORKS.testnet.faucetUrl } : {};
};

const readConfig = async (path: string): Promise<ClientYaml | undefined> => {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    const reason = (error as NodeJS.ErrnoException).code ?? 'UNKNOWN';
    throw new SomaKitError('FILE_ACCESS', `Cannot read ${path}: ${reason}.`, {
      context: { path, operation: 'read', reason },
      cause: error,
    });
  }
  return parse(bytes, path);
};

const parse = (bytes: Uint8Array, path: string): ClientYaml => {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw damagedConfig(path, 'it is not UTF-8');
  }
  return readClientYaml(text, path);
};

/** The keys of a keystore, or what is known of them while it is locked. */
interface Keys {
  readonly path: string;
  readonly locked: boolean;
  list(): readonly WalletKey[];
  /** @throws KEYSTORE_ENCRYPTED while it is locked. */
  keystore(): Keystore;
}

const keysOf = (keystore: Keystore): Keys => ({
  path: keystore.path,
  locked: false,
  list: () => keystore.list().map(keyOf),
  keystore: () => keystore,
});

const lockedKeys = async (keystorePath: string): Promise<Keys> => {
  const path = resolvePath(keystorePath);
  // Names are a comfort: where they cannot be read, addresses do.
  const aliases = await readAliases(path).catch(() => []);
  const keys = aliases.map(
    ({ alias, address, publicKey }): WalletKey =>
      Object.freeze({ alias, address, publicKey: formatPublicKey(publicKey), source: 'keystore' }),
  );
  return {
    path,
    locked: true,
    list: () => keys,
    keystore: () => {
      throw new SomaKitError(
        'KEYSTORE_ENCRYPTED',
        `${path} is an encrypted keystore, and this wallet was opened locked.`,
        {
          context: { path },
          hint: 'Open the wallet with its password.',
        },
      );
    },
  };
};

const keyOf = (entry: { readonly alias: string; readonly address: Address; readonly keypair: Keypair }): WalletKey =>
  Object.freeze({
    alias: entry.alias,
    address: entry.address,
    publicKey: formatPublicKey(entry.keypair.publicKey),
    source: 'keystore',
  });

/**
 * Opens the wallet of the official programs, or what takes its place: a key of SOMAKIT_PRIVATE_KEY or any signer.
 *
 * @throws WALLET_NOT_FOUND WALLET_DAMAGED WALLET_VARIABLE FILE_ACCESS, and what `Keystore.open` throws
 * @example
 * import { openWallet } from '@somakit/sdk/node';
 * const wallet = await openWallet({ create: true });
 * const client = wallet.createClient({ environment: 'testnet' });
 * console.log(wallet.activeAddress, await client.getBalance({ address: wallet.activeAddress! }));
 */
export const openWallet = async (options: OpenWalletOptions = {}): Promise<Wallet> => {
  if (typeof options !== 'object' || options === null) {
    throw invalidArgument('options', 'the options object of openWallet', kindOf(options));
  }
  const {
    env: variables = process.env,
    create = false,
    lockTimeoutMs = 5_000,
    signer: given,
    locked = false,
  } = options;
  if (locked && create) throw invalidArgument('locked', 'not with create, which makes a key', true);
  const folder = options.configDir ?? variable(variables, WALLET_VARIABLES.configDir);
  const configFile = resolvePath(
    options.configFile ?? join(folder ?? join(homedir(), '.soma', 'soma_config'), 'client.yaml'),
  );
  const password = options.password ?? variable(variables, WALLET_VARIABLES.password);
  const variableKey = keyOfVariables(variables);
  const variableRpc = rpcOfVariables(variables);
  const variableAlias = variable(variables, WALLET_VARIABLES.environment);
  const { scrypt, allowOpenMode, repairAliases } = options;
  const files = { create: true, allowOpenMode, repairAliases, lockTimeoutMs };

  /** Undefined: encrypted, and left so. */
  const openKeys = async (path: string): Promise<Keys> => {
    if (!locked) return keysOf(await openKeystore(path));
    try {
      return keysOf(await Keystore.open(path, files));
    } catch (error) {
      if (!isError(error, 'KEYSTORE_ENCRYPTED')) throw error;
      return lockedKeys(path);
    }
  };

  const openKeystore = async (path: string): Promise<Keystore> => {
    if (typeof password === 'function' || password === undefined) {
      try {
        return await Keystore.open(path, files);
      } catch (error) {
        if (typeof password !== 'function' || !isError(error, 'KEYSTORE_ENCRYPTED')) throw error;
        return Keystore.open(path, { ...files, scrypt, password: await password(path) });
      }
    }
    try {
      return await Keystore.open(path, { ...files, scrypt, password });
    } catch (error) {
      // A password of the variable is for whichever keystore needs one.
      if (options.password !== undefined || !isError(error, 'KEYSTORE_NOT_ENCRYPTED')) throw error;
      return Keystore.open(path, files);
    }
  };

  let mnemonic: string | undefined;
  const createFiles = async (): Promise<void> => {
    await mkdir(dirname(configFile), { recursive: true, mode: 0o700 });
    await updateFile(configFile, { lockTimeoutMs }, async (there) => {
      if (there !== undefined) return undefined;
      const path = join(dirname(configFile), 'soma.keystore');
      const fresh = await openKeystore(path);
      const words = generateMnemonic();
      const { address } = await fresh.add(keypairFromMnemonic(words));
      mnemonic = words;
      const text = writeClientYaml({
        keystore: path,
        environments: FIRST_ENVIRONMENTS,
        activeEnvironment: 'testnet',
        activeAddress: address,
      });
      return new TextEncoder().encode(text);
    });
  };

  let yaml = await readConfig(configFile);
  if (yaml === undefined && create) {
    await createFiles();
    yaml = await readConfig(configFile);
  }
  if (yaml === undefined && variableKey === undefined && given === undefined) {
    throw new SomaKitError('WALLET_NOT_FOUND', `There is no wallet ${configFile}.`, {
      context: { path: configFile },
      hint: `Pass create: true to make one, set ${WALLET_VARIABLES.privateKey}, or name another with configFile or ${WALLET_VARIABLES.configDir}.`,
    });
  }
  let config: ClientConfig = yaml ?? {
    keystore: undefined,
    externalKeys: undefined,
    environments: FIRST_ENVIRONMENTS,
    activeEnvironment: 'testnet',
    activeAddress: undefined,
  };
  const keystorePathOf = ({ keystore: path }: ClientConfig): string =>
    path === undefined || path === '' ? join(dirname(configFile), 'soma.keystore') : path;
  let own = await openKeys(keystorePathOf(config));
  let external = config.externalKeys === undefined ? undefined : await openKeys(config.externalKeys);

  const extras = (): { readonly key: WalletKey; readonly signer: () => Signer }[] => {
    const all: { readonly key: WalletKey; readonly signer: () => Signer }[] = [];
    const ours = new Set(own.list().map(({ address }) => address));
    if (given !== undefined) {
      const bytes = (given as { readonly publicKey?: unknown }).publicKey;
      const publicKey = bytes instanceof Uint8Array && bytes.length === 32 ? formatPublicKey(bytes) : undefined;
      const of = { alias: 'signer', address: parseAddress(given.address), source: 'signer' } as const;
      all.push({
        key: Object.freeze({ ...of, ...(publicKey === undefined ? {} : { publicKey }) }),
        signer: () => given,
      });
    }
    if (variableKey !== undefined && !ours.has(variableKey.address)) {
      const entry = { alias: WALLET_VARIABLES.privateKey, address: variableKey.address, keypair: variableKey };
      all.push({ key: Object.freeze({ ...keyOf(entry), source: 'variable' }), signer: () => variableKey });
    }
    const others = external;
    for (const key of others?.list() ?? []) {
      if (ours.has(key.address)) continue;
      const signer = (): Signer => others!.keystore().get(key.address);
      all.push({ key: Object.freeze({ ...key, source: 'external' }), signer });
    }
    return all;
  };

  const change = async (
    decide: (now: ClientConfig) => ClientChange | undefined | Promise<ClientChange | undefined>,
  ): Promise<void> => {
    await updateFile(configFile, { lockTimeoutMs }, async (bytes) => {
      if (bytes === undefined) {
        throw new SomaKitError('WALLET_NOT_FOUND', `There is no ${configFile} to change.`, {
          context: { path: configFile },
          hint: 'Pass create: true to openWallet to make one.',
        });
      }
      const now = parse(bytes, configFile);
      const wanted = await decide(now);
      const text = wanted === undefined ? now.text : now.with(wanted);
      config = readClientYaml(text, configFile);
      return text === now.text ? undefined : new TextEncoder().encode(text);
    });
  };

  const unknown = (alias: string, among: ClientConfig = config): SomaKitError<'WALLET_UNKNOWN_ENVIRONMENT'> => {
    const known = among.environments.map((each) => each.alias);
    return new SomaKitError('WALLET_UNKNOWN_ENVIRONMENT', `${configFile} has no environment ${alias}.`, {
      context: { path: configFile, alias, known },
      hint: known.length === 0 ? 'Add one: addEnvironment({ alias, rpc }).' : `It has ${known.join(', ')}.`,
    });
  };
  const find = (alias: string, among: ClientConfig = config): WalletEnvironment => {
    const found = among.environments.find((each) => each.alias === alias);
    if (found === undefined) throw unknown(alias, among);
    return found;
  };

  const wallet: Wallet = {
    configFile,
    get saved() {
      return 'text' in config;
    },
    get locked() {
      return own.locked;
    },
    get keystore() {
      return own.keystore();
    },
    get environments() {
      return config.environments;
    },
    get activeEnvironment() {
      if (variableRpc !== undefined) return Object.freeze({ alias: WALLET_VARIABLES.rpcUrl, rpc: variableRpc });
      const alias = variableAlias ?? config.activeEnvironment;
      return alias === undefined ? config.environments[0] : config.environments.find((each) => each.alias === alias);
    },
    get activeAddress() {
      return given === undefined
        ? (variableKey?.address ?? config.activeAddress ?? own.list()[0]?.address)
        : parseAddress(given.address);
    },
    get keys() {
      return [...own.list(), ...extras().map(({ key }) => key)];
    },
    takeMnemonic: () => {
      const words = mnemonic;
      mnemonic = undefined;
      return words;
    },
    environment: (alias) => {
      if (alias !== undefined) return find(alias);
      const active = wallet.activeEnvironment;
      if (active === undefined) throw unknown(variableAlias ?? config.activeEnvironment ?? '(none)');
      return active;
    },
    resolve: (identity) => {
      if (typeof identity === 'string' && /^(0x|[0-9a-f]{64}$)/i.test(identity)) return parseAddress(identity);
      const named = [...extras().map(({ key }) => key), ...own.list()].find(({ alias }) => alias === identity);
      return named?.address ?? own.keystore().entry(identity).address;
    },
    signer: (identity) => {
      const address = identity === undefined ? wallet.activeAddress : wallet.resolve(identity);
      if (address === undefined) {
        throw new SomaKitError('WALLET_EMPTY', `${own.path} has no keys.`, {
          context: { path: own.path },
          hint: 'Add one: generateKey() or addKey({ keypair }).',
        });
      }
      return (
        extras()
          .find(({ key }) => key.address === address)
          ?.signer() ?? own.keystore().get(address)
      );
    },
    switchAddress: async (identity) => {
      const keystore = own.keystore();
      await keystore.reload();
      const { address } = keystore.entry(identity);
      await change((now) => (now.activeAddress === address ? undefined : { activeAddress: address }));
      return address;
    },
    switchEnvironment: async (alias) => {
      await change((now) => {
        find(alias, now);
        return now.activeEnvironment === alias ? undefined : { activeEnvironment: alias };
      });
      return find(alias);
    },
    addEnvironment: async (environment) => {
      const { alias, rpc, basicAuth, chainId } = environment ?? {};
      if (typeof alias !== 'string' || alias === '') throw invalidArgument('alias', 'a name', alias);
      if (!isHttpUrl(rpc)) throw invalidArgument('rpc', 'an http or https URL', rpc);
      if (basicAuth !== undefined && !/^[^:]+:/.test(basicAuth)) throw invalidArgument('basicAuth', 'user:password');
      await change((now) => {
        if (now.environments.some((each) => each.alias === alias)) {
          throw new SomaKitError('WALLET_ENVIRONMENT_EXISTS', `${configFile} has an environment ${alias} already.`, {
            context: { path: configFile, alias },
          });
        }
        return { addEnvironment: { alias, rpc, basicAuth, chainId } };
      });
      return find(alias);
    },
    removeEnvironment: async (alias) => {
      await change((now) => {
        find(alias, now);
        if ((now.activeEnvironment ?? now.environments[0]?.alias) === alias) {
          throw new SomaKitError('WALLET_ENVIRONMENT_ACTIVE', `${alias} is the active environment.`, {
            context: { path: configFile, alias },
            hint: 'switchEnvironment to another one first.',
          });
        }
        return { removeEnvironment: alias };
      });
    },
    setChainId: async (alias, chainId) => {
      await change((now) => (find(alias, now).chainId === chainId ? undefined : { chainId: { alias, chainId } }));
    },
    addKey: async ({ keypair, mnemonic: words, path, alias, activate = false }) => {
      if ((keypair === undefined) === (words === undefined)) {
        throw invalidArgument('keypair', 'keypair or mnemonic', keypair === undefined ? 'neither' : 'both');
      }
      const key = keypair ?? keypairFromMnemonic(words!, { path });
      const entry = await own.keystore().add(key, { alias });
      if (activate) await wallet.switchAddress(entry.address);
      return keyOf(entry);
    },
    generateKey: async ({ words = 12, path, alias, activate } = {}) => {
      const text = generateMnemonic({ words });
      return { key: await wallet.addKey({ mnemonic: text, path, alias, activate }), mnemonic: text };
    },
    removeKey: async (identity) => {
      const keystore = own.keystore();
      const removed = await keystore.remove(identity);
      if (wallet.saved) {
        await change((now) =>
          now.activeAddress === removed.address ? { activeAddress: keystore.list()[0]?.address ?? null } : undefined,
        );
      }
      return keyOf(removed);
    },
    renameKey: async (identity, alias) => keyOf(await own.keystore().rename(identity, alias)),
    createClient: ({ environment, identity, ...rest } = {}) => {
      const { activeAddress } = wallet;
      // A locked wallet reads. Whoever names a key wants it, and hears that it is locked.
      const usable = !own.locked || extras().some(({ key }) => key.address === activeAddress);
      const active = (activeAddress !== undefined && usable) || identity !== undefined;
      const signer = rest.signer ?? (active ? wallet.signer(identity) : undefined);
      const elsewhere = [rest.network, rest.rpcUrl, rest.transport].some((each) => each !== undefined);
      if (elsewhere) return createSomaClient({ ...rest, signer });
      const { rpc, basicAuth } = wallet.environment(environment);
      const auth =
        basicAuth === undefined
          ? undefined
          : { authorization: `Basic ${Buffer.from(basicAuth, 'utf8').toString('base64')}` };
      const headers = auth === undefined ? rest.headers : { ...auth, ...rest.headers };
      return createSomaClient({ ...servicesOf(rpc), ...rest, headers, signer, rpcUrl: rpc });
    },
    reload: async () => {
      const now = await readConfig(configFile);
      if (now !== undefined) {
        config = now;
        if (own.locked || resolvePath(keystorePathOf(now)) !== own.path) own = await openKeys(keystorePathOf(now));
        external = now.externalKeys === undefined ? undefined : await openKeys(now.externalKeys);
      }
      if (!own.locked) await own.keystore().reload();
    },
    toJSON: () => ({
      configFile,
      keystore: own.path,
      activeEnvironment: wallet.activeEnvironment?.alias,
      activeAddress: wallet.activeAddress,
      environments: config.environments.map(({ alias, rpc, chainId }) => ({ alias, rpc, chainId })),
      keys: wallet.keys,
    }),
  };
  return wallet;
};
