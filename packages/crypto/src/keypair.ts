import { type Address, expectBytes, toHex } from '@somakit/core';
import { ed25519Address, SCHEME_FLAGS } from './address.js';
import { type Ed25519Key, prepareKey } from './ed25519/sign.js';
import type { Intent, IntentScope } from './intent.js';
import {
  readBech32SecretKey,
  readKeystoreEntry,
  readSecretKey,
  SECRET_KEY_PREFIX,
  writeBech32SecretKey,
  writeKeystoreEntry,
} from './key-text.js';
import type { Signer } from './signer.js';
import { signingDigest } from './signing-digest.js';

/**
 * An Ed25519 key of an account. The secret leaves it only through the `toSecretKey` methods and `toKeystoreEntry`:
 * printing, inspecting, cloning and `JSON.stringify` show the address and the public key.
 *
 * @example
 * import { Keypair } from '@somakit/crypto';
 * const keypair = Keypair.generate();
 * keypair.address; // '0x...'
 * const same = Keypair.fromSecretKey(keypair.toSecretKey());
 */
export class Keypair implements Signer {
  readonly #secret: Uint8Array;
  #prepared: Ed25519Key | undefined;
  #address: Address | undefined;

  private constructor(secret: Uint8Array) {
    this.#secret = secret;
    // What `console.log` shows in Node. Set here because a computed method name would keep the class in every bundle.
    Object.defineProperty(this, Symbol.for('nodejs.util.inspect.custom'), { value: () => `Keypair(${this.address})` });
  }

  /** A new key from the platform's secure random source. It has no mnemonic; see `@somakit/crypto/mnemonic`. */
  static generate(): Keypair {
    return new Keypair(globalThis.crypto.getRandomValues(new Uint8Array(32)));
  }

  /**
   * The key of a secret: 32 bytes, hex of any case with or without `0x`, or Bech32 (`somaprivkey1...`, lower-case).
   * @throws INVALID_KEY_LENGTH INVALID_KEY_ENCODING INVALID_KEY_CHECKSUM UNKNOWN_KEY_FLAG WRONG_KEY_PREFIX
   */
  static fromSecretKey(secret: Uint8Array | string): Keypair {
    return new Keypair(readSecretKey(secret));
  }

  /**
   * The key of a Bech32 text and nothing else; takes all upper-case too, as the official reader does.
   * @throws WRONG_KEY_PREFIX INVALID_KEY_ENCODING INVALID_KEY_CHECKSUM INVALID_KEY_LENGTH UNKNOWN_KEY_FLAG
   */
  static fromEncoded(text: string): Keypair {
    return new Keypair(readBech32SecretKey(text));
  }

  /**
   * The key of an entry of the official keystore file: Base64 of 33 bytes.
   * @throws INVALID_KEY_ENCODING INVALID_KEY_LENGTH UNKNOWN_KEY_FLAG
   */
  static fromKeystoreEntry(text: string): Keypair {
    return new Keypair(readKeystoreEntry(text));
  }

  /**
   * The key of an official key file (account, network or worker key): a keystore entry or Bech32, with any blanks
   * around it.
   * @throws INVALID_KEY_ENCODING INVALID_KEY_LENGTH INVALID_KEY_CHECKSUM UNKNOWN_KEY_FLAG
   */
  static fromKeyFile(content: string): Keypair {
    const text = typeof content === 'string' ? content.trim() : content;
    const isBech32 = typeof text === 'string' && text.toLowerCase().startsWith(`${SECRET_KEY_PREFIX}1`);
    return isBech32 ? Keypair.fromEncoded(text) : Keypair.fromKeystoreEntry(text);
  }

  /** The account of the key. */
  get address(): Address {
    this.#address ??= ed25519Address(this.#key().publicKey);
    return this.#address;
  }

  /** The 32 bytes of the public key, a copy. */
  get publicKey(): Uint8Array {
    return this.#key().publicKey.slice();
  }

  /** **The secret** as Bech32, the form that wallets export and import. */
  toSecretKey(): string {
    return writeBech32SecretKey(this.#secret);
  }

  /** **The secret** as 64 lower-case hex digits. */
  toSecretKeyHex(): string {
    return toHex(this.#secret);
  }

  /** **The secret** as an entry of the official keystore file: Base64 of flag and key. */
  toKeystoreEntry(): string {
    return writeKeystoreEntry(this.#secret);
  }

  /**
   * The serialised user signature, 97 bytes, over the BCS bytes of a `TransactionData`. The bytes are not looked at.
   * Another intent signs another kind of value. Deterministic.
   *
   * Source: `types/src/crypto.rs`, `Signature::new_secure`.
   * @throws INVALID_ARGUMENT when `bytes` is not a Uint8Array. @throws INVALID_INTENT
   */
  signTransaction(bytes: Uint8Array, options: { readonly intent?: Intent | IntentScope | undefined } = {}): Uint8Array {
    const key = this.#key();
    const wire = new Uint8Array(97);
    wire[0] = SCHEME_FLAGS.ed25519;
    wire.set(key.sign(signingDigest(bytes, options.intent)), 1);
    wire.set(key.publicKey, 65);
    return wire;
  }

  /** A plain Ed25519 signature, 64 bytes, over a message: what consensus and network keys make. */
  sign(message: Uint8Array): Uint8Array {
    return this.#key().sign(expectBytes('message', message));
  }

  /** What may be shown of a key. */
  toJSON(): { readonly address: Address; readonly publicKey: string } {
    return { address: this.address, publicKey: toHex(this.#key().publicKey) };
  }

  #key(): Ed25519Key {
    this.#prepared ??= prepareKey(this.#secret);
    return this.#prepared;
  }
}
