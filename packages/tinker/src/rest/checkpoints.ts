import { invalidArgument, SomaKitError, sleep } from '@somakit/core';
import type { HttpResponse } from '@somakit/core/http';
import { ArchiveUrl, type Checkpoint, CheckpointsList, CopiedWeights, ExternalWeightsUrls } from '../answers.js';
import type { Environment } from '../credentials.js';
import { statusError } from '../errors.js';
import { type WalkOptions, walkOffsets } from '../paging.js';
import { readTimestamp, type Timestamp } from '../timestamp.js';
import { escapeSegment, escapeSegments, parseTinkerPath } from '../tinker-path.js';
import { type CallOptions, type Request, readAnswer, type Transport } from '../transport.js';
import { checkCount, checkText, checkTtl, type PageParameters } from './parameters.js';
import type { TinkerPathParameters } from './runs.js';

export interface CheckpointParameters extends CallOptions {
  readonly trainingRunId: string;
  /** `<kind>/<name>`, such as `weights/0001`. */
  readonly checkpointId: string;
}

export interface ArchiveOptions {
  /** Between two looks whether the archive is built. Default 30 s. */
  readonly pollMs?: number | undefined;
  /** Hears each time that the archive is still being built. */
  readonly onWait?: ((wait: { readonly attempt: number; readonly delayMs: number }) => void) | undefined;
}

export interface SetCheckpointTtlParameters extends TinkerPathParameters {
  /** From now on; null keeps the checkpoint for ever. */
  readonly ttlSeconds: number | null;
}

export interface CopyWeightsParameters extends CallOptions {
  /** The checkpoint to copy; goes to the server as it is. */
  readonly path: string;
  /** Default: TINKER_PROJECT_ID. */
  readonly destinationProjectId?: string | undefined;
  readonly ttlSeconds?: number | undefined;
  /** For weights that another account lets one read. */
  readonly weightsAccessToken?: string | undefined;
}

const checkpointPath = (trainingRunId: string, checkpointId: string, rest = ''): string =>
  `/training_runs/${escapeSegment('trainingRunId', trainingRunId)}/checkpoints/${escapeSegments('checkpointId', checkpointId)}${rest}`;

const pathOf = (tinkerPath: string, rest = ''): string => {
  const { trainingRunId, checkpointId } = parseTinkerPath(tinkerPath);
  return checkpointPath(trainingRunId, checkpointId, rest);
};

// Publishing what is public is no race: the answer is final.
const noConflict = (status: number): boolean | undefined => (status === 409 ? false : undefined);

const ARCHIVE_TIMEOUT_MS = 15 * 60_000;
const DEFAULT_LIFE_MS = 15 * 60_000;

/** The `Expires` header (RFC date; no zone is UTC), or 15 minutes from now. */
const archiveExpiry = (header: string | null, now: number): Timestamp => {
  const text = header?.trim() ?? '';
  const zoned = /(?:[A-Za-z]{1,5}|[+-]\d{4})$/.test(text) ? text : `${text} GMT`;
  // An HTTP date names the month: a bare number is not one.
  const at = /[A-Za-z]{3}/.test(text) ? Date.parse(zoned) : Number.NaN;
  const date = new Date(Number.isNaN(at) ? now + DEFAULT_LIFE_MS : at);
  return readTimestamp(date)!;
};

export const createCheckpointCalls = (transport: Transport, env: Environment) => {
  const { clock } = transport;

  const listUserCheckpoints = async ({
    limit = 100,
    offset = 0,
    ...options
  }: PageParameters = {}): Promise<CheckpointsList> =>
    transport.call(
      {
        sdkMethod: 'RestClient.list_user_checkpoints',
        method: 'GET',
        path: '/checkpoints',
        query: { limit: checkCount('limit', limit), offset: checkCount('offset', offset) },
      },
      CheckpointsList,
      options,
    );

  const readArchive = (response: HttpResponse<Uint8Array>, request: Request): ArchiveUrl => {
    const { status, headers, url, attempts, requestId, data } = response;
    if (status < 300) return readAnswer(response, request, ArchiveUrl);
    const location = status === 302 ? headers.get('location') : null;
    if (location !== null && location !== '') {
      return { url: new URL(location, url).href, expires: archiveExpiry(headers.get('expires'), clock.now()) };
    }
    const body = data.length === 0 ? {} : { body: new TextDecoder().decode(data.subarray(0, 1000)) };
    throw statusError(
      { method: request.method, url, attempts, status, ...body, ...(requestId === undefined ? {} : { requestId }) },
      { hint: status === 302 ? 'The redirect names no location.' : undefined },
    );
  };

  const archiveUrl = (
    sdkMethod: string,
    path: string,
    { pollMs = 30_000, onWait, ...options }: CallOptions & ArchiveOptions,
  ): Promise<ArchiveUrl> =>
    transport.within(sdkMethod, { ...options, timeoutMs: options.timeoutMs ?? ARCHIVE_TIMEOUT_MS }, async (call) => {
      const request: Request = {
        sdkMethod,
        method: 'GET',
        path,
        redirect: 'manual',
        // Not a failure: the archive is being built.
        decide: (status) => (status === 503 ? false : undefined),
      };
      for (let attempt = 1; ; attempt++) {
        try {
          return readArchive(await transport.send(request, call), request);
        } catch (error) {
          const isBuilding =
            error instanceof SomaKitError && error.code === 'TINKER_SERVER' && 'status' in error.context
              ? error.context.status === 503
              : false;
          if (!isBuilding || call.retry === false) throw error;
          const { retryAfterMs } = (error as SomaKitError<'TINKER_SERVER'>).context;
          const delayMs = retryAfterMs !== undefined && retryAfterMs > 0 ? retryAfterMs : pollMs;
          onWait?.({ attempt, delayMs });
          await sleep(delayMs, { signal: call.signal, clock });
        }
      }
    });

  const deletion = (sdkMethod: string, path: string, options: CallOptions): Promise<void> =>
    transport.run({ sdkMethod, method: 'DELETE', path }, options);

  return {
    /** All checkpoints of a training run, in one answer. */
    listCheckpoints: async ({
      trainingRunId,
      ...options
    }: CallOptions & { readonly trainingRunId: string }): Promise<CheckpointsList> =>
      transport.call(
        {
          sdkMethod: 'RestClient.list_checkpoints',
          method: 'GET',
          path: `/training_runs/${escapeSegment('trainingRunId', trainingRunId)}/checkpoints`,
        },
        CheckpointsList,
        options,
      ),
    /** One page of all checkpoints of the account, newest first. `limit` 100 and `offset` 0 when left out. */
    listUserCheckpoints,
    /** All checkpoints of the account, newest first, page by page as they are asked for. */
    iterateUserCheckpoints: ({
      pageSize = 1000,
      offset,
      limit,
      ...parameters
    }: CallOptions & WalkOptions = {}): AsyncGenerator<Checkpoint> =>
      walkOffsets(
        async (page) => {
          const { checkpoints, cursor } = await listUserCheckpoints({ ...parameters, ...page });
          return { items: checkpoints, cursor };
        },
        ({ tinkerPath }) => tinkerPath,
        { pageSize: checkCount('pageSize', pageSize), offset, limit, signal: parameters.signal },
      ),
    /**
     * A signed link to a checkpoint as one tar archive. The first time the server builds it, which may take minutes:
     * `onWait` hears of that. Default time limit 15 min. Servers from 2026 on may not have it any more: see
     * `getExternalWeightsUrls`. Not in browsers, which hide where a redirect leads.
     */
    getCheckpointArchiveUrl: async ({
      trainingRunId,
      checkpointId,
      ...options
    }: CheckpointParameters & ArchiveOptions): Promise<ArchiveUrl> =>
      archiveUrl(
        'RestClient.get_checkpoint_archive_url',
        checkpointPath(trainingRunId, checkpointId, '/archive'),
        options,
      ),
    /** @throws TINKER_PATH */
    getCheckpointArchiveUrlFromTinkerPath: async ({
      tinkerPath,
      ...options
    }: TinkerPathParameters & ArchiveOptions): Promise<ArchiveUrl> =>
      archiveUrl('RestClient.get_checkpoint_archive_url_from_tinker_path', pathOf(tinkerPath, '/archive'), options),
    /** Deletes for ever. */
    deleteCheckpoint: async ({ trainingRunId, checkpointId, ...options }: CheckpointParameters): Promise<void> =>
      deletion('RestClient.delete_checkpoint', checkpointPath(trainingRunId, checkpointId), options),
    /** Deletes for ever. @throws TINKER_PATH */
    deleteCheckpointFromTinkerPath: async ({ tinkerPath, ...options }: TinkerPathParameters): Promise<void> =>
      deletion('RestClient.delete_checkpoint_from_tinker_path', pathOf(tinkerPath), options),
    /** Lets everybody read a checkpoint. @throws TINKER_CONFLICT when it is public already, TINKER_PATH */
    publishCheckpointFromTinkerPath: async ({ tinkerPath, ...options }: TinkerPathParameters): Promise<void> =>
      transport.run(
        {
          sdkMethod: 'RestClient.publish_checkpoint_from_tinker_path',
          method: 'POST',
          path: pathOf(tinkerPath, '/publish'),
          decide: noConflict,
        },
        options,
      ),
    /** @throws TINKER_CONFLICT when it is private already, TINKER_PATH */
    unpublishCheckpointFromTinkerPath: async ({ tinkerPath, ...options }: TinkerPathParameters): Promise<void> =>
      transport.run(
        {
          sdkMethod: 'RestClient.unpublish_checkpoint_from_tinker_path',
          method: 'DELETE',
          path: pathOf(tinkerPath, '/publish'),
          decide: noConflict,
        },
        options,
      ),
    /** How long a checkpoint lives on, counted from now. @throws TINKER_PATH, INVALID_ARGUMENT outside of 3600 s to ten years */
    setCheckpointTtlFromTinkerPath: async ({
      tinkerPath,
      ttlSeconds,
      ...options
    }: SetCheckpointTtlParameters): Promise<void> => {
      if (ttlSeconds === undefined)
        throw invalidArgument('ttlSeconds', 'a number of seconds, or null to keep it for ever');
      await transport.run(
        {
          sdkMethod: 'RestClient.set_checkpoint_ttl_from_tinker_path',
          method: 'PUT',
          path: pathOf(tinkerPath, '/ttl'),
          json: { ttl_seconds: ttlSeconds === null ? null : checkTtl(ttlSeconds) },
        },
        options,
      );
    },
    /** A signed link for each file of exported weights. @throws TINKER_PATH for another kind than `external_weights` */
    getExternalWeightsUrls: async ({ tinkerPath, ...options }: TinkerPathParameters): Promise<ExternalWeightsUrls> => {
      const { kind } = parseTinkerPath(tinkerPath);
      if (kind !== 'external_weights') {
        throw new SomaKitError('TINKER_PATH', `Only external_weights have a link for each file, not ${kind}.`, {
          context: { received: tinkerPath, reason: `the kind is ${kind}` },
        });
      }
      return transport.call(
        {
          sdkMethod: 'RestClient.get_external_weights_urls',
          method: 'GET',
          path: pathOf(tinkerPath, '/external_weights_urls'),
        },
        ExternalWeightsUrls,
        options,
      );
    },
    /** Copies a checkpoint into a project and gives the copy's path. No bytes move. */
    copyWeights: async ({
      path,
      destinationProjectId,
      ttlSeconds,
      weightsAccessToken,
      ...options
    }: CopyWeightsParameters): Promise<string> => {
      const project = destinationProjectId ?? (env.TINKER_PROJECT_ID || undefined);
      if (project === undefined) {
        throw invalidArgument('destinationProjectId', 'given, here or as TINKER_PROJECT_ID');
      }
      const { tinkerPath } = await transport.call(
        {
          sdkMethod: 'RestClient.copy_weights',
          method: 'POST',
          path: '/copy_weights',
          json: {
            destination_project_id: checkText('destinationProjectId', project),
            source_path: checkText('path', path),
            ...(ttlSeconds === undefined ? {} : { ttl_seconds: checkTtl(ttlSeconds) }),
          },
          headers: weightsAccessToken === undefined ? {} : { 'x-tinker-weights-access-token': weightsAccessToken },
        },
        CopiedWeights,
        options,
      );
      return tinkerPath;
    },
  };
};
