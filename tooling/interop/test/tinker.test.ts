import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { isError } from '@somakit/core';
import * as tinker from '@somakit/tinker';
import { createTinkerClient } from '@somakit/tinker';
import { findPart } from '@somakit/vitest-config/parts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Peer, startPeer } from '../src/peer.js';

const python = findPart('python');
const KEY = 'tml-dummy0123456789abcdefABCDEF';
const RUN = '5f0c8f0e-2b55-4a0e-9d67-0f5f5bb9a001:train:0';
const PATH = `tinker://${RUN}/weights/0001`;

interface Seen {
  readonly line: string;
  readonly body: unknown;
  readonly headers: IncomingMessage['headers'];
}
interface Answer {
  readonly status?: number;
  readonly json?: unknown;
  readonly text?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

type Case = readonly [
  name: string,
  method: string,
  args: Readonly<Record<string, unknown>>,
  codec: string,
  answer: Answer,
];

const checkpoint = (more: object = {}) => ({
  checkpoint_id: 'weights/0001',
  checkpoint_type: 'training',
  time: '2025-11-20T08:30:00Z',
  tinker_path: PATH,
  size_bytes: 1441792000,
  public: false,
  expires_at: null,
  ...more,
});
const run = (more: object = {}) => ({
  training_run_id: RUN,
  base_model: 'Qwen/Qwen3-8B',
  model_owner: 'tml:organization_user:2f1c',
  is_lora: true,
  lora_rank: 32,
  last_request_time: '2025-11-20T09:20:00.123456Z',
  last_checkpoint: checkpoint(),
  user_metadata: { experiment_name: 'sft-1', camelCase: 'kept' },
  ...more,
});
const cursor = { offset: 0, limit: 20, total_count: 1 };
const search = {
  session_id: 's',
  created_at: '2026-01-02T03:04:05.000006Z',
  owner: 'urn:o',
  project_id: 'p',
  checkpoints_count: 2,
};
const bucket = { bucket_start: '2026-07-13T00:00:00Z', bucket_end: '2026-07-13T01:00:00Z', base_model: 'm' };

const DATES: readonly unknown[] = [
  '2025-11-20T08:30:00Z',
  '2025-11-20t08:30:00z',
  '2025-11-20T08:30:00+00:00',
  '2025-11-20T08:30:00+0530',
  '2025-11-20 08:30:00.5-03:30',
  '2025-11-20_08:30:00',
  '2025-11-20T08:30:00',
  '2025-11-20T08:30',
  '2025-11-20T08:30Z',
  '2025-11-20',
  '2025-11-20T08:30:00.1234567891Z',
  '2025-11-20T08:30:00.000001',
  '2024-02-29T23:59:59.999999Z',
  1763627400,
  1763627400.25,
  1763627400000,
  '1763627400',
  '1763627400000',
  '1763627400.5',
  -86400,
  0,
  20000000000,
  20000000001,
  // And what neither takes.
  '2025-02-29T00:00:00Z',
  '2025-11-20T24:00:00Z',
  '2025-11-20T08:60:00Z',
  '2025-13-01',
  '2025-11-20T08:30:00+25:00',
  '20 November 2025',
  'yesterday',
  '',
  true,
  null,
  {},
  [],
];
const INTEGERS: readonly unknown[] = [
  7,
  '7',
  ' 7 ',
  '+7',
  '-7',
  '7.0',
  7.0,
  '1_000',
  true,
  false,
  7.5,
  '7.5',
  'seven',
  '',
  [],
  {},
];
const FLAGS: readonly unknown[] = [
  true,
  false,
  0,
  1,
  'true',
  'False',
  'YES',
  'n',
  'off',
  '1',
  't',
  2,
  'maybe',
  '',
  ' true',
  [],
  {},
];
const TEXTS: readonly unknown[] = ['x', '', 7, true, [], {}];

const CASES: readonly Case[] = [
  ['one run', 'get_training_run', { training_run_id: RUN }, 'TrainingRun', { json: run() }],
  [
    'an accessible run with the least of fields',
    'get_training_run',
    { training_run_id: 'other', access_scope: 'accessible' },
    'TrainingRun',
    {
      json: {
        training_run_id: 'other',
        base_model: 'b',
        model_owner: 'o',
        is_lora: false,
        last_request_time: '2025-11-20T09:20:00',
        unknown_field: 1,
      },
    },
  ],
  ['a run by path', 'get_training_run_by_tinker_path', { tinker_path: PATH }, 'TrainingRun', { json: run() }],
  [
    'weights info',
    'get_weights_info_by_tinker_path',
    { tinker_path: PATH },
    'WeightsInfo',
    { json: { base_model: 'b', is_lora: true, lora_rank: 8, train_mlp: true } },
  ],
  [
    'weights info with another optimizer',
    'get_weights_info_by_tinker_path',
    { tinker_path: 'not even a path' },
    'WeightsInfo',
    { json: { base_model: 'b', is_lora: false, optimizer_config: { type: 'other', some_field: 1 } } },
  ],
  ['runs', 'list_training_runs', {}, 'TrainingRunsList', { json: { training_runs: [run()], cursor } }],
  [
    'runs of a project',
    'list_training_runs',
    { limit: 5, offset: 10, access_scope: 'accessible', project_id: "proj 1/&?ä!'()*~._-+" },
    'TrainingRunsList',
    { json: { training_runs: [], cursor } },
  ],
  [
    'checkpoints of a run',
    'list_checkpoints',
    { training_run_id: RUN },
    'CheckpointsList',
    {
      json: {
        checkpoints: [checkpoint(), checkpoint({ user_metadata: { a: 'b' }, expires_at: '2026-01-01T00:00:00Z' })],
      },
    },
  ],
  [
    'all checkpoints',
    'list_user_checkpoints',
    {},
    'CheckpointsList',
    { json: { checkpoints: [checkpoint()], cursor } },
  ],
  ['delete', 'delete_checkpoint', { training_run_id: RUN, checkpoint_id: 'weights/0001' }, '', { status: 204 }],
  ['delete by path', 'delete_checkpoint_from_tinker_path', { tinker_path: PATH }, '', { json: { anything: 1 } }],
  ['publish', 'publish_checkpoint_from_tinker_path', { tinker_path: PATH }, '', { text: 'no json' }],
  ['unpublish', 'unpublish_checkpoint_from_tinker_path', { tinker_path: PATH }, '', { json: null }],
  ['set a life', 'set_checkpoint_ttl_from_tinker_path', { tinker_path: PATH, ttl_seconds: 3600 }, '', { json: null }],
  [
    'keep for ever',
    'set_checkpoint_ttl_from_tinker_path',
    { tinker_path: PATH, ttl_seconds: null },
    '',
    { json: null },
  ],
  [
    'a session',
    'get_session',
    { session_id: 's:1' },
    'Session',
    { json: { training_run_ids: [RUN], sampler_ids: [], display_name: 'n' } },
  ],
  ['sessions', 'list_sessions', { limit: 3 }, 'SessionsList', { json: { sessions: ['a', 'b'] } }],
  ['a project', 'assign_session_project', { session_id: 's', project_id: 'p' }, '', { json: null }],
  ['a sampler', 'get_sampler', { sampler_id: 's:sample:0' }, 'Sampler', { json: { sampler_id: 's', base_model: 'b' } }],
  [
    'the audit log',
    'get_audit_log',
    {},
    'AuditLog',
    {
      json: { entries: [{ timestamp: '2025-11-20T00:00:01Z', event: 'project_grant_set', event_details: { a: [1] } }] },
    },
  ],
  ['one day', 'get_audit_log', { event_type: 'teams', day: '2025-01-15' }, 'AuditLog', { json: { entries: [] } }],
  [
    'external weights',
    'get_external_weights_urls',
    { tinker_path: `tinker://${RUN}/external_weights/e` },
    'ExternalWeightsUrls',
    { json: { urls: { 'a b/c.json': 'https://s/a?sig=1' }, expires: 1763627400 } },
  ],
  [
    'a copy',
    'copy_weights',
    { path: PATH, destination_project_id: 'p', ttl_seconds: 7200, weights_access_token: 'secret-token' },
    '',
    { json: { tinker_path: PATH } },
  ],
  [
    'what the server can',
    'get_server_capabilities',
    {},
    'ServerCapabilities',
    { json: { supported_models: [{ model_name: 'm', max_context_length: '32768' }, {}] } },
  ],
  ['a trace', 'export_session_trace', { session_id: 's' }, '', { json: { status: 'ready', url: 'https://s/t?sig=1' } }],
  [
    'a search',
    'search_sessions',
    {
      user_metadata: { my_key: 'v' },
      display_name: 'two words',
      owner: { type: 'user', owner_urns: ['u1'] },
      statuses: [{ type: 'active' }, { type: 'client_finished', reasons: ['errored'] }],
      limit: 10,
      cursor: { last_created_at: '2026-01-02T03:04:05.000006Z', last_session_id: 'x' },
    },
    'SessionSearchPage',
    {
      json: {
        sessions: [
          search,
          { ...search, status: { type: 'active' } },
          { ...search, status: { type: 'cancelled', detail: 'd' }, user_metadata: { a: 'b' } },
          {
            ...search,
            status: {
              type: 'failed',
              category: 'user',
              reason: { type: 'request', request_id: 'r', request_type: 't' },
              message: 'm',
            },
            checkpoint_storage_bytes: 12,
          },
          { ...search, status: { type: 'client_finished', reason: { type: 'success' } } },
        ],
        next_cursor: { last_created_at: '2026-01-02T03:04:05.000006Z', last_session_id: 's' },
      },
    },
  ],
  ['a search for all', 'search_sessions', {}, 'SessionSearchPage', { json: { sessions: [] } }],
  [
    'billing',
    'get_billing_usage',
    { starting_on: '2026-07-13T00:00:00Z', ending_before: '2026-07-14T02:00:00+02:00' },
    'BillingUsage',
    {
      json: {
        data: [
          { ...bucket, estimated_cost_usd: 0.25, event_info: { type: 'training', token_count: 5 } },
          { ...bucket, event_info: { type: 'sampling_prefill', cached: true, token_count: 5 } },
          { ...bucket, event_info: { type: 'sampling_sample', token_count: 5 } },
          { ...bucket, event_info: { type: 'checkpoint', count: 1 } },
          { ...bucket, event_info: { type: 'storage', gigabyte_hours: 1.5 } },
        ],
        sessions: { 's-1': { user_metadata: { k: 'v' } }, 's-2': {} },
      },
    },
  ],
  [
    'storage',
    'get_current_checkpoint_storage_usage',
    { project_id: 'p' },
    'StorageUsage',
    { json: { data: [{ checkpoint_count: 1, size_bytes: 2, size_gigabytes: 0.5 }] } },
  ],
  ...DATES.map(
    (time): Case => [
      `the date ${JSON.stringify(time)}`,
      'list_checkpoints',
      { training_run_id: 'r' },
      'CheckpointsList',
      { json: { checkpoints: [checkpoint({ time })] } },
    ],
  ),
  ...INTEGERS.map(
    (size): Case => [
      `the integer ${JSON.stringify(size)}`,
      'list_checkpoints',
      { training_run_id: 'r' },
      'CheckpointsList',
      { json: { checkpoints: [checkpoint({ size_bytes: size })] } },
    ],
  ),
  ...FLAGS.map(
    (flag): Case => [
      `the flag ${JSON.stringify(flag)}`,
      'list_checkpoints',
      { training_run_id: 'r' },
      'CheckpointsList',
      { json: { checkpoints: [checkpoint({ public: flag })] } },
    ],
  ),
  ...TEXTS.map(
    (text): Case => [
      `the text ${JSON.stringify(text)}`,
      'get_sampler',
      { sampler_id: 'r' },
      'Sampler',
      { json: { sampler_id: text, base_model: 'b' } },
    ],
  ),
  ...['a b', 'a:b', 'ä', "it's(1)!*", 'a@b+c,d;e=f&g$h', '~tilde_-.'].map(
    (id): Case => [
      `the id ${id}`,
      'get_session',
      { session_id: id },
      'Session',
      { json: { training_run_ids: [], sampler_ids: [] } },
    ],
  ),
  ...[400, 401, 402, 403, 404, 410, 418, 422]
    .filter((status) => status !== 402)
    .map(
      (status): Case => [
        `status ${status}`,
        'list_sessions',
        {},
        'SessionsList',
        {
          status,
          json: { detail: [{ type: 'missing', loc: ['query', 'limit'], msg: 'Field required', input: null }] },
        },
      ],
    ),
  [
    'a text where JSON is expected',
    'list_sessions',
    {},
    'SessionsList',
    { text: 'hello', headers: { 'content-type': 'text/plain' } },
  ],
  [
    'JSON that says it is text',
    'list_sessions',
    {},
    'SessionsList',
    { text: '{"sessions":["a"]}', headers: { 'content-type': 'text/plain' } },
  ],
  ['a list for an object', 'list_sessions', {}, 'SessionsList', { json: [] }],
  ['no content', 'list_sessions', {}, 'SessionsList', { status: 204 }],
  [
    'broken JSON',
    'list_sessions',
    {},
    'SessionsList',
    { text: '{"sessions":[', headers: { 'content-type': 'application/json' } },
  ],
  ['a bad path', 'publish_checkpoint_from_tinker_path', { tinker_path: 'tinker://a/b/c' }, '', {}],
  ['another bad path', 'delete_checkpoint_from_tinker_path', { tinker_path: 'Tinker://a/weights/c' }, '', {}],
  ['a path with four parts', 'get_training_run_by_tinker_path', { tinker_path: `${PATH}/x` }, 'TrainingRun', {}],
  ['another kind', 'get_external_weights_urls', { tinker_path: PATH }, 'ExternalWeightsUrls', {}],
];

const ERRORS: Readonly<Record<string, readonly string[]>> = {
  BadRequestError: ['TINKER_BAD_REQUEST'],
  AuthenticationError: ['TINKER_AUTHENTICATION'],
  PermissionDeniedError: ['TINKER_PERMISSION_DENIED'],
  NotFoundError: ['TINKER_NOT_FOUND'],
  UnprocessableEntityError: ['TINKER_UNPROCESSABLE'],
  APIStatusError: ['TINKER_STATUS'],
  APIResponseValidationError: ['TINKER_ANSWER'],
  JSONDecodeError: ['TINKER_ANSWER'],
  ValueError: ['TINKER_PATH'],
};

const camel = (name: string): string => name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
// Metadata has the user's own keys.
const camelKeys = (value: unknown, depth = 0): unknown => {
  if (Array.isArray(value)) return value.map((item) => camelKeys(item, depth));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      camel(key),
      key === 'user_metadata' ? item : camelKeys(item, depth + 1),
    ]),
  );
};

describe.skipIf(python === undefined)('the REST calls beside the official Python client, at one server', () => {
  let peer: Peer;
  let server: Server;
  let baseUrl = '';
  let answer: Answer = {};
  let seen: Seen[] = [];

  beforeAll(async () => {
    server = createServer((request, response) => {
      let body = '';
      request.on('data', (part: Uint8Array) => {
        body += new TextDecoder().decode(part);
      });
      request.on('end', () => {
        const isBoot = /\/client\/|\/auth\/token/.test(request.url ?? '');
        if (!isBoot) {
          seen.push({
            line: `${request.method} ${request.url}`,
            body: body === '' ? undefined : JSON.parse(body),
            headers: request.headers,
          });
        }
        const { status = 200, json, text, headers } = isBoot ? ({ json: {} } as Answer) : answer;
        const content = text ?? (json === undefined ? '' : JSON.stringify(json));
        response.writeHead(status, {
          ...(json === undefined ? {} : { 'content-type': 'application/json' }),
          ...(status === 204 ? {} : { 'content-length': Buffer.byteLength(content) }),
          ...headers,
        });
        response.end(content);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/services/tinker-prod`;
    peer = startPeer(python ?? '', 'tinker_peer');
  });
  afterAll(async () => {
    await peer.stop();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  const observe = async <T>(run: () => Promise<T>): Promise<[T, Seen[]]> => {
    seen = [];
    const result = await run();
    return [result, seen];
  };

  it.each(CASES)('%s', async (_, method, args, codecName, given) => {
    answer = given;
    const [theirs, theirRequests] = await observe(() => peer.ask<unknown>('call', baseUrl, KEY, method, args));
    const { rest } = createTinkerClient({ apiKey: KEY, baseUrl, env: {} });
    const call = (rest as unknown as Record<string, (parameters: unknown) => Promise<unknown>>)[camel(method)]!;
    const [ours, ourRequests] = await observe(() =>
      call(camelKeys(args)).then(
        (ok) => ({ ok }),
        (error: unknown) => ({ error }),
      ),
    );

    expect(ourRequests.map(({ line, body }) => [line, body])).toEqual(
      theirRequests.map(({ line, body }) => [line, body]),
    );
    for (const [i, { headers }] of theirRequests.entries()) {
      for (const name of [
        'accept',
        'content-type',
        'content-length',
        'x-api-key',
        'x-sdk-version',
        'x-sdk-method',
        'x-stainless-retry-count',
        'x-stainless-read-timeout',
        'x-tinker-weights-access-token',
      ]) {
        expect([name, ourRequests[i]!.headers[name]]).toEqual([name, headers[name]]);
      }
      expect(ourRequests[i]!.headers['x-idempotency-key'] === undefined).toBe(
        headers['x-idempotency-key'] === undefined,
      );
    }
    if ('ok' in theirs) {
      expect(ours).toHaveProperty('ok');
      const value = (ours as { ok: unknown }).ok;
      const codec = (tinker as unknown as Record<string, { toJson(value: unknown): unknown }>)[codecName];
      expect(codec === undefined ? (value ?? null) : codec.toJson(value)).toEqual(theirs.ok);
    } else {
      const error = (ours as { error?: unknown }).error;
      if (!isError(error)) throw new Error(`the original raised ${theirs.error}: ${theirs.message}`);
      expect([theirs.error, ERRORS[theirs.error]]).toEqual([theirs.error, expect.arrayContaining([error.code])]);
      const { status } = theirs as { status?: number | null };
      if (typeof status === 'number') expect(error.context).toMatchObject({ status });
    }
  });
});
