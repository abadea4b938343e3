import { isError } from '@somakit/core';
import vectors from '@somakit/vectors/crypto.json';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { generateMnemonic, keypairFromMnemonic, type MnemonicLength, parseMnemonic } from '../../src/mnemonic/index.js';
import { deriveSecret, parsePath } from '../../src/mnemonic/slip10.js';
import { bytesOf, codeOf, ENGINES, hexOf, useEngine } from '../support.js';

interface MnemonicCase {
  mnemonic: string;
  path: string;
  secret_hex: string;
  public_key_hex: string;
  address: string;
  encoded: string;
}
const golden: MnemonicCase[] = vectors.mnemonics;
const parsing: { input: string; accepted: boolean; address?: string }[] = vectors.parsing.from_mnemonic;
const WORDS = `${'abandon '.repeat(11)}about`;

afterEach(() => useEngine('libsodium'));

describe('mnemonics of the golden data', () => {
  for (const engine of ENGINES) {
    it.each(golden)(`give $address, ${engine}`, ({ mnemonic, path, secret_hex, public_key_hex, address, encoded }) => {
      useEngine(engine);
      const keypair = keypairFromMnemonic(mnemonic, { path });
      expect(keypair.toSecretKeyHex()).toBe(secret_hex);
      expect(hexOf(keypair.publicKey)).toBe(public_key_hex);
      expect(keypair.address).toBe(`0x${address}`);
      expect(keypair.toSecretKey()).toBe(encoded);
    });
  }

  it.each(parsing)('are read or refused: "$input"', ({ input, accepted, address }) => {
    if (accepted) expect(keypairFromMnemonic(input).address).toBe(`0x${address}`);
    else expect(codeOf(() => keypairFromMnemonic(input))).toMatch(/^INVALID_MNEMONIC_/);
  });
});

describe('a mnemonic', () => {
  it.each<[string, string, string]>([
    ['has no word', '', 'INVALID_MNEMONIC_LENGTH'],
    ['has 11 words', 'abandon '.repeat(11), 'INVALID_MNEMONIC_LENGTH'],
    ['has 27 words', 'abandon '.repeat(27), 'INVALID_MNEMONIC_LENGTH'],
    ['is in capitals', WORDS.toUpperCase(), 'INVALID_MNEMONIC_WORD'],
    ['has a wrong checksum', 'abandon '.repeat(12), 'INVALID_MNEMONIC_CHECKSUM'],
    ['has two words in one', `${'abandon '.repeat(10)}abandonabandon about`, 'INVALID_MNEMONIC_WORD'],
    ['has commas', WORDS.replace(/ /g, ', '), 'INVALID_MNEMONIC_WORD'],
  ])('is refused when it %s', (_, words, code) => {
    expect(codeOf(() => parseMnemonic(words))).toBe(code);
  });

  it('is refused when it is no text', () => {
    expect(codeOf(() => parseMnemonic(undefined as unknown as string))).toBe('INVALID_ARGUMENT');
    expect(codeOf(() => keypairFromMnemonic(['abandon'] as unknown as string))).toBe('INVALID_ARGUMENT');
  });

  it('says which word is wrong, counted from 1, and shows none of them', () => {
    fc.assert(
      fc.property(fc.nat(11), fc.constantFrom('qwertzui', 'aband0n', 'LEGAL', 'ébène'), (at, wrong) => {
        const words = 'legal winner thank year wave sausage worth useful legal winner thank yellow'.split(' ');
        const all = [...words];
        words[at] = wrong;
        try {
          keypairFromMnemonic(words.join(' '));
          expect.unreachable();
        } catch (error) {
          if (!isError(error, 'INVALID_MNEMONIC_WORD')) throw error;
          expect(error.context.position).toBe(at + 1);
          const shown = JSON.stringify([error.message, error.hint, error.context, error.cause, error.stack]);
          for (const word of [wrong, ...all.filter((one) => one !== 'year' && one !== 'worth')]) {
            expect(shown).not.toContain(word);
          }
        }
      }),
    );
  });

  it('with one word replaced is refused, or is another one', () => {
    const list = [...golden.flatMap(({ mnemonic }) => mnemonic.split(' ')), 'x', ''];
    const { address } = keypairFromMnemonic(WORDS);
    fc.assert(
      fc.property(fc.nat(11), fc.constantFrom(...list), (at, word) => {
        const words = WORDS.split(' ');
        if (words[at] === word) return;
        words[at] = word;
        const code = codeOf(() => parseMnemonic(words.join(' ')));
        if (code === 'none') expect(keypairFromMnemonic(words.join(' ')).address).not.toBe(address);
        else expect(code).toMatch(/^INVALID_MNEMONIC_/);
      }),
    );
  });

  it('shows no word when its length or checksum is wrong', () => {
    for (const words of ['zoo '.repeat(12), 'zoo '.repeat(13)]) {
      try {
        keypairFromMnemonic(words);
        expect.unreachable();
      } catch (error) {
        if (!isError(error)) throw error;
        expect(JSON.stringify([error, error.stack])).not.toContain('zoo');
      }
    }
  });

  it('may have any white space between and around its words', () => {
    expect(parseMnemonic(`\u3000\t${WORDS.replace(/ /g, '\u00a0\n')}\u0085`)).toBe(WORDS);
  });

  it.each<MnemonicLength>([12, 15, 18, 21, 24])('of %i words is made and read', (words) => {
    const mnemonic = generateMnemonic({ words });
    expect(mnemonic.split(' ')).toHaveLength(words);
    expect(parseMnemonic(mnemonic)).toBe(mnemonic);
    expect(generateMnemonic({ words })).not.toBe(mnemonic);
  });

  it('has 12 words unless told otherwise, or as many as its randomness makes', () => {
    expect(generateMnemonic().split(' ')).toHaveLength(12);
    expect(generateMnemonic({ entropy: new Uint8Array(16) })).toBe(WORDS);
    expect(generateMnemonic({ entropy: new Uint8Array(32) }).split(' ')).toHaveLength(24);
  });

  it('is not made of other lengths', () => {
    expect(codeOf(() => generateMnemonic({ words: 13 as MnemonicLength }))).toBe('INVALID_ARGUMENT');
    expect(codeOf(() => generateMnemonic({ entropy: new Uint8Array(17) }))).toBe('INVALID_ARGUMENT');
    expect(codeOf(() => generateMnemonic({ words: 12, entropy: new Uint8Array(32) }))).toBe('INVALID_ARGUMENT');
  });
});

describe('a derivation path', () => {
  it('follows SLIP-0010', () => {
    // Test vector 1 of SLIP-0010 for Ed25519.
    const seed = bytesOf('000102030405060708090a0b0c0d0e0f');
    expect(hexOf(deriveSecret(seed, []))).toBe('2b4be7f19ee27bbf30c667b642d5f4aa69fd169872f8fc3059c08ebae2eb19e7');
    expect(hexOf(deriveSecret(seed, [0]))).toBe('68e0fe46dfb67e368c75379acec591dad19df3cde26e63b93a8e704f1dade7a3');
    expect(hexOf(deriveSecret(seed, [0, 1]))).toBe('b1d0bad404bf35da785a64ca1ac54b2617211d2777696fbffaf208f746ae84f2');
    expect(hexOf(deriveSecret(seed, [0, 1, 2, 2, 1000000000]))).toBe(
      '8f94d394a8e8fd6b1bc2f3f49f5c47e385281d5c17e65324b0f62483e37e8793',
    );
  });

  it('leads to another account for every number', () => {
    const paths = ["m/44'/784'/0'/0'/0'", "m/44'/784'/1'/0'/0'", "m/44'/784'/0'/1'/0'", "m/44'/784'/0'/0'/2147483647'"];
    expect(new Set(paths.map((path) => keypairFromMnemonic(WORDS, { path }).address)).size).toBe(4);
    expect(parsePath("m/44'/784'/1'/2'/3'")).toEqual([44, 784, 1, 2, 3]);
  });

  it.each([
    '',
    'm',
    "m/44'/784'/0'/0'",
    "m/44'/784'/0'/0'/0'/0'",
    "m/44'/784'/0'/0'/0",
    "m/44'/784'/0'/0/0'",
    "m/54'/784'/0'/0'/0'",
    "m/44'/501'/0'/0'/0'",
    "m/44'/784'/0'/0'/2147483648'",
    "m/44'/784'/0'/0'/-1'",
    "44'/784'/0'/0'/0'",
    'm/44h/784h/0h/0h/0h',
    " m/44'/784'/0'/0'/0'",
  ])('cannot be "%s"', (path) => {
    expect(codeOf(() => keypairFromMnemonic(WORDS, { path }))).toBe('INVALID_DERIVATION_PATH');
  });

  it('that is a mnemonic by mistake is not shown', () => {
    try {
      keypairFromMnemonic(WORDS, { path: WORDS });
      expect.unreachable();
    } catch (error) {
      if (!isError(error, 'INVALID_DERIVATION_PATH')) throw error;
      expect(JSON.stringify([error, error.stack])).not.toContain('abandon');
    }
  });
});
