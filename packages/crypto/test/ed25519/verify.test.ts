import { ed25519 } from '@noble/curves/ed25519.js';
import { sha512 } from '@noble/hashes/sha2.js';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { isCanonicalScalar } from '../../src/ed25519/verify.js';
import { isSmallOrderPublicKey, Keypair, signEd25519, verifyEd25519 } from '../../src/index.js';
import { bytesOf, codeOf, ENGINES, flip, hexOf, secretBytes, useEngine } from '../support.js';

// All encodings of the eight points of small order that ZIP-215 accepts, unreduced ones included.
const Y = ['00', '01', 'ec', 'ed', 'ee'].map((low) =>
  low > '01' ? `${low}${'ff'.repeat(30)}7f` : `${low}${'00'.repeat(31)}`,
);
Y.push('26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05');
Y.push('c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a');
const SMALL_ORDER = Y.flatMap((y) => [bytesOf(y), flip(bytesOf(y), 255)]);
const message = bytesOf('5a63617368');
const ORDER = 2n ** 252n + 27742317777372353535851937790883648493n;

const littleEndian = (value: bigint): Uint8Array => bytesOf(value.toString(16).padStart(64, '0')).reverse();
const numberOf = (bytes: Uint8Array): bigint => BigInt(`0x${hexOf(bytes.slice().reverse())}`);
const join = (...parts: readonly Uint8Array[]): Uint8Array => Uint8Array.from(parts.flatMap((part) => [...part]));

/** What each engine says. */
const answers = (text: Uint8Array, signature: Uint8Array, publicKey: Uint8Array): readonly boolean[] =>
  ENGINES.map((engine) => {
    useEngine(engine);
    return verifyEd25519(text, signature, publicKey);
  });
const ALL = [true, true, true];
const NONE = [false, false, false];

/** A signature whose key and R may have a part of small order, as a cheat with the secret can make it. */
const mixedSignature = (secret: bigint, nonce: bigint, keyPart: Uint8Array, rPart: Uint8Array, text: Uint8Array) => {
  const { BASE } = ed25519.Point;
  const small = (bytes: Uint8Array) => ed25519.Point.fromBytes(bytes, true);
  const publicKey = BASE.multiply(secret).add(small(keyPart)).toBytes();
  const R = BASE.multiply(nonce).add(small(rPart)).toBytes();
  const challenge = numberOf(sha512(join(R, publicKey, text))) % ORDER;
  return { publicKey, signature: join(R, littleEndian((nonce + challenge * secret) % ORDER)) };
};

afterEach(() => useEngine('libsodium'));

describe('verification by ZIP-215', () => {
  it.each(ENGINES)('accepts all 196 signatures of small-order points with S = 0, with %s', (engine) => {
    useEngine(engine);
    for (const A of SMALL_ORDER) {
      for (const R of SMALL_ORDER) {
        const signature = new Uint8Array(64);
        signature.set(R);
        expect(verifyEd25519(message, signature, A)).toBe(true);
        expect(verifyEd25519(message, signature, A, { strict: true })).toBe(false);
      }
    }
  });

  it('accepts keys and R of mixed order whatever engine is asked', () => {
    const scalar = fc.bigInt({ min: 1n, max: ORDER - 1n });
    const part = fc.constantFrom(...SMALL_ORDER);
    fc.assert(
      fc.property(
        scalar,
        scalar,
        part,
        part,
        fc.uint8Array({ maxLength: 40 }),
        (secret, nonce, keyPart, rPart, text) => {
          const { publicKey, signature } = mixedSignature(secret, nonce, keyPart, rPart, text);
          expect(answers(text, signature, publicKey)).toEqual(ALL);
          expect(answers(join(text, Uint8Array.of(0)), signature, publicKey)).toEqual(NONE);
        },
      ),
      { numRuns: 30 },
    );
  });

  it('accepts an unreduced R beside an honest key, which no native engine does', () => {
    // R = (0, 1) as y = p + 1, so that S is the challenge times the secret.
    const R = bytesOf(`ee${'ff'.repeat(30)}7f`);
    const secret = 123456789n;
    const publicKey = ed25519.Point.BASE.multiply(secret).toBytes();
    const challenge = numberOf(sha512(join(R, publicKey, message))) % ORDER;
    const signature = join(R, littleEndian((challenge * secret) % ORDER));
    expect(answers(message, signature, publicKey)).toEqual(ALL);
  });

  it('refuses what is no point, as key and as R', () => {
    const keypair = Keypair.generate();
    const signature = keypair.sign(message);
    // y = 2 has no x.
    const noPoint = littleEndian(2n);
    expect(answers(message, signature, noPoint)).toEqual(NONE);
    expect(answers(message, join(noPoint, signature.slice(32)), keypair.publicKey)).toEqual(NONE);
  });

  it('knows the keys of small order from the others', () => {
    for (const A of SMALL_ORDER) {
      expect(isSmallOrderPublicKey(A)).toBe(true);
      expect(ed25519.Point.fromBytes(A, true).isSmallOrder()).toBe(true);
    }
    expect(isSmallOrderPublicKey(Keypair.generate().publicKey)).toBe(false);
  });

  it('refuses S from the group order on, though it is the same number', () => {
    const keypair = Keypair.generate();
    const signature = keypair.sign(message);
    const other = join(signature.slice(0, 32), littleEndian(numberOf(signature.slice(32)) + ORDER));
    expect(isCanonicalScalar(signature)).toBe(true);
    expect(isCanonicalScalar(other)).toBe(false);
    expect(answers(message, signature, keypair.publicKey)).toEqual(ALL);
    expect(answers(message, other, keypair.publicKey)).toEqual(NONE);
  });

  it('gives one answer, and signatures of the same bytes, with every engine', () => {
    fc.assert(
      fc.property(
        secretBytes,
        fc.uint8Array({ maxLength: 80 }),
        fc.nat(64 * 8 - 1),
        fc.boolean(),
        (secret, text, bit, honest) => {
          const signature = ed25519.sign(text, secret);
          const publicKey = ed25519.getPublicKey(secret);
          for (const engine of ENGINES) {
            useEngine(engine);
            const keypair = Keypair.fromSecretKey(secret);
            expect(hexOf(keypair.publicKey)).toBe(hexOf(publicKey));
            expect(hexOf(keypair.sign(text))).toBe(hexOf(signature));
            expect(hexOf(signEd25519(text, secret))).toBe(hexOf(signature));
          }
          const shown = honest ? signature : flip(signature, bit);
          expect(answers(text, shown, publicKey)).toEqual(honest ? ALL : NONE);
        },
      ),
      { numRuns: 25 },
    );
  });

  it('gives one answer to keys and signatures that are any bytes, or nearly those of small order', () => {
    const half = fc.oneof(fc.uint8Array({ minLength: 32, maxLength: 32 }), fc.constantFrom(...SMALL_ORDER));
    fc.assert(
      fc.property(half, half, half, fc.nat(255), fc.boolean(), (A, R, S, bit, turned) => {
        const given = answers(message, join(turned ? flip(R, bit) : R, S), turned ? A : flip(A, bit));
        expect([ALL, NONE]).toContainEqual(given);
      }),
      { numRuns: 60 },
    );
  });

  it('reads messages, signatures and keys that are parts of larger arrays', () => {
    const inside = (bytes: Uint8Array) => join(new Uint8Array(13).fill(0xff), bytes, Uint8Array.of(1)).subarray(13, -1);
    for (const engine of ENGINES) {
      useEngine(engine);
      const keypair = Keypair.generate();
      const signature = keypair.sign(inside(message));
      expect(hexOf(signature)).toBe(hexOf(keypair.sign(message)));
      expect(verifyEd25519(inside(message), inside(signature), inside(keypair.publicKey))).toBe(true);
      expect(verifyEd25519(inside(flip(message, 1)), inside(signature), inside(keypair.publicKey))).toBe(false);
    }
  });

  it.each(ENGINES)('still answers when more keys come along than are remembered, with %s', (engine) => {
    useEngine(engine);
    const keypairs = Array.from({ length: 1100 }, (_, i) =>
      Keypair.fromSecretKey(new Uint8Array(32).fill(i & 255, 0, 1).fill(i >> 8, 1, 2)),
    );
    const some = keypairs.filter((_, i) => i % 100 === 0);
    // Without native keys nothing is remembered and 1,100 verifications would take seconds.
    const all = typeof process === 'undefined' || engine === 'noble' ? some : keypairs;
    for (const keypair of [...all, ...some])
      expect(verifyEd25519(message, keypair.sign(message), keypair.publicKey)).toBe(true);
  });

  it('refuses wrong lengths', () => {
    const { publicKey } = Keypair.generate();
    expect(codeOf(() => verifyEd25519(message, new Uint8Array(63), publicKey))).toBe('INVALID_ARGUMENT');
    expect(codeOf(() => verifyEd25519(message, new Uint8Array(64), new Uint8Array(33)))).toBe('INVALID_ARGUMENT');
    expect(codeOf(() => signEd25519(message, new Uint8Array(31)))).toBe('INVALID_KEY_LENGTH');
    expect(codeOf(() => isSmallOrderPublicKey(new Uint8Array(31)))).toBe('INVALID_ARGUMENT');
  });
});
