import { Multiaddr, SomaTensor, TransactionKind, tensor } from '@somakit/bcs';
import { toBase58 } from '@somakit/core';
import { commitment, Keypair } from '@somakit/crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as tx from '../src/index.js';
import { kinds, kindsBy } from './support/arbitrary.js';

const ref = { objectId: '0x5', version: 1n, digest: '1'.repeat(32) };
const invalid = (argument: string) =>
  expect.objectContaining({ code: 'INVALID_ARGUMENT', context: expect.objectContaining({ argument }) });
const commit = {
  modelId: '0x1',
  weightsUrl: 'https://example.com/',
  encryptedWeights: new Uint8Array(3),
  decryptionKey: new Uint8Array(32),
  embedding: [1],
};
const submit = {
  targetId: '0x1',
  data: new Uint8Array(3),
  dataUrl: 'https://example.com/',
  modelId: '0x1',
  embedding: [1],
  distanceScore: 1,
  lossScore: [1],
  bondCoin: ref,
};

describe('the functions of the kinds', () => {
  it('are there for each of the 23 kinds that accounts send', () => {
    const user = (TransactionKind.shape as { variants: object }).variants;
    const names = Object.keys(user).filter((kind) => !tx.isSystemKind(kind as TransactionKind['kind']));
    expect(names).toHaveLength(23);
    for (const name of names) {
      const camel = `${name[0]?.toLowerCase()}${name.slice(1)}`;
      expect(tx).toHaveProperty(camel, expect.any(Function));
    }
    expect(Object.keys(kindsBy()).sort()).toEqual(names.sort());
  });

  it('give values that the chain can hold, whatever they are given', () => {
    fc.assert(
      fc.property(kinds, (kind) => {
        expect(TransactionKind.decode(TransactionKind.encode(kind))).toEqual(kind);
      }),
      { numRuns: 300 },
    );
  });

  it.each([
    [
      'a number as an amount',
      () => tx.transferCoin({ coin: ref, amount: 1 as never, recipient: '0x1' }),
      { code: 'INVALID_AMOUNT', hint: expect.stringContaining('parseSoma') },
    ],
    ['a negative amount', () => tx.addStake({ coin: ref, amount: -1n, validator: '0x1' }), { code: 'INVALID_AMOUNT' }],
    [
      'an amount over 64 bits',
      () => tx.addStakeToModel({ coin: ref, amount: 2n ** 64n, modelId: '0x1' }),
      { code: 'INVALID_AMOUNT' },
    ],
    [
      'a text as a stake',
      () => tx.createModel({ stakeAmount: '1' as never, commissionRate: 0, architectureVersion: 1n }),
      { code: 'INVALID_AMOUNT' },
    ],
    ['a bare short address', () => tx.reportValidator({ reportee: 'abc' }), { code: 'INVALID_ADDRESS' }],
    [
      'an address with an odd digit',
      () => tx.transferObjects({ objects: [ref], recipient: '0xzz' }),
      { code: 'INVALID_ADDRESS' },
    ],
    ['an object id that is none', () => tx.claimRewards({ targetId: 'xyz' }), { code: 'INVALID_OBJECT_ID' }],
    [
      'a digest of 31 bytes',
      () => tx.withdrawStake({ stakedSoma: { ...ref, digest: '1'.repeat(31) } }),
      { code: 'INVALID_DIGEST' },
    ],
  ])('refuse %s', (_, run, error) => {
    expect(run).toThrow(expect.objectContaining(error));
  });

  it.each([
    ['coin', () => tx.transferCoin({ coin: undefined as never, recipient: '0x1' })],
    ['coin.version', () => tx.transferCoin({ coin: { ...ref, version: 1 as never }, recipient: '0x1' })],
    ['coins', () => tx.payCoins({ coins: [], recipients: ['0x1'], amounts: [1n] })],
    ['coins', () => tx.payCoins({ coins: ref as never, recipients: ['0x1'], amounts: [1n] })],
    ['recipients', () => tx.payCoins({ coins: [ref], recipients: [], amounts: [] })],
    ['recipients', () => tx.payCoins({ coins: [ref], recipients: ['0x1', '0x2'] })],
    ['amounts', () => tx.payCoins({ coins: [ref], recipients: ['0x1', '0x2'], amounts: [1n] })],
    ['objects', () => tx.transferObjects({ objects: [], recipient: '0x1' })],
    [
      'architectureVersion',
      () => tx.createModel({ stakeAmount: 1n, commissionRate: 0, architectureVersion: 1 as never }),
    ],
    ['commissionRate', () => tx.createModel({ stakeAmount: 1n, commissionRate: 1.5, architectureVersion: 1n })],
    ['newRate', () => tx.setModelCommissionRate({ modelId: '0x1', newRate: -1 })],
    ['newRate', () => tx.setCommissionRate({ newRate: 2n ** 64n })],
    ['weightsUrl', () => tx.commitModel({ ...commit, weightsUrl: 'example.com/no-scheme' })],
    ['encryptedWeights or checksum and size', () => tx.commitModel({ ...commit, size: 3 })],
    ['encryptedWeights or checksum and size', () => tx.commitModel({ ...commit, encryptedWeights: undefined })],
    ['decryptionKey or decryptionKeyCommitment', () => tx.commitModel({ ...commit, decryptionKey: undefined })],
    ['embedding or embeddingCommitment', () => tx.commitModel({ ...commit, embeddingCommitment: '1'.repeat(32) })],
    ['size', () => tx.commitModel({ ...commit, encryptedWeights: undefined, checksum: '1'.repeat(32) })],
    ['encryptedWeights', () => tx.commitModel({ ...commit, encryptedWeights: 'abc' as never })],
    ['embedding', () => tx.revealModel({ modelId: '0x1', decryptionKey: '1'.repeat(32), embedding: [] })],
    [
      'embedding[1]',
      () => tx.revealModel({ modelId: '0x1', decryptionKey: '1'.repeat(32), embedding: [1, Number.NaN] }),
    ],
    ['embedding[0]', () => tx.revealModel({ modelId: '0x1', decryptionKey: '1'.repeat(32), embedding: [1e39] })],
    [
      'embedding[0]',
      () => tx.revealModel({ modelId: '0x1', decryptionKey: '1'.repeat(32), embedding: ['1' as never] }),
    ],
    ['embedding', () => tx.revealModel({ modelId: '0x1', decryptionKey: '1'.repeat(32), embedding: 'abc' as never })],
    ['decryptionKey', () => tx.revealModel({ modelId: '0x1', decryptionKey: '0OIl', embedding: [1] })],
    ['distanceScore', () => tx.submitData({ ...submit, distanceScore: '1' as never })],
    ['distanceScore[0]', () => tx.submitData({ ...submit, distanceScore: Number.NaN })],
    ['lossScore', () => tx.submitData({ ...submit, lossScore: 1 as never })],
    ['dataUrl', () => tx.submitData({ ...submit, dataUrl: '' })],
    ['dataUrl', () => tx.submitData({ ...submit, dataUrl: 'https://' })],
    ['data or checksum and size', () => tx.submitData({ ...submit, data: undefined })],
    ['pubkeyBytes', () => tx.removeValidator({ pubkeyBytes: 'abc' as never })],
    ['nextEpochP2pAddress', () => tx.updateValidatorMetadata({ nextEpochP2pAddress: 'example.com:80' })],
    ['nextEpochWorkerPubkey', () => tx.updateValidatorMetadata({ nextEpochWorkerPubkey: '/dns/a/tcp/1' as never })],
  ])('name the argument %s when it is wrong', (argument, run) => {
    expect(run).toThrow(invalid(argument));
  });

  it('never show a key in an error', () => {
    const secret = `0OIl${toBase58(Keypair.generate().publicKey)}`;
    let error: unknown;
    try {
      tx.commitModel({ ...commit, decryptionKey: secret });
    } catch (thrown) {
      error = thrown;
    }
    expect(JSON.stringify(error)).not.toContain(secret.slice(4, 20));
    expect(String((error as Error).message)).not.toContain(secret.slice(4, 20));
  });

  it('never show the password in a URL that cannot be read', () => {
    expect(() => tx.submitData({ ...submit, dataUrl: '//user:hunter2@example.com' })).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining('hunter2') }),
    );
  });

  it('take texts of network addresses and bytes as they are', () => {
    const bytes = Uint8Array.of(1, 2, 3);
    const kind = tx.updateValidatorMetadata({
      nextEpochNetworkAddress: '/dns/example.com/tcp/80',
      nextEpochP2pAddress: bytes,
    });
    expect(kind.nextEpochNetworkAddress).toEqual(Multiaddr.encode('/dns/example.com/tcp/80'));
    expect(kind.nextEpochP2pAddress).toEqual(bytes);
    expect(kind.nextEpochP2pAddress).not.toBe(bytes);
    expect(kind.nextEpochProxyAddress).toBeUndefined();
  });

  it('commit to the whole tensor, and to hashes alone where the secrets are elsewhere', () => {
    const kind = tx.commitModel(commit);
    expect(kind.embeddingCommitment).toBe(commitment(SomaTensor.encode(tensor([1]))));
    const { manifest, embeddingCommitment, decryptionKeyCommitment } = kind;
    expect(
      tx.commitModel({
        modelId: '0x1',
        weightsUrl: commit.weightsUrl,
        checksum: manifest.checksum,
        size: 3,
        embeddingCommitment,
        decryptionKeyCommitment,
      }),
    ).toEqual(kind);
  });

  it('copy what they are given: changing it afterwards changes nothing', () => {
    const embedding = Float32Array.of(1, 2);
    const kind = tx.revealModel({ modelId: '0x1', decryptionKey: '1'.repeat(32), embedding });
    embedding[0] = 9;
    expect(kind.embedding.data[0]).toBe(1);
  });
});
