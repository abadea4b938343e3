/** Voting power of a whole committee. Source: types/src/committee.rs `TOTAL_VOTING_POWER`. */
export const TOTAL_VOTING_POWER = 10_000n;
/** Voting power that certifies (2f + 1). Source: types/src/committee.rs `QUORUM_THRESHOLD`. */
export const QUORUM_THRESHOLD = 6_667n;
/** Voting power of which at least one member is honest (f + 1). Source: types/src/committee.rs `VALIDITY_THRESHOLD`. */
export const VALIDITY_THRESHOLD = 3_334n;
/** Cap of one validator in a committee of ten or more. Source: types/src/committee.rs `MAX_VOTING_POWER`. */
export const MAX_VOTING_POWER = 1_000n;
/** Raw voting power with which a pending validator joins. Source: types/src/committee.rs. */
export const VALIDATOR_MIN_POWER = 12n;
/** Raw voting power below which a validator is at risk. Source: types/src/committee.rs. */
export const VALIDATOR_LOW_POWER = 8n;
/** Raw voting power below which a validator leaves at once. Source: types/src/committee.rs. */
export const VALIDATOR_VERY_LOW_POWER = 4n;
/** Epochs that a validator may stay at risk; it leaves in the next one. Source: types/src/committee.rs. */
export const VALIDATOR_LOW_STAKE_GRACE_PERIOD = 7n;
/** Commission of a validator that joins by transaction, in basis points. Source: types/src/system_state/validator.rs. */
export const NEW_VALIDATOR_COMMISSION_BPS = 10n;
/** Commission of a genesis validator, in basis points. Source: types/src/config/genesis_config.rs. */
export const GENESIS_VALIDATOR_COMMISSION_BPS = 200n;
/** The largest commission of validators and models, in basis points. */
export const MAX_COMMISSION_BPS = 10_000n;
/** All SOMA that ever exist, in shannons. Source: types/src/config/genesis_config.rs. */
export const TOTAL_SUPPLY = 10_000_000_000_000_000n;
/** What the emission pool gives in a full-length epoch, in shannons. Source: types/src/config/genesis_config.rs. */
export const EMISSION_PER_EPOCH = 1_370_000_000_000n;
/** The SystemState's object id, `0x...05`. Source: types/src/lib.rs. */
export const SYSTEM_STATE_OBJECT_ID = `0x${'5'.padStart(64, '0')}` as const;
/** Object versions end below this. Source: types/src/object.rs `Version::MAX`. */
export const MAX_OBJECT_VERSION = 0x7fff_ffff_ffff_ffffn;
/** Transactions in one submission. Source: protocol-config `consensus_max_num_transactions_in_block`. */
export const MAX_TRANSACTIONS_PER_SUBMISSION = 512;
/** Bytes of one submission. Source: protocol-config `consensus_max_transactions_in_block_bytes`. */
export const MAX_SUBMISSION_BYTES = 524_288;
/** Bytes of one transaction on its way through consensus. Source: protocol-config `consensus_max_transaction_size_bytes`. */
export const MAX_TRANSACTION_BYTES = 262_144;
/** How long a node retries a refused transaction before it answers, in ms. Source: authority/src/transaction_orchestrator.rs. */
export const FINALITY_TIMEOUT_MS = 90_000;
