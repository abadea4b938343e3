import type { ResolvedConfig } from './config.js';
import { SLICES } from './noise.js';
import { createGraph, type Graph, ONNX_TYPES } from './onnx.js';
import type { TensorEntry } from './safetensors.js';

const MS = 'com.microsoft';
const EPSILON = { float: 1e-5 };
/** What the reference puts in the place of a score that must not be seen: not infinity. */
const BLOCKED = -10_000;

/** How a model becomes a graph. */
export interface ModelGraphParameters {
  readonly config: ResolvedConfig;
  /** From `selectWeights`. The data stays where it is. */
  readonly weights: ReadonlyMap<string, TensorEntry>;
  /** The weight file's name in the folder that the engine is told. */
  readonly location: string;
  /**
   * Queries of one block of attention; what lies behind a block is not computed. 0: no blocks, every score is computed and
   * replaced by -10000, as in the reference; it differs only for models whose scores all fall to about that value.
   * Default 256.
   */
  readonly queryBlock?: number | undefined;
  /** For screening, never for a result that counts: places that stand for several, and matrices in 8 bits. */
  readonly approximate?: { readonly screened?: ReadonlyMap<string, ScreenedWeight> | undefined } | undefined;
}

/** Where a matrix in 8 bits and the scales of its columns lie in the weight file. */
export interface ScreenedWeight {
  readonly rows: number;
  readonly columns: number;
  readonly values: { readonly offset: number; readonly length: number };
  readonly scales: { readonly offset: number; readonly length: number };
}

/** Adds a weight, as f32 whatever the file holds. */
const addWeight = (graph: Graph, { key, dtype, shape, offset, length }: TensorEntry, location: string): string => {
  const name = graph.external(key, ONNX_TYPES[dtype], shape, { location, offset, length });
  return dtype === 'F32' ? name : graph.node('Cast', [name], { attributes: { to: ONNX_TYPES.F32 } });
};

/** Rows times a weight matrix and a bias. The screening graph has another way to do it. */
type LinearMaker = (graph: Graph, x: string, name: string, bias: boolean) => string;

/** True where a query must not look: made by the engine when it opens the model, once for all layers. */
const causalBlock = (graph: Graph, masks: Map<number, string>, from: number, to: number): string => {
  let mask = masks.get(from);
  if (mask === undefined) {
    const rows = graph.range([to - from, 1], from, to - from);
    mask = graph.node('Less', [rows, graph.range([1, to], 0, to)]);
    masks.set(from, mask);
  }
  return mask;
};

interface GraphForm {
  readonly graph: Graph;
  readonly config: ResolvedConfig;
  readonly masks: Map<number, string>;
  /** Whether sequences may have fewer places than S; a `bias` then says what each place counts for the others. */
  readonly free: boolean;
}

interface AttentionParts extends GraphForm {
  /** [1, H, S, hd], rotated, scaled. */
  readonly query: string;
  /** [1, H, hd, S], rotated. */
  readonly key: string;
  /** [1, H, S, hd]. */
  readonly value: string;
}

const attentionBlock = (
  { graph, config, query, key, value, masks, free }: AttentionParts,
  from: number,
  to: number,
): string => {
  const { seqLen: S, embeddingDim: D } = config;
  // Of a sequence with fewer places, a slice ends where they end; a block behind them is empty.
  const cut = (x: string, axis: number, start: number, end: number) =>
    start === 0 && end === S
      ? x
      : graph.node('Slice', [x, graph.integers([start]), graph.integers([end]), graph.integers([axis])]);
  const scores = graph.node('MatMul', [cut(query, 2, from, to), cut(key, 3, 0, to)]);
  const causal = () => graph.node('Where', [causalBlock(graph, masks, from, to), graph.floats([], [BLOCKED]), scores]);
  const seen = free ? graph.node('Add', [scores, cut(cut('bias', 0, from, to), 1, 0, to)]) : causal();
  const weights = graph.node('Softmax', [seen], { attributes: { axis: -1 } });
  const mixed = graph.node('MatMul', [weights, cut(value, 2, 0, to)]);
  const rows = graph.node('Transpose', [mixed], { attributes: { perm: [0, 2, 1, 3] } });
  return graph.node('Reshape', [rows, graph.integers([1, free ? -1 : to - from, D])]);
};

interface LayerParts extends GraphForm {
  readonly linear: LinearMaker;
  readonly block: number;
}

const attention = (parts: LayerParts, x: string, at: string): string => {
  const { graph, config, linear, block, free } = parts;
  const { seqLen: S, numHeads: H, embeddingDim: D } = config;
  const headDim = D / H;
  const heads = (rows: string, perm: readonly number[]) =>
    graph.node('Transpose', [graph.node('Reshape', [rows, graph.integers([1, free ? -1 : S, H, headDim])])], {
      attributes: { perm },
    });
  const rotate = (rows: string) =>
    graph.node('RotaryEmbedding', [rows, 'start', 'cos', 'sin'], { domain: MS, attributes: { interleaved: 0 } });
  const turned = rotate(linear(graph, x, `${at}.query`, true));
  const scaled = graph.node('Mul', [turned, graph.floats([], [1 / Math.sqrt(headDim)])]);
  const inputs: AttentionParts = {
    ...parts,
    query: heads(scaled, [0, 2, 1, 3]),
    key: heads(rotate(linear(graph, x, `${at}.key`, true)), [0, 2, 3, 1]),
    value: heads(linear(graph, x, `${at}.value`, true), [0, 2, 1, 3]),
  };
  const size = block === 0 ? S : block;
  const blocks: string[] = [];
  for (let from = 0; from < S; from += size) blocks.push(attentionBlock(inputs, from, Math.min(S, from + size)));
  return blocks.length === 1 ? blocks[0]! : graph.node('Concat', blocks, { attributes: { axis: 1 } });
};

/**
 * The ONNX model of a weight file, for one sequence at a time: sequences never touch each other, so sums over them are
 * what a batch would give. The weights stay in their file.
 *
 * Inputs: `tokens` i32 [S], `targets` i32 [1, S, 1], `cos` and `sin` [S, hd/2], `start` i64 [1] (zero),
 * `directions` [D, K]. Outputs: `embedding` [D], the mean over all places; `nll` [S], -log p(target) of each place;
 * `projected` [S, K]. An approximate model takes up to S places, and two inputs more: `bias` [places, places], added to the
 * scores of attention, and `shares` [1, places], the weights of the mean.
 */
export const buildModelGraph = ({
  config,
  weights,
  location,
  queryBlock = 256,
  approximate,
}: ModelGraphParameters): Uint8Array => {
  const { seqLen: S, embeddingDim: D, numLayers, numHeads } = config;
  const graph = createGraph();
  const free = approximate !== undefined;
  const places = free ? 'places' : S;
  const screened = approximate?.screened;
  const weight = (key: string) => addWeight(graph, weights.get(key)!, location);
  const rounded = (key: string, rows: string): string => {
    const { rows: height, columns, values, scales } = screened!.get(key)!;
    const matrix = graph.external(key, ONNX_TYPES.I8, [height, columns], { location, ...values });
    const scale = graph.external(`${key}.scale`, ONNX_TYPES.F32, [columns], { location, ...scales });
    return graph.node('DynamicQuantizeMatMul', [rows, matrix, scale], { domain: MS });
  };
  const linear: LinearMaker = (_graph, x, name, bias) => {
    const key = `${name}.weight`;
    const product = screened?.has(key) === true ? rounded(key, x) : graph.node('MatMul', [x, weight(key)]);
    return bias ? graph.node('Add', [product, weight(`${name}.bias`)]) : product;
  };
  const parts: LayerParts = { graph, config, linear, block: queryBlock, masks: new Map(), free };
  graph.input('tokens', ONNX_TYPES.I32, [places]);
  graph.input('targets', ONNX_TYPES.I32, [1, places, 1]);
  graph.input('cos', ONNX_TYPES.F32, [places, D / numHeads / 2]);
  graph.input('sin', ONNX_TYPES.F32, [places, D / numHeads / 2]);
  if (free) {
    graph.input('bias', ONNX_TYPES.F32, [places, places]);
    graph.input('shares', ONNX_TYPES.F32, [1, places]);
  }
  graph.input('start', ONNX_TYPES.I64, [1]);
  graph.input('directions', ONNX_TYPES.F32, [D, SLICES]);

  const rows = graph.node('Gather', [weight('embedding.weight'), 'tokens'], { attributes: { axis: 0 } });
  let x = graph.node('Reshape', [rows, graph.integers([1, free ? -1 : S, D])]);
  const norm = (name: string) => [weight(`${name}.gamma`), weight(`${name}.beta`)];
  let normed = graph.node('LayerNormalization', [x, ...norm('encoder.layers.0.norm_1')], {
    attributes: { axis: -1, epsilon: EPSILON },
  });
  // x + y + bias and its norm in one node; x goes on as the sum.
  const addAndNorm = (y: string, bias: string, name: string) => {
    const [out, , , sum] = graph.nodeOf(
      'SkipLayerNormalization',
      [x, y, ...norm(name), weight(bias)],
      [undefined, '', '', undefined],
      {
        domain: MS,
        attributes: { epsilon: EPSILON },
      },
    );
    normed = out!;
    x = sum!;
  };
  for (let layer = 0; layer < numLayers; layer++) {
    const at = `encoder.layers.${layer}`;
    const mixed = attention(parts, normed, `${at}.attention`);
    const attended = linear(graph, mixed, `${at}.attention.output`, false);
    addAndNorm(attended, `${at}.attention.output.bias`, `${at}.norm_2`);
    const inner = linear(graph, normed, `${at}.pwff.linear_inner`, false);
    const active = graph.node('BiasGelu', [inner, weight(`${at}.pwff.linear_inner.bias`)], { domain: MS });
    const outer = linear(graph, active, `${at}.pwff.linear_outer`, false);
    const next = layer + 1 < numLayers ? `encoder.layers.${layer + 1}.norm_1` : 'final_norm';
    addAndNorm(outer, `${at}.pwff.linear_outer.bias`, next);
  }

  const mean = free
    ? graph.node('Reshape', [graph.node('MatMul', ['shares', normed]), graph.integers([D])])
    : graph.node('ReduceMean', [normed], { attributes: { axes: [0, 1], keepdims: 0 } });
  graph.output('embedding', mean, [D]);
  const logits = linear(graph, normed, 'predictor', true);
  const logProbabilities = graph.node('LogSoftmax', [logits], { attributes: { axis: -1 } });
  const chosen = graph.node('GatherElements', [logProbabilities, 'targets'], { attributes: { axis: 2 } });
  const flat = graph.node('Reshape', [graph.node('Neg', [chosen]), graph.integers([free ? -1 : S])]);
  graph.output('nll', flat, [places]);
  const projected = graph.node('MatMul', [normed, 'directions']);
  graph.output('projected', graph.node('Reshape', [projected, graph.integers([free ? -1 : S, SLICES])]), [
    places,
    SLICES,
  ]);
  return graph.finish();
};
