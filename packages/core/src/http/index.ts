export { createHttp } from './client.js';
export { download } from './download/download.js';
export { memorySink } from './download/memory.js';
export type * from './download/types.js';
export { bodyMessage, type HttpContext, retryAfterMs } from './errors.js';
export { type Page, type PaginateOptions, paginate, paginatePages } from './paginate.js';
export type { Problem, Schema, StandardSchema } from './schema.js';
export type * from './types.js';
export { buildQuery, printUrl } from './url.js';
