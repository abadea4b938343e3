export * from './amount.js';
export * from './encoding.js';
export * from './errors.js';
export * from './ids.js';
export * from './invalid.js';
