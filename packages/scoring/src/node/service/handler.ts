import type { ScoreRequest, ScoreResponse } from '@somakit/bcs';
import { fromBase58 } from '@somakit/core';
import { rpcStatus } from '@somakit/rpc/server';
import type { Scorer } from '../types.js';
import { scoringStatus } from './status.js';

/** Answers score requests of the wire; refusals are gRPC statuses. What localnet takes as its `scorer`. */
export type ScoringHandler = (
  request: ScoreRequest,
  options?: { readonly signal?: AbortSignal | undefined; readonly timeoutMs?: number | undefined },
) => Promise<ScoreResponse>;

const checkBlob = (url: string, checksum: string): void => {
  if (!URL.canParse(url)) throw rpcStatus('INTERNAL', 'relative URL without a base');
  let bytes: Uint8Array;
  try {
    bytes = checksum.length > 100 ? new Uint8Array(checksum.length) : fromBase58(checksum);
  } catch {
    throw rpcStatus('INVALID_ARGUMENT', `Invalid base58 checksum: ${checksum}`);
  }
  if (bytes.length !== 32) throw rpcStatus('INVALID_ARGUMENT', `Checksum must be 32 bytes, got ${bytes.length}`);
};

const isKey = (text: string): boolean => {
  try {
    return text.length <= 64 && fromBase58(text).length === 32;
  } catch {
    return false;
  }
};

/** The reference's checks in its order, and two that it lacks: keys and the target's length. */
const checkRequest = (
  { dataUrl, dataChecksum, modelManifests, targetEmbedding }: ScoreRequest,
  length: number,
): void => {
  if (modelManifests.length === 0) throw rpcStatus('INVALID_ARGUMENT', 'At least one model manifest is required');
  if (targetEmbedding.length === 0) throw rpcStatus('INVALID_ARGUMENT', 'Target embedding must not be empty');
  checkBlob(dataUrl, dataChecksum);
  for (const { url, checksum, decryptionKey } of modelManifests) {
    checkBlob(url, checksum);
    if (decryptionKey !== undefined && !isKey(decryptionKey)) {
      throw rpcStatus('INVALID_ARGUMENT', 'Decryption key must be Base58 of 32 bytes');
    }
  }
  if (targetEmbedding.length !== length) {
    throw rpcStatus('INVALID_ARGUMENT', `Target embedding must have ${length} values, got ${targetEmbedding.length}`);
  }
};

/**
 * The score method of the wire over a scorer: BCS values in and out, the reference's checks, words and codes.
 *
 * @example
 * import { createScorer, scoringHandler } from '@somakit/scoring';
 * const scorer = await createScorer({ config: 'small', urlPolicy: { allowPrivate: true } });
 * const handler = scoringHandler(scorer); // startLocalnet({ scorer: handler })
 * console.log(typeof handler);
 */
export const scoringHandler =
  (scorer: Scorer): ScoringHandler =>
  async (request, { signal, timeoutMs } = {}) => {
    checkRequest(request, scorer.config.embeddingDim);
    const { dataUrl, dataChecksum, dataSize, modelManifests, targetEmbedding, seed } = request;
    try {
      const result = await scorer.score({
        data: { url: dataUrl, checksum: dataChecksum, size: dataSize },
        models: modelManifests,
        targetEmbedding,
        seed,
        signal,
        timeoutMs,
      });
      const { winner, lossScore, embedding, distance } = result;
      return { winner: BigInt(winner), lossScore, embedding, distance };
    } catch (error) {
      throw scoringStatus(error);
    }
  };

/**
 * The scorer with its failures as gRPC statuses in the words of the reference: what localnet's scoring port passes on as it
 * is.
 *
 * @example
 * import { createScorer, portScorer } from '@somakit/scoring';
 * const scorer = portScorer(await createScorer({ config: 'small', urlPolicy: { allowPrivate: true } }));
 * console.log(typeof scorer.score); // startLocalnet({ scorer })
 */
export const portScorer = (scorer: Scorer): Pick<Scorer, 'score'> => ({
  score: (parameters) =>
    scorer.score(parameters).catch((error: unknown) => {
      throw scoringStatus(error);
    }),
});
