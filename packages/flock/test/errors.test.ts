import type { SomaKitError } from '@somakit/core';
import { describe, expect, it } from 'vitest';
import { createFlockClient, type FlockClient } from '../src/index.js';
import { failure } from './failure.js';
import { fetchDouble, json } from './fetch-double.js';

const KEY = 'key-0123456789';
const submission = { taskId: 7, repo: 'me/model', revision: 'a'.repeat(40) };

const failureOf = async (
  run: (client: FlockClient) => Promise<unknown>,
  answer: () => Response | Promise<Response>,
) => {
  const { fetch, calls } = fetchDouble(answer);
  const client = createFlockClient({ apiKey: KEY, baseUrl: 'http://flock.test/api/v1', fetch, retry: false });
  const error = await failure(run(client));
  return { error: error as SomaKitError<'FLOCK_API_ERROR'>, calls };
};
const read = (client: FlockClient) => client.getTask({ taskId: 1 });
const write = (client: FlockClient) => client.submitTask(submission);

describe('refusals of the service', () => {
  it.each([
    [400, 'bad_request', false],
    [401, 'unauthorized', false],
    [403, 'forbidden', false],
    [404, 'not_found', false],
    [409, 'conflict', false],
    [418, 'bad_request', false],
    [422, 'unprocessable', false],
    [429, 'rate_limited', true],
    [500, 'server', true],
    [502, 'server', true],
    [503, 'server', true],
    [504, 'server', true],
  ] as const)('gives %i the reason %s', async (status, reason, retryable) => {
    const { error } = await failureOf(read, () => json({ detail: 'why' }, status));
    expect(error).toMatchObject({ code: 'FLOCK_API_ERROR', retryable, context: { status, reason, detail: 'why' } });
    expect(error.message).toContain('why');
  });

  it('keeps the list of problems of a 422 and says it in words', async () => {
    const detail = [{ loc: ['query', 'task_id'], msg: 'Input should be a valid integer', type: 'int_parsing' }];
    const { error } = await failureOf(read, () => json({ detail }, 422));
    expect(error.context.detail).toEqual(detail);
    expect(error.message).toContain('query.task_id: Input should be a valid integer');
  });

  it.each([400, 403, 409, 429, 500])('knows the three texts of validation whatever the status (%i)', async (status) => {
    const ask = (client: FlockClient) => client.requestAssignment({ taskId: 7 });
    const texts = [
      ['No task submissions available to validate', 'no_submissions', undefined],
      ['Rate limit reached for validation assignment lookup: 1 per 3 minutes', 'rate_limited', 180_000],
      ['Rate limit reached for validation assignment lookup: 1 per 5 minutes', 'rate_limited', 300_000],
      ['Validation assignment is not in validating status', 'not_validating', undefined],
    ] as const;
    for (const [detail, reason, retryAfterMs] of texts) {
      const { error, calls } = await failureOf(ask, () => json({ detail }, status));
      expect(error.context).toMatchObject({
        reason,
        status,
        ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
      });
      expect(error.retryable).toBe(reason === 'rate_limited');
      expect(calls).toHaveLength(1);
    }
  });

  it('prefers the pause of the header to the one in words', async () => {
    const { error } = await failureOf(read, () =>
      json({ detail: 'Rate limit: 1 per 3 minutes' }, 429, { 'retry-after': '7' }),
    );
    expect(error.context.retryAfterMs).toBe(7_000);
  });

  it('never lets an unreadable body hide the status', async () => {
    for (const body of ['Internal Server Error', '', '{"detail": "cut', '<html><h1>502</h1></html>']) {
      const { error } = await failureOf(read, () => new Response(body, { status: 502 }));
      expect(error).toMatchObject({ code: 'FLOCK_API_ERROR', context: { status: 502, reason: 'server' } });
    }
  });

  it('shows the key in no error, not even when the service echoes it', async () => {
    const { error } = await failureOf(write, () => json({ detail: `key ${KEY} is not known` }, 401));
    expect(`${error} ${JSON.stringify(error)} ${JSON.stringify(error.cause)}`).not.toContain(KEY);
  });
});

describe('answers that cannot be used', () => {
  it.each([
    '',
    'null',
    '[]',
    '"text"',
    '{"id": "7"}',
    '{"title": "no id"}',
    '{"id": 7, "data": []}',
    '{"id": 7, "status": 3}',
  ])('refuses %j as a task and names the place', async (body) => {
    const { error } = await failureOf(read, () => new Response(body, { status: 200 }));
    expect(error.code).toBe('HTTP_INVALID_BODY');
  });

  it('names the member that is wrong', async () => {
    const { error } = await failureOf(
      (client) => client.openTasks(),
      () => json([{ id: 7 }, { id: 8, data: { max_params: '15B' } }]),
    );
    expect(error.context).toMatchObject({ problems: [{ path: '1.data.max_params' }] });
  });

  it.each(['{"items": [', '<html></html>', '{"id": 7'])('refuses %j as not JSON', async (body) => {
    const { error } = await failureOf(
      (client) => client.getSubmissions({ taskId: 7 }),
      () => new Response(body),
    );
    expect(error.code).toBe('HTTP_INVALID_BODY');
  });

  it('keeps members that it does not know, and reads decimals of any length as numbers', async () => {
    const body = '{"id":7,"new":{"x":[1,null]},"data":{"score":0.12345678901234567890123}}';
    const { fetch } = fetchDouble(() => new Response(body));
    const task = await createFlockClient({ fetch }).getTask({ taskId: 7 });
    expect(task).toEqual({ id: 7, new: { x: [1, null] }, data: { score: 0.12345678901234568 } });
  });
});

describe('writes', () => {
  it('says that the outcome is unknown when the connection is cut', async () => {
    const reset = Object.assign(new TypeError('fetch failed'), {
      cause: Object.assign(new Error('reset'), { code: 'ECONNRESET' }),
    });
    const { error, calls } = await failureOf(write, () => Promise.reject(reset));
    expect(error.code).toBe('FLOCK_OUTCOME_UNKNOWN');
    expect(error.retryable).toBe(false);
    expect(calls).toHaveLength(1);
  });

  it('knows that a refused connection has carried out nothing', async () => {
    const refused = Object.assign(new TypeError('fetch failed'), {
      cause: Object.assign(new Error('no'), { code: 'ECONNREFUSED' }),
    });
    expect((await failureOf(write, () => Promise.reject(refused))).error.code).toBe('HTTP_NETWORK');
  });

  it('marks a fault of the server as a write that may have worked, and not as one to send again', async () => {
    const { error } = await failureOf(write, () => json({ detail: 'oops' }, 500));
    expect(error).toMatchObject({ retryable: false, context: { outcomeUnknown: true, status: 500 } });
  });

  it.each([301, 302, 303, 307, 308])(
    'does not carry a submission on to where a redirect (%i) leads',
    async (status) => {
      const { error, calls } = await failureOf(
        write,
        () => new Response(null, { status, headers: { location: '/elsewhere' } }),
      );
      expect(error.code).toBe('HTTP_REDIRECT');
      expect(calls).toHaveLength(1);
    },
  );
});

describe('arguments', () => {
  const nothing = () => json({});
  it.each([
    ['a task id that is no integer', (client: FlockClient) => client.getTask({ taskId: 1.5 })],
    ['a task id in words', (client: FlockClient) => client.getTask({ taskId: 'seven' })],
    ['a page of 0', (client: FlockClient) => client.getSubmissions({ taskId: 7, page: 0 })],
    ['a size of 101', (client: FlockClient) => client.getSubmissions({ taskId: 7, size: 101 })],
    ['a repository without an owner', (client: FlockClient) => client.submitTask({ ...submission, repo: 'model' })],
    [
      'a repository that is a link',
      (client: FlockClient) => client.submitTask({ ...submission, repo: 'https://huggingface.co/me/model' }),
    ],
    ['a revision that is a branch', (client: FlockClient) => client.submitTask({ ...submission, revision: 'main' })],
    ['an empty base model', (client: FlockClient) => client.submitTask({ ...submission, baseModel: ' ' })],
    [
      'a metric that is not finite',
      (client: FlockClient) => client.completeAssignment({ assignmentId: 1, metrics: { loss: Number.NaN } }),
    ],
    ['no metric', (client: FlockClient) => client.completeAssignment({ assignmentId: 1, metrics: {} })],
    ['another form', (client: FlockClient) => client.openTasks({ as: 'table' as 'frame' })],
  ] as const)('refuses %s before it sends anything', async (_, run) => {
    const { error, calls } = await failureOf(run, nothing);
    expect(error.code).toBe('INVALID_ARGUMENT');
    expect(calls).toHaveLength(0);
  });

  it('asks for a key before it sends what needs one', async () => {
    const { fetch, calls } = fetchDouble(nothing);
    const client = createFlockClient({ fetch, apiKey: '' });
    for (const run of [
      write,
      (c: FlockClient) => c.getSubmissions({ taskId: 7 }),
      (c: FlockClient) => c.failAssignment({ assignmentId: 1 }),
    ]) {
      await expect(run(client)).rejects.toMatchObject({ code: 'FLOCK_NO_API_KEY' });
    }
    expect(calls).toHaveLength(0);
  });

  it('joins the root with and without a last slash to the same address', async () => {
    for (const baseUrl of ['http://flock.test/api/v1', 'http://flock.test/api/v1/']) {
      const { fetch, calls } = fetchDouble(() => json([]));
      await createFlockClient({ fetch, baseUrl }).openTasks();
      expect(calls[0]?.url).toBe('http://flock.test/api/v1/tasks/list?status=submission_phase');
    }
  });

  it('shows what a submission would send', () => {
    const client = createFlockClient();
    expect(
      client.previewSubmission({
        taskId: '7',
        repo: 'me/model',
        modelFilename: 'model.onnx',
        revision: 'b'.repeat(40),
      }),
    ).toEqual({
      task_id: 7,
      data: { hg_repo_id: 'me/model', revision: 'b'.repeat(40), model_filename: 'model.onnx' },
    });
  });
});
