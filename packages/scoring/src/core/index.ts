import './errors.js';

export * from './config.js';
export * from './loss.js';
export { buildModelGraph, type ModelGraphParameters } from './model-graph.js';
export { noiseSeed, SLICES, unitDirections } from './noise.js';
export { rankCorrelation } from './quantise.js';
export * from './rope.js';
export {
  type Dtype,
  MAX_HEADER_BYTES,
  parseSafetensorsHeader,
  safetensorsHeaderLength,
  selectWeights,
  type TensorEntry,
} from './safetensors.js';
export * from './sequences.js';
export { sigRegSum, sigRegTables } from './sig-reg.js';
export * from './targets.js';
export * from './winner.js';
