import { throwIfAborted } from '@somakit/core';
import { paginate } from '@somakit/core/http';
import type { Cursor } from './answers.js';

/** How a list is walked. */
export interface WalkOptions {
  /** How many items a request asks for. */
  readonly pageSize?: number | undefined;
  /** Where to begin. Default 0. */
  readonly offset?: number | undefined;
  /** Ends after so many items. Default: all. */
  readonly limit?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

interface OffsetPage<T> {
  readonly items: readonly T[];
  readonly cursor?: Cursor | null | undefined;
}

/**
 * All items of a list with offset and limit. It ends when the server's total is reached, at an empty page, or at one
 * shorter than the server's own limit. Items that newer ones have pushed onto the next page meanwhile come once.
 */
export async function* walkOffsets<T>(
  fetchPage: (page: { limit: number; offset: number; signal: AbortSignal | undefined }) => Promise<OffsetPage<T>>,
  idOf: (item: T) => string,
  { pageSize, offset = 0, limit = Number.POSITIVE_INFINITY, signal }: WalkOptions & { readonly pageSize: number },
): AsyncGenerator<T, void, undefined> {
  const seen = new Set<string>();
  const pages = paginate<T, number>({
    start: offset,
    signal,
    fetchPage: async (from = offset) => {
      const size = Math.max(1, Math.min(pageSize, limit - seen.size));
      const { items, cursor } = await fetchPage({ limit: size, offset: from, signal });
      const next = from + items.length;
      // A server may give less than was asked for on every page.
      const full = items.length >= Math.min(size, cursor?.limit ?? size);
      const more = items.length > 0 && full && (cursor === null || cursor === undefined || next < cursor.totalCount);
      return { items, next: more ? next : undefined };
    },
  });
  if (limit <= 0) return;
  for await (const item of pages) {
    const id = idOf(item);
    if (seen.has(id)) continue;
    seen.add(id);
    yield item;
    if (seen.size >= limit) return;
    throwIfAborted(signal);
  }
}
