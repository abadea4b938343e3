import { fromBase64, toHex } from '@somakit/core';
import { objectDigest, transactionDigest } from '@somakit/crypto';
import vectors from '@somakit/vectors/transactions.json';
import { describe, expect, it } from 'vitest';
import {
  GenericSignature,
  SenderSignedData,
  SomaObject,
  signedTransaction,
  Target,
  TransactionData,
  UserSignature,
} from '../src/index.js';
import { expectSame, hex } from './support.js';

type Vector = (typeof vectors)['kinds'][number];
const by = (list: readonly Vector[], name: (each: Vector) => string) => list.map((each) => [name(each), each] as const);
const signed: readonly Vector[] = [...vectors.builders, ...vectors.kinds, ...vectors.multisig];

describe('transactions of the official client', () => {
  it.each(by(signed, (each) => each.name))('%s has the same bytes, JSON and digest', (_, each) => {
    const value = expectSame(TransactionData, hex(each.bcs));
    expect(TransactionData.toJson(value)).toEqual(each.transaction);
    expect(toHex(TransactionData.encode(TransactionData.fromJson(each.transaction)))).toBe(each.bcs);
    expect(transactionDigest(TransactionData.encode(value))).toBe(each.digest);
  });

  it.each(by(signed, (each) => each.name))('%s is signed in the same envelope', (_, each) => {
    const value = expectSame(SenderSignedData, hex(each.signed_transaction));
    expect(value.txSignatures.map((signature) => GenericSignature.toJson(signature))).toEqual(each.signatures);
    const transaction = TransactionData.decode(hex(each.bcs));
    const signatures = each.signatures.map((text: string) => fromBase64(text));
    expect(toHex(SenderSignedData.encode(signedTransaction(transaction, signatures)))).toBe(each.signed_transaction);
  });

  it('has a vector for each of the 26 kinds', () => {
    const kinds = signed.map(({ bcs }) => TransactionData.decode(hex(bcs)).kind.kind);
    expect(new Set(kinds).size).toBe(26);
  });

  it.each(by(vectors.multisig, (each) => each.name))('%s comes apart into its parts', (_, each) => {
    const parts = expectSame(UserSignature, fromBase64(each.signatures[0]));
    if (parts.kind !== 'MultiSig') expect.fail('a multisig expected');
    expect(parts.bitmap).toBe(each.bitmap);
    expect(parts.sigs).toHaveLength(each.signers.length);
    expect(parts.multisigPk.threshold).toBe(each.threshold);
    expect(parts.multisigPk.pkMap.map(({ weight }) => weight)).toEqual(each.weights);
    expect(parts.multisigPk.pkMap.map(({ publicKey }) => toHex(publicKey.bytes))).toEqual(each.member_public_keys);
  });
});

describe('objects of the official client', () => {
  it.each(by(vectors.objects, (each) => each.id_text))('%s has the same bytes, JSON and digest', (_, each) => {
    const value = expectSame(SomaObject, hex(each.bcs));
    expect(value.objectId).toBe(each.id_text);
    expect(SomaObject.toJson(value)).toEqual(each.object);
    expect(toHex(SomaObject.encode(SomaObject.fromJson(each.object)))).toBe(each.bcs);
    expect(objectDigest(hex(each.bcs))).toBe(each.digest);
  });

  it.each(by(vectors.targets, (each) => each.object.object_id))('target %s is the same', (_, each) => {
    const object = expectSame(SomaObject, hex(each.object_bcs));
    expect(SomaObject.toJson(object)).toEqual(each.object);
    expect(toHex(object.contents)).toBe(each.contents);
    const target = expectSame(Target, object.contents);
    expect(Target.toJson(target)).toEqual(each.target);
    expect(toHex(Target.encode(Target.fromJson(each.target)))).toBe(each.contents);
    expect(objectDigest(hex(each.object_bcs))).toBe(each.object_digest);
  });
});
