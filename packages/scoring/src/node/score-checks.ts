import { invalidArgument } from '@somakit/core';
import { cosineDistance, pickWinner } from '../core/winner.js';
import type { CheckedModel } from './sources.js';
import type { ModelScore, ScoreResult } from './types.js';

const U64_END = 2n ** 64n;

export const checkSeed = (seed: unknown): bigint => {
  if (typeof seed !== 'bigint' || seed < 0n || seed >= U64_END)
    throw invalidArgument('seed', 'a bigint of 0 to 2^64 - 1', seed);
  return seed;
};

export const checkTarget = (argument: string, values: unknown, length: number): Float32Array => {
  const usable =
    values instanceof Float32Array || (Array.isArray(values) && values.every((value) => typeof value === 'number'));
  if (!usable) throw invalidArgument(argument, `${length} numbers`, typeof values);
  if (values.length === 0) throw invalidArgument(argument, `${length} numbers; it must not be empty`, 0);
  if (values.length !== length)
    throw invalidArgument(argument, `${length} numbers, one for each of the model's embedding`, values.length);
  return Float32Array.from(values);
};

/** The winner of one target's models, and its distance. */
export const targetResult = (models: readonly ModelScore[], target: Float32Array): ScoreResult => {
  const losses = Float32Array.from(models, ({ loss }) => loss);
  const winner = pickWinner(losses);
  const { embedding, loss } = models[winner]!;
  return {
    winner,
    lossScore: Float32Array.of(loss),
    embedding: embedding.slice(),
    distance: Float32Array.of(cosineDistance(embedding, target)),
    models,
  };
};

/** Names a source: the same one twice in a request is run once. `own` tells apart sources that nothing names. */
export const sourceKey = ({ source, key, digest }: CheckedModel, own: string): string => {
  if (digest === undefined && 'path' in source && key === undefined) return `path:${source.path}`;
  if (digest === undefined) return `own:${own}`;
  return `${digest.join()}/${key?.join() ?? ''}/${'url' in source ? `${source.url}/${source.size}` : 'path' in source ? source.path : 'bytes'}`;
};
