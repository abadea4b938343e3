import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import captures from '@somakit/vectors/tinker-captures.json' with { type: 'json' };
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { COMMIT, serveHub } from './support/hub.js';
import { type Seen, scratch, serve, somakit } from './support/somakit.js';

const KEY = 'tml-dummy0123456789abcdefABCDEF';
const RUN = '5f0c8f0e-2b55-4a0e-9d67-0f5f5bb9a001:train:0';
const env = { TINKER_API_KEY: KEY };

const checkpoint = (name: string, time: string, more: object = {}) => ({
  checkpoint_id: `weights/${name}`,
  checkpoint_type: 'training',
  time,
  tinker_path: `tinker://${RUN}/weights/${name}`,
  size_bytes: 1024,
  public: false,
  expires_at: null,
  ...more,
});
const OLD = ['2020-01-01', '2020-01-02', '2020-01-03', '2020-01-04', '2020-01-05'];
const checkpoints = OLD.map((day, i) => checkpoint(`000${i}`, `${day}T00:00:00Z`, { public: i === 0 }));
const run = {
  training_run_id: RUN,
  base_model: 'Qwen/Qwen3-8B',
  model_owner: 'owner',
  is_lora: true,
  corrupted: false,
  lora_rank: 32,
  last_request_time: '2025-11-20T09:20:00.123456Z',
  last_checkpoint: checkpoints[0],
  last_sampler_checkpoint: null,
  user_metadata: { experiment: 'sft-1' },
};

const answer = ({ method, path }: Seen): { status?: number; json?: unknown } => {
  if (path.includes('/client/')) return { json: {} };
  if (method === 'DELETE' && path.endsWith('/weights/0001')) return { status: 404, json: { detail: 'gone' } };
  if (method !== 'GET') return { status: 200, json: {} };
  if (path.endsWith('/training_runs')) {
    return { json: { training_runs: [run], cursor: { offset: 0, limit: 20, total_count: 3 } } };
  }
  if (path.endsWith('/checkpoints')) {
    const cursor = path.includes('/training_runs/') ? undefined : { offset: 0, limit: 20, total_count: 9 };
    return { json: { checkpoints, cursor } };
  }
  if (path.includes('/training_runs/nope')) return { status: 404, json: { detail: 'Training run not found' } };
  if (path.includes('/training_runs/')) return { json: run };
  if (path.endsWith('/sessions')) return { json: { sessions: ['s-1', 's-2'] } };
  if (path.includes('/sessions/')) return { json: { training_run_ids: [RUN], sampler_ids: [] } };
  if (path.includes('/samplers/')) return { json: { sampler_id: 'x', base_model: 'Qwen/Qwen3-8B' } };
  if (path.endsWith('/audit')) {
    return { json: { entries: [{ timestamp: '2025-11-20T00:00:00Z', event: 'checkpoint_read', purpose: 'look' }] } };
  }
  return { status: 404, json: { detail: 'Not found' } };
};

const start = async () => {
  const { url, seen } = await serve(answer);
  return {
    calls: () =>
      seen
        .filter(({ path }) => !path.includes('/client/'))
        .map(
          ({ method, path, query }) =>
            `${method} ${path.replace(/^.*\/api\/v1/, '')}${query === '' ? '' : `?${query}`}`,
        ),
    seen,
    tinker: (...args: string[]) => somakit(['tinker', ...args], { env: { ...env, TINKER_BASE_URL: url } }),
  };
};

interface CliCase {
  readonly argv: readonly string[];
  readonly requests: readonly { method: string; path: string; rawQuery: string; body: unknown }[];
  readonly stdout: string;
}

/** A recorded run of the Python client with JSON as its output. */
const recorded = (...argv: string[]): CliCase => {
  const cases = captures.cli as unknown as CliCase[];
  return cases.find((each) => each.argv.slice(1).join(' ') === argv.join(' '))!;
};

const requestsOf = ({ requests }: CliCase): string[] =>
  requests.map(
    ({ method, path, rawQuery }) => `${method} ${path.replace('/api/v1', '')}${rawQuery === '' ? '' : `?${rawQuery}`}`,
  );

describe('somakit tinker', () => {
  it('says configuration without a credential, and asks nobody', async () => {
    const { url, seen } = await serve(answer);
    const { code, stderr } = await somakit(['tinker', 'runs'], { env: { TINKER_BASE_URL: url } });
    expect(code).toBe(3);
    expect(stderr).toContain('TINKER_CREDENTIALS');
    expect(seen).toEqual([]);
  });

  it('says refused for a run that is not there', async () => {
    const { tinker } = await start();
    const { code, stderr } = await tinker('run', 'nope', '--json');
    expect(code).toBe(5);
    expect(JSON.parse(stderr)).toMatchObject({ code: 'TINKER_NOT_FOUND', exitCode: 5 });
    expect(stderr).not.toContain(KEY);
  });

  it('lists runs as a table that tells of more, with the columns asked for', async () => {
    const { tinker, calls } = await start();
    const { code, stdout, stderr } = await tinker('runs', '-c', 'id,lora,checkpoint');
    expect(code).toBe(0);
    expect(stdout.split('\n').map((line) => line.split(/ {2,}/))).toEqual([
      ['Run', 'LoRA', 'Last checkpoint'],
      [RUN, 'rank 32', 'weights/0000'],
      [''],
    ]);
    expect(stderr).toContain('2 more');
    expect(calls()).toEqual(requestsOf(recorded('-f', 'json', 'run', 'list')));
    expect((await tinker('runs', '-c', 'id,bogus')).code).toBe(2);
  });

  it('gives the members of the Python client as JSON', async () => {
    const { tinker, calls } = await start();
    const theirs = recorded('-f', 'json', 'run', 'info', RUN);
    const [ours] = (await tinker('run', RUN, '--json')).json();
    expect(calls()).toEqual(requestsOf(theirs));
    expect(Object.keys(ours!).sort()).toEqual([...Object.keys(JSON.parse(theirs.stdout)), 'schema'].sort());
    const info = recorded('-f', 'json', 'checkpoint', 'info', `tinker://${RUN}/weights/0001`);
    const [found] = (await tinker('checkpoint', 'info', `tinker://${RUN}/weights/0001`, '--json')).json();
    expect(Object.keys(found!).sort()).toEqual([...Object.keys(JSON.parse(info.stdout)), 'schema'].sort());
    expect(calls().slice(1)).toEqual(requestsOf(info));
  });

  it('lists checkpoints of the account and of a run', async () => {
    const { tinker, calls } = await start();
    expect((await tinker('checkpoints', '--limit', '5', '--json')).json()).toHaveLength(5);
    const table = await tinker('checkpoints', RUN, '--limit', '2');
    expect(table.stdout.trim().split('\n')).toHaveLength(3);
    expect(table.stdout).toContain('1.0 KB');
    expect(calls()).toEqual(['GET /checkpoints?limit=5&offset=0', `GET /training_runs/${RUN}/checkpoints`]);
  });

  it('lists and shows sessions, samplers and the audit log', async () => {
    const { tinker, calls } = await start();
    expect((await tinker('sessions', '--json')).json()).toEqual([
      { schema: 'tinker.session-id/1', session_id: 's-1' },
      { schema: 'tinker.session-id/1', session_id: 's-2' },
    ]);
    expect((await tinker('session', 's-1', '--json')).json()[0]).toMatchObject({ training_run_ids: [RUN] });
    expect((await tinker('sampler', 'x')).stdout).toContain('Qwen/Qwen3-8B');
    expect((await tinker('audit', '--type', 'checkpoints', '--day', '2025-11-20')).stdout).toContain('checkpoint_read');
    expect(calls().at(-1)).toBe('GET /audit?event_type=checkpoints&day=2025-11-20');
    expect((await tinker('audit', '--day', 'monday')).code).toBe(2);
  });

  it('deletes nothing when nobody says yes, when it is a dry run, or when nothing says which', async () => {
    const { tinker, calls } = await start();
    const path = `tinker://${RUN}/weights/0000`;
    expect(await tinker('checkpoint', 'delete', path)).toMatchObject({ code: 2, stdout: '' });
    expect(await tinker('checkpoint', 'delete', '--yes')).toMatchObject({ code: 2, stdout: '' });
    expect(await tinker('checkpoint', 'delete', path, '--run', RUN, '--yes')).toMatchObject({ code: 2 });
    expect(await tinker('checkpoint', 'delete', 'weights/0001', '--yes')).toMatchObject({ code: 2 });
    const dry = await tinker('checkpoint', 'delete', path, '--dry-run');
    expect(dry.code).toBe(0);
    expect(dry.stdout).toContain(path);
    expect(calls()).toEqual([]);
  });

  it('deletes what is older than a span and keeps the newest of a run', async () => {
    const { tinker, calls } = await start();
    const filters = ['--run', RUN, '--older-than', '30d', '--keep-last', '3'];
    const dry = await tinker('checkpoint', 'delete', ...filters, '--dry-run', '--json');
    const paths = checkpoints.map((each) => each.tinker_path);
    expect(dry.json()).toEqual([
      {
        schema: 'dry-run/1',
        action: 'tinker.checkpoint.delete',
        remove: paths.slice(0, 2),
        keep: paths.slice(2),
        removed_bytes: 2048,
      },
    ]);
    const publicStays = await tinker('checkpoint', 'delete', ...filters, '--keep-public', '--dry-run', '--json');
    expect(publicStays.json()[0]).toMatchObject({ remove: [paths[1]] });
    expect(calls().filter((each) => each.startsWith('DELETE'))).toEqual([]);
    // The second one is gone already: the first goes all the same, and the status tells.
    const done = await tinker('checkpoint', 'delete', ...filters, '--yes', '--json');
    expect(done.code).toBe(5);
    expect(done.json()[0]).toMatchObject({
      schema: 'tinker.deletion/1',
      deleted_count: 1,
      deleted: [paths[0]],
      failed: [{ tinker_path: paths[1], error: { code: 'TINKER_NOT_FOUND' } }],
    });
    expect(
      calls()
        .filter((each) => each.startsWith('DELETE'))
        .sort(),
    ).toEqual([
      `DELETE /training_runs/${RUN}/checkpoints/weights/0000`,
      `DELETE /training_runs/${RUN}/checkpoints/weights/0001`,
    ]);
  });

  it('publishes, makes private and sets the life of a checkpoint', async () => {
    const { tinker, calls, seen } = await start();
    const path = `tinker://${RUN}/weights/0002`;
    const place = `/training_runs/${RUN}/checkpoints/weights/0002`;
    expect((await tinker('checkpoint', 'publish', 'weights/0001', '--yes')).code).toBe(2);
    expect((await tinker('checkpoint', 'ttl', path, '--yes')).code).toBe(2);
    expect((await tinker('checkpoint', 'publish', path, '--yes')).code).toBe(0);
    expect((await tinker('checkpoint', 'unpublish', path, '-y')).code).toBe(0);
    expect((await tinker('checkpoint', 'ttl', path, '--ttl', '2d', '-y')).code).toBe(0);
    expect((await tinker('checkpoint', 'set-ttl', path, '--remove', '-y')).code).toBe(0);
    expect(calls()).toEqual([
      `POST ${place}/publish`,
      `DELETE ${place}/publish`,
      `PUT ${place}/ttl`,
      `PUT ${place}/ttl`,
    ]);
    const bodies = seen.filter(({ method }) => method === 'PUT').map(({ body }) => JSON.parse(body));
    expect(bodies).toEqual([{ ttl_seconds: 172_800 }, { ttl_seconds: null }]);
  });

  it('downloads a checkpoint file by file', async () => {
    const path = `tinker://${RUN}/external_weights/export`;
    const { url } = await serve((request, response) => {
      if (request.path.includes('/client/')) return { json: {} };
      if (request.path.endsWith('/external_weights_urls')) {
        const urls = { 'adapter_config.json': `http://${request.headers.host}/file?sig=5ec7e7` };
        return { json: { urls, expires: new Date(Date.now() + 3_600_000).toISOString() } };
      }
      response.end('{"r":8}');
      return undefined;
    });
    const cwd = scratch();
    const args = ['tinker', 'checkpoint', 'download', path, '-o', 'adapter', '--json', '--base-url', url];
    const done = await somakit(args, { cwd, env });
    expect(done).toMatchObject({ code: 0 });
    expect(done.json()[0]).toMatchObject({ schema: 'tinker.download/1', checkpoint_path: path, total_bytes: 7 });
    expect(readFileSync(join(cwd, 'adapter', 'adapter_config.json'), 'utf8')).toBe('{"r":8}');
    expect(done.stdout + done.stderr).not.toContain('5ec7e7');
    const again = await somakit(args, { cwd, env });
    expect(again.code).toBe(5);
    expect(again.stderr).toContain('TINKER_TARGET_EXISTS');
    expect(existsSync(join(cwd, 'adapter.partial'))).toBe(false);
  });

  /** A server with one checkpoint of one file; `info` is what it knows of the checkpoint. */
  const serveExport = (info: object | undefined) =>
    serve((request, response) => {
      if (request.path.includes('/client/')) return { json: {} };
      if (request.path.endsWith('/weights_info')) {
        return info === undefined ? { status: 404, json: { detail: 'no such checkpoint' } } : { json: info };
      }
      if (request.path.endsWith('/external_weights_urls')) {
        const urls = { 'adapter_config.json': `http://${request.headers.host}/file?sig=5ec7e7` };
        return { json: { urls, expires: new Date(Date.now() + 3_600_000).toISOString() } };
      }
      response.end('{"r":8}');
      return undefined;
    });
  const EXPORT = `tinker://${RUN}/external_weights/export`;
  const push = (url: string, hub: string) => {
    const args = ['tinker', 'checkpoint', 'push-hf', EXPORT, '--repo', 'me/adapter', '-o', 'adapter', '--json'];
    return [...args, '--base-url', url, '--hub-url', hub, '--no-xet'];
  };

  it('downloads a checkpoint and uploads it to the Hub, private unless told so', async () => {
    const hub = await serveHub();
    const { url } = await serveExport({
      base_model: 'meta-llama/Llama-3.2-1B',
      is_lora: true,
      lora_rank: 8,
      train_attn: true,
      train_mlp: false,
    });
    const cwd = scratch();
    const both = { ...env, HF_TOKEN: 'hf_secret' };
    const dry = await somakit([...push(url, hub.url), '--dry-run'], { cwd, env: both });
    expect(dry.json()[0]).toMatchObject({ action: 'tinker.checkpoint.push-hf', public: false, downloaded: false });
    expect(hub.seen).toEqual([]);
    const done = await somakit([...push(url, hub.url), '--yes'], { cwd, env: both });
    expect(done).toMatchObject({ code: 0 });
    expect(done.json()[0]).toMatchObject({
      schema: 'tinker.push/1',
      folder: 'adapter',
      commit: COMMIT,
      files: 2,
      model_card: true,
    });
    expect(JSON.parse(hub.seen[0]!.body)).toMatchObject({ name: 'adapter', visibility: 'private' });
    expect(done.stdout + done.stderr).not.toMatch(/hf_secret|5ec7e7/);
    const card = readFileSync(join(cwd, 'adapter', 'README.md'), 'utf8');
    const [, front, body] = card.split(/^---$/m);
    expect(parse(front!)).toEqual({
      base_model: 'meta-llama/Llama-3.2-1B',
      library_name: 'peft',
      tags: ['tinker', 'peft', 'lora', 'base_model:adapter:meta-llama/Llama-3.2-1B'],
      tinker_path: EXPORT,
    });
    expect(body).toContain('| rank | 8 |');
    expect(body).toContain('| trained | attention |');
    const commit = hub.seen.find(({ path }) => path.includes('/commit/'))!.body;
    expect(commit).toContain(Buffer.from(card).toString('base64'));
  });

  it('writes a model card without a base model that nobody knows, none when told so, and over none', async () => {
    const hub = await serveHub();
    const { url } = await serveExport(undefined);
    const cwd = scratch();
    const both = { ...env, HF_TOKEN: 'hf_secret' };
    const without = await somakit([...push(url, hub.url), '--yes', '--no-model-card'], { cwd, env: both });
    expect(without.json()[0]).toMatchObject({ files: 1, model_card: false });
    expect(existsSync(join(cwd, 'adapter', 'README.md'))).toBe(false);
    const unknown = await somakit([...push(url, hub.url), '--yes'], { cwd, env: both });
    expect(unknown.json()[0]).toMatchObject({ files: 2, model_card: true });
    const card = readFileSync(join(cwd, 'adapter', 'README.md'), 'utf8');
    expect(card).not.toContain('base_model');
    expect(card).toContain(`tinker_path: "${EXPORT}"`);
    writeFileSync(join(cwd, 'adapter', 'README.md'), 'mine');
    const kept = await somakit([...push(url, hub.url), '--yes'], { cwd, env: both });
    expect(kept.json()[0]).toMatchObject({ files: 2, model_card: false });
    expect(readFileSync(join(cwd, 'adapter', 'README.md'), 'utf8')).toBe('mine');
  });

  it('says nothing but the result with --quiet', async () => {
    const { tinker } = await start();
    expect((await tinker('runs')).stderr).toContain('2 more');
    expect((await tinker('runs', '--quiet')).stderr).toBe('');
  });
});
