import type { SomaObject } from '@somakit/bcs';
import { type Address, checkShannons, type Digest, invalidArgument, SomaKitError } from '@somakit/core';
import {
  combineMultiSig,
  ed25519Address,
  type MultiSig,
  parseSignature,
  type Signer,
  verifyTransactionSignature,
} from '@somakit/crypto';
import { coinFromObject, refFromObject } from '../coins/coin.js';
import { describeTransaction, type ParsedTransaction } from '../describe/parse.js';
import '../errors.js';
import { attachSignature, type BuiltTransaction, type SignedTransaction, wrongSigner } from '../transaction.js';

/** Bounds of a fee, in shannons. */
export interface FeeBounds {
  readonly min: bigint;
  readonly max: bigint;
}

/**
 * A transaction on its way: built on a machine with a network, signed on machines without, sent from anywhere. All in
 * it was checked: the digest against the bytes, objects against the digests in the transaction, signatures against the
 * account.
 */
export interface Envelope {
  readonly transaction: BuiltTransaction;
  /** Serialised signatures: the sender's one, or those of members of the multisig account so far. */
  readonly signatures: readonly Uint8Array[];
  /** The sender, when it is a multisig account. */
  readonly multiSig?: MultiSig | undefined;
  /** The transaction's inputs as they were, for whoever signs: their digests are in the transaction, so they are true. */
  readonly objects: readonly SomaObject[];
  /** What the builder expects the fee to be. Not provable offline. */
  readonly fee?: FeeBounds | undefined;
  /** The chain that it is for, as the builder says: a digest or a name. */
  readonly chainId?: string | undefined;
  /** A word of the builder to the signers. */
  readonly note?: string | undefined;
}

/** What {@link createEnvelope} takes. */
export interface CreateEnvelopeParameters {
  readonly transaction: BuiltTransaction & { readonly signatures?: readonly Uint8Array[] | undefined };
  readonly multiSig?: MultiSig | undefined;
  readonly objects?: readonly SomaObject[] | undefined;
  readonly fee?: FeeBounds | undefined;
  readonly chainId?: string | undefined;
  readonly note?: string | undefined;
}

export const invalidEnvelope = (
  path: string,
  expected: string,
  received?: unknown,
  cause?: unknown,
): SomaKitError<'INVALID_ENVELOPE'> =>
  new SomaKitError('INVALID_ENVELOPE', `The envelope's ${path} must be ${expected}.`, {
    context: { path, expected, ...(received === undefined ? {} : { received }) },
    hint: 'The text was damaged or changed: ask its builder for it again, and do not sign this one.',
    cause,
  });

const checkText = (argument: string, value: string | undefined): string | undefined => {
  if (value === undefined) return undefined;
  if (typeof value !== 'string' || value.length > 4096)
    throw invalidArgument(argument, 'a text of at most 4096 characters', value);
  return value;
};

/**
 * Puts a transaction into an envelope.
 *
 * @throws INVALID_ENVELOPE for objects that are not the transaction's inputs.
 * @throws WRONG_SIGNER for a multisig account that is not the sender. @throws INVALID_ARGUMENT INVALID_AMOUNT
 */
export const createEnvelope = (of: CreateEnvelopeParameters): Envelope => {
  const { objects = [], multiSig, fee } = of;
  const { bytes, digest, sender, data, signatures = [] } = of.transaction;
  const transaction = { bytes, digest, sender, data };
  if (multiSig !== undefined && multiSig.address !== sender) throw wrongSigner(sender, multiSig.address);
  checkObjects(transaction, objects);
  if (fee !== undefined && checkShannons(fee.min) > checkShannons(fee.max)) {
    throw invalidArgument('fee', 'bounds in ascending order', fee.max);
  }
  const envelope: Envelope = {
    transaction,
    signatures: [],
    multiSig,
    objects,
    fee: fee === undefined ? undefined : { min: fee.min, max: fee.max },
    chainId: checkText('chainId', of.chainId),
    note: checkText('note', of.note),
  };
  return signatures.reduce(addSignature, envelope);
};

const checkObjects = (transaction: BuiltTransaction, objects: readonly SomaObject[]): void => {
  if (objects.length === 0) return;
  const inputs = new Map(describeTransaction(transaction).inputs.map((ref) => [ref.objectId, ref]));
  objects.forEach((object, i) => {
    const { objectId, version, digest } = refFromObject(object);
    const input = inputs.get(objectId);
    if (input?.version !== version || input.digest !== digest) {
      throw invalidEnvelope(`objects[${i}]`, 'an input of the transaction, in the version that it takes', objectId);
    }
    inputs.delete(objectId);
  });
};

/** The accounts whose signature an envelope may hold: the sender, and the members of a multisig account. */
export const possibleSigners = (envelope: Envelope): readonly Address[] => [
  envelope.transaction.sender,
  ...(envelope.multiSig?.members.map(({ publicKey }) => ed25519Address(publicKey)) ?? []),
];

/**
 * The envelope with a signature that was made elsewhere: the sender's, or a multisig member's. A signature that is in
 * it already changes nothing.
 *
 * @throws WRONG_SIGNER for the signature of anybody else.
 * @throws INVALID_SIGNATURE and the other codes of `verifyTransactionSignature`.
 */
export const addSignature = (envelope: Envelope, signature: Uint8Array): Envelope => {
  const { transaction, signatures } = envelope;
  const { address } = parseSignature(signature);
  const possible = possibleSigners(envelope);
  if (!possible.includes(address)) throw wrongSigner(possible, address);
  verifyTransactionSignature(transaction.bytes, signature);
  // The sender's own signature is all that the chain wants; members' are not needed any more.
  if (address === transaction.sender) return { ...envelope, signatures: [signature] };
  const present = signatures.map((each) => parseSignature(each).address);
  if (present.includes(transaction.sender) || present.includes(address)) return envelope;
  // In the order of the members, whoever signed first: equal sets of signatures give equal envelopes.
  const all = [...signatures, signature];
  const place = (each: Uint8Array): number => possible.indexOf(parseSignature(each).address);
  return { ...envelope, signatures: all.sort((a, b) => place(a) - place(b)) };
};

/**
 * Signs the transaction in an envelope, as its sender or as a member of its multisig account. Show
 * {@link describeEnvelope} to whoever decides about it first.
 *
 * @throws WRONG_SIGNER when the signer is neither, or signs with another key than its address says.
 * @throws INVALID_SIGNATURE and the other codes of `verifyTransactionSignature`; whatever the signer throws.
 * @example
 * import { Keypair } from '@somakit/crypto';
 * import { readEnvelope, signEnvelope, writeEnvelope } from '@somakit/tx-builders';
 * declare const received: string;
 * const signed = writeEnvelope(await signEnvelope(readEnvelope(received), Keypair.generate()));
 */
export const signEnvelope = async (envelope: Envelope, signer: Signer): Promise<Envelope> => {
  const possible = possibleSigners(envelope);
  if (!possible.includes(signer.address)) throw wrongSigner(possible, signer.address);
  const signature = await signer.signTransaction(envelope.transaction.bytes);
  const { address } = parseSignature(signature);
  if (address !== signer.address) throw wrongSigner(signer.address, address);
  return addSignature(envelope, signature);
};

/**
 * One envelope from several of the same transaction, which the members of a multisig account signed each for
 * themselves. Fee, chain and note are those of the first.
 *
 * @throws INVALID_ENVELOPE when they hold different transactions. @throws INVALID_ARGUMENT for none.
 */
export const joinEnvelopes = (envelopes: readonly Envelope[]): Envelope => {
  const [first, ...others] = envelopes;
  if (first === undefined) throw invalidArgument('envelopes', 'at least one envelope', 'none');
  return others.reduce((joined, { transaction, signatures }) => {
    if (transaction.digest !== first.transaction.digest) {
      throw invalidEnvelope('digest', `the same in all, ${first.transaction.digest}`, transaction.digest);
    }
    return signatures.reduce(addSignature, joined);
  }, first);
};

/** What an envelope shows before it is signed or sent. */
export interface EnvelopeDescription extends ParsedTransaction {
  /** The weight of the signatures so far, and how much is needed: 1 of 1 for ordinary accounts. */
  readonly weight: number;
  readonly threshold: number;
  /** Whether it can be sent. */
  readonly complete: boolean;
  /** The balances of the coins whose objects are in the envelope. */
  readonly balances: readonly { readonly objectId: string; readonly balance: bigint }[];
}

/** What a transaction in an envelope would do, and what signatures it still needs. */
export const describeEnvelope = (envelope: Envelope): EnvelopeDescription => {
  const { transaction, signatures, multiSig, objects } = envelope;
  const signers = signatures.map((signature) => parseSignature(signature).address);
  const threshold = multiSig?.threshold ?? 1;
  const members = multiSig?.members ?? [];
  const weight = signers.includes(transaction.sender)
    ? threshold
    : members.reduce(
        (sum, member) => sum + (signers.includes(ed25519Address(member.publicKey)) ? member.weight : 0),
        0,
      );
  return {
    ...describeTransaction({ ...transaction, signatures }),
    weight,
    threshold,
    complete: weight >= threshold,
    balances: objects.flatMap((object) => {
      const coin = coinFromObject(object);
      return coin === undefined ? [] : [{ objectId: coin.objectId, balance: coin.balance }];
    }),
  };
};

/**
 * The signed transaction of an envelope, ready to be sent.
 *
 * @throws ENVELOPE_INCOMPLETE while signatures are missing.
 */
export const finishEnvelope = (envelope: Envelope): SignedTransaction => {
  const { transaction, signatures, multiSig } = envelope;
  const { complete, weight, threshold } = describeEnvelope(envelope);
  if (!complete) throw incomplete(transaction.digest, weight, threshold);
  const [first] = signatures as [Uint8Array];
  const whole = parseSignature(first).address === transaction.sender || multiSig === undefined;
  return attachSignature(transaction, whole ? first : combineMultiSig({ multiSig, signatures }));
};

const incomplete = (digest: Digest, weight: number, threshold: number): SomaKitError<'ENVELOPE_INCOMPLETE'> =>
  new SomaKitError(
    'ENVELOPE_INCOMPLETE',
    `The transaction ${digest} has signatures of weight ${weight}; it needs ${threshold}.`,
    {
      context: { digest, weight, threshold },
      hint: threshold === 1 ? 'The sender must sign it.' : 'Let more members sign it, and join their envelopes.',
    },
  );
