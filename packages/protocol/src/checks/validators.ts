import type { ExecutionFailureStatus, ValidatorMetadata } from '@somakit/bcs';
import { equalBytes } from '@somakit/core';
import { MAX_COMMISSION_BPS } from '../parameters/constants.js';

type Failure = ExecutionFailureStatus | undefined;

/** AddStake, apart from the coin. `found`: the address is an active or pending validator. Source: system_state/mod.rs. */
export const checkStakeToValidator = (found: boolean, amount: bigint): Failure => {
  if (!found) return { kind: 'ValidatorNotFound' };
  return amount === 0n ? { kind: 'InvalidArguments', reason: 'Stake amount cannot be 0!' } : undefined;
};

/** RemoveValidator. Source: types/src/system_state/validator.rs `request_remove_validator`. */
export const checkRemoveValidator = (byValidator: boolean, alreadyQueued: boolean): Failure => {
  if (!byValidator) return { kind: 'NotAValidator' };
  return alreadyQueued ? { kind: 'ValidatorAlreadyRemoved' } : undefined;
};

/** ReportValidator. Source: types/src/system_state/mod.rs `report_validator`. */
export const checkReportValidator = (of: {
  readonly byValidator: boolean;
  readonly ofValidator: boolean;
  readonly self: boolean;
}): Failure => {
  if (!of.byValidator || !of.ofValidator) return { kind: 'NotAValidator' };
  return of.self ? { kind: 'CannotReportOneself' } : undefined;
};

/** UndoReportValidator. `reported`: the signer has reported the validator. */
export const checkUndoReportValidator = (byValidator: boolean, reported: boolean): Failure => {
  if (!byValidator) return { kind: 'NotAValidator' };
  return reported ? undefined : { kind: 'ReportRecordNotFound' };
};

/** SetCommissionRate of a validator. Source: types/src/system_state/mod.rs `request_set_commission_rate`. */
export const checkValidatorCommission = (byValidator: boolean, newRate: bigint): Failure => {
  if (!byValidator) return { kind: 'NotAValidator' };
  return newRate > MAX_COMMISSION_BPS
    ? { kind: 'SomaError', error: { kind: 'GenericAuthorityError', error: 'Commission rate too high' } }
    : undefined;
};

type Keyed = Pick<
  ValidatorMetadata,
  'protocolPubkey' | 'networkPubkey' | 'workerPubkey' | 'netAddress' | 'p2pAddress' | 'primaryAddress'
>;

/**
 * The field in which two validators would be the same, by the chain's name, or undefined. The proxy address does not
 * count. Compare what holds now and what is staged, both ways, as the caller's rule asks.
 *
 * Source: types/src/system_state/validator.rs `check_metadata_fields_duplicate`.
 */
export const duplicateMetadataField = (a: Keyed, b: Keyed): string | undefined => {
  if (equalBytes(a.protocolPubkey, b.protocolPubkey)) return 'protocol_pubkey';
  if (equalBytes(a.networkPubkey, b.networkPubkey)) return 'network_pubkey';
  if (equalBytes(a.workerPubkey, b.workerPubkey)) return 'worker_pubkey';
  if (equalBytes(a.networkPubkey, b.workerPubkey)) return 'network_pubkey/worker_pubkey';
  if (equalBytes(a.workerPubkey, b.networkPubkey)) return 'worker_pubkey/network_pubkey';
  if (a.netAddress === b.netAddress) return 'net_address';
  if (a.p2pAddress === b.p2pAddress) return 'p2p_address';
  return a.primaryAddress === b.primaryAddress ? 'primary_address' : undefined;
};
