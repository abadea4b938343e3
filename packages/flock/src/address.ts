import { keccak_256 } from '@noble/hashes/sha3.js';
import { invalidArgument } from '@somakit/core';

const FORM = /^0x[0-9a-fA-F]{40}$/;

const EXPECTED = 'a wallet address: 0x and 40 hex digits';

const withChecksum = (digits: string): string => {
  const lower = digits.toLowerCase();
  const hash = keccak_256(new TextEncoder().encode(lower));
  let text = '0x';
  for (let i = 0; i < lower.length; i++) {
    const nibble = (hash[i >> 1]! >> (i % 2 === 0 ? 4 : 0)) & 15;
    text += nibble >= 8 ? lower[i]!.toUpperCase() : lower[i]!;
  }
  return text;
};

/**
 * The address with the letter case that carries its checksum (EIP-55).
 *
 * @throws INVALID_ARGUMENT unless it is `0x` and 40 hex digits. The checksum that it has is not looked at.
 * @example
 * import { checksumAddress } from '@somakit/flock';
 * checksumAddress('0xb93a9c73751bbca8e1924954271ee8d4de5747c9'); // '0xB93A9c73751Bbca8E1924954271ee8d4De5747c9'
 */
export const checksumAddress = (address: string): string => {
  if (typeof address !== 'string' || !FORM.test(address)) throw invalidArgument('address', EXPECTED, address);
  return withChecksum(address.slice(2));
};

/**
 * The address as it came, when its form is right and its checksum (EIP-55) too. Addresses in one letter case carry no
 * checksum and pass.
 *
 * @throws INVALID_ARGUMENT
 */
export const checkWalletAddress = (address: string): string => {
  const right = checksumAddress(address);
  const digits = address.slice(2);
  const plain = digits === digits.toLowerCase() || digits === digits.toUpperCase();
  if (plain || address === right) return address;
  throw invalidArgument(
    'address',
    'a wallet address with a right checksum',
    address,
    'A digit or a letter case is wrong: copy the address once more. Written in lower case it is taken without a check.',
  );
};

/** Whether {@link checkWalletAddress} would take it. */
export const isWalletAddress = (address: string): boolean => {
  try {
    checkWalletAddress(address);
    return true;
  } catch {
    return false;
  }
};
