import { isError, type SomaKitError } from '@somakit/core';
import captures from '@somakit/vectors/tinker-captures.json';
import { closeServers, json, serve } from '@somakit/vitest-config/http-server';
import { afterEach, describe, expect, it } from 'vitest';
import * as answers from '../src/index.js';
import { type Codec, createTinkerClient } from '../src/index.js';
import { KEY, PREFIX, type RecordedResponse, type Replay, replay } from './support/replay.js';

interface Recorded {
  readonly id: string;
  readonly method: string;
  readonly args: Record<string, unknown>;
  readonly clients: readonly string[];
  readonly attempts: number;
  readonly exchanges: readonly {
    readonly request: {
      readonly method: string;
      readonly path: string;
      readonly rawQuery?: string;
      readonly body?: unknown;
      readonly headers?: Record<string, string>;
    };
    readonly response: RecordedResponse;
  }[];
  readonly waits?: readonly (readonly [string, number])[];
  readonly result?: { readonly type: string; readonly value: unknown };
  readonly error?: { readonly class: string; readonly status_code?: number; readonly body?: unknown };
  readonly xSdkMethod?: { readonly sync: string };
}

const CODECS: Readonly<Record<string, Codec<never>>> = {
  TrainingRun: answers.TrainingRun,
  TrainingRunsResponse: answers.TrainingRunsList,
  CheckpointsListResponse: answers.CheckpointsList,
  WeightsInfoResponse: answers.WeightsInfo,
  GetSessionResponse: answers.Session,
  ListSessionsResponse: answers.SessionsList,
  GetSamplerResponse: answers.Sampler,
  AuditLogResponse: answers.AuditLog,
  ExternalWeightsUrlsResponse: answers.ExternalWeightsUrls,
  GetServerCapabilitiesResponse: answers.ServerCapabilities,
  CheckpointArchiveUrlResponse: answers.ArchiveUrl,
} as unknown as Readonly<Record<string, Codec<never>>>;

const ERRORS: Readonly<Record<string, string>> = {
  NotFoundError: 'TINKER_NOT_FOUND',
  AuthenticationError: 'TINKER_AUTHENTICATION',
  ConflictError: 'TINKER_CONFLICT',
  JSONDecodeError: 'TINKER_ANSWER',
  APIResponseValidationError: 'TINKER_ANSWER',
  ValueError: 'TINKER_PATH',
};

const camel = (name: string): string => name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
const camelKeys = (args: Record<string, unknown>) =>
  Object.fromEntries(Object.entries(args).map(([key, value]) => [camel(key), value]));

type Call = (parameters: object) => Promise<unknown>;
const callOf = ({ client }: Replay, method: string): Call =>
  (client.rest as unknown as Record<string, Call>)[camel(method)]!;

// The older client's own fault: it fails before it sends anything.
const cases = (captures.rest as Recorded[]).filter(({ error }) => error?.class !== 'AssertionError');

afterEach(closeServers);

describe('every recorded call of the REST API', () => {
  it.each(cases.map((each) => [`${each.id} (${each.clients.join(', ')})`, each] as const))(
    '%s',
    async (_, recorded) => {
      const { method, args, exchanges, result, error } = recorded;
      const served = await replay(exchanges.map(({ response }) => response));
      const { clock } = served;
      const wait = { onWait: ({ delayMs }: { delayMs: number }) => clock.jump(delayMs) };
      let thrown: SomaKitError | undefined;
      const value = await callOf(
        served,
        method,
      )({ ...camelKeys(args), ...wait }).catch((caught: unknown) => {
        if (!isError(caught)) throw caught;
        thrown = caught;
      });

      // A conflict is final for us; everything else takes as many attempts.
      const attempts = recorded.id === 'error/409-always' ? 1 : recorded.attempts;
      const sent = served.calls();
      expect(sent).toHaveLength(attempts);
      for (const [i, request] of sent.entries()) {
        const expected = exchanges[Math.min(i, exchanges.length - 1)]!.request;
        const query = expected.rawQuery === undefined ? '' : `?${expected.rawQuery}`;
        expect(`${request.method} ${request.url}`).toBe(`${expected.method} ${PREFIX}${expected.path}${query}`);
        expect(request.body === '' ? undefined : JSON.parse(request.body)).toEqual(expected.body ?? undefined);
        const { 'x-idempotency-key': key, ...headers } = { ...expected.headers };
        expect(request.headers).toMatchObject({
          'x-stainless-retry-count': '0',
          accept: 'application/json',
          'x-api-key': KEY,
          'x-sdk-version': '0.38.0',
          'x-stainless-read-timeout': '60',
          ...headers,
        });
        expect(request.headers.authorization).toBeUndefined();
        if (key === undefined) expect(request.headers['x-idempotency-key']).toBeUndefined();
        else expect(request.headers['x-idempotency-key']).toMatch(/^[0-9a-f-]{36}$/);
        expect(request.headers['x-idempotency-key']).toBe(sent[0]!.headers['x-idempotency-key']);
        if (recorded.xSdkMethod !== undefined) {
          expect(request.headers['x-sdk-method']).toBe(recorded.xSdkMethod.sync);
        }
      }
      if (recorded.waits !== undefined && attempts === recorded.attempts) {
        expect(clock.jumped).toEqual(recorded.waits.map(([, seconds]) => seconds * 1000));
      }

      if (error === undefined) {
        expect(thrown).toBeUndefined();
        const codec = CODECS[result!.type];
        const shown = codec === undefined ? (value ?? null) : codec.toJson(value as never);
        // The newer client knows more fields than the older one.
        if (recorded.clients[0]!.startsWith('0.38')) expect(shown).toEqual(result!.value);
        else expect(shown).toMatchObject(result!.value as object);
        if (codec !== undefined) expect(codec.fromJson(shown)).toEqual(value);
      } else {
        expect(thrown?.code).toBe(ERRORS[error.class]);
        if (error.status_code !== undefined) expect(thrown?.context).toMatchObject({ status: error.status_code });
        if (thrown?.code !== 'TINKER_ANSWER' && error.body !== undefined) {
          expect(thrown?.context).toMatchObject({ body: error.body, attempts: 1 });
        }
        expect(JSON.stringify(thrown)).not.toContain(KEY);
      }
    },
  );
});

const jwt = (claims: object): string =>
  ['{"alg":"none"}', JSON.stringify(claims), 'x'].map((part) => Buffer.from(part).toString('base64url')).join('.');

describe('every recorded way to a client', () => {
  const construct = captures.construct as {
    readonly id: string;
    readonly apiKeyArg?: string | null;
    readonly suffix?: string;
    readonly rawPaths?: readonly string[];
    readonly error?: object;
    readonly bootRequests: readonly { path: string; body: unknown; headers: Record<string, string> }[];
    readonly requests: readonly { method: string; path: string; rawQuery: string; 'x-api-key': string }[];
  }[];
  const cases = construct.filter(({ id }) => !id.startsWith('service-client/'));
  // Asked for by sessions only: a REST client has no use for it.
  const needed = ({ path }: { path: string }) => !path.endsWith('/dynamic_config');

  it.each(cases.map((each) => [each.id, each] as const))('%s', async (id, recorded) => {
    const { apiKeyArg = KEY, suffix = PREFIX, error, bootRequests = [], requests = [] } = recorded;
    const exchanging = id.includes('jwt');
    let refuse = id === 'jwt/invalid-token-replayed-once';
    let tokens = 0;
    const server = await serve((request, response) => {
      const path = (request.url ?? '').replace(/^\/services\/tinker-prod/, '');
      if (path.startsWith('/api/v1/client/')) return json(response, 200, { pjwt_auth_enabled: exchanging });
      if (path === '/api/v1/auth/token') {
        const now = Math.floor(Date.now() / 1000);
        return json(response, 200, { jwt: jwt({ sub: 'u', iat: now, exp: now + 3600, jti: tokens++ }) });
      }
      if (refuse) {
        refuse = false;
        return json(response, 401, { detail: 'revoked' }, { 'WWW-Authenticate': 'Bearer error="invalid_token"' });
      }
      return json(response, 200, { sessions: [] });
    });
    const make = () =>
      createTinkerClient({ apiKey: apiKeyArg ?? undefined, baseUrl: `${server.url}${suffix}`, env: {} });
    if (error !== undefined) {
      expect(make).toThrow(expect.objectContaining({ code: 'TINKER_CREDENTIALS' }));
      expect(server.requests).toHaveLength(0);
      return;
    }
    expect(await make().rest.listSessions()).toEqual({ sessions: [] });
    if (recorded.rawPaths !== undefined) {
      const paths = recorded.rawPaths.filter((path) => needed({ path }));
      expect(server.requests.map(({ url }) => url)).toEqual(paths);
      return;
    }
    const isBoot = (url: string) => /client\/config|auth\/token/.test(url);
    const boot = server.requests.filter(({ url }) => isBoot(url));
    const expectedBoot = bootRequests.filter(needed);
    expect(boot.map(({ method, url, body }) => [method, url.slice(PREFIX.length), JSON.parse(body)])).toEqual(
      expectedBoot.map(({ path, body }) => ['POST', path, body]),
    );
    for (const [i, { headers }] of boot.entries()) {
      expect(headers).toMatchObject({ 'x-api-key': KEY, 'content-type': 'application/json' });
      expect(headers['x-stainless-read-timeout']).toBe(expectedBoot[i]!.headers['x-stainless-read-timeout']);
    }
    const calls = server.requests.filter(({ url }) => !isBoot(url));
    expect(calls.map(({ method, url }) => `${method} ${url}`)).toEqual(
      requests.map(({ method, path, rawQuery }) => `${method} ${PREFIX}${path}?${rawQuery}`),
    );
    for (const [i, { headers }] of calls.entries()) {
      const key = requests[i]!['x-api-key'];
      if (key === '<jwt>') expect(headers['x-api-key']).toMatch(/^eyJ/);
      else expect(headers['x-api-key']).toBe(key);
    }
    const used = calls.map(({ headers }) => headers['x-api-key']);
    expect(new Set(used).size).toBe(used.length);
  });
});
