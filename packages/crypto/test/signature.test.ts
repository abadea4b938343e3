import crypto from '@somakit/vectors/crypto.json';
import transactions from '@somakit/vectors/transactions.json';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Keypair, parseSignature, signingDigest, transactionDigest, verifyTransactionSignature } from '../src/index.js';
import { base64Of, bytesOf, codeOf, flip, hexOf, toBase64 } from './support.js';

interface Signed {
  name: string;
  signer_secret: string;
  bcs: string;
  digest: string;
  signing_digest: string;
  signatures: string[];
}
const builders: Signed[] = transactions.builders.filter((golden: Signed) => golden.signatures?.length === 1);
const keypair = Keypair.fromSecretKey(crypto.keypairs[0].secret_hex);
const bytes = bytesOf(crypto.keypairs[0].sign.transaction_bcs);
const signature = keypair.signTransaction(bytes);

describe('transactions of the golden data', () => {
  it.each(builders)('$name has its digests and its signature', (golden) => {
    const data = bytesOf(golden.bcs);
    const signer = Keypair.fromSecretKey(golden.signer_secret);
    expect(transactionDigest(data)).toBe(golden.digest);
    expect(hexOf(signingDigest(data))).toBe(golden.signing_digest);
    expect(toBase64(signer.signTransaction(data))).toBe(golden.signatures[0]);
    expect(verifyTransactionSignature(data, golden.signatures[0]!, { strict: true })).toBe(signer.address);
  });

  it('are all there', () => expect(builders.length).toBeGreaterThan(10));
});

describe('a signature', () => {
  it('tells who signed', () => {
    expect(verifyTransactionSignature(bytes, signature)).toBe(keypair.address);
    expect(verifyTransactionSignature(bytes, toBase64(signature))).toBe(keypair.address);
    expect(verifyTransactionSignature(bytes, signature, { sender: keypair.address.slice(2).toUpperCase() })).toBe(
      keypair.address,
    );
    const parsed = parseSignature(signature);
    expect(parsed.scheme === 'ed25519' && hexOf(parsed.publicKey)).toBe(hexOf(keypair.publicKey));
  });

  it('never verifies with one bit changed', () => {
    fc.assert(
      fc.property(fc.nat(97 * 8 - 1), (bit) => {
        const changed = flip(signature, bit);
        // A changed public key is another signer, whose signature it is not.
        expect(codeOf(() => verifyTransactionSignature(bytes, changed))).toMatch(
          /^(INVALID_SIGNATURE|NON_CANONICAL_SIGNATURE|INVALID_PUBLIC_KEY|UNKNOWN_SIGNATURE_FLAG|INVALID_MULTISIG)$/,
        );
      }),
      { numRuns: 80 },
    );
  });

  it('never verifies over a transaction with one bit changed', () => {
    fc.assert(
      fc.property(fc.nat(bytes.length * 8 - 1), (bit) => {
        expect(codeOf(() => verifyTransactionSignature(flip(bytes, bit), signature))).toBe('INVALID_SIGNATURE');
      }),
      { numRuns: 40 },
    );
  });

  it('holds for one intent only', () => {
    const pop = keypair.signTransaction(bytes, { intent: 'DiscoveryPeers' });
    expect(verifyTransactionSignature(bytes, pop, { intent: 'DiscoveryPeers' })).toBe(keypair.address);
    expect(codeOf(() => verifyTransactionSignature(bytes, pop))).toBe('INVALID_SIGNATURE');
  });

  it('of a key of small order is accepted as the chain does, and refused on demand', () => {
    const wire = new Uint8Array(97);
    wire[1] = 1;
    wire[65] = 1;
    expect(verifyTransactionSignature(bytes, wire)).toMatch(/^0x/);
    expect(codeOf(() => verifyTransactionSignature(bytes, wire, { strict: true }))).toBe('SMALL_ORDER_KEY');
  });

  const withS = (s: bigint) => {
    const wire = signature.slice();
    wire.set(bytesOf(s.toString(16).padStart(64, '0')).reverse(), 33);
    return wire;
  };
  const order = 2n ** 252n + 27742317777372353535851937790883648493n;
  it.each<[string, () => unknown, string]>([
    ['96 bytes', () => parseSignature(signature.slice(0, 96)), 'INVALID_SIGNATURE_LENGTH'],
    ['98 bytes', () => parseSignature(new Uint8Array(98)), 'INVALID_SIGNATURE_LENGTH'],
    ['no bytes', () => parseSignature(new Uint8Array()), 'INVALID_SIGNATURE_LENGTH'],
    ['the bare 64 bytes with flag 0', () => parseSignature(signature.slice(0, 65)), 'INVALID_SIGNATURE_LENGTH'],
    ['flag 1', () => parseSignature(flip(signature, 0)), 'UNKNOWN_SIGNATURE_FLAG'],
    ['flag 3, multisig on Sui', () => parseSignature(Uint8Array.of(3, 1)), 'UNKNOWN_SIGNATURE_FLAG'],
    ['text that is no Base64', () => parseSignature('***'), 'INVALID_SIGNATURE_ENCODING'],
    ['a number', () => parseSignature(7 as unknown as string), 'INVALID_ARGUMENT'],
    ['S = the group order', () => verifyTransactionSignature(bytes, withS(order)), 'NON_CANONICAL_SIGNATURE'],
    ['the largest S', () => verifyTransactionSignature(bytes, withS(2n ** 256n - 1n)), 'NON_CANONICAL_SIGNATURE'],
    ['S = the group order - 1', () => verifyTransactionSignature(bytes, withS(order - 1n)), 'INVALID_SIGNATURE'],
    [
      'a public key that is no point',
      () =>
        verifyTransactionSignature(
          bytes,
          Uint8Array.from(signature, (byte, i) => (i === 65 ? 2 : i > 65 ? 0 : byte)),
        ),
      'INVALID_PUBLIC_KEY',
    ],
    ['another sender', () => verifyTransactionSignature(bytes, signature, { sender: '0x5' }), 'INCORRECT_SIGNER'],
    ['a sender that is none', () => verifyTransactionSignature(bytes, signature, { sender: '5' }), 'INVALID_ADDRESS'],
    ['other bytes', () => verifyTransactionSignature(new Uint8Array(3), signature), 'INVALID_SIGNATURE'],
    [
      'no bytes to verify',
      () => verifyTransactionSignature(undefined as unknown as Uint8Array, signature),
      'INVALID_ARGUMENT',
    ],
  ])('is refused with a code of its own: %s', (_, verify, code) => {
    expect(codeOf(verify)).toBe(code);
  });

  it('is refused in any other form without another kind of error', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 120 }), (garbage) => {
        expect(codeOf(() => verifyTransactionSignature(bytes, garbage))).not.toBe('none');
      }),
    );
    expect(base64Of(toBase64(signature))).toEqual(signature);
  });
});
