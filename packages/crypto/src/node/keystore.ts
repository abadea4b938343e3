import { mkdir } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { type Address, invalidArgument, isError, kindOf, parseAddress, SomaKitError } from '@somakit/core';
import { Keypair } from '../keypair.js';
import { checkAlias, isAlias, randomAlias } from './alias.js';
import { passwordBytes, type ScryptCost } from './keystore-box.js';
import { type FilesOptions, readKeystore, realPathOf, writeKeystore } from './keystore-files.js';
import { byAddress, type KeystoreEntry } from './keystore-format.js';
import './keystore-errors.js';
import { attempt } from './errors.js';
import { withLock } from './lock.js';

/** What an encrypted keystore takes. */
export interface KeystoreEncryption {
  /** Makes it an encrypted keystore. Text counts in Unicode form NFKC and UTF-8, bytes as they are. */
  readonly password?: string | Uint8Array | undefined;
  /** The cost that the file is written with. Reading takes the file's own, within limits. */
  readonly scrypt?: ScryptCost | undefined;
}

/** Options of {@link Keystore.open}. */
export interface KeystoreOptions extends KeystoreEncryption {
  /** Starts an empty keystore when there is no file; it is written, and its folder made, with the first key. */
  readonly create?: boolean | undefined;
  /** Reads a file that others than its owner may read or write. The next write sets the mode to 0600. */
  readonly allowOpenMode?: boolean | undefined;
  /** Names keys that have no alias and forgets aliases that have no key; written with the next change. */
  readonly repairAliases?: boolean | undefined;
  /** Milliseconds that a change waits for another writer. 0 when left out: it fails at once. */
  readonly lockTimeoutMs?: number | undefined;
}

const isIn = (entries: readonly KeystoreEntry[], identity: string): KeystoreEntry | undefined => {
  // An alias may look like an address; as in the official programs the address comes first.
  let address: Address | undefined;
  try {
    address = parseAddress(identity);
  } catch (error) {
    if (!isError(error, 'INVALID_ADDRESS')) throw error;
  }
  return entries.find((entry) => entry.address === address) ?? entries.find(({ alias }) => alias === identity);
};

/**
 * The keys of a file: the official `soma.keystore` with its `soma.aliases`, byte for byte as the official programs
 * write them, or our own encrypted form when a password is given.
 *
 * Every change locks the file, reads it again, and replaces it as a whole, so that two programs lose nothing of each
 * other's and a crash leaves the old file. The object shows the keys as they were when it was opened or last changed.
 *
 * @example
 * import { Keypair } from '@somakit/crypto';
 * import { Keystore } from '@somakit/crypto/node';
 * const keystore = await Keystore.open('soma.keystore', { create: true });
 * const { alias, address } = await keystore.add(Keypair.generate());
 * keystore.get(alias).signTransaction(new Uint8Array());
 */
export class Keystore {
  /** Absolute path of the keystore file. */
  readonly path: string;
  readonly #options: FilesOptions;
  readonly #lockTimeoutMs: number;
  #entries: readonly KeystoreEntry[];
  #changes: Promise<unknown> = Promise.resolve();

  private constructor(path: string, options: FilesOptions, lockTimeoutMs: number, entries: readonly KeystoreEntry[]) {
    this.path = path;
    this.#options = options;
    this.#lockTimeoutMs = lockTimeoutMs;
    this.#entries = entries;
  }

  /**
   * Reads a keystore file. Nothing is written. Without an aliases file every key gets the alias that its address gives.
   *
   * @throws KEYSTORE_NOT_FOUND, KEYSTORE_DAMAGED, KEYSTORE_OPEN_MODE, KEYSTORE_ALIASES_MISMATCH, KEYSTORE_ENCRYPTED,
   * KEYSTORE_NOT_ENCRYPTED, KEYSTORE_WRONG_PASSWORD, NOT_A_FILE, FILE_ACCESS, INVALID_ARGUMENT
   */
  static async open(path: string, options: KeystoreOptions = {}): Promise<Keystore> {
    if (typeof path !== 'string' || path === '' || path.includes('\0'))
      throw invalidArgument('path', 'the path of a keystore file', kindOf(path));
    const {
      create = false,
      allowOpenMode = false,
      repairAliases = false,
      password,
      scrypt,
      lockTimeoutMs = 0,
    } = options;
    if (!(typeof lockTimeoutMs === 'number' && lockTimeoutMs >= 0))
      throw invalidArgument('lockTimeoutMs', '0 or more milliseconds', lockTimeoutMs);
    const files = {
      create,
      allowOpenMode,
      repairAliases,
      password: password === undefined ? undefined : passwordBytes(password),
      scrypt,
    };
    const absolute = resolve(path);
    return new Keystore(absolute, files, lockTimeoutMs, await readKeystore(absolute, files));
  }

  /** Whether the file is encrypted. */
  get encrypted(): boolean {
    return this.#options.password !== undefined;
  }

  /** All keys, ascending by address. */
  list(): readonly KeystoreEntry[] {
    return this.#entries;
  }

  /** Whether there is a key of that address (in any spelling) or alias. */
  has(identity: string): boolean {
    return isIn(this.#entries, identity) !== undefined;
  }

  /** The entry of an address (in any spelling) or alias. @throws KEYSTORE_KEY_NOT_FOUND */
  entry(identity: string): KeystoreEntry {
    return this.#find(this.#entries, identity);
  }

  /** The key of an address (in any spelling) or alias. @throws KEYSTORE_KEY_NOT_FOUND */
  get(identity: string): Keypair {
    return this.entry(identity).keypair;
  }

  /** **The secret** of an address or alias as Bech32, as the official `export` gives it. @throws KEYSTORE_KEY_NOT_FOUND */
  export(identity: string): string {
    return this.get(identity).toSecretKey();
  }

  /**
   * Adds a key, under a random adjective and stone when no alias is given.
   * @throws KEYSTORE_KEY_EXISTS, KEYSTORE_ALIAS_TAKEN, INVALID_ALIAS, KEYSTORE_LOCKED, and what `open` throws
   */
  async add(keypair: Keypair, { alias }: { readonly alias?: string | undefined } = {}): Promise<KeystoreEntry> {
    if (!(keypair instanceof Keypair)) throw invalidArgument('keypair', 'a Keypair', kindOf(keypair));
    if (alias !== undefined) checkAlias(alias);
    return this.#change((entries) => {
      const there = entries.find(({ address }) => address === keypair.address);
      if (there !== undefined) {
        throw new SomaKitError(
          'KEYSTORE_KEY_EXISTS',
          `${this.path} has the key of ${there.address} already, as ${there.alias}.`,
          {
            context: { path: this.path, address: there.address, alias: there.alias },
          },
        );
      }
      const entry = { alias: this.#freeAlias(entries, alias), address: keypair.address, keypair };
      return { entries: [...entries, entry], result: entry };
    });
  }

  /**
   * Removes a key. It is gone from the file: export it before if it is not kept elsewhere.
   * @throws KEYSTORE_KEY_NOT_FOUND, KEYSTORE_LOCKED, and what `open` throws
   */
  async remove(identity: string): Promise<KeystoreEntry> {
    return this.#change((entries) => {
      const entry = this.#find(entries, identity);
      return { entries: entries.filter((each) => each !== entry), result: entry };
    }, false);
  }

  /**
   * Gives a key another alias, a random one when none is given.
   * @throws KEYSTORE_KEY_NOT_FOUND, KEYSTORE_ALIAS_TAKEN, INVALID_ALIAS, KEYSTORE_LOCKED, and what `open` throws
   */
  async rename(identity: string, alias?: string | undefined): Promise<KeystoreEntry> {
    if (alias !== undefined) checkAlias(alias);
    return this.#change((entries) => {
      const entry = this.#find(entries, identity);
      const renamed = { ...entry, alias: entry.alias === alias ? alias : this.#freeAlias(entries, alias) };
      return { entries: entries.map((each) => (each === entry ? renamed : each)), result: renamed };
    });
  }

  /**
   * Writes all keys to another file, encrypted when a password is given and in the official form otherwise, and opens it. Converts
   * both ways; this keystore stays as it is.
   * @throws FILE_EXISTS unless `overwrite`, KEYSTORE_LOCKED, FILE_NOT_FOUND, FILE_ACCESS, INVALID_ARGUMENT
   */
  async saveAs(
    path: string,
    options: KeystoreEncryption & { readonly overwrite?: boolean | undefined } = {},
  ): Promise<Keystore> {
    const { overwrite = false, password, scrypt } = options;
    const files: FilesOptions = {
      ...this.#options,
      create: false,
      password: password === undefined ? undefined : passwordBytes(password),
      scrypt,
    };
    const absolute = resolve(path);
    const entries = this.#entries;
    await withLock(await realPathOf(absolute), this.#lockTimeoutMs, () =>
      writeKeystore(absolute, entries, files, { overwrite }),
    );
    return new Keystore(
      absolute,
      { ...files, allowOpenMode: false, repairAliases: false },
      this.#lockTimeoutMs,
      entries,
    );
  }

  /** Reads the file again, for what other programs have changed. @throws what `open` throws */
  async reload(): Promise<void> {
    this.#entries = await readKeystore(this.path, this.#options);
  }

  /** What may be shown of a keystore. */
  toJSON(): { readonly path: string; readonly keys: readonly { readonly alias: string; readonly address: Address }[] } {
    return { path: this.path, keys: this.#entries.map(({ alias, address }) => ({ alias, address })) };
  }

  #find(entries: readonly KeystoreEntry[], identity: string): KeystoreEntry {
    const entry = isIn(entries, identity);
    if (entry !== undefined) return entry;
    // A key or a mnemonic may have been put here by mistake: only what looks like an alias or an address is shown.
    const harmless =
      typeof identity === 'string' &&
      (/^(0x)?[0-9a-f]{1,64}$/i.test(identity) || (identity.length <= 32 && isAlias(identity)));
    const shown = harmless ? identity : kindOf(identity);
    throw new SomaKitError('KEYSTORE_KEY_NOT_FOUND', `${this.path} has no key ${shown}.`, {
      context: { path: this.path, identity: shown },
      hint: 'Give an address or an alias that list() shows.',
    });
  }

  #freeAlias(entries: readonly KeystoreEntry[], alias: string | undefined): string {
    const taken = new Set(entries.map((each) => each.alias));
    if (alias === undefined) return randomAlias(taken);
    if (!taken.has(alias)) return alias;
    throw new SomaKitError('KEYSTORE_ALIAS_TAKEN', `${this.path} has another key with the alias ${alias}.`, {
      context: { path: this.path, alias },
    });
  }

  async #change<T>(
    decide: (entries: readonly KeystoreEntry[]) => { readonly entries: readonly KeystoreEntry[]; readonly result: T },
    aliasesFirst = true,
  ): Promise<T> {
    const change = async () => {
      if (this.#options.create)
        await attempt('create', dirname(this.path), () => mkdir(dirname(this.path), { recursive: true, mode: 0o700 }));
      return withLock(await realPathOf(this.path), this.#lockTimeoutMs, async () => {
        const { entries, result } = decide(await readKeystore(this.path, this.#options));
        await writeKeystore(this.path, entries, this.#options, { aliasesFirst });
        this.#entries = entries.slice().sort(byAddress);
        return result;
      });
    };
    // Changes of one object wait for each other.
    const done = this.#changes.then(change, change);
    this.#changes = done.catch(() => {});
    return done;
  }
}
