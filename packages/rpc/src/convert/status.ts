import type { MessageInitShape } from '@bufbuild/protobuf';
import type { ExecutionFailureStatus, ExecutionStatus, ObjectType, SomaTensor } from '@somakit/bcs';
import { type Address, isError, parseAddress } from '@somakit/core';
import {
  type ExecutionError,
  type ExecutionStatusSchema,
  ExecutionError_ExecutionErrorKind as Kind,
  type ExecutionStatus as StatusMessage,
} from '../gen/soma/rpc/execution_status_pb.js';
import { objectTypeFromProto } from './owner.js';
import { floats, invalidReply, need, objectId, onlyNumber } from './scalar.js';

type FailureKind = ExecutionFailureStatus['kind'];

/** The kinds whose name is the chain's own. The audit window keeps the name of the challenges that it came from. */
const KINDS: Readonly<Partial<Record<Kind, FailureKind>>> = {
  [Kind.INSUFFICIENT_GAS]: 'InsufficientGas',
  [Kind.INVALID_OWNERSHIP]: 'InvalidOwnership',
  [Kind.OBJECT_NOT_FOUND]: 'ObjectNotFound',
  [Kind.INVALID_OBJECT_TYPE]: 'InvalidObjectType',
  [Kind.INVALID_TRANSACTION_TYPE]: 'InvalidTransactionType',
  [Kind.INVALID_ARGUMENTS]: 'InvalidArguments',
  [Kind.DUPLICATE_VALIDATOR]: 'DuplicateValidator',
  [Kind.NOT_A_VALIDATOR]: 'NotAValidator',
  [Kind.VALIDATOR_ALREADY_REMOVED]: 'ValidatorAlreadyRemoved',
  [Kind.ADVANCED_TO_WRONG_EPOCH]: 'AdvancedToWrongEpoch',
  [Kind.MODEL_NOT_FOUND]: 'ModelNotFound',
  [Kind.NOT_MODEL_OWNER]: 'NotModelOwner',
  [Kind.MODEL_NOT_ACTIVE]: 'ModelNotActive',
  [Kind.INSUFFICIENT_COIN_BALANCE]: 'InsufficientCoinBalance',
  [Kind.COIN_BALANCE_OVERFLOW]: 'CoinBalanceOverflow',
  [Kind.VALIDATOR_NOT_FOUND]: 'ValidatorNotFound',
  [Kind.STAKING_POOL_NOT_FOUND]: 'StakingPoolNotFound',
  [Kind.CANNOT_REPORT_ONESELF]: 'CannotReportOneself',
  [Kind.REPORT_RECORD_NOT_FOUND]: 'ReportRecordNotFound',
  [Kind.INPUT_OBJECT_DELETED]: 'InputObjectDeleted',
  [Kind.CERTIFICATE_DENIED]: 'CertificateDenied',
  [Kind.SHARED_OBJECT_CONGESTION]: 'ExecutionCancelledDueToSharedObjectCongestion',
  [Kind.MODEL_NOT_PENDING]: 'ModelNotPending',
  [Kind.MODEL_ALREADY_INACTIVE]: 'ModelAlreadyInactive',
  [Kind.MODEL_REVEAL_EPOCH_MISMATCH]: 'ModelRevealEpochMismatch',
  [Kind.MODEL_EMBEDDING_COMMITMENT_MISMATCH]: 'ModelEmbeddingCommitmentMismatch',
  [Kind.MODEL_NO_PENDING_UPDATE]: 'ModelNoPendingUpdate',
  [Kind.MODEL_ARCHITECTURE_VERSION_MISMATCH]: 'ModelArchitectureVersionMismatch',
  [Kind.MODEL_COMMISSION_RATE_TOO_HIGH]: 'ModelCommissionRateTooHigh',
  [Kind.MODEL_MIN_STAKE_NOT_MET]: 'ModelMinStakeNotMet',
  [Kind.NO_ACTIVE_MODELS]: 'NoActiveModels',
  [Kind.TARGET_NOT_FOUND]: 'TargetNotFound',
  [Kind.TARGET_NOT_OPEN]: 'TargetNotOpen',
  [Kind.TARGET_EXPIRED]: 'TargetExpired',
  [Kind.TARGET_NOT_FILLED]: 'TargetNotFilled',
  [Kind.CHALLENGE_WINDOW_OPEN]: 'AuditWindowOpen',
  [Kind.TARGET_ALREADY_CLAIMED]: 'TargetAlreadyClaimed',
  [Kind.MODEL_NOT_IN_TARGET]: 'ModelNotInTarget',
  [Kind.EMBEDDING_DIMENSION_MISMATCH]: 'EmbeddingDimensionMismatch',
  [Kind.DISTANCE_EXCEEDS_THRESHOLD]: 'DistanceExceedsThreshold',
  [Kind.INSUFFICIENT_BOND]: 'InsufficientBond',
  [Kind.INSUFFICIENT_EMISSION_BALANCE]: 'InsufficientEmissionBalance',
  [Kind.CHALLENGE_WINDOW_CLOSED]: 'AuditWindowClosed',
  [Kind.DATA_EXCEEDS_MAX_SIZE]: 'DataExceedsMaxSize',
  [Kind.DUPLICATE_VALIDATOR_METADATA]: 'DuplicateValidatorMetadata',
  [Kind.MISSING_PROOF_OF_POSSESSION]: 'MissingProofOfPossession',
  [Kind.INVALID_PROOF_OF_POSSESSION]: 'InvalidProofOfPossession',
  [Kind.MODEL_DECRYPTION_KEY_COMMITMENT_MISMATCH]: 'ModelDecryptionKeyCommitmentMismatch',
};

const NUMBERS: Readonly<Record<FailureKind, Kind>> = /* @__PURE__ */ Object.fromEntries(
  /* @__PURE__ */ Object.entries(KINDS).map(([kind, name]) => [name, Number(kind)]),
) as Record<FailureKind, Kind>;

/** Failures that the wire's enum has no number for. */
const WITHOUT_NUMBER: ReadonlySet<string> = /* @__PURE__ */ new Set<FailureKind>([
  'ModelNotCreated',
  'ModelInvalidState',
  'ArithmeticOverflow',
]);

/** What the reference says of them instead. Source: types/src/effects/mod.rs, display texts. */
const TEXTS = {
  ArithmeticOverflow: 'Arithmetic overflow in execution',
  ModelInvalidState: 'Model in invalid state for this operation',
  ModelNotCreated: 'Model is not in created state',
} as const;

/** `required=10, provided=3`, and `required: 10, provided: 3` inside the description. */
const pairs = (text: string): ReadonlyMap<string, string> =>
  new Map([...text.matchAll(/(\w+)(?:=|: )(?:Some\()?([^\s,(){}]+)/g)].map(([, name, value]) => [name!, value!]));

/** The word in front of a debug text names the variant, for kinds that the wire's enum lacks. */
const named = (description: string): FailureKind | undefined => {
  const name = (/^\w+/.exec(description)?.[0] ?? '') as FailureKind;
  return name in NUMBERS || WITHOUT_NUMBER.has(name) ? name : undefined;
};

const tryAddress = (text: string | undefined): Address | undefined => {
  try {
    return text === undefined ? undefined : parseAddress(text);
  } catch (error) {
    if (!isError(error)) throw error;
    return undefined;
  }
};

const failure = (kind: FailureKind, message: ExecutionError): ExecutionFailureStatus => {
  const { errorDetails: detail, description = '' } = message;
  const other = detail.case === 'otherError' ? detail.value : '';
  const values = pairs(`${description}, ${other}`);
  const int = (name: string): bigint => {
    const text = need(values.get(name), name);
    if (!/^\d{1,20}$/.test(text)) throw invalidReply(name, 'a decimal number', text);
    return BigInt(text);
  };
  const float = (name: string) => {
    const value = Number(need(values.get(name), name));
    if (Number.isNaN(value)) throw invalidReply(name, 'a number', values.get(name));
    return floats([value]);
  };
  /** Checkpoint replies put the bare id into the text. */
  const object = () => objectId(detail.case === 'objectId' ? detail.value : other, 'objectId');
  const type = (name: string): ObjectType => objectTypeFromProto(values.get(name) ?? 'Unknown');
  switch (kind) {
    case 'InvalidOwnership': {
      const expectedOwner = need(tryAddress(values.get('expected_owner')), 'expectedOwner');
      return { kind, objectId: object(), expectedOwner, actualOwner: tryAddress(values.get('actual_owner')) };
    }
    case 'ObjectNotFound':
      return { kind, objectId: object() };
    case 'InvalidObjectType':
      return { kind, objectId: object(), expectedType: type('expected_type'), actualType: type('actual_type') };
    case 'InvalidArguments':
    case 'InvalidProofOfPossession':
      return { kind, reason: other };
    case 'DuplicateValidatorMetadata':
      return { kind, field: other };
    case 'TargetExpired':
      return { kind, generationEpoch: int('generation_epoch'), currentEpoch: int('current_epoch') };
    case 'AuditWindowOpen':
    case 'AuditWindowClosed':
      return { kind, fillEpoch: int('fill_epoch'), currentEpoch: int('current_epoch') };
    case 'ModelNotInTarget':
      return {
        kind,
        modelId: objectId(values.get('model_id'), 'modelId'),
        targetId: objectId(values.get('target_id'), 'targetId'),
      };
    case 'EmbeddingDimensionMismatch':
      return { kind, expected: int('expected'), actual: int('actual') };
    case 'DistanceExceedsThreshold':
      return { kind, score: float('score'), threshold: float('threshold') };
    case 'InsufficientBond':
      return { kind, required: int('required'), provided: int('provided') };
    case 'DataExceedsMaxSize':
      return { kind, size: int('size'), maxSize: int('max_size') };
    case 'SomaError':
      return { kind, error: { kind: 'Unknown', message: other } };
    default:
      return { kind } as ExecutionFailureStatus;
  }
};

/** Never throws: what cannot be read becomes the chain's own `SomaError: Unknown` with the server's text. */
const failureFromProto = (message: ExecutionError): ExecutionFailureStatus => {
  const { description = '', errorDetails: detail } = message;
  const other = detail.case === 'otherError' ? detail.value : '';
  const kind = KINDS[message.kind ?? Kind.EXECUTION_ERROR_KIND_UNKNOWN] ?? named(description);
  try {
    if (kind !== undefined) return failure(kind, message);
  } catch (error) {
    if (!isError(error)) throw error;
  }
  const known = Object.entries(TEXTS).find(([, text]) => text === other)?.[0];
  if (known !== undefined) return { kind: known } as ExecutionFailureStatus;
  const text =
    other !== '' ? other : description !== '' ? description : `execution error ${message.kind ?? 'without a kind'}`;
  return { kind: 'SomaError', error: { kind: 'Unknown', message: text } };
};

/** @throws RPC_INVALID_REPLY for a success with an error, or a failure without one. */
export const statusFromProto = ({ success, error }: StatusMessage): ExecutionStatus => {
  if (need(success, 'success') !== (error === undefined)) {
    throw invalidReply('error', success === true ? 'no error beside a success' : 'an error beside a failure', error);
  }
  return error === undefined ? { kind: 'Success' } : { kind: 'Failure', error: failureFromProto(error) };
};

type ErrorInit = NonNullable<MessageInitShape<typeof ExecutionStatusSchema>['error']>;

/** How the reference prints a float: the shortest text that gives the same 32 bits. */
export const floatText = (value: number): string => {
  const single = Math.fround(value);
  for (let digits = 1; digits <= 9; digits++) {
    const text = single.toPrecision(digits);
    if (Math.fround(Number(text)) === single) return String(Number(text));
  }
  return String(single);
};

const detailOf = (error: ExecutionFailureStatus): { objectId: string } | { otherError: string } | undefined => {
  switch (error.kind) {
    case 'InvalidOwnership':
    case 'ObjectNotFound':
    case 'InvalidObjectType':
      return { objectId: error.objectId };
    case 'InvalidArguments':
    case 'InvalidProofOfPossession':
      return { otherError: error.reason };
    case 'DuplicateValidatorMetadata':
      return { otherError: error.field };
    case 'TargetExpired':
      return { otherError: `generation_epoch=${error.generationEpoch}, current_epoch=${error.currentEpoch}` };
    case 'AuditWindowOpen':
    case 'AuditWindowClosed':
      return { otherError: `fill_epoch=${error.fillEpoch}, current_epoch=${error.currentEpoch}` };
    case 'ModelNotInTarget':
      return { otherError: `model_id=${error.modelId}, target_id=${error.targetId}` };
    case 'EmbeddingDimensionMismatch':
      return { otherError: `expected=${error.expected}, actual=${error.actual}` };
    case 'DistanceExceedsThreshold':
      return {
        otherError: `score=${floatText(onlyNumber(error.score))}, threshold=${floatText(onlyNumber(error.threshold))}`,
      };
    case 'InsufficientBond':
      return { otherError: `required=${error.required}, provided=${error.provided}` };
    case 'DataExceedsMaxSize':
      return { otherError: `size=${error.size}, max_size=${error.maxSize}` };
    case 'ArithmeticOverflow':
    case 'ModelInvalidState':
    case 'ModelNotCreated':
      return { otherError: TEXTS[error.kind] };
    case 'SomaError':
      return { otherError: error.error.kind === 'Unknown' ? error.error.message : error.error.kind };
    default:
      return undefined;
  }
};

/** The debug text of a tensor: no more than its first three bytes. */
const tensorText = ({ data, shape }: SomaTensor): string => {
  const bytes = new Uint8Array(data.length * 4);
  const view = new DataView(bytes.buffer);
  for (const [index, value] of data.entries()) view.setFloat32(index * 4, value, true);
  const shown = [...bytes.subarray(0, 3), ...(bytes.length > 3 ? ['"..."'] : [])].join(', ');
  return `SomaTensor(TensorData { bytes: Bytes { data: [${shown}], len: ${bytes.length} }, shape: [${shape.join(', ')}], dtype: F32 })`;
};

/** The debug text of a failure as the reference prints it, where its fields have a plain form. */
const describe = (error: ExecutionFailureStatus): string => {
  const detail = detailOf(error);
  if (error.kind === 'InvalidOwnership') {
    const actual = error.actualOwner === undefined ? 'None' : `Some(${error.actualOwner.slice(2)})`;
    return `InvalidOwnership { object_id: ${error.objectId}, expected_owner: ${error.expectedOwner.slice(2)}, actual_owner: ${actual} }`;
  }
  if (error.kind === 'InvalidObjectType') {
    const { expectedType, actualType } = error;
    return `InvalidObjectType { object_id: ${error.objectId}, expected_type: ${expectedType.kind}, actual_type: ${actualType.kind} }`;
  }
  if (error.kind === 'DistanceExceedsThreshold') {
    return `${error.kind} { score: ${tensorText(error.score)}, threshold: ${tensorText(error.threshold)} }`;
  }
  if (detail === undefined || error.kind in TEXTS) return error.kind;
  if ('objectId' in detail) return `${error.kind} { object_id: ${detail.objectId} }`;
  const text = detail.otherError;
  if (error.kind === 'SomaError') return `SomaError(${text})`;
  if (error.kind === 'DuplicateValidatorMetadata') return `${error.kind} { field: ${JSON.stringify(text)} }`;
  if ('reason' in error) return `${error.kind} { reason: ${JSON.stringify(text)} }`;
  return `${error.kind} { ${text.replace(/=/g, ': ')} }`;
};

const errorToProto = (error: ExecutionFailureStatus, spelling: 'prefixed' | 'bare'): ErrorInit => {
  const detail = detailOf(error);
  const base = { description: describe(error), kind: NUMBERS[error.kind] ?? Kind.OTHER_ERROR };
  if (detail === undefined) return base;
  if ('otherError' in detail) return { ...base, errorDetails: { case: 'otherError', value: detail.otherError } };
  // Checkpoints have the bare digits, and in the other field.
  return spelling === 'prefixed'
    ? { ...base, errorDetails: { case: 'objectId', value: detail.objectId } }
    : { ...base, errorDetails: { case: 'otherError', value: detail.objectId.slice(2) } };
};

export const statusToProto = (
  status: ExecutionStatus,
  spelling: 'prefixed' | 'bare',
): MessageInitShape<typeof ExecutionStatusSchema> =>
  status.kind === 'Success' ? { success: true } : { success: false, error: errorToProto(status.error, spelling) };
