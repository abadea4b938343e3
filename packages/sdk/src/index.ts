export { createBaseClient } from './client/base-client.js';
export { createSomaClient } from './client/create-client.js';
export * from './public.js';
