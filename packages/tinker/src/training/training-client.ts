import { invalidArgument, openDeadline } from '@somakit/core';
import type { Infer } from '../codec.js';
import { flag, float, integer, object, optional, record, text } from '../codec.js';
import { checkText, checkTtl } from '../rest/parameters.js';
import type { Transport } from '../transport.js';
import { type FutureContext, runFuture, submitWith, type WaitOptions } from './futures.js';
import {
  type Datum,
  decodeForwardBackward,
  encodeDatum,
  encodeForwardBackward,
  type ForwardBackwardOutput,
  mergeOutputs,
} from './messages.js';

/** What the server knows of a model in training. */
export const ModelInfo = /* @__PURE__ */ object('ModelInfo', {
  modelId: text,
  modelName: /* @__PURE__ */ optional(text),
  isLora: /* @__PURE__ */ optional(flag),
  loraRank: /* @__PURE__ */ optional(integer),
  modelData: /* @__PURE__ */ object('ModelData', {
    arch: /* @__PURE__ */ optional(text),
    modelName: /* @__PURE__ */ optional(text),
    /** Without a revision. */
    tokenizerId: /* @__PURE__ */ optional(text),
  }),
});
export type ModelInfo = Infer<typeof ModelInfo>;

const SavedWeights = /* @__PURE__ */ object('SavedWeights', { path: text });
const LoadedWeights = /* @__PURE__ */ object('LoadedWeights', { path: /* @__PURE__ */ optional(text) });
const OptimStep = /* @__PURE__ */ object('OptimStep', {
  metrics: /* @__PURE__ */ optional(/* @__PURE__ */ record(float)),
});

export type LossFunction =
  | 'cross_entropy'
  | 'importance_sampling'
  | 'ppo'
  | 'cispo'
  | 'dro'
  | 'gspo'
  | 'stable_reinforce'
  | (string & {});

export interface ForwardBackwardParameters extends WaitOptions {
  readonly data: readonly Datum[];
  readonly lossFn: LossFunction;
  readonly lossFnConfig?: Readonly<Record<string, number | string>> | undefined;
}

export interface AdamParameters {
  /** Default 1e-4. */
  readonly learningRate?: number | undefined;
  /** Default 0.9. */
  readonly beta1?: number | undefined;
  /** Default 0.95. */
  readonly beta2?: number | undefined;
  /** Default 1e-12. */
  readonly eps?: number | undefined;
  /** Default 0. */
  readonly weightDecay?: number | undefined;
  /** Default 0: no clipping. */
  readonly gradClipNorm?: number | undefined;
}

export interface SaveStateParameters extends WaitOptions {
  /** The last part of the checkpoint's path. */
  readonly name: string;
  /** Default: for ever. */
  readonly ttlSeconds?: number | undefined;
}

export interface TrainingClient {
  readonly modelId: string;
  readonly info: ModelInfo;
  /** Loss and gradients, which add up until the next optimizer step. Big batches go in several requests. */
  forwardBackward(parameters: ForwardBackwardParameters): Promise<ForwardBackwardOutput>;
  /** Loss without gradients. */
  forward(parameters: ForwardBackwardParameters): Promise<ForwardBackwardOutput>;
  /** One step of Adam. */
  optimStep(parameters?: WaitOptions & { readonly adamParams?: AdamParameters | undefined }): Promise<{
    readonly metrics: Readonly<Record<string, number>> | null;
  }>;
  /** Saves weights and optimizer; gives the checkpoint's path. */
  saveState(parameters: SaveStateParameters & { readonly overwrite?: boolean | undefined }): Promise<string>;
  /** Saves weights to sample from; gives the checkpoint's path. */
  saveWeightsForSampler(parameters: SaveStateParameters): Promise<string>;
  /** Loads a checkpoint into this model. */
  loadState(
    parameters: WaitOptions & { readonly path: string; readonly withOptimizer?: boolean | undefined },
  ): Promise<void>;
}

// Limits of one request (server's own, config/fwdbwd_max_chunk_*).
const MAX_DATUMS = 1024;
const MAX_BYTES = 5_000_000;

const chunk = (data: readonly Uint8Array[]): Uint8Array[][] => {
  const chunks: Uint8Array[][] = [];
  let bytes = 0;
  for (const datum of data) {
    const last = chunks.at(-1);
    if (last === undefined || last.length >= MAX_DATUMS || bytes + datum.length > MAX_BYTES) {
      chunks.push([datum]);
      bytes = datum.length;
    } else {
      last.push(datum);
      bytes += datum.length;
    }
  }
  return chunks;
};

export const makeTrainingClient = (
  context: FutureContext & { readonly transport: Transport },
  info: ModelInfo,
): TrainingClient => {
  const { transport } = context;
  const { modelId } = info;
  // The server works requests off by number: each is taken in the order of the calls.
  let sequence = 0;

  const batch = async (
    sdkMethod: string,
    requestType: string,
    { data, lossFn, lossFnConfig, ...options }: ForwardBackwardParameters,
  ): Promise<ForwardBackwardOutput> => {
    if (data.length === 0) throw invalidArgument('data', 'at least one datum');
    const chunks = chunk(data.map(encodeDatum));
    const scope = openDeadline({ ...options, operation: sdkMethod, clock: transport.clock });
    const own = { ...options, signal: scope.signal, timeoutMs: undefined };
    const numbered = chunks.map((each) => [++sequence, each] as const);
    const run = ([seqId, datums]: (typeof numbered)[number]) =>
      runFuture(
        context,
        {
          sdkMethod,
          requestType,
          decode: (bytes) => decodeForwardBackward(bytes),
          submit: submitWith(transport, {
            sdkMethod,
            method: 'POST',
            path: '/forward_backward',
            body: encodeForwardBackward({
              modelId,
              seqId,
              data: datums,
              lossFn: checkText('lossFn', lossFn),
              lossFnConfig,
              forwardOnly: requestType === 'Forward',
            }),
            headers: { 'content-type': 'application/x-protobuf' },
          }),
        },
        own,
      );
    // The first goes out last: it is the one that the server waits for.
    const [first, ...rest] = numbered;
    try {
      const later = rest.map(run);
      return mergeOutputs(await Promise.all([run(first!), ...later]));
    } catch (error) {
      // One part without the others is of no use.
      scope.end(error);
      throw error;
    } finally {
      scope.close();
    }
  };

  const future = <T>(
    sdkMethod: string,
    requestType: string,
    path: string,
    body: object,
    shape: Parameters<typeof runFuture<T>>[1]['shape'],
    options: WaitOptions,
  ): Promise<T> => {
    const json = { model_id: modelId, ...body, seq_id: ++sequence };
    const submit = submitWith(transport, { sdkMethod, method: 'POST', path, json });
    return runFuture<T>(context, { sdkMethod, requestType, submit, shape }, options);
  };

  return {
    modelId,
    info,
    forwardBackward: async (parameters) => batch('TrainingClient.forward_backward', 'ForwardBackward', parameters),
    forward: async (parameters) => batch('TrainingClient.forward', 'Forward', parameters),
    optimStep: async ({ adamParams = {}, ...options } = {}) => {
      const { learningRate = 1e-4, beta1 = 0.9, beta2 = 0.95, eps = 1e-12 } = adamParams;
      const { weightDecay = 0, gradClipNorm = 0 } = adamParams;
      const adam = {
        learning_rate: learningRate,
        beta1,
        beta2,
        eps,
        weight_decay: weightDecay,
        grad_clip_norm: gradClipNorm,
      };
      for (const [name, value] of Object.entries(adam)) {
        if (!Number.isFinite(value)) throw invalidArgument(`adamParams.${name}`, 'a number', value);
      }
      const body = { type: 'optim_step', adam_params: adam };
      return future('TrainingClient.optim_step', 'OptimStep', '/optim_step', body, OptimStep, options);
    },
    saveState: async ({ name, ttlSeconds, overwrite = false, ...options }) => {
      const body = {
        path: checkText('name', name),
        ...(ttlSeconds === undefined ? {} : { ttl_seconds: checkTtl(ttlSeconds) }),
        overwrite,
        type: 'save_weights',
      };
      const saved = await future(
        'TrainingClient.save_state',
        'SaveWeights',
        '/save_weights',
        body,
        SavedWeights,
        options,
      );
      return saved.path;
    },
    saveWeightsForSampler: async ({ name, ttlSeconds, ...options }) => {
      const body = {
        path: checkText('name', name),
        kind: 'snapshot',
        ...(ttlSeconds === undefined ? {} : { ttl_seconds: checkTtl(ttlSeconds) }),
        type: 'save_weights_for_sampler',
      };
      const saved = await future(
        'TrainingClient.save_weights_for_sampler',
        'SaveWeightsForSampler',
        '/save_weights_for_sampler',
        body,
        SavedWeights,
        options,
      );
      return saved.path;
    },
    loadState: async ({ path, withOptimizer = false, ...options }) => {
      const method = withOptimizer ? 'TrainingClient.load_state_with_optimizer' : 'TrainingClient.load_state';
      const body = { path: checkText('path', path), optimizer: withOptimizer, type: 'load_weights' };
      await future(method, 'LoadWeights', '/load_weights', body, LoadedWeights, options);
    },
  };
};
