import { throwIfAborted } from '@somakit/core';
import type { InferenceSession, Tensor } from 'onnxruntime-node';
import { compressTail } from '../../core/compressed-tail.js';
import type { ResolvedConfig } from '../../core/config.js';
import { emptyData } from '../../core/errors.js';
import { batchLoss, createRunningMean, crossEntropySum } from '../../core/loss.js';
import { noiseSeed, unitDirections } from '../../core/noise.js';
import { batchesOf, sequenceAt } from '../../core/sequences.js';
import { sigRegSum } from '../../core/sig-reg.js';
import type { ModelOutcome, ModelWork, RunHooks, TailForm } from './engine.js';
import { compressedFeeds, directionsTensor, runSequence, type SequenceFeeds, sequenceFeeds } from './model-session.js';
import type { OnnxRuntime } from './runtime.js';

/** Batches whose directions are kept: two megabytes each for the published model. */
const KEPT_DIRECTIONS = 32;
/** Sequences whose inputs are kept for the next model of the same data: a megabyte each, five for screening. */
const KEPT_FEEDS = 16;

/** The value of `key`, made when it is not there; the oldest goes when there are more than `most`. */
const remembered = <K, V>(map: Map<K, V>, key: K, most: number, make: () => V): V => {
  const known = map.get(key);
  const value = known ?? make();
  map.delete(key);
  map.set(key, value);
  if (map.size > most) map.delete(map.keys().next().value as K);
  return value;
};

interface SequenceInputs {
  readonly feeds: SequenceFeeds;
  readonly targets: Int32Array;
  /** How many places each one stands for, when it is not one. */
  readonly counts?: Float32Array | undefined;
}

/** Runs one model over data, one sequence at a time. */
export type ModelRunner = (session: InferenceSession, work: ModelWork, hooks: RunHooks) => Promise<ModelOutcome>;

/** A runner that keeps what the models of a request share: noise and inputs. */
export const createModelRunner = (runtime: OnnxRuntime, config: ResolvedConfig): ModelRunner => {
  const { seqLen, embeddingDim } = config;
  const directions = new Map<bigint, Tensor>();
  const feeds = new Map<string, SequenceInputs>();
  let shared: Uint8Array | undefined;
  const isShared = (data: Uint8Array): boolean =>
    shared !== undefined && shared.length === data.length && Buffer.compare(shared, data) === 0;
  const inputsOf = (data: Uint8Array, index: number, tail: TailForm | undefined): SequenceInputs => {
    const sequence = sequenceAt(data, index, config);
    if (tail === undefined) return { feeds: sequenceFeeds(runtime, sequence, config), targets: sequence.targets };
    const compressed = compressTail(sequence, tail === 'exact' ? seqLen : tail);
    const { targets, counts } = compressed;
    return { feeds: compressedFeeds(runtime, compressed, config), targets, counts };
  };
  return async (session, { data, seed, withLoss, tail }, { signal, onSequence }) => {
    if (!isShared(data)) {
      feeds.clear();
      shared = data;
    }
    const batches = batchesOf(data.length, config);
    if (batches.length === 0) throw emptyData();
    const loss = createRunningMean(1);
    const embedding = createRunningMean(embeddingDim);
    for (const { index, first, count } of batches) {
      const noise = remembered(directions, noiseSeed(seed, index), KEPT_DIRECTIONS, () =>
        directionsTensor(runtime, unitDirections(noiseSeed(seed, index), embeddingDim), embeddingDim),
      );
      const sums = { crossEntropy: 0, sigReg: 0, places: count * seqLen };
      const mean = new Float64Array(embeddingDim);
      for (let i = first; i < first + count; i++) {
        throwIfAborted(signal);
        const inputs = remembered(feeds, `${i}/${tail}`, KEPT_FEEDS, () => inputsOf(data, i, tail));
        const output = await runSequence(session, inputs.feeds, noise);
        if (withLoss) {
          sums.crossEntropy += crossEntropySum(output.nll, inputs.targets);
          sums.sigReg += sigRegSum(output.projected, inputs.counts);
        }
        for (let d = 0; d < embeddingDim; d++) mean[d] = mean[d]! + output.embedding[d]!;
        onSequence();
      }
      loss.add([batchLoss(sums)]);
      for (let d = 0; d < embeddingDim; d++) mean[d] = Math.fround(mean[d]! / count);
      embedding.add(mean);
    }
    return { loss: loss.mean[0]!, embedding: embedding.mean };
  };
};
