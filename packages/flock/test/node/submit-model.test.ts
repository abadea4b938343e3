import { spawnSync } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { seededRandom } from '@somakit/core/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createFlockClient } from '../../src/index.js';
import { type SubmitModelParameters, submitModel } from '../../src/node/index.js';
import { failure } from '../failure.js';
import { type SeenRequest, startServer, type TestServer } from '../server.js';
import { COMMIT, type HubDouble, startHub } from './hub-double.js';

const KEY = 'test-key-0001';
const TOKEN = 'hf_testtoken';
const REPO = 'example-node/task-7';
const future = '2999-01-01T00:00:00.000000';

let folder: string;
let hub: HubDouble;
let flock: TestServer;
/** What the service has stored. */
let stored: { link: string; task_id: number; data: { revision: string } }[];
let status: string;
/** What becomes of the submissions, one after the other; the last holds for all that follow. */
let fates: ('accept' | 'accept and cut' | 'cut' | 'refuse' | 'accept with nonsense')[];

const json = (answer: Parameters<Parameters<typeof startServer>[0]>[1], code: number, body: unknown) => {
  answer.writeHead(code, { 'content-type': 'application/json' });
  answer.end(JSON.stringify(body));
};
const of = (name: string): SeenRequest[] => flock.requests.filter(({ path }) => path.endsWith(name));

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'somakit-submit-'));
  await writeFile(join(folder, 'adapter_model.safetensors'), 'weights');
  await writeFile(join(folder, 'adapter_config.json'), '{}');
  hub = await startHub();
  stored = [];
  status = 'submission_phase';
  fates = ['accept'];
  flock = await startServer((request, response) => {
    if (request.path.endsWith('/tasks/get')) {
      return json(response, 200, { id: 7, status, submission_phase_ends_at: future, data: { max_params: 1_000 } });
    }
    if (request.path.endsWith('/tasks/wallet-submissions')) {
      return json(response, 200, {
        items: stored,
        total: stored.length,
        page: 1,
        size: 100,
        pages: stored.length === 0 ? 0 : 1,
      });
    }
    const fate = fates.length > 1 ? fates.shift() : fates[0];
    if (fate === 'refuse')
      return json(response, 403, { detail: 'You have not staked on this task as a training node' });
    const { task_id, data } = JSON.parse(String(request.body));
    if (fate !== 'cut') stored.push({ link: `https://huggingface.co/${data.hg_repo_id}`, task_id, data });
    if (fate === 'accept') return json(response, 200, { id: 903, task_id, data });
    if (fate === 'accept with nonsense') return void response.end('{"id": 9');
    response.destroy();
  });
});
afterEach(async () => {
  await Promise.all([hub.stop(), flock.stop()]);
  await rm(folder, { recursive: true, force: true });
});

const run = (more: Partial<SubmitModelParameters> = {}) =>
  submitModel({
    client: createFlockClient({ baseUrl: `${flock.url}/api/v1`, apiKey: KEY, retry: { baseDelayMs: 1 } }),
    taskId: 7,
    repo: REPO,
    folder,
    token: TOKEN,
    hubUrl: hub.url,
    useXet: false,
    baseModel: 'qwen1.5',
    gpuType: 'NVIDIA H200',
    retry: { baseDelayMs: 1 },
    random: seededRandom(1),
    ...more,
  });

describe('submitting a model', () => {
  it('uploads, submits the commit and tells both', async () => {
    expect(await run()).toMatchObject({
      repo: REPO,
      commit: COMMIT,
      submission: { id: 903 },
      resumed: 'nothing',
      task: { id: 7 },
    });
    expect(JSON.parse(String(of('submit-result')[0]?.body))).toEqual({
      task_id: 7,
      data: { hg_repo_id: REPO, base_model: 'qwen1.5', gpu_type: 'NVIDIA H200', revision: COMMIT },
    });
  });

  it('does nothing a second time', async () => {
    await run();
    const asked = hub.requests.length;
    expect(await run()).toMatchObject({ commit: COMMIT, submission: { id: 903 }, resumed: 'submission' });
    expect(hub.requests).toHaveLength(asked);
    expect(of('submit-result')).toHaveLength(1);
  });

  it.each(['accept and cut', 'accept with nonsense'] as const)(
    'finds a submission whose answer was lost (%s)',
    async (fate) => {
      fates = [fate, 'accept'];
      expect(await failure(run())).toMatchObject({ code: 'FLOCK_OUTCOME_UNKNOWN' });
      expect(await run()).toMatchObject({ commit: COMMIT, submission: undefined, resumed: 'submission' });
      expect(of('submit-result')).toHaveLength(1);
      expect(stored).toHaveLength(1);
      expect(hub.commits).toBe(1);
    },
  );

  it('finds it also when the task has closed in the meantime', async () => {
    fates = ['accept and cut'];
    await failure(run());
    status = 'finalized';
    expect(await run()).toMatchObject({ resumed: 'submission' });
  });

  it('submits again, without a second upload, when the lost one has not arrived', async () => {
    fates = ['cut', 'accept'];
    expect(await failure(run())).toMatchObject({ code: 'FLOCK_OUTCOME_UNKNOWN' });
    expect(of('submit-result')).toHaveLength(1);
    expect(await run()).toMatchObject({ submission: { id: 903 }, resumed: 'upload' });
    expect(stored).toHaveLength(1);
    expect(hub.commits).toBe(1);
  });

  it('is not misled by earlier submissions of the same repository', async () => {
    stored = [{ link: `https://huggingface.co/${REPO}`, task_id: 7, data: { revision: COMMIT } }];
    fates = ['cut', 'accept'];
    await failure(run());
    expect(await run()).toMatchObject({ submission: { id: 903 } });
    expect(stored).toHaveLength(2);
  });

  it('tries again after a clear refusal without a second upload', async () => {
    fates = ['refuse', 'accept'];
    expect(await failure(run())).toMatchObject({ code: 'FLOCK_API_ERROR', context: { reason: 'forbidden' } });
    expect(await run()).toMatchObject({ resumed: 'upload', submission: { id: 903 } });
    expect(hub.commits).toBe(1);
  });

  it('takes a folder that has changed for another submission', async () => {
    await run();
    await writeFile(join(folder, 'adapter_model.safetensors'), 'better weights');
    expect(await run()).toMatchObject({ resumed: 'nothing' });
    expect(hub.commits).toBe(2);
    expect(stored).toHaveLength(2);
  });

  it('refuses a closed task and a model that is too large before it uploads', async () => {
    expect(await failure(run({ parameterCount: 1_001 }))).toMatchObject({ code: 'FLOCK_TOO_MANY_PARAMETERS' });
    status = 'finalized';
    expect(await failure(run())).toMatchObject({ code: 'FLOCK_TASK_NOT_OPEN' });
    expect(await failure(run({ private: true }))).toMatchObject({ code: 'INVALID_ARGUMENT' });
    expect(hub.requests).toHaveLength(0);
  });

  it('works alone on a submission', async () => {
    const runs = await Promise.allSettled([run(), run(), run()]);
    expect(runs.filter((each) => each.status === 'fulfilled')).toHaveLength(1);
    for (const each of runs)
      if (each.status === 'rejected') expect(each.reason).toMatchObject({ code: 'FLOCK_SUBMISSION_BUSY' });
    expect(stored).toHaveLength(1);
    expect(hub.commits).toBe(1);
  });

  it('takes over from a process that has died, and from none that lives', async () => {
    const journal = join(folder, '.cache-journal.json');
    await writeFile(`${journal}.lock`, `${process.pid} ${hostname()} x\n`);
    expect(await failure(run({ journal }))).toMatchObject({ code: 'FLOCK_SUBMISSION_BUSY' });
    const dead = spawnSync(process.execPath, ['-e', '']).pid;
    await writeFile(`${journal}.lock`, `${dead} ${hostname()} x\n`);
    expect(await run({ journal, ignore: ['.cache-*'] })).toMatchObject({ submission: { id: 903 } });
    expect((await readdir(folder)).filter((name) => name.includes('.lock'))).toEqual([]);
  });

  it('keeps its journal out of the upload and secrets out of its journal', async () => {
    await run();
    const path = join(folder, '.cache/somakit');
    const [name, ...others] = await readdir(path);
    expect(others).toEqual([]);
    const journal = await readFile(join(path, name ?? ''), 'utf8');
    expect(journal).not.toMatch(new RegExp(`${KEY}|${TOKEN}`));
    expect([...hub.head.keys()]).toEqual(['adapter_config.json', 'adapter_model.safetensors']);
  });

  it('refuses a journal that is none', async () => {
    const journal = join(folder, '.cache-journal.json');
    await writeFile(journal, 'not a journal');
    expect(await failure(run({ journal }))).toMatchObject({ code: 'FLOCK_BAD_JOURNAL' });
    expect(hub.requests).toHaveLength(0);
  });
});
