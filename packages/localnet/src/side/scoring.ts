import { HealthRequest, HealthResponse, type ManifestInput, ScoreRequest, ScoreResponse } from '@somakit/bcs';
import { type Digest, fromBase58, isError } from '@somakit/core';
import { ConnectError, implementRaw, type RawServiceDefinition, rpcStatus } from '@somakit/rpc/server';
import { readBody } from './body.js';

/** A file as the scoring port names it. */
export interface ScoredFile {
  readonly url: string;
  readonly checksum: Digest;
  /** Bytes. */
  readonly size: bigint;
}

/** Weights, encrypted when there is a key. */
export interface ScoredModel extends ScoredFile {
  readonly decryptionKey?: Digest | undefined;
}

/** What scores for the scoring port; `createScorer` of `@somakit/scoring` makes one that fits. */
export interface LocalnetScorer {
  score(request: {
    readonly data: ScoredFile;
    readonly models: readonly ScoredModel[];
    readonly targetEmbedding: Float32Array;
    readonly seed: bigint;
    readonly signal?: AbortSignal | undefined;
  }): Promise<{
    /** The place of the best model in `models`. */
    readonly winner: number | bigint;
    readonly lossScore: Float32Array;
    readonly embedding: Float32Array;
    readonly distance: Float32Array;
  }>;
}

const NO_SCORER =
  'this network has no scorer; start it with one (startLocalnet({ scorer })), or run a scoring service and use its URL';

const invalid = (text: string) => rpcStatus('INVALID_ARGUMENT', text);

/** 32 bytes in Base58. */
const readDigest = (text: string, wrong: (length: number) => string, unreadable: string): Digest => {
  let bytes: Uint8Array;
  try {
    bytes = fromBase58(text);
  } catch (error) {
    if (!isError(error)) throw error;
    throw invalid(unreadable);
  }
  if (bytes.length !== 32) throw invalid(wrong(bytes.length));
  return text as Digest;
};

const readFile = (url: string, checksum: string, size: bigint): ScoredFile => {
  if (!URL.canParse(url)) throw rpcStatus('INTERNAL', 'relative URL without a base');
  return {
    url,
    checksum: readDigest(
      checksum,
      (length) => `Checksum must be 32 bytes, got ${length}`,
      'Invalid base58 checksum: Invalid value was given to the function',
    ),
    size,
  };
};

const readModel = ({ url, checksum, size, decryptionKey }: ManifestInput): ScoredModel => ({
  ...readFile(url, checksum, size),
  decryptionKey:
    decryptionKey === undefined
      ? undefined
      : readDigest(
          decryptionKey,
          (length) => `Decryption key must be 32 bytes, got ${length}`,
          'Invalid base58 decryption key: Invalid value was given to the function',
        ),
});

/** The reference tells the caller's faults from its own by these words. Source: scoring/src/server.rs. */
const CALLERS_FAULT = /must be|required|must not|Checksum|Invalid/;

/**
 * The scoring port. Without a scorer it is there, because official clients connect to it before all else, and says that
 * it cannot score. Source: scoring/src/server.rs.
 */
export const scoringService = (scorer: LocalnetScorer | undefined): RawServiceDefinition =>
  implementRaw('scoring.Scoring', {
    Health: (body) => {
      readBody(HealthRequest, body, true);
      return HealthResponse.encode({ ok: scorer !== undefined });
    },
    Score: async (body, { signal }) => {
      const request = readBody(ScoreRequest, body);
      if (request.modelManifests.length === 0) throw invalid('At least one model manifest is required');
      if (request.targetEmbedding.length === 0) throw invalid('Target embedding must not be empty');
      const data = readFile(request.dataUrl, request.dataChecksum, request.dataSize);
      const models = request.modelManifests.map(readModel);
      if (scorer === undefined) throw rpcStatus('UNAVAILABLE', NO_SCORER);
      try {
        const { winner, lossScore, embedding, distance } = await scorer.score({
          data,
          models,
          targetEmbedding: Float32Array.from(request.targetEmbedding),
          seed: request.seed,
          signal,
        });
        return ScoreResponse.encode({ winner: BigInt(winner), lossScore, embedding, distance });
      } catch (error) {
        if (error instanceof ConnectError) throw error;
        const reason = error instanceof Error ? error.message : String(error);
        const text = `Runtime competition error: ${reason}`;
        throw rpcStatus(CALLERS_FAULT.test(text) ? 'INVALID_ARGUMENT' : 'INTERNAL', text, { cause: error });
      }
    },
  });
