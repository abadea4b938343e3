import node from '@somakit/vectors/node-digests.json';
import { describe, expect, it } from 'vitest';
import {
  aggregateBlsPublicKeys,
  aggregateBlsSignatures,
  authorityMessage,
  BLS_EMPTY_SIGNATURE,
  blsAddress,
  blsPublicKey,
  blsSign,
  blsVerify,
  checkBlsPublicKey,
  createProofOfPossession,
  formatBlsPublicKey,
  formatBlsSecretKey,
  generateBlsSecretKey,
  parseBlsPublicKey,
  parseBlsSecretKey,
  proofOfPossessionMessage,
  verifyBlsAggregate,
  verifyProofOfPossession,
} from '../../src/bls/index.js';
import { bytesOf, codeOf, flip, hexOf } from '../support.js';

const authority = bytesOf(node.authority.public_key);
const address: string = node.authority.address;
interface Checkpoint {
  case: string;
  summary_bcs: string;
  message: string;
  signature: string;
}
const checkpoints: Checkpoint[] = node.checkpoints;
const secrets = [1, 2, 3].map((byte) => generateBlsSecretKey(new Uint8Array(32).fill(byte)));
const keys = secrets.map(blsPublicKey);
const message = Uint8Array.of(1, 2, 3);
const order = '73eda753299d7d483339d80809a1d80553bda402fffe5bfeffffffff00000001';
// A point of the curve outside the subgroup: x = 4 of G1 has one.
const OUTSIDE_G1 = bytesOf(`80${'00'.repeat(46)}04`);
const OUTSIDE_G2 = bytesOf(`80${'00'.repeat(94)}02`);

describe('authority signatures of a real node', () => {
  it.each(checkpoints)('$case is signed', ({ summary_bcs, message: signed, signature }) => {
    // The epoch is the first field of the summary after the version.
    const epoch = new DataView(bytesOf(signed).buffer).getBigUint64(signed.length / 2 - 8, true);
    const built = authorityMessage('CheckpointSummary', bytesOf(summary_bcs), epoch);
    expect(hexOf(built)).toBe(signed);
    expect(blsVerify(built, bytesOf(signature), authority)).toBe(true);
  });

  it('are one signer aggregates', () => {
    const { message: signed, signature } = checkpoints[0]!;
    expect(hexOf(aggregateBlsSignatures([bytesOf(signature)]))).toBe(signature);
    expect(verifyBlsAggregate(bytesOf(signed), bytesOf(signature), [authority])).toBe(true);
  });

  it('prove possession', () => {
    const { message: signed, signature } = node.authority.proof_of_possession;
    expect(hexOf(proofOfPossessionMessage(authority, address))).toBe(signed);
    expect(verifyProofOfPossession({ publicKey: authority, address, proof: bytesOf(signature) })).toBe(true);
    expect(verifyProofOfPossession({ publicKey: authority, address: '0x1', proof: bytesOf(signature) })).toBe(false);
    expect(verifyProofOfPossession({ publicKey: keys[0]!, address, proof: bytesOf(signature) })).toBe(false);
  });
});

describe('keys', () => {
  it('come from the KeyGen of the draft', () => {
    // The master key of the first test case of EIP-2333, which uses the same KeyGen.
    const seed =
      'c55257c360c07c72029aebc1b53c05ed0362ada38ead3e3e9efa3708e53495531f09a6987599d18264c1e1c92f2cf141630c7a3c4ab7c81b2f001698e7463b04';
    expect(BigInt(`0x${hexOf(generateBlsSecretKey(bytesOf(seed)))}`)).toBe(
      6083874454709270928345386274498605044986640685124978867557563392430687146096n,
    );
    expect(hexOf(generateBlsSecretKey())).not.toBe(hexOf(generateBlsSecretKey()));
    expect(codeOf(() => generateBlsSecretKey(new Uint8Array(31)))).toBe('INVALID_ARGUMENT');
  });

  it('have texts and name files', () => {
    expect(parseBlsSecretKey(`${formatBlsSecretKey(secrets[0]!)}\n`)).toEqual(secrets[0]);
    expect(parseBlsPublicKey(formatBlsPublicKey(keys[0]!))).toEqual(keys[0]);
    expect(blsAddress(keys[0]!)).toMatch(/^0x[0-9a-f]{64}$/);
  });

  it.each<[string, () => unknown, string]>([
    ['a secret of 31 bytes', () => blsPublicKey(new Uint8Array(31)), 'INVALID_KEY_LENGTH'],
    ['a secret of 0', () => blsPublicKey(new Uint8Array(32)), 'INVALID_BLS_SECRET_KEY'],
    ['the group order as a secret', () => blsSign(message, bytesOf(order)), 'INVALID_BLS_SECRET_KEY'],
    ['a secret text of 33 bytes', () => parseBlsSecretKey('A'.repeat(44)), 'INVALID_KEY_LENGTH'],
    ['a secret text that is no Base64', () => parseBlsSecretKey('#'), 'INVALID_KEY_ENCODING'],
    ['a public text of 32 bytes', () => parseBlsPublicKey(`${'A'.repeat(43)}=`), 'INVALID_KEY_LENGTH'],
    ['a public text of no point', () => parseBlsPublicKey('A'.repeat(128)), 'INVALID_BLS_PUBLIC_KEY'],
    ['a public key of 95 bytes', () => checkBlsPublicKey(new Uint8Array(95)), 'INVALID_ARGUMENT'],
    ['infinity', () => checkBlsPublicKey(bytesOf(`c0${'00'.repeat(95)}`)), 'INVALID_BLS_PUBLIC_KEY'],
    ['a point outside the subgroup', () => checkBlsPublicKey(OUTSIDE_G2), 'INVALID_BLS_PUBLIC_KEY'],
    ['an address that is none', () => createProofOfPossession(secrets[0]!, 'x'), 'INVALID_ADDRESS'],
    ['95 bytes to format', () => formatBlsPublicKey(new Uint8Array(95)), 'INVALID_ARGUMENT'],
  ])('are refused: %s', (_, call, code) => {
    expect(codeOf(call)).toBe(code);
  });
});

describe('a secret', () => {
  it('is in no error about it', () => {
    const hex = 'f3edfa75deadbeef'.repeat(4);
    const text = btoa(String.fromCharCode(...bytesOf(hex)));
    for (const call of [
      () => parseBlsSecretKey(`${text}!`),
      () => parseBlsSecretKey(text.slice(0, -4)),
      () => parseBlsSecretKey(text),
      () => blsSign(message, bytesOf(hex)),
      () => createProofOfPossession(bytesOf(`${hex}00`), address),
    ]) {
      try {
        call();
        expect.unreachable();
      } catch (error) {
        const shown = JSON.stringify([error, (error as Error).stack]);
        for (const part of [hex.slice(0, 8), text.slice(0, 8), '243,237']) expect(shown).not.toContain(part);
      }
    }
  });
});

describe('signatures', () => {
  const signatures = secrets.map((secret) => blsSign(message, secret));

  it('are deterministic, and verify for their key and message only', () => {
    expect(blsSign(message, secrets[0]!)).toEqual(signatures[0]);
    expect(blsVerify(message, signatures[0]!, keys[0]!)).toBe(true);
    expect(blsVerify(message, signatures[0]!, keys[1]!)).toBe(false);
    expect(blsVerify(Uint8Array.of(1, 2), signatures[0]!, keys[0]!)).toBe(false);
  });

  it('add up, and so do keys', () => {
    const sum = aggregateBlsSignatures(signatures);
    expect(verifyBlsAggregate(message, sum, keys)).toBe(true);
    expect(verifyBlsAggregate(message, sum, [...keys].reverse())).toBe(true);
    expect(blsVerify(message, sum, aggregateBlsPublicKeys(keys))).toBe(true);
    expect(verifyBlsAggregate(message, sum, keys.slice(1))).toBe(false);
    expect(verifyBlsAggregate(message, sum, [...keys, keys[0]!])).toBe(false);
  });

  it('of nobody are infinity, which verifies for nobody', () => {
    expect(aggregateBlsSignatures([])).toEqual(BLS_EMPTY_SIGNATURE);
    expect(blsVerify(message, BLS_EMPTY_SIGNATURE, keys[0]!)).toBe(false);
    // A key and its negative cancel each other out; the sum may not vouch for anything.
    const negative = flip(keys[0]!, 5);
    expect(verifyBlsAggregate(message, BLS_EMPTY_SIGNATURE, [keys[0]!, negative])).toBe(false);
  });

  it('never verify with one bit changed', () => {
    for (const bit of [0, 1, 2, 5, 6, 7, 8, 77, 200, 383]) {
      const changed = flip(signatures[0]!, bit);
      let verified: boolean | string;
      try {
        verified = blsVerify(message, changed, keys[0]!);
      } catch {
        verified = codeOf(() => blsVerify(message, changed, keys[0]!));
      }
      expect([false, 'INVALID_BLS_SIGNATURE']).toContain(verified);
    }
  });

  it('prove possession for one account', () => {
    const proof = createProofOfPossession(secrets[0]!, address);
    expect(verifyProofOfPossession({ publicKey: keys[0]!, address, proof })).toBe(true);
    expect(verifyProofOfPossession({ publicKey: keys[0]!, address: '0x2', proof })).toBe(false);
  });

  it.each<[string, () => unknown, string]>([
    ['47 bytes', () => blsVerify(message, new Uint8Array(47), keys[0]!), 'INVALID_ARGUMENT'],
    ['no point', () => blsVerify(message, new Uint8Array(48), keys[0]!), 'INVALID_BLS_SIGNATURE'],
    ['a point outside the subgroup', () => blsVerify(message, OUTSIDE_G1, keys[0]!), 'INVALID_BLS_SIGNATURE'],
    ['the same in an aggregate', () => aggregateBlsSignatures([OUTSIDE_G1]), 'INVALID_BLS_SIGNATURE'],
    ['no keys', () => verifyBlsAggregate(message, BLS_EMPTY_SIGNATURE, []), 'INVALID_ARGUMENT'],
    ['no keys to add', () => aggregateBlsPublicKeys([]), 'INVALID_ARGUMENT'],
    ['a key of infinity', () => aggregateBlsPublicKeys([bytesOf(`c0${'00'.repeat(95)}`)]), 'INVALID_BLS_PUBLIC_KEY'],
    [
      'an epoch that is a number',
      () => authorityMessage('CheckpointSummary', message, 1 as unknown as bigint),
      'INVALID_ARGUMENT',
    ],
    ['an unknown scope', () => authorityMessage('Checkpoint' as 'CheckpointSummary', message, 1n), 'INVALID_INTENT'],
  ])('are refused: %s', (_, call, code) => {
    expect(codeOf(call)).toBe(code);
  });
});
