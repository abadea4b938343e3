import type { Manifest } from '@somakit/bcs';
import type { ObjectId } from '@somakit/core';
import { targetOf } from '@somakit/ledger';
import type { HttpHandler } from '@somakit/rpc/server';
import type { Chain } from '../chain/types.js';
import { createPublishedFiles, failureText, type PublishedFile, sendFile } from './files.js';

/** Largest file that is passed on, and how much is kept for those who ask again. */
const MAX_BYTES = 16 * 1024 ** 3;
const KEPT_BYTES = 2 * 1024 ** 3;

type Found = { readonly manifest: Manifest } | { readonly missing: string };

const modelManifest = (chain: Chain, id: ObjectId): Found => {
  const model = chain.ledger.systemState().modelRegistry.models.get(id);
  if (model === undefined || model.kind === 'Created') return { missing: `Model not found or not active: ${id}` };
  return { manifest: model.manifest };
};

const targetManifest = (chain: Chain, id: ObjectId): Found => {
  const object = chain.store.getObject(id);
  const manifest = object?.objectType.kind === 'Target' ? targetOf(object).winningDataManifest : undefined;
  return manifest === undefined ? { missing: `Target not found or not filled: ${id}` } : { manifest };
};

/** The proxy, and what it holds. */
export interface Proxy {
  readonly handler: HttpHandler;
  close(): Promise<void>;
}

/**
 * Passes published files on: `/model/{id}` the weights as they were published, `/data/{id}` the winning data of a
 * target, both checked against their manifest. Requests for one file at the same time share its download, and ranges
 * are served.
 *
 * Source of the routes: authority/src/fullnode_proxy.rs, proxy_server.rs.
 */
export const createProxy = (chain: Chain): Proxy => {
  const files = createPublishedFiles({ maxBytes: MAX_BYTES, keptBytes: KEPT_BYTES });
  const handler: HttpHandler = async (request, response) => {
    const path = (request.url ?? '/').replace(/\?.*$/, '');
    const match = /^\/(data|model)\/([^/]*)$/.exec(path);
    if (match === null) return false;
    const text = (status: number, body: string, headers: Record<string, string> = {}): true => {
      response.writeHead(status, {
        'content-type': 'text/plain; charset=utf-8',
        'content-length': String(Buffer.byteLength(body)),
        ...headers,
      });
      response.end(request.method === 'HEAD' ? undefined : body);
      return true;
    };
    const given = match[2]!;
    if (given === '') return false;
    if (request.method !== 'GET' && request.method !== 'HEAD') return text(405, '', { allow: 'GET,HEAD' });
    if (!/^(?:0x)?[0-9a-fA-F]{64}$/.test(given)) return text(400, `Invalid resource ID: ${given}`);
    const id = `0x${given.replace(/^0x/, '').toLowerCase()}` as ObjectId;
    const found = match[1] === 'data' ? targetManifest(chain, id) : modelManifest(chain, id);
    if ('missing' in found) return text(404, found.missing);
    let file: PublishedFile;
    try {
      file = await files.get(found.manifest);
    } catch (error) {
      return text(502, `Download failed: ${failureText(error)}`);
    }
    await sendFile(file, request, response);
    return true;
  };
  return { handler, close: files.close };
};
