import { SomaKitError } from '@somakit/core';
import type { InferenceSession, Tensor } from 'onnxruntime-node';
import { type CompressedSequence, tailBias } from '../../core/compressed-tail.js';
import type { ResolvedConfig } from '../../core/config.js';
import { SLICES } from '../../core/noise.js';
import { ropeTables } from '../../core/rope.js';
import type { Sequence } from '../../core/sequences.js';
import type { OpenModel } from './engine.js';
import type { Device, OnnxRuntime } from './runtime.js';

export interface OpenSessionParameters extends OpenModel {
  readonly runtime: OnnxRuntime;
  readonly device: Exclude<Device, 'auto'>;
}

const failed = (operation: 'open' | 'run', cause: unknown) =>
  new SomaKitError('ENGINE_FAILED', `The engine could not ${operation} the model.`, { context: { operation }, cause });

/** @throws ENGINE_FAILED */
export const openSession = async (parameters: OpenSessionParameters): Promise<InferenceSession> => {
  const { runtime, device, graph, place, threads, repack } = parameters;
  const session: Record<string, string> = repack ? {} : { disable_prepacking: '1' };
  if (place.folder !== undefined) session.model_external_initializers_file_folder_path = place.folder;
  try {
    return await runtime.InferenceSession.create(graph, {
      executionProviders: device === 'cpu' ? ['cpu'] : [device, 'cpu'],
      graphOptimizationLevel: 'all',
      logSeverityLevel: 3,
      ...(threads === undefined ? {} : { intraOpNumThreads: threads }),
      ...(place.bytes === undefined ? {} : { externalData: [{ path: place.location, data: place.bytes }] }),
      extra: { session },
    });
  } catch (cause) {
    throw failed('open', cause);
  }
};

/** What a model says of one sequence. The arrays belong to the caller. */
export interface SequenceOutput {
  readonly embedding: Float32Array;
  readonly nll: Float32Array;
  readonly projected: Float32Array;
}

/** The inputs of one sequence, which all models of one configuration share. */
export type SequenceFeeds = Readonly<Record<string, Tensor>>;

export const sequenceFeeds = (
  { Tensor }: OnnxRuntime,
  { tokens, positions, targets }: Sequence,
  { embeddingDim, numHeads }: ResolvedConfig,
): SequenceFeeds => {
  const { cos, sin } = ropeTables(positions, embeddingDim / numHeads);
  const S = tokens.length;
  const half = embeddingDim / numHeads / 2;
  return {
    tokens: new Tensor('int32', tokens, [S]),
    targets: new Tensor('int32', targets, [1, S, 1]),
    cos: new Tensor('float32', cos, [S, half]),
    sin: new Tensor('float32', sin, [S, half]),
    start: new Tensor('int64', new BigInt64Array(1), [1]),
  };
};

/** The same for a model that is approximate. */
export const compressedFeeds = (
  runtime: OnnxRuntime,
  sequence: CompressedSequence,
  config: ResolvedConfig,
): SequenceFeeds => {
  const { counts } = sequence;
  const places = counts.length;
  const { Tensor } = runtime;
  return {
    ...sequenceFeeds(runtime, sequence, config),
    bias: new Tensor('float32', tailBias(counts), [places, places]),
    shares: new Tensor(
      'float32',
      counts.map((count) => count / config.seqLen),
      [1, places],
    ),
  };
};

export const directionsTensor = ({ Tensor }: OnnxRuntime, directions: Float32Array, embeddingDim: number): Tensor =>
  new Tensor('float32', directions, [embeddingDim, SLICES]);

/** @throws ENGINE_FAILED */
export const runSequence = async (
  session: InferenceSession,
  feeds: SequenceFeeds,
  directions: Tensor,
): Promise<SequenceOutput> => {
  try {
    const output = await session.run({ ...feeds, directions });
    return {
      embedding: output.embedding!.data as Float32Array,
      nll: output.nll!.data as Float32Array,
      projected: output.projected!.data as Float32Array,
    };
  } catch (cause) {
    throw failed('run', cause);
  }
};
