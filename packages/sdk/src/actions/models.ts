import { tensor } from '@somakit/bcs';
import {
  type Digest,
  fromBase58,
  invalidArgument,
  type ObjectId,
  parseDigest,
  parseObjectId,
  toBase58,
} from '@somakit/core';
import { commitment, hashBytes } from '@somakit/crypto';
import {
  checkCommitModel,
  checkCreateModel,
  checkModelCommission,
  checkOwnActiveModel,
  checkReportModel,
  checkRevealModel,
  checkStakeToModel,
  checkUndoReportModel,
} from '@somakit/protocol/checks';
import * as kinds from '@somakit/tx-builders';
import { chooseCoins, createdObjectId } from '@somakit/tx-builders';
import { checked } from '../client/checked.js';
import type { SomaBase } from '../client/types.js';
import { refuse } from '../write/preflight.js';
import { send } from '../write/send.js';
import type { WriteOptions, WriteResult } from '../write/types.js';
import { sendPlain } from './simple-write.js';
import { wholeOrAmount } from './stake-plan.js';

export interface CreateModelParameters extends WriteOptions {
  /** The owner's share of what stakers earn, in basis points. */
  readonly commissionRate: number;
  /** Shannons. Defaults to the least that the chain takes. */
  readonly stakeAmount?: bigint | undefined;
}

/** Registers a model, with stake, and gives its id. `onResult` hears of digest and fee. @throws PREFLIGHT_FAILED */
export const createModel = /* @__PURE__ */ checked(
  'createModel',
  async (client: SomaBase, parameters: CreateModelParameters): Promise<ObjectId> => {
    const { commissionRate, stakeAmount, ...options } = parameters;
    const { digest } = await send(client, {
      operation: 'createModel',
      options,
      prepare: async ({ preflight, signal }) => {
        const state = await client.chain.epochState({ signal });
        const { modelMinStake, modelArchitectureVersion: architectureVersion } = state.parameters;
        const stake = stakeAmount ?? modelMinStake;
        const kind = kinds.createModel({ commissionRate, stakeAmount: stake, architectureVersion });
        if (preflight) refuse('createModel', checkCreateModel(kind, state.parameters));
        return {
          state,
          plan: (coins) => {
            const need = { kind: 'CreateModel', stakeAmount: stake } as const;
            return { ...chooseCoins({ need, coins, parameters: state.parameters }), kind };
          },
        };
      },
    });
    return createdObjectId(digest, 0n);
  },
);

/** Weights of any size: bytes, a file (Node), or what is known of them. */
export type WeightsInput =
  | Uint8Array
  | { readonly path: string }
  | { readonly checksum: string; readonly size: bigint | number };

export interface CommitModelParameters extends WriteOptions {
  readonly modelId: string;
  /** Where the encrypted weights are, for everyone. */
  readonly weightsUrl: string;
  /** The encrypted weights. Or give `weights`. */
  readonly encryptedWeights?: Uint8Array | undefined;
  /** The encrypted weights: as bytes, as a file that is never read into memory as a whole, or by checksum and size. */
  readonly weights?: WeightsInput | undefined;
  /** The key of the weights, Base58: only its hash is published now. */
  readonly decryptionKey: string | Uint8Array;
  /** The model's place among targets: only its hash is published now. The same values go into `revealModel`. */
  readonly embedding: Float32Array | readonly number[];
}

/** Checksum and size of a file, read piece by piece. @throws INVALID_ARGUMENT outside Node */
const fileManifest = async (path: string, signal: AbortSignal | undefined) => {
  const fs = globalThis.process?.getBuiltinModule?.('node:fs');
  if (fs === undefined)
    throw invalidArgument('weights', 'bytes, or checksum and size: there are no files here', 'a path');
  const stream = fs.createReadStream(path, { highWaterMark: 1 << 20 });
  const hash = await hashBytes(stream, { signal });
  return { checksum: toBase58(hash), size: BigInt(stream.bytesRead) };
};

const manifestOf = (
  { encryptedWeights, weights }: CommitModelParameters,
  signal: AbortSignal | undefined,
):
  | Promise<{ readonly checksum: string; readonly size: bigint | number }>
  | { readonly checksum: string; readonly size: bigint | number } => {
  const given = encryptedWeights ?? weights;
  if (given === undefined || (encryptedWeights !== undefined && weights !== undefined)) {
    throw invalidArgument('weights', 'encryptedWeights or weights', given);
  }
  if (given instanceof Uint8Array) return { checksum: commitment(given), size: given.length };
  return 'path' in given ? fileManifest(given.path, signal) : given;
};

/** Publishes where a model's weights are and what they, its key and its embedding hash to. @throws PREFLIGHT_FAILED */
export const commitModel = /* @__PURE__ */ checked(
  'commitModel',
  async (client: SomaBase, parameters: CommitModelParameters): Promise<WriteResult> => {
    const { modelId, weightsUrl, encryptedWeights: _, weights: __, decryptionKey, embedding, ...options } = parameters;
    const { checksum, size } = await manifestOf(parameters, options.signal);
    const kind = kinds.commitModel({ modelId, weightsUrl, checksum, size, decryptionKey, embedding });
    return sendPlain(client, 'commitModel', options, kind, ({ state, sender }) =>
      checkCommitModel(state.modelRegistry.models.get(kind.modelId), sender),
    );
  },
);

export interface RevealModelParameters extends WriteOptions {
  readonly modelId: string;
  readonly decryptionKey: string | Uint8Array;
  /** Bit for bit the embedding of the commit. */
  readonly embedding: Float32Array | readonly number[];
}

/** Publishes key and embedding of a model in the epoch after its commit. @throws PREFLIGHT_FAILED */
export const revealModel = /* @__PURE__ */ checked(
  'revealModel',
  async (client: SomaBase, parameters: RevealModelParameters): Promise<WriteResult> => {
    const { modelId, decryptionKey, embedding, ...options } = parameters;
    const kind = kinds.revealModel({ modelId, decryptionKey, embedding });
    const key: Digest =
      typeof decryptionKey === 'string'
        ? parseDigest(toBase58(fromBase58(decryptionKey)))
        : parseDigest(toBase58(decryptionKey));
    const values = tensor(Float32Array.from(embedding));
    return sendPlain(client, 'revealModel', options, kind, ({ state, sender }) =>
      checkRevealModel(state.modelRegistry.models.get(kind.modelId), {
        signer: sender,
        epoch: state.epoch,
        decryptionKey: key,
        embedding: values,
      }),
    );
  },
);

export interface ModelParameters extends WriteOptions {
  readonly modelId: string;
}

/** Takes a model out of service for good. @throws PREFLIGHT_FAILED */
export const deactivateModel = /* @__PURE__ */ checked(
  'deactivateModel',
  async (client: SomaBase, { modelId, ...options }: ModelParameters): Promise<WriteResult> => {
    const kind = kinds.deactivateModel({ modelId });
    return sendPlain(client, 'deactivateModel', options, kind, ({ state, sender }) =>
      checkOwnActiveModel(state.modelRegistry.models.get(kind.modelId), sender),
    );
  },
);

export interface SetModelCommissionRateParameters extends ModelParameters {
  /** Basis points, from the next epoch on. */
  readonly newRate: number;
}

/** Sets a model's commission from the next epoch on. @throws PREFLIGHT_FAILED */
export const setModelCommissionRate = /* @__PURE__ */ checked(
  'setModelCommissionRate',
  async (
    client: SomaBase,
    { modelId, newRate, ...options }: SetModelCommissionRateParameters,
  ): Promise<WriteResult> => {
    const kind = kinds.setModelCommissionRate({ modelId, newRate });
    return sendPlain(client, 'setModelCommissionRate', options, kind, ({ state, sender }) =>
      checkModelCommission(state.modelRegistry.models.get(kind.modelId), sender, kind.newRate),
    );
  },
);

/** Reports a model whose weights are missing or wrong; for validators. @throws PREFLIGHT_FAILED */
export const reportModel = /* @__PURE__ */ checked(
  'reportModel',
  async (client: SomaBase, { modelId, ...options }: ModelParameters): Promise<WriteResult> => {
    const kind = kinds.reportModel({ modelId });
    return sendPlain(client, 'reportModel', options, kind, ({ state, byValidator }) =>
      checkReportModel(state.modelRegistry.models.get(kind.modelId), byValidator),
    );
  },
);

/** Takes a report of a model back; for validators. @throws PREFLIGHT_FAILED */
export const undoReportModel = /* @__PURE__ */ checked(
  'undoReportModel',
  async (client: SomaBase, { modelId, ...options }: ModelParameters): Promise<WriteResult> => {
    const kind = kinds.undoReportModel({ modelId });
    return sendPlain(client, 'undoReportModel', options, kind, ({ state, sender, byValidator }) => {
      const reports = state.modelRegistry.modelReportRecords.get(kind.modelId) ?? [];
      return checkUndoReportModel(state.modelRegistry.models.get(kind.modelId), byValidator, reports.includes(sender));
    });
  },
);

export interface AddStakeToModelParameters extends ModelParameters {
  /** Shannons. Without it the richest coin is staked whole. */
  readonly amount?: bigint | undefined;
}

/** Stakes with a model. @throws PREFLIGHT_FAILED INSUFFICIENT_COINS */
export const addStakeToModel = /* @__PURE__ */ checked(
  'addStakeToModel',
  async (client: SomaBase, { modelId, amount, ...options }: AddStakeToModelParameters): Promise<WriteResult> => {
    const id = parseObjectId(modelId);
    return send(client, {
      operation: 'addStakeToModel',
      options,
      prepare: async ({ preflight, signal }) => {
        const state = await (preflight ? client.chain.freshState({ signal }) : client.chain.epochState({ signal }));
        if (preflight) refuse('addStakeToModel', checkStakeToModel(state.modelRegistry.models.get(id), amount ?? 1n));
        return {
          state,
          plan: (coins) =>
            wholeOrAmount(coins, { kind: 'AddStakeToModel', amount, parameters: state.parameters }, (coin) =>
              kinds.addStakeToModel({ modelId: id, coin, amount }),
            ),
        };
      },
    });
  },
);
