import { type Address, isError, parseAddress, SomaKitError, toBase64 } from '@somakit/core';
import type { Keypair, Signer } from '@somakit/crypto';
import type { SomaClient } from '@somakit/sdk';
import { type Command, Option } from 'commander';
import type { Cli } from '../cli.js';
import { configError, usageError } from '../errors.js';
import { dryRunOption, positive, yesOption } from '../options.js';
import { readSettingsFile } from '../settings.js';
import { givenKey, type KeyOptions, keyOptions } from './keys.js';
import { findWallet, type Wallet } from './wallet.js';

/** What the options of {@link networkOptions} give. */
export interface NetworkOptions extends KeyOptions {
  readonly config?: string;
  readonly env?: string;
  readonly rpc?: string;
  readonly from?: string;
  readonly timeout?: number;
  readonly 'client.env'?: string;
  readonly 'client.config'?: string;
  readonly faucetUrl?: string;
  readonly adminUrl?: string;
  readonly scoringUrl?: string;
}

/** What the options of {@link writeOptions} give. */
export interface WriteOptions extends NetworkOptions {
  readonly yes?: boolean;
  readonly dryRun?: boolean;
  readonly simulate?: boolean;
  readonly coins?: readonly string[];
  readonly coin?: readonly string[];
  readonly gas?: readonly string[];
  readonly txDigest?: boolean;
  readonly serializeUnsignedTransaction?: boolean;
  readonly serializeSignedTransaction?: boolean;
}

const hidden = (flags: string): Option => new Option(flags).hideHelp();

/** Adds the options that every command of the network takes. */
export const networkOptions = (command: Command): Command =>
  command
    .option('--env <alias>', 'environment of client.yaml, or testnet or localnet (default: the active one)')
    .option('--rpc <url>', 'a node, instead of an environment')
    .option('--config <file>', 'client.yaml (default: in SOMA_CONFIG_DIR, else ~/.soma/soma_config)')
    .option('--timeout <seconds>', 'limit of each call', positive)
    // As the official program calls them.
    .addOption(hidden('--client.env <alias>'))
    .addOption(hidden('--client.config <file>'))
    .addOption(hidden('--faucet-url <url>'))
    .addOption(hidden('--admin-url <url>'))
    .addOption(hidden('--scoring-url <url>'));

/** Adds the options of commands that need no more than an account's address. */
export const accountOptions = (command: Command): Command =>
  keyOptions(
    networkOptions(command).option('--from <account>', 'address or alias of the account (default: the active one)'),
  );

const ids = (text: string, before: readonly string[] = []): readonly string[] => [...before, ...text.split(',')];

/** The coins that a write may use: undefined for all. */
export const coinsOf = ({ coins = [], coin = [], gas = [] }: WriteOptions): readonly string[] | undefined => {
  const named = [...coins, ...coin, ...gas];
  return named.length === 0 ? undefined : named;
};

/** Adds the options of every command that sends a transaction. `offline: false` for those that send several. */
export const writeOptions = (command: Command, { offline = true }: { readonly offline?: boolean } = {}): Command => {
  yesOption(command);
  dryRunOption(command);
  command.addOption(hidden('--simulate').implies({ dryRun: true }));
  command.option('--from <account>', 'address or alias of the sender (default: the active one)');
  command.option('--coins <id...>', 'use only these coins, for amounts, bonds and fees', ids);
  // As the official program calls it in some of its commands.
  command.addOption(hidden('--coin <id>').argParser(ids));
  command.addOption(hidden('--gas <id>').argParser(ids));
  keyOptions(networkOptions(command));
  if (!offline) return command;
  return command
    .option('--tx-digest', 'print the digest of the transaction; sign and send nothing')
    .option('--serialize-unsigned-transaction', 'print the transaction in Base64; sign and send nothing')
    .option('--serialize-signed-transaction', 'sign, print the signed transaction in Base64; send nothing');
};

/** A client, and who acts with it. */
export interface SomaSession {
  readonly client: SomaClient;
  /** Undefined when there is no client.yaml. */
  readonly wallet: Wallet | undefined;
  /** @throws CLI_NO_ACCOUNT when nothing is active */
  readonly address: Address;
  /** Of sessions with `signer: true`. */
  readonly signer: Signer | undefined;
  readonly environment: { readonly alias: string; readonly rpc: string };
  /** The address of an address (`0x...`, or 64 hex digits) or alias. */
  resolve(identity: string): Address;
  close(): void;
}

const addressIn = (text: string): Address | undefined => {
  try {
    return parseAddress(text);
  } catch (error) {
    if (!isError(error, 'INVALID_ADDRESS')) throw error;
    return undefined;
  }
};

interface Environment {
  readonly alias: string;
  readonly rpc: string;
  readonly basicAuth?: string | undefined;
}

const environmentOf = async ({ env, rpc }: NetworkOptions, wallet: Wallet | undefined): Promise<Environment> => {
  const { NETWORKS } = await import('@somakit/sdk');
  if (rpc !== undefined) {
    if (URL.canParse(rpc)) return { alias: 'custom', rpc };
    throw usageError(`--rpc must be a URL such as http://127.0.0.1:9000, not ${rpc}.`);
  }
  const known = env === undefined ? wallet?.activeEnvironment : wallet?.environments.find(({ alias }) => alias === env);
  if (known !== undefined) return known;
  // Where nothing is set up, the network that the official program begins with.
  const alias = env ?? 'testnet';
  if (Object.hasOwn(NETWORKS, alias)) return { alias, rpc: NETWORKS[alias as keyof typeof NETWORKS].rpcUrl };
  const names = [...new Set([...(wallet?.environments ?? []).map((each) => each.alias), ...Object.keys(NETWORKS)])];
  throw configError(
    wallet?.configFile ?? 'client.yaml',
    `There is no environment ${alias}.`,
    `There are ${names.join(', ')}; somakit env new adds one, and --rpc needs none.`,
  );
};

export const noAccount = (wallet: Wallet | undefined): SomaKitError =>
  new SomaKitError('CLI_NO_ACCOUNT', 'There is no account.', {
    context: { configFile: wallet?.configFile },
    hint: 'somakit wallet new makes one; or set SOMAKIT_PRIVATE_KEY, or give --key-file or --key-command.',
  });

interface Actor {
  readonly address: Address | undefined;
  readonly signer: Signer | undefined;
}

const actorOf = (
  { from }: NetworkOptions,
  wallet: Wallet | undefined,
  key: Keypair | undefined,
  resolve: SomaSession['resolve'],
  needsSigner: boolean,
  keyless: boolean,
): Actor => {
  const address = from === undefined ? (key?.address ?? wallet?.activeAddress) : resolve(from);
  if (!needsSigner) return { address, signer: undefined };
  if (address === undefined) throw noAccount(wallet);
  if (key?.address === address) return { address, signer: key };
  if (keyless) {
    // Builds and simulates for accounts whose key is elsewhere: on another machine, or in several hands.
    const signTransaction = () => {
      throw noAccount(wallet);
    };
    return { address, signer: { address, signTransaction } };
  }
  if (wallet === undefined) throw noAccount(wallet);
  return { address, signer: wallet.signer(address) };
};

const signsNothing = ({ dryRun, simulate, txDigest, serializeUnsignedTransaction }: WriteOptions): boolean =>
  [dryRun, simulate, txDigest, serializeUnsignedTransaction].includes(true);

const withOfficialNames = (options: NetworkOptions): NetworkOptions => {
  const { 'client.env': env, 'client.config': config } = options;
  return { ...options, ...(env === undefined ? {} : { env }), ...(config === undefined ? {} : { config }) };
};

const headersOf = ({ basicAuth }: Environment): Record<string, string> | undefined =>
  basicAuth === undefined ? undefined : { authorization: `Basic ${toBase64(new TextEncoder().encode(basicAuth))}` };

/** Runs what needs the network, with a client of the settings' network and the account that acts. */
export const withSession = async <T>(
  cli: Cli,
  given: NetworkOptions,
  { signer: needsSigner = false }: { readonly signer?: boolean },
  run: (session: SomaSession) => Promise<T>,
): Promise<T> => {
  const [{ createSomaClient }, { serviceUrls }] = await Promise.all([import('@somakit/sdk'), import('./networks.js')]);
  const options = withOfficialNames(given);
  const key = await givenKey(cli, options);
  const locked = !needsSigner || signsNothing(options) || key !== undefined;
  const wallet = await findWallet(cli, options, { locked });
  const environment = await environmentOf(options, wallet);
  const resolve = (identity: string): Address => {
    const address = addressIn(identity);
    if (address !== undefined) return address;
    if (wallet !== undefined) return wallet.resolve(identity);
    throw usageError(`${identity} is no address, and there are no aliases.`, 'Give 0x and hex digits.');
  };
  const { address, signer } = actorOf(options, wallet, key, resolve, needsSigner, signsNothing(options));
  const services = { ...serviceUrls(environment.rpc), ...readSettingsFile().environments[environment.alias] };
  cli.out.detail(`network: ${environment.alias}, ${environment.rpc}`);
  cli.out.detail(`account: ${address ?? 'none'}${wallet === undefined ? '' : `; wallet: ${wallet.configFile}`}`);
  const client = createSomaClient({
    rpcUrl: environment.rpc,
    faucetUrl: options.faucetUrl ?? services.faucetUrl,
    adminUrl: options.adminUrl ?? services.adminUrl,
    scoringUrl: options.scoringUrl ?? services.scoringUrl,
    headers: headersOf(environment),
    signer,
    timeoutMs: options.timeout === undefined ? undefined : options.timeout * 1000,
  });
  const session: SomaSession = {
    client,
    wallet,
    signer,
    environment,
    resolve,
    get address() {
      if (address === undefined) throw noAccount(wallet);
      return address;
    },
    close: () => client.close(),
  };
  try {
    return await run(session);
  } finally {
    session.close();
  }
};
