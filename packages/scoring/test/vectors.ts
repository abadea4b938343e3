import cases from '@somakit/vectors/scoring/cases.json';
import type { ModelConfig } from '../src/core/index.js';

/** A case of the golden data. */
export interface ScoringCase {
  readonly name: string;
  readonly config: string;
  readonly seq_len: number;
  readonly batch_size: number;
  readonly seed: string;
  readonly data: string;
  readonly models: readonly string[];
  readonly num_sequences: number;
  readonly error?: string;
  readonly target_embedding: readonly number[];
  // biome-ignore lint/suspicious/noExplicitAny: golden data
  readonly batches: readonly any[];
  // biome-ignore lint/suspicious/noExplicitAny: golden data
  readonly results: readonly any[];
  readonly score: {
    readonly winner: number;
    readonly loss_score: readonly number[];
    readonly embedding: readonly number[];
    readonly distance: readonly number[];
  };
}

export const scoringCases: readonly ScoringCase[] = cases.cases;

const configs: Readonly<Record<string, Record<string, number>>> = cases.configs;

export const configOf = (name: string, seqLen = 1024, batchSize = 16): ModelConfig => {
  const values = configs[name]!;
  return {
    embeddingDim: values.embedding_dim!,
    pwffHiddenDim: values.pwff_hidden_dim!,
    numLayers: values.num_layers!,
    numHeads: values.num_heads!,
    vocabSize: values.vocab_size!,
    seqLen,
    batchSize,
  };
};
