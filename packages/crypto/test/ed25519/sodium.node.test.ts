import { createRequire } from 'node:module';
import { afterEach, describe, expect, it } from 'vitest';
import { loadSodium, type Sodium, sodiumVerify, works } from '../../src/ed25519/sodium.js';
import { Keypair, verifyEd25519 } from '../../src/index.js';
import { ENGINES, flip, useEngine } from '../support.js';

const message = Uint8Array.of(1, 2, 3);

afterEach(() => useEngine('libsodium'));

describe('libsodium', () => {
  it('is what does the work in Node when it is installed', () => {
    expect(loadSodium()).toBe(createRequire(import.meta.url)('sodium-native'));
    const keypair = Keypair.generate();
    const signature = keypair.sign(message);
    expect(sodiumVerify(message, signature, keypair.publicKey)).toBe(true);
    expect(sodiumVerify(message, flip(signature, 7), keypair.publicKey)).toBe(false);
  });

  it.each<[string, Partial<Sodium>]>([
    ['says yes to everything', { crypto_sign_verify_detached: () => true }],
    ['says no to everything', { crypto_sign_verify_detached: () => false }],
    ['answers something else than yes or no', { crypto_sign_verify_detached: () => 0 }],
    ['makes no keys', { crypto_sign_seed_keypair: () => undefined }],
    ['makes no signatures', { crypto_sign_detached: () => undefined }],
  ])('is not used when what stands in its place %s', (_, change) => {
    expect(works(loadSodium()!)).toBe(true);
    expect(works({ ...loadSodium()!, ...change })).toBe(false);
  });

  it('is not asked when it is switched off', () => {
    useEngine('OpenSSL');
    const keypair = Keypair.generate();
    expect(loadSodium()).toBe(null);
    expect(sodiumVerify(message, keypair.sign(message), keypair.publicKey)).toBe(false);
    expect(verifyEd25519(message, keypair.sign(message), keypair.publicKey)).toBe(true);
  });

  it('never takes bytes 4 GiB away for those that were signed', () => {
    const keypair = Keypair.generate();
    const signature = keypair.sign(message);
    // Zeros that are never touched take no memory. The binding counts modulo 2^32 and would see the message at 64.
    const memory = new ArrayBuffer(2 ** 32 + 4096);
    new Uint8Array(memory, 64, message.length).set(message);
    const far = new Uint8Array(memory, 2 ** 32 + 64, message.length);
    for (const engine of ENGINES) {
      useEngine(engine);
      expect(verifyEd25519(far, signature, keypair.publicKey)).toBe(false);
    }
    far.set(message);
    for (const engine of ENGINES) {
      useEngine(engine);
      expect(verifyEd25519(far, signature, keypair.publicKey)).toBe(true);
    }
  });

  it('leaves memory that threads share to the other engines', () => {
    const shared = (bytes: Uint8Array) => {
      const copy = new Uint8Array(new SharedArrayBuffer(bytes.length));
      copy.set(bytes);
      return copy;
    };
    const keypair = Keypair.generate();
    const signature = keypair.sign(shared(message));
    expect(signature).toEqual(keypair.sign(message));
    expect(verifyEd25519(shared(message), shared(signature), shared(keypair.publicKey))).toBe(true);
    expect(verifyEd25519(shared(flip(message, 0)), shared(signature), shared(keypair.publicKey))).toBe(false);
  });
});
