import {
  commitment,
  decryptWeights,
  encryptWeights,
  Keypair,
  signingDigest,
  transactionDigest,
  verifyTransactionSignature,
} from '@somakit/crypto';
import { generateMnemonic, keypairFromMnemonic } from '@somakit/crypto/mnemonic';
import transactions from '@somakit/vectors/transactions.json';
import { findPart } from '@somakit/vitest-config/parts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Peer, startPeer } from '../src/peer.js';

const python = findPart('python');
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const random = (length: number): Uint8Array => {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; at += 65536) crypto.getRandomValues(bytes.subarray(at, Math.min(at + 65536, length)));
  return bytes;
};
interface Described {
  address: string;
  secret: string;
  encoded: string;
}

// A signed transaction ends with its one signature.
const signatureOf = (signed: string): string => signed.slice(-2 * 97);
const someTransactions: string[] = transactions.builders.slice(0, 24).map(({ bcs }: { bcs: string }) => bcs);

describe.skipIf(python === undefined)('keys and ciphers with the official Python client at the other end', () => {
  let peer: Peer;
  beforeAll(() => {
    peer = startPeer(python ?? '', 'soma_peer');
  });
  afterAll(() => peer.stop());

  it('gives the address and every text form that the client gives for a key generated here', async () => {
    for (let i = 0; i < 25; i++) {
      const ours = Keypair.generate();
      for (const secret of [ours.toSecretKey(), ours.toSecretKeyHex(), `0x${ours.toSecretKeyHex().toUpperCase()}`]) {
        const theirs = await peer.call<Described>('from_secret_key', secret);
        expect(`0x${theirs.address}`).toBe(ours.address);
        expect(theirs).toMatchObject({ secret: ours.toSecretKeyHex(), encoded: ours.toSecretKey() });
      }
    }
  });

  it('reads every key that the client generates', async () => {
    for (let i = 0; i < 25; i++) {
      const theirs = await peer.call<Described>('generate');
      for (const secret of [theirs.secret, theirs.encoded]) {
        const ours = Keypair.fromSecretKey(secret);
        expect(ours.address).toBe(`0x${theirs.address}`);
        expect(ours.toSecretKey()).toBe(theirs.encoded);
      }
    }
  });

  it('signs what the client signs, byte for byte, and accepts its signatures', async () => {
    for (const transaction of someTransactions) {
      const bytes = Uint8Array.from(Buffer.from(transaction, 'hex'));
      const ours = Keypair.generate();
      const signature = signatureOf(await peer.call<string>('sign', ours.toSecretKeyHex(), transaction));
      expect(hex(ours.signTransaction(bytes))).toBe(signature);
      expect(verifyTransactionSignature(bytes, Uint8Array.from(Buffer.from(signature, 'hex')))).toBe(ours.address);
    }
  });

  it('does not take the digest that is signed for the digest that names the transaction', () => {
    const bytes = Uint8Array.from(Buffer.from(someTransactions[0] ?? '', 'hex'));
    expect(hex(signingDigest(bytes))).toBe(transactions.builders[0].signing_digest);
    expect(transactionDigest(bytes)).toBe(transactions.builders[0].digest);
  });

  it.each([12, 15, 18, 21, 24] as const)(
    'derives the key that the client derives from %i words made here',
    async (words) => {
      for (let i = 0; i < 3; i++) {
        const mnemonic = generateMnemonic({ words });
        const theirs = await peer.call<Described>('from_mnemonic', mnemonic);
        expect(keypairFromMnemonic(mnemonic).toSecretKeyHex()).toBe(theirs.secret);
      }
    },
  );

  it('encrypts, decrypts and commits as the client does at lengths around every block boundary', async () => {
    const lengths = [0, 1, 15, 16, 17, 63, 64, 65, 127, 128, 129, 4095, 4096, 4097, 300_001];
    for (const length of lengths) {
      const data = random(length);
      const { encrypted, key } = encryptWeights(data);
      expect(await peer.call<string>('encrypt_weights', hex(data), key)).toBe(hex(encrypted));
      expect(await peer.call<string>('decrypt_weights', hex(encrypted), key)).toBe(hex(data));
      expect(hex(decryptWeights(encrypted, key))).toBe(hex(data));
      expect(await peer.call<string>('commitment', hex(encrypted))).toBe(commitment(encrypted));
    }
  });

  it.each(['', 'zz', '00', 'ab'.repeat(31), 'ab'.repeat(33), 'somaprivkey1qqq', `${'0'.repeat(63)}g`])(
    'refuses the secret key %j, which the client refuses too',
    async (secret) => {
      expect(await peer.ask('from_secret_key', secret)).toHaveProperty('error', 'ValueError');
      expect(() => Keypair.fromSecretKey(secret)).toThrow();
    },
  );
});
