import { pathToFileURL } from 'node:url';
import { type CommitOutput, type CommitProgressEvent, commitIter, createRepo } from '@huggingface/hub';
import { type Clock, invalidArgument, isError, type Random, SomaKitError, throwIfAborted } from '@somakit/core';
import type { Fetch, HttpRetry } from '@somakit/core/http';
import { optionOr } from '../api.js';
import { checkRepo } from '../submission.js';
import { askModel, findCommitted, type HubPlace } from './commit-check.js';
import { toHubError } from './errors.js';
import { type FolderContent, readFolder, refuseSecrets } from './folder.js';
import { createHubHttp, hubFetch } from './hub-fetch.js';

/** What `onProgress` hears. */
export interface UploadProgress {
  readonly phase: 'creating' | 'preparing' | 'uploading' | 'committing' | 'checking';
  /** The file that it is about, and how far that one is (0 to 1). */
  readonly path?: string;
  readonly state?: 'hashing' | 'uploading';
  readonly progress?: number;
  /** Over all files, by their sizes: bytes that are up. */
  readonly uploadedBytes: number;
  readonly totalBytes: number;
  readonly files: number;
}

export interface UploadParameters {
  /** `owner/name` on the Hub. Made when it is missing. */
  readonly repo: string;
  /** Default `outputs`. */
  readonly folder?: string | undefined;
  /** With write access, `hf_...`. Default: `HF_TOKEN` of the environment. */
  readonly token?: string | undefined;
  /** Default false: validators cannot read private repositories. */
  readonly private?: boolean | undefined;
  /** More names that stay behind: `*.tmp`, `checkpoint-*`, `logs/**`. Secrets and caches stay behind anyway. */
  readonly ignore?: readonly string[] | undefined;
  readonly onProgress?: ((progress: UploadProgress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Default `main`. */
  readonly branch?: string | undefined;
  readonly commitTitle?: string | undefined;
  readonly commitDescription?: string | undefined;
  /** Refuse when the branch has moved on from this commit. */
  readonly parentCommit?: string | undefined;
  /** For a new repository, such as `apache-2.0`. */
  readonly license?: string | undefined;
  /** Default: `HF_ENDPOINT` of the environment, else `https://huggingface.co`. */
  readonly hubUrl?: string | undefined;
  /** Default true: the Hub's content-addressed store, when it offers it. */
  readonly useXet?: boolean | undefined;
  readonly fetch?: Fetch | undefined;
  readonly clock?: Clock | undefined;
  readonly random?: Random | undefined;
  readonly retry?: HttpRetry | false | undefined;
}

export interface UploadResult {
  readonly repo: string;
  /** The commit's hash, 40 hex digits: what a submission names as its revision. */
  readonly commit: string;
  readonly url: string;
  /** Whether the repository was made now. */
  readonly created: boolean;
  readonly files: number;
  readonly bytes: number;
  /** What stayed behind. */
  readonly ignored: readonly string[];
}

const COMMIT_ATTEMPTS = 3;

/** @throws INVALID_ARGUMENT, without the token */
export const checkToken = (given: string | undefined): string => {
  const token = optionOr(given, 'HF_TOKEN');
  if (token !== undefined && /^hf_\S+$/.test(token)) return token;
  throw invalidArgument(
    'token',
    'a token of the Hugging Face Hub, hf_...',
    undefined,
    'Make one with write access at huggingface.co/settings/tokens and set HF_TOKEN.',
  );
};

/** A lost or unreadable answer to the commit: it may be there. */
const isLost = (error: unknown): boolean =>
  !isError(error) ||
  isError(error, 'HTTP_NETWORK') ||
  isError(error, 'TIMEOUT') ||
  (isError(error, 'HTTP_STATUS') && error.context.status >= 500);

/**
 * Puts the files of a folder into one commit of a model repository on the Hugging Face Hub, and makes the repository when it is
 * missing. Safe to repeat: what the Hub has already is not sent again.
 *
 * Version control, caches and files that look like secrets (`.env`, keys, tokens, keystores) never go up. Every request but the commit is
 * repeated after faults. When the commit's answer is lost, the Hub is asked whether the commit is there before it is made again.
 *
 * A file that holds the token itself ends the upload before it begins.
 *
 * @throws HUB_FAILED (with the `status`), HUB_REPOSITORY_PRIVATE, HUB_NOTHING_TO_UPLOAD, HUB_SECRET_IN_FILE, HUB_OUTCOME_UNKNOWN, HTTP_NETWORK, TIMEOUT,
 * ABORTED, INVALID_ARGUMENT. The token is in none of them.
 * @example
 * import { uploadToHub } from '@somakit/flock/node';
 * const { commit } = await uploadToHub({ repo: 'me/task-7-qwen', folder: 'outputs', ignore: ['checkpoint-*'] });
 */
export const uploadToHub = async (parameters: UploadParameters): Promise<UploadResult> => {
  const { folder = 'outputs', signal } = parameters;
  checkRepo(parameters.repo);
  checkToken(parameters.token);
  throwIfAborted(signal, 'uploadToHub');
  return uploadContent(parameters, await readFolder(folder, parameters.ignore ?? [], signal));
};

/** {@link uploadToHub} of files that have been found already. */
export const uploadContent = async (parameters: UploadParameters, content: FolderContent): Promise<UploadResult> => {
  const { branch = 'main', signal, onProgress } = parameters;
  const repo = checkRepo(parameters.repo);
  const token = checkToken(parameters.token);
  const hubUrl = (optionOr(parameters.hubUrl, 'HF_ENDPOINT') ?? 'https://huggingface.co').replace(/\/+$/, '');
  const { files, ignored } = content;
  await refuseSecrets(files, [token, optionOr(undefined, 'FLOCK_API_KEY')]);
  const http = createHubHttp(parameters);
  const library = hubFetch(http, parameters);
  const place: HubPlace = { http, hubUrl, repo, branch, token, signal };
  const totalBytes = files.reduce((sum, { size }) => sum + size, 0);
  const sizes = new Map(files.map(({ path, size }) => [path, size]));
  const done = new Map<string, number>();
  let phase: UploadProgress['phase'] = 'creating';
  const tell = (event?: Extract<CommitProgressEvent, { event: 'fileProgress' }>) => {
    if (event?.state === 'uploading') done.set(event.path, (sizes.get(event.path) ?? 0) * event.progress);
    if (onProgress === undefined) return;
    const uploadedBytes = Math.round([...done.values()].reduce((sum, bytes) => sum + bytes, 0));
    onProgress({
      phase,
      ...(event === undefined || event.state === 'error'
        ? {}
        : { path: event.path, state: event.state, progress: event.progress }),
      uploadedBytes,
      totalBytes,
      files: files.length,
    });
  };

  const create = async (): Promise<boolean> => {
    try {
      await createRepo({
        repo: { type: 'model', name: repo },
        // Said in any case: an organisation's default may be private.
        visibility: parameters.private ? 'private' : 'public',
        ...(parameters.license === undefined ? {} : { license: parameters.license }),
        accessToken: token,
        hubUrl,
        fetch: library,
      });
      return true;
    } catch (error) {
      if (!isError(error, 'HTTP_STATUS') || error.context.status !== 409) throw error;
    }
    if (!parameters.private && (await askModel(place))?.private === true) {
      throw new SomaKitError('HUB_REPOSITORY_PRIVATE', `${repo} is private: validators cannot read it.`, {
        context: { repo },
        hint: 'Make it public on its settings page, or pass private: true if that is what you want.',
      });
    }
    return false;
  };

  const commitOnce = async (): Promise<CommitOutput> => {
    const events = commitIter({
      repo: { type: 'model', name: repo },
      operations: files.map(({ path, absolute }) => ({
        operation: 'addOrUpdate',
        path,
        content: pathToFileURL(absolute),
      })),
      title: parameters.commitTitle ?? 'Upload folder',
      ...(parameters.commitDescription === undefined ? {} : { description: parameters.commitDescription }),
      ...(parameters.parentCommit === undefined ? {} : { parentCommit: parameters.parentCommit }),
      branch,
      hubUrl,
      accessToken: token,
      useXet: parameters.useXet ?? true,
      fetch: library,
      ...(signal === undefined ? {} : { abortSignal: signal }),
    });
    for (;;) {
      const { done: ended, value } = await events.next();
      throwIfAborted(signal, 'uploadToHub');
      if (ended) {
        if (value === undefined) throw new TypeError('the Hub names no commit');
        return value;
      }
      if (value.event === 'phase') {
        phase =
          value.phase === 'preuploading'
            ? 'preparing'
            : value.phase === 'uploadingLargeFiles'
              ? 'uploading'
              : 'committing';
        tell();
      } else tell(value);
    }
  };

  const commit = async (): Promise<{ readonly oid: string; readonly url: string }> => {
    for (let attempt = 1; ; attempt++) {
      try {
        const { oid, url } = (await commitOnce()).commit;
        if (typeof oid !== 'string' || !/^[0-9a-f]{40}$/.test(oid)) throw new TypeError('the Hub names no commit');
        return { oid, url };
      } catch (error) {
        throwIfAborted(signal, 'uploadToHub');
        if (phase !== 'committing' || !isLost(error)) throw error;
        phase = 'checking';
        tell();
        const found = await findCommitted(place, files);
        if (found === undefined) {
          throw new SomaKitError('HUB_OUTCOME_UNKNOWN', `The commit to ${repo} was sent and no answer came.`, {
            context: { repo },
            hint: 'Upload once more: what is there already is not sent again.',
            cause: error,
            retryable: true,
          });
        }
        if (found !== 'missing') return { oid: found.commit, url: `${hubUrl}/${repo}/commit/${found.commit}` };
        if (attempt >= COMMIT_ATTEMPTS) throw error;
      }
    }
  };

  try {
    tell();
    const created = await create();
    throwIfAborted(signal, 'uploadToHub');
    const { oid, url } = await commit();
    return { repo, commit: oid, url, created, files: files.length, bytes: totalBytes, ignored };
  } catch (error) {
    throwIfAborted(signal, 'uploadToHub');
    throw toHubError(error, repo, token);
  }
};
