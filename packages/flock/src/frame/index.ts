export { type ArrowModule, toArrow } from './arrow.js';
export type { Dtype } from './dtypes.js';
export type { Cell } from './flatten.js';
export { bestPerLink, type Frame, frameOf, frameOfRecords } from './frame.js';
