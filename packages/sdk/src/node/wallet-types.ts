import type { Address } from '@somakit/core';
import type { Keypair, Signer } from '@somakit/crypto';
import type { MnemonicLength } from '@somakit/crypto/mnemonic';
import type { Keystore, KeystoreOptions } from '@somakit/crypto/node';
import type { SomaClient } from '../client/create-client.js';
import type { SomaClientOptions } from '../client/types.js';
import type { WalletEnvironment } from './client-yaml.js';
import type { Variables } from './variables.js';

/** Of a keystore that is encrypted: text, bytes, or a function that is asked when one is needed. */
export type WalletPassword =
  | string
  | Uint8Array
  | ((path: string) => string | Uint8Array | Promise<string | Uint8Array>);

/** What {@link openWallet} takes. */
export interface OpenWalletOptions extends Pick<KeystoreOptions, 'scrypt' | 'allowOpenMode' | 'repairAliases'> {
  /** Path of client.yaml. Without it `client.yaml` in `configDir`. */
  readonly configFile?: string | undefined;
  /** Without it SOMA_CONFIG_DIR, else `~/.soma/soma_config`. */
  readonly configDir?: string | undefined;
  /** Makes the files when there is no client.yaml, with a new key. Defaults to false. */
  readonly create?: boolean | undefined;
  /** Without it SOMAKIT_PASSWORD. With `create`, a text or bytes make an encrypted keystore. */
  readonly password?: WalletPassword | undefined;
  /**
   * Asks for no password: an encrypted keystore stays so, and the wallet shows environments, the active address and what
   * names lie beside the keystore. Defaults to false. Whatever needs a key then throws KEYSTORE_ENCRYPTED.
   */
  readonly locked?: boolean | undefined;
  /** The environment variables; `process.env` when left out. See {@link WALLET_VARIABLES}. */
  readonly env?: Variables | undefined;
  /** Signs in place of every key: a device, a service. Its address is the active one. */
  readonly signer?: Signer | undefined;
  /** Milliseconds that a change waits for another program that writes. Defaults to 5,000. */
  readonly lockTimeoutMs?: number | undefined;
}

/** A key that a wallet can sign with. */
export interface WalletKey {
  /** The name in the keystore; that of the variable or `signer` for keys from elsewhere. */
  readonly alias: string;
  readonly address: Address;
  /** Base64 of flag and key, as the official programs show it. Missing for a signer that does not tell. */
  readonly publicKey?: string | undefined;
  readonly source: 'keystore' | 'external' | 'variable' | 'signer';
}

/** A key to add: one that there is, or the words of one. */
export interface AddKeyParameters {
  readonly keypair?: Keypair | undefined;
  readonly mnemonic?: string | undefined;
  /** Of the mnemonic's key. Defaults to the official one, `m/44'/784'/0'/0'/0'`. */
  readonly path?: string | undefined;
  /** A random adjective and stone when left out. */
  readonly alias?: string | undefined;
  /** Makes it the active address. Defaults to false. */
  readonly activate?: boolean | undefined;
}

/** How a new key is made. */
export interface GenerateKeyParameters extends Pick<AddKeyParameters, 'path' | 'alias' | 'activate'> {
  /** How many words. Defaults to 12. */
  readonly words?: MnemonicLength | undefined;
}

/** What {@link Wallet.createClient} takes: the client's options, all optional. */
export interface WalletClientOptions extends SomaClientOptions {
  /** Alias; the active environment when left out. */
  readonly environment?: string | undefined;
  /** Alias or address of the key that signs; the active address when left out. */
  readonly identity?: string | undefined;
}

/**
 * The official programs' wallet: client.yaml with the keystore and the aliases that it names. Shows what was read when
 * it was opened or last changed; every change locks the file, reads it again and replaces it as a whole.
 */
export interface Wallet {
  /** Absolute path of client.yaml. */
  readonly configFile: string;
  /** Whether there is a client.yaml. Without one (key from a variable or a signer) nothing can be changed. */
  readonly saved: boolean;
  /** Whether the keystore is encrypted and was left so: see `locked` of {@link OpenWalletOptions}. */
  readonly locked: boolean;
  /** @throws KEYSTORE_ENCRYPTED while the wallet is locked. */
  readonly keystore: Keystore;
  readonly environments: readonly WalletEnvironment[];
  /** The one in use; the first when none is named, undefined when the named one is not there. */
  readonly activeEnvironment: WalletEnvironment | undefined;
  /** Whose key signs: the signer's, the variable's, the stored one, or the keystore's first. */
  readonly activeAddress: Address | undefined;
  /** All that can sign, the active one's included; the keystore's ascending by address. */
  readonly keys: readonly WalletKey[];
  /** The words of the key that `create` has made: once, then undefined. They are kept nowhere else. */
  takeMnemonic(): string | undefined;
  /** An environment by its alias, the active one without. @throws WALLET_UNKNOWN_ENVIRONMENT */
  environment(alias?: string | undefined): WalletEnvironment;
  /** The address of an alias; an address (0x..., or 64 digits) as it is. @throws KEYSTORE_KEY_NOT_FOUND INVALID_ADDRESS */
  resolve(identity: string): Address;
  /** What signs for an alias or address, the active one without. @throws KEYSTORE_KEY_NOT_FOUND WALLET_EMPTY */
  signer(identity?: string | undefined): Signer;
  /** Makes a key of the keystore the active one. @throws KEYSTORE_KEY_NOT_FOUND */
  switchAddress(identity: string): Promise<Address>;
  /** @throws WALLET_UNKNOWN_ENVIRONMENT */
  switchEnvironment(alias: string): Promise<WalletEnvironment>;
  /** @throws WALLET_ENVIRONMENT_EXISTS INVALID_ARGUMENT */
  addEnvironment(environment: WalletEnvironment): Promise<WalletEnvironment>;
  /** @throws WALLET_UNKNOWN_ENVIRONMENT WALLET_ENVIRONMENT_ACTIVE */
  removeEnvironment(alias: string): Promise<void>;
  /** Keeps what the chain calls itself. @throws WALLET_UNKNOWN_ENVIRONMENT */
  setChainId(alias: string, chainId: string): Promise<void>;
  /** @throws KEYSTORE_KEY_EXISTS KEYSTORE_ALIAS_TAKEN INVALID_ALIAS */
  addKey(parameters: AddKeyParameters): Promise<WalletKey>;
  /** Makes and adds a key. The words are in the answer and nowhere else: show them once. */
  generateKey(parameters?: GenerateKeyParameters): Promise<{ readonly key: WalletKey; readonly mnemonic: string }>;
  /** Removes a key from the keystore: it is gone. The first of the others becomes active if it was that. */
  removeKey(identity: string): Promise<WalletKey>;
  /** Gives a key another alias, a random one when none is given. @throws KEYSTORE_ALIAS_TAKEN INVALID_ALIAS */
  renameKey(identity: string, alias?: string | undefined): Promise<WalletKey>;
  /** A client of an environment that signs with a key of the wallet, if there is one and the wallet is not locked. */
  createClient(options?: WalletClientOptions): SomaClient;
  /** Reads the files again, for what other programs have changed. */
  reload(): Promise<void>;
  /** What may be shown of a wallet. */
  toJSON(): object;
}
