import {
  HealthRequest,
  HealthResponse,
  type ManifestInput as ManifestCodec,
  ScoreRequest,
  ScoreResponse,
} from '@somakit/bcs';
import { invalidArgument, parseDigest } from '@somakit/core';
import { commitment } from '@somakit/crypto';
import { checkSize, checkU64 } from '../client/check.js';
import type { CallOptions } from '../client/core.js';
import { type ClientOptions, contextOf, REPLY_LIMIT, type TransportFactory } from '../client/create-rpc.js';
import { type BcsMethod, callBcs } from './client.js';

/** A model to score with. */
export interface ScoreModel {
  /** Where the scoring service gets the encrypted weights. */
  readonly url: string;
  /** Blake2b-256 of the encrypted weights, Base58. Not needed with `encryptedWeights`. */
  readonly checksum?: string | undefined;
  /** Bytes. Not needed with `encryptedWeights`. */
  readonly size?: bigint | number | undefined;
  /** The key of the weights, Base58; missing for weights that are not encrypted. */
  readonly decryptionKey?: string | undefined;
  /** For checksum and size, which then are not looked at. The bytes are not sent. */
  readonly encryptedWeights?: Uint8Array | undefined;
}

export interface ScoreParameters extends CallOptions {
  /** Where the scoring service gets the data. `@somakit/rpc/node` can serve local data to it. */
  readonly dataUrl: string;
  /** For checksum and size, unless they are given. The bytes are not sent. */
  readonly data?: Uint8Array | undefined;
  readonly dataChecksum?: string | undefined;
  readonly dataSize?: bigint | number | undefined;
  readonly models: readonly ScoreModel[];
  readonly targetEmbedding: Float32Array | readonly number[];
  /** Default 0. */
  readonly seed?: bigint | undefined;
}

export interface ScoreResult {
  /** Place of the model with the least loss in `models`. */
  readonly winner: number;
  readonly lossScore: Float32Array;
  /** The winner's embedding of the data. */
  readonly embedding: Float32Array;
  /** One value, the winner's distance to the target: index 0 whoever won. */
  readonly distance: Float32Array;
}

/** A scoring service. */
export interface Scoring {
  readonly url: string;
  /** Whether the service answers. */
  health(options?: CallOptions): Promise<boolean>;
  /** Scores data with models. The service downloads both and verifies them. @throws INVALID_ARGUMENT, RPC_* */
  score(parameters: ScoreParameters): Promise<ScoreResult>;
  close(): void;
}

const HEALTH: BcsMethod<HealthRequest, HealthResponse> = {
  name: 'scoring.Scoring/Health',
  input: HealthRequest,
  output: HealthResponse,
  idempotent: true,
};
const SCORE: BcsMethod<ScoreRequest, ScoreResponse> = {
  name: 'scoring.Scoring/Score',
  input: ScoreRequest,
  output: ScoreResponse,
  idempotent: true,
};

const modelOf = (model: ScoreModel, index: number): ManifestCodec => {
  const at = `models[${index}]`;
  const { url, checksum, size, decryptionKey, encryptedWeights } = model;
  if (typeof url !== 'string' || url === '') throw invalidArgument(`${at}.url`, 'a URL', url);
  if (encryptedWeights === undefined && (checksum === undefined || size === undefined)) {
    throw invalidArgument(at, 'a manifest with checksum and size, or with encryptedWeights', { url, checksum, size });
  }
  const key = decryptionKey === undefined ? undefined : parseDigest(decryptionKey);
  return encryptedWeights === undefined
    ? { url, checksum: parseDigest(checksum!), size: checkSize(size, `${at}.size`), decryptionKey: key }
    : { url, checksum: commitment(encryptedWeights), size: BigInt(encryptedWeights.length), decryptionKey: key };
};

const requestOf = (parameters: ScoreParameters): ScoreRequest => {
  const { dataUrl, data, models, targetEmbedding, seed = 0n } = parameters;
  const dataChecksum = parameters.dataChecksum ?? (data === undefined ? undefined : commitment(data));
  const dataSize = parameters.dataSize ?? data?.length;
  if (dataChecksum === undefined || dataSize === undefined) {
    throw invalidArgument('data', 'data, or both dataChecksum and dataSize', data);
  }
  return {
    dataUrl,
    dataChecksum: parseDigest(dataChecksum),
    dataSize: checkSize(dataSize, 'dataSize'),
    modelManifests: models.map(modelOf),
    targetEmbedding: targetEmbedding instanceof Float32Array ? targetEmbedding : Float32Array.from(targetEmbedding),
    seed: checkU64(seed, 'seed'),
  };
};

export const scoringOver = (options: ClientOptions, makeTransport: TransportFactory): Scoring => {
  const context = contextOf(options, makeTransport, REPLY_LIMIT);
  return {
    get url() {
      return context.transport.url;
    },
    health: async (call = {}) => (await callBcs(context, HEALTH, {}, call)).ok,
    async score(parameters) {
      const { signal, timeoutMs, headers } = parameters;
      const { winner, ...rest } = await callBcs(context, SCORE, requestOf(parameters), { signal, timeoutMs, headers });
      return { winner: Number(winner), ...rest };
    },
    close: () => context.transport.close(),
  };
};
