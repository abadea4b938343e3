import { isError, type SomaKitError } from '@somakit/core';
import { closeServers, json, serve } from '@somakit/vitest-config/http-server';
import { afterEach, describe, expect, it } from 'vitest';
import { createTinkerClient } from '../src/index.js';
import { KEY, replay } from './support/replay.js';

afterEach(closeServers);

const PATH = 'tinker://r:train:0/weights/0001';
const SESSIONS = { status: 200, json: { sessions: [] } };

const failure = async (promise: Promise<unknown>): Promise<SomaKitError> => {
  try {
    await promise;
  } catch (error) {
    if (isError(error)) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
};

describe('statuses', () => {
  const codes: readonly (readonly [number, string, number])[] = [
    [400, 'TINKER_BAD_REQUEST', 1],
    [401, 'TINKER_AUTHENTICATION', 1],
    [402, 'TINKER_BILLING', 1],
    [403, 'TINKER_PERMISSION_DENIED', 1],
    [404, 'TINKER_NOT_FOUND', 1],
    [408, 'TINKER_STATUS', 11],
    [409, 'TINKER_CONFLICT', 11],
    [410, 'TINKER_STATUS', 1],
    [418, 'TINKER_STATUS', 1],
    [422, 'TINKER_UNPROCESSABLE', 1],
    [429, 'TINKER_RATE_LIMIT', 11],
    [500, 'TINKER_SERVER', 11],
    [503, 'TINKER_SERVER', 11],
    [599, 'TINKER_SERVER', 11],
  ];
  it.each(codes)('%i is %s after %i attempts in one round', async (status, code, attempts) => {
    const { client, calls } = await replay([
      { status, json: { detail: 'because' }, headers: { 'x-request-id': 'req-1' } },
    ]);
    const error = await failure(client.rest.listSessions());
    expect(error.code).toBe(code);
    expect(error.context).toMatchObject({
      status,
      attempts,
      requestId: 'req-1',
      serverMessage: 'because',
      body: { detail: 'because' },
    });
    expect(calls()).toHaveLength(attempts);
    expect(JSON.stringify([error, error.cause])).not.toContain(KEY);
  });

  it('tells what is wrong with each field of a request', async () => {
    const detail = [{ type: 'missing', loc: ['body', 'ttl_seconds'], msg: 'Field required', input: {} }];
    const { client } = await replay([{ status: 422, json: { detail } }]);
    expect((await failure(client.rest.listSessions())).message).toContain('body.ttl_seconds: Field required');
  });

  it('lets the server overrule the rules both ways', async () => {
    const yes = await replay([{ status: 404, json: {}, headers: { 'x-should-retry': 'true' } }, SESSIONS]);
    expect(await yes.client.rest.listSessions()).toEqual({ sessions: [] });
    const no = await replay([{ status: 500, json: {}, headers: { 'x-should-retry': 'false' } }]);
    await failure(no.client.rest.listSessions());
    expect(no.calls()).toHaveLength(1);
  });

  it('counts a 400 without a body as a lost connection', async () => {
    const again = await replay([{ status: 400 }, SESSIONS]);
    expect(await again.client.rest.listSessions()).toEqual({ sessions: [] });
    const never = await replay([{ status: 400 }]);
    const error = await failure(never.client.rest.listSessions());
    expect(error.code).toBe('HTTP_NETWORK');
    expect(never.calls()).toHaveLength(11);
  });

  it('does not repeat what is public already, nor deny the wish for one attempt', async () => {
    const conflict = await replay([{ status: 409, json: { detail: 'Checkpoint is already public' } }]);
    const error = await failure(conflict.client.rest.publishCheckpointFromTinkerPath({ tinkerPath: PATH }));
    expect(error.code).toBe('TINKER_CONFLICT');
    await failure(conflict.client.rest.unpublishCheckpointFromTinkerPath({ tinkerPath: PATH }));
    expect(conflict.calls()).toHaveLength(2);
    const once = await replay([{ status: 503, json: {} }], { retry: false });
    await failure(once.client.rest.listSessions());
    expect(once.calls()).toHaveLength(1);
    const three = await replay([{ status: 503, json: {} }]);
    await failure(three.client.rest.listSessions({ retry: { attempts: 3 } }));
    expect(three.calls()).toHaveLength(3);
  });

  it('waits for a bill only when told to', async () => {
    const { client, calls, clock } = await replay([{ status: 402, json: {} }, { status: 402, json: {} }, SESSIONS], {
      billingPauseMs: 60_000,
    });
    expect(await client.rest.listSessions({ onRetry: ({ delayMs }) => clock.jump(delayMs) })).toEqual({ sessions: [] });
    expect(clock.jumped).toEqual([5000, 5000]);
    expect(calls()).toHaveLength(3);
  });
});

describe('pauses', () => {
  it.each([
    ['Retry-After', '3', 3000],
    ['Retry-After', '1.5', 1500],
    ['Retry-After', '100', 100_000],
    ['Retry-After-Ms', '250', 250],
    ['Retry-After', '0', 500],
    ['Retry-After', 'Wed, 21 Oct 2015 07:28:00 GMT', 500],
    ['Retry-After', 'soon', 500],
  ])('%s: %s makes one of %i ms that callbacks hear of', async (name, value, delayMs) => {
    const { client, clock } = await replay([{ status: 429, json: {}, headers: { [name]: value } }, SESSIONS]);
    const heard: [number, number][] = [];
    await client.rest.listSessions({ onRetry: (notice) => heard.push([notice.attempt, notice.delayMs]) });
    expect(heard).toEqual([[1, delayMs]]);
    expect(clock.jumped).toEqual([delayMs]);
  });

  it('that is longer than the time left ends the call at once', async () => {
    const { client, calls } = await replay([{ status: 429, json: {}, headers: { 'Retry-After': '3600' } }]);
    const error = await failure(client.rest.listSessions());
    expect(error.context).toMatchObject({ status: 429, retryAfterMs: 3_600_000 });
    expect(calls()).toHaveLength(1);
  });

  it('end at once on abort and on the limit of the call', async () => {
    const { server } = await replay([{ status: 500, json: {} }]);
    const client = createTinkerClient({ apiKey: KEY, baseUrl: `${server.url}/services/tinker-prod`, env: {} });
    const controller = new AbortController();
    const running = client.rest.listSessions({ signal: controller.signal, onRetry: () => controller.abort() });
    expect((await failure(running)).code).toBe('ABORTED');
    const limited = client.rest.listSessions({
      timeoutMs: 50,
      retry: { baseDelayMs: 1e6, maxDelayMs: 1e6, budgetMs: 1e9 },
    });
    expect((await failure(limited)).code).toBe('TIMEOUT');
  });
});

describe('the idempotency key', () => {
  it('is one for all attempts of a call, another for the next call, or the one that is given', async () => {
    const { client, calls } = await replay([{ status: 500, json: {} }, { drop: 'before', status: 0 }, { status: 200 }]);
    await client.rest.deleteCheckpointFromTinkerPath({ tinkerPath: PATH });
    await client.rest.deleteCheckpointFromTinkerPath({ tinkerPath: PATH });
    await client.rest.deleteCheckpointFromTinkerPath({ tinkerPath: PATH, idempotencyKey: 'mine' });
    const keys = calls().map(({ headers }) => headers['x-idempotency-key']);
    expect(keys).toHaveLength(5);
    expect(new Set(keys.slice(0, 3)).size).toBe(1);
    expect(new Set(keys).size).toBe(3);
    expect(keys[4]).toBe('mine');
  });
});

describe('credentials', () => {
  it('stay with the server when it redirects elsewhere', async () => {
    const store = await serve((_, response) => json(response, 200, { entries: [] }));
    const { client, server } = await replay([{ status: 302, headers: { Location: `${store.url}/audit?X-Sig=1` } }]);
    expect(await client.rest.getAuditLog()).toEqual({ entries: [] });
    expect(store.requests).toHaveLength(1);
    expect(JSON.stringify(store.requests[0]!.headers)).not.toContain(KEY);
    expect(Object.keys(store.requests[0]!.headers).filter((name) => name.startsWith('x-'))).toEqual([]);
    expect(server.requests.at(-1)!.headers['x-api-key']).toBe(KEY);
  });

  it('are in no error, even when the server repeats them', async () => {
    const { client } = await replay([{ status: 400, json: { detail: `bad key ${KEY}` } }]);
    const error = await failure(client.rest.listSessions());
    expect(JSON.stringify([error.message, error, error.cause, error.stack])).not.toContain(KEY);
  });

  it.each([
    ['sk-123', {}, 'form'],
    [undefined, {}, 'missing'],
    ['', { TINKER_API_KEY: '' }, 'missing'],
    [undefined, { TINKER_API_KEY: 'hf_x' }, 'form'],
  ])('%j with %j are refused before any request', (apiKey, env, reason) => {
    const make = () => createTinkerClient({ apiKey, env, baseUrl: 'http://127.0.0.1:9' });
    expect(make).toThrow(expect.objectContaining({ code: 'TINKER_CREDENTIALS', context: { reason } }));
  });

  const jwt = (claims: object) => `eyJhIjoxfQ.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.c2ln`;
  const used = async (options: Parameters<typeof createTinkerClient>[0], config: object = {}) => {
    let count = 0;
    const server = await serve((request, response) => {
      if (request.url?.endsWith('/client/config')) return json(response, 200, config);
      if (request.url?.endsWith('/auth/token')) {
        const now = Math.floor((options?.clock?.now() ?? Date.now()) / 1000);
        return json(response, 200, {
          jwt: jwt({ sub: 'urn:u', org_id: 'o', email: '', iat: now, exp: now + 600, n: count++ }),
        });
      }
      return json(response, 200, { sessions: [] });
    });
    const client = createTinkerClient({ env: {}, ...options, baseUrl: server.url });
    return { client, server, keys: () => server.requests.map(({ headers, url }) => [url, headers['x-api-key']]) };
  };
  const CONFIG = '/api/v1/client/config';
  const LIST = '/api/v1/sessions?limit=20&offset=0&access_scope=owned';

  it('come from the argument before the environment, and from the command when the key has a wrong form', async () => {
    const argument = await used({ apiKey: 'tml-argument', env: { TINKER_API_KEY: 'tml-env' } });
    await argument.client.rest.listSessions();
    expect(argument.keys()).toEqual([
      [CONFIG, 'tml-argument'],
      [LIST, 'tml-argument'],
    ]);
    const env = await used({ env: { TINKER_API_KEY: 'tml-env' } });
    await env.client.rest.listSessions();
    expect(env.keys().at(-1)).toEqual([LIST, 'tml-env']);
    const command = await used(
      { apiKey: 'wrong', env: { TINKER_CREDENTIAL_CMD: 'echo " tml-command "' } },
      { pjwt_auth_enabled: true },
    );
    await command.client.rest.listSessions();
    expect(command.keys()[0]).toEqual([CONFIG, 'tml-command']);
    const other = await used({ apiKey: 'other-key', anyKey: true });
    await other.client.rest.listSessions();
    expect(other.keys().at(-1)).toEqual([LIST, 'other-key']);
  });

  it('of a command are refused where only keys will do, and wanted where keys will not', async () => {
    const keysOnly = await used({ credential: () => 'tml-x' });
    expect((await failure(keysOnly.client.rest.listSessions())).context).toEqual({ reason: 'not-accepted' });
    const commandOnly = await used(
      { apiKey: 'tml-x' },
      { pjwt_auth_enabled: true, credential_default_source: 'credential_cmd' },
    );
    expect((await failure(commandOnly.client.rest.listSessions())).context).toEqual({ reason: 'not-accepted' });
    const both = await used(
      { apiKey: 'tml-x', credential: () => 'tml-y' },
      { pjwt_auth_enabled: true, credential_default_source: 'credential_cmd' },
    );
    await both.client.rest.listSessions();
    expect(both.keys()[1]).toEqual(['/api/v1/auth/token', 'tml-y']);
  });

  it('that say nothing, fail or have expired are told apart from each other', async () => {
    const reasons = [];
    for (const command of ['true', 'echo secret-output; exit 3']) {
      const { client } = await used({ env: { TINKER_CREDENTIAL_CMD: command } });
      const error = await failure(client.rest.listSessions());
      expect(error.message).not.toContain('secret-output');
      reasons.push(error.context);
    }
    const { client, server } = await used({ apiKey: jwt({ exp: 1 }) });
    reasons.push((await failure(client.rest.listSessions())).context);
    expect(server.requests).toHaveLength(0);
    expect(reasons).toEqual([{ reason: 'command' }, { reason: 'command' }, { reason: 'expired' }]);
  });

  it('are exchanged once for calls at the same time, renewed at half their life, and say who one is', async () => {
    let now = 1_700_000_000_000;
    const clock = { ...(await import('@somakit/core')).systemClock, now: () => now };
    const { client, keys } = await used({ apiKey: 'tml-x', clock }, { pjwt_auth_enabled: true });
    await Promise.all([client.rest.listSessions(), client.rest.listSessions(), client.rest.listSessions()]);
    expect(keys().filter(([url]) => url !== LIST)).toEqual([
      [CONFIG, 'tml-x'],
      ['/api/v1/auth/token', 'tml-x'],
    ]);
    now += 299_000;
    await client.rest.listSessions();
    expect(keys()).toHaveLength(6);
    now += 2_000;
    await client.rest.listSessions();
    expect(
      keys()
        .slice(6)
        .map(([url]) => url),
    ).toEqual(['/api/v1/auth/token', LIST]);
    expect(await client.rest.whoami()).toEqual({ userUrn: 'urn:u', orgUrn: 'tml:organization:o', email: null });
    expect(keys()).toHaveLength(8);
  });

  it('without a token do not say who one is', async () => {
    const { client } = await used({ apiKey: 'tml-x' });
    expect((await failure(client.rest.whoami())).context).toEqual({ reason: 'no-identity' });
  });

  it('are exchanged when the server insists although it did not say so', async () => {
    const server = await serve((request, response) => {
      if (request.url?.endsWith('/client/config')) return json(response, 404, {});
      if (request.url?.endsWith('/auth/token')) return json(response, 200, { jwt: jwt({ exp: 1e10, iat: 1 }) });
      return request.headers['x-api-key'] === KEY
        ? json(response, 401, { detail: 'no' }, { 'WWW-Authenticate': 'Bearer error="invalid_token"' })
        : json(response, 200, { sessions: ['a'] });
    });
    const client = createTinkerClient({ apiKey: KEY, env: {}, baseUrl: server.url });
    expect(await client.rest.listSessions()).toEqual({ sessions: ['a'] });
    expect(server.requests).toHaveLength(4);
  });

  it('that stay invalid surface after one replay', async () => {
    const server = await serve((request, response) => {
      if (request.url?.endsWith('/client/config')) return json(response, 200, { pjwt_auth_enabled: true });
      if (request.url?.endsWith('/auth/token')) return json(response, 200, { jwt: jwt({ exp: 1e10, iat: 1 }) });
      return json(response, 401, { detail: 'no' }, { 'WWW-Authenticate': 'Bearer error="invalid_token"' });
    });
    const client = createTinkerClient({ apiKey: KEY, env: {}, baseUrl: server.url });
    expect((await failure(client.rest.listSessions())).code).toBe('TINKER_AUTHENTICATION');
    expect(server.requests.map(({ url }) => url.split('?')[0])).toEqual([
      '/api/v1/client/config',
      '/api/v1/auth/token',
      '/api/v1/sessions',
      '/api/v1/auth/token',
      '/api/v1/sessions',
    ]);
  });
});

describe('answers', () => {
  it.each([
    ['broken JSON', '{"sessions": [', '{"sessions": ['],
    ['nothing', '', undefined],
    ['null', 'null', 'null'],
    ['a page of a proxy', '<html>hi</html>', '<html>hi</html>'],
  ])('of %s are TINKER_ANSWER with the status and their beginning', async (_, text, snippet) => {
    const { client, calls } = await replay([{ status: 200, text }]);
    const error = await failure(client.rest.listSessions());
    expect(error.code).toBe('TINKER_ANSWER');
    expect(error.context).toMatchObject({ status: 200, ...(snippet === undefined ? {} : { snippet }) });
    expect(calls()).toHaveLength(1);
  });

  it('with an unknown kind of checkpoint do not fail the list', async () => {
    const checkpoint = { checkpoint_id: 'new/1', checkpoint_type: 'brand-new', time: 0, tinker_path: 'x' };
    const { client } = await replay([{ status: 200, json: { checkpoints: [checkpoint] } }]);
    const { checkpoints } = await client.rest.listCheckpoints({ trainingRunId: 'r' });
    expect(checkpoints[0]).toMatchObject({ checkpointType: 'brand-new', sizeBytes: null, public: false });
  });
});

describe('archive links', () => {
  const archive = (options: object = {}) => ({ trainingRunId: 'r', checkpointId: 'weights/1', ...options });

  it.each([
    ['without Expires', {}],
    ['with an unreadable one', { Expires: '0' }],
  ])('live 15 minutes %s', async (_, headers) => {
    const { client, clock } = await replay([{ status: 302, headers: { Location: 'https://s/x', ...headers } }]);
    const before = clock.now();
    const { expires } = await client.rest.getCheckpointArchiveUrl(archive());
    expect(expires.date.getTime() - before).toBeGreaterThanOrEqual(900_000);
    expect(expires.date.getTime() - clock.now()).toBeLessThanOrEqual(900_000);
  });

  it('with a date without zone are in UTC', async () => {
    const { client } = await replay([
      { status: 302, headers: { Location: '/relative', Expires: 'Thu, 20 Nov 2025 10:45:00' } },
    ]);
    const { url, expires } = await client.rest.getCheckpointArchiveUrl(archive());
    expect(expires.text).toBe('2025-11-20T10:45:00Z');
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/relative$/);
  });

  it.each([
    [302, {}],
    [301, { Location: 'https://s/x' }],
    [307, { Location: 'https://s/x' }],
  ])('do not come from status %i with %j', async (status, headers) => {
    const { client, calls } = await replay([{ status, headers: headers as Record<string, string> }]);
    const error = await failure(client.rest.getCheckpointArchiveUrl(archive()));
    expect([error.code, calls().length]).toEqual(['TINKER_STATUS', 1]);
  });

  it('are waited for until the limit of the call', async () => {
    const { client, calls, clock } = await replay([{ status: 503, json: {} }]);
    const waits: number[] = [];
    const controller = new AbortController();
    const running = client.rest.getCheckpointArchiveUrl(
      archive({
        signal: controller.signal,
        onWait: ({ attempt, delayMs }: { attempt: number; delayMs: number }) => {
          waits.push(delayMs);
          if (attempt === 8) controller.abort();
          else clock.jump(delayMs);
        },
      }),
    );
    expect((await failure(running)).code).toBe('ABORTED');
    expect(waits).toEqual(Array(8).fill(30_000));
    expect(calls()).toHaveLength(8);
  });

  it('fail at once on other statuses', async () => {
    const { client, calls } = await replay([{ status: 404, json: { detail: 'Not Found' } }]);
    const error = await failure(client.rest.getCheckpointArchiveUrl(archive()));
    expect([error.code, calls().length]).toEqual(['TINKER_NOT_FOUND', 1]);
  });
});

describe('notes of the server', () => {
  it('about calls on their way out are heard', async () => {
    const heard: unknown[] = [];
    const headers = { 'x-deprecation-note': 'use another', 'x-deprecation-level': 'error' };
    const { client } = await replay([{ ...SESSIONS, headers }], {
      onDeprecation: ({ note, level }) => heard.push([note, level]),
    });
    await client.rest.listSessions();
    expect(heard).toEqual([['use another', 'error']]);
  });
});

describe('arguments', () => {
  it('that are wrong are told before any request', async () => {
    const { client, server } = await replay([SESSIONS]);
    const { rest } = client;
    const bad = [
      rest.listTrainingRuns({ limit: -1 }),
      rest.listSessions({ offset: 1.5 }),
      rest.listSessions({ accessScope: 'all' as never }),
      rest.getTrainingRun({ trainingRunId: '' }),
      rest.getTrainingRun({ trainingRunId: '..' }),
      rest.getSession({ sessionId: undefined as never }),
      rest.listCheckpoints({ trainingRunId: '' }),
      rest.deleteCheckpoint({ trainingRunId: 'r', checkpointId: 'weights/../x' }),
      rest.deleteCheckpoint({ trainingRunId: 'r', checkpointId: '' }),
      rest.setCheckpointTtlFromTinkerPath({ tinkerPath: PATH, ttlSeconds: 60 }),
      rest.setCheckpointTtlFromTinkerPath({ tinkerPath: PATH, ttlSeconds: undefined as never }),
      rest.setCheckpointTtlFromTinkerPath({ tinkerPath: PATH, ttlSeconds: 4e8 }),
      rest.getAuditLog({ day: '2025-02-30' }),
      rest.getAuditLog({ day: 'today' }),
      rest.copyWeights({ path: PATH }),
      rest.searchSessions({ limit: 201 }),
      rest.searchSessions({ statuses: [] }),
      rest.getBillingUsage({ startingOn: 'x', endingBefore: new Date() }),
    ];
    for (const promise of bad) expect((await failure(promise)).code).toBe('INVALID_ARGUMENT');
    expect((await failure(rest.getExternalWeightsUrls({ tinkerPath: PATH }))).code).toBe('TINKER_PATH');
    expect(server.requests).toHaveLength(0);
  });

  it('are escaped in the path so that they stay one segment', async () => {
    const { client, calls } = await replay([{ status: 200 }]);
    await client.rest.deleteCheckpoint({ trainingRunId: 'a/b?c#d%2F e:f', checkpointId: 'weights/n?x#y' });
    expect(calls()[0]!.url).toBe(
      '/services/tinker-prod/api/v1/training_runs/a%2Fb%3Fc%23d%252F%20e:f/checkpoints/weights/n%3Fx%23y',
    );
  });
});

describe('walking lists', () => {
  const runs = (ids: readonly string[]) =>
    ids.map((id) => ({ training_run_id: id, base_model: 'b', model_owner: 'o', is_lora: true, last_request_time: 0 }));
  const page = (ids: readonly string[], total: number, limit = 2) => ({
    status: 200,
    json: { training_runs: runs(ids), cursor: { offset: 0, limit, total_count: total } },
  });
  const collect = async <T>(items: AsyncIterable<T>): Promise<T[]> => {
    const all: T[] = [];
    for await (const item of items) all.push(item);
    return all;
  };

  it('goes on to the total', async () => {
    const { client, calls } = await replay([page(['a', 'b'], 5), page(['c', 'd'], 5), page(['e'], 5)]);
    const all = await collect(client.rest.iterateTrainingRuns({ pageSize: 2, accessScope: 'accessible' }));
    expect(all.map(({ trainingRunId }) => trainingRunId)).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect(calls().map(({ url }) => url.split('?')[1])).toEqual(
      [0, 2, 4].map((offset) => `limit=2&offset=${offset}&access_scope=accessible`),
    );
  });

  it('stops at the total, at an empty page and at a short one', async () => {
    for (const [pages, count] of [
      [[page(['a', 'b'], 2)], 1],
      [[page(['a', 'b'], 9), page([], 9)], 2],
      [[page(['a', 'b'], 9), page(['c'], 9)], 2],
    ] as const) {
      const { client, calls } = await replay(pages);
      await collect(client.rest.iterateTrainingRuns({ pageSize: 2 }));
      expect(calls()).toHaveLength(count);
    }
  });

  it('goes on when the server gives less than it is asked for', async () => {
    const { client } = await replay([page(['a', 'b'], 3), page(['c'], 3)]);
    expect(await collect(client.rest.iterateTrainingRuns({ pageSize: 100 }))).toHaveLength(3);
  });

  it('gives what newer items have pushed on once, and no more than wanted', async () => {
    const { client, calls } = await replay([page(['a', 'b'], 4), page(['b', 'c'], 4)]);
    const all = await collect(client.rest.iterateTrainingRuns({ pageSize: 2, limit: 3 }));
    expect(all.map(({ trainingRunId }) => trainingRunId)).toEqual(['a', 'b', 'c']);
    expect(calls()).toHaveLength(2);
  });

  it('ends sessions, which have no total, at a short page', async () => {
    const { client, calls } = await replay([
      { status: 200, json: { sessions: ['a', 'b'] } },
      { status: 200, json: { sessions: ['c'] } },
    ]);
    expect(await collect(client.rest.iterateSessions({ pageSize: 2 }))).toEqual(['a', 'b', 'c']);
    expect(calls()).toHaveLength(2);
  });

  it('hands the cursor of a search back unchanged', async () => {
    const session = { session_id: 's', created_at: 0, owner: 'o', project_id: 'p', checkpoints_count: 0 };
    const cursor = { last_created_at: '2026-01-02T03:04:05.000006Z', last_session_id: 'x' };
    const { client, calls } = await replay([
      { status: 200, json: { sessions: [session], next_cursor: cursor } },
      { status: 200, json: { sessions: [session] } },
    ]);
    expect(await collect(client.rest.iterateSessionSearch({ displayName: 'a' }))).toHaveLength(2);
    expect(calls().map(({ body }) => JSON.parse(body).cursor)).toEqual([undefined, cursor]);
  });
});
