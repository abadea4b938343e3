import { TransactionKind } from '@somakit/bcs';
import { fromHex, isError, toBase64, toHex } from '@somakit/core';
import { createMultiSig, deriveObjectId, Keypair, signingDigest } from '@somakit/crypto';
import transactions from '@somakit/vectors/transactions.json';
import { describe, expect, it } from 'vitest';
import {
  buildTransaction,
  combineSignatures,
  decodeSignedTransaction,
  encodeSignedTransaction,
  isSystemKind,
  mergeCoins,
  readTransaction,
  setModelCommissionRate,
  signTransaction,
  transferCoin,
} from '../src/index.js';
import { type BuilderCase, builders, gasOfCase, kindOfCase, refFromJson, rejects } from './support/vectors.js';

describe('the calls of the official client', () => {
  it('are there for every method that writes', () => {
    const methods = new Set(builders.map(({ method }) => method));
    // 23 user kinds; merge_coins is a method without a kind of its own.
    expect(methods.size).toBe(24);
  });

  it.each(builders.map((each) => [each.name, each] as const))(
    '%s gives the same bytes, digests and signature',
    async (_, each) => {
      const signer = Keypair.fromSecretKey(each.signer_secret);
      const transaction = buildTransaction({
        sender: each.transaction.sender,
        kind: kindOfCase(each),
        gasPayment: gasOfCase(each),
      });
      expect(toHex(transaction.bytes)).toBe(each.bcs);
      expect(transaction.digest).toBe(each.digest);
      expect(toHex(signingDigest(transaction.bytes))).toBe(each.signing_digest);
      const signed = await signTransaction(transaction, signer);
      expect(signed.signatures.map(toBase64)).toEqual(each.signatures);
      expect(toHex(signed.signedBytes)).toBe(each.signed_transaction);
      expect(toHex(encodeSignedTransaction(signed))).toBe(each.signed_transaction);
      const decoded = decodeSignedTransaction(fromHex(each.signed_transaction));
      expect(decoded).toEqual(signed);
      if (each.model_id !== undefined) expect(deriveObjectId(transaction.digest, 0n)).toBe(each.model_id);
    },
  );
});

describe('every kind', () => {
  const kinds: readonly BuilderCase[] = transactions.kinds;
  it.each(kinds.map((each) => [each.name, each] as const))(
    '%s builds, decodes and signs to the recorded bytes',
    async (_, each) => {
      const kind = TransactionKind.fromJson(each.transaction.kind);
      const gasPayment = each.transaction.gas_payment.map(refFromJson);
      const decoded = readTransaction(fromHex(each.bcs));
      expect(decoded.digest).toBe(each.digest);
      expect(decoded.data.kind).toEqual(kind);
      const signer = Keypair.fromSecretKey(each.signer_secret);
      if (isSystemKind(kind.kind)) {
        expect(() => buildTransaction({ sender: each.transaction.sender, kind, gasPayment })).toThrow(
          /Only validators/,
        );
        await expect(signTransaction(decoded, signer)).rejects.toMatchObject({ code: 'SYSTEM_TRANSACTION' });
      } else {
        const built = buildTransaction({ sender: each.transaction.sender, kind, gasPayment });
        expect(built).toEqual(decoded);
        expect(toHex((await signTransaction(built, signer)).signedBytes)).toBe(each.signed_transaction);
      }
      expect(toHex(encodeSignedTransaction(decodeSignedTransaction(fromHex(each.signed_transaction))))).toBe(
        each.signed_transaction,
      );
    },
  );
});

interface MultiSigCase {
  readonly name: string;
  readonly member_secrets: readonly string[];
  readonly weights: readonly number[];
  readonly threshold: number;
  readonly signers: readonly number[];
  readonly address: string;
  readonly bcs: string;
  readonly digest: string;
  readonly signed_transaction: string;
}
const multisigs: readonly MultiSigCase[] = transactions.multisig;

describe('multisig transactions', () => {
  it.each(multisigs.map((each) => [each.name, each] as const))('%s combines in any order', (_, each) => {
    const { member_secrets, weights, threshold, signers, address, bcs, digest, signed_transaction } = each;
    const members = member_secrets.map((secret) => Keypair.fromSecretKey(secret));
    const multiSig = createMultiSig({
      members: members.map(({ publicKey }, i) => ({ publicKey, weight: weights[i] as number })),
      threshold,
    });
    expect(multiSig.address).toBe(`0x${address}`);
    const transaction = readTransaction(fromHex(bcs));
    expect(transaction.digest).toBe(digest);
    const signatures = signers.map((i) => members[i]?.signTransaction(transaction.bytes) as Uint8Array);
    for (const order of [signatures, [...signatures].reverse()]) {
      expect(toHex(combineSignatures({ transaction, multiSig, signatures: order }).signedBytes)).toBe(
        signed_transaction,
      );
    }
  });
});

describe('what the official client refuses', () => {
  it('does not include "0x", which is the zero address', () => {
    expect(rejects.filter(({ accepted }) => accepted).map(({ args }) => args.recipient)).toEqual(['0x']);
    const coin = { objectId: '0x1', version: 1n, digest: '1'.repeat(32) };
    expect(transferCoin({ coin, recipient: '0x' })).toMatchObject({ recipient: `0x${'0'.repeat(64)}` });
  });

  it.each(rejects.filter(({ accepted }) => !accepted).map((each) => [each.message, each.method, each] as const))(
    '%s (%s)',
    (_, __, each) => {
      const ref = { objectId: `0x${'1'.repeat(64)}`, version: 1n, digest: '1'.repeat(32) };
      const run = () => {
        switch (each.method) {
          case 'transfer_coin':
            return transferCoin({ coin: ref, amount: 1_000_000_000n, recipient: each.args.recipient });
          case 'merge_coins':
            return mergeCoins({ owner: '0x1', coins: [] });
          case 'set_model_commission_rate':
            return setModelCommissionRate({ modelId: each.args.model_id, newRate: each.args.new_rate });
          default:
            return kindOfCase({
              ...each,
              name: 'reject',
              signer_secret: '',
              coins: [],
              objects: [],
              transaction: {
                kind: { SubmitData: { bond_coin: { object_id: ref.objectId, version: '1', digest: ref.digest } } },
                sender: '0x1',
                gas_payment: [],
              },
              bcs: '',
              digest: '',
              signing_digest: '',
              signatures: [],
              signed_transaction: '',
            });
        }
      };
      let error: unknown;
      try {
        run();
      } catch (thrown) {
        error = thrown;
      }
      expect(isError(error)).toBe(true);
    },
  );
});
