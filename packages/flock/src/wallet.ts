import { invalidArgument } from '@somakit/core';
import { paginate } from '@somakit/core/http';
import { checkWalletAddress } from './address.js';
import type { Api, CallOptions } from './api.js';
import { achievementsSchema, anySchema, submissionsSchema } from './check.js';
import { type Frame, frameOf } from './frame/index.js';
import type { Achievements, JsonValue, Page, Submission } from './types.js';

/** A read that also comes as a table. */
export interface Read<P, T> {
  (parameters: P & CallOptions & { readonly as: 'frame' }): Promise<Frame>;
  (parameters: P & CallOptions & { readonly as?: 'json' | undefined }): Promise<T>;
}

/** The same, where every parameter may be left out. */
export interface OptionalRead<P, T> {
  (parameters: P & CallOptions & { readonly as: 'frame' }): Promise<Frame>;
  (parameters?: P & CallOptions & { readonly as?: 'json' | undefined }): Promise<T>;
}

export type As = { readonly as?: 'json' | 'frame' | undefined };

export interface PageParameters {
  /** From 1. */
  readonly page?: number | undefined;
  /** Items of a page, 1 to 100. */
  readonly size?: number | undefined;
}

export interface IterateParameters extends CallOptions {
  /** Items fetched at once, 1 to 100. Default 100. */
  readonly size?: number | undefined;
  /** Ends after so many items. */
  readonly limit?: number | undefined;
}

export type Role = 'validator' | 'node';

/** What the service tells about one wallet. None of it needs a key. */
export interface FlockWallet {
  readonly address: string;
  /** One page of the wallet's submissions; default page 1 of size 50. The table has one row, the page itself, as flocky's: `frameOf(page.items)` has the submissions. */
  readonly submissions: OptionalRead<PageParameters, Page<Submission>>;
  /** All submissions, page by page as they are asked for. */
  iterateSubmissions(parameters?: IterateParameters): AsyncGenerator<Submission, void, undefined>;
  /** Medals and participations. Default role: validator. */
  readonly achievements: OptionalRead<{ readonly role?: Role | undefined }, Achievements>;
  /** Tasks that the wallet takes part in. No source shows the form of the answer: it comes as it is. */
  readonly enrolledTasks: OptionalRead<object, JsonValue>;
}

/** @throws INVALID_ARGUMENT */
export const checkPaging = ({ page, size }: PageParameters): void => {
  if (page !== undefined && !(Number.isSafeInteger(page) && page >= 1)) {
    throw invalidArgument('page', 'a whole number of 1 or more', page);
  }
  if (size !== undefined && !(Number.isInteger(size) && size >= 1 && size <= 100)) {
    throw invalidArgument('size', 'a whole number from 1 to 100', size);
  }
};

/** @throws INVALID_ARGUMENT */
export const checkAs = (as: unknown): void => {
  if (as !== undefined && as !== 'json' && as !== 'frame') throw invalidArgument('as', "'json' or 'frame'", as);
};

/** All items over all pages. An empty list has 0 pages. */
export const iteratePages = <T>(
  fetchPage: (page: number, size: number, signal: AbortSignal | undefined) => Promise<Page<T>>,
  { size = 100, limit, signal }: IterateParameters,
): AsyncGenerator<T, void, undefined> => {
  checkPaging({ size });
  return paginate<T, number>({
    fetchPage: async (page = 1, inner) => {
      const { items, pages } = await fetchPage(page, size, inner);
      return { items, next: items.length > 0 && page < pages ? page + 1 : undefined };
    },
    limit,
    signal,
  });
};

export const createWallet = (api: Api, givenAddress: string): FlockWallet => {
  const address = checkWalletAddress(givenAddress);
  const fetchPage = ({ page = 1, size = 50, signal, timeoutMs }: PageParameters & CallOptions) =>
    api.read({
      path: ['stats', 'submissions', address],
      query: { page, size },
      schema: submissionsSchema,
      signal,
      timeoutMs,
    });
  return {
    address,
    submissions: (async (parameters: PageParameters & CallOptions & As = {}) => {
      checkPaging(parameters);
      checkAs(parameters.as);
      const page = await fetchPage(parameters);
      return parameters.as === 'frame' ? frameOf(page) : page;
    }) as FlockWallet['submissions'],
    iterateSubmissions: (parameters = {}) =>
      iteratePages(
        (page, size, signal) => fetchPage({ page, size, signal, timeoutMs: parameters.timeoutMs }),
        parameters,
      ),
    achievements: (async ({ role = 'validator', as, ...call }: { role?: Role | undefined } & CallOptions & As = {}) => {
      if (role !== 'validator' && role !== 'node') throw invalidArgument('role', "'validator' or 'node'", role);
      checkAs(as);
      const achievements = await api.read({
        path: ['stats', 'achievements', address],
        query: { role },
        schema: achievementsSchema,
        ...call,
      });
      return as === 'frame' ? frameOf(achievements) : achievements;
    }) as FlockWallet['achievements'],
    enrolledTasks: (async ({ as, ...call }: CallOptions & As = {}) => {
      checkAs(as);
      const tasks = await api.read({ path: ['stats', 'enrolled-tasks', address], schema: anySchema, ...call });
      return as === 'frame' ? frameOf(tasks) : tasks;
    }) as FlockWallet['enrolledTasks'],
  };
};
