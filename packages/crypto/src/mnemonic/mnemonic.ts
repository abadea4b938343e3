import { pbkdf2 } from '@noble/hashes/pbkdf2.js';
import { sha512 } from '@noble/hashes/sha2.js';
import { entropyToMnemonic, mnemonicToEntropy } from '@scure/bip39';
import { wordlist } from '@scure/bip39/wordlists/english.js';
import { expectBytes, invalidArgument, SomaKitError } from '@somakit/core';
import '../errors.js';
import { nodeCrypto } from '../internal/native.js';
import { Keypair } from '../keypair.js';
import { DEFAULT_PATH, deriveSecret, parsePath } from './slip10.js';

export { DEFAULT_PATH } from './slip10.js';

/** How many words a mnemonic can have. */
export type MnemonicLength = 12 | 15 | 18 | 21 | 24;

const LENGTHS: readonly number[] = [12, 15, 18, 21, 24];
const KNOWN = /* @__PURE__ */ new Set(wordlist);

/**
 * A new BIP-39 mnemonic in English, from the platform's secure random source.
 *
 * @throws INVALID_ARGUMENT for another number of words than 12 (the default), 15, 18, 21 or 24.
 * @example
 * import { generateMnemonic, keypairFromMnemonic } from '@somakit/crypto/mnemonic';
 * const words = generateMnemonic({ words: 24 });
 * keypairFromMnemonic(words).address;
 */
export const generateMnemonic = (
  options: {
    readonly words?: MnemonicLength | undefined;
    /** The randomness itself, 4 bytes for every 3 words; for tests and for hardware sources. */
    readonly entropy?: Uint8Array | undefined;
  } = {},
): string => {
  const { entropy } = options;
  const words = options.words ?? (entropy === undefined ? 12 : (expectBytes('entropy', entropy).length * 3) / 4);
  if (!LENGTHS.includes(words))
    throw invalidArgument('words', '12, 15, 18, 21 or 24', typeof words === 'number' ? words : typeof words);
  const length = (words * 4) / 3;
  return entropyToMnemonic(
    entropy === undefined
      ? globalThis.crypto.getRandomValues(new Uint8Array(length))
      : expectBytes('entropy', entropy, length),
    wordlist,
  );
};

/**
 * A mnemonic in its one form, single blanks between the words, when it is one. White space of any kind is folded;
 * capitals are not.
 *
 * @throws INVALID_MNEMONIC_LENGTH INVALID_MNEMONIC_WORD INVALID_MNEMONIC_CHECKSUM; none of them holds a word.
 */
export const parseMnemonic = (mnemonic: string): string => {
  if (typeof mnemonic !== 'string') throw invalidArgument('mnemonic', 'a text of words', typeof mnemonic);
  const words = mnemonic
    .split(/\p{White_Space}+/u)
    .filter((word) => word !== '')
    .map((word) => word.normalize('NFKD'));
  if (!LENGTHS.includes(words.length)) {
    const expected = '12, 15, 18, 21 or 24 words';
    throw new SomaKitError('INVALID_MNEMONIC_LENGTH', `A mnemonic has ${expected}, not ${words.length}.`, {
      context: { expected, received: words.length },
    });
  }
  const wrong = words.findIndex((word) => !KNOWN.has(word));
  if (wrong >= 0) {
    const expected = 'a word of the English BIP-39 list in lower case';
    throw new SomaKitError('INVALID_MNEMONIC_WORD', `Word ${wrong + 1} of the mnemonic is not ${expected}.`, {
      context: { position: wrong + 1, expected },
    });
  }
  const normal = words.join(' ');
  try {
    mnemonicToEntropy(normal, wordlist);
  } catch {
    const expected = 'words whose checksum is right';
    throw new SomaKitError('INVALID_MNEMONIC_CHECKSUM', 'The checksum of the mnemonic is wrong.', {
      context: { expected },
      hint: 'Every word is known, but one of them is another than it was, or two are swapped.',
    });
  }
  return normal;
};

const seedOf = (normal: string): Uint8Array => {
  const password = new TextEncoder().encode(normal);
  const salt = new TextEncoder().encode('mnemonic');
  const node = nodeCrypto();
  return node === undefined
    ? pbkdf2(sha512, password, salt, { c: 2048, dkLen: 64 })
    : Uint8Array.from(node.pbkdf2Sync(password, salt, 2048, 64, 'sha512'));
};

/**
 * The key of a mnemonic (BIP-39 English, no passphrase, SLIP-0010), the same as the official wallet's.
 *
 * @throws INVALID_MNEMONIC_LENGTH INVALID_MNEMONIC_WORD INVALID_MNEMONIC_CHECKSUM INVALID_DERIVATION_PATH
 * @example
 * import { keypairFromMnemonic } from '@somakit/crypto/mnemonic';
 * const words = `${'abandon '.repeat(11)}about`;
 * keypairFromMnemonic(words).address; // '0x5e93a736...'
 * keypairFromMnemonic(words, { path: "m/44'/784'/1'/0'/0'" }).address;
 */
export const keypairFromMnemonic = (
  mnemonic: string,
  options: {
    /** Defaults to `m/44'/784'/0'/0'/0'`; others must have that form, five hardened levels. */
    readonly path?: string | undefined;
  } = {},
): Keypair => {
  const path = parsePath(options.path ?? DEFAULT_PATH);
  return Keypair.fromSecretKey(deriveSecret(seedOf(parseMnemonic(mnemonic)), path));
};
