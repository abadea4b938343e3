import { throwIfAborted } from '../deadline.js';
import { SomaKitError } from '../errors.js';

declare module '../errors.js' {
  interface ErrorContexts {
    /** A server gave the same cursor twice: its pages would never end. */
    PAGING_LOOP: { readonly cursor: string };
  }
}

/** One page, and how to get the next one. */
export interface Page<T, C> {
  readonly items: readonly T[];
  /** Cursor, page number or offset of the next page; `undefined`, `null` and `''` end the list. */
  readonly next?: C | null | undefined;
}

export interface PaginateOptions<T, C> {
  /** Fetches one page. `cursor` is `start` the first time. */
  readonly fetchPage: (cursor: C | undefined, signal: AbortSignal | undefined) => Promise<Page<T, C>>;
  /** Where to begin, for resuming. */
  readonly start?: C | undefined;
  /** Ends after so many items. */
  readonly limit?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * All pages of a list, one after the other. Nothing is fetched before it is asked for.
 * @throws PAGING_LOOP, ABORTED, and what `fetchPage` throws.
 */
export async function* paginatePages<T, C = string>(
  options: PaginateOptions<T, C>,
): AsyncGenerator<readonly T[], void, undefined> {
  const { fetchPage, signal, limit = Number.POSITIVE_INFINITY } = options;
  const seen = new Set<unknown>();
  let cursor = options.start;
  let left = limit;
  while (left > 0) {
    throwIfAborted(signal);
    const { items, next } = await fetchPage(cursor, signal);
    yield items.length > left ? items.slice(0, left) : items;
    left -= items.length;
    if (next === undefined || next === null || next === '') return;
    // Servers that ignore an unknown cursor send the first page for ever.
    if (seen.has(next) || next === cursor) {
      throw new SomaKitError('PAGING_LOOP', `The server gave the cursor ${String(next)} twice.`, {
        context: { cursor: String(next) },
      });
    }
    seen.add(next);
    cursor = next;
  }
}

/**
 * All items of a paged list as one async iterator.
 *
 * @throws PAGING_LOOP, ABORTED, and what `fetchPage` throws.
 * @example
 * import { createHttp, paginate } from '@somakit/core/http';
 * const http = createHttp({ baseUrl: 'https://api.example.com' });
 * const runs = paginate({
 *   start: 0,
 *   fetchPage: async (offset = 0, signal) => {
 *     const page = await http.get<{ runs: string[]; total: number }>({ path: '/runs', query: { offset, limit: 100 }, signal });
 *     const end = offset + page.runs.length;
 *     return { items: page.runs, next: page.runs.length > 0 && end < page.total ? end : undefined };
 *   },
 * });
 * for await (const run of runs) console.log(run);
 */
export async function* paginate<T, C = string>(options: PaginateOptions<T, C>): AsyncGenerator<T, void, undefined> {
  for await (const items of paginatePages(options)) yield* items;
}
