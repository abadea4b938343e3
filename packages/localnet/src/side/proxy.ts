import type { Manifest } from '@somakit/bcs';
import type { ObjectId } from '@somakit/core';
import { isError } from '@somakit/core';
import { download } from '@somakit/core/http';
import { commitment } from '@somakit/crypto';
import { targetOf } from '@somakit/ledger';
import type { HttpHandler } from '@somakit/rpc/server';
import type { Chain } from '../chain/types.js';

const TIMEOUT_MS = 30_000;
/** Largest file that is passed on. */
const MAX_BYTES = 4 * 1024 ** 3;

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

/**
 * Passes published files on: `/model/{id}` the weights as they were published, `/data/{id}` the winning data of a
 * target, both checked against their manifest. Requests for one file at the same time share its download.
 *
 * Source of the routes: authority/src/fullnode_proxy.rs, proxy_server.rs.
 */
export const proxyHandler = (chain: Chain): HttpHandler => {
  const running = new Map<string, Promise<Uint8Array>>();
  const fetchFile = ({ url, checksum, size }: Manifest): Promise<Uint8Array> => {
    const key = `${checksum} ${url}`;
    const known = running.get(key);
    if (known !== undefined) return known;
    const started = (async () => {
      const { output } = await download({
        url,
        expected: { size: Number(size) },
        timeoutMs: TIMEOUT_MS,
        maxBytes: MAX_BYTES,
      });
      const computed = commitment(output);
      // A text for the other end, where errors of ours would be no use.
      if (computed !== checksum) throw new RangeError(`checksum mismatch: expected ${checksum}, computed ${computed}`);
      return output;
    })();
    running.set(key, started);
    const forget = () => running.delete(key);
    started.then(forget, forget);
    return started;
  };
  return async (request, response) => {
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
    try {
      const bytes = await fetchFile(found.manifest);
      response.writeHead(200, {
        'content-type': 'application/octet-stream',
        'content-length': String(bytes.length),
      });
      response.end(request.method === 'HEAD' ? undefined : bytes);
      return true;
    } catch (error) {
      const reason = isError(error) || error instanceof RangeError ? error.message : 'the file cannot be fetched';
      return text(502, `Download failed: ${reason}`);
    }
  };
};
