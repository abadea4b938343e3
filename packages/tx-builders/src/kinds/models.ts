import { SomaTensor, tensor } from '@somakit/bcs';
import {
  checkShannons,
  checkU64,
  type Digest,
  digestBytes,
  invalidArgument,
  parseDigest,
  parseObjectId,
} from '@somakit/core';
import { commitment } from '@somakit/crypto';
import { normaliseUrl } from '@somakit/protocol/checks';
import { checkBytes, checkCount, checkEmbedding, oneOf } from '../internal/check.js';
import type { KindOf } from './kind.js';

/** What {@link createModel} takes. */
export interface CreateModelParameters {
  /** The model's commission in basis points, at most 10000. */
  readonly commissionRate: number | bigint;
  /** Shannons to stake from the gas coin; at least the chain's `modelMinStake`. */
  readonly stakeAmount: bigint;
  /** The chain's `modelArchitectureVersion`: 1 in protocol versions 1 to 5. */
  readonly architectureVersion: bigint;
}

/**
 * Registers a model and stakes for it.
 *
 * On chain: the stake leaves the **gas** coin; the model's id is `createdObjectId(digest, 0n)`. It must be committed no
 * later than in the next epoch, or half of its stake is lost at every epoch change.
 * Who: anyone. Cost: base fee, three written objects, half the value fee on the stake.
 * Fails with `ModelArchitectureVersionMismatch`, `ModelMinStakeNotMet`, `ModelCommissionRateTooHigh`, and
 * `InsufficientCoinBalance` when the gas coin holds less than stake and fees.
 *
 * Source: authority/src/execution/model.rs; types/src/transaction.rs, CreateModel.
 * @throws INVALID_AMOUNT INVALID_ARGUMENT
 */
export const createModel = ({
  commissionRate,
  stakeAmount,
  architectureVersion,
}: CreateModelParameters): KindOf<'CreateModel'> => ({
  kind: 'CreateModel',
  stakeAmount: checkShannons(stakeAmount),
  commissionRate: checkCount('commissionRate', commissionRate),
  architectureVersion: checkU64('architectureVersion', architectureVersion),
});

/** What {@link commitModel} takes. Of each pair of spellings, give one. */
export interface CommitModelParameters {
  readonly modelId: string | Uint8Array;
  /** Where everyone can download the encrypted weights. Normalised as browsers do. */
  readonly weightsUrl: string;
  /** The encrypted weights themselves; for large files give `checksum` and `size` instead. */
  readonly encryptedWeights?: Uint8Array | undefined;
  /** BLAKE2b-256 of the encrypted weights. */
  readonly checksum?: string | Uint8Array | undefined;
  /** Bytes of the encrypted weights. */
  readonly size?: number | bigint | undefined;
  /** The key of the weights, kept secret until the reveal: 32 bytes or Base58. Only its hash is used. */
  readonly decryptionKey?: string | Uint8Array | undefined;
  /** The hash of the key, where the key is not at hand. */
  readonly decryptionKeyCommitment?: string | Uint8Array | undefined;
  /** The model's embedding; only its hash is used. */
  readonly embedding?: Float32Array | readonly number[] | undefined;
  /** The hash of the embedding, where the embedding is not at hand. */
  readonly embeddingCommitment?: string | Uint8Array | undefined;
}

/**
 * The hash that an embedding is committed to with: of its whole BCS tensor, not of the bare floats.
 *
 * Source: types/src/model.rs, EmbeddingCommitment.
 * @throws INVALID_ARGUMENT for an empty embedding and for values that are not finite.
 */
export const embeddingCommitment = (embedding: Float32Array | readonly number[]): Digest =>
  commitment(SomaTensor.encode(tensor(checkEmbedding('embedding', embedding))));

/**
 * The hash that a weight key is committed to with.
 *
 * Source: types/src/model.rs, DecryptionKeyCommitment.
 * @throws INVALID_ARGUMENT unless the key is 32 bytes or their Base58.
 */
export const decryptionKeyCommitment = (decryptionKey: string | Uint8Array): Digest =>
  commitment(secretBytes(decryptionKey));

/** The error of a bad key must not show it. */
const secretBytes = (key: string | Uint8Array): Uint8Array => {
  try {
    return digestBytes(parseDigest(key));
  } catch {
    throw invalidArgument('decryptionKey', '32 bytes, or Base58 of exactly 32 bytes');
  }
};

/**
 * Commits to a model's weights, key and embedding without showing key and embedding.
 *
 * On chain: a created model becomes pending; an active one gets a pending update, a second commit replaces it. The
 * reveal must follow in **exactly** the next epoch, or a first commit costs half of the stake. Keep key and embedding
 * safe before this is sent.
 * Who: the model's owner. Cost: base fee and two written objects.
 * Fails with `ModelNotFound`, `NotModelOwner`, and `ModelInvalidState` for a pending or inactive model.
 *
 * Source: authority/src/execution/model.rs; types/src/transaction.rs, CommitModel.
 * @throws INVALID_OBJECT_ID INVALID_DIGEST INVALID_ARGUMENT
 */
export const commitModel = (parameters: CommitModelParameters): KindOf<'CommitModel'> => {
  const { encryptedWeights, checksum, size, decryptionKey, embedding } = parameters;
  oneOf(
    'encryptedWeights',
    'checksum and size',
    encryptedWeights !== undefined,
    checksum !== undefined || size !== undefined,
  );
  oneOf(
    'decryptionKey',
    'decryptionKeyCommitment',
    decryptionKey !== undefined,
    parameters.decryptionKeyCommitment !== undefined,
  );
  oneOf('embedding', 'embeddingCommitment', embedding !== undefined, parameters.embeddingCommitment !== undefined);
  const weights = contentOf('encryptedWeights', encryptedWeights, checksum, size);
  return {
    kind: 'CommitModel',
    modelId: parseObjectId(parameters.modelId),
    manifest: { url: normaliseUrl(parameters.weightsUrl, 'weightsUrl'), ...weights },
    weightsCommitment: weights.checksum,
    embeddingCommitment:
      embedding === undefined ? parseDigest(parameters.embeddingCommitment ?? '') : embeddingCommitment(embedding),
    decryptionKeyCommitment:
      decryptionKey === undefined
        ? parseDigest(parameters.decryptionKeyCommitment ?? '')
        : decryptionKeyCommitment(decryptionKey),
  };
};

/** Checksum and size of content that is given whole, or by the two. */
export const contentOf = (
  argument: string,
  content: Uint8Array | undefined,
  checksum: string | Uint8Array | undefined,
  size: number | bigint | undefined,
): { readonly checksum: Digest; readonly size: bigint } => {
  if (content === undefined) {
    return { checksum: parseDigest(checksum ?? ''), size: checkCount('size', size ?? Number.NaN) };
  }
  if (!(content instanceof Uint8Array)) checkBytes(argument, content);
  return { checksum: commitment(content), size: BigInt(content.length) };
};

/** What {@link revealModel} takes: the very values that were committed to. */
export interface RevealModelParameters {
  readonly modelId: string | Uint8Array;
  /** The key of the weights, 32 bytes or Base58: public from here on. */
  readonly decryptionKey: string | Uint8Array;
  /** Bit for bit the embedding that was committed to. */
  readonly embedding: Float32Array | readonly number[];
}

/**
 * Shows the key and the embedding that a model committed to.
 *
 * On chain: a pending model becomes active and can be chosen for targets at once; an active one gets its update.
 * Who: the model's owner, in exactly the epoch after the commit. Cost: base fee and two written objects.
 * Fails with `ModelRevealEpochMismatch`, `ModelDecryptionKeyCommitmentMismatch`, `ModelEmbeddingCommitmentMismatch`,
 * `ModelNoPendingUpdate`, `ModelInvalidState`, `NotModelOwner`, `ModelNotFound`.
 *
 * Source: authority/src/execution/model.rs; types/src/transaction.rs, RevealModel.
 * @throws INVALID_OBJECT_ID INVALID_DIGEST INVALID_ARGUMENT
 */
export const revealModel = ({ modelId, decryptionKey, embedding }: RevealModelParameters): KindOf<'RevealModel'> => ({
  kind: 'RevealModel',
  modelId: parseObjectId(modelId),
  decryptionKey: parseDigest(secretBytes(decryptionKey)),
  embedding: tensor(checkEmbedding('embedding', embedding)),
});

/** What the kinds take that name a model and nothing else. */
export interface ModelParameters {
  readonly modelId: string | Uint8Array;
}

/** What {@link setModelCommissionRate} takes. */
export interface SetModelCommissionRateParameters extends ModelParameters {
  /** Basis points, at most 10000. */
  readonly newRate: number | bigint;
}

/**
 * Sets a model's commission from the next epoch on.
 *
 * Who: the owner of an active model. Cost: base fee and two written objects.
 * Fails with `ModelCommissionRateTooHigh` above 10000, `ModelNotFound`, `ModelNotActive`, `NotModelOwner`.
 *
 * Source: authority/src/execution/model.rs; types/src/transaction.rs, SetModelCommissionRate.
 * @throws INVALID_OBJECT_ID INVALID_ARGUMENT
 */
export const setModelCommissionRate = ({
  modelId,
  newRate,
}: SetModelCommissionRateParameters): KindOf<'SetModelCommissionRate'> => ({
  kind: 'SetModelCommissionRate',
  modelId: parseObjectId(modelId),
  newRate: checkCount('newRate', newRate),
});

/**
 * Takes a model out of service for good. Its stake stays whole and can be withdrawn.
 *
 * Who: the owner of an active model. Cost: base fee and two written objects.
 * Fails with `ModelNotFound`, `ModelNotActive`, `NotModelOwner`.
 *
 * Source: authority/src/execution/model.rs; types/src/transaction.rs, DeactivateModel.
 * @throws INVALID_OBJECT_ID
 */
export const deactivateModel = ({ modelId }: ModelParameters): KindOf<'DeactivateModel'> => ({
  kind: 'DeactivateModel',
  modelId: parseObjectId(modelId),
});

/**
 * Reports a model whose weights are missing or wrong. Reports by two thirds of the voting power cost it 95 % of its
 * stake at the epoch change. Reporting again changes nothing.
 *
 * Who: active validators. Cost: base fee and two written objects.
 * Fails with `NotAValidator`, and `ModelNotActive` also for unknown models.
 *
 * Source: authority/src/execution/model.rs; types/src/transaction.rs, ReportModel.
 * @throws INVALID_OBJECT_ID
 */
export const reportModel = ({ modelId }: ModelParameters): KindOf<'ReportModel'> => ({
  kind: 'ReportModel',
  modelId: parseObjectId(modelId),
});

/**
 * Takes the sender's report of a model back.
 *
 * Who: active validators. Cost: base fee and two written objects.
 * Fails with `NotAValidator`, `ModelNotActive`, and `ReportRecordNotFound` when there is no such report.
 *
 * Source: authority/src/execution/model.rs; types/src/transaction.rs, UndoReportModel.
 * @throws INVALID_OBJECT_ID
 */
export const undoReportModel = ({ modelId }: ModelParameters): KindOf<'UndoReportModel'> => ({
  kind: 'UndoReportModel',
  modelId: parseObjectId(modelId),
});
