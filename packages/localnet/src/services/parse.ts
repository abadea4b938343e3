import { type Address, type Digest, fromBase58, isError, type ObjectId, toBase58 } from '@somakit/core';
import { badRequest } from '@somakit/rpc/server';

export const NOT_AN_ADDRESS = 'Unable to parse Address (must be hex string of length 32)';
export const NOT_AN_ACCOUNT_ADDRESS = 'Unable to parse AccountAddress (must be hex string of length 32)';
export const NOT_A_DIGEST = 'Unable to parse Digest (must be Base58 string of length 32)';

/** An address or id as most requests have it: optional `0x`, up to 64 digits, none only behind `0x`. */
export const readAddress = (text: string): Address | undefined => {
  const match = /^(?:0x([0-9a-fA-F]{0,64})|([0-9a-fA-F]{1,64}))$/.exec(text);
  if (match === null) return undefined;
  return `0x${(match[1] ?? match[2] ?? '').toLowerCase().padStart(64, '0')}` as Address;
};

/** The stricter form of balances and submitters: without `0x` it must be all 64 digits. */
export const readAccountAddress = (text: string): Address | undefined =>
  text.startsWith('0x') || text.length === 64 ? readAddress(text) : undefined;

/** A digest; a shorter one is filled up with zeros behind it, as the reference does. */
export const readDigest = (text: string): Digest | undefined => {
  try {
    const bytes = fromBase58(text);
    if (bytes.length > 32) return undefined;
    if (bytes.length === 32) return text as Digest;
    const full = new Uint8Array(32);
    full.set(bytes);
    return toBase58(full) as Digest;
  } catch (error) {
    if (!isError(error)) throw error;
    return undefined;
  }
};

/** An object's id in a request. @throws INVALID_ARGUMENT */
export const requiredId = (text: string | undefined, field: string, missing: string, name: string): ObjectId => {
  if (text === undefined) throw badRequest(field, missing, 'FIELD_MISSING');
  const id = readAddress(text);
  if (id === undefined) throw badRequest(field, `invalid ${name}: ${NOT_AN_ADDRESS}`);
  return id as unknown as ObjectId;
};
