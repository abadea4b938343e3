import { isError, toBech32 } from '@somakit/core';
import vectors from '@somakit/vectors/crypto.json';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { formatPublicKey, Keypair, parsePublicKey, signingDigest } from '../src/index.js';
import { bytesOf, codeOf, ENGINES, hexOf, secretBytes, useEngine } from './support.js';

interface KeypairCase {
  secret_hex: string;
  public_key_hex: string;
  address: string;
  encoded: string;
  keystore_base64: string;
  public_key_base64: string;
  sign: { transaction_bcs: string; signing_digest: string; signature_base64: string };
}
interface ParsingCase {
  input: string;
  accepted: boolean;
  address?: string;
}
const keypairs: KeypairCase[] = vectors.keypairs;
const parsing: { from_secret_key: ParsingCase[]; from_encoded: ParsingCase[] } = vectors.parsing;
const SECRET = '8869cb07178bf67e08d7c4abdf45487dbf379c9a452fcec2836854bf4a3d29b0';

afterEach(() => useEngine('libsodium'));

describe('keys of the golden data', () => {
  for (const engine of ENGINES) {
    it.each(keypairs)(`has every form of $address, ${engine}`, (golden) => {
      useEngine(engine);
      const keypair = Keypair.fromSecretKey(bytesOf(golden.secret_hex));
      expect(keypair.address).toBe(`0x${golden.address}`);
      expect(hexOf(keypair.publicKey)).toBe(golden.public_key_hex);
      expect(keypair.toSecretKey()).toBe(golden.encoded);
      expect(keypair.toSecretKeyHex()).toBe(golden.secret_hex);
      expect(keypair.toKeystoreEntry()).toBe(golden.keystore_base64);
      expect(formatPublicKey(keypair.publicKey)).toBe(golden.public_key_base64);
      expect(hexOf(parsePublicKey(golden.public_key_base64))).toBe(golden.public_key_hex);
      for (const text of [golden.secret_hex, `0x${golden.secret_hex.toUpperCase()}`, golden.encoded]) {
        expect(Keypair.fromSecretKey(text).address).toBe(keypair.address);
      }
      expect(Keypair.fromEncoded(golden.encoded.toUpperCase()).address).toBe(keypair.address);
      expect(Keypair.fromKeystoreEntry(golden.keystore_base64).address).toBe(keypair.address);
      expect(Keypair.fromKeyFile(`${golden.keystore_base64}\n`).address).toBe(keypair.address);
      expect(Keypair.fromKeyFile(` ${golden.encoded}\r\n`).address).toBe(keypair.address);
    });

    it.each(keypairs)(`signs as the official client does with $address, ${engine}`, ({ secret_hex, sign }) => {
      useEngine(engine);
      const bytes = bytesOf(sign.transaction_bcs);
      expect(hexOf(signingDigest(bytes))).toBe(sign.signing_digest);
      expect(btoa(String.fromCharCode(...Keypair.fromSecretKey(secret_hex).signTransaction(bytes)))).toBe(
        sign.signature_base64,
      );
    });
  }

  it.each(parsing.from_secret_key)('reads or refuses the secret key "$input"', ({ input, accepted, address }) => {
    if (accepted) expect(Keypair.fromSecretKey(input).address).toBe(`0x${address}`);
    else expect(codeOf(() => Keypair.fromSecretKey(input))).toMatch(/KEY/);
  });

  it.each(parsing.from_encoded)('reads or refuses the Bech32 text "$input"', ({ input, accepted, address }) => {
    if (accepted) expect(Keypair.fromEncoded(input).address).toBe(`0x${address}`);
    else expect(codeOf(() => Keypair.fromEncoded(input))).toMatch(/KEY/);
  });
});

describe('bad keys', () => {
  const good = Keypair.fromSecretKey(SECRET).toSecretKey();

  const otherFlag = toBech32(
    'somaprivkey',
    Uint8Array.from({ length: 33 }, (_, i) => (i === 0 ? 1 : 7)),
  );
  it.each<[string, () => unknown, string]>([
    ['31 bytes', () => Keypair.fromSecretKey(new Uint8Array(31)), 'INVALID_KEY_LENGTH'],
    ['no bytes', () => Keypair.fromSecretKey(new Uint8Array()), 'INVALID_KEY_LENGTH'],
    ['62 digits', () => Keypair.fromSecretKey(SECRET.slice(2)), 'INVALID_KEY_LENGTH'],
    ['no text', () => Keypair.fromSecretKey(''), 'INVALID_KEY_LENGTH'],
    ['63 digits', () => Keypair.fromSecretKey(SECRET.slice(1)), 'INVALID_KEY_ENCODING'],
    ['a letter that is no digit', () => Keypair.fromSecretKey(`g${SECRET.slice(1)}`), 'INVALID_KEY_ENCODING'],
    ['0X', () => Keypair.fromSecretKey(`0X${SECRET}`), 'INVALID_KEY_ENCODING'],
    ['words', () => Keypair.fromSecretKey('abandon abandon about'), 'INVALID_KEY_ENCODING'],
    ['an array', () => Keypair.fromSecretKey(Array(32).fill(1) as unknown as Uint8Array), 'INVALID_KEY_ENCODING'],
    ['nothing', () => Keypair.fromSecretKey(undefined as unknown as string), 'INVALID_KEY_ENCODING'],
    ['a mistyped character', () => Keypair.fromSecretKey(`${good.slice(0, -1)}q`), 'INVALID_KEY_CHECKSUM'],
    ['a blank at the end', () => Keypair.fromSecretKey(`${good} `), 'INVALID_KEY_ENCODING'],
    ['a cut text', () => Keypair.fromSecretKey(good.slice(0, -1)), 'INVALID_KEY_LENGTH'],
    ['two cases', () => Keypair.fromEncoded(`${good.slice(0, -1)}C`), 'INVALID_KEY_ENCODING'],
    ['a key of Sui', () => Keypair.fromEncoded(good.replace('soma', 'sui')), 'WRONG_KEY_PREFIX'],
    ['a mixed-case prefix', () => Keypair.fromEncoded(good.replace('soma', 'Soma')), 'WRONG_KEY_PREFIX'],
    ['no Bech32', () => Keypair.fromEncoded(SECRET), 'WRONG_KEY_PREFIX'],
    ['another flag', () => Keypair.fromEncoded(otherFlag), 'UNKNOWN_KEY_FLAG'],
    [
      '32 bytes without flag',
      () => Keypair.fromSecretKey(toBech32('somaprivkey', new Uint8Array(32))),
      'INVALID_KEY_LENGTH',
    ],
    ['a keystore entry with flag 1', () => Keypair.fromKeystoreEntry(`AQ${'A'.repeat(42)}`), 'UNKNOWN_KEY_FLAG'],
    ['a keystore entry of 32 bytes', () => Keypair.fromKeystoreEntry(`${'A'.repeat(43)}=`), 'INVALID_KEY_LENGTH'],
    ['a keystore entry without Base64', () => Keypair.fromKeystoreEntry('!'.repeat(44)), 'INVALID_KEY_ENCODING'],
    ['an empty key file', () => Keypair.fromKeyFile(''), 'INVALID_KEY_LENGTH'],
    ['a public key of 31 bytes', () => formatPublicKey(new Uint8Array(31)), 'INVALID_ARGUMENT'],
    ['a public key text of a BLS key', () => parsePublicKey(`AQ${'A'.repeat(42)}`), 'UNKNOWN_KEY_FLAG'],
  ])('are refused with a code of their own: %s', (_, read, code) => {
    expect(codeOf(read)).toBe(code);
  });

  it('never show what was read, not even a part of it', () => {
    const around = fc.constantFrom('', ' ', '0x', '0X', 'x', '\n', 'somaprivkey1', 'SOMAPRIVKEY1', 'suiprivkey1', '"');
    const secret = fc.oneof(
      secretBytes.map((bytes) => hexOf(bytes)),
      secretBytes.map((bytes) => Keypair.fromSecretKey(bytes).toSecretKey()),
      secretBytes.map((bytes) => Keypair.fromSecretKey(bytes).toKeystoreEntry()),
    );
    const readers = [
      Keypair.fromSecretKey,
      Keypair.fromEncoded,
      Keypair.fromKeystoreEntry,
      Keypair.fromKeyFile,
      parsePublicKey,
    ];
    fc.assert(
      fc.property(secret, around, around, fc.nat(70), (text, before, after, cut) => {
        for (const hostile of [
          before + text + after,
          before + text.slice(0, cut) + after,
          text.toUpperCase() + after,
        ]) {
          for (const read of readers) {
            try {
              read(hostile);
            } catch (error) {
              const shown = everythingOf(error);
              for (let at = 14; at + 8 <= text.length; at += 8) {
                const part = text.slice(at, at + 8);
                if (hostile.includes(part)) expect(shown).not.toContain(part);
              }
            }
          }
        }
      }),
      { numRuns: 60 },
    );
  });

  it('are never accepted changed: every text with one character replaced is refused or another key', () => {
    const alphabet = 'qpzry9x8gf2tvdw0s3jn54khce6mua7lbio1B! ';
    fc.assert(
      fc.property(fc.nat(good.length - 1), fc.nat(alphabet.length - 1), (at, letter) => {
        const changed = good.slice(0, at) + alphabet[letter] + good.slice(at + 1);
        if (changed !== good) expect(codeOf(() => Keypair.fromSecretKey(changed))).toMatch(/KEY/);
      }),
    );
  });
});

/** All that a logger could print of an error. */
const everythingOf = (error: unknown): string => {
  if (!isError(error)) throw error;
  const { message, hint, context, cause, stack } = error;
  return JSON.stringify({
    message,
    hint,
    context,
    stack,
    cause: cause instanceof Error ? [cause.message, cause.stack] : cause,
  });
};

describe('a key', () => {
  it('is another one each time', () => {
    expect(Keypair.generate().address).not.toBe(Keypair.generate().address);
  });

  it('shows its address and public key, and nothing of the secret', async () => {
    const keypair = Keypair.fromSecretKey(SECRET);
    keypair.signTransaction(Uint8Array.of(1));
    const seen = [
      JSON.stringify(keypair),
      JSON.stringify({ ...keypair }),
      String(keypair),
      JSON.stringify(Object.getOwnPropertyNames(keypair)),
      JSON.stringify(Object.getOwnPropertySymbols(keypair).map(String)),
      JSON.stringify(structuredClone(keypair)),
      JSON.stringify(Object.entries(Object.getOwnPropertyDescriptors(keypair))),
    ];
    const keys: string[] = [];
    for (const key in keypair) keys.push(key);
    expect(keys).toEqual([]);
    for (const text of seen) {
      expect(text).not.toContain(SECRET.slice(0, 8));
      expect(text).not.toMatch(/136,105,203/);
    }
    expect(seen[0]).toContain(keypair.address);
  });

  it('does not change when the bytes that it was made from or that it gave out change', () => {
    const secret = bytesOf(SECRET);
    const keypair = Keypair.fromSecretKey(secret);
    secret.fill(0);
    keypair.publicKey.fill(0);
    expect(keypair.toSecretKeyHex()).toBe(SECRET);
    expect(keypair.address).toBe('0x5e93a736d04fbb25737aa40bee40171ef79f65fae833749e3c089fe7cc2161f1');
    expect(hexOf(keypair.publicKey)).not.toMatch(/^0+$/);
  });

  it('comes back from every text that it is written as', () => {
    fc.assert(
      fc.property(secretBytes, (secret) => {
        const keypair = Keypair.fromSecretKey(secret);
        expect(Keypair.fromSecretKey(keypair.toSecretKey()).toSecretKeyHex()).toBe(hexOf(secret));
        expect(Keypair.fromSecretKey(keypair.toSecretKeyHex()).toSecretKeyHex()).toBe(hexOf(secret));
        expect(Keypair.fromKeystoreEntry(keypair.toKeystoreEntry()).toSecretKeyHex()).toBe(hexOf(secret));
      }),
    );
  });

  it('refuses to sign what is not bytes', () => {
    const keypair = Keypair.generate();
    expect(codeOf(() => keypair.signTransaction('00' as unknown as Uint8Array))).toBe('INVALID_ARGUMENT');
    expect(codeOf(() => keypair.sign([] as unknown as Uint8Array))).toBe('INVALID_ARGUMENT');
  });
});
