import { Multiaddr } from '@somakit/bcs';
import { invalidArgument, parseAddress } from '@somakit/core';
import { checkBytes, checkCount } from '../internal/check.js';
import type { KindOf } from './kind.js';

/**
 * A network address: its text (`/dns/example.com/tcp/8080`), or the bytes that go onto the chain as they are, which
 * must be the BCS of such a text.
 */
export type NetworkAddressInput = string | Uint8Array;

// A name and, for most protocols, its value; the chain reads the rest.
const MULTIADDR = /^(?:\/[^/\s]+)+$/;

const networkAddress = (argument: string, value: NetworkAddressInput): Uint8Array => {
  if (typeof value !== 'string') return checkBytes(argument, value);
  if (!MULTIADDR.test(value)) {
    throw invalidArgument(argument, 'a multiaddr, such as /dns/example.com/tcp/8080', value);
  }
  return Multiaddr.encode(value);
};

/** What {@link addValidator} takes. */
export interface AddValidatorParameters {
  /** The BLS12-381 key, 96 bytes. */
  readonly pubkeyBytes: Uint8Array;
  /** The Ed25519 network key, 32 bytes. */
  readonly networkPubkeyBytes: Uint8Array;
  /** The Ed25519 worker key, 32 bytes. */
  readonly workerPubkeyBytes: Uint8Array;
  /** 48 bytes: `createProofOfPossession` of `@somakit/crypto/bls`, over the sender's address. */
  readonly proofOfPossession: Uint8Array;
  readonly netAddress: NetworkAddressInput;
  readonly p2pAddress: NetworkAddressInput;
  readonly primaryAddress: NetworkAddressInput;
  readonly proxyAddress: NetworkAddressInput;
}

/**
 * Applies for a seat among the validators.
 *
 * On chain: the sender becomes a pending validator with an empty pool and a commission of 0.1 %; it joins at the first
 * epoch change at which its pool holds 0.12 % of all stake, so stake must be added in the meantime.
 * Who: anyone who is no validator. Cost: base fee and two written objects.
 * Fails with `InvalidArguments`, `InvalidProofOfPossession`, `DuplicateValidator`, `DuplicateValidatorMetadata`.
 *
 * Source: authority/src/execution/validator.rs; types/src/transaction.rs, AddValidator.
 * @throws INVALID_ARGUMENT for keys of a wrong length and texts that are no multiaddr.
 */
export const addValidator = (parameters: AddValidatorParameters): KindOf<'AddValidator'> => ({
  kind: 'AddValidator',
  pubkeyBytes: checkBytes('pubkeyBytes', parameters.pubkeyBytes, 96),
  networkPubkeyBytes: checkBytes('networkPubkeyBytes', parameters.networkPubkeyBytes, 32),
  workerPubkeyBytes: checkBytes('workerPubkeyBytes', parameters.workerPubkeyBytes, 32),
  proofOfPossession: checkBytes('proofOfPossession', parameters.proofOfPossession, 48),
  netAddress: networkAddress('netAddress', parameters.netAddress),
  p2pAddress: networkAddress('p2pAddress', parameters.p2pAddress),
  primaryAddress: networkAddress('primaryAddress', parameters.primaryAddress),
  proxyAddress: networkAddress('proxyAddress', parameters.proxyAddress),
});

/** What {@link removeValidator} takes. */
export interface RemoveValidatorParameters {
  /** The BLS12-381 key. The chain ignores it and removes the sender. */
  readonly pubkeyBytes: Uint8Array;
}

/**
 * Gives the sender's seat among the validators up.
 *
 * On chain: the validator leaves at the epoch change; stake stays in its pool for its owners. Who: active validators.
 * Cost: base fee and two written objects. Fails with `NotAValidator`, `ValidatorAlreadyRemoved`.
 *
 * Source: authority/src/execution/validator.rs; types/src/transaction.rs, RemoveValidator.
 * @throws INVALID_ARGUMENT
 */
export const removeValidator = ({ pubkeyBytes }: RemoveValidatorParameters): KindOf<'RemoveValidator'> => ({
  kind: 'RemoveValidator',
  pubkeyBytes: checkBytes('pubkeyBytes', pubkeyBytes),
});

/** What {@link updateValidatorMetadata} takes: what is to change from the next epoch on. */
export interface UpdateValidatorMetadataParameters {
  readonly nextEpochNetworkAddress?: NetworkAddressInput | undefined;
  readonly nextEpochP2pAddress?: NetworkAddressInput | undefined;
  readonly nextEpochPrimaryAddress?: NetworkAddressInput | undefined;
  /** Accepted and ignored by the chain. */
  readonly nextEpochProxyAddress?: NetworkAddressInput | undefined;
  /** The BLS12-381 key, 96 bytes; needs a proof of possession in the same call. */
  readonly nextEpochProtocolPubkey?: Uint8Array | undefined;
  readonly nextEpochWorkerPubkey?: Uint8Array | undefined;
  readonly nextEpochNetworkPubkey?: Uint8Array | undefined;
  readonly nextEpochProofOfPossession?: Uint8Array | undefined;
}

/**
 * Changes a validator's keys and addresses from the next epoch on.
 *
 * Who: active validators. Cost: base fee and two written objects.
 * Fails with `NotAValidator`, `InvalidArguments` for malformed values, `MissingProofOfPossession`,
 * `InvalidProofOfPossession`, `DuplicateValidatorMetadata`; a failing call changes nothing.
 *
 * Source: authority/src/execution/validator.rs; types/src/transaction.rs, UpdateValidatorMetadata.
 * @throws INVALID_ARGUMENT for values that are no bytes and texts that are no multiaddr.
 */
export const updateValidatorMetadata = (
  parameters: UpdateValidatorMetadataParameters,
): KindOf<'UpdateValidatorMetadata'> => {
  const address = (argument: keyof UpdateValidatorMetadataParameters): Uint8Array | undefined =>
    parameters[argument] === undefined ? undefined : networkAddress(argument, parameters[argument]);
  const bytes = (argument: keyof UpdateValidatorMetadataParameters): Uint8Array | undefined =>
    parameters[argument] === undefined ? undefined : checkBytes(argument, parameters[argument] as Uint8Array);
  return {
    kind: 'UpdateValidatorMetadata',
    nextEpochNetworkAddress: address('nextEpochNetworkAddress'),
    nextEpochP2pAddress: address('nextEpochP2pAddress'),
    nextEpochPrimaryAddress: address('nextEpochPrimaryAddress'),
    nextEpochProxyAddress: address('nextEpochProxyAddress'),
    nextEpochProtocolPubkey: bytes('nextEpochProtocolPubkey'),
    nextEpochWorkerPubkey: bytes('nextEpochWorkerPubkey'),
    nextEpochNetworkPubkey: bytes('nextEpochNetworkPubkey'),
    nextEpochProofOfPossession: bytes('nextEpochProofOfPossession'),
  };
};

/** What {@link setCommissionRate} takes. */
export interface SetCommissionRateParameters {
  /** Basis points, at most 10000. */
  readonly newRate: number | bigint;
}

/**
 * Sets the sender's commission as a validator, applied after the rewards of the next epoch change. The Python client
 * calls it `set_validator_commission_rate`; models have {@link setModelCommissionRate}.
 *
 * Who: active validators. Cost: base fee and two written objects. Fails with `NotAValidator`, and with a `SomaError`
 * above 10000.
 *
 * Source: authority/src/execution/validator.rs; types/src/transaction.rs, SetCommissionRate.
 * @throws INVALID_ARGUMENT
 */
export const setCommissionRate = ({ newRate }: SetCommissionRateParameters): KindOf<'SetCommissionRate'> => ({
  kind: 'SetCommissionRate',
  newRate: checkCount('newRate', newRate),
});

/** What {@link reportValidator} and {@link undoReportValidator} take. */
export interface ReportValidatorParameters {
  /** The address of the validator that is reported. */
  readonly reportee: string | Uint8Array;
}

/**
 * Reports another validator. Reports by two thirds of the voting power halve its rewards, epoch for epoch, until they
 * are taken back.
 *
 * Who: active validators. Cost: base fee and two written objects.
 * Fails with `NotAValidator` when sender or reportee is none, and with `CannotReportOneself`.
 *
 * Source: authority/src/execution/validator.rs; types/src/transaction.rs, ReportValidator.
 * @throws INVALID_ADDRESS
 */
export const reportValidator = ({ reportee }: ReportValidatorParameters): KindOf<'ReportValidator'> => ({
  kind: 'ReportValidator',
  reportee: parseAddress(reportee),
});

/**
 * Takes the sender's report of a validator back.
 *
 * Who: active validators. Cost: base fee and two written objects.
 * Fails with `NotAValidator`, and with `ReportRecordNotFound` when there is no such report.
 *
 * Source: authority/src/execution/validator.rs; types/src/transaction.rs, UndoReportValidator.
 * @throws INVALID_ADDRESS
 */
export const undoReportValidator = ({ reportee }: ReportValidatorParameters): KindOf<'UndoReportValidator'> => ({
  kind: 'UndoReportValidator',
  reportee: parseAddress(reportee),
});
