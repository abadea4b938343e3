import { invalidArgument, isError, sleep, toBase64 } from '@somakit/core';
import { checkText } from '../rest/parameters.js';
import { createBudget } from './budget.js';
import { type FutureContext, runFuture, submitWith, type WaitOptions } from './futures.js';
import { chunksOf, decodeSample, type PromptChunk, type SampleResult } from './messages.js';

export interface SamplingParameters {
  readonly maxTokens?: number | undefined;
  readonly seed?: number | undefined;
  /** Left out: the end of the sequence only. Empty: no stop at all. */
  readonly stop?: string | readonly string[] | readonly number[] | undefined;
  /** Default 1. */
  readonly temperature?: number | undefined;
  /** Default -1: all. */
  readonly topK?: number | undefined;
  /** Default 1. */
  readonly topP?: number | undefined;
}

export interface SampleParameters extends WaitOptions {
  readonly prompt: readonly number[] | readonly PromptChunk[];
  /** Default 1. */
  readonly numSamples?: number | undefined;
  readonly samplingParams?: SamplingParameters | undefined;
  readonly includePromptLogprobs?: boolean | undefined;
}

export interface SamplingClient {
  readonly samplingSessionId: string;
  readonly baseModel: string;
  /** Completions of a prompt. When the server is full it waits and sends the same request again; `onRetry` hears of it. */
  sample(parameters: SampleParameters): Promise<SampleResult>;
}

const BACK_OFF_MS = 1000;
const BIG_BACK_OFF_MS = 5000;
const BIG_PROMPT_BYTES = 128 * 1024;
// A token's cost on the wire, as the server counts it.
const BYTES_PER_TOKEN = 10;
const MAX_DISPATCHES = 400;

const jsonChunk = (chunk: PromptChunk): object =>
  chunk.type === 'encoded_text'
    ? { tokens: chunk.tokens, type: chunk.type }
    : {
        data: toBase64(chunk.data),
        format: chunk.format,
        ...(chunk.expectedTokens === undefined ? {} : { expected_tokens: chunk.expectedTokens }),
        type: chunk.type,
      };

const sizeOf = (chunks: readonly PromptChunk[]): number =>
  chunks.reduce(
    (sum, each) => sum + (each.type === 'image' ? each.data.length : each.tokens.length * BYTES_PER_TOKEN),
    0,
  );

export const makeSamplingClient = (
  context: FutureContext,
  samplingSessionId: string,
  baseModel: string,
): SamplingClient => {
  const { transport } = context;
  const { clock } = transport;
  const dispatches = createBudget(MAX_DISPATCHES);
  let sequence = 0;
  // Until then nothing of this client is sent.
  let heldUntil = 0;

  return {
    samplingSessionId,
    baseModel,
    sample: async ({ prompt, numSamples = 1, samplingParams = {}, includePromptLogprobs = false, ...options }) => {
      const chunks = chunksOf(prompt);
      if (!Number.isSafeInteger(numSamples) || numSamples < 1) {
        throw invalidArgument('numSamples', 'an integer of 1 or more', numSamples);
      }
      const { maxTokens, seed, stop, temperature = 1, topK = -1, topP = 1 } = samplingParams;
      const json = {
        num_samples: numSamples,
        prompt: { chunks: chunks.map(jsonChunk) },
        sampling_params: {
          ...(maxTokens === undefined ? {} : { max_tokens: maxTokens }),
          ...(seed === undefined ? {} : { seed }),
          ...(stop === undefined ? {} : { stop }),
          temperature,
          top_k: topK,
          top_p: topP,
        },
        sampling_session_id: checkText('samplingSessionId', samplingSessionId),
        seq_id: sequence++,
        prompt_logprobs: includePromptLogprobs,
        topk_prompt_logprobs: 0,
        topk_sample_logprobs: 0,
        prompt_alt_tokens_k: 0,
        record_stability_info: false,
        type: 'sample',
      };
      const sdkMethod = 'SamplingClient.sample';
      const send = submitWith(transport, {
        sdkMethod,
        method: 'POST',
        path: '/asample',
        json,
        headers: { 'x-tinker-sampling-backpressure': '1' },
        // Being full is said by 429, and waited for by all requests of this client together.
        decide: (status) => (status === 429 ? false : undefined),
      });
      const delayMs = sizeOf(chunks) > BIG_PROMPT_BYTES ? BIG_BACK_OFF_MS : BACK_OFF_MS;
      return runFuture<SampleResult>(
        context,
        {
          sdkMethod,
          requestType: 'Sample',
          decode: (bytes, { sampleSequenceIds }) => decodeSample(bytes, sampleSequenceIds),
          submit: async (own) => {
            for (let attempt = 1; ; attempt++) {
              for (let left = heldUntil - clock.monotonic(); left > 0; left = heldUntil - clock.monotonic()) {
                await sleep(Math.ceil(left), { signal: own.signal, clock });
              }
              const release = await dispatches.take(1, own.signal);
              try {
                return await send(own);
              } catch (error) {
                if (!isError(error, 'TINKER_RATE_LIMIT')) throw error;
                heldUntil = Math.max(heldUntil, clock.monotonic() + delayMs);
                own.onRetry?.({ attempt, delayMs, error });
              } finally {
                release();
              }
            }
          },
        },
        options,
      );
    },
  };
};
