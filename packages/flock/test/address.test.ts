import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checksumAddress, checkWalletAddress, createFlockClient, isWalletAddress } from '../src/index.js';

// From EIP-55 itself.
const RIGHT = [
  '0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed',
  '0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359',
  '0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB',
  '0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb',
  '0x52908400098527886E0F7030069857D2E4169EE7',
  '0x8617E340B3D01FA5F11F306F4090FD50E238070D',
  '0xde709f2102306220921060314715629080e2fb77',
  '0x27b1fdb04752bbc536007a920d24acb045561c26',
  '0xB93A9c73751Bbca8E1924954271ee8d4De5747c9',
];

describe('wallet addresses', () => {
  it.each(RIGHT)('knows the checksum of %s', (address) => {
    expect(checksumAddress(address.toLowerCase())).toBe(address);
    expect(checkWalletAddress(address)).toBe(address);
  });

  it('takes addresses in one letter case, which carry no checksum', () => {
    for (const address of RIGHT) {
      expect(isWalletAddress(address.toLowerCase())).toBe(true);
      expect(isWalletAddress(`0x${address.slice(2).toUpperCase()}`)).toBe(true);
    }
  });

  it('refuses an address in which the case of one letter is wrong', () => {
    for (const address of RIGHT) {
      for (let at = 2; at < address.length; at++) {
        const letter = address[at]!;
        const other = letter === letter.toLowerCase() ? letter.toUpperCase() : letter.toLowerCase();
        const wrong = address.slice(0, at) + other + address.slice(at + 1);
        const digits = wrong.slice(2);
        if (other === letter || digits === digits.toLowerCase() || digits === digits.toUpperCase()) continue;
        expect(() => checkWalletAddress(wrong)).toThrow(/checksum/);
      }
    }
  });

  it.each([
    '',
    '0x',
    'B93A9c73751Bbca8E1924954271ee8d4De5747c9',
    '0XB93A9c73751Bbca8E1924954271ee8d4De5747c9',
    `${RIGHT[0]}0`,
    `${RIGHT[0]?.slice(0, -1)}`,
    `${RIGHT[0]?.slice(0, -1)}g`,
    ` ${RIGHT[0]}`,
    `${RIGHT[0]}&page=1`,
  ])('refuses %j', (address) => {
    expect(() => checkWalletAddress(address)).toThrow(/0x and 40 hex digits/);
    expect(() => createFlockClient().wallet(address)).toThrow(/0x and 40 hex digits/);
  });

  it('gives the same checksum whatever the letter case it is given', () => {
    const address = fc
      .uint8Array({ minLength: 20, maxLength: 20 })
      .map((bytes) => Array.from(bytes, (b) => b.toString(16).padStart(2, '0')).join(''));
    fc.assert(
      fc.property(address, (digits) => {
        const right = checksumAddress(`0x${digits}`);
        expect(checksumAddress(right)).toBe(right);
        expect(checksumAddress(`0x${digits.toUpperCase()}`)).toBe(right);
        expect(right.toLowerCase()).toBe(`0x${digits}`);
      }),
    );
  });
});
