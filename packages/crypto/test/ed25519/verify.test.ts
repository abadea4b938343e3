import { ed25519 } from '@noble/curves/ed25519.js';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { isCanonicalScalar } from '../../src/ed25519/verify.js';
import { isSmallOrderPublicKey, Keypair, signEd25519, verifyEd25519 } from '../../src/index.js';
import { useNative } from '../../src/internal/native.js';
import { bytesOf, codeOf, flip, hexOf, secretBytes } from '../support.js';

// All encodings of the eight points of small order that ZIP-215 accepts, unreduced ones included.
const Y = ['00', '01', 'ec', 'ed', 'ee'].map((low) =>
  low > '01' ? `${low}${'ff'.repeat(30)}7f` : `${low}${'00'.repeat(31)}`,
);
Y.push('26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05');
Y.push('c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a');
const SMALL_ORDER = Y.flatMap((y) => [bytesOf(y), flip(bytesOf(y), 255)]);
const message = bytesOf('5a63617368');

afterEach(() => useNative(true));

describe('verification by ZIP-215', () => {
  it.each([true, false])('accepts all 196 signatures of small-order points with S = 0, native %s', (native) => {
    useNative(native);
    for (const A of SMALL_ORDER) {
      for (const R of SMALL_ORDER) {
        const signature = new Uint8Array(64);
        signature.set(R);
        expect(verifyEd25519(message, signature, A)).toBe(true);
        expect(verifyEd25519(message, signature, A, { strict: true })).toBe(false);
      }
    }
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
    const order = 2n ** 252n + 27742317777372353535851937790883648493n;
    const s = BigInt(`0x${hexOf(signature.slice(32).reverse())}`) + order;
    const other = signature.slice();
    other.set(bytesOf(s.toString(16).padStart(64, '0')).reverse(), 32);
    expect(isCanonicalScalar(signature)).toBe(true);
    expect(isCanonicalScalar(other)).toBe(false);
    expect(verifyEd25519(message, other, keypair.publicKey)).toBe(false);
  });

  it('gives the answers of noble, natively and not', () => {
    fc.assert(
      fc.property(
        secretBytes,
        fc.uint8Array({ maxLength: 80 }),
        fc.nat(64 * 8 - 1),
        fc.boolean(),
        (secret, text, bit, honest) => {
          useNative(true);
          const native = Keypair.fromSecretKey(secret);
          const signature = native.sign(text);
          const { publicKey } = native;
          useNative(false);
          expect(hexOf(signEd25519(text, secret))).toBe(hexOf(signature));
          expect(hexOf(ed25519.sign(text, secret))).toBe(hexOf(signature));
          expect(hexOf(ed25519.getPublicKey(secret))).toBe(hexOf(publicKey));
          const shown = honest ? signature : flip(signature, bit);
          expect(verifyEd25519(text, shown, publicKey)).toBe(honest);
          useNative(true);
          expect(verifyEd25519(text, shown, publicKey)).toBe(honest);
        },
      ),
      { numRuns: 25 },
    );
  });

  it('still answers when more keys come along than are remembered', () => {
    const keypairs = Array.from({ length: 1100 }, (_, i) =>
      Keypair.fromSecretKey(new Uint8Array(32).fill(i & 255, 0, 1).fill(i >> 8, 1, 2)),
    );
    const some = keypairs.filter((_, i) => i % 100 === 0);
    // Without native keys nothing is remembered and 1,100 verifications would take seconds.
    const all = typeof process === 'undefined' ? some : keypairs;
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
