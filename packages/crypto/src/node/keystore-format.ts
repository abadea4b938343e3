import type { Address } from '@somakit/core';
import { parsePublicKey } from '../key-text.js';
import { Keypair } from '../keypair.js';
import { isAlias } from './alias.js';
import { damaged } from './keystore-errors.js';

/** One key of a keystore. */
export interface KeystoreEntry {
  /** The name that the official programs also show and take. */
  readonly alias: string;
  readonly address: Address;
  readonly keypair: Keypair;
}

/** Ascending by the bytes of the address, as the official programs keep them. */
export const byAddress = (a: { readonly address: string }, b: { readonly address: string }): number =>
  a.address < b.address ? -1 : a.address > b.address ? 1 : 0;

const readArray = (text: string, path: string): readonly unknown[] => {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // The parser's message quotes the text around the fault, which is a key: it is not kept.
    throw damaged(path, 'it is not JSON');
  }
  if (!Array.isArray(value)) throw damaged(path, 'it is not a JSON array');
  return value;
};

/**
 * The keys of an official keystore file. Source: `soma-keys`, `FileBasedKeystore`: a JSON array of Base64(flag || secret).
 * @throws KEYSTORE_DAMAGED
 */
export const readKeystoreFile = (text: string, path: string): readonly Keypair[] => {
  const seen = new Set<string>();
  return readArray(text, path).map((entry, index) => {
    if (typeof entry !== 'string') throw damaged(path, 'an entry is not a text', index);
    let keypair: Keypair;
    try {
      keypair = Keypair.fromKeystoreEntry(entry);
    } catch (error) {
      // These errors say length, encoding or flag, and never the key.
      throw damaged(path, 'an entry is not Base64 of flag 0 and a 32-byte key', index, error);
    }
    if (seen.has(keypair.address)) throw damaged(path, 'a key is in it twice', index);
    seen.add(keypair.address);
    return keypair;
  });
};

/** An entry of an aliases file: a key's name, and nothing secret. */
export interface KeyAlias {
  readonly alias: string;
  readonly address: Address;
  readonly publicKey: Uint8Array;
}

/**
 * The aliases of an official aliases file, by address. Source: `soma-keys`: a JSON array of `{ alias, public_key_base64 }`.
 * @throws KEYSTORE_DAMAGED
 */
export const readAliasesFile = (
  text: string,
  path: string,
  addressOf: (publicKey: Uint8Array) => Address,
): ReadonlyMap<Address, KeyAlias> => {
  const aliases = new Map<Address, KeyAlias>();
  const taken = new Set<string>();
  readArray(text, path).forEach((entry, index) => {
    const { alias, public_key_base64: encoded } = (entry ?? {}) as Record<string, unknown>;
    if (!isAlias(alias)) throw damaged(path, 'an entry has no alias, or one that is not allowed', index);
    let address: Address;
    let publicKey: Uint8Array;
    try {
      publicKey = parsePublicKey(encoded as string);
      address = addressOf(publicKey);
    } catch (error) {
      throw damaged(path, 'public_key_base64 of an entry is not Base64 of flag 0 and a 32-byte key', index, error);
    }
    if (taken.has(alias)) throw damaged(path, 'an alias is in it twice', index);
    if (aliases.has(address)) throw damaged(path, 'a key is in it twice', index);
    taken.add(alias);
    aliases.set(address, { alias, address, publicKey });
  });
  return aliases;
};

/** JSON as serde_json's pretty printer writes it: two blanks, no newline at the end. */
export const prettyJson = (value: unknown): string => JSON.stringify(value, null, 2);
