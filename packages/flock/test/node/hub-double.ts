import { createHash } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { type SeenRequest, sha256, startServer, type TestServer } from '../server.js';

export type HubMode = 'basic' | 'multipart' | 'xet' | 'known';

export interface HubDouble extends TestServer {
  /** Files of the last commit by path: their content's git or LFS id. */
  readonly head: Map<string, { size: number; oid: string; lfs?: string }>;
  /** Objects of the store by their SHA-256. */
  readonly objects: Map<string, Buffer>;
  commits: number;
}

export interface HubOptions {
  readonly mode?: HubMode;
  readonly exists?: boolean;
  readonly isPrivate?: boolean;
  /** Whether revisions and paths can be asked for. */
  readonly tells?: boolean;
  /** Sees each request first; `true` when it has answered. `after`: the work is done, only the answer is still to go. */
  readonly intercept?: (
    request: SeenRequest,
    response: ServerResponse,
    number: number,
    stage: 'before' | 'after',
  ) => boolean | undefined;
}

const PART = 5_242_880;
export const COMMIT = '9f2c1d7e5b8a4c3d2e1f0a9b8c7d6e5f4a3b2c1d';

/** The Hugging Face Hub as hf-hub-captures.json describes it, and the two questions about a branch's head. */
export const startHub = async ({
  mode = 'basic',
  exists = false,
  isPrivate = false,
  tells = true,
  intercept,
}: HubOptions = {}): Promise<HubDouble> => {
  let there = exists;
  const parts = new Map<string, Map<number, Buffer>>();
  const double = { head: new Map(), objects: new Map<string, Buffer>(), commits: 0 } as unknown as HubDouble;
  const json = (response: ServerResponse, status: number, body: unknown, headers = {}) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(JSON.stringify(body));
  };

  const route = (request: SeenRequest, reply: (status: number, body: unknown, headers?: object) => void) => {
    const { path, method, body } = request;
    const hub = double.url;
    if (path === '/api/repos/create') {
      if (there) return reply(409, { error: 'You already created this model repo', url: `${hub}/example-node/task-7` });
      there = true;
      return reply(200, {
        url: `${hub}/example-node/task-7`,
        name: 'example-node/task-7',
        id: '66f0c0ffee0000000000abcd',
      });
    }
    if (/\/preupload\/main$/.test(path)) {
      const { files } = JSON.parse(String(body));
      return reply(200, {
        files: files.map((file: { path: string; size: number }) => ({
          path: file.path,
          uploadMode: file.size > 10_485_760 || file.path.endsWith('.safetensors') ? 'lfs' : 'regular',
          shouldIgnore: false,
          oid: null,
        })),
      });
    }
    if (path.endsWith('/info/lfs/objects/batch')) {
      const { objects, transfers = [] } = JSON.parse(String(body));
      const transfer =
        mode === 'xet' && transfers.includes('xet') ? 'xet' : mode === 'multipart' ? 'multipart' : 'basic';
      return reply(
        200,
        {
          transfer,
          objects: objects.map(({ oid, size }: { oid: string; size: number }) => {
            if (mode === 'known' || double.objects.has(oid)) return { oid, size };
            const links = Array.from({ length: Math.ceil(size / PART) }, (_, at) => [
              String(at + 1).padStart(5, '0'),
              `${hub}/s3/${oid}?partNumber=${at + 1}`,
            ]);
            const upload =
              transfer === 'xet'
                ? {
                    href: `${hub}/api/models/example-node/task-7/xet-write-token/main`,
                    header: {
                      'X-Xet-Cas-Url': `${hub}/cas`,
                      'X-Xet-Access-Token': 'xettok',
                      'X-Xet-Token-Expiration': String(4_000_000_000),
                      'X-Xet-Session-Id': 'sess1',
                    },
                  }
                : transfer === 'multipart'
                  ? {
                      href: `${hub}/complete/${oid}`,
                      header: { chunk_size: String(PART), ...Object.fromEntries(links) },
                    }
                  : { href: `${hub}/s3/${oid}`, header: {} };
            return { oid, size, actions: { upload } };
          }),
        },
        { 'x-request-id': 'Root=1-rec' },
      );
    }
    if (path.startsWith('/s3/') && method === 'PUT') {
      const oid = path.slice(4);
      const part = Number(request.query.partNumber ?? 0);
      if (part === 0) double.objects.set(oid, body);
      else parts.set(oid, (parts.get(oid) ?? new Map()).set(part, body));
      return reply(200, {}, { etag: `"etag-${createHash('md5').update(body).digest('hex')}"` });
    }
    if (path.startsWith('/complete/')) {
      const oid = path.slice(10);
      const all = [...(parts.get(oid) ?? [])].sort(([a], [b]) => a - b).map(([, bytes]) => bytes);
      double.objects.set(oid, Buffer.concat(all));
      return reply(200, {});
    }
    if (path.startsWith('/cas/v1/chunks/')) return reply(404, {});
    if (path.startsWith('/cas/v1/xorbs/')) return reply(200, { was_inserted: true });
    if (path.startsWith('/cas/v1/shards')) return reply(200, { result: 1 });
    if (/\/commit\/main$/.test(path)) {
      for (const line of String(body).trim().split('\n').slice(1)) {
        const { key, value } = JSON.parse(line);
        if (key === 'lfsFile') double.head.set(value.path, { size: value.size, oid: '', lfs: value.oid });
        else {
          const content = Buffer.from(value.content, 'base64');
          const oid = createHash('sha1').update(`blob ${content.length}\0`).update(content).digest('hex');
          double.head.set(value.path, { size: content.length, oid });
        }
      }
      double.commits++;
      return reply(200, {
        success: true,
        commitOid: COMMIT,
        commitUrl: `${hub}/example-node/task-7/commit/${COMMIT}`,
        hookOutput: '',
      });
    }
    if (tells && path === '/api/models/example-node/task-7')
      return reply(200, { id: 'example-node/task-7', private: isPrivate });
    if (tells && path === '/api/models/example-node/task-7/revision/main') return reply(200, { sha: COMMIT });
    if (tells && path === `/api/models/example-node/task-7/paths-info/${COMMIT}`) {
      const { paths } = JSON.parse(String(body));
      return reply(
        200,
        paths.flatMap((each: string) => {
          const file = double.head.get(each);
          if (file === undefined) return [];
          return [
            {
              path: each,
              type: 'file',
              size: file.size,
              oid: file.oid,
              ...(file.lfs ? { lfs: { oid: file.lfs } } : {}),
            },
          ];
        }),
      );
    }
    return reply(404, { error: 'Not Found' });
  };

  const server = await startServer((request, response, number) => {
    if (intercept?.(request, response, number, 'before')) return;
    route(request, (status, body, headers) => {
      if (intercept?.(request, response, number, 'after')) return;
      json(response, status, body, headers);
    });
  });
  return Object.assign(double, { url: server.url, requests: server.requests, stop: server.stop });
};

/** The big file of the golden data. */
export const bigFile = (size: number): Buffer => {
  const bytes = Buffer.alloc(size);
  for (let i = 0; i < size; i++) bytes[i] = (Math.imul(i, 2654435761) >>> 24) & 255;
  return bytes;
};

export { sha256 };
