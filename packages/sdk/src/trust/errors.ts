import { SomaKitError } from '@somakit/core';
import type { VerificationReason, VerificationSubject } from '@somakit/protocol/verify';

/** A VERIFICATION_FAILED error, as `@somakit/protocol/verify` throws them. */
export const unproven = (
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
    hint: hint ?? 'Never use what this node said. Ask another one.',
  });
};
