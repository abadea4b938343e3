export { createBaseClient, createSomaClient } from './client/create-client.node.js';
export * from './public.js';
