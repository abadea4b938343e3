import { tensor } from '@somakit/bcs';
import { invalidArgument, parseObjectId } from '@somakit/core';
import { normaliseUrl } from '@somakit/protocol/checks';
import { checkEmbedding, checkFloats, checkObjectRef, type ObjectRefInput, oneOf } from '../internal/check.js';
import type { KindOf } from './kind.js';
import { contentOf } from './models.js';

/** What {@link submitData} takes. Give `data`, or its `checksum` and `size`. */
export interface SubmitDataParameters {
  readonly targetId: string | Uint8Array;
  /** The submitted bytes, at most 1 MiB. Only their hash and number go onto the chain. */
  readonly data?: Uint8Array | undefined;
  /** BLAKE2b-256 of the data. */
  readonly checksum?: string | Uint8Array | undefined;
  /** Bytes of the data. */
  readonly size?: number | bigint | undefined;
  /** Where everyone can download the data, through the end of the next epoch. Normalised as browsers do. */
  readonly dataUrl: string;
  /** The winning model: one of the target's. */
  readonly modelId: string | Uint8Array;
  /** What the winning model made of the data; as long as the target's embedding. */
  readonly embedding: Float32Array | readonly number[];
  /** The distance from the target; the chain takes the sender's word for it, validators check it later. */
  readonly distanceScore: number;
  /** The losses of the winning model. */
  readonly lossScore: Float32Array | readonly number[];
  /** The coin that the bond is taken from; may be the first gas coin too. */
  readonly bondCoin: ObjectRefInput;
}

/**
 * Submits data that hits a target. The first valid submission wins.
 *
 * On chain: the target is filled, a bond of size x `submissionBondPerByte` leaves the bond coin until the claim two
 * epochs later, and a new target usually follows. A wrong score or data that cannot be downloaded costs the bond.
 * Who: anyone, while the target is open, in its generation epoch. Cost: base fee and three to five written objects; no
 * value fee.
 * Fails, in this order, with `TargetNotFound`, `TargetNotOpen`, `TargetExpired`, `ModelNotInTarget`,
 * `EmbeddingDimensionMismatch`, `DistanceExceedsThreshold`, `DataExceedsMaxSize`, `InsufficientBond`, `ModelNotActive`.
 *
 * Source: authority/src/execution/submission.rs; types/src/transaction.rs, SubmitData.
 * @throws INVALID_OBJECT_ID INVALID_DIGEST INVALID_ARGUMENT
 */
export const submitData = (parameters: SubmitDataParameters): KindOf<'SubmitData'> => {
  const { data, checksum, size, distanceScore } = parameters;
  oneOf('data', 'checksum and size', data !== undefined, checksum !== undefined || size !== undefined);
  if (typeof distanceScore !== 'number') throw invalidArgument('distanceScore', 'a number', distanceScore);
  return {
    kind: 'SubmitData',
    targetId: parseObjectId(parameters.targetId),
    dataManifest: { url: normaliseUrl(parameters.dataUrl, 'dataUrl'), ...contentOf('data', data, checksum, size) },
    modelId: parseObjectId(parameters.modelId),
    embedding: tensor(checkEmbedding('embedding', parameters.embedding)),
    distanceScore: tensor(checkFloats('distanceScore', [distanceScore])),
    lossScore: tensor(checkFloats('lossScore', parameters.lossScore)),
    bondCoin: checkObjectRef('bondCoin', parameters.bondCoin),
  };
};

/** What the kinds take that name a target and nothing else. */
export interface TargetParameters {
  readonly targetId: string | Uint8Array;
}

/**
 * Pays out a filled target after its audit epoch, or clears an expired one.
 *
 * On chain: submitter and model owner get 49.75 % each, the sender 0.5 %, the submitter also the bond, all as new
 * coins whoever sends this; an expired open target pays the sender 0.5 % and returns the rest. The target is deleted.
 * Who: anyone; from fill epoch + 2, or from generation epoch + 1 for an expired one. Cost: base fee, the created coins
 * and two more written objects, half the value fee on the reward.
 * Fails with `AuditWindowOpen`, `TargetNotFilled`, and `InputObjectDeleted` when someone else claimed in this epoch.
 *
 * Source: authority/src/execution/submission.rs; types/src/transaction.rs, ClaimRewards.
 * @throws INVALID_OBJECT_ID
 */
export const claimRewards = ({ targetId }: TargetParameters): KindOf<'ClaimRewards'> => ({
  kind: 'ClaimRewards',
  targetId: parseObjectId(targetId),
});

/**
 * Reports a submission as false. Reports by two thirds of the voting power take its bond and its reward.
 *
 * Who: active validators, in exactly the epoch after the fill. Cost: base fee and two written objects.
 * Fails with `TargetNotFound`, `NotAValidator`, `TargetNotFilled`, `AuditWindowClosed`.
 *
 * Source: authority/src/execution/submission.rs; types/src/transaction.rs, ReportSubmission.
 * @throws INVALID_OBJECT_ID
 */
export const reportSubmission = ({ targetId }: TargetParameters): KindOf<'ReportSubmission'> => ({
  kind: 'ReportSubmission',
  targetId: parseObjectId(targetId),
});

/**
 * Takes the sender's report of a submission back.
 *
 * Who: active validators, in exactly the epoch after the fill. Cost: base fee and two written objects.
 * Fails as {@link reportSubmission}, and with `ReportRecordNotFound` when there is no such report.
 *
 * Source: authority/src/execution/submission.rs; types/src/transaction.rs, UndoReportSubmission.
 * @throws INVALID_OBJECT_ID
 */
export const undoReportSubmission = ({ targetId }: TargetParameters): KindOf<'UndoReportSubmission'> => ({
  kind: 'UndoReportSubmission',
  targetId: parseObjectId(targetId),
});
