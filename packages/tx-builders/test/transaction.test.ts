import { type Digest, fromHex } from '@somakit/core';
import { createMultiSig, Keypair, multiSigSigner, type Signer } from '@somakit/crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  attachSignature,
  buildTransaction,
  combineSignatures,
  decodeSignedTransaction,
  encodeSignedTransaction,
  payCoins,
  readTransaction,
  reportModel,
  signTransaction,
  transferCoin,
  transferObjects,
} from '../src/index.js';
import { transactions } from './support/arbitrary.js';

const ref = (n: number, version = 1n) => ({ objectId: `0x${n}`, version, digest: '1'.repeat(32) });
const alice = Keypair.fromSecretKey(new Uint8Array(32).fill(1));
const bob = Keypair.fromSecretKey(new Uint8Array(32).fill(2));
const carol = Keypair.fromSecretKey(new Uint8Array(32).fill(3));
const kind = reportModel({ modelId: '0x1' });
const code = (text: string) => expect.objectContaining({ code: text });

describe('building', () => {
  it.each([
    [
      'the same coin twice among the inputs',
      payCoins({ coins: [ref(1), ref(1)], recipients: ['0x1'], amounts: [1n] }),
      [ref(2)],
    ],
    ['the same gas coin twice', kind, [ref(2), ref(2)]],
    ['one coin in two versions', transferCoin({ coin: ref(1), recipient: '0x1' }), [ref(1, 2n)]],
    [
      'one of several coins in two versions',
      payCoins({ coins: [ref(1), ref(2)], recipients: ['0x1'], amounts: [1n] }),
      [ref(2, 2n)],
    ],
    [
      'a coin that is merged away before it is used',
      transferCoin({ coin: ref(1), recipient: '0x1' }),
      [ref(2), ref(1)],
    ],
  ])('refuses %s', (_, of, gasPayment) => {
    expect(() => buildTransaction({ sender: '0xa', kind: of, gasPayment })).toThrow(code('DUPLICATE_INPUT'));
  });

  it('takes a coin that is both input and gas coin', () => {
    const payment = payCoins({ coins: [ref(1), ref(2)], recipients: ['0x1'], amounts: [1n] });
    expect(
      buildTransaction({ sender: '0xa', kind: payment, gasPayment: [ref(2), ref(1)] }).data.gasPayment,
    ).toHaveLength(2);
    expect(
      buildTransaction({
        sender: '0xa',
        kind: transferCoin({ coin: ref(1), recipient: '0x1' }),
        gasPayment: [ref(1), ref(2)],
      }).data.gasPayment,
    ).toHaveLength(2);
  });

  it('refuses what only validators send, what is no kind, and what is too large', () => {
    const system = {
      kind: 'ChangeEpoch',
      epoch: 1n,
      epochStartTimestampMs: 0n,
      protocolVersion: 1n,
      fees: 0n,
      epochRandomness: new Uint8Array(),
    } as const;
    expect(() => buildTransaction({ sender: '0xa', kind: system, gasPayment: [ref(1)] })).toThrow(
      code('SYSTEM_TRANSACTION'),
    );
    expect(() => buildTransaction({ sender: '0xa', kind: undefined as never, gasPayment: [ref(1)] })).toThrow(
      code('INVALID_ARGUMENT'),
    );
    expect(() => buildTransaction({ sender: '0xa', kind: { kind: 'Nothing' } as never, gasPayment: [ref(1)] })).toThrow(
      code('BCS_INVALID_VALUE'),
    );
    const objects = Array.from({ length: 3600 }, (_, i) => ref(i + 1));
    expect(() =>
      buildTransaction({ sender: '0xa', kind: transferObjects({ objects, recipient: '0x1' }), gasPayment: [ref(1)] }),
    ).toThrow(
      expect.objectContaining({
        code: 'TRANSACTION_TOO_LARGE',
        context: { bytes: expect.any(Number), limit: 262_144 },
      }),
    );
  });

  it('allows no gas coin, for simulation', () => {
    expect(buildTransaction({ sender: '0xa', kind, gasPayment: [] }).data.gasPayment).toEqual([]);
    expect(() => buildTransaction({ sender: '0xa', kind, gasPayment: undefined as never })).toThrow(
      code('INVALID_ARGUMENT'),
    );
  });

  it('is undone by reading, for every kind', () => {
    fc.assert(
      fc.property(transactions, (of) => {
        const built = buildTransaction(of);
        expect(readTransaction(built.bytes)).toEqual(built);
      }),
      { numRuns: 200 },
    );
  });
});

describe('signing', () => {
  const built = buildTransaction({ sender: alice.address, kind, gasPayment: [ref(2)] });

  it('refuses the key of another account', async () => {
    await expect(signTransaction(built, bob)).rejects.toMatchObject({
      code: 'WRONG_SIGNER',
      context: { expected: alice.address, received: bob.address },
    });
  });

  it('refuses a signer that signs with another key than it says', async () => {
    const liar: Signer = { address: alice.address, signTransaction: (bytes) => bob.signTransaction(bytes) };
    await expect(signTransaction(built, liar)).rejects.toMatchObject({ code: 'WRONG_SIGNER' });
  });

  it('finds a signature of other bytes when it is to verify', async () => {
    const careless: Signer = {
      address: alice.address,
      signTransaction: async () => alice.signTransaction(Uint8Array.of(1)),
    };
    await expect(signTransaction(built, careless, { verify: true })).rejects.toMatchObject({
      code: 'INVALID_SIGNATURE',
    });
    const garbage: Signer = { address: alice.address, signTransaction: () => new Uint8Array(96) };
    await expect(signTransaction(built, garbage)).rejects.toMatchObject({ code: 'INVALID_SIGNATURE_LENGTH' });
  });

  it('takes bytes as well as a transaction', async () => {
    expect(await signTransaction(built.bytes, alice)).toEqual(await signTransaction(built, alice));
  });

  it('gives wire bytes that the codec gives too, with multisigs of every size', async () => {
    for (let n = 1; n <= 10; n++) {
      const keys = Array.from({ length: n }, (_, i) => Keypair.fromSecretKey(new Uint8Array(32).fill(i + 1)));
      const multiSig = createMultiSig({
        members: keys.map(({ publicKey }) => ({ publicKey, weight: 1 })),
        threshold: n,
      });
      const transaction = buildTransaction({ sender: multiSig.address, kind, gasPayment: [ref(2)] });
      const signed = await signTransaction(transaction, multiSigSigner({ multiSig, signers: keys }), { verify: true });
      expect(signed.signedBytes).toEqual(encodeSignedTransaction(signed));
      expect(decodeSignedTransaction(signed.signedBytes)).toEqual(signed);
    }
  });
});

describe('combining the signatures of a multisig account', () => {
  const multiSig = createMultiSig({
    members: [alice, bob, carol].map(({ publicKey }) => ({ publicKey, weight: 1 })),
    threshold: 2,
  });
  const transaction = buildTransaction({ sender: multiSig.address, kind, gasPayment: [ref(2)] });
  const by = (...keys: Keypair[]) => keys.map((key) => key.signTransaction(transaction.bytes));

  it('refuses another account, too little weight, strangers, doubles and signatures of other bytes', () => {
    const other = buildTransaction({ sender: alice.address, kind, gasPayment: [ref(2)] });
    const combine =
      (signatures: Uint8Array[], of = transaction) =>
      () =>
        combineSignatures({ transaction: of, multiSig, signatures });
    expect(combine(by(alice, bob), other)).toThrow(code('WRONG_SIGNER'));
    expect(combine(by(alice))).toThrow(code('MULTISIG_THRESHOLD_NOT_REACHED'));
    expect(combine([])).toThrow(code('INVALID_MULTISIG'));
    expect(combine(by(alice, Keypair.generate()))).toThrow(code('INVALID_MULTISIG'));
    expect(combine(by(alice, alice))).toThrow(code('INVALID_MULTISIG'));
    expect(combine([...by(alice), bob.signTransaction(other.bytes)])).toThrow(code('INVALID_SIGNATURE'));
  });

  it('gives the same bytes in any order', () => {
    const one = combineSignatures({ transaction, multiSig, signatures: by(carol, alice) });
    expect(combineSignatures({ transaction, multiSig, signatures: by(alice, carol) })).toEqual(one);
  });
});

describe('reading signed transactions', () => {
  it('refuses what was signed for another purpose', async () => {
    const signed = await signTransaction(
      buildTransaction({ sender: alice.address, kind, gasPayment: [ref(2)] }),
      alice,
    );
    const wire = Uint8Array.from(signed.signedBytes);
    wire[1] = 2;
    expect(() => decodeSignedTransaction(wire)).toThrow(code('INVALID_ARGUMENT'));
    expect(() => decodeSignedTransaction(fromHex('00'))).toThrow(expect.objectContaining({ name: 'SomaKitError' }));
    expect(() => readTransaction(Uint8Array.of(9))).toThrow(expect.objectContaining({ name: 'SomaKitError' }));
    expect(signed.digest satisfies Digest).toHaveLength(signed.digest.length);
  });
});

describe('signing', () => {
  const built = buildTransaction({ sender: alice.address, kind, gasPayment: [ref(2)] });

  it('takes a signer that spells its address in another way', async () => {
    const bare = {
      address: alice.address.slice(2).toUpperCase(),
      signTransaction: (bytes: Uint8Array) => alice.signTransaction(bytes),
    };
    expect((await signTransaction(built, bare as Signer)).sender).toBe(alice.address);
  });

  it('keeps a signature of its own, whatever becomes of the one that was handed in', () => {
    const signature = alice.signTransaction(built.bytes);
    const signed = attachSignature(built, signature);
    signature.fill(0);
    expect(attachSignature(built, signed.signatures[0] as Uint8Array, { verify: true }).signedBytes).toEqual(
      signed.signedBytes,
    );
  });
});
