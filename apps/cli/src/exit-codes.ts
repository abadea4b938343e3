import type { SomaKitError } from '@somakit/core';

/** What the exit status of `somakit` means. Documented in the README; numbers never change their meaning. */
export const EXIT = {
  ok: 0,
  /** Anything without a number of its own. */
  error: 1,
  usage: 2,
  config: 3,
  network: 4,
  refused: 5,
  failedOnChain: 6,
  unknownOutcome: 7,
  interrupted: 130,
  terminated: 143,
} as const;

const CONFIG = new Set(['FLOCK_NO_API_KEY', 'TINKER_CREDENTIALS', 'CLI_CONFIG']);
const NETWORK = new Set([
  'HTTP_NETWORK',
  'HTTP_REDIRECT',
  'HTTP_INVALID_BODY',
  'HTTP_TOO_LARGE',
  'TIMEOUT',
  'TINKER_SERVER',
  'TINKER_RATE_LIMIT',
  'TINKER_ANSWER',
  'DOWNLOAD_CORRUPT',
]);
const UNKNOWN = new Set(['OUTCOME_UNKNOWN', 'FLOCK_OUTCOME_UNKNOWN', 'HUB_OUTCOME_UNKNOWN']);
const USAGE = new Set(['INVALID_ARGUMENT', 'INVALID_AMOUNT', 'TINKER_PATH', 'CLI_USAGE']);
const REFUSED =
  /^(TINKER_(BAD_REQUEST|BILLING|PERMISSION_DENIED|NOT_FOUND|CONFLICT|UNPROCESSABLE|STATUS|ARCHIVE|TARGET_EXISTS)|FLOCK_(TASK_NOT_OPEN|TOO_MANY_PARAMETERS|SUBMISSION_BUSY)|HUB_[A-Z_]+|CLI_NOT_FOUND)$/;

const statusOf = ({ context }: SomaKitError): number | undefined => {
  const { status } = context as { readonly status?: unknown };
  return typeof status === 'number' ? status : undefined;
};

/** The exit status for an error of ours. */
export const exitCodeOf = (error: SomaKitError): number => {
  const { code } = error as { code: string };
  if (code === 'ABORTED') return EXIT.interrupted;
  if (code === 'TRANSACTION_FAILED') return EXIT.failedOnChain;
  if (UNKNOWN.has(code)) return EXIT.unknownOutcome;
  if (USAGE.has(code)) return EXIT.usage;
  if (CONFIG.has(code)) return EXIT.config;
  const status = statusOf(error);
  // A key that the server does not know is a setting to correct.
  if (code === 'TINKER_AUTHENTICATION' || status === 401) return EXIT.config;
  if (NETWORK.has(code)) return EXIT.network;
  if (status !== undefined) return status >= 500 || status === 429 || status === 408 ? EXIT.network : EXIT.refused;
  return REFUSED.test(code) ? EXIT.refused : EXIT.error;
};
