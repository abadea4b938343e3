import { fromHex } from '@somakit/core';
import { Keypair } from '@somakit/crypto';
import transactions from '@somakit/vectors/transactions.json';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  addStake,
  addValidator,
  buildTransaction,
  createModel,
  formatTransaction,
  parseTransaction,
  payCoins,
  readTransaction,
  revealModel,
  setCommissionRate,
  signTransaction,
  transferCoin,
  updateValidatorMetadata,
} from '../src/index.js';
import { transactions as anyTransaction } from './support/arbitrary.js';

const ref = (n: number) => ({ objectId: `0x${n}`, version: 7n, digest: '1'.repeat(32) });
const BOB = `0x${'b'.repeat(64)}`;
const parse = (kind: Parameters<typeof buildTransaction>[0]['kind'], gasPayment = [ref(2)]) =>
  parseTransaction(buildTransaction({ sender: '0xa', kind, gasPayment }).bytes);

describe('reading a transaction for people', () => {
  it('warns of the zero address, which an empty recipient becomes', () => {
    expect(parse(transferCoin({ coin: ref(1), recipient: '0x' })).warnings.join()).toContain('zero address');
    expect(parse(transferCoin({ coin: ref(1), recipient: BOB })).warnings).toEqual([]);
  });

  it('says in one sentence what it does', () => {
    const say = (kind: Parameters<typeof buildTransaction>[0]['kind']) => parse(kind).summary;
    expect(say(transferCoin({ coin: ref(1), amount: 1_500_000_000n, recipient: BOB }))).toBe(
      `Transfer 1.5 SOMA to ${BOB}`,
    );
    expect(say(payCoins({ coins: [ref(1)], recipients: [BOB, BOB], amounts: [1n, 2n] }))).toBe(
      `Pay 0.000000003 SOMA to ${BOB} in 2 coins`,
    );
    expect(say(payCoins({ coins: [ref(1)], recipients: [BOB, '0x1'], amounts: [1n, 2n] }))).toBe(
      'Pay 0.000000003 SOMA to 2 accounts',
    );
    expect(say(addStake({ validator: BOB, coin: ref(1) }))).toBe(`Stake a whole coin with the validator ${BOB}`);
    expect(say(createModel({ stakeAmount: 10n ** 9n, commissionRate: 1234, architectureVersion: 1n }))).toBe(
      'Create a model with a stake of 1 SOMA and a commission of 12.34 %',
    );
    expect(say(updateValidatorMetadata({}))).toContain('nothing changes');
  });

  it('gives the same text every time', () => {
    const parsed = parse(transferCoin({ coin: ref(1), amount: 1_500_000_000n, recipient: BOB }));
    expect(formatTransaction(parsed).split('\n')).toEqual([
      `Transfer 1.5 SOMA to ${BOB}`,
      `  From: 0x${'a'.padStart(64, '0')}`,
      `  Recipient: ${BOB}`,
      '  Amount: 1.5 SOMA',
      `  Coin: 0x${'1'.padStart(64, '0')} version 7 digest ${'1'.repeat(32)}`,
      `  Gas coin 1: 0x${'2'.padStart(64, '0')} version 7 digest ${'1'.repeat(32)}`,
      `  Digest: ${parsed.digest}`,
    ]);
  });

  it('shows every recorded transaction, and warns of those that nobody may sign', () => {
    for (const { bcs, digest, name } of [...transactions.builders, ...transactions.kinds, ...transactions.multisig]) {
      const parsed = parseTransaction(fromHex(bcs));
      expect(parsed.digest, name).toBe(digest);
      expect(formatTransaction(parsed)).not.toMatch(/undefined|\[object|NaN/);
      const system = ['Genesis', 'ConsensusCommitPrologueV1', 'ChangeEpoch'].includes(parsed.data.kind.kind);
      expect(parsed.warnings.some((warning) => warning.includes('never sign'))).toBe(system);
    }
  });

  it('shows every address, id and amount of any transaction in full', () => {
    fc.assert(
      fc.property(anyTransaction, (of) => {
        const built = buildTransaction(of);
        const text = formatTransaction(parseTransaction(built.bytes));
        const { kind } = built.data;
        if ('recipient' in kind) expect(text).toContain(kind.recipient);
        if ('recipients' in kind) for (const recipient of kind.recipients) expect(text).toContain(recipient);
        if ('modelId' in kind) expect(text).toContain(kind.modelId);
        if ('targetId' in kind) expect(text).toContain(kind.targetId);
        for (const { objectId } of parseTransaction(built.bytes).inputs) expect(text).toContain(objectId);
        expect(text).toContain(built.sender);
      }),
      { numRuns: 200 },
    );
  });

  it('reads signed transactions too', async () => {
    const key = Keypair.generate();
    const signed = await signTransaction(
      buildTransaction({ sender: key.address, kind: setCommissionRate({ newRate: 5 }), gasPayment: [ref(1)] }),
      key,
    );
    const parsed = parseTransaction(signed.signedBytes);
    expect(parsed).toMatchObject({
      digest: signed.digest,
      signatures: signed.signatures,
      summary: expect.stringContaining('0.05 %'),
    });
  });

  it.each([
    ['a commission over 100 %', () => parse(setCommissionRate({ newRate: 10_001 })), 'over 100 %'],
    ['a stake of nothing', () => parse(addStake({ validator: BOB, coin: ref(1), amount: 0n })), 'stake of 0'],
    ['no gas coin', () => parse(setCommissionRate({ newRate: 1 }), []), 'simulated'],
    ['a payment that nodes cannot take', () => parse(payCoins({ coins: [ref(1)], recipients: [BOB] })), 'gRPC'],
    [
      'a key of a wrong length',
      () => parse(updateValidatorMetadata({ nextEpochWorkerPubkey: new Uint8Array(7) })),
      '7 bytes, not 32',
    ],
    [
      'a key without a proof',
      () => parse(updateValidatorMetadata({ nextEpochProtocolPubkey: new Uint8Array(96) })),
      'proof of possession',
    ],
    [
      'an address that is no text',
      () => parse(updateValidatorMetadata({ nextEpochP2pAddress: Uint8Array.of(9, 1) })),
      'BCS of a text',
    ],
  ])('warns of %s', (_, run, warning) => {
    expect(run().warnings.join(' ')).toContain(warning);
  });

  it('warns of values that are no numbers, and of an object that is there twice', () => {
    const kind = revealModel({ modelId: '0x1', decryptionKey: '1'.repeat(32), embedding: [1] });
    const built = buildTransaction({
      sender: '0xa',
      kind: { ...kind, embedding: { shape: [1], data: Float32Array.of(Number.NaN) } },
      gasPayment: [ref(1)],
    });
    expect(parseTransaction(built.bytes).warnings.join()).toContain('not finite');
    const bytes = fromHex(
      `${'00'}09${'01'.padStart(64, '0')}${'00'.repeat(8)}20${'00'.repeat(32)}00${'bb'.repeat(32)}${'aa'.repeat(32)}02${`${'02'.padStart(64, '0')}${'00'.repeat(8)}20${'00'.repeat(32)}`.repeat(2)}`,
    );
    expect(parseTransaction(bytes).warnings.join()).toContain('twice');
  });

  it('makes text visible that would hide in a terminal', () => {
    const hidden = '/dns/a\u202e\u001b[2J\u200b/tcp/1';
    const address = addValidator({
      pubkeyBytes: new Uint8Array(96),
      networkPubkeyBytes: new Uint8Array(32),
      workerPubkeyBytes: new Uint8Array(32),
      proofOfPossession: new Uint8Array(48),
      netAddress: hidden,
      p2pAddress: '/dns/a/tcp/1',
      primaryAddress: '/dns/a/tcp/1',
      proxyAddress: '/dns/a/tcp/1',
    });
    const text = formatTransaction(parse(address));
    expect(text).not.toMatch(/[\p{Cf}]/u);
    expect(text).toContain('\\u{202e}');
    expect(readTransaction(buildTransaction({ sender: '0xa', kind: address, gasPayment: [] }).bytes).data.kind).toEqual(
      address,
    );
  });

  it('refuses what is no transaction with a typed error', () => {
    for (const bytes of [new Uint8Array(), Uint8Array.of(1), Uint8Array.of(0, 26), Uint8Array.of(7)]) {
      expect(() => parseTransaction(bytes)).toThrow(expect.objectContaining({ name: 'SomaKitError' }));
    }
    expect(() => parseTransaction('00' as never)).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
  });
});
