import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { isError } from '@somakit/core';
import type { HttpClient } from '@somakit/core/http';
import type { FolderFile } from './folder.js';

interface PathInfo {
  readonly path?: unknown;
  readonly size?: unknown;
  readonly oid?: unknown;
  readonly lfs?: { readonly oid?: unknown } | null;
}

const hashFile = async (absolute: string, algorithm: 'sha1' | 'sha256', prefix = ''): Promise<string> => {
  const hash = createHash(algorithm).update(prefix);
  for await (const part of createReadStream(absolute)) hash.update(part as Uint8Array);
  return hash.digest('hex');
};

/** Git's name for a file's content. */
const gitBlobId = ({ absolute, size }: FolderFile): Promise<string> => hashFile(absolute, 'sha1', `blob ${size}\0`);

const PER_CALL = 100;

/** Where to look: a branch of a model repository. */
export interface HubPlace {
  readonly http: HttpClient;
  readonly hubUrl: string;
  readonly repo: string;
  readonly branch: string;
  readonly token: string;
  readonly signal?: AbortSignal | undefined;
}

/** What the Hub says about a model repository; `undefined` when it does not say anything. */
export const askModel = async (
  { http, hubUrl, repo, token, signal }: HubPlace,
  revision?: string,
): Promise<{ readonly sha?: unknown; readonly private?: unknown } | undefined> => {
  const at = revision === undefined ? '' : `/revision/${encodeURIComponent(revision)}`;
  try {
    return await http.get({
      url: `${hubUrl}/api/models/${repo}${at}`,
      headers: { authorization: `Bearer ${token}` },
      signal,
      schema: (value) => (typeof value === 'object' && value !== null ? value : {}),
    });
  } catch (error) {
    if (isError(error, 'HTTP_STATUS') || isError(error, 'HTTP_INVALID_BODY')) return undefined;
    throw error;
  }
};

/**
 * Whether the head of the branch holds exactly these files: then a commit whose answer was lost has arrived (or needs not
 * be made), and the head is its revision. `undefined`: the Hub does not tell.
 */
export const findCommitted = async (
  place: HubPlace,
  files: readonly FolderFile[],
): Promise<{ readonly commit: string } | 'missing' | undefined> => {
  const sha = (await askModel(place, place.branch))?.sha;
  if (typeof sha !== 'string' || !/^[0-9a-f]{40}$/.test(sha)) return undefined;
  for (let at = 0; at < files.length; at += PER_CALL) {
    const some = files.slice(at, at + PER_CALL);
    let infos: readonly PathInfo[];
    try {
      infos = await place.http.post<readonly PathInfo[]>({
        url: `${place.hubUrl}/api/models/${place.repo}/paths-info/${sha}`,
        headers: { authorization: `Bearer ${place.token}` },
        json: { paths: some.map(({ path }) => path) },
        // A question, whatever its method.
        retry: true,
        signal: place.signal,
        schema: (value) => {
          if (!Array.isArray(value)) throw new TypeError('must be a list');
          return value;
        },
      });
    } catch (error) {
      if (isError(error, 'HTTP_STATUS') || isError(error, 'HTTP_INVALID_BODY')) return undefined;
      throw error;
    }
    const known = new Map(infos.map((info) => [info.path, info]));
    for (const file of some) {
      const info = known.get(file.path);
      if (info === undefined || (info.size !== undefined && Number(info.size) !== file.size)) return 'missing';
      const lfs = info.lfs?.oid;
      const same =
        typeof lfs === 'string'
          ? lfs === (await hashFile(file.absolute, 'sha256'))
          : info.oid === (await gitBlobId(file));
      if (!same) return 'missing';
    }
  }
  return { commit: sha };
};
