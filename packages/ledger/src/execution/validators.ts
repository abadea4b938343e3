import { ed25519 } from '@noble/curves/ed25519.js';
import type { SystemState, TransactionKind, Validator, ValidatorMetadata } from '@somakit/bcs';
import { string } from '@somakit/bcs/codec';
import { type Address, isError } from '@somakit/core';
import { checkBlsPublicKey, verifyProofOfPossession } from '@somakit/crypto/bls';
import { NEW_VALIDATOR_COMMISSION_BPS } from '@somakit/protocol';
import {
  checkRemoveValidator,
  checkReportValidator,
  checkUndoReportValidator,
  checkValidatorCommission,
  duplicateMetadataField,
} from '@somakit/protocol/checks';
import { fail, failIf } from '../errors.js';
import { type Execution, nextId, readState, writeState } from './context.js';
import { emptyPool, withItem, withoutItem } from './models.js';
import { multiaddrProblem } from './multiaddr.js';
import { activeIndex, replaceAt, withEntry } from './staking.js';

type Kind<K extends TransactionKind['kind']> = Extract<TransactionKind, { kind: K }>;

const invalid = (reason: string): never => fail({ kind: 'InvalidArguments', reason });
const badKey = 'Invalid value was given to the function';
const sameBytes = (a: Uint8Array, b: Uint8Array): boolean =>
  a.length === b.length && a.every((byte, i) => byte === b[i]);

const blsKey = (bytes: Uint8Array, what: string): Uint8Array => {
  try {
    return checkBlsPublicKey(bytes);
  } catch (error) {
    if (!isError(error)) throw error;
    return invalid(`Invalid ${what}: ${badKey}`);
  }
};

const ed25519Key = (bytes: Uint8Array, what: string): Uint8Array =>
  bytes.length === 32 && ed25519.utils.isValidPublicKey(bytes, true) ? bytes : invalid(`Invalid ${what}: ${badKey}`);

const proofOf = (bytes: Uint8Array, publicKey: Uint8Array, address: Address): Uint8Array => {
  let valid = false;
  try {
    valid = verifyProofOfPossession({ publicKey, address, proof: bytes });
  } catch (error) {
    if (!isError(error)) throw error;
    // Bytes that are no signature at all.
    fail({ kind: 'InvalidProofOfPossession', reason: `Invalid PoP signature bytes: ${badKey}` });
  }
  if (valid) return bytes;
  return fail({
    kind: 'InvalidProofOfPossession',
    reason: 'PoP verification failed: Invalid signature was given to the function',
  });
};

const addressOf = (bytes: Uint8Array, field: string, multiaddrField = field): string => {
  let text: string;
  try {
    text = string.decode(bytes);
  } catch (error) {
    if (!isError(error)) throw error;
    return invalid(`Failed to BCS deserialize ${field} string`);
  }
  const problem = multiaddrProblem(text);
  return problem === undefined ? text : invalid(`Invalid ${multiaddrField} multiaddr format: ${problem}`);
};

/** The metadata as the next epoch will have it. Source: validator.rs `effective_next_epoch_metadata`. */
export const effectiveMetadata = (metadata: ValidatorMetadata): ValidatorMetadata => ({
  somaAddress: metadata.somaAddress,
  protocolPubkey: metadata.nextEpochProtocolPubkey ?? metadata.protocolPubkey,
  networkPubkey: metadata.nextEpochNetworkPubkey ?? metadata.networkPubkey,
  workerPubkey: metadata.nextEpochWorkerPubkey ?? metadata.workerPubkey,
  netAddress: metadata.nextEpochNetAddress ?? metadata.netAddress,
  p2pAddress: metadata.nextEpochP2pAddress ?? metadata.p2pAddress,
  primaryAddress: metadata.nextEpochPrimaryAddress ?? metadata.primaryAddress,
  proxyAddress: metadata.nextEpochProxyAddress ?? metadata.proxyAddress,
  proofOfPossession: metadata.nextEpochProofOfPossession ?? metadata.proofOfPossession,
});

/** As {@link duplicateMetadataField}, for the current and the staged data of both. Source: validator.rs `is_duplicate`. */
const duplicateField = (a: ValidatorMetadata, b: ValidatorMetadata): string | undefined => {
  const nextA = effectiveMetadata(a);
  const nextB = effectiveMetadata(b);
  return (
    duplicateMetadataField(a, b) ??
    duplicateMetadataField(a, nextB) ??
    duplicateMetadataField(nextA, b) ??
    duplicateMetadataField(nextA, nextB)
  );
};

const refuseDuplicates = (metadata: ValidatorMetadata, others: readonly Validator[]): void => {
  for (const other of others) {
    const field = duplicateField(metadata, other.metadata);
    if (field !== undefined) fail({ kind: 'DuplicateValidatorMetadata', field });
  }
};

/** Source: types/src/system_state/mod.rs and validator.rs `request_add_validator`. */
export const addValidator = (execution: Execution, kind: Kind<'AddValidator'>): void => {
  const state = readState(execution);
  const poolId = nextId(execution);
  const protocolPubkey = blsKey(kind.pubkeyBytes, 'protocol public key');
  const metadata: ValidatorMetadata = {
    somaAddress: execution.sender,
    protocolPubkey,
    networkPubkey: ed25519Key(kind.networkPubkeyBytes, 'network public key'),
    workerPubkey: ed25519Key(kind.workerPubkeyBytes, 'worker public key'),
    proofOfPossession: proofOf(kind.proofOfPossession, protocolPubkey, execution.sender),
    netAddress: addressOf(kind.netAddress, 'network address'),
    p2pAddress: addressOf(kind.p2pAddress, 'p2p address'),
    primaryAddress: addressOf(kind.primaryAddress, 'primary address'),
    proxyAddress: addressOf(kind.proxyAddress, 'proxy address'),
  };
  const { validators, pendingValidators } = state;
  const known = [...validators, ...pendingValidators];
  if (known.some((each) => each.metadata.somaAddress === execution.sender)) fail({ kind: 'DuplicateValidator' });
  refuseDuplicates(metadata, known);
  const validator: Validator = {
    metadata,
    votingPower: 0n,
    stakingPool: emptyPool(poolId),
    commissionRate: NEW_VALIDATOR_COMMISSION_BPS,
    nextEpochStake: 0n,
    nextEpochCommissionRate: NEW_VALIDATOR_COMMISSION_BPS,
  };
  writeState(execution, {
    ...state,
    pendingValidators: [...pendingValidators, validator],
    stakingPoolMappings: withEntry(state.stakingPoolMappings, poolId, execution.sender),
  });
};

const requireActive = (state: SystemState, address: Address): number => {
  const index = activeIndex(state, address);
  return index < 0 ? fail({ kind: 'NotAValidator' }) : index;
};

/** Source: validator.rs `request_remove_validator`. The key in the transaction is not read. */
export const removeValidator = (execution: Execution): void => {
  const state = readState(execution);
  const index = BigInt(activeIndex(state, execution.sender));
  failIf(checkRemoveValidator(index >= 0n, state.pendingRemovals.includes(index)));
  writeState(execution, { ...state, pendingRemovals: [...state.pendingRemovals, index] });
};

/** Source: types/src/system_state/mod.rs `report_validator`. */
export const reportValidator = (execution: Execution, { reportee }: Kind<'ReportValidator'>): void => {
  const state = readState(execution);
  const { sender } = execution;
  failIf(
    checkReportValidator({
      byValidator: activeIndex(state, sender) >= 0,
      ofValidator: activeIndex(state, reportee) >= 0,
      self: reportee === sender,
    }),
  );
  const records = state.validatorReportRecords;
  const validatorReportRecords = withEntry(records, reportee, withItem(records.get(reportee) ?? [], execution.sender));
  writeState(execution, { ...state, validatorReportRecords });
};

/** Source: types/src/system_state/mod.rs `undo_report_validator`. */
export const undoReportValidator = (execution: Execution, { reportee }: Kind<'UndoReportValidator'>): void => {
  const state = readState(execution);
  const left = withoutItem(state.validatorReportRecords, reportee, execution.sender);
  failIf(checkUndoReportValidator(activeIndex(state, execution.sender) >= 0, left !== undefined));
  const validatorReportRecords = left ?? state.validatorReportRecords;
  writeState(execution, { ...state, validatorReportRecords });
};

const setValidator = (execution: Execution, state: SystemState, index: number, validator: Validator): void =>
  writeState(execution, { ...state, validators: replaceAt(state.validators, index, validator) });

/** Source: types/src/system_state/mod.rs `request_set_commission_rate`. */
export const setCommissionRate = (execution: Execution, { newRate }: Kind<'SetCommissionRate'>): void => {
  const state = readState(execution);
  const index = activeIndex(state, execution.sender);
  failIf(checkValidatorCommission(index >= 0, newRate));
  setValidator(execution, state, index, { ...state.validators[index]!, nextEpochCommissionRate: newRate });
};

/** Source: validator.rs `stage_next_epoch_metadata`; the next proxy address is not read. */
export const updateValidatorMetadata = (execution: Execution, kind: Kind<'UpdateValidatorMetadata'>): void => {
  const state = readState(execution);
  const index = requireActive(state, execution.sender);
  const validator = state.validators[index]!;
  const staged: { -readonly [K in keyof ValidatorMetadata]: ValidatorMetadata[K] } = { ...validator.metadata };
  if (kind.nextEpochNetworkAddress !== undefined) {
    staged.nextEpochNetAddress = addressOf(kind.nextEpochNetworkAddress, 'network address', 'network');
  }
  if (kind.nextEpochP2pAddress !== undefined) {
    staged.nextEpochP2pAddress = addressOf(kind.nextEpochP2pAddress, 'p2p address', 'p2p');
  }
  if (kind.nextEpochPrimaryAddress !== undefined) {
    staged.nextEpochPrimaryAddress = addressOf(kind.nextEpochPrimaryAddress, 'primary address', 'primary');
  }
  if (kind.nextEpochProtocolPubkey !== undefined) {
    const key = blsKey(kind.nextEpochProtocolPubkey, 'protocol public key format');
    const proof = kind.nextEpochProofOfPossession ?? fail({ kind: 'MissingProofOfPossession' });
    staged.nextEpochProofOfPossession = proofOf(proof, key, execution.sender);
    staged.nextEpochProtocolPubkey = key;
  }
  if (kind.nextEpochWorkerPubkey !== undefined) {
    staged.nextEpochWorkerPubkey = ed25519Key(kind.nextEpochWorkerPubkey, 'worker public key format');
  }
  if (kind.nextEpochNetworkPubkey !== undefined) {
    staged.nextEpochNetworkPubkey = ed25519Key(kind.nextEpochNetworkPubkey, 'network public key format');
  }
  const next = effectiveMetadata(staged);
  if (sameBytes(next.networkPubkey, next.workerPubkey)) {
    fail({ kind: 'DuplicateValidatorMetadata', field: 'network_pubkey == worker_pubkey (self)' });
  }
  const others = state.validators.filter((_, place) => place !== index);
  refuseDuplicates(staged, others);
  setValidator(execution, state, index, { ...validator, metadata: staged });
};
