import { invalidArgument, isError, openDeadline, throwIfAborted } from '@somakit/core';
import { Sampler } from '../answers.js';
import { internalsOf, type TinkerClient } from '../client.js';
import { flag, object, optional, text } from '../codec.js';
import { checkText } from '../rest/parameters.js';
import type { FinishReason } from '../rest/sessions.js';
import { escapeSegment } from '../tinker-path.js';
import { type CallOptions, SDK_VERSION } from '../transport.js';
import { createBudget } from './budget.js';
import { runFuture, submitWith, type WaitOptions } from './futures.js';
import { makeSamplingClient, type SamplingClient } from './sampling-client.js';
import { ModelInfo, makeTrainingClient, type TrainingClient } from './training-client.js';

const OpenedSession = /* @__PURE__ */ object('OpenedSession', {
  sessionId: text,
  infoMessage: /* @__PURE__ */ optional(text),
  warningMessage: /* @__PURE__ */ optional(text),
  errorMessage: /* @__PURE__ */ optional(text),
});
const DynamicConfig = /* @__PURE__ */ object('DynamicConfig', {
  sampleCancelEnabled: /* @__PURE__ */ optional(flag, () => false),
});
const CreatedModel = /* @__PURE__ */ object('CreatedModel', { modelId: text });
const SamplingSession = /* @__PURE__ */ object('SamplingSession', { samplingSessionId: text });

export interface OpenSessionParameters extends CallOptions {
  readonly client: TinkerClient;
  readonly tags?: readonly string[] | undefined;
  readonly userMetadata?: Readonly<Record<string, string>> | undefined;
  /** Default: TINKER_PROJECT_ID. */
  readonly projectId?: string | undefined;
  readonly displayName?: string | undefined;
  /** Hears what the server says to people when the session opens. */
  readonly onMessage?: ((level: 'info' | 'warning' | 'error', message: string) => void) | undefined;
}

export interface CreateLoraTrainingClientParameters extends WaitOptions {
  readonly baseModel: string;
  /** Default 32. */
  readonly rank?: number | undefined;
  readonly seed?: number | undefined;
  /** Each default true. */
  readonly trainUnembed?: boolean | undefined;
  readonly trainMlp?: boolean | undefined;
  readonly trainAttn?: boolean | undefined;
  readonly userMetadata?: Readonly<Record<string, string>> | undefined;
}

/** A session on the server: what is trained and sampled belongs to one. */
export interface TinkerSession {
  readonly sessionId: string;
  createLoraTrainingClient(parameters: CreateLoraTrainingClientParameters): Promise<TrainingClient>;
  /** Give one of the two: a checkpoint's path or a base model. */
  createSamplingClient(
    parameters: CallOptions & { readonly modelPath?: string | undefined; readonly baseModel?: string | undefined },
  ): Promise<SamplingClient>;
  /** Ends the session and its heartbeat. The first reason counts. */
  close(parameters?: CallOptions & { readonly reason?: FinishReason | undefined }): Promise<void>;
}

const HEARTBEAT_MS = 10_000;
const IN_FLIGHT_BYTES = 50 * 2 ** 20;

/**
 * Opens a session for training and sampling. It tells the server every 10 s that it lives, and so keeps the process alive until
 * `close`.
 *
 * @throws what calls of the client throw; TINKER_REQUEST_FAILED, TINKER_REQUEST_LOST and TINKER_PROTOBUF from the training
 * and sampling calls.
 * @example
 * import { createTinkerClient } from '@somakit/tinker';
 * import { openSession } from '@somakit/tinker/training';
 * const session = await openSession({ client: createTinkerClient() });
 * const training = await session.createLoraTrainingClient({ baseModel: 'Qwen/Qwen3-8B', rank: 8 });
 * const datum = { modelInput: [1, 2, 3], lossFnInputs: { target_tokens: [2, 3, 4], weights: [0, 1, 1] } };
 * await training.forwardBackward({ data: [datum], lossFn: 'cross_entropy' });
 * await training.optimStep({ adamParams: { learningRate: 1e-4 } });
 * const modelPath = await training.saveWeightsForSampler({ name: 'first' });
 * const sampling = await session.createSamplingClient({ modelPath });
 * const { sequences } = await sampling.sample({ prompt: [1, 2, 3], samplingParams: { maxTokens: 16 } });
 * console.log(sequences[0]?.tokens);
 * await session.close();
 */
export const openSession = async ({
  client,
  tags = [],
  userMetadata = {},
  projectId,
  displayName,
  onMessage,
  ...options
}: OpenSessionParameters): Promise<TinkerSession> => {
  const { transport, env } = internalsOf(client);
  const { clock } = transport;
  const project = projectId ?? (env.TINKER_PROJECT_ID || undefined);
  try {
    await transport.call(
      {
        sdkMethod: '',
        method: 'POST',
        path: '/client/dynamic_config',
        json: { sdk_version: SDK_VERSION },
        timeouts: { firstByteMs: 10_000 },
      },
      DynamicConfig,
      options,
    );
  } catch (error) {
    // Compatible servers may not have it.
    if (!isError(error, 'TINKER_NOT_FOUND')) throw error;
  }
  const { sessionId, infoMessage, warningMessage, errorMessage } = await transport.call(
    {
      sdkMethod: '',
      method: 'POST',
      path: '/create_session',
      json: {
        tags,
        user_metadata: userMetadata,
        sdk_version: SDK_VERSION,
        ...(project === undefined ? {} : { project_id: project }),
        ...(displayName === undefined ? {} : { display_name: displayName }),
        type: 'create_session',
      },
    },
    OpenedSession,
    options,
  );
  if (infoMessage !== null) onMessage?.('info', infoMessage);
  if (warningMessage !== null) onMessage?.('warning', warningMessage);
  if (errorMessage !== null) onMessage?.('error', errorMessage);

  const alive = openDeadline({ clock });
  const beat = async (): Promise<void> => {
    try {
      await transport.run(
        {
          sdkMethod: '',
          method: 'POST',
          path: '/session_heartbeat',
          json: { session_id: sessionId, type: 'session_heartbeat' },
          timeouts: { firstByteMs: 10_000 },
        },
        { signal: alive.signal, timeoutMs: 10_000, retry: false },
      );
    } catch (error) {
      const { status } = isError(error) ? (error.context as { readonly status?: unknown }) : {};
      // The server has ended the session.
      if (status === 410) return;
    }
    if (!alive.signal.aborted) cancelBeat = clock.schedule(() => void beat(), HEARTBEAT_MS);
  };
  let cancelBeat = clock.schedule(() => void beat(), HEARTBEAT_MS);

  const context = { transport, inFlight: createBudget(IN_FLIGHT_BYTES) };
  let models = 0;
  let samplers = 0;
  let closed = false;

  return {
    sessionId,
    createLoraTrainingClient: async ({
      baseModel,
      rank = 32,
      seed,
      trainUnembed = true,
      trainMlp = true,
      trainAttn = true,
      userMetadata: modelMetadata,
      ...wait
    }) => {
      if (!Number.isSafeInteger(rank) || rank < 1) throw invalidArgument('rank', 'an integer of 1 or more', rank);
      const sdkMethod = 'ServiceClient.create_lora_training_client';
      const json = {
        session_id: sessionId,
        model_seq_id: models++,
        base_model: checkText('baseModel', baseModel),
        lora_config: {
          rank,
          ...(seed === undefined ? {} : { seed }),
          train_unembed: trainUnembed,
          train_mlp: trainMlp,
          train_attn: trainAttn,
        },
        optimizer_config: { type: 'adamw' },
        ...(modelMetadata === undefined ? {} : { user_metadata: modelMetadata }),
        type: 'create_model',
      };
      const submit = submitWith(transport, { sdkMethod, method: 'POST', path: '/create_model', json });
      const created = await runFuture(
        context,
        { sdkMethod, requestType: 'CreateModel', submit, shape: CreatedModel },
        wait,
      );
      const info = await transport.call(
        { sdkMethod, method: 'POST', path: '/get_info', json: { model_id: created.modelId, type: 'get_info' } },
        ModelInfo,
        { signal: wait.signal, onRetry: wait.onRetry },
      );
      // A revision after the name is none of a tokenizer's.
      const tokenizerId = info.modelData.tokenizerId?.split(':')[0] ?? null;
      return makeTrainingClient(context, { ...info, modelData: { ...info.modelData, tokenizerId } });
    },
    createSamplingClient: async ({ modelPath, baseModel, ...call }) => {
      if ((modelPath === undefined) === (baseModel === undefined)) {
        throw invalidArgument('modelPath', 'given, or baseModel instead of it');
      }
      const sdkMethod = 'ServiceClient.create_sampling_client';
      const { samplingSessionId } = await transport.call(
        {
          sdkMethod,
          method: 'POST',
          path: '/create_sampling_session',
          json: {
            session_id: sessionId,
            sampling_session_seq_id: samplers++,
            ...(baseModel === undefined ? {} : { base_model: checkText('baseModel', baseModel) }),
            ...(modelPath === undefined ? {} : { model_path: checkText('modelPath', modelPath) }),
            type: 'create_sampling_session',
          },
        },
        SamplingSession,
        call,
      );
      const sampler = await transport.call(
        { sdkMethod, method: 'GET', path: `/samplers/${escapeSegment('samplerId', samplingSessionId)}` },
        Sampler,
        call,
      );
      return makeSamplingClient(context, samplingSessionId, sampler.baseModel);
    },
    close: async ({ reason = 'success', ...call } = {}) => {
      throwIfAborted(call.signal);
      if (closed) return;
      closed = true;
      cancelBeat();
      alive.end(undefined);
      await transport.run(
        {
          sdkMethod: 'ServiceClient.close',
          method: 'POST',
          path: `/sessions/${escapeSegment('sessionId', sessionId)}/finish`,
          json: { reason: { type: reason }, detail: null },
        },
        call,
      );
    },
  };
};
