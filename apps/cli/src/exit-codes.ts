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

const words = (text: string): readonly string[] => text.trim().split(/\s+/);

/** Which codes mean what; `*` ends a beginning. */
const MEANINGS: readonly (readonly [number, readonly string[]])[] = [
  [EXIT.failedOnChain, ['TRANSACTION_FAILED']],
  [EXIT.unknownOutcome, words('OUTCOME_UNKNOWN FAUCET_OUTCOME_UNKNOWN FLOCK_OUTCOME_UNKNOWN HUB_OUTCOME_UNKNOWN')],
  [
    EXIT.refused,
    words(`
      CLI_NOT_FOUND CLI_WOULD_FAIL CLI_CANNOT_SIGN CLI_NOT_VERIFIED
      PREFLIGHT_FAILED TRANSACTION_REFUSED VERIFICATION_FAILED INSUFFICIENT_COINS COIN_RESERVED NOTHING_TO_MERGE
      WRONG_OBJECT SENT_BEFORE NO_MANIFEST FAUCET_REFUSED FAUCET_EMPTY
      RPC_NOT_FOUND RPC_DENIED RPC_CONFLICT RPC_INVALID_REQUEST RPC_UNIMPLEMENTED RPC_FAILED
      FILE_EXISTS KEYSTORE_KEY_EXISTS KEYSTORE_ALIAS_TAKEN WALLET_ENVIRONMENT_EXISTS WALLET_ENVIRONMENT_ACTIVE
      INVALID_SIGNATURE INCORRECT_SIGNER MULTISIG_THRESHOLD_NOT_REACHED ENVELOPE_INCOMPLETE
      LOCALNET_REFUSED UNKNOWN_SNAPSHOT URL_REFUSED CONTENT_MISMATCH FILE_CHECKSUM_MISMATCH
      FLOCK_TASK_NOT_OPEN FLOCK_TOO_MANY_PARAMETERS FLOCK_SUBMISSION_BUSY HUB_*
      TINKER_BAD_REQUEST TINKER_BILLING TINKER_PERMISSION_DENIED TINKER_NOT_FOUND TINKER_CONFLICT
      TINKER_UNPROCESSABLE TINKER_STATUS TINKER_ARCHIVE TINKER_TARGET_EXISTS
      PUBLISH_BUSY PUBLISH_NOT_FOUND PUBLISH_MISMATCH PUBLISH_MISSED WEIGHTS_URL_MISMATCH
    `),
  ],
  [
    EXIT.usage,
    words(`
      CLI_USAGE INVALID_* NON_CANONICAL_SIGNATURE UNKNOWN_KEY_FLAG UNKNOWN_SIGNATURE_FLAG WRONG_KEY_PREFIX
      SMALL_ORDER_KEY NOT_JSON NOT_A_FILE SAME_FILE BCS_* DUPLICATE_INPUT SYSTEM_TRANSACTION TRANSACTION_TOO_LARGE
      WRONG_SIGNER UNKNOWN_ENVELOPE_VERSION EMPTY_DATA TINKER_PATH TINKER_VALUE
    `),
  ],
  [
    EXIT.config,
    words(`
      CLI_CONFIG CLI_NO_ACCOUNT WALLET_* KEYSTORE_* NO_SIGNER SERVICE_NOT_CONFIGURED FILE_ACCESS FILE_NOT_FOUND
      FILE_CHANGED PORT_IN_USE LISTEN_FAILED DATA_DIR_* ENGINE_MISSING ENGINE_WORKER_MISSING DEVICE_UNAVAILABLE
      FLOCK_NO_API_KEY TINKER_CREDENTIALS TINKER_AUTHENTICATION
      PUBLISH_JOURNAL_DAMAGED
    `),
  ],
  [
    EXIT.network,
    words(`
      HTTP_NETWORK HTTP_REDIRECT HTTP_INVALID_BODY HTTP_TOO_LARGE TIMEOUT DOWNLOAD_* PAGING_LOOP
      RPC_UNAVAILABLE RPC_DEADLINE RPC_RESET RPC_TRANSPORT RPC_INVALID_REPLY RPC_TOO_LARGE RPC_EXHAUSTED
      CHECKPOINT_NOT_SEEN EPOCH_NOT_ADVANCED DATA_SERVER_FAILED QUEUE_UNAVAILABLE
      TINKER_SERVER TINKER_RATE_LIMIT TINKER_ANSWER TINKER_REQUEST_LOST
    `),
  ],
];

/** The status that a code alone gives. */
export const meaningOf = (code: string): number | undefined =>
  // The full name first: a beginning may hold codes that mean something else.
  MEANINGS.find(([, codes]) => codes.includes(code))?.[0] ??
  MEANINGS.find(([, codes]) => codes.some((each) => each.endsWith('*') && code.startsWith(each.slice(0, -1))))?.[0];

const statusOf = ({ context }: SomaKitError): number | undefined => {
  const { status } = context as { readonly status?: unknown };
  return typeof status === 'number' ? status : undefined;
};

/** The exit status for an error of ours. */
export const exitCodeOf = (error: SomaKitError): number => {
  const { code } = error as { code: string };
  if (code === 'ABORTED') return EXIT.interrupted;
  const meaning = meaningOf(code);
  // A key that the server does not know is a setting to correct.
  const status = statusOf(error);
  if (status === 401 && meaning !== EXIT.usage) return EXIT.config;
  if (meaning !== undefined) return meaning;
  if (status !== undefined) return status >= 500 || status === 429 || status === 408 ? EXIT.network : EXIT.refused;
  return EXIT.error;
};
