import { SomaKitError } from '@somakit/core';

declare module '@somakit/core' {
  interface ErrorContexts {
    /** Something that should prove itself does not. Never use what it says. */
    VERIFICATION_FAILED: {
      readonly subject: VerificationSubject;
      readonly reason: VerificationReason;
      readonly expected?: unknown;
      readonly received?: unknown;
      readonly sequenceNumber?: bigint;
    };
  }
}

/** What was to be verified. */
export type VerificationSubject = 'committee' | 'checkpoint' | 'contents' | 'effects' | 'object' | 'genesis';

/** Why it was not. */
export type VerificationReason =
  | 'malformed'
  | 'epoch'
  | 'unknownSigner'
  | 'repeatedSigner'
  | 'quorum'
  | 'signature'
  | 'unsigned'
  | 'previousDigest'
  | 'sequence'
  | 'transactionCount'
  | 'timestamp'
  | 'digest'
  | 'notContained'
  | 'protocolVersion'
  | 'votingPower'
  | 'order';

/** A VERIFICATION_FAILED error. */
export const verificationFailed = (
  subject: VerificationSubject,
  reason: VerificationReason,
  message: string,
  more: {
    readonly expected?: unknown;
    readonly received?: unknown;
    readonly sequenceNumber?: bigint | undefined;
    readonly cause?: unknown;
    readonly hint?: string | undefined;
  } = {},
): SomaKitError<'VERIFICATION_FAILED'> => {
  const { cause, hint, sequenceNumber, ...values } = more;
  return new SomaKitError('VERIFICATION_FAILED', message, {
    context: { subject, reason, ...values, ...(sequenceNumber === undefined ? {} : { sequenceNumber }) },
    cause,
    hint,
  });
};
