export { createHttp } from './client.js';
export { bodyMessage, type HttpContext, retryAfterMs } from './errors.js';
export type { Problem, Schema, StandardSchema } from './schema.js';
export type * from './types.js';
export { buildQuery, printUrl } from './url.js';
