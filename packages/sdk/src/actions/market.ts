import type { Manifest, Model, SystemState } from '@somakit/bcs';
import {
  type Address,
  fromHex,
  invalidArgument,
  isError,
  type ObjectId,
  parseAddress,
  parseObjectId,
  toHex,
} from '@somakit/core';
import { SYSTEM_STATE_OBJECT_ID } from '@somakit/protocol/parameters';
import { modelVotingPowers } from '@somakit/protocol/targets';
import type { DataOptions, Rpc, ScoreParameters, ScoreResult } from '@somakit/rpc';
import { checked, checkedList } from '../client/checked.js';
import type { SomaBase, WaitOptions } from '../client/types.js';

/** `claimable` finds expired targets and filled ones whose reward may be claimed now. */
export type TargetStatusFilter = 'open' | 'filled' | 'claimed' | 'expired' | 'claimable';

/** A target as lists show it. */
export type TargetView = Awaited<ReturnType<Rpc['getTarget']>>;

export interface GetTargetsParameters extends WaitOptions {
  /** Defaults to `open`. */
  readonly status?: TargetStatusFilter | undefined;
  /** Goes before `status`. Defaults to false. */
  readonly claimable?: boolean | undefined;
  /** The epoch that generated them. */
  readonly epoch?: bigint | undefined;
  /** How many at most. `listTargets` takes it as the size of the page. */
  readonly limit?: number | undefined;
  readonly submitter?: string | undefined;
}

/** The fields that {@link listTargets} may be asked for. */
export type TargetField = keyof TargetView;

export interface ListTargetsParameters<F extends TargetField = TargetField> extends GetTargetsParameters {
  /** The fields to read; all by default. Without `embedding` a page holds far more targets. */
  readonly readMask?: readonly F[] | undefined;
  /** Of the page before, with the same filters. */
  readonly pageToken?: string | undefined;
}

const filterOf = ({ status = 'open', claimable = false, epoch, submitter }: GetTargetsParameters) => ({
  status: claimable ? ('claimable' as const) : status,
  epoch,
  submitter: submitter === undefined ? undefined : parseAddress(submitter),
});

/** One page of targets. */
export const listTargets = /* @__PURE__ */ checked(
  'listTargets',
  async <F extends TargetField = TargetField>(
    client: SomaBase,
    parameters: ListTargetsParameters<F> = {},
  ): Promise<{ readonly targets: readonly Pick<TargetView, F>[]; readonly nextPageToken?: string | undefined }> => {
    const { limit, readMask, pageToken, signal, timeoutMs } = parameters;
    const { items, nextPageToken } = await client.rpc.listTargets({
      ...filterOf(parameters),
      pageSize: limit,
      pageToken: pageToken === undefined ? undefined : fromHex(pageToken),
      signal,
      timeoutMs,
      ...(readMask === undefined ? {} : { readMask: readMask as readonly never[] }),
    });
    const targets = items as readonly unknown[] as readonly Pick<TargetView, F>[];
    return { targets, nextPageToken: nextPageToken === undefined ? undefined : toHex(nextPageToken) };
  },
);

/** All targets that the filters let through, page by page as they are asked for. */
export const targets = /* @__PURE__ */ checkedList(
  'targets',
  (client: SomaBase, parameters: GetTargetsParameters = {}): AsyncGenerator<TargetView, void, undefined> => {
    const { limit, signal, timeoutMs } = parameters;
    return client.rpc.targets({ ...filterOf(parameters), limit, signal, timeoutMs });
  },
);

/** All targets that the filters let through, or the first `limit` ones. */
export const getTargets = /* @__PURE__ */ checked(
  'getTargets',
  async (client: SomaBase, parameters: GetTargetsParameters = {}): Promise<readonly TargetView[]> => {
    const all: TargetView[] = [];
    for await (const target of targets(client, parameters)) all.push(target);
    return all;
  },
);

/** What happened to a target. */
export type TargetEvent =
  | { readonly kind: 'open' | 'filled'; readonly target: TargetView; readonly checkpoint: bigint }
  | { readonly kind: 'gone'; readonly targetId: ObjectId; readonly checkpoint: bigint };

export interface WatchTargetsParameters {
  /** Begins with this checkpoint, also with one of the past. Without it, with the first one after now. */
  readonly from?: bigint | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Targets as checkpoints open, fill and remove them, from now on or from a checkpoint on. Ends when the loop is left or
 * the signal aborts (with ABORTED).
 *
 * @example
 * import { createSomaClient } from '@somakit/sdk';
 * const client = createSomaClient({ network: 'localnet' });
 * for await (const event of client.watchTargets()) {
 *   if (event.kind === 'open') console.log(event.target.id, event.target.distanceThreshold);
 * }
 */
export const watchTargets = /* @__PURE__ */ checkedList(
  'watchTargets',
  (client: SomaBase, parameters: WatchTargetsParameters = {}): AsyncGenerator<TargetEvent, void, undefined> =>
    eventsOf(client, parameters),
);

async function* eventsOf(
  client: SomaBase,
  { from, signal }: WatchTargetsParameters,
): AsyncGenerator<TargetEvent, void, undefined> {
  const readMask = ['sequenceNumber', 'transactions.effects'] as const;
  for await (const { sequenceNumber, checkpoint } of client.rpc.subscribeCheckpoints({ readMask, from, signal })) {
    const written = new Set<ObjectId>();
    const gone = new Set<ObjectId>();
    for (const { effects } of checkpoint.transactions) {
      for (const { objectId, inputState, outputState } of effects.changedObjects) {
        // Targets are the only shared objects besides the system state.
        if (objectId === SYSTEM_STATE_OBJECT_ID) continue;
        if (outputState.kind === 'ObjectWrite' && outputState.owner.kind === 'Shared') written.add(objectId);
        else if (inputState.kind === 'Exist' && inputState.owner.kind === 'Shared') gone.add(objectId);
      }
    }
    const ids = [...written].filter((id) => !gone.has(id));
    for (let at = 0; at < ids.length; at += TARGETS_AT_ONCE) {
      const found = ids.slice(at, at + TARGETS_AT_ONCE).map((id) => targetIfThere(client, id, signal));
      for (const target of await Promise.all(found)) {
        if (target === undefined) continue;
        yield { kind: target.status === 'open' ? 'open' : 'filled', target, checkpoint: sequenceNumber };
      }
    }
    for (const targetId of gone) yield { kind: 'gone', targetId, checkpoint: sequenceNumber };
  }
}

// Each call listens to the caller's signal, and Node warns above ten listeners.
const TARGETS_AT_ONCE = 8;

/** Undefined when it is gone by now: that a later checkpoint tells. */
const targetIfThere = async (
  client: SomaBase,
  targetId: ObjectId,
  signal: AbortSignal | undefined,
): Promise<TargetView | undefined> => {
  try {
    return await client.rpc.getTarget({ targetId, signal });
  } catch (error) {
    if (isError(error, 'RPC_NOT_FOUND')) return undefined;
    throw error;
  }
};

/** A model as the market sees it. */
export interface ActiveModel {
  readonly modelId: ObjectId;
  readonly owner: Address;
  readonly embedding: Float32Array;
  /** Shannons in its pool. */
  readonly stake: bigint;
  /** Its share of the weight that stakes have when targets choose models, 0 to 1. */
  readonly selectionPower: number;
  /** Basis points. */
  readonly commissionRate: number;
  readonly nextEpochCommissionRate: number;
  readonly manifest: Manifest;
  readonly decryptionKey: string;
  readonly hasPendingUpdate: boolean;
  /** The update that was announced, and the epoch of its commit: it must be revealed in the next one. */
  readonly pendingUpdate: { readonly manifest: Manifest; readonly commitEpoch: bigint } | undefined;
}

/** All models that targets can choose. */
export const getActiveModels = /* @__PURE__ */ checked(
  'getActiveModels',
  async (client: SomaBase, options: WaitOptions = {}): Promise<readonly ActiveModel[]> => {
    const { modelRegistry } = await client.chain.freshState(options);
    const active = [...modelRegistry.models].flatMap(([modelId, model]) =>
      model.kind === 'Active' ? [{ modelId, model }] : [],
    );
    const powers = modelVotingPowers(active.map(({ model }) => model.stakingPool.somaBalance));
    return active.map(({ modelId, model }, index) => ({
      modelId,
      owner: model.owner,
      embedding: model.embedding.data,
      stake: model.stakingPool.somaBalance,
      selectionPower: powers[index] ?? 0,
      commissionRate: Number(model.commissionRate),
      nextEpochCommissionRate: Number(model.nextEpochCommissionRate),
      manifest: model.manifest,
      decryptionKey: model.decryptionKey,
      hasPendingUpdate: model.pendingUpdate !== undefined,
      pendingUpdate: model.pendingUpdate,
    }));
  },
);

/** A model in any state. */
export interface ModelView {
  readonly modelId: ObjectId;
  /** `created` until its weights are committed, `pending` until they are revealed, `inactive` for good. */
  readonly status: 'created' | 'pending' | 'active' | 'inactive';
  readonly owner: Address;
  readonly architectureVersion: bigint;
  /** Shannons in its pool. */
  readonly stake: bigint;
  /** Basis points. */
  readonly commissionRate: number;
  readonly nextEpochCommissionRate: number;
  /** Missing while it is `created`. */
  readonly manifest?: Manifest | undefined;
  /** Of a `pending` model: it must be revealed in the epoch after this one. */
  readonly commitEpoch?: bigint | undefined;
  readonly hasPendingUpdate: boolean;
}

/** All models that there are or were; those of one owner, or in one state. */
export const getModels = /* @__PURE__ */ checked(
  'getModels',
  async (
    client: SomaBase,
    parameters: {
      readonly owner?: string | undefined;
      readonly status?: ModelView['status'] | undefined;
    } & WaitOptions = {},
  ): Promise<readonly ModelView[]> => {
    const owner = parameters.owner === undefined ? undefined : parseAddress(parameters.owner);
    const { modelRegistry } = await client.chain.freshState(parameters);
    const views = [...modelRegistry.models].map(
      ([modelId, model]): ModelView => ({
        modelId,
        status: model.kind.toLowerCase() as ModelView['status'],
        owner: model.owner,
        architectureVersion: model.architectureVersion,
        stake: model.stakingPool.somaBalance,
        commissionRate: Number(model.commissionRate),
        nextEpochCommissionRate: Number(model.nextEpochCommissionRate),
        ...(model.kind === 'Created' ? {} : { manifest: model.manifest }),
        ...(model.kind === 'Pending' ? { commitEpoch: model.commitEpoch } : {}),
        hasPendingUpdate: model.kind === 'Active' && model.pendingUpdate !== undefined,
      }),
    );
    const { status } = parameters;
    return views.filter((each) => (owner ?? each.owner) === each.owner && (status ?? each.status) === each.status);
  },
);

/** A model's weights, for `score`. */
export interface ModelManifest {
  readonly modelId: ObjectId;
  readonly url: string;
  readonly checksum: string;
  readonly size: bigint;
  /** Missing until the model is revealed. */
  readonly decryptionKey?: string | undefined;
}

const manifestOf = (modelId: ObjectId, model: Model | undefined): ModelManifest | undefined => {
  if (model === undefined || model.kind === 'Created') return undefined;
  const { url, checksum, size } = model.manifest;
  return { modelId, url, checksum, size, ...('decryptionKey' in model ? { decryptionKey: model.decryptionKey } : {}) };
};

/**
 * The weights of models, or of a target's models, in the order asked for. Models without weights are left out, as the
 * original client leaves them out; each manifest says whose it is, so that `winner` leads to the right model.
 */
export const getModelManifests = /* @__PURE__ */ checked(
  'getModelManifests',
  async (
    client: SomaBase,
    modelIdsOrTarget: readonly string[] | { readonly modelIds: readonly string[] },
    options: WaitOptions = {},
  ): Promise<readonly ModelManifest[]> => {
    const ids = 'modelIds' in modelIdsOrTarget ? modelIdsOrTarget.modelIds : modelIdsOrTarget;
    if (!Array.isArray(ids)) throw invalidArgument('modelIdsOrTarget', 'model ids, or a target', modelIdsOrTarget);
    const state: SystemState = await client.chain.freshState(options);
    return ids.flatMap((text: string) => {
      const id = parseObjectId(text);
      return manifestOf(id, state.modelRegistry.models.get(id)) ?? [];
    });
  },
);

export type FetchModelParameters<R = Uint8Array> = {
  readonly modelId: string;
  /** The announced update in place of the present weights. */
  readonly pending?: boolean | undefined;
} & DataOptions<R>;

/**
 * A model's weights as published, still encrypted, with size and checksum verified: from their URL, else through the
 * node. Into memory, or into a sink: `fileSink(path)` of `@somakit/sdk/node` resumes and takes any size.
 * @throws NO_MANIFEST DOWNLOAD_CORRUPT DOWNLOAD_FAILED
 */
export const fetchModel = /* @__PURE__ */ checked(
  'fetchModel',
  async <R = Uint8Array>(client: SomaBase, parameters: FetchModelParameters<R>): Promise<R> => {
    const { modelId, pending = false, signal, timeoutMs } = parameters;
    const { modelRegistry } = await client.chain.freshState({ signal, timeoutMs });
    const model = modelRegistry.models.get(parseObjectId(modelId));
    const of = pending && model?.kind === 'Active' ? model.pendingUpdate : model;
    // Without one the download says what is missing.
    const manifest = of !== undefined && 'manifest' in of ? of.manifest : undefined;
    return (await client.rpc.downloadModel({ ...parameters, manifest })).output;
  },
);

export type FetchSubmissionDataParameters<R = Uint8Array> = { readonly targetId: string } & DataOptions<R>;

/** The data that won a target, as {@link fetchModel}. @throws NO_MANIFEST DOWNLOAD_CORRUPT DOWNLOAD_FAILED */
export const fetchSubmissionData = /* @__PURE__ */ checked(
  'fetchSubmissionData',
  async <R = Uint8Array>(client: SomaBase, parameters: FetchSubmissionDataParameters<R>): Promise<R> =>
    (await client.rpc.downloadData(parameters)).output,
);

/** Scores data with models on the scoring service, which downloads both. @throws SERVICE_NOT_CONFIGURED RPC_* */
export const score = /* @__PURE__ */ checked(
  'score',
  async (client: SomaBase, parameters: ScoreParameters): Promise<ScoreResult> => client.scoring.score(parameters),
);

/** Whether the scoring service answers. @throws SERVICE_NOT_CONFIGURED */
export const scoringHealth = /* @__PURE__ */ checked(
  'scoringHealth',
  async (client: SomaBase, options: WaitOptions = {}): Promise<boolean> => client.scoring.health(options),
);
