import {
  aggregateBlsPublicKeys,
  aggregateBlsSignatures,
  authorityMessage,
  BLS_EMPTY_SIGNATURE,
  blsPublicKey,
  blsSign,
  blsVerify,
  checkBlsPublicKey,
  generateBlsSecretKey,
  verifyBlsAggregate,
} from '@somakit/crypto/bls';
import { findPart } from '@somakit/vitest-config/parts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Peer, startPeer } from '../src/peer.js';

const python = findPart('python');
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const bytesOf = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'hex'));
const random = (length: number): Uint8Array => crypto.getRandomValues(new Uint8Array(length));
const flip = (bytes: Uint8Array, bit: number): Uint8Array =>
  bytes.map((byte, i) => (i === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte));

const committee = (size: number) => Array.from({ length: size }, () => generateBlsSecretKey());
const someMessage = (): Uint8Array => authorityMessage('CheckpointSummary', random(200), 7n);

// blst is what the reference signs with; no golden value was made with more than one signer.
describe.skipIf(python === undefined)('signatures of several authorities with blst at the other end', () => {
  let peer: Peer;
  beforeAll(() => {
    peer = startPeer(python ?? '', 'blst_peer');
  });
  afterAll(() => peer.stop());

  it('have the keys, signatures and sums that blst computes', async () => {
    for (const size of [1, 2, 3, 7]) {
      const secrets = committee(size);
      const message = someMessage();
      const keys = secrets.map(blsPublicKey);
      const signatures = secrets.map((secret) => blsSign(message, secret));
      for (const [i, secret] of secrets.entries()) {
        expect(await peer.call('public_key', hex(secret))).toBe(hex(keys[i]!));
        expect(await peer.call('sign', hex(message), hex(secret))).toBe(hex(signatures[i]!));
      }
      expect(await peer.call('sum_signatures', signatures.map(hex))).toBe(hex(aggregateBlsSignatures(signatures)));
      expect(await peer.call('sum_keys', keys.map(hex))).toBe(hex(aggregateBlsPublicKeys(keys)));
    }
    expect(await peer.call('sum_signatures', [])).toBe(hex(BLS_EMPTY_SIGNATURE));
  });

  it('verify for all signers, in any order, and for no others', async () => {
    for (const size of [2, 4]) {
      const secrets = committee(size);
      const message = someMessage();
      const keys = secrets.map(blsPublicKey);
      const sum = aggregateBlsSignatures(secrets.map((secret) => blsSign(message, secret)));
      const stranger = blsPublicKey(generateBlsSecretKey());
      for (const [shown, of, signers, holds] of [
        [message, sum, keys, true],
        [message, sum, [...keys].reverse(), true],
        [message, sum, keys.slice(1), false],
        [message, sum, [...keys, stranger], false],
        [message, sum, [...keys, keys[0]!], false],
        [message, sum, [...keys.slice(1), stranger], false],
        [flip(message, 11), sum, keys, false],
        [message, BLS_EMPTY_SIGNATURE, keys, false],
      ] as const) {
        expect(verifyBlsAggregate(shown, of, signers)).toBe(holds);
        expect(await peer.call('verify', hex(shown), hex(of), signers.map(hex))).toBe(holds);
      }
    }
  });

  it('count a signer twice who signed twice', async () => {
    const [secret] = committee(1);
    const message = someMessage();
    const [key, signature] = [blsPublicKey(secret!), blsSign(message, secret!)];
    const sum = aggregateBlsSignatures([signature, signature]);
    expect(verifyBlsAggregate(message, sum, [key, key])).toBe(true);
    expect(await peer.call('verify', hex(message), hex(sum), [hex(key), hex(key)])).toBe(true);
    expect(verifyBlsAggregate(message, sum, [key])).toBe(false);
  });

  it('are what blst made, when it made them', async () => {
    const secrets = committee(3);
    const message = someMessage();
    const keys: string[] = [];
    const signatures: string[] = [];
    for (const secret of secrets) {
      keys.push(await peer.call('public_key', hex(secret)));
      signatures.push(await peer.call('sign', hex(message), hex(secret)));
    }
    const sum = bytesOf(await peer.call('sum_signatures', signatures));
    expect(verifyBlsAggregate(message, sum, keys.map(bytesOf))).toBe(true);
    expect(blsVerify(message, bytesOf(signatures[0]!), bytesOf(keys[0]!))).toBe(true);
    expect(blsVerify(message, bytesOf(signatures[0]!), bytesOf(keys[1]!))).toBe(false);
  });

  it('are read where blst reads them, and refused where it refuses them', async () => {
    const secret = generateBlsSecretKey();
    const [key, signature] = [blsPublicKey(secret), blsSign(random(8), secret)];
    const reads = (read: () => unknown): boolean => {
      try {
        read();
        return true;
      } catch {
        return false;
      }
    };
    for (let i = 0; i < 24; i++) {
      const badKey = flip(key, (i * 37) % 768);
      const badSignature = flip(signature, (i * 19) % 384);
      const theirs = async (method: string, bytes: Uint8Array) => {
        const answer = await peer.ask<boolean>(method, hex(bytes));
        return 'ok' in answer && answer.ok;
      };
      expect(reads(() => checkBlsPublicKey(badKey))).toBe(await theirs('reads_key', badKey));
      expect(reads(() => aggregateBlsSignatures([badSignature]))).toBe(await theirs('reads_signature', badSignature));
    }
  });
});
