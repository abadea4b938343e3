import type { Stats } from 'node:fs';
import { readFile, realpath, stat } from 'node:fs/promises';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { type Address, idBytes, SomaKitError } from '@somakit/core';
import { ed25519Address } from '../address.js';
import { formatPublicKey } from '../key-text.js';
import { Keypair } from '../keypair.js';
import { aliasOfAddress } from './alias.js';
import { attempt, fileExists, notAFile, systemCode } from './errors.js';
import { openBox, type ScryptCost, sealBox } from './keystore-box.js';
import { damaged } from './keystore-errors.js';
import {
  byAddress,
  type KeyAlias,
  type KeystoreEntry,
  prettyJson,
  readAliasesFile,
  readKeystoreFile,
} from './keystore-format.js';
import { replaceFile, writeFully } from './replace.js';

/** How the files of a keystore are read and written. */
export interface FilesOptions {
  readonly create: boolean;
  readonly allowOpenMode: boolean;
  readonly repairAliases: boolean;
  /** Of the encrypted form; undefined for the official one. */
  readonly password: Uint8Array | undefined;
  readonly scrypt: ScryptCost | undefined;
}

/** Far above any keystore; a path that leads to something else must not fill the memory. */
const MAX_BYTES = 16 * 1024 * 1024;

/** Beside the keystore, with the extension replaced: `soma.keystore` and `soma.aliases`. */
const aliasesPathOf = (path: string): string => join(dirname(path), `${basename(path, extname(path))}.aliases`);

const statOf = async (path: string): Promise<Stats | undefined> => {
  try {
    return await stat(path);
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    return await attempt('read', path, () => Promise.reject(error));
  }
};

const readText = async (path: string, { size }: Stats): Promise<string> => {
  if (size > MAX_BYTES) throw damaged(path, `it has more than ${MAX_BYTES} bytes`);
  const bytes = await attempt('read', path, () => readFile(path));
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw damaged(path, 'it is not UTF-8');
  }
};

const checkMode = (path: string, { mode }: Stats): void => {
  if (process.platform === 'win32' || (mode & 0o077) === 0) return;
  const shown = (mode & 0o777).toString(8).padStart(4, '0');
  throw new SomaKitError(
    'KEYSTORE_OPEN_MODE',
    `${path} has the mode ${shown}: others than its owner can use the keys.`,
    {
      context: { path, mode: shown },
      hint: `chmod 600 ${path}`,
    },
  );
};

const withAliases = (keypairs: readonly Keypair[], aliases: ReadonlyMap<Address, KeyAlias>): KeystoreEntry[] => {
  const known = new Set(keypairs.map(({ address }) => address));
  const taken = new Set([...aliases.values()].flatMap(({ address, alias }) => (known.has(address) ? [alias] : [])));
  return keypairs
    .map((keypair) => ({ address: keypair.address, keypair }))
    .sort(byAddress)
    .map((each) => {
      const alias = aliases.get(each.address)?.alias ?? aliasOfAddress(idBytes(each.address), taken);
      taken.add(alias);
      return { alias, ...each };
    });
};

/**
 * The names beside a keystore: what can be known of it without a password. None without an aliases file, which encrypted
 * keystores need not have.
 *
 * @throws KEYSTORE_DAMAGED NOT_A_FILE FILE_ACCESS
 * @example
 * import { readAliases } from '@somakit/crypto/node';
 * for (const { alias, address } of await readAliases('soma.keystore')) console.log(alias, address);
 */
export const readAliases = async (keystorePath: string): Promise<readonly KeyAlias[]> => {
  const path = aliasesPathOf(resolve(keystorePath));
  const stats = await statOf(path);
  if (stats === undefined) return [];
  if (!stats.isFile()) throw notAFile(path);
  return [...readAliasesFile(await readText(path, stats), path, ed25519Address).values()].sort(byAddress);
};

const readOfficial = async (path: string, text: string, options: FilesOptions): Promise<readonly KeystoreEntry[]> => {
  const keypairs = readKeystoreFile(text, path);
  const aliasesPath = aliasesPathOf(path);
  const stats = await statOf(aliasesPath);
  if (stats === undefined) return withAliases(keypairs, new Map());
  if (!stats.isFile()) throw notAFile(aliasesPath);
  const aliases = readAliasesFile(await readText(aliasesPath, stats), aliasesPath, ed25519Address);
  if (!options.repairAliases) {
    const addresses = new Set(keypairs.map(({ address }) => address));
    const keysWithoutAlias = [...addresses].filter((address) => !aliases.has(address));
    const aliasesWithoutKey = [...aliases.values()].flatMap(({ address, alias }) =>
      addresses.has(address) ? [] : [alias],
    );
    // A writer makes two files, one after the other. An alias too many beside a lock is its work, unfinished.
    const unfinished = keysWithoutAlias.length === 0 && (await statOf(`${await realPathOf(path)}.lock`)) !== undefined;
    if (!unfinished && keysWithoutAlias.length + aliasesWithoutKey.length > 0) {
      throw new SomaKitError(
        'KEYSTORE_ALIASES_MISMATCH',
        `${aliasesPath} does not belong to ${path}: ${keysWithoutAlias.length} keys have no alias, ${aliasesWithoutKey.length} aliases no key.`,
        {
          context: { path: aliasesPath, keysWithoutAlias, aliasesWithoutKey },
          hint: 'When the keystore holds all your keys, open it with repairAliases: true.',
        },
      );
    }
  }
  return withAliases(keypairs, aliases);
};

const readBox = async (path: string, value: unknown, password: Uint8Array): Promise<readonly KeystoreEntry[]> => {
  const content = await openBox(value, password, path);
  try {
    // Authenticated, so whatever is wrong here was written so.
    const { keys } = JSON.parse(new TextDecoder().decode(content)) as {
      keys: readonly { alias: string; key: string }[];
    };
    return keys
      .map(({ alias, key }) => {
        const keypair = Keypair.fromKeystoreEntry(key);
        return { alias, address: keypair.address, keypair };
      })
      .sort(byAddress);
  } catch {
    throw damaged(path, 'its content is not a list of aliases and keys');
  } finally {
    content.fill(0);
  }
};

const readOnce = async (path: string, options: FilesOptions): Promise<readonly KeystoreEntry[]> => {
  const stats = await statOf(path);
  if (stats === undefined) {
    if (options.create) return options.password === undefined ? readOfficial(path, '[]', options) : [];
    throw new SomaKitError('KEYSTORE_NOT_FOUND', `There is no keystore ${path}.`, {
      context: { path },
      hint: 'Pass create: true to start one.',
    });
  }
  if (!stats.isFile()) throw notAFile(path);
  if (!options.allowOpenMode) checkMode(path, stats);
  const text = await readText(path, stats);
  const isBox = text.trimStart().startsWith('{');
  if (options.password === undefined) {
    if (!isBox) return readOfficial(path, text, options);
    throw new SomaKitError('KEYSTORE_ENCRYPTED', `${path} is an encrypted keystore.`, {
      context: { path },
      hint: 'Pass its password.',
    });
  }
  if (!isBox)
    throw new SomaKitError('KEYSTORE_NOT_ENCRYPTED', `${path} is not an encrypted keystore.`, {
      context: { path },
      hint: 'Leave the password out.',
    });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw damaged(path, 'it is not JSON');
  }
  return readBox(path, value, options.password);
};

/** The keys of a keystore, ascending by address. */
export const readKeystore = async (path: string, options: FilesOptions): Promise<readonly KeystoreEntry[]> => {
  for (let turn = 0; ; turn++) {
    try {
      return await readOnce(path, options);
    } catch (error) {
      // Between the reading of the two files another program may have written both.
      const mismatch = error instanceof SomaKitError && error.code === 'KEYSTORE_ALIASES_MISMATCH';
      if (!mismatch || turn === 2) throw error;
    }
  }
};

/** The path with all links followed, so that everybody who writes the file uses one lock. */
export const realPathOf = async (path: string): Promise<string> => {
  try {
    return await realpath(path);
  } catch {
    // Not there yet: its folder tells.
    return join(await realpath(dirname(path)).catch(() => dirname(path)), basename(path));
  }
};

const put = async (path: string, content: string, mode: number, overwrite: boolean): Promise<void> => {
  // Through links, so that the file they lead to is the one that is replaced.
  const target = await realPathOf(path);
  await replaceFile(target, { overwrite, mode }, (handle) => writeFully(handle, new TextEncoder().encode(content)));
};

/** Replaces the files of a keystore; each of them is at any moment the old one or the new one. */
export const writeKeystore = async (
  path: string,
  entries: readonly KeystoreEntry[],
  options: FilesOptions,
  { overwrite = true, aliasesFirst = true }: { readonly overwrite?: boolean; readonly aliasesFirst?: boolean } = {},
): Promise<void> => {
  const aliasesPath = aliasesPathOf(path);
  if (!overwrite) {
    // Both names are looked at before anything is written: half a keystore is worse than none.
    for (const name of options.password === undefined ? [path, aliasesPath] : [path]) {
      if ((await statOf(name)) !== undefined) throw fileExists(name);
    }
  }
  const sorted = entries.slice().sort(byAddress);
  if (options.password !== undefined) {
    const keys = sorted.map(({ alias, keypair }) => ({ alias, key: keypair.toKeystoreEntry() }));
    const content = new TextEncoder().encode(JSON.stringify({ keys }));
    try {
      await put(path, await sealBox(content, options.password, options.scrypt), 0o600, overwrite);
    } finally {
      content.fill(0);
    }
    return;
  }
  const aliases = sorted.map(({ alias, keypair }) => ({
    alias,
    public_key_base64: formatPublicKey(keypair.publicKey),
  }));
  const mode = (await statOf(aliasesPath))?.mode ?? 0o600;
  const writeAliases = () => put(aliasesPath, prettyJson(aliases), mode & 0o777, overwrite);
  const writeKeys = () =>
    put(path, prettyJson(sorted.map(({ keypair }) => keypair.toKeystoreEntry())), 0o600, overwrite);
  // A crash between the two leaves an alias without a key, never a key without its alias.
  for (const write of aliasesFirst ? [writeAliases, writeKeys] : [writeKeys, writeAliases]) await write();
};
