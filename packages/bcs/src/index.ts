export type { Codec, Infer, Json, Shape } from './codec/codec.js';
export type { BcsErrorCode, BcsErrorContext } from './codec/errors.js';
export { SomaTensor, tensor } from './codec/floats.js';
export * from './committee.js';
export * from './effects.js';
export * from './failure.js';
export * from './keys.js';
export * from './leaves.js';
export * from './manifest.js';
export * from './object.js';
// The chain's own name; `import { Object as ChainObject }` keeps the global one usable.
export { SomaObject as Object } from './object.js';
export * from './target.js';
export * from './transaction.js';
