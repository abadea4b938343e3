import {
  type ObjectRef,
  SenderSignedData,
  signedTransaction,
  TransactionData,
  type TransactionKind,
} from '@somakit/bcs';
import { type Address, type Digest, invalidArgument, type ObjectId, parseAddress, SomaKitError } from '@somakit/core';
import { parseSignature, type Signer, transactionDigest, verifyTransactionSignature } from '@somakit/crypto';
import { MAX_TRANSACTION_BYTES } from '@somakit/protocol/parameters';
import { checkObjectRefs, type ObjectRefInput } from './internal/check.js';
import './errors.js';
import { isSystemKind } from '@somakit/protocol/checks';

/** A transaction that is ready to be signed. */
export interface BuiltTransaction {
  /** The BCS bytes of the `TransactionData`: what is signed. */
  readonly bytes: Uint8Array;
  /** What names the transaction on the chain; signatures are not part of it. */
  readonly digest: Digest;
  readonly sender: Address;
  readonly data: TransactionData;
}

/** A transaction that is ready to be sent. */
export interface SignedTransaction extends BuiltTransaction {
  /** The serialised user signatures: one, the sender's. */
  readonly signatures: readonly Uint8Array[];
  /** The BCS bytes of the signed transaction, as nodes take it. */
  readonly signedBytes: Uint8Array;
}

/** What {@link buildTransaction} takes. */
export interface BuildTransactionParameters {
  readonly sender: string | Uint8Array;
  readonly kind: TransactionKind;
  /** The coins that pay the fee, the first of which keeps the rest of all. Without any, only a simulation accepts it. */
  readonly gasPayment: readonly ObjectRefInput[];
}

/** The owned objects that a kind takes, in the order of the chain. Source: types/src/transaction.rs, `input_objects`. */
export const ownedInputs = (kind: TransactionKind): readonly ObjectRef[] => {
  switch (kind.kind) {
    case 'TransferCoin':
      return [kind.coin];
    case 'PayCoins':
      return kind.coins;
    case 'TransferObjects':
      return kind.objects;
    case 'AddStake':
    case 'AddStakeToModel':
      return [kind.coinRef];
    case 'WithdrawStake':
      return [kind.stakedSoma];
    case 'SubmitData':
      return [kind.bondCoin];
    default:
      return [];
  }
};

const duplicate = (objectId: ObjectId, expected: string): SomaKitError<'DUPLICATE_INPUT'> =>
  new SomaKitError('DUPLICATE_INPUT', `The object ${objectId} is there twice; expected ${expected}.`, {
    context: { objectId, expected },
    hint: 'A node would keep such a transaction for a minute and a half before it says so.',
  });

const checkInputs = (kind: TransactionKind, gasPayment: readonly ObjectRef[]): void => {
  const owned = ownedInputs(kind);
  // By far the most transactions: one coin and one gas coin.
  if (owned.length <= 1 && gasPayment.length <= 1) {
    const [input] = owned;
    const [gas] = gasPayment;
    if (input !== undefined && gas !== undefined) checkSame(input, gas);
    return;
  }
  const inputs = new Map<ObjectId, ObjectRef>();
  for (const ref of owned) {
    if (inputs.has(ref.objectId)) throw duplicate(ref.objectId, 'each input once');
    inputs.set(ref.objectId, ref);
  }
  const gas = new Set<ObjectId>();
  for (const ref of gasPayment) {
    if (gas.has(ref.objectId)) throw duplicate(ref.objectId, 'each gas coin once');
    gas.add(ref.objectId);
    const input = inputs.get(ref.objectId);
    if (input === undefined) continue;
    checkSame(input, ref);
    // All gas coins but the first are gone before the kind is executed; only PayCoins is prepared for that.
    if (gas.size > 1 && kind.kind !== 'PayCoins') {
      throw duplicate(ref.objectId, 'an input to be the first gas coin, or none of them');
    }
  }
};

const checkSame = (input: ObjectRef, gas: ObjectRef): void => {
  if (input.objectId !== gas.objectId) return;
  if (input.version !== gas.version || input.digest !== gas.digest) {
    throw duplicate(gas.objectId, 'one version of an object that is both input and gas coin');
  }
};

/**
 * Puts a kind, its sender and its gas coins together, and gives the bytes and their digest.
 *
 * @throws SYSTEM_TRANSACTION for kinds that only validators make: reference nodes execute them from anyone and the
 * chain stops.
 * @throws DUPLICATE_INPUT for an object that is there twice, or as input and gas coin in two versions.
 * @throws TRANSACTION_TOO_LARGE for more bytes than consensus carries.
 * @throws INVALID_ADDRESS INVALID_OBJECT_ID INVALID_DIGEST INVALID_ARGUMENT BCS_INVALID_VALUE
 * @example
 * import { buildTransaction, deactivateModel } from '@somakit/tx-builders';
 * const { bytes, digest } = buildTransaction({
 *   sender: '0xa11ce',
 *   kind: deactivateModel({ modelId: '0x30de1' }),
 *   gasPayment: [{ objectId: '0x5ca1e', version: 7n, digest: '11111111111111111111111111111111' }],
 * });
 */
export const buildTransaction = ({ sender, kind, gasPayment }: BuildTransactionParameters): BuiltTransaction => {
  if (kind === null || typeof kind !== 'object') throw invalidArgument('kind', 'what a kind function gives', kind);
  if (isSystemKind(kind.kind)) throw systemKind(kind.kind);
  const data: TransactionData = {
    kind,
    sender: parseAddress(sender),
    gasPayment: checkObjectRefs('gasPayment', gasPayment),
  };
  checkInputs(kind, data.gasPayment);
  const bytes = TransactionData.encode(data);
  if (bytes.length > MAX_TRANSACTION_BYTES) {
    throw new SomaKitError(
      'TRANSACTION_TOO_LARGE',
      `The transaction has ${bytes.length} bytes, more than ${MAX_TRANSACTION_BYTES}.`,
      {
        context: { bytes: bytes.length, limit: MAX_TRANSACTION_BYTES },
        hint: 'Use fewer coins, recipients or objects at a time.',
      },
    );
  }
  return { bytes, digest: transactionDigest(bytes), sender: data.sender, data };
};

const systemKind = (kind: string): SomaKitError<'SYSTEM_TRANSACTION'> =>
  new SomaKitError('SYSTEM_TRANSACTION', `Only validators make ${kind} transactions.`, {
    context: { kind, expected: 'a kind that accounts send' },
  });

/**
 * The transaction that bytes of a `TransactionData` are. Unlike {@link buildTransaction} it takes whatever the type can
 * hold, system kinds too: for reading what others made.
 *
 * @throws BCS_TRUNCATED BCS_NOT_CANONICAL BCS_INVALID_VALUE BCS_LIMIT
 */
export const readTransaction = (bytes: Uint8Array): BuiltTransaction => {
  const data = TransactionData.decode(bytes);
  const copy = Uint8Array.from(bytes);
  return { bytes: copy, digest: transactionDigest(copy), sender: data.sender, data };
};

/**
 * Signs a transaction, given whole or as the bytes of its `TransactionData`.
 *
 * The signature is checked to be the sender's; of signers other than `Keypair`, which may be a wallet or a machine far
 * away, it is also verified against the bytes when `verify` is true.
 *
 * @throws WRONG_SIGNER when the signer, or the key that it signed with, is not the sender's.
 * @throws SYSTEM_TRANSACTION; with `verify` what `verifyTransactionSignature` throws; and whatever the signer throws.
 * @example
 * import { Keypair } from '@somakit/crypto';
 * import { buildTransaction, reportModel, signTransaction } from '@somakit/tx-builders';
 * const signer = Keypair.generate();
 * const gasPayment = [{ objectId: '0x5ca1e', version: 7n, digest: '11111111111111111111111111111111' }];
 * const kind = reportModel({ modelId: '0x30de1' });
 * const { signedBytes, digest } = await signTransaction(
 *   buildTransaction({ sender: signer.address, kind, gasPayment }),
 *   signer,
 * );
 */
export const signTransaction = async (
  transaction: BuiltTransaction | Uint8Array,
  signer: Signer,
  options: { readonly verify?: boolean | undefined } = {},
): Promise<SignedTransaction> => {
  const built = transaction instanceof Uint8Array ? readTransaction(transaction) : transaction;
  if (isSystemKind(built.data.kind.kind)) throw systemKind(built.data.kind.kind);
  const address = parseAddress(signer.address);
  if (address !== built.sender) throw wrongSigner(built.sender, address);
  return attachSignature(built, await signer.signTransaction(built.bytes), options);
};

export const wrongSigner = (expected: Address | readonly Address[], received: Address): SomaKitError<'WRONG_SIGNER'> =>
  new SomaKitError('WRONG_SIGNER', `The signer is ${received}, but ${[expected].flat().join(' or ')} must sign.`, {
    context: { expected, received },
  });

/**
 * The signed transaction of a transaction and the signature that was made for it elsewhere.
 *
 * @throws WRONG_SIGNER INVALID_SIGNATURE_LENGTH UNKNOWN_SIGNATURE_FLAG INVALID_MULTISIG; with `verify` also
 * INVALID_SIGNATURE and the other codes of `verifyTransactionSignature`.
 */
export const attachSignature = (
  transaction: BuiltTransaction,
  signature: Uint8Array,
  options: { readonly verify?: boolean | undefined } = {},
): SignedTransaction => {
  const { bytes, digest, sender, data } = transaction;
  const { address } = parseSignature(signature);
  if (address !== sender) throw wrongSigner(sender, address);
  if (options.verify === true) verifyTransactionSignature(bytes, signature, { sender });
  const own = Uint8Array.from(signature);
  return { bytes, digest, sender, data, signatures: [own], signedBytes: signedBytes(bytes, [own]) };
};

/**
 * The wire form around bytes that are canonical already: count 1, intent 0 0 1, the data, the signatures. Encoding the
 * value again would cost as much as building it.
 * Source: types/src/transaction.rs, SenderSignedData.
 */
const signedBytes = (bytes: Uint8Array, signatures: readonly Uint8Array[]): Uint8Array => {
  const lengths = signatures.map(({ length }) => uleb(length));
  const size =
    5 + bytes.length + signatures.reduce((sum, { length }, i) => sum + length + (lengths[i]?.length ?? 0), 0);
  const wire = new Uint8Array(size);
  wire.set([1, 0, 0, 1]);
  wire.set(bytes, 4);
  let at = 4 + bytes.length;
  wire[at++] = signatures.length;
  signatures.forEach((signature, i) => {
    const length = lengths[i] as readonly number[];
    wire.set(length, at);
    wire.set(signature, at + length.length);
    at += length.length + signature.length;
  });
  return wire;
};

const uleb = (value: number): readonly number[] =>
  value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...uleb(value >> 7)];

/**
 * The wire bytes of a transaction and its signatures; what {@link SignedTransaction.signedBytes} is.
 *
 * @throws BCS_INVALID_VALUE for what is no signature.
 */
export const encodeSignedTransaction = (transaction: {
  readonly data: TransactionData;
  readonly signatures: readonly Uint8Array[];
}): Uint8Array => SenderSignedData.encode(signedTransaction(transaction.data, transaction.signatures));

/**
 * The transaction that wire bytes hold. Signatures are not verified: `verifyTransactionSignature` does that.
 *
 * @throws BCS_TRUNCATED BCS_NOT_CANONICAL BCS_INVALID_VALUE BCS_LIMIT; INVALID_ARGUMENT when it was signed for another
 * purpose than a transaction.
 */
export const decodeSignedTransaction = (bytes: Uint8Array): SignedTransaction => {
  const { intentMessage, txSignatures } = SenderSignedData.decode(bytes);
  const { scope, version, app } = intentMessage.intent;
  if (scope !== 0 || version !== 0 || app !== 1) {
    throw invalidArgument('intent', '0, 0, 1 (a transaction of SOMA)', `${scope}, ${version}, ${app}`);
  }
  const data = intentMessage.value;
  const dataBytes = TransactionData.encode(data);
  return {
    bytes: dataBytes,
    digest: transactionDigest(dataBytes),
    sender: data.sender,
    data,
    signatures: txSignatures,
    signedBytes: Uint8Array.from(bytes),
  };
};
