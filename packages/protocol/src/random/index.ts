export type { RandomGenerator } from './generator.js';
export { createChaCha12, createStdRng } from './generator.js';
export type { NormalArrayParameters } from './normal.js';
export { fillStandardNormal, normalArray, standardNormal, ZIGGURAT_R, zigguratTables } from './normal.js';
export { expandSeed } from './seed.js';
export type { UniformArrayParameters } from './uniform.js';
export { uniform01, uniformArray } from './uniform.js';
