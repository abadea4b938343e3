import type { InputObjectKind, ObjectRef, ObjectType, Owner, SomaError, TransactionData } from '@somakit/bcs';
import { TransactionData as TransactionDataCodec } from '@somakit/bcs';
import type { Address, Digest, ObjectId } from '@somakit/core';
import { isError } from '@somakit/core';
import { parseSignature, verifyTransactionSignature } from '@somakit/crypto';
import { MAX_OBJECT_VERSION, MAX_SUBMISSION_BYTES } from '../parameters/constants.js';
import { hasRepeatedInput, isSystemKind, transactionInputs } from './inputs.js';
import { ownerText, refusalError } from './refusal.js';

/** What the checks need to know of an object. */
export interface CheckedObject {
  readonly version: bigint;
  readonly digest: Digest;
  readonly owner: Owner;
  readonly objectType: ObjectType;
}

/** The state that a transaction is checked against. */
export interface CheckView {
  /** The live version of an object. */
  readonly object: (id: ObjectId) => CheckedObject | undefined;
  /** An older version, where they are kept; some refusals are named differently without. */
  readonly objectAt?: ((id: ObjectId, version: bigint) => CheckedObject | undefined) | undefined;
  /** Whether a shared object was deleted in this epoch: a transaction may still name it, and then fails. */
  readonly deletedInEpoch?: ((id: ObjectId) => boolean) | undefined;
  /** The transaction that has locked just this version of an object in this epoch. */
  readonly lockedBy?: ((ref: ObjectRef) => Digest | undefined) | undefined;
  /** Whether the epoch is ending. Defaults to false. */
  readonly halted?: boolean | undefined;
  /** Why a transaction is not wanted, by deny lists; they are empty by default. */
  readonly denies?:
    | ((transaction: TransactionData, inputs: readonly InputObjectKind[]) => string | undefined)
    | undefined;
}

/** What is checked. */
export interface CheckTransactionParameters {
  readonly transaction: TransactionData;
  readonly view: CheckView;
  /** The signatures that came with it. Left out, they are not checked. */
  readonly signatures?: readonly Uint8Array[] | undefined;
  /** The BCS bytes, when they are at hand; else they are made where needed. */
  readonly bytes?: Uint8Array | undefined;
  /** Its digest, so that its own locks are no conflict. */
  readonly digest?: Digest | undefined;
  /** A mere simulation: locks do not count. */
  readonly simulate?: boolean | undefined;
  /** What `transactionInputs` gives for the transaction, when it is at hand. */
  readonly inputs?: readonly InputObjectKind[] | undefined;
}

const USER_SYSTEM_KIND = 'users may not send system transactions';
const SIMULATED_SYSTEM_KIND = 'simulate does not support system transactions';

/**
 * The signature rules of a user transaction: one signature, of the sender, over the transaction.
 *
 * Source: types/src/transaction.rs `verify_sender_signed_data_message_signatures`.
 */
export const checkSignatures = (
  sender: Address,
  signatures: readonly Uint8Array[],
  bytes: Uint8Array,
): SomaError | undefined => {
  if (signatures.length !== 1) {
    return { kind: 'SignerSignatureNumberMismatch', expected: 1n, actual: BigInt(signatures.length) };
  }
  const signature = signatures[0]!;
  try {
    const { address } = parseSignature(signature);
    if (address !== sender)
      return { kind: 'SignerSignatureAbsent', expected: sender.slice(2), actual: [address.slice(2)] };
    verifyTransactionSignature(bytes, signature, { sender });
    return undefined;
  } catch (error) {
    if (!isError(error)) throw error;
    return { kind: 'InvalidSignature', error: 'Fail to verify user sig Invalid signature was given to the function' };
  }
};

const notFound = (objectId: ObjectId, version?: bigint): SomaError =>
  version === undefined ? { kind: 'ObjectNotFound', objectId } : { kind: 'ObjectNotFound', objectId, version };

const sharedOf = (
  view: CheckView,
  input: Extract<InputObjectKind, { kind: 'SharedObject' }>,
): CheckedObject | undefined => {
  const object = view.object(input.id);
  return object?.owner.kind === 'Shared' && object.owner.initialSharedVersion === input.initialSharedVersion
    ? object
    : undefined;
};

const ownedOf = (view: CheckView, ref: ObjectRef): CheckedObject | SomaError => {
  const { objectId, version } = ref;
  const live = view.object(objectId);
  if (live?.version === version) return live;
  const older = view.objectAt?.(objectId, version);
  if (older !== undefined) return older;
  if (live === undefined) return notFound(objectId);
  return live.version > version ? unavailable(ref, live) : notFound(objectId, version);
};

/** The reference alone: inputs carry more. */
const plainRef = ({ objectId, version, digest }: ObjectRef): ObjectRef => ({ objectId, version, digest });

const unavailable = (ref: ObjectRef, live: CheckedObject): SomaError => ({
  kind: 'ObjectVersionUnavailableForConsumption',
  providedObjRef: plainRef(ref),
  currentVersion: live.version,
});

const isRefusal = (value: CheckedObject | SomaError): value is SomaError => 'kind' in value;

const checkGas = (
  gasPayment: readonly ObjectRef[],
  found: ReadonlyMap<ObjectId, CheckedObject>,
): SomaError | undefined => {
  if (gasPayment.length === 0) return { kind: 'GasPaymentError', message: 'No gas payment provided' };
  for (const { objectId, version } of gasPayment) {
    const object = found.get(objectId);
    if (object === undefined) return notFound(objectId, version);
    if (object.owner.kind !== 'AddressOwner') {
      return {
        kind: 'GasPaymentError',
        message: `Gas object ${objectId} must be owned by an address, not ${ownerText(object.owner)}`,
      };
    }
    if (object.objectType.kind !== 'Coin')
      return { kind: 'GasPaymentError', message: `Gas object ${objectId} is not a coin` };
  }
  return undefined;
};

const checkOwned = (ref: ObjectRef, object: CheckedObject, sender: Address): SomaError | undefined => {
  if (ref.version >= MAX_OBJECT_VERSION) return { kind: 'InvalidSequenceNumber' };
  if (object.digest !== ref.digest)
    return { kind: 'InvalidObjectDigest', objectId: ref.objectId, expectedDigest: object.digest };
  if (object.owner.kind === 'Shared') return { kind: 'NotOwnedObjectError' };
  if (object.owner.kind === 'AddressOwner' && object.owner.address !== sender) {
    const error = `Object ${ref.objectId} is owned by account address ${object.owner.address.slice(2)}, but given owner/signer address is ${sender.slice(2)}`;
    return { kind: 'IncorrectUserSignature', error };
  }
  return undefined;
};

const checkLive = (ref: ObjectRef, view: CheckView): SomaError | undefined => {
  const live = view.object(ref.objectId);
  if (live === undefined) return notFound(ref.objectId);
  if (live.version !== ref.version) return unavailable(ref, live);
  return live.digest === ref.digest
    ? undefined
    : { kind: 'InvalidObjectDigest', objectId: ref.objectId, expectedDigest: live.digest };
};

/**
 * Whether the chain takes a transaction into execution, by its checks and in its order; the first refusal, or undefined.
 * A refused transaction changes nothing and costs nothing.
 *
 * Other than the reference, which executes them, system kinds from users are refused before all else.
 *
 * Source: authority/src/{authority,transaction_checks,transaction_input_loader}.rs, cache/object_locks.rs.
 * @example
 * import { checkTransaction, type CheckView } from '@somakit/protocol/checks';
 * import type { TransactionData } from '@somakit/bcs';
 * declare const transaction: TransactionData;
 * declare const view: CheckView;
 * checkTransaction({ transaction, view })?.kind; // 'ObjectNotFound', for example
 */
export const checkTransaction = (parameters: CheckTransactionParameters): SomaError | undefined => {
  const { transaction, view, simulate = false } = parameters;
  const { sender, gasPayment, kind } = transaction;
  if (isSystemKind(kind.kind))
    return { kind: 'UnsupportedFeatureError', error: simulate ? SIMULATED_SYSTEM_KIND : USER_SYSTEM_KIND };
  if (parameters.signatures !== undefined) {
    const bytes = parameters.bytes ?? TransactionDataCodec.encode(transaction);
    const refusal = checkSignatures(sender, parameters.signatures, bytes);
    if (refusal !== undefined) return refusal;
  }
  if (view.halted) return { kind: 'ValidatorHaltedAtEpochEnd' };
  const inputs = parameters.inputs ?? transactionInputs(transaction);
  if (hasRepeatedInput(inputs)) return { kind: 'DuplicateObjectRefInput' };
  const denied = view.denies?.(transaction, inputs);
  if (denied !== undefined) return { kind: 'TransactionDenied', error: denied };

  for (const input of inputs) {
    if (
      input.kind === 'SharedObject' &&
      sharedOf(view, input) === undefined &&
      view.deletedInEpoch?.(input.id) !== true
    )
      return notFound(input.id);
  }
  const found = new Map<ObjectId, CheckedObject>();
  const refs: ObjectRef[] = [];
  for (const input of inputs) {
    if (input.kind === 'SharedObject') {
      const object = sharedOf(view, input);
      if (object !== undefined) found.set(input.id, object);
      continue;
    }
    const object = ownedOf(view, input);
    if (isRefusal(object)) return object;
    found.set(input.objectId, object);
    refs.push(input);
  }
  const gas = checkGas(gasPayment, found);
  if (gas !== undefined) return gas;
  for (const ref of refs) {
    const refusal = checkOwned(ref, found.get(ref.objectId)!, sender);
    if (refusal !== undefined) return refusal;
  }
  for (const ref of refs) {
    const refusal = checkLive(ref, view);
    if (refusal !== undefined) return refusal;
  }
  return simulate ? undefined : checkLocks(refs, parameters);
};

const checkLocks = (
  refs: readonly ObjectRef[],
  { view, digest }: CheckTransactionParameters,
): SomaError | undefined => {
  if (view.lockedBy === undefined) return undefined;
  const ordered = refs.length < 2 ? refs : [...refs].sort((a, b) => (a.objectId < b.objectId ? -1 : 1));
  for (const objRef of ordered) {
    const pendingTransaction = view.lockedBy(objRef);
    if (pendingTransaction !== undefined && pendingTransaction !== digest)
      return { kind: 'ObjectLockConflict', objRef: plainRef(objRef), pendingTransaction };
  }
  return undefined;
};

/**
 * As {@link checkTransaction}, throwing.
 *
 * @throws TRANSACTION_REFUSED; `context.reason` is the chain's own error, `context.text` its words.
 */
export const assertTransaction = (parameters: CheckTransactionParameters): void => {
  const reason = checkTransaction(parameters);
  if (reason !== undefined) throw refusalError(reason);
};

/**
 * Whether a submission's size can pass consensus: one or more transactions, at most 524,288 bytes in all.
 *
 * Source: authority/src/authority_server.rs, protocol-config `consensus_max_transactions_in_block_bytes`.
 */
export const checkSubmissionSize = (sizes: readonly number[]): SomaError | undefined => {
  const size = sizes.reduce((sum, bytes) => sum + bytes, 0);
  return size <= MAX_SUBMISSION_BYTES
    ? undefined
    : { kind: 'TotalTransactionSizeTooLargeInBatch', size: BigInt(size), limit: BigInt(MAX_SUBMISSION_BYTES) };
};
