import { invalidArgument, SomaKitError, sleep } from '@somakit/core';
import { paginate } from '@somakit/core/http';
import {
  Sampler,
  Session,
  type SessionSearchCursor,
  SessionSearchPage,
  type SessionSummary,
  SessionsList,
  TraceExport,
} from '../answers.js';
import { type WalkOptions, walkOffsets } from '../paging.js';
import { checkMoment, type Moment } from '../timestamp.js';
import { escapeSegment } from '../tinker-path.js';
import type { CallOptions, Transport } from '../transport.js';
import { checkCount, checkScope, checkText, type PageParameters, type Scoped } from './parameters.js';

export interface SessionParameters extends CallOptions {
  readonly sessionId: string;
}

/** How a client may have ended its session. */
export type FinishReason = 'success' | 'errored' | 'interrupted';

export type SessionStatusQuery =
  | { readonly type: 'active' | 'cancelled' | 'failed' }
  | { readonly type: 'client_finished'; readonly reasons?: readonly FinishReason[] | undefined };

export type SearchOwner =
  | { readonly type: 'own' | 'accessible' }
  /** One to ten owners. */
  | { readonly type: 'user'; readonly ownerUrns: readonly string[] };

export interface SearchSessionsParameters extends CallOptions {
  /** This very session; together with `displayName`, sessions that match either. */
  readonly sessionId?: string | undefined;
  /** Default: every project that one may list. */
  readonly projectIds?: readonly string[] | undefined;
  /** Every pair must be there. */
  readonly userMetadata?: Readonly<Record<string, string>> | undefined;
  /** Words that must be in the name, in any case. */
  readonly displayName?: string | undefined;
  /** Default: one's own. */
  readonly owner?: SearchOwner | undefined;
  /** Any of these. Default: all. */
  readonly statuses?: readonly SessionStatusQuery[] | undefined;
  /** 1 to 200, default 50. */
  readonly limit?: number | undefined;
  /** `nextCursor` of the page before. */
  readonly cursor?:
    | SessionSearchCursor
    | { readonly lastCreatedAt: Moment; readonly lastSessionId: string }
    | undefined;
}

export interface ExportTraceParameters extends SessionParameters {
  /** Between two looks. Default 5 s. */
  readonly pollMs?: number | undefined;
  readonly onWait?: ((wait: { readonly attempt: number; readonly delayMs: number }) => void) | undefined;
}

declare module '@somakit/core' {
  interface ErrorContexts {
    /** The server could not export the trace of a session. */
    TINKER_TRACE_FAILED: { readonly sessionId: string; readonly serverMessage?: string };
  }
}

const checkList = (argument: string, items: readonly unknown[] | undefined, most = Number.POSITIVE_INFINITY): void => {
  if (items !== undefined && (items.length === 0 || items.length > most)) {
    throw invalidArgument(
      argument,
      `a list of 1${most === Number.POSITIVE_INFINITY ? ' or more' : ` to ${most}`}`,
      items,
    );
  }
};

const searchBody = (parameters: SearchSessionsParameters) => {
  const { sessionId, projectIds, userMetadata = {}, displayName, owner = { type: 'own' }, statuses } = parameters;
  const { limit = 50, cursor } = parameters;
  if (checkCount('limit', limit) < 1 || limit > 200) throw invalidArgument('limit', 'an integer from 1 to 200', limit);
  if (displayName !== undefined) checkText('displayName', displayName);
  checkList('statuses', statuses);
  if (owner.type === 'user') checkList('owner.ownerUrns', owner.ownerUrns, 10);
  return {
    session_id: sessionId,
    project_ids: projectIds,
    user_metadata: userMetadata,
    display_name: displayName,
    owner: owner.type === 'user' ? { type: owner.type, owner_urns: owner.ownerUrns } : { type: owner.type },
    statuses: statuses?.map((status) => {
      if (status.type !== 'client_finished' || status.reasons === undefined) return { type: status.type };
      checkList('statuses.reasons', status.reasons);
      return { type: status.type, reasons: status.reasons };
    }),
    limit,
    cursor:
      cursor === undefined
        ? undefined
        : {
            last_created_at: checkMoment('cursor.lastCreatedAt', cursor.lastCreatedAt).text,
            last_session_id: cursor.lastSessionId,
          },
  };
};

const dropUndefined = (value: object): object =>
  Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined));

const TRACE_TIMEOUT_MS = 15 * 60_000;

export const createSessionCalls = (transport: Transport) => {
  const listSessions = async ({
    limit = 20,
    offset = 0,
    accessScope,
    ...options
  }: PageParameters & Scoped = {}): Promise<SessionsList> =>
    transport.call(
      {
        sdkMethod: 'RestClient.list_sessions',
        method: 'GET',
        path: '/sessions',
        query: {
          limit: checkCount('limit', limit),
          offset: checkCount('offset', offset),
          access_scope: checkScope(accessScope),
        },
      },
      SessionsList,
      options,
    );

  const searchSessions = async (parameters: SearchSessionsParameters = {}): Promise<SessionSearchPage> => {
    const { signal, timeoutMs, retry, onRetry, idempotencyKey } = parameters;
    return transport.call(
      {
        sdkMethod: 'RestClient.search_sessions',
        method: 'POST',
        path: '/sessions/search',
        json: dropUndefined(searchBody(parameters)),
      },
      SessionSearchPage,
      { signal, timeoutMs, retry, onRetry, idempotencyKey },
    );
  };

  return {
    getSession: async ({ sessionId, accessScope, ...options }: SessionParameters & Scoped): Promise<Session> =>
      transport.call(
        {
          sdkMethod: 'RestClient.get_session',
          method: 'GET',
          path: `/sessions/${escapeSegment('sessionId', sessionId)}`,
          query: { access_scope: checkScope(accessScope) },
        },
        Session,
        options,
      ),
    /** One page of session ids. `limit` 20 and `offset` 0 when left out. */
    listSessions,
    /** All session ids, page by page as they are asked for. The server gives no total: the end is a short page. */
    iterateSessions: ({
      pageSize = 100,
      offset,
      limit,
      ...parameters
    }: CallOptions & Scoped & WalkOptions = {}): AsyncGenerator<string> =>
      walkOffsets(
        async (page) => ({ items: (await listSessions({ ...parameters, ...page })).sessions }),
        (id) => id,
        { pageSize: checkCount('pageSize', pageSize), offset, limit, signal: parameters.signal },
      ),
    /** Moves a session into a project. It cannot be taken out of one again, only moved on. */
    assignSessionProject: async ({
      sessionId,
      projectId,
      ...options
    }: SessionParameters & { readonly projectId: string }): Promise<void> =>
      transport.run(
        {
          sdkMethod: 'RestClient.assign_session_project',
          method: 'PUT',
          path: `/sessions/${escapeSegment('sessionId', sessionId)}/project`,
          json: { project_id: checkText('projectId', projectId) },
        },
        options,
      ),
    getSampler: async ({ samplerId, ...options }: CallOptions & { readonly samplerId: string }): Promise<Sampler> =>
      transport.call(
        {
          sdkMethod: 'RestClient.get_sampler',
          method: 'GET',
          path: `/samplers/${escapeSegment('samplerId', samplerId)}`,
        },
        Sampler,
        options,
      ),
    /**
     * A signed link to a session's timeline (Perfetto), which lives about an hour. Waits until the server has made it;
     * default time limit 15 min.
     *
     * @throws TINKER_TRACE_FAILED
     */
    exportSessionTrace: async ({
      sessionId,
      pollMs = 5_000,
      onWait,
      ...options
    }: ExportTraceParameters): Promise<string> => {
      const sdkMethod = 'RestClient.export_session_trace';
      const path = `/sessions/${escapeSegment('sessionId', sessionId)}/trace_export`;
      return transport.within(
        sdkMethod,
        { ...options, timeoutMs: options.timeoutMs ?? TRACE_TIMEOUT_MS },
        async (call) => {
          for (let attempt = 1; ; attempt++) {
            const { status, url, error } = await transport.call({ sdkMethod, method: 'GET', path }, TraceExport, call);
            if (status === 'ready' && url !== null) return url;
            if (status !== 'pending') {
              throw new SomaKitError(
                'TINKER_TRACE_FAILED',
                `The trace of session ${sessionId} could not be exported${error === null ? '' : `: ${error}`}.`,
                { context: { sessionId, ...(error === null ? {} : { serverMessage: error }) } },
              );
            }
            onWait?.({ attempt, delayMs: pollMs });
            await sleep(pollMs, { signal: call.signal, clock: transport.clock });
          }
        },
      );
    },
    /** One page of sessions that match, newest first. The server calls this experimental. */
    searchSessions,
    /** All sessions that match, newest first, page by page as they are asked for. */
    iterateSessionSearch: ({
      pageSize = 50,
      limit,
      cursor,
      ...parameters
    }: Omit<SearchSessionsParameters, 'limit'> & Omit<WalkOptions, 'offset'> = {}): AsyncGenerator<SessionSummary> => {
      type Place = NonNullable<SearchSessionsParameters['cursor']>;
      const places = new Map<string, Place>();
      // The key tells whether a place comes twice.
      const keep = (place: Place): string => {
        const key = `${checkMoment('cursor', place.lastCreatedAt).text} ${place.lastSessionId}`;
        places.set(key, place);
        return key;
      };
      return paginate<SessionSummary, string>({
        start: cursor === undefined ? undefined : keep(cursor),
        limit,
        signal: parameters.signal,
        fetchPage: async (place) => {
          const { sessions, nextCursor } = await searchSessions({
            ...parameters,
            limit: pageSize,
            cursor: place === undefined ? undefined : places.get(place),
          });
          return { items: sessions, next: nextCursor === null ? undefined : keep(nextCursor) };
        },
      });
    },
  };
};
