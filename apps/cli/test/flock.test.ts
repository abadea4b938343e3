import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { COMMIT, serveHub } from './support/hub.js';
import { type Seen, scratch, serve, somakit } from './support/somakit.js';

const link = 'https://store.example/set.jsonl?X-Amz-Credential=a%2Fb&X-Amz-Signature=5ec7e7';
const task = {
  id: 7,
  title: 'Chat',
  task_type: 'training',
  status: 'submission_phase',
  data: { max_params: 8_000_000_000, training_set_url: link },
};
const ADDRESS = '0x52908400098527886E0F7030069857D2E4169EE7';
const submission = { link: 'https://huggingface.co/me/model', submission_phase_score: 0, final_validation_score: null };
const page = (items: unknown[], number = 1, pages = 1) => ({ items, total: 3, page: number, size: 50, pages });

const answer = ({ path, query }: Seen): { status?: number; json?: unknown } => {
  if (path.endsWith('/tasks/list')) return { json: [task, { ...task, id: 3, title: 'Old', status: 'finalized' }] };
  if (path.endsWith('/tasks/get')) return { json: task };
  if (path.endsWith('/tasks/wallet-submissions')) return { json: page([submission]) };
  if (path.endsWith('/tasks/submit-result')) return { json: { id: 1 } };
  if (path.endsWith('/stats/emissions')) {
    return {
      json: {
        data: [
          { time: '2025-04-10', count: 2 },
          { time: '2025-04-12', count: 8 },
        ],
      },
    };
  }
  if (path.includes('/stats/submissions/')) {
    return { json: page([submission], query.includes('page=2') ? 2 : 1, 2) };
  }
  if (path.includes('/stats/achievements/')) return { json: { gold_medals: 2, total_participations: 9, tasks: [] } };
  if (path.includes('/stats/enrolled-tasks/')) return { json: [{ id: 7 }, { id: 3 }] };
  return { status: 404, json: { detail: 'Not found' } };
};

const outputs = (cwd: string): string => {
  mkdirSync(join(cwd, 'outputs'));
  writeFileSync(join(cwd, 'outputs', 'adapter_config.json'), '{}');
  writeFileSync(join(cwd, 'outputs', '.env'), 'HF_TOKEN=hf_never');
  return cwd;
};

describe('somakit flock', () => {
  it('says refused, with the reason, for a task that is not there', async () => {
    const { url } = await serve(() => ({ status: 404, json: { detail: 'Task not found' } }));
    const { code, stdout, stderr } = await somakit(['flock', 'task', '99', '--json', '--base-url', url]);
    expect({ code, stdout }).toEqual({ code: 5, stdout: '' });
    expect(JSON.parse(stderr)).toMatchObject({ code: 'FLOCK_API_ERROR', exitCode: 5, context: { status: 404 } });
  });

  it('lists tasks as a table, as JSON lines and as CSV', async () => {
    const { url, seen } = await serve(answer);
    const table = await somakit(['flock', 'tasks', '--open', '--base-url', url]);
    expect(table).toMatchObject({ code: 0, stderr: '' });
    expect(table.stdout.split('\n')[0]).toMatch(/^ID +Title +Type +Phase +Ends in +Max parameters$/);
    expect(table.stdout.split('\n')[1]).toMatch(/^ 7 +Chat +training +submission +8,000,000,000$/);
    expect(seen[0]?.query).toBe('status=submission_phase');
    const json = await somakit(['--json', 'flock', 'tasks', '--base-url', url]);
    expect(json.json().map(({ schema, id }) => [schema, id])).toEqual([
      ['flock.task/1', 7],
      ['flock.task/1', 3],
    ]);
    const csv = await somakit(['flock', 'tasks', '--csv', '--base-url', url]);
    expect(csv.stdout.split('\n')[0]).toBe('id,title,task_type,status,data_max_params,data_training_set_url');
  });

  it('shows a signed link only when told so', async () => {
    const { url } = await serve(answer);
    for (const form of [[], ['--json'], ['--csv']]) {
      const { code, stdout } = await somakit(['flock', 'task', '7', ...form, '--base-url', url]);
      expect(code).toBe(0);
      expect(stdout).toContain('https://store.example/set.jsonl?<signed>');
      expect(stdout).not.toContain('5ec7e7');
    }
    const shown = await somakit(['flock', 'task', '7', '--json', '--show-links', '--base-url', url]);
    expect(shown.json()[0]).toMatchObject({ data: { training_set_url: link } });
  });

  it('draws daily counts, days without any included', async () => {
    const { url, seen } = await serve(answer);
    const { code, stdout } = await somakit(['flock', 'stats', '--validations', '--base-url', url]);
    expect(code).toBe(0);
    expect(stdout).toBe('validations a day, 2025-04-10 to 2025-04-12\n▃▁█\ntotal 10, mean 3.3, most 8, last day 8\n');
    expect(seen[0]?.query).toBe('type=validation');
    const json = await somakit(['flock', 'stats', '--days', '2', '--json', '--base-url', url]);
    expect(json.json()).toEqual([
      { schema: 'flock.daily-count/1', type: 'submission', time: '2025-04-11', count: 0 },
      { schema: 'flock.daily-count/1', type: 'submission', time: '2025-04-12', count: 8 },
    ]);
  });

  it('shows a wallet, and walks all pages of its submissions', async () => {
    const { url } = await serve(answer);
    const shown = await somakit(['flock', 'wallet', ADDRESS, '--base-url', url]);
    expect(shown.stdout).toContain('2 gold');
    expect(shown.stdout).toMatch(/Enrolled tasks +7, 3/);
    const json = await somakit(['flock', 'wallet', ADDRESS, '--all', '--json', '--base-url', url]);
    expect(json.json()[0]).toMatchObject({
      schema: 'flock.wallet/1',
      address: ADDRESS,
      submissions: [submission, submission],
    });
    const wrong = await somakit(['flock', 'wallet', '0x12', '--base-url', url]);
    expect(wrong.code).toBe(2);
  });

  it('shows the scores of own submissions, zero as zero', async () => {
    const { url } = await serve(answer);
    const { stdout } = await somakit(['flock', 'subs', '7', '--base-url', url], { env: { FLOCK_API_KEY: 'k' } });
    expect(stdout.split('\n')[1]).toMatch(/^me\/model +0 +- +-$/);
  });

  it('hands in nothing without a yes, and says what it would', async () => {
    const { url, seen } = await serve(answer);
    const revision = 'a'.repeat(40);
    const args = ['flock', 'submit', '7', '--repo', 'me/model', '--revision', revision, '--base-url', url];
    const env = { FLOCK_API_KEY: 'key-123' };
    const refused = await somakit(args, { env });
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain('--yes');
    const dry = await somakit([...args, '--dry-run', '--json'], { env });
    expect(dry.json()).toEqual([
      {
        schema: 'dry-run/1',
        action: 'flock.submit',
        body: { task_id: 7, data: { hg_repo_id: 'me/model', revision } },
      },
    ]);
    const large = await somakit([...args, '--yes', '--parameters', '9_000_000_000'], { env });
    expect(large.code).toBe(5);
    expect(seen.every(({ method }) => method === 'GET')).toBe(true);
    const done = await somakit([...args, '--yes', '--json'], { env });
    expect(done).toMatchObject({ code: 0 });
    expect(seen.filter(({ method }) => method === 'POST').map(({ body }) => JSON.parse(body))).toEqual([
      { task_id: 7, data: { hg_repo_id: 'me/model', revision } },
    ]);
    expect(done.stdout + done.stderr).not.toContain('key-123');
  });

  it('says unknown outcome when the answer to a submission is lost', async () => {
    const { url } = await serve((request, response) => {
      if (request.method === 'GET') return answer(request);
      response.destroy();
      return undefined;
    });
    const args = ['flock', 'submit', '7', '--repo', 'me/model', '--revision', 'a'.repeat(40), '-y', '--base-url', url];
    const { code, stderr } = await somakit(args, { env: { FLOCK_API_KEY: 'k' } });
    expect(code).toBe(7);
    expect(stderr).toContain('FLOCK_OUTCOME_UNKNOWN');
  });

  it('uploads a folder without its secrets', async () => {
    const hub = await serveHub();
    const cwd = outputs(scratch());
    const args = ['flock', 'upload', 'me/model', '--hub-url', hub.url, '--no-xet', '--json'];
    const env = { HF_TOKEN: 'hf_secret' };
    const dry = await somakit([...args, '--dry-run'], { cwd, env });
    expect(dry.json()[0]).toMatchObject({ schema: 'dry-run/1', repo: 'me/model', folder: 'outputs' });
    expect(hub.seen).toEqual([]);
    const done = await somakit([...args, '--yes'], { cwd, env });
    expect(done).toMatchObject({ code: 0 });
    expect(done.json()[0]).toMatchObject({ schema: 'flock.upload/1', commit: COMMIT, files: 1, ignored: ['.env'] });
    expect(done.stdout + done.stderr).not.toContain('hf_secret');
  });

  it('uploads and hands in, in one step that does nothing twice', async () => {
    const hub = await serveHub();
    const { url, seen } = await serve(answer);
    const cwd = outputs(scratch());
    const args = ['flock', 'submit', '7', '--repo', 'me/model', '--base-model', 'Qwen/Qwen2.5-7B-Instruct', '-y'];
    const rest = ['--json', '--base-url', url, '--hub-url', hub.url, '--no-xet'];
    const env = { HF_TOKEN: 'hf_secret', FLOCK_API_KEY: 'k' };
    const done = await somakit([...args, ...rest], { cwd, env });
    expect(done).toMatchObject({ code: 0 });
    expect(done.json()[0]).toMatchObject({ schema: 'flock.submit/1', commit: COMMIT, resumed: 'nothing' });
    const again = await somakit([...args, ...rest], { cwd, env });
    expect(again.json()[0]).toMatchObject({ resumed: 'submission' });
    expect(seen.filter(({ method }) => method === 'POST')).toHaveLength(1);
  });
});
