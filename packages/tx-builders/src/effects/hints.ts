import type { ExecutionFailureStatus, SomaError } from '@somakit/bcs';
import { formatSoma } from '@somakit/core';

type Failure = ExecutionFailureStatus;
type Explain<K extends Failure['kind']> = (
  failure: Extract<Failure, { readonly kind: K }>,
) => readonly [what: string, hint: string | undefined];
type Explanations = { readonly [K in Failure['kind']]: Explain<K> };

const soma = (shannons: bigint): string => `${formatSoma(shannons)} SOMA`;
const scalar = (tensor: { readonly data: Float32Array }): string => String(tensor.data[0] ?? 'nothing');

/** What each failure means, in words, and what to do about it. Source: types/src/effects/mod.rs, ExecutionFailureStatus. */
const EXPLANATIONS: Explanations = {
  InsufficientGas: () => [
    'the gas coin does not hold the fee',
    'Choose a richer gas coin, or several: chooseCoins does.',
  ],
  InvalidOwnership: ({ objectId, expectedOwner, actualOwner }) => [
    `the object ${objectId} belongs to ${actualOwner ?? 'no account'}, not to ${expectedOwner}`,
    'Use objects of the sender only.',
  ],
  ObjectNotFound: ({ objectId }) => [
    `there is no object ${objectId}`,
    'Read the object again; it may be spent or deleted.',
  ],
  InvalidObjectType: ({ objectId, expectedType, actualType }) => [
    `the object ${objectId} is a ${actualType.kind}, not a ${expectedType.kind}`,
    `Give a ${expectedType.kind}.`,
  ],
  InvalidTransactionType: () => ['this kind of transaction cannot be executed here', undefined],
  InvalidArguments: ({ reason }) => [reason, undefined],
  DuplicateValidator: () => ['the sender is a validator already', undefined],
  DuplicateValidatorMetadata: ({ field }) => [
    `another validator, or the validator itself, already uses the same ${field}`,
    'Use another key or address.',
  ],
  MissingProofOfPossession: () => [
    'a new protocol key came without a proof of possession',
    'Make one with createProofOfPossession of @somakit/crypto/bls and send both together.',
  ],
  InvalidProofOfPossession: ({ reason }) => [
    `the proof of possession does not hold: ${reason}`,
    'It must be made with the same BLS key over the address of the sender.',
  ],
  NotAValidator: () => ['sender or subject is not an active validator', 'Only active validators can do this.'],
  ValidatorAlreadyRemoved: () => ['the validator is leaving already', 'It leaves at the next epoch change.'],
  AdvancedToWrongEpoch: () => ['the epoch change names the wrong epoch', undefined],
  ModelNotFound: () => ['there is no such model', 'Check the model id.'],
  NotModelOwner: () => ['the sender does not own the model', "Sign with the owner's key."],
  ModelNotActive: () => ['the model is not active', 'It must be revealed first, and not be deactivated or slashed.'],
  ModelNotPending: () => ['the model is not pending', 'Commit it first.'],
  ModelNotCreated: () => ['the model is not freshly created', undefined],
  ModelInvalidState: () => [
    'the model is in a state that does not allow this',
    'A pending model must be revealed before it can be committed again; an inactive one is out of service for good.',
  ],
  ModelAlreadyInactive: () => ['the model is inactive', 'Stake with an active model.'],
  ModelRevealEpochMismatch: () => [
    'a model can be revealed only in the epoch right after its commit',
    'Wait for the next epoch; if it has passed, commit again.',
  ],
  ModelEmbeddingCommitmentMismatch: () => [
    'the embedding is not the one that was committed to',
    'Every bit counts: keep the embedding as binary32, not as decimals.',
  ],
  ModelDecryptionKeyCommitmentMismatch: () => [
    'the key is not the one that was committed to',
    'Reveal with the key of that commit.',
  ],
  ModelNoPendingUpdate: () => ['the model has no update to reveal', 'Commit one first; a missed reveal drops it.'],
  ModelArchitectureVersionMismatch: () => [
    'the network expects another model architecture',
    'Read modelArchitectureVersion of the network again.',
  ],
  ModelCommissionRateTooHigh: () => ['the commission is over 100 %', 'Give at most 10000 basis points.'],
  ModelMinStakeNotMet: () => ["the stake is below the network's minimum", 'Stake at least modelMinStake.'],
  NoActiveModels: () => ['the network has no active model', 'Try again when a model was revealed.'],
  TargetNotFound: () => ['there is no such target', 'It may be claimed already: a claim deletes it.'],
  TargetNotOpen: () => ['someone else filled the target first', 'Submit to another target.'],
  TargetExpired: ({ generationEpoch, currentEpoch }) => [
    `the target was open in epoch ${generationEpoch} only, and it is epoch ${currentEpoch}`,
    'Submit to a target of the current epoch.',
  ],
  TargetNotFilled: () => [
    'nobody filled the target',
    'An unfilled target can be claimed from the epoch after its own.',
  ],
  AuditWindowOpen: ({ fillEpoch, currentEpoch }) => [
    `the submission of epoch ${fillEpoch} can still be reported in epoch ${currentEpoch}`,
    `Claim in epoch ${fillEpoch + 2n} or later.`,
  ],
  TargetAlreadyClaimed: () => ['the target was claimed before', undefined],
  ModelNotInTarget: ({ modelId, targetId }) => [
    `the model ${modelId} is not one of those of the target ${targetId}`,
    "Score with the target's own models and submit the winner.",
  ],
  EmbeddingDimensionMismatch: ({ expected, actual }) => [
    `the embedding has ${actual} numbers, and the target ${expected}`,
    'Score with the model configuration of this network.',
  ],
  DistanceExceedsThreshold: ({ score, threshold }) => [
    `the distance ${scalar(score)} is over the target's threshold ${scalar(threshold)}`,
    'Only closer data hits this target.',
  ],
  InsufficientBond: ({ required, provided }) => [
    `the bond coin holds ${soma(provided)}, and the bond is ${soma(required)}`,
    'Choose a richer bond coin: chooseCoins does.',
  ],
  DataExceedsMaxSize: ({ size, maxSize }) => [
    `the data has ${size} bytes, and ${maxSize} are allowed`,
    'Submit less data.',
  ],
  InsufficientEmissionBalance: () => ['the emission pool is empty', undefined],
  AuditWindowClosed: ({ fillEpoch, currentEpoch }) => [
    `submissions of epoch ${fillEpoch} can be reported in epoch ${fillEpoch + 1n} only, and it is epoch ${currentEpoch}`,
    currentEpoch <= fillEpoch ? `Report in epoch ${fillEpoch + 1n}.` : undefined,
  ],
  InsufficientCoinBalance: () => [
    'the coin does not hold the amount and the fees',
    'Send less, or choose a richer coin or several: chooseCoins does.',
  ],
  CoinBalanceOverflow: () => ['a coin would hold more than 2^64 - 1 shannons', undefined],
  ArithmeticOverflow: () => ['a sum is over 2^64 - 1', 'Use smaller amounts.'],
  ValidatorNotFound: () => ['there is no validator with this address', 'Stake with an active or pending validator.'],
  StakingPoolNotFound: () => ['the staking pool of the position is gone', undefined],
  CannotReportOneself: () => ['a validator cannot report itself', undefined],
  ReportRecordNotFound: () => ['there is no such report to take back', undefined],
  InputObjectDeleted: () => [
    'an object was deleted by another transaction of this epoch',
    'For a claim: someone else claimed the target first.',
  ],
  CertificateDenied: () => ['the validators refuse this transaction', undefined],
  ExecutionCancelledDueToSharedObjectCongestion: () => [
    'too many transactions wanted the same object',
    'Send it again later.',
  ],
  SomaError: ({ error }) => [explainSomaError(error), undefined],
};

/** The text inside a node's error, or its name and fields. */
const explainSomaError = (error: SomaError): string => {
  const fields = error as unknown as Readonly<Record<string, unknown>>;
  if (typeof fields.error === 'string') return fields.error;
  if (typeof fields.message === 'string') return fields.message;
  const rest = Object.entries(fields).filter(
    ([key, value]) => key !== 'kind' && (typeof value !== 'object' || value === null),
  );
  const shown = rest.map(([key, value]) => `${key} ${String(value)}`).join(', ');
  return shown === '' ? error.kind : `${error.kind} (${shown})`;
};

/** A failure of execution in words. Failures of a later version than this package come back by their name. */
export const explainFailure = (
  failure: ExecutionFailureStatus,
): { readonly what: string; readonly hint: string | undefined } => {
  const explain = EXPLANATIONS[failure.kind] as Explain<Failure['kind']> | undefined;
  if (explain === undefined) return { what: String(failure.kind), hint: undefined };
  const [what, hint] = explain(failure as never);
  return { what, hint };
};
