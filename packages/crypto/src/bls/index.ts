export { blsAddress } from '../address.js';
export * from './authority.js';
export * from './bls.js';
export * from './text.js';
