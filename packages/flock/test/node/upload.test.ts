import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { seededRandom } from '@somakit/core/testing';
import captures from '@somakit/vectors/hf-hub-captures.json';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type UploadParameters, type UploadProgress, uploadToHub } from '../../src/node/index.js';
import { failure } from '../failure.js';
import { bigFile, COMMIT, type HubDouble, type HubOptions, sha256, startHub } from './hub-double.js';

const TOKEN = 'hf_testtoken';
const { fixture, runs } = captures;
const big = bigFile(fixture['model.safetensors'].size);

let folder: string;
let hub: HubDouble | undefined;
const put = async (path: string, content: string | Uint8Array) => {
  await mkdir(dirname(join(folder, path)), { recursive: true });
  await writeFile(join(folder, path), content);
};
const putFixture = async () => {
  await put('README.md', fixture['README.md']);
  await put('sub/config.json', fixture['sub/config.json']);
  await put('model.safetensors', big);
};
const open = async (options?: HubOptions): Promise<HubDouble> => {
  hub = await startHub(options);
  return hub;
};
const upload = (parameters: Partial<UploadParameters> = {}) =>
  uploadToHub({
    repo: 'example-node/task-7',
    folder,
    token: TOKEN,
    hubUrl: hub?.url,
    useXet: false,
    retry: { baseDelayMs: 1 },
    random: seededRandom(1),
    ...parameters,
  });

beforeAll(() => expect(sha256(big)).toBe(fixture['model.safetensors'].sha256));
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'somakit-upload-'));
});
afterEach(async () => {
  await hub?.stop();
  hub = undefined;
  await rm(folder, { recursive: true, force: true });
});

// biome-ignore lint/suspicious/noExplicitAny: golden data
const withUrl = (value: any): any => JSON.parse(JSON.stringify(value).replaceAll('{HUB}', hub?.url ?? ''));
// biome-ignore lint/suspicious/noExplicitAny: golden data
const expectBody = (body: Buffer, wanted: any) => {
  expect(body).toHaveLength(wanted.size);
  // A shard says when it was made.
  if ('body_sha256' in wanted && wanted.path !== '/cas/v1/shards') expect(sha256(body)).toBe(wanted.body_sha256);
  if ('body_lines' in wanted) {
    expect(
      String(body)
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual(wanted.body_lines);
  }
  if (!('body_json' in wanted)) return;
  const seen = JSON.parse(String(body));
  for (const [at, file] of (seen.files ?? []).entries()) {
    const { sample } = wanted.body_json.files[at];
    if (typeof sample !== 'object') continue;
    expect(file.sample).toHaveLength(sample.length);
    expect(file.sample.startsWith(sample.starts)).toBe(true);
    file.sample = sample;
  }
  expect(seen).toEqual(wanted.body_json);
};

describe('the recorded uploads over real sockets', () => {
  for (const run of runs) {
    it(`sends what the Hub expects in the mode ${run.mode}`, async () => {
      await putFixture();
      await open({ mode: run.mode.split('-')[0] });
      const result = await upload({
        useXet: run.options.useXet ?? true,
        license: 'apache-2.0',
        commitDescription: 'weights',
      });
      const wanted = withUrl(run);
      expect(result).toMatchObject({
        commit: wanted.upload_result.commit.oid,
        url: wanted.upload_result.commit.url,
        created: true,
      });
      const key = (request: { path: string; query: Record<string, string> }) =>
        `${request.path}?${request.query.partNumber ?? ''}`;
      const isPart = (request: { path: string }) => request.path.startsWith('/s3/');
      // Parts come in any order.
      const order = <T extends { path: string; query: Record<string, string> }>(requests: readonly T[]) => {
        const parts = requests.filter(isPart).sort((a, b) => (key(a) < key(b) ? -1 : 1));
        return requests.map((request) => (isPart(request) ? parts.shift()! : request));
      };
      const seen = order(hub?.requests ?? []);
      const expected = order<(typeof wanted.requests)[number]>(wanted.requests);
      expect(seen.map(key)).toEqual(expected.map(key));
      for (const [at, request] of seen.entries()) {
        expect(request).toMatchObject({ method: expected[at].method, headers: expected[at].headers });
        expectBody(request.body, expected[at]);
      }
    });
  }
});

describe('uploading to the Hub', () => {
  it('gives the commit that the original gives, with the same files in the same order', async () => {
    await putFixture();
    await open();
    expect((await upload()).commit).toBe(COMMIT);
    const lines = String(hub?.requests.at(-1)?.body).split('\n');
    expect(lines.slice(1).map((line) => JSON.parse(line).value.path)).toEqual([
      'README.md',
      'model.safetensors',
      'sub/config.json',
    ]);
  });

  it('never uploads secrets, version control and caches', async () => {
    const kept = [
      'adapter_config.json',
      'tokenizer.json',
      'tokenizer_config.json',
      'special_tokens_map.json',
      'environment.yml',
      'a/keys.safetensors',
    ];
    const left = [
      '.env',
      '.ENV',
      'sub/.env',
      '.env.local',
      'prod.env',
      '.git/config',
      'sub/.cache/huggingface/x',
      '__pycache__/a.pyc',
      'deep/er/id_rsa',
      'server.pem',
      'a.key',
      '.netrc',
      'hf_token.txt',
      'credentials.json',
      'soma.keystore',
    ];
    for (const path of [...kept, ...left]) await put(path, `content of ${path}`);
    await open();
    const { ignored } = await upload();
    expect([...(hub?.head.keys() ?? [])].sort()).toEqual([...kept].sort());
    expect(ignored).toEqual(expect.arrayContaining(['.env', '.git/', 'sub/.env', 'sub/.cache/']));
    for (const { body } of hub?.requests ?? []) {
      for (const path of left)
        expect(String(body)).not.toContain(Buffer.from(`content of ${path}`).toString('base64').slice(0, 20));
    }
  });

  it('refuses a file that holds the token itself before it sends anything', async () => {
    await put('a.txt', 'a');
    await put('training_args.bin', Buffer.concat([Buffer.from([0x80, 2]), Buffer.from(TOKEN), Buffer.from([0])]));
    await open();
    const error = await failure(upload());
    expect(error).toMatchObject({ code: 'HUB_SECRET_IN_FILE', context: { path: 'training_args.bin' } });
    expect(JSON.stringify(error)).not.toContain(TOKEN);
    expect(hub?.requests).toHaveLength(0);
    expect(await upload({ ignore: ['training_args.bin'] })).toMatchObject({ files: 1 });
  });

  it('refuses a folder that is not there, or is a file', async () => {
    await put('a.txt', 'a');
    await open();
    for (const name of ['missing', 'a.txt']) {
      expect(await failure(upload({ folder: join(folder, name) }))).toMatchObject({ code: 'INVALID_ARGUMENT' });
    }
  });

  it('sends everything once when retries are off', async () => {
    await put('a.txt', 'a');
    await open({
      intercept: (request, response) => {
        if (!/preupload/.test(request.path)) return undefined;
        response.writeHead(503);
        response.end();
        return true;
      },
    });
    expect(await failure(upload({ retry: false }))).toMatchObject({ code: 'HUB_FAILED', context: { status: 503 } });
    expect(hub?.requests).toHaveLength(2);
  });

  it('leaves out what the caller names', async () => {
    for (const path of ['a.bin', 'a.tmp', 'logs/x/y.txt', 'checkpoint-10/b.bin', 'sub/checkpoint-2/c.bin', 'sub/d.bin'])
      await put(path, path);
    await open();
    await upload({ ignore: ['*.tmp', 'logs/**', 'checkpoint-*/'] });
    expect([...(hub?.head.keys() ?? [])]).toEqual(['a.bin', 'sub/d.bin']);
  });

  it('does not follow links out of the folder, nor to secrets', async () => {
    const outside = await mkdtemp(join(tmpdir(), 'somakit-outside-'));
    await writeFile(join(outside, 'private.txt'), 'private');
    await put('.env', 'SECRET=1');
    await put('real.txt', 'real');
    await symlink(join(outside, 'private.txt'), join(folder, 'out.txt'));
    await symlink(outside, join(folder, 'folder'));
    await symlink(join(folder, '.env'), join(folder, 'harmless.txt'));
    await symlink(join(folder, 'real.txt'), join(folder, 'copy.txt'));
    await symlink(join(folder, 'nowhere'), join(folder, 'broken'));
    await open();
    await upload();
    expect([...(hub?.head.keys() ?? [])]).toEqual(['copy.txt', 'real.txt']);
    await rm(outside, { recursive: true });
  });

  it('goes on with a repository that is there', async () => {
    await put('a.txt', 'a');
    await open({ exists: true });
    expect(await upload()).toMatchObject({ created: false, commit: COMMIT });
  });

  it('refuses a repository that is there and private, unless that is asked for', async () => {
    await put('a.txt', 'a');
    await open({ exists: true, isPrivate: true });
    expect(await failure(upload())).toMatchObject({ code: 'HUB_REPOSITORY_PRIVATE' });
    expect(hub?.commits).toBe(0);
    expect(await upload({ private: true })).toMatchObject({ commit: COMMIT });
  });

  it('refuses an empty folder and a token of another kind before it sends anything', async () => {
    await put('.env', 'x');
    await open();
    expect(await failure(upload())).toMatchObject({ code: 'HUB_NOTHING_TO_UPLOAD' });
    const error = await failure(upload({ token: 'secret-of-another-service' }));
    expect(error).toMatchObject({ code: 'INVALID_ARGUMENT' });
    expect(JSON.stringify(error)).not.toContain('secret-of-another-service');
    expect(hub?.requests).toHaveLength(0);
  });

  it('does nothing when the signal is aborted already, and stops in the middle when it aborts later', async () => {
    await putFixture();
    const controller = new AbortController();
    await open({
      intercept: (request) => {
        if (request.method !== 'PUT') return undefined;
        controller.abort();
        return true;
      },
    });
    expect(await failure(upload({ signal: AbortSignal.abort() }))).toMatchObject({ code: 'ABORTED' });
    expect(hub?.requests).toHaveLength(0);
    expect(await failure(upload({ signal: controller.signal }))).toMatchObject({ code: 'ABORTED' });
    expect(hub?.commits).toBe(0);
  });

  it('tells how far it is', async () => {
    await putFixture();
    await open();
    const seen: UploadProgress[] = [];
    await upload({ onProgress: (progress) => seen.push(progress) });
    expect([...new Set(seen.map(({ phase }) => phase))]).toEqual(['creating', 'preparing', 'uploading', 'committing']);
    expect(seen.at(-1)).toMatchObject({ totalBytes: big.length + 24 + 8, files: 3 });
    expect(Math.max(...seen.map(({ uploadedBytes }) => uploadedBytes))).toBeGreaterThanOrEqual(big.length);
  });

  it('shows the token in no error, not even when the Hub echoes it', async () => {
    await put('a.txt', 'a');
    for (const status of [400, 401, 403, 500]) {
      await open({
        intercept: (request, response) => {
          response.writeHead(status, { 'content-type': 'application/json' });
          response.end(JSON.stringify({ error: `bad token ${request.headers.authorization}` }));
          return true;
        },
      });
      const error = await failure(upload());
      expect(error).toMatchObject({ code: 'HUB_FAILED', context: { status } });
      const whole = [error, error.cause]
        .map((each) => `${each} ${JSON.stringify(each)} ${(each as Error).stack}`)
        .join();
      expect(whole).not.toContain(TOKEN);
      await hub?.stop();
    }
  });
});

describe('uploading over connections that are cut', () => {
  it.each(['basic', 'multipart', 'xet'] as const)(
    'uploads 12 MB in the mode %s while every request fails at first',
    async (mode) => {
      await putFixture();
      const tried = new Map<string, number>();
      await open({
        mode,
        intercept: (request, response, _, stage) => {
          if (stage === 'after' || /commit/.test(request.path)) return undefined;
          const key = `${request.path}${request.query.partNumber ?? ''}`;
          const times = tried.get(key) ?? 0;
          tried.set(key, times + 1);
          if (times > 1) return undefined;
          if (times === 0) response.destroy();
          else {
            response.writeHead(503);
            response.end();
          }
          return true;
        },
      });
      expect(await upload({ useXet: mode === 'xet' })).toMatchObject({ commit: COMMIT });
      expect(hub?.commits).toBe(1);
      if (mode !== 'xet') expect(sha256(hub?.objects.get(sha256(big)) ?? Buffer.alloc(0))).toBe(sha256(big));
    },
  );

  it('uploads 1,000 small files in one commit over cut connections', async () => {
    for (let at = 0; at < 1_000; at++) await put(`part-${at % 10}/file-${at}.json`, JSON.stringify({ at }));
    let cuts = 0;
    await open({
      intercept: (request, response, number, stage) => {
        if (stage === 'before' && number % 4 === 1 && /preupload/.test(request.path) && cuts < 5) {
          cuts++;
          response.destroy();
          return true;
        }
        return undefined;
      },
    });
    expect(await upload()).toMatchObject({ files: 1_000, commit: COMMIT });
    expect(cuts).toBeGreaterThan(0);
    expect(hub?.head.size).toBe(1_000);
    expect(hub?.commits).toBe(1);
  });

  it('does not commit a second time when the answer to the commit is lost', async () => {
    await putFixture();
    await open({
      intercept: (request, response, _, stage) => {
        if (stage !== 'after' || !/\/commit\//.test(request.path)) return undefined;
        response.destroy();
        return true;
      },
    });
    expect(await upload()).toMatchObject({ commit: COMMIT });
    expect(hub?.commits).toBe(1);
  });

  it('commits again when the Hub says that the commit has not arrived', async () => {
    await putFixture();
    let cut = false;
    await open({
      intercept: (request, response, _, stage) => {
        if (stage !== 'before' || cut || !/\/commit\//.test(request.path)) return undefined;
        cut = true;
        response.destroy();
        return true;
      },
    });
    expect(await upload()).toMatchObject({ commit: COMMIT });
    expect(hub?.commits).toBe(1);
    expect(hub?.requests.filter(({ method }) => method === 'PUT')).toHaveLength(1);
  });

  it('says that the outcome is unknown when the Hub does not tell, and sends the commit once', async () => {
    await put('a.txt', 'a');
    await open({
      tells: false,
      intercept: (request, response, _, stage) => {
        if (stage !== 'after' || !/\/commit\//.test(request.path)) return undefined;
        response.destroy();
        return true;
      },
    });
    expect(await failure(upload())).toMatchObject({ code: 'HUB_OUTCOME_UNKNOWN', retryable: true });
    expect(hub?.commits).toBe(1);
  });

  it('does not repeat a commit that is refused', async () => {
    await put('a.txt', 'a');
    await open({
      intercept: (request, response) => {
        if (!/\/commit\//.test(request.path)) return undefined;
        response.writeHead(412, { 'content-type': 'application/json' });
        response.end('{"error":"A commit has happened since"}');
        return true;
      },
    });
    expect(await failure(upload({ parentCommit: COMMIT }))).toMatchObject({
      code: 'HUB_FAILED',
      context: { status: 412 },
    });
    expect(hub?.requests.filter(({ path }) => /\/commit\//.test(path))).toHaveLength(1);
  });
});
