import node from '@somakit/vectors/node-digests.json';
import crypto from '@somakit/vectors/transactions.json';
import { describe, expect, it } from 'vitest';
import { blake2b256 } from '../src/hash/index.js';
import { deriveGenesisModelPoolId, deriveGenesisObjectId, deriveObjectId, deriveSeed } from '../src/index.js';
import { codeOf, hexOf } from './support.js';

describe('object ids', () => {
  it.each<{ transaction_digest: string; creation_num: number; object_id: string }>(crypto.object_ids)(
    'of $transaction_digest number $creation_num',
    ({ transaction_digest, creation_num, object_id }) => {
      expect(deriveObjectId(transaction_digest, BigInt(creation_num))).toBe(object_id);
    },
  );

  it.each<{ transaction: string; n: number; id: string; role: string }>(node.created)(
    'of a real node: $role $id',
    ({ transaction, n, id }) => {
      expect(deriveObjectId(transaction, BigInt(n))).toBe(id);
    },
  );

  it.each<{ transaction: string; seed_n: number; id_n: number; seed: string; id: string }>(node.targets)(
    'and the seed of target $id',
    ({ transaction, seed_n, id_n, seed, id }) => {
      expect(deriveSeed(transaction, BigInt(seed_n)).toString()).toBe(seed);
      expect(deriveObjectId(transaction, BigInt(id_n))).toBe(id);
    },
  );

  it.each<{ counter: number; id: string; role: string }>(node.genesis_ids)(
    'of the genesis: number $counter, $role',
    ({ counter, id }) => {
      expect(deriveGenesisObjectId(BigInt(counter))).toBe(id);
    },
  );

  it('of the pool of a genesis model hashes the name and the id', () => {
    const name = new TextEncoder().encode('soma-genesis-model-staking-pool');
    const bytes = new Uint8Array(name.length + 32);
    bytes.set(name);
    bytes[bytes.length - 1] = 9;
    expect(deriveGenesisModelPoolId('0x9')).toBe(`0x${hexOf(blake2b256(bytes))}`);
  });

  it.each<[string, () => unknown, string]>([
    ['a number', () => deriveObjectId('1'.repeat(32), 0 as unknown as bigint), 'INVALID_ARGUMENT'],
    ['a negative number', () => deriveObjectId('1'.repeat(32), -1n), 'INVALID_ARGUMENT'],
    ['2^64', () => deriveSeed('1'.repeat(32), 2n ** 64n), 'INVALID_ARGUMENT'],
    ['31 bytes', () => deriveObjectId('1'.repeat(31), 0n), 'INVALID_DIGEST'],
    ['hex', () => deriveSeed('00'.repeat(32), 0n), 'INVALID_DIGEST'],
    ['a model id without 0x', () => deriveGenesisModelPoolId('9'), 'INVALID_OBJECT_ID'],
    ['no counter', () => deriveGenesisObjectId(undefined as unknown as bigint), 'INVALID_ARGUMENT'],
  ])('are not derived from %s', (_, derive, code) => {
    expect(codeOf(derive)).toBe(code);
  });
});
