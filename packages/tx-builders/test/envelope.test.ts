import { Coin, SomaObject } from '@somakit/bcs';
import { type Address, type Digest, isError, type ObjectId, toBase64 } from '@somakit/core';
import { commitment, createMultiSig, Keypair, type MultiSig, multiSigSigner } from '@somakit/crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  addSignature,
  buildTransaction,
  combineSignatures,
  createEnvelope,
  describeEnvelope,
  type Envelope,
  finishEnvelope,
  joinEnvelopes,
  readEnvelope,
  refFromObject,
  signEnvelope,
  signTransaction,
  transferCoin,
  writeEnvelope,
} from '../src/index.js';
import { transactions } from './support/arbitrary.js';

const key = (n: number) => Keypair.fromSecretKey(new Uint8Array(32).fill(n));
const [alice, bob, carol, mallory] = [key(1), key(2), key(3), key(4)];
const multiSig: MultiSig = createMultiSig({
  members: [alice, bob, carol].map(({ publicKey }, i) => ({ publicKey, weight: i + 1 })),
  threshold: 3,
});
const coinObject = (owner: Address): SomaObject => ({
  objectId: `0x${'c'.repeat(64)}` as ObjectId,
  objectType: { kind: 'Coin' },
  version: 3n,
  contents: Coin.encode({ balance: 2_000_000_000n }),
  owner: { kind: 'AddressOwner', address: owner },
  previousTransaction: '1'.repeat(32) as Digest,
});
const envelopeFor = (sender: Address, of?: MultiSig): Envelope => {
  const object = coinObject(sender);
  const coin = refFromObject(object);
  const kind = transferCoin({ coin, amount: 1_500_000_000n, recipient: '0xb0b' });
  return createEnvelope({
    transaction: buildTransaction({ sender, kind, gasPayment: [coin] }),
    objects: [object],
    fee: { min: 1600n, max: 1_501_600n },
    chainId: '6W1A88PBvmwC2rZChzzegDhUXLBH2cmEb6cz18oLojk2',
    note: 'rent for "November"',
    multiSig: of,
  });
};
const single = envelopeFor(alice.address);
const shared = envelopeFor(multiSig.address, multiSig);
const code = (text: string) => expect.objectContaining({ code: text });

/** Changes the fields of a text and makes its checksum right again, as somebody would who means harm. */
const forge = (text: string, change: (fields: Record<string, unknown>) => Record<string, unknown>): string => {
  const { checksum: _, ...fields } = JSON.parse(text) as Record<string, unknown>;
  const forged = change(fields);
  return JSON.stringify({ ...forged, checksum: commitment(new TextEncoder().encode(JSON.stringify(forged))) });
};

describe('an envelope', () => {
  it('comes back from its text as it was, and the text is always the same', async () => {
    for (const envelope of [single, shared, await signEnvelope(single, alice), await signEnvelope(shared, bob)]) {
      const text = writeEnvelope(envelope);
      expect(readEnvelope(text)).toEqual(envelope);
      expect(writeEnvelope(readEnvelope(text))).toBe(text);
      expect(JSON.parse(text)).toMatchObject({
        format: 'somakit.transaction',
        version: 1,
        summary: expect.stringMatching(/^Transfer 1\.5 SOMA to 0x/),
      });
    }
  });

  it('comes back for every kind of transaction', () => {
    fc.assert(
      fc.property(transactions, (of) => {
        const envelope = createEnvelope({ transaction: buildTransaction(of) });
        expect(readEnvelope(writeEnvelope(envelope))).toEqual(envelope);
      }),
      { numRuns: 100 },
    );
  });

  it('shows the signer what the coins hold and what is still missing', async () => {
    expect(describeEnvelope(shared)).toMatchObject({
      summary: `Transfer 1.5 SOMA to 0x${'b0b'.padStart(64, '0')}`,
      balances: [{ objectId: coinObject(alice.address).objectId, balance: 2_000_000_000n }],
      weight: 0,
      threshold: 3,
      complete: false,
    });
    expect(describeEnvelope(await signEnvelope(shared, bob))).toMatchObject({ weight: 2, complete: false });
    expect(describeEnvelope(await signEnvelope(single, alice))).toMatchObject({
      weight: 1,
      threshold: 1,
      complete: true,
    });
  });

  it('is built here, signed there and sent elsewhere with the bytes of a signature made at once', async () => {
    const signed = finishEnvelope(
      readEnvelope(writeEnvelope(await signEnvelope(readEnvelope(writeEnvelope(single)), alice))),
    );
    expect(signed).toEqual(await signTransaction(single.transaction, alice));
  });

  it('gathers the signatures of members in any order and from several copies', async () => {
    const [a, b, c] = await Promise.all([alice, bob, carol].map((member) => signEnvelope(shared, member)));
    if (a === undefined || b === undefined || c === undefined) throw new Error('no copies');
    const joined = joinEnvelopes([b, a]);
    expect(joinEnvelopes([a, b])).toEqual(joined);
    expect(joinEnvelopes([a, b, a])).toEqual(joined);
    const signatures = [a, b].map(({ signatures: [signature] }) => signature as Uint8Array);
    expect(finishEnvelope(joined)).toEqual(
      combineSignatures({ transaction: shared.transaction, multiSig, signatures }),
    );
    expect(describeEnvelope(c)).toMatchObject({ weight: 3, complete: true });
    expect(finishEnvelope(c).sender).toBe(multiSig.address);
  });

  it('takes the whole signature of a multisig account too, which then is all that counts', async () => {
    const member = await signEnvelope(shared, alice);
    const signer = multiSigSigner({ multiSig, signers: [alice, bob] });
    const whole = await signEnvelope(member, signer);
    expect(whole.signatures).toHaveLength(1);
    expect(describeEnvelope(whole).complete).toBe(true);
    expect(addSignature(whole, carol.signTransaction(whole.transaction.bytes))).toEqual(whole);
    expect(readEnvelope(writeEnvelope(whole))).toEqual(whole);
    expect(finishEnvelope(whole)).toEqual(await signTransaction(shared.transaction, signer));
  });

  it('keeps the signatures of a transaction that is signed already', async () => {
    const signed = await signTransaction(single.transaction, alice);
    expect(finishEnvelope(createEnvelope({ transaction: signed }))).toEqual(signed);
  });

  it('is not finished without its signatures', async () => {
    expect(() => finishEnvelope(single)).toThrow(
      expect.objectContaining({
        code: 'ENVELOPE_INCOMPLETE',
        context: { digest: single.transaction.digest, weight: 0, threshold: 1 },
      }),
    );
    const member = await signEnvelope(shared, bob);
    expect(() => finishEnvelope(member)).toThrow(code('ENVELOPE_INCOMPLETE'));
  });

  it('refuses signers who have no part in it', async () => {
    await expect(signEnvelope(single, mallory)).rejects.toMatchObject({ code: 'WRONG_SIGNER' });
    await expect(signEnvelope(shared, mallory)).rejects.toMatchObject({ code: 'WRONG_SIGNER' });
    const liar = { address: alice.address, signTransaction: (bytes: Uint8Array) => bob.signTransaction(bytes) };
    await expect(signEnvelope(shared, liar)).rejects.toMatchObject({ code: 'WRONG_SIGNER' });
    expect(() => addSignature(single, alice.signTransaction(Uint8Array.of(1)))).toThrow(code('INVALID_SIGNATURE'));
    expect(() => createEnvelope({ transaction: single.transaction, multiSig })).toThrow(code('WRONG_SIGNER'));
  });

  it('refuses objects that the transaction does not take, wrong fees and overlong notes', () => {
    const { transaction } = single;
    expect(() => createEnvelope({ transaction, objects: [coinObject(bob.address)] })).toThrow(code('INVALID_ENVELOPE'));
    const object = coinObject(alice.address);
    expect(() => createEnvelope({ transaction, objects: [object, object] })).toThrow(code('INVALID_ENVELOPE'));
    expect(() => createEnvelope({ transaction, fee: { min: 2n, max: 1n } })).toThrow(code('INVALID_ARGUMENT'));
    expect(() => createEnvelope({ transaction, fee: { min: 1 as never, max: 1n } })).toThrow(code('INVALID_AMOUNT'));
    expect(() => createEnvelope({ transaction, note: 'x'.repeat(5000) })).toThrow(code('INVALID_ARGUMENT'));
    expect(() => joinEnvelopes([])).toThrow(code('INVALID_ARGUMENT'));
    expect(() => joinEnvelopes([single, shared])).toThrow(code('INVALID_ENVELOPE'));
  });
});

describe('a changed envelope', () => {
  const text = writeEnvelope(single);

  it('of a newer version is refused as such', () => {
    expect(() => readEnvelope(forge(text, (fields) => ({ ...fields, version: 2 })))).toThrow(
      expect.objectContaining({ code: 'UNKNOWN_ENVELOPE_VERSION', context: { expected: [1], received: 2 } }),
    );
  });

  it.each([
    ['another digest', (fields: Record<string, unknown>) => ({ ...fields, digest: '1'.repeat(32) }), 'digest'],
    ['another sender', (fields: Record<string, unknown>) => ({ ...fields, sender: bob.address }), 'sender'],
    [
      'another transaction',
      (fields: Record<string, unknown>) => ({ ...fields, transaction: toBase64(shared.transaction.bytes) }),
      'digest',
    ],
    [
      'bytes that are no transaction',
      (fields: Record<string, unknown>) => ({ ...fields, transaction: 'AAAA' }),
      'transaction',
    ],
    ['text that is no Base64', (fields: Record<string, unknown>) => ({ ...fields, transaction: '???' }), 'transaction'],
    [
      'another balance',
      (fields: Record<string, unknown>) => ({
        ...fields,
        objects: [
          toBase64(SomaObject.encode({ ...coinObject(alice.address), contents: Coin.encode({ balance: 9n }) })),
        ],
      }),
      'objects[0]',
    ],
    ['one more field', (fields: Record<string, unknown>) => ({ ...fields, extra: 1 }), 'extra'],
    ['another format', (fields: Record<string, unknown>) => ({ ...fields, format: 'x' }), 'format'],
    ['no signatures', ({ signatures: _, ...fields }: Record<string, unknown>) => fields, 'signatures'],
    ['objects that are no list', (fields: Record<string, unknown>) => ({ ...fields, objects: 'x' }), 'objects'],
    [
      'a fee that is no number',
      (fields: Record<string, unknown>) => ({ ...fields, fee: { min: '1e3', max: '2' } }),
      'fee.min',
    ],
    ['a fee that is no object', (fields: Record<string, unknown>) => ({ ...fields, fee: 5 }), 'fee'],
    ['a note that is no text', (fields: Record<string, unknown>) => ({ ...fields, note: 5 }), 'note'],
    [
      'members that are none',
      (fields: Record<string, unknown>) => ({ ...fields, multiSig: { threshold: 1, members: [5] } }),
      'multiSig.members[0]',
    ],
    [
      'a multisig that is none',
      (fields: Record<string, unknown>) => ({ ...fields, multiSig: { threshold: 1, members: [] } }),
      'multiSig',
    ],
  ])('with %s is refused, checksum or not', (_, change, path) => {
    expect(() => readEnvelope(forge(text, change))).toThrow(
      expect.objectContaining({ code: 'INVALID_ENVELOPE', context: expect.objectContaining({ path }) }),
    );
  });

  it("with a stranger's signature, or one of other bytes, is refused", () => {
    const withSignature = (signature: Uint8Array) =>
      forge(text, (fields) => ({ ...fields, signatures: [toBase64(signature)] }));
    expect(() => readEnvelope(withSignature(mallory.signTransaction(single.transaction.bytes)))).toThrow(
      code('WRONG_SIGNER'),
    );
    expect(() => readEnvelope(withSignature(alice.signTransaction(Uint8Array.of(1))))).toThrow(
      code('INVALID_SIGNATURE'),
    );
  });

  it('never shows a forged summary: what is described comes from the bytes', () => {
    const forged = readEnvelope(forge(text, (fields) => ({ ...fields, summary: 'Transfer nothing to nobody' })));
    expect(describeEnvelope(forged).summary).toContain('1.5 SOMA');
  });

  it('is refused after any accident, or means what it meant', () => {
    const signed = writeEnvelope(addSignature(single, alice.signTransaction(single.transaction.bytes)));
    const original = readEnvelope(signed);
    let refused = 0;
    fc.assert(
      fc.property(
        fc.nat(signed.length - 1),
        fc.string({ maxLength: 2 }),
        fc.integer({ min: 0, max: 2 }),
        (at, put, drop) => {
          const changed = signed.slice(0, at) + put + signed.slice(at + drop);
          if (changed === signed) return;
          try {
            expect(readEnvelope(changed)).toEqual(original);
          } catch (error) {
            if (!isError(error)) throw error;
            refused++;
          }
        },
      ),
      { numRuns: 500 },
    );
    expect(refused).toBeGreaterThan(300);
  });

  it.each(['', '{}', '[]', 'null', '{"format":"somakit.transaction"}', `${text}${text}`, '['.repeat(5000)])(
    'that is no envelope at all is refused (%#)',
    (garbage) => {
      expect(() => readEnvelope(garbage)).toThrow(expect.objectContaining({ name: 'SomaKitError' }));
    },
  );
});
