import type { Codec } from '@somakit/bcs';
import { isError } from '@somakit/core';
import { badRequest } from '@somakit/rpc/server';

/** A page ends with the entry that brings it to this many bytes. Source: rpc/src/api/grpc/state. */
const MAX_PAGE_BYTES = 512 * 1024;

/** The number of entries of a page: 1 to 1000. */
export const pageSize = (given: number | undefined, fallback: number): number =>
  Math.min(Math.max(given ?? fallback, 1), 1000);

/** A page token. @throws INVALID_ARGUMENT */
export const readToken = <T>(codec: Codec<T>, bytes: Uint8Array): T => {
  try {
    return codec.decode(bytes);
  } catch (error) {
    if (!isError(error)) throw error;
    throw badRequest('page_token', 'invalid page_token');
  }
};

/** A page of a list, and where the next one begins. */
export interface Page<T, M> {
  readonly items: readonly M[];
  /** The first entry that is not on the page; undefined at the end. */
  readonly next: T | undefined;
}

/** What a list needs to know of its entries. */
export interface PageParts<T, M> {
  /** Undefined for an entry that is not wanted. */
  message(entry: T): M | undefined;
  /** The size of an entry's message, encoded. */
  bytes(message: M): number;
  /** No less than that size, and quick to tell. */
  atMost(entry: T): number;
}

/**
 * Takes entries from a place in a list. Those that `message` has nothing for count for nothing: the list behind the
 * page is looked at as far as needed, so a page with a token is never empty.
 */
export const takePage = <T, M>(
  entries: readonly T[],
  start: number,
  size: number,
  { message, bytes, atMost }: PageParts<T, M>,
): Page<T, M> => {
  const items: M[] = [];
  let bound = 0;
  // Counted only once it could matter.
  let sum: number | undefined;
  let full = false;
  for (let i = start; i < entries.length; i++) {
    const entry = entries[i]!;
    const item = message(entry);
    if (item === undefined) continue;
    if (full) return { items, next: entry };
    items.push(item);
    bound += atMost(entry);
    if (sum !== undefined) sum += bytes(item);
    else if (bound >= MAX_PAGE_BYTES) sum = items.reduce((total, each) => total + bytes(each), 0);
    full = items.length >= size || (sum !== undefined && sum >= MAX_PAGE_BYTES);
  }
  return { items, next: undefined };
};

/** The first place in a sorted list that is not before a key. */
export const placeOf = <T>(entries: readonly T[], isBefore: (entry: T) => boolean): number => {
  let [low, high] = [0, entries.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (isBefore(entries[middle]!)) low = middle + 1;
    else high = middle;
  }
  return low;
};
