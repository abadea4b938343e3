import { isError } from '@somakit/core';
import { createHttp } from '@somakit/core/http';
import { manualClock } from '@somakit/core/testing';
import { closeServers, endlessBody, json, serve } from '@somakit/vitest-config/http-server';
import { afterEach, describe, expect, it } from 'vitest';
import { failure } from '../support/failure.js';

afterEach(closeServers);

const quick = { baseDelayMs: 1, maxDelayMs: 2 };

describe('a call that fails', () => {
  it('reports a refused connection after its attempts, with the system code', async () => {
    const server = await serve(() => {});
    await server.close();
    const http = createHttp({ baseUrl: server.url, retry: { ...quick, attempts: 2 } });
    const error = await failure(http.get({ path: '/x' }));
    expect(error).toMatchObject({
      code: 'HTTP_NETWORK',
      context: { phase: 'request', reason: 'ECONNREFUSED', attempts: 2 },
    });
  });

  it('gives up on a server that never answers', async () => {
    const server = await serve(() => {});
    const http = createHttp({ baseUrl: server.url, retry: false, timeouts: { firstByteMs: 50 } });
    expect(await failure(http.get({ path: '/' }))).toMatchObject({
      code: 'TIMEOUT',
      context: { phase: 'first-byte', timeoutMs: 50 },
    });
    await server.until(() => server.busy === 0);
  });

  it('gives up on a body that stalls', async () => {
    const server = await serve((_, response) => void response.writeHead(200).write('{"a":'));
    const http = createHttp({ baseUrl: server.url, retry: false, timeouts: { idleMs: 50 } });
    expect(await failure(http.get({ path: '/' }))).toMatchObject({ code: 'TIMEOUT', context: { phase: 'idle' } });
    await server.until(() => server.busy === 0);
  });

  it('reports a body that is cut', async () => {
    const server = await serve((_, response) => {
      response.writeHead(200, { 'content-length': '100' }).write('{"a":');
      setImmediate(() => response.destroy());
    });
    const http = createHttp({ baseUrl: server.url, retry: { ...quick, attempts: 3 } });
    expect(await failure(http.get({ path: '/' }))).toMatchObject({
      code: 'HTTP_NETWORK',
      context: { phase: 'body', attempts: 3 },
    });
  });

  it('stops reading an endless body at the limit', async () => {
    const server = await serve(endlessBody);
    const http = createHttp({ baseUrl: server.url, maxResponseBytes: 1_000_000 });
    expect(await failure(http.get({ path: '/' }))).toMatchObject({
      code: 'HTTP_TOO_LARGE',
      context: { limit: 1_000_000 },
    });
    await server.until(() => server.busy === 0);
  });

  it('ends a whole call in its time, pauses included', async () => {
    const server = await serve((_, response) => json(response, 503, {}));
    const http = createHttp({
      baseUrl: server.url,
      retry: { baseDelayMs: 10_000 },
      random: { float: () => 0.9, bytes: () => new Uint8Array() },
    });
    expect(await failure(http.get({ path: '/', timeoutMs: 50 }))).toMatchObject({
      code: 'TIMEOUT',
      context: { timeoutMs: 50 },
    });
  });
});

describe('an answer that is no success', () => {
  it('gives status, message, body and request id, and no credential', async () => {
    const server = await serve((request, response) =>
      json(
        response,
        403,
        { detail: `key ${request.headers['x-api-key']} is not allowed`, code: 7 },
        { 'x-request-id': 'r-1' },
      ),
    );
    const http = createHttp({ baseUrl: server.url, headers: { 'x-api-key': 'hush-hush-hush' } });
    const error = await failure(http.get({ path: '/a', query: { token: 'secret-token', page: 2 } }));
    expect(error).toMatchObject({
      code: 'HTTP_STATUS',
      retryable: false,
      context: {
        status: 403,
        method: 'GET',
        url: `${server.url}/a?token=...&page=2`,
        requestId: 'r-1',
        attempts: 1,
        serverMessage: 'key [hidden] is not allowed',
        body: { code: 7 },
      },
    });
    expect(JSON.stringify(error) + error.message + error.stack).not.toMatch(/hush|secret-token/);
  });

  it.each([
    [{ message: 'a' }, 'a'],
    [{ error: 'b' }, 'b'],
    [{ error: { message: 'c' } }, 'c'],
    [
      {
        detail: [
          { loc: ['body', 'name'], msg: 'Field required', type: 'missing' },
          { loc: [], msg: 'odd' },
        ],
      },
      'body.name: Field required; odd',
    ],
    [{ errors: ['d', 'e'] }, 'd; e'],
    [{ message: { deep: 1 }, detail: 'f' }, 'f'],
    [{ message: 5 }, undefined],
    [[], undefined],
    [null, undefined],
  ])('takes the message of %j', async (body, message) => {
    const server = await serve((_, response) => json(response, 422, body));
    const error = await failure(createHttp({ baseUrl: server.url }).get({ path: '/' }));
    expect((error.context as { serverMessage?: string }).serverMessage).toBe(message);
  });

  it('reads only the beginning of an endless error page', async () => {
    const server = await serve((_, response) => {
      response.writeHead(400);
      const write = () => {
        while (!response.destroyed && response.write('x'.repeat(65_536)));
      };
      response.on('drain', write);
      write();
    });
    const error = await failure(createHttp({ baseUrl: server.url }).get({ path: '/' }));
    expect(error).toMatchObject({ code: 'HTTP_STATUS', context: { status: 400 } });
    await server.until(() => server.busy === 0);
  });

  it('is none when the call expects it', async () => {
    const server = await serve((_, response) => json(response, 404, { gone: true }));
    const answer = await createHttp({ baseUrl: server.url }).request({ path: '/', okStatuses: [404] });
    expect(answer).toMatchObject({ status: 404, data: { gone: true }, attempts: 1 });
  });
});

describe('an answer that is not what it should be', () => {
  it('is refused when it is garbage, HTML, cut JSON or not UTF-8', async () => {
    for (const body of ['{"a":', '<html>', 'undefined', new Uint8Array([0x22, 0xff, 0x22])]) {
      const server = await serve((_, response) => void response.writeHead(200, { 'content-type': 'text/x' }).end(body));
      const error = await failure(createHttp({ baseUrl: server.url }).get({ path: '/' }));
      expect(error).toMatchObject({ code: 'HTTP_INVALID_BODY', context: { status: 200, contentType: 'text/x' } });
      expect(server.requests).toHaveLength(1);
    }
  });

  it('is refused by the schema, whatever kind that is, with the place', async () => {
    const server = await serve((_, response) => json(response, 200, { a: 1 }));
    const http = createHttp({ baseUrl: server.url });
    const standard = {
      '~standard': {
        version: 1 as const,
        vendor: 'x',
        validate: () => ({ issues: [{ message: 'no text', path: ['a', { key: 0 }] }] }),
      },
    };
    expect(await failure(http.get({ path: '/', schema: standard }))).toMatchObject({
      code: 'HTTP_INVALID_BODY',
      context: { problems: [{ path: 'a.0', message: 'no text' }] },
    });
    const refuse = (): string => {
      throw new TypeError('bad');
    };
    for (const schema of [refuse, { parse: refuse }]) {
      expect((await failure(http.get({ path: '/', schema }))).message).toMatch(/bad/);
    }
    const good: { a: number } = await http.get({ path: '/', schema: { parse: (value) => value as { a: number } } });
    expect(good).toEqual({ a: 1 });
  });

  it('keeps big integers, and is undefined when it is empty', async () => {
    const server = await serve(
      (request, response) => void response.end(request.url === '/big' ? '[18446744073709551615]' : ''),
    );
    const http = createHttp({ baseUrl: server.url });
    expect(await http.get({ path: '/big' })).toEqual([18446744073709551615n]);
    expect(await http.get({ path: '/' })).toBeUndefined();
  });

  it('is counted after decompression', async () => {
    const { gzipSync } = await import('node:zlib');
    const bomb = gzipSync(new Uint8Array(5_000_000));
    const server = await serve((_, response) => void response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb));
    const error = await failure(
      createHttp({ baseUrl: server.url, maxResponseBytes: 1_000_000 }).request({ path: '/', as: 'bytes' }),
    );
    expect(error.code).toBe('HTTP_TOO_LARGE');
  });
});

describe('redirects', () => {
  it('take no credential to another host, and no more back', async () => {
    const home = await serve((request, response) => {
      if (request.url === '/start') response.writeHead(302, { location: `${other.url}/there` }).end();
      else json(response, 200, { home: true });
    });
    const other = await serve((_, response) => void response.writeHead(307, { location: `${home.url}/back` }).end());
    const http = createHttp({
      baseUrl: home.url,
      headers: { authorization: 'Bearer x', cookie: 'a=b', 'x-api-key': 'k', 'flock-api-key': 'f', 'user-agent': 'me' },
    });
    expect(await http.get({ path: '/start' })).toEqual({ home: true });
    const sent = [other.requests[0]!, home.requests[1]!];
    for (const { headers } of sent) {
      for (const name of ['authorization', 'cookie', 'x-api-key', 'flock-api-key'])
        expect(headers[name]).toBeUndefined();
      expect(headers['user-agent']).toBe('me');
    }
    expect(home.requests[0]!.headers.authorization).toBe('Bearer x');
  });

  it('keep credentials on the same host', async () => {
    const server = await serve((request, response) =>
      request.url === '/a' ? void response.writeHead(301, { location: '/b' }).end() : json(response, 200, 1),
    );
    const answer = await createHttp({ baseUrl: server.url, headers: { 'x-api-key': 'k' } }).request({ path: '/a' });
    expect(server.requests[1]!.headers['x-api-key']).toBe('k');
    expect(answer.url).toBe(`${server.url}/b`);
  });

  it('that go round in a circle end', async () => {
    const server = await serve((_, response) => void response.writeHead(302, { location: '/again' }).end());
    const error = await failure(createHttp({ baseUrl: server.url, maxRedirects: 3 }).get({ path: '/' }));
    expect(error).toMatchObject({ code: 'HTTP_REDIRECT', context: { reason: 'over 3 redirects' } });
    expect(server.requests).toHaveLength(4);
  });

  it.each([
    ['no location', undefined],
    ['another scheme', 'ftp://x/'],
    ['a user', 'http://a:b@127.0.0.1/'],
    ['nonsense', 'http://['],
  ])('to %s are refused', async (_, location) => {
    const server = await serve(
      (__, response) => void response.writeHead(302, location === undefined ? {} : { location }).end(),
    );
    expect((await failure(createHttp({ baseUrl: server.url }).get({ path: '/' }))).code).toBe('HTTP_REDIRECT');
  });

  it('turn a POST into a GET on 301, 302 and 303, and repeat it on 307', async () => {
    for (const [status, method, body] of [
      [301, 'GET', ''],
      [302, 'GET', ''],
      [303, 'GET', ''],
      [307, 'POST', '{"a":"5"}'],
      [308, 'POST', '{"a":"5"}'],
    ] as const) {
      const server = await serve((request, response) =>
        request.url === '/a' ? void response.writeHead(status, { location: '/b' }).end() : json(response, 200, 1),
      );
      await createHttp({ baseUrl: server.url }).post({ path: '/a', json: { a: 5n } });
      expect(server.requests[1]).toMatchObject({ method, body });
      expect(server.requests[1]!.headers['content-type']).toBe(body === '' ? undefined : 'application/json');
    }
  });

  it('never take a body to another host', async () => {
    const other = await serve((_, response) => json(response, 200, 1));
    const server = await serve((_, response) => void response.writeHead(307, { location: other.url }).end());
    expect((await failure(createHttp({ baseUrl: server.url }).post({ path: '/', json: {} }))).code).toBe(
      'HTTP_REDIRECT',
    );
    expect(other.requests).toEqual([]);
  });

  it('can be handed out or refused', async () => {
    const server = await serve(
      (_, response) => void response.writeHead(302, { location: 'https://x/?X-Amz-Signature=hush' }).end(),
    );
    const http = createHttp({ baseUrl: server.url });
    const answer = await http.request({ path: '/', redirect: 'manual', as: 'none' });
    expect([answer.status, answer.headers.get('location')]).toEqual([302, 'https://x/?X-Amz-Signature=hush']);
    expect((await failure(http.get({ path: '/', redirect: 'error' }))).code).toBe('HTTP_REDIRECT');
  });
});

describe('what is sent', () => {
  it('escapes segments and query values, and keeps the path of the base', async () => {
    const server = await serve((_, response) => json(response, 200, 1));
    const http = createHttp({ baseUrl: `${server.url}/api/v1/` });
    await http.get({
      path: ['runs', 'a/b?c#d %', 5n],
      query: { q: 'x&y=z +é', list: [1, 2], none: undefined, flag: false },
    });
    await http.get({ path: '/x?a=1', query: { b: 2 } });
    expect(server.requests.map(({ url }) => url)).toEqual([
      '/api/v1/runs/a%2Fb%3Fc%23d%20%25/5?q=x%26y%3Dz%20%2B%C3%A9&list=1&list=2&flag=false',
      '/api/v1/x?a=1&b=2',
    ]);
  });

  it('has the headers of a function anew for each attempt', async () => {
    const server = await serve((_, response) => json(response, server.requests.length < 3 ? 503 : 200, {}));
    let token = 0;
    const http = createHttp({
      baseUrl: server.url,
      headers: async () => ({ authorization: `Bearer ${++token}` }),
      retry: quick,
    });
    await http.get({ path: '/', headers: { accept: 'text/x', 'x-none': undefined } });
    expect(server.requests.map(({ headers }) => headers.authorization)).toEqual(['Bearer 1', 'Bearer 2', 'Bearer 3']);
    expect(server.requests[0]!.headers.accept).toBe('text/x');
  });

  it('has no header of the client when it goes to another origin', async () => {
    const other = await serve((_, response) => json(response, 200, 1));
    const http = createHttp({ baseUrl: 'http://127.0.0.1:1/', headers: { 'x-api-key': 'k' } });
    await http.get({ url: `${other.url}/signed?sig=1` });
    expect(other.requests[0]!.headers['x-api-key']).toBeUndefined();
  });

  it('can be changed by a hook, and hooks see each attempt', async () => {
    const server = await serve((_, response) => json(response, server.requests.length < 2 ? 500 : 200, {}));
    const seen: unknown[] = [];
    const http = createHttp({
      baseUrl: server.url,
      retry: quick,
      hooks: {
        onRequest: ({ headers, attempt }) => headers.set('x-attempt', String(attempt)),
        onResponse: ({ status, attempt }) => void seen.push([status, attempt]),
        onRetry: ({ attempt, error }) => void seen.push(['retry', attempt, isError(error, 'HTTP_STATUS')]),
      },
    });
    await http.get({ path: '/' });
    expect(server.requests.map(({ headers }) => headers['x-attempt'])).toEqual(['1', '2']);
    expect(seen).toEqual([
      [500, 1],
      ['retry', 1, true],
      [200, 2],
    ]);
  });
});

describe('bodies of answers', () => {
  it('come as text, bytes, a stream or not at all', async () => {
    const server = await serve((_, response) => void response.end('abc'));
    const http = createHttp({ baseUrl: server.url });
    expect((await http.request({ path: '/', as: 'text' })).data).toBe('abc');
    expect((await http.request({ path: '/', as: 'bytes' })).data).toEqual(new Uint8Array([97, 98, 99]));
    expect((await http.request({ path: '/', as: 'none' })).data).toBeUndefined();
    expect((await http.request({ path: '/', method: 'HEAD' })).data).toBeUndefined();
    const { data } = await http.request({ path: '/', as: 'stream' });
    expect(await new Response(data).text()).toBe('abc');
  });

  it('as a stream end with the typed error when they stall or are cut, and close when cancelled', async () => {
    const server = await serve((request, response) => {
      response.writeHead(200, { 'content-length': 10 }).write('abc');
      if (request.url === '/cut') setTimeout(() => response.destroy(), 5);
    });
    const http = createHttp({ baseUrl: server.url, timeouts: { idleMs: 50 } });
    for (const [path, code] of [
      ['/cut', 'HTTP_NETWORK'],
      ['/stall', 'TIMEOUT'],
    ] as const) {
      const { data } = await http.request({ path, as: 'stream' });
      expect((await failure(new Response(data).text())).code).toBe(code);
    }
    const { data } = await http.request({ path: '/stall', as: 'stream' });
    await data.cancel();
    await server.until(() => server.busy === 0);
  });
});

describe('retries', () => {
  it('waits as long as Retry-After says in seconds', async () => {
    const clock = manualClock();
    const server = await serve((_, response) =>
      server.requests.length === 1
        ? json(response, 429, { message: 'slow down' }, { 'retry-after': '7' })
        : json(response, 200, { ok: true }),
    );
    const http = createHttp({ baseUrl: server.url, clock });
    const pauses: number[] = [];
    const result = http.get({
      path: '/',
      onRetry: ({ delayMs }) => {
        pauses.push(delayMs);
        setImmediate(() => void clock.advance(delayMs));
      },
    });
    expect(await result).toEqual({ ok: true });
    expect(pauses).toEqual([7000]);
  });

  it('waits as long as Retry-After says as a date', async () => {
    const clock = manualClock({ now: Date.parse('2026-01-01T00:00:00Z') });
    const server = await serve((_, response) =>
      server.requests.length === 1
        ? json(response, 503, {}, { 'retry-after': 'Thu, 01 Jan 2026 00:00:09 GMT' })
        : json(response, 200, { ok: true }),
    );
    const pauses: number[] = [];
    const onRetry = ({ delayMs }: { delayMs: number }) => {
      pauses.push(delayMs);
      setImmediate(() => void clock.advance(delayMs));
    };
    expect(await createHttp({ baseUrl: server.url, clock }).get({ path: '/', onRetry })).toEqual({ ok: true });
    expect(pauses).toEqual([9000]);
    expect(clock.pending).toEqual([]);
  });

  it('gives up when Retry-After asks for too long, and says for how long', async () => {
    const server = await serve((_, response) => json(response, 429, {}, { 'retry-after': '3600' }));
    const error = await failure(createHttp({ baseUrl: server.url }).get({ path: '/' }));
    expect(error.context).toMatchObject({ retryAfterMs: 3_600_000, attempts: 1 });
  });

  it('never repeats a POST blindly, but does with an idempotency key, always the same', async () => {
    const server = await serve((_, response) => json(response, 503, {}));
    const http = createHttp({ baseUrl: server.url, retry: { ...quick, attempts: 3 } });
    await failure(http.post({ path: '/', json: {} }));
    expect(server.requests).toHaveLength(1);
    await failure(http.post({ path: '/', json: {}, idempotencyKey: true }));
    const keys = server.requests.slice(1).map(({ headers }) => headers['idempotency-key']);
    expect(keys).toHaveLength(3);
    expect(new Set(keys).size).toBe(1);
    await failure(http.post({ path: '/', retry: true, idempotencyKey: { header: 'X-Key', value: 'mine' } }));
    expect(server.requests.slice(4).map(({ headers }) => headers['x-key'])).toEqual(['mine', 'mine', 'mine']);
  });

  it('can be switched off, limited to statuses, and decided on one by one', async () => {
    const server = await serve((_, response) => json(response, 500, {}, { 'x-should-retry': 'false' }));
    const http = createHttp({ baseUrl: server.url, retry: quick });
    await failure(http.get({ path: '/', retry: false }));
    await failure(http.get({ path: '/', retry: { statuses: [503] } }));
    await failure(
      http.get({
        path: '/',
        retry: { decide: ({ headers }) => (headers?.get('x-should-retry') === 'false' ? false : undefined) },
      }),
    );
    expect(server.requests).toHaveLength(3);
  });
});

describe('an abort', () => {
  it.each(['before', 'in the headers', 'in the body', 'in a pause'])(
    '%s ends the call at once and leaves no timer, socket or promise',
    async (when) => {
      const controller = new AbortController();
      const server = await serve((request, response) => {
        if (request.url === '/pause') return json(response, 503, {}, { 'retry-after': '50' });
        if (request.url === '/body') response.writeHead(200, { 'content-length': 100 }).write('abc');
        setTimeout(() => controller.abort(), 10);
      });
      const before = process.getActiveResourcesInfo().filter((each) => each === 'Timeout').length;
      const path = { before: '/', 'in the headers': '/', 'in the body': '/body', 'in a pause': '/pause' }[when]!;
      if (when === 'before') controller.abort();
      const http = createHttp({ baseUrl: server.url });
      const result = failure(http.get({ path, signal: controller.signal, onRetry: () => controller.abort() }));
      expect((await result).code).toBe('ABORTED');
      await server.until(() => server.busy === 0);
      // undici keeps one coarse timer of its own for its pools.
      expect(process.getActiveResourcesInfo().filter((each) => each === 'Timeout').length).toBeLessThanOrEqual(
        before + 1,
      );
      expect(server.requests.length).toBe(when === 'before' ? 0 : 1);
    },
  );
});

describe('bad arguments', () => {
  it.each([
    ['a base that is no URL', { baseUrl: 'host/x' }, {}],
    ['a base with a query', { baseUrl: 'http://h/?a=1' }, {}],
    ['a base with a user', { baseUrl: 'http://user:hush@h/' }, {}],
    ['a base of another scheme', { baseUrl: 'file:///x' }, {}],
    ['no place', { baseUrl: 'http://h/' }, {}],
    ['two places', { baseUrl: 'http://h/' }, { path: '/', url: 'http://h/' }],
    ['a path without a base', {}, { path: '/' }],
    ['a path with ..', { baseUrl: 'http://h/' }, { path: '/a/%2e%2E/b' }],
    ['a segment of dots', { baseUrl: 'http://h/' }, { path: ['a', '..'] }],
    ['an empty segment', { baseUrl: 'http://h/' }, { path: ['a', ''] }],
    ['a broken text', { baseUrl: 'http://h/' }, { path: ['\ud800'] }],
    ['a header of two lines', { baseUrl: 'http://h/' }, { path: '/', headers: { a: 'hush\r\nb: c' } }],
    ['a body on GET', { baseUrl: 'http://h/' }, { path: '/', json: {} }],
    ['a negative limit', { baseUrl: 'http://h/' }, { path: '/', timeoutMs: -1 }],
  ])('%s is refused', async (_, options, call) => {
    const error = await failure((async () => createHttp(options).get(call))());
    expect(error.code).toBe('INVALID_ARGUMENT');
    expect(JSON.stringify(error)).not.toContain('hush');
  });
});
