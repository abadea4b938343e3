import type { ObjectRef, Owner, SomaError } from '@somakit/bcs';
import { type Digest, SomaKitError } from '@somakit/core';

declare module '@somakit/core' {
  interface ErrorContexts {
    /** The chain refuses a transaction before it executes: nothing changes, no fee is taken. */
    TRANSACTION_REFUSED: {
      /** The reason as the chain names it, with its values. */
      readonly reason: SomaError;
      /** The reason in the words of the reference, which clients may look for. */
      readonly text: string;
      readonly category: RefusalCategory;
      /** Of a transaction that was sent and that the network refused. */
      readonly digest?: Digest | undefined;
    };
  }
}

/**
 * How the reference treats a refusal: answered at once as invalid, as a lock conflict or as internal; or tried again
 * until its time-out of 90 seconds.
 */
export type RefusalCategory = 'signature' | 'invalid' | 'lockConflict' | 'internal' | 'retried';

const versionText = (version: bigint) => `Version(${version})`;
const refText = ({ objectId, version, digest }: ObjectRef) => `(${objectId}, ${versionText(version)}, o#${digest})`;

/** An owner as the reference's messages write it. */
export const ownerText = (owner: Owner): string => {
  switch (owner.kind) {
    case 'AddressOwner':
      return `AddressOwner(${owner.address.slice(2)})`;
    case 'Shared':
      return `Shared { initial_shared_version: ${versionText(owner.initialSharedVersion)} }`;
    default:
      return 'Immutable';
  }
};

/**
 * A refusal in the words of the reference.
 *
 * Source: types/src/error.rs, the display texts of `SomaError`; those that no transaction meets give their name.
 */
export const refusalText = (error: SomaError): string => {
  switch (error.kind) {
    case 'InvalidSignature':
      return `Signature is not valid: ${error.error}`;
    case 'IncorrectSigner':
      return `Value was not signed by the correct sender: ${error.error}`;
    case 'SignerSignatureNumberMismatch':
      return `Expect ${error.expected} signer signatures but got ${error.actual}`;
    case 'SignerSignatureAbsent':
      return `Required Signature from ${error.expected} is absent [${error.actual.map((address) => `"${address}"`).join(', ')}]`;
    case 'ValidatorHaltedAtEpochEnd':
      return 'Validator temporarily stopped processing transactions due to epoch change';
    case 'DuplicateObjectRefInput':
      return "The transaction inputs contain duplicated ObjectRef's";
    case 'TransactionDenied':
      return `Transaction is denied: ${error.error}`;
    case 'TransactionDeserializationError':
      return `Failure deserializing transaction from the provided format: ${error.error}`;
    case 'ObjectNotFound':
      return `Could not find the referenced object ${error.objectId} at version ${error.version === undefined ? 'None' : `Some(${versionText(error.version)})`}`;
    case 'ObjectVersionUnavailableForConsumption':
      return `Object ${refText(error.providedObjRef)} is not available for consumption, its current version: ${versionText(error.currentVersion)}`;
    case 'InvalidObjectDigest':
      return `Invalid Object digest for object ${error.objectId}. Expected digest : o#${error.expectedDigest}`;
    case 'ObjectLockConflict':
      return `Object ${refText(error.objRef)} already locked by a different transaction: TransactionDigest(${error.pendingTransaction})`;
    case 'GasPaymentError':
      return `Gas payment error ${error.message}`;
    case 'MutableObjectUsedMoreThanOnce':
      return `Mutable object ${error.objectId} cannot appear more than one in one transaction`;
    case 'InvalidSequenceNumber':
      return 'Versions above the maximal value are not usable for transfers';
    case 'IncorrectUserSignature':
      return `Transaction was not signed by the correct sender: ${error.error}`;
    case 'NotOwnedObjectError':
      return 'Object used as owned is not owned';
    case 'NotSharedObjectError':
      return 'Object used as shared is not shared';
    case 'SharedObjectStartingVersionMismatch':
      return 'Wrong initial version given for shared object';
    case 'TotalTransactionSizeTooLargeInBatch':
      return `Total transactions size (${error.size}) bytes exceeds the maximum allowed (${error.limit}) bytes in a Soft Bundle`;
    case 'UnsupportedFeatureError':
      return `Use of disabled feature: ${error.error}`;
    case 'InvalidRequest':
      return `Invalid request: ${error.message}`;
    case 'GenericAuthorityError':
      return `Authority Error: ${JSON.stringify(error.error)}`;
    default:
      return error.kind;
  }
};

/** Source: types/src/error.rs `SomaError::categorize`. */
export const refusalCategory = (error: SomaError): RefusalCategory => {
  switch (error.kind) {
    case 'InvalidSignature':
    case 'SignerSignatureAbsent':
    case 'SignerSignatureNumberMismatch':
      return 'signature';
    case 'IncorrectSigner':
    case 'UnknownSigner':
    case 'ObjectVersionUnavailableForConsumption':
      return 'invalid';
    case 'ObjectLockConflict':
      return 'lockConflict';
    case 'Unknown':
    case 'UnsupportedFeatureError':
    case 'InvalidRequest':
    case 'GrpcMessageSerializeError':
    case 'GrpcMessageDeserializeError':
    case 'ByzantineAuthoritySuspicion':
      return 'internal';
    default:
      return 'retried';
  }
};

const HINTS: Partial<Record<SomaError['kind'], string>> = {
  ObjectVersionUnavailableForConsumption: 'The object has moved on: read it again and build a new transaction.',
  ObjectLockConflict: 'Another transaction holds the object until it executes or the epoch ends.',
  ObjectNotFound: 'The object does not exist (any more), or is not yet known to this node.',
  InvalidObjectDigest: 'The reference does not fit the object: read it again.',
  GasPaymentError: 'Gas is paid with one or more coins that the sender owns.',
  DuplicateObjectRefInput: 'An object may be used once in a transaction.',
  SignerSignatureAbsent: 'Sign with the key of the sender.',
  ValidatorHaltedAtEpochEnd: 'The epoch is ending: send it again in a moment.',
};

/** A refusal as an error. Retryable while the epoch ends. */
export const refusalError = (reason: SomaError): SomaKitError<'TRANSACTION_REFUSED'> => {
  const text = refusalText(reason);
  return new SomaKitError('TRANSACTION_REFUSED', `The transaction is refused: ${text}.`, {
    context: { reason, text, category: refusalCategory(reason) },
    hint: HINTS[reason.kind],
    retryable: reason.kind === 'ValidatorHaltedAtEpochEnd',
  });
};
