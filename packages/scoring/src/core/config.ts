import { invalidArgument } from '@somakit/core';

/** The shape of a model and how data is cut for it. The weight file does not say it. */
export interface ModelConfig {
  /** D: floats of an embedding. */
  readonly embeddingDim: number;
  /** F: width of the hidden layer; 4 D in V1. */
  readonly pwffHiddenDim: number;
  /** L. */
  readonly numLayers: number;
  /** H: divides D, and D/H is even. */
  readonly numHeads: number;
  /** V: 256 bytes and 8 special symbols. Default 264. */
  readonly vocabSize?: number | undefined;
  /** S: bytes of a sequence. Default 1024, for every model of the network. */
  readonly seqLen?: number | undefined;
  /** B: sequences of a batch, which share their noise and weigh together. Default 16. */
  readonly batchSize?: number | undefined;
}

/** A {@link ModelConfig} with every value. */
export type ResolvedConfig = { readonly [K in keyof ModelConfig]-?: number };

/** A configuration by its name, or its values. */
export type ConfigInput = 'v1' | 'small' | ModelConfig;

/** The model of the network. Source: models/src/v1/mod.rs. */
export const V1_CONFIG: ResolvedConfig = {
  embeddingDim: 2048,
  pwffHiddenDim: 8192,
  numLayers: 24,
  numHeads: 8,
  vocabSize: 264,
  seqLen: 1024,
  batchSize: 16,
};

/** The model behind `--small-model` of the reference: only the model is smaller, not the sequences. */
export const SMALL_CONFIG: ResolvedConfig = {
  ...V1_CONFIG,
  embeddingDim: 16,
  pwffHiddenDim: 32,
  numLayers: 2,
  numHeads: 4,
};

const LIMITS: Readonly<Record<keyof ResolvedConfig, readonly [number, number]>> = {
  embeddingDim: [2, 65_536],
  pwffHiddenDim: [1, 262_144],
  numLayers: [1, 1024],
  numHeads: [1, 1024],
  vocabSize: [258, 65_536],
  seqLen: [1, 65_536],
  batchSize: [1, 4096],
};

/**
 * The values behind a configuration.
 *
 * @throws INVALID_ARGUMENT for values that make no model: D not divisible into heads of even width, or out of range.
 * @example
 * import { resolveConfig } from '@somakit/scoring/core';
 * console.log(resolveConfig('v1').embeddingDim); // 2048
 */
export const resolveConfig = (config: ConfigInput): ResolvedConfig => {
  if (config === 'v1') return V1_CONFIG;
  if (config === 'small') return SMALL_CONFIG;
  if (typeof config !== 'object' || config === null) {
    throw invalidArgument('config', "'v1', 'small' or the model's values", config);
  }
  const { vocabSize = 264, seqLen = 1024, batchSize = 16 } = config;
  const { embeddingDim, pwffHiddenDim, numLayers, numHeads } = config;
  const resolved = { embeddingDim, pwffHiddenDim, numLayers, numHeads, vocabSize, seqLen, batchSize };
  for (const [name, [least, most]] of Object.entries(LIMITS)) {
    const value = resolved[name as keyof ResolvedConfig];
    if (!Number.isInteger(value) || value < least || value > most) {
      throw invalidArgument(`config.${name}`, `an integer of ${least} to ${most}`, value);
    }
  }
  if (embeddingDim % (2 * numHeads) !== 0) {
    throw invalidArgument(
      'config.numHeads',
      `a number that cuts embeddingDim ${embeddingDim} into even widths`,
      numHeads,
    );
  }
  return resolved;
};

/** Key and shape of every tensor of a model's weight file, in the order of the layers. Linear weights are [in, out]. */
export const weightTable = (config: ResolvedConfig): ReadonlyMap<string, readonly number[]> => {
  const { embeddingDim: D, pwffHiddenDim: F, vocabSize: V } = config;
  const table = new Map<string, readonly number[]>([['embedding.weight', [V, D]]]);
  for (let layer = 0; layer < config.numLayers; layer++) {
    const at = `encoder.layers.${layer}`;
    const norm = (name: string) => table.set(`${at}.${name}.gamma`, [D]).set(`${at}.${name}.beta`, [D]);
    norm('norm_1');
    for (const name of ['query', 'key', 'value', 'output']) {
      table.set(`${at}.attention.${name}.weight`, [D, D]).set(`${at}.attention.${name}.bias`, [D]);
    }
    norm('norm_2');
    table.set(`${at}.pwff.linear_inner.weight`, [D, F]).set(`${at}.pwff.linear_inner.bias`, [F]);
    table.set(`${at}.pwff.linear_outer.weight`, [F, D]).set(`${at}.pwff.linear_outer.bias`, [D]);
  }
  table.set('final_norm.gamma', [D]).set('final_norm.beta', [D]);
  return table.set('predictor.weight', [D, V]).set('predictor.bias', [V]);
};
